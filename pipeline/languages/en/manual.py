"""English manuals: steps, sections and tables."""

from __future__ import annotations

import re

from pipeline.languages.legal_rules import SectionWords
from pipeline.languages.rules import ManualRules

_INSTRUCTION = re.compile(
    r"^(?:(?:If|When|Once|After|Before|While|With|To|On|In|For|From|At|Using|Until|Where)\b[^,]*, )?"
    r"(?:(?:then|now|next|first|finally|again|carefully|optionally|immediately) )?[\"“`*]*"
    r"(?:add|adjust|allow|apply|ask|assemble|attach|back|boot|brush|build|call|carry|change|check|choose|clean|clear|click|"
    r"close|collect|commit|compare|configure|confirm|connect|copy|create|cut|decide|delete|deliver|detach|determine|"
    r"discard|disconnect|dose|download|drain|draw|drop|edit|empty|enable|disable|ensure|enter|examine|exit|fill|find|fit|"
    r"flush|follow|format|gather|give|go|hold|identify|immerse|import|export|insert|inspect|install|isolate|issue|keep|"
    r"launch|lay|leave|let|level|lift|list|load|lock|log|look|loosen|lower|make|mark|measure|merge|monitor|mount|move|name|"
    r"note|notify|observe|obtain|open|pack|perform|place|plug|position|pour|prepare|press|print|provide|pull|purge|push|"
    r"put|raise|read|rebuild|reboot|record|refit|release|remove|repeat|replace|report|request|reset|restart|restore|return|"
    r"review|rinse|rotate|run|save|scan|screw|select|send|set|shut|sign|slide|soak|specify|start|stop|store|submit|switch|"
    r"take|tap|tell|test|tighten|touch|turn|type|undo|unplug|unscrew|update|upgrade|upload|use|verify|view|wait|wash|watch|"
    r"weigh|wipe|write)\b",
    re.IGNORECASE,
)


def _section_label(number: str, depth: int) -> str:
    return f"section {number}"


def _is_section_label(label: str) -> bool:
    return label.startswith("section ")


MANUAL = ManualRules(
    step_label=r"(?:[Ss]tep|STEP)[ \t]+(\d{1,2})[.:)]?",
    instruction=_INSTRUCTION,
    table_caption="Table",
    section=SectionWords(label=_section_label, is_label=_is_section_label),
)
