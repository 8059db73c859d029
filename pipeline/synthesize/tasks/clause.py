"""The task `clause` asks for the text, the heading or the amendment dates of a provision, or for its number.

Questions name a provision by its label, such as `Section 4.1`; the question for the number names it by its heading. A
provision is refused if its label or its end is uncertain, or if its text is too short, unfinished or damaged. Only the
question for the number is refused if the heading also occurs elsewhere. Tables that compare old and new wording are
skipped. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from pipeline.languages import Language, any_of, final_syllables, language_rules
from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural.amending import amendment_lead
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import is_damaged, one_line, quote, unwrapped
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.provisions import ENTRY, WHOLE, Outline, Provision, label_spans
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.statements import own_texts
from pipeline.synthesize.structural.task import Form, Preference, StructuralTask, Trait, thresholds_in

CLAUSE_TEXT = Form(
    "clause.text",
    {
        "en": (
            "{lead}what does {clause} say?",
            "{lead}what is the full text of {clause}?",
            "{lead}what does {clause} provide? Quote it in full.",
        ),
        "ko": (
            "{lead}{clause}의 내용은 무엇입니까?",
            "{lead}{clause}에는 어떤 내용이 적혀 있습니까?",
            "{lead}{clause}의 본문을 그대로 알려 주십시오.",
        ),
    },
    traits=frozenset({Trait.WHOLE_PROVISION}),
)
CLAUSE_TITLE = Form(
    "clause.title",
    {
        "en": (
            "what is the heading of {label}?",
            "how is {label} headed?",
        ),
        "ko": (
            "{label}의 제목은 무엇입니까?",
            "{label}에는 어떤 제목이 붙어 있습니까?",
        ),
    },
    preference=Preference.TRIVIAL,
)
CLAUSE_NUMBER = Form(
    "clause.number",
    {
        "en": (
            "which {noun} is headed “{title}”?",
            "what is the number of the {noun} headed “{title}”?",
        ),
        "ko": (
            "“{title}”{title|이라는} 제목은 어느 {noun}에 붙어 있습니까?",
            "제목이 “{title}”인 {noun:은} 어느 것입니까?",
        ),
    },
    preference=Preference.TRIVIAL,
)
CLAUSE_AMENDED = Form(
    "clause.amended",
    {
        "en": (
            "on which days was {clause} amended or inserted? List them as they are marked.",
            "which dates of amendment are marked at {clause}?",
        ),
        "ko": (
            "{clause:은} 언제 개정되거나 신설되었습니까? 표시된 날짜를 모두 적어 주십시오.",
            "{clause}에 표시된 개정·신설 날짜는 무엇입니까?",
        ),
    },
)
_MIN_CHARS = 20
_MAX_HEADING_CHARS = 160
_NUMBER = re.compile(r"(?:[^\W\d_]{1,10}[ \t]+|§+[ \t]*)?\(?\d[\w.-]{0,14}[.)]?[ \t]*[:–—-]*[ \t]*")
"""The number before a provision's heading: `Section 4.1`, `§ 1002.3`, `4.1.`."""
_JOINT_AT_END = re.compile(rf"([;,]?)\s+{any_of(lambda rules: rules.sentences.open_words)}[,;]?$")
"""The end of a list item when another item follows: `; and`."""
_TABLE_LINE = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_CONTENTS_LINE = re.compile(r"[^.;\n]{3,90}[ \t]\d{1,3}")
"""A line of a table of contents: a title and its page number."""
_OMITTED = re.compile(
    any_of(lambda rules: rules.legal.provisions.repealed if rules.legal.provisions else ""), re.IGNORECASE
)
"""The text of a provision that was repealed or left out."""


