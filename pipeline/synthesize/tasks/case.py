"""The task `case` asks how to reach a goal, or what applies under a condition such as `If it is red, …`.

A case is such a goal or condition in a manual. One sentence states the case and what applies; later sentences may add
to the answer. The answer must be followed by the end of the paragraph or by a new subject. A case is skipped if the
sentence depends on other text, or if its section or entry has no unique name or states the case more than once. Time is
linear in the length of the document, because sentences and answers are limited in length.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from pipeline.languages import Language, any_of, compiled, language_rules
from pipeline.synthesize.structural.facts import Findings, Span, make_fact
from pipeline.synthesize.structural.manuals import Manual
from pipeline.synthesize.structural.own_text import without_foreign
from pipeline.synthesize.structural.prose import openings
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

CASE_GOAL = Form(
    "case.goal",
    {
        "en": (
            "{lead}how do you {case}?",
            "{lead}what should you do to {case}?",
        ),
        "ko": (
            "{lead}{case} 어떻게 하면 됩니까?",
            "{lead}{case} 무엇을 해야 합니까?",
        ),
    },
)
CASE_TO_DO = Form(
    "case.to_do",
    {
        "en": (
            "{lead}what should be done {case}?",
            "{lead}what does the document say to do {case}?",
        ),
        "ko": (
            "{lead}{case} 어떻게 하면 됩니까?",
            "{lead}{case} 무엇을 하면 됩니까?",
        ),
    },
)
CASE_RESULT = Form(
    "case.result",
    {
        "en": (
            "{lead}what happens {case}?",
            "{lead}what is the consequence {case}?",
        ),
        "ko": (
            "{lead}{case} 어떻게 됩니까?",
            "{lead}{case} 어떤 일이 일어납니까?",
        ),
    },
)
_CODE = re.compile(r"`[^`]*`|\*[^*]*\*|<[^<>]*>|^(?:if|when) ")
"""What does not count as a word of a condition: code, emphasised text, a tag, or the first `if` or `when`."""
_WORD = re.compile(r"[^\W\d_]{4,}|[^\x00-\x7f]|\b(?:is|are|has)\b")
"""An ordinary word: four letters or more, `is`, `are` or `has`, or any character that is not ASCII.

