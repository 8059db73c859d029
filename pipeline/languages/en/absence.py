"""English sentences about what a document does not have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages.absence_rules import AbsenceRules
from pipeline.languages.en.frames import join_names

_TOLD = (
    "say|state|specif(?:y|ied)|mention|give|given|set|define|name|describe|explain|contain|include|indicate|provide"
    "|address|cover|record|tell|list|show|report|discuss|fix|regulate|lay down|laid down|disclose|identify|identified"
)
_SAYS_ABSENT = (
    rf"\b(?:(?:does|do|did) not|doesn['’]t|don['’]t|didn['’]t) (?:\w+ )?(?:{_TOLD})\b"
    rf"|\b(?:is|are|was|were) (?:not|nowhere|never) (?:\w+ )?(?:{_TOLD})(?:d|ed)?\b"
    r"|\b(?:says?|states?|gives?|contains?|has|have|mentions?|provides?|sets?|defines?|specifies|records?)"
    r" (?:nothing|no)\b|\b(?:no one|nobody) (?:says|said|mentions|mentioned|asks|asked)\b|\bthere is no\b"
    rf"|\bno (?:\w+ ){{1,4}}(?:is|are|was|were) (?:{_TOLD})(?:d|ed)?\b"
)
"""Words that say that something is not in the document."""


def _quoted(names: Sequence[str]) -> str:
    return join_names([f"“{name}”" for name in names])


def _provision(asked: str, first: str, last: str) -> str:
    return f"The document has no {asked}. The numbering runs from {first} to {last}."


def _term(asked: str, others: Sequence[str]) -> str:
    return f"The document does not define “{asked}”; the term does not occur in it. It does define {_quoted(others)}."


def _entry(asked: str, others: Sequence[str]) -> str:
    return f"The document does not mention “{asked}”. It does describe {_quoted(others)}."


def _function(file: str, asked: str, others: Sequence[str]) -> str:
    names = join_names([f"`{name}`" for name in others])
    return f"`{file}` does not define `{asked}`; the name does not occur in the document. The file does define {names}."


def _time(speaker: str, asked: str, before: str, after: str) -> str:
    return f"{speaker} says nothing at {asked}. {speaker} speaks at {before} and next at {after}."


def _speaker(asked: str, others: Sequence[str]) -> str:
    return f"No one called {asked} speaks in this conversation. The speakers are {join_names(others)}."


def _field(asked: str, others: Sequence[str]) -> str:
    return f"The document has no field “{asked}”. The fields at its head include {_quoted(others)}."


def _section(asked: str, others: Sequence[str]) -> str:
    return f"The document has no section “{asked}”. Its sections include {_quoted(others)}."


def _item(asked: str, title: str, last: str) -> str:
    return f"There is no number {asked}: the numbered list under “{title}” ends with number {last}."


ABSENCE = AbsenceRules(
    provision=_provision,
    term=_term,
    entry=_entry,
    function=_function,
    time=_time,
    speaker=_speaker,
    head_field=_field,
    section=_section,
    item=_item,
    says_absent=_SAYS_ABSENT,
    terms=(
        *("Affiliate", "Applicable Law", "Background Technology", "Business Day", "Change of Control", "Closing Date"),
        *("Confidential Information", "Effective Date", "Event of Default", "Force Majeure Event", "Governmental Body"),
        *("Indemnified Party", "Insolvency Event", "Intellectual Property Rights", "Key Personnel", "Losses"),
        *("Material Adverse Effect", "Net Sales", "Permitted Encumbrance", "Personal Data", "Purchase Price"),
        *("Service Credits", "Subcontractor", "Term Sheet", "Territory", "Third Party Software", "Transition Period"),
    ),
    people=("Adrian", "Beatrix", "Colm", "Dagmar", "Edmund", "Felicity", "Gareth", "Imogen", "Leopold", "Rosalind"),
    roles=("Moderator", "Supervisor", "Interpreter", "Receptionist"),
    fields=(
        (("Case", "Court", "Judge", "Claimant"), ("Judgment below", "Date of hearing", "Filing Date", "Intervener")),
        (("Agency", "Action"), ("Comment Period", "Billing Code", "Supersedes")),
    ),
    topics=("Troubleshooting", "Frequently asked questions", "Glossary", "Known limitations"),
    topics_by_sort=(
        (
            re.compile(
                r"\b(?:commands?|functions?|directory|servers?|click|browser|API|software|programs?|databases?|compiler?"
                r"|source code|repository|command line|files?|folders?|dialog|spreadsheet|plugin|git|URL|Python"
                r"|operating system)\b",
                re.IGNORECASE,
            ),
            (
                *("Uninstalling", "Backup and restore", "Upgrading from earlier versions", "Firewall settings"),
                *("Performance tuning", "Keyboard shortcuts", "System requirements", "Release history"),
            ),
        ),
        (
            re.compile(
                r"\b(?:appliance|voltage|mains|power cord|socket outlet|water tank|motor|blades?|electric shock|nozzle"
                r"|pumps?|valves?|descal\w+|screws?|rinse|boiler|rated power|batter(?:y|ies)|drain|housing|hose)\b",
                re.IGNORECASE,
            ),
            ("Warranty", "Disposal and recycling", "Spare parts"),
        ),
    ),
    swaps=(
        *(("Installing", "Uninstalling"), ("Installation", "Uninstallation"), ("Creating", "Deleting")),
        *(("Adding", "Removing"), ("Running", "Stopping"), ("Starting", "Restarting"), ("Enabling", "Disabling")),
        *(("Configuring", "Migrating"), ("Importing", "Exporting"), ("Opening", "Closing"), ("Reading", "Archiving")),
        *(("Preparing", "Recovering"), ("Writing", "Encrypting"), ("Connecting", "Disconnecting")),
    ),
)
