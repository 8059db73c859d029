"""Facts of the task `case`: what a manual says to do for a purpose, or what it says of a case: `If it is red, …`.

Comes in: a `Manual`; goes out: `Findings`. One sentence holds the case and what belongs to it: it ends its paragraph, or
the next sentence begins something else. A case that points at other sentences, or that two of its section hold, is left
alone. Linear; sentences have limited length.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from pipeline.languages import Language, any_of, language_rules
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Span, make_fact
from pipeline.synthesize.structural.manuals import Manual

_CODE = re.compile(r"`[^`]*`|\*[^*]*\*|<[^<>]*>|^(?:if|when) ")
_WORD = re.compile(r"[^\W\d_]{4,}|[^\x00-\x7f]|\b(?:is|are|has)\b")
"""Of a clause; names alone say nothing of what happens to them."""
_PARAGRAPH_END = re.compile(r"\s*\Z|[ \t]*\n[ \t>]*(?:\n|[-*•·:|#]\s|\d{1,2}[.)]\s)")
_MAX_NEXT_CHARS = 160
_CODE_BLOCK = re.compile(r"\s*(?:```|[$#] |\|)")
_LEAD_CHARS = " \t\n\r>(*_"
_LINK = re.compile(r"\]\(|\]\[|\[[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class _Patterns:
    goals: tuple[re.Pattern[str], ...]
    cases: tuple[re.Pattern[str], ...]
    to_do: re.Pattern[str]
    unclear: re.Pattern[str]
    empty: re.Pattern[str]
    vague: re.Pattern[str]
    vague_goals: re.Pattern[str]
    openings: re.Pattern[str]
    goes_on: re.Pattern[str]
    new_matter: re.Pattern[str]


def case_facts(*, manual: Manual) -> Findings:
    """What a manual says of single cases and purposes."""
    patterns = _patterns(manual.language)
    found: dict[tuple[int, str], list[tuple[QuestionForm, str, str, Span]]] = defaultdict(list)
    for span in manual.sentences:
        sentence = manual.sentence(span)
        read = _read(sentence, patterns) if not _LINK.search(sentence) else None
        is_whole = read is not None and _is_whole(manual.text, span.end, patterns)
        place = manual.place_of(span.start) if is_whole else None
        if read is not None and place is not None:
            found[place.start, read[1].casefold()].append((*read, place.name, span))
    under = language_rules(manual.language).manual.under
    facts = []
    for told in found.values():
        form, case, name, span = told[0]
        if len(told) == 1:
            slots = {"lead": under.format(name=name), "case": case}
            facts.append(make_fact(form=form, slots=slots, answer=manual.sentence(span), spans=[span]))
    return Findings(facts=tuple(facts), refusals=())


def _read(sentence: str, patterns: _Patterns) -> tuple[QuestionForm, str] | None:
    if patterns.openings.match(sentence) or sentence[:1] in "([*-•·" or not _is_balanced(sentence):
        return None
    for pattern in patterns.goals:
        if match := pattern.fullmatch(sentence):
            is_told = patterns.to_do.search(match["rest"]) and not patterns.empty.search(match["rest"])
            is_clear = not (patterns.vague.search(match["case"]) or patterns.vague_goals.search(match["case"]))
            return (QuestionForm.CASE_GOAL, match["case"]) if is_told and is_clear else None
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
                return QuestionForm.CASE_TO_DO, case
            return None if patterns.unclear.search(match["rest"]) else (QuestionForm.CASE_RESULT, case)
    return None


def _is_whole(text: str, end: int, patterns: _Patterns) -> bool:
    """Whether nothing behind a sentence belongs to it."""
    follows = text[end : end + _MAX_NEXT_CHARS]
    next_sentence = follows.lstrip(_LEAD_CHARS)
    if _CODE_BLOCK.match(follows) or patterns.goes_on.match(next_sentence):
        return False
    return _PARAGRAPH_END.match(text, end) is not None or patterns.new_matter.match(next_sentence) is not None


def _is_balanced(sentence: str) -> bool:
    """Whether each quotation mark and bracket has its other half; else the sentence is a piece of one."""
    pairs = all(sentence.count(left) == sentence.count(right) for left, right in ("()", "[]", "“”"))
    return pairs and sentence.count("‘") <= sentence.count("’") and not sentence.count('"') % 2


@cache
def _patterns(language: Language) -> _Patterns:
    rules = language_rules(language).manual.prose
    return _Patterns(
        goals=tuple(re.compile(pattern) for pattern in rules.goals),
        cases=tuple(re.compile(pattern) for pattern in rules.cases),
        to_do=re.compile(rules.to_do or "(?!)"),
        unclear=re.compile(rules.unclear or "(?!)"),
        empty=re.compile(rules.empty or "(?!)"),
        vague=re.compile(rules.vague or "(?!)"),
        vague_goals=re.compile(rules.vague_goals or "(?!)"),
        openings=re.compile(any_of(lambda rules: rules.manual.openings)),
        goes_on=re.compile(rules.goes_on or "(?!)"),
        new_matter=re.compile(rules.new_matter or "(?!)"),
    )