A condition without such a word, for example a piece of code, does not say what happens, and is skipped.
"""
_PARAGRAPH_END = re.compile(r"\s*\Z|[ \t]*\n[ \t>]*(?:\n|[-*•·:|#]\s|\d{1,2}[.)]\s)")
"""The end of a paragraph: the end of the text, or a next line that is blank, a list item, a heading or a table row."""
_MAX_NEXT_CHARS = 160
_MAX_ANSWER_CHARS = 500
_CODE_BLOCK = re.compile(r"\s*(?:```|[$#] |\|)")
"""A code block, a shell prompt or a table row."""
_LEAD_CHARS = " \t\n\r>(*_`"
_LINK = re.compile(r"\]\(|\]\[|\[[A-Z]{3}|\{[A-Za-z]\w*\}")
"""A link, reference or placeholder. A sentence that contains one outside inline code is skipped."""
_CODE_SPAN = re.compile(r"`[^`]*`")


@dataclass(frozen=True, slots=True)
class _Patterns:
    goals: tuple[re.Pattern[str], ...]
    cases: tuple[re.Pattern[str], ...]
    to_do: re.Pattern[str]
    done: re.Pattern[str]
    unclear: re.Pattern[str]
    empty: re.Pattern[str]
    vague: re.Pattern[str]
    vague_goals: re.Pattern[str]
    openings: re.Pattern[str]
    goes_on: re.Pattern[str]
    adds: re.Pattern[str]
    announces: re.Pattern[str]
    new_matter: re.Pattern[str]


def case_facts(reading: Reading) -> Findings:
    """Return one fact for each goal or condition that a manual explains, if its section or entry states it once."""
    manual = reading.manual
    patterns = _patterns(manual.language)
    found: dict[tuple[int, str], list[tuple[Form, str, str, Span]]] = defaultdict(list)
    for index, span in enumerate(manual.sentences):
        sentence = manual.sentence(span)
        read = _case_of(sentence, patterns) if _is_plain(sentence) else None
        whole = _answer_span(manual, index, patterns) if read is not None else None
        place = manual.place_of(span.start) if whole is not None else None
        if read is not None and place is not None and whole is not None:
            found[place.start, read[1].casefold()].append((*read, place.name, whole))
    under = language_rules(manual.language).manual.under
    facts = []
    for stated in found.values():
        form, case, name, span = stated[0]
        if len(stated) == 1:
            slots = {"lead": under.format(name=name), "case": case}
            facts.append(make_fact(form=form, slots=slots, answer=manual.sentence(span), spans=[span]))
    return without_foreign(Findings(facts=tuple(facts), unasked=()), manual.language)


def _case_of(sentence: str, patterns: _Patterns) -> tuple[Form, str] | None:
    """Return the form of question for a sentence and the case that it states; None if the sentence is unusable."""
    if patterns.openings.match(sentence) or sentence[:1] in "([*-•·" or not _is_balanced(sentence):
        return None
    for pattern in patterns.goals:
        if match := pattern.fullmatch(sentence):
            rest = match["rest"]
            is_told = (patterns.to_do.search(rest) or patterns.done.search(rest)) and not patterns.empty.search(rest)
            is_clear = not (patterns.vague.search(match["case"]) or patterns.vague_goals.search(match["case"]))
            return (CASE_GOAL, match["case"]) if is_told and is_clear else None
    for pattern in patterns.cases:
        if match := pattern.fullmatch(sentence):
            case = match["case"]
            if opening := match.groupdict().get("opening"):
                case = f"{opening.lower()}{case[len(opening) :]}"
            if (
                not _WORD.search(_CODE.sub(" ", case))
                or patterns.vague.search(case)
                or patterns.empty.search(match["rest"])
            ):
                return None
            if patterns.to_do.search(match["rest"]):
                return CASE_TO_DO, case
            return None if patterns.unclear.search(match["rest"]) else (CASE_RESULT, case)
    return None


def _answer_span(manual: Manual, index: int, patterns: _Patterns) -> Span | None:
    """Return the span of a sentence and of the later sentences that add to the answer.

    Return None if it is unclear where the answer ends, or if a later sentence is unusable or makes the answer too long.
    """
    span = manual.sentences[index]
    while True:
        index += 1
        follows = manual.text[span.end : span.end + _MAX_NEXT_CHARS]
        after = manual.sentences[index] if index < len(manual.sentences) else None
        is_last = _PARAGRAPH_END.match(manual.text, span.end) is not None
        if _CODE_BLOCK.match(follows):
            return None
        if is_last:
            return None if patterns.adds.match(follows.lstrip(_LEAD_CHARS)) else span
        if after is None or manual.text[span.end : after.start].strip():
            return None
        told = manual.sentence(after).lstrip(_LEAD_CHARS)
        if not patterns.goes_on.match(told):
            return span if patterns.new_matter.match(told) else None
        if not patterns.adds.match(told) or patterns.announces.search(told) or not _is_balanced(told):
            return None
        if not _is_plain(told) or after.end - span.start > _MAX_ANSWER_CHARS:
            return None
        span = Span(span.start, after.end)


def _is_plain(sentence: str) -> bool:
    return _LINK.search(_CODE_SPAN.sub("`", sentence)) is None


def _is_balanced(sentence: str) -> bool:
    """Return whether all brackets and quotation marks are paired; if not, the sentence is a fragment."""
    pairs = all(sentence.count(left) == sentence.count(right) for left, right in ("()", "[]", "“”"))
    return pairs and sentence.count("‘") <= sentence.count("’") and not sentence.count('"') % 2


@cache
def _patterns(language: Language) -> _Patterns:
    rules = language_rules(language).manual.prose
    return _Patterns(
        goals=tuple(re.compile(pattern) for pattern in rules.goals),
        cases=tuple(re.compile(pattern) for pattern in rules.cases),
        to_do=compiled(rules.to_do),
        done=compiled(rules.done),
        unclear=compiled(rules.unclear),
        empty=compiled(rules.empty),
        vague=compiled(rules.vague),
        vague_goals=compiled(rules.vague_goals),
        openings=openings(),
        goes_on=compiled(rules.goes_on),
        adds=compiled(rules.adds),
        announces=re.compile(rf"[:：]$|{any_of(lambda rules: rules.manual.announcing)}"),
        new_matter=compiled(rules.new_matter),
    )


TASK = StructuralTask(
    name="case",
    order=130,
    finds={"manual": case_facts},
    forms=(CASE_GOAL, CASE_TO_DO, CASE_RESULT),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.manual.under,),
)
