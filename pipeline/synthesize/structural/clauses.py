"""Facts of the task `clause`: a provision's text by its number, its heading by its number, its number by its heading.

Comes in: text and its `Outline`; goes out: `Findings`. Provisions whose label is not unique, whose heading occurs twice
or whose text is damaged (tables of comparison, page numbers in between) are refused.
"""

from __future__ import annotations

import re
from collections import Counter

from pipeline.config.build import StructuralTask
from pipeline.languages import Language, any_of, final_syllables, language_rules
from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import quote, unwrapped
from pipeline.synthesize.structural.provisions import ENTRY, WHOLE, Outline, Provision, label_spans

_DAMAGED = re.compile(
    rf"-{{5,}}|…|!\[[^\]\n]*\]\(|{any_of(lambda rules: rules.legal.damage)}|^\s*-\s*\d+\s*-\s*$|<PAGE>"
    r"|(?<=\n)[ \t]*(?:\d{1,3}|[ivx]{1,5})[ \t]*(?=\n)",
    re.MULTILINE,
)
_MIN_CHARS = 20
_JOINT_AT_END = re.compile(rf"([;,]?)\s+{any_of(lambda rules: rules.sentences.open_words)}[,;]?$")
"""What joins an item to the next one of its list."""
_TABLE_LINE = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)


def amendment_lead(provision: Provision, language: Language) -> dict[str, str]:
    """The slot that limits a question to the original wording of an amended provision; empty for others."""
    return {"lead": language_rules(language).frames.before_amendment} if provision.is_amended else {}


def clause_facts(*, text: str, outline: Outline, language: Language) -> Findings:
    """Facts about the provisions of a document."""
    headings = Counter(provision.title.casefold() for provision in outline.provisions if provision.title)
    lines = _lines(text)
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    for index, provision in enumerate(outline.provisions):
        if provision.is_container or outline.parts[provision.part].kind is PartSort.COMPARISON:
            continue
        if provision.noun == ENTRY and not provision.title:
            continue
        if provision.noun == WHOLE and outline.parts[provision.part].kind is PartSort.JUDGMENT:
            continue
        problem = _problem(text, provision)
        if problem:
            refusals.append(_refuse(provision, *problem))
            continue
        if not _is_table(text, provision.body):
            facts.append(
                make_fact(
                    form=QuestionForm.CLAUSE_TEXT,
                    slots={"clause": provision.named, **amendment_lead(provision, language)},
                    answer=unwrapped(_JOINT_AT_END.sub(r"\1", quote(text, provision.body))),
                    spans=[provision.body],
                )
            )
        if not provision.title or provision.noun in (ENTRY, WHOLE):
            continue
        heads = label_spans(text=text, outline=outline, index=index)
        facts.append(
            make_fact(
                form=QuestionForm.CLAUSE_TITLE,
                slots={"label": provision.label},
                answer=provision.title,
                spans=heads,
            )
        )
        if headings[provision.title.casefold()] > 1:
            detail = f"{headings[provision.title.casefold()]} provisions are headed {provision.title!r}"
            refusals.append(_refuse(provision, "ambiguous_heading", detail))
            continue
        if lines[_bare_line(provision.title)] > 1:
            refusals.append(_refuse(provision, "ambiguous_heading", f"{provision.title!r} stands on a line elsewhere"))
            continue
        facts.append(
            make_fact(
                form=QuestionForm.CLAUSE_NUMBER,
                slots={
                    "title": provision.title,
                    "noun": language_rules(language).legal.provision_noun(provision.label),
                },
                answer=provision.label,
                spans=heads,
            )
        )
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _lines(text: str) -> Counter[str]:
    """How often a text has each line, its number aside: a heading whose number is lost is one all the same."""
    return Counter(_bare_line(line) for line in text.split("\n") if 0 < len(line) <= _MAX_HEADING_CHARS)


def _bare_line(line: str) -> str:
    return _NUMBER.sub("", line.strip("#*_ \t")).rstrip(".:*_ ").casefold()


_MAX_HEADING_CHARS = 160
_NUMBER = re.compile(r"(?:[^\W\d_]{1,10}[ \t]+|§+[ \t]*)?\(?\d[\w.-]{0,14}[.)]?[ \t]*[:–—-]*[ \t]*")
"""A number of a provision before its heading: `Section 4.1`, `§ 1002.3`, `4.1.`."""


def is_damaged(text: str, span: Span) -> bool:
    """Whether a text is interrupted by rules, ellipses, page numbers or breaks inside a sentence."""
    return _DAMAGED.search(text, span.start, span.end) is not None


def _is_table(text: str, body: Span) -> bool:
    """Whether most of a text is a table, about which the task `table_cell` asks better questions."""
    num_table_chars = sum(match.end() - match.start() for match in _TABLE_LINE.finditer(text, body.start, body.end))
    return num_table_chars * 2 > body.end - body.start


def _problem(text: str, provision: Provision) -> tuple[str, str] | None:
    if provision.doubt:
        return provision.doubt.value, provision.doubt_detail
    if provision.body.end - provision.body.start < _MIN_CHARS:
        return "empty_provision", f"{provision.label} has fewer than {_MIN_CHARS} characters of text"
    if _OMITTED.fullmatch(text, provision.body.start, provision.body.end):
        return "empty_provision", f"{provision.label} was repealed or left out"
    if provision.noun == WHOLE and not _is_sentence(quote(text, provision.body)):
        return "unfinished_text", f"the text of {provision.label} is no sentence"
    if _ENTRY_OF_CONTENTS.fullmatch(text, provision.body.start, provision.body.end):
        return "unfinished_text", f"the text of {provision.label} is a line of a list of contents"
    if text[provision.body.end - 1] in ":—":
        return "unfinished_text", f"the text of {provision.label} ends before the list it announces"
    if is_damaged(text, provision.body):
        return "damaged_text", f"the text of {provision.label} is interrupted by rules, ellipses or page numbers"
    return None


def _is_sentence(said: str) -> bool:
    return said.rstrip('"”’)] ').endswith((".", "!", "?", *final_syllables()))


_ENTRY_OF_CONTENTS = re.compile(r"[^.;\n]{3,90}[ \t]\d{1,3}")
_OMITTED = re.compile(
    any_of(lambda rules: rules.legal.provisions.repealed if rules.legal.provisions else ""),
    re.IGNORECASE,
)


def _refuse(provision: Provision, reason: str, detail: str) -> Refusal:
    return Refusal(
        task=StructuralTask.CLAUSE,
        subject=provision.named,
        reason=reason,
        detail=detail,
        span=Span(provision.start, max(provision.start + 1, provision.body.end)),
    )