def clause_facts(reading: Reading) -> Findings:
    """Return facts about the texts, headings, numbers and amendment dates of provisions."""
    text, outline, language = reading.text, reading.provisions, reading.language
    headings = Counter(provision.title.casefold() for provision in outline.provisions if provision.title)
    lines = _lines(text)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for index, provision in enumerate(outline.provisions):
        if provision.is_container or outline.parts[provision.part].kind is PartSort.COMPARISON:
            continue
        if provision.noun == ENTRY and not provision.title:
            continue
        if provision.noun == WHOLE and outline.parts[provision.part].kind is PartSort.JUDGMENT:
            continue
        problem = _problem(text, provision)
        if problem:
            unasked.append(_refuse(provision, *problem))
            continue
        if not _is_table(text, provision.body):
            facts.append(
                make_fact(
                    form=CLAUSE_TEXT,
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
                form=CLAUSE_TITLE,
                slots={"label": provision.label},
                answer=provision.title,
                spans=heads,
            )
        )
        if headings[provision.title.casefold()] > 1:
            detail = f"{headings[provision.title.casefold()]} provisions are headed {provision.title!r}"
            unasked.append(_refuse(provision, "ambiguous_heading", detail))
            continue
        if lines[_without_number(provision.title)] > 1:
            unasked.append(
                _refuse(provision, "ambiguous_heading", f"{provision.title!r} is also the text of another line")
            )
            continue
        facts.append(
            make_fact(
                form=CLAUSE_NUMBER,
                slots={
                    "title": provision.title,
                    "noun": language_rules(language).legal.provision_noun(provision.label),
                },
                answer=provision.label,
                spans=heads,
            )
        )
    facts += _amended(text, outline, language)
    return without_markup(Findings(facts=tuple(facts), unasked=tuple(unasked)))


def _lines(text: str) -> Counter[str]:
    """Count the lines that are short enough for a heading, by their text without a number; see `_without_number`."""
    return Counter(_without_number(line) for line in text.split("\n") if 0 < len(line) <= _MAX_HEADING_CHARS)


def _without_number(line: str) -> str:
    """Return a line in lower case, without markup, leading number or final punctuation."""
    return _NUMBER.sub("", line.strip("#*_ \t")).rstrip(".:*_ ").casefold()


def _is_table(text: str, body: Span) -> bool:
    """Return whether more than half of a text is a table, which the task `table_cell` asks about."""
    num_table_chars = sum(match.end() - match.start() for match in _TABLE_LINE.finditer(text, body.start, body.end))
    return num_table_chars * 2 > body.end - body.start


def _problem(text: str, provision: Provision) -> tuple[str, str] | None:
    """Return the reason and detail why a provision cannot be asked about; None if it can."""
    if provision.doubt:
        return provision.doubt.value, provision.doubt_detail
    if provision.body.end - provision.body.start < _MIN_CHARS:
        return "empty_provision", f"{provision.label} has fewer than {_MIN_CHARS} characters of text"
    if _OMITTED.fullmatch(text, provision.body.start, provision.body.end):
        return "empty_provision", f"{provision.label} was repealed or left out"
    if provision.noun == WHOLE and not _is_sentence(quote(text, provision.body)):
        return "unfinished_text", f"the text of {provision.label} is not a complete sentence"
    if _CONTENTS_LINE.fullmatch(text, provision.body.start, provision.body.end):
        return "unfinished_text", f"the text of {provision.label} is a line of a table of contents"
    if text[provision.body.end - 1] in ":—":
        return "unfinished_text", f"the text of {provision.label} ends before the list it announces"
    if is_damaged(text, provision.body):
        return "damaged_text", f"the text of {provision.label} is interrupted by ruled lines, ellipses or page numbers"
    return None


def _is_sentence(said: str) -> bool:
    return said.rstrip('"”’)] ').endswith((".", "!", "?", *final_syllables()))


def _refuse(provision: Provision, reason: str, detail: str) -> Unasked:
    return not_asked(
        task=TASK.name,
        subject=provision.named,
        reason=reason,
        detail=detail,
        span=Span(provision.start, max(provision.start + 1, provision.body.end)),
    )


def _amended(text: str, outline: Outline, language: Language) -> Iterator[StructuralFact]:
    """Yield a fact about the dates in the amendment mark of each provision that has exactly one such mark."""
    rules = language_rules(language).legal.duties
    if rules is None or rules.amended is None:
        return
    for index, own in own_texts(outline):
        marks = list(rules.amended.finditer(text, own.start, own.end))
        if len(marks) != 1 or len(re.findall(rules.amended_opening, quote(text, own))) != 1:
            continue
        heads = label_spans(text=text, outline=outline, index=index)
        yield make_fact(
            form=CLAUSE_AMENDED,
            slots={"clause": outline.provisions[index].named},
            answer=one_line(marks[0]["days"] or marks[0]["whole"]),
            spans=[*heads, Span(*marks[0].span())],
        )


TASK = StructuralTask(
    name="clause",
    order=10,
    finds={"legal": clause_facts},
    forms=(CLAUSE_TEXT, CLAUSE_TITLE, CLAUSE_NUMBER, CLAUSE_AMENDED),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.before_amendment,),
)
