"""The task `definition` asks what a defined term means, and which term has a given short meaning.

A definition is not asked about if it only points to another place, if its end is uncertain, or if the document also
gives the term the meaning of another law. Cost: a search of the whole text for each short meaning, and a search of the
parts that amend the document for each term.
"""

from __future__ import annotations

import re

from pipeline.languages import Language, any_of, language_rules
from pipeline.languages.legal_rules import VerbSecondDefinitions
from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural import definitions
from pipeline.synthesize.structural.amending import amendment_lead
from pipeline.synthesize.structural.definitions import Definition, find_definitions
from pipeline.synthesize.structural.facts import Findings, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, quote, unwrapped
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.provisions import Outline
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

DEFINITION_MEANING = Form(
    "definition.meaning",
    {
        "en": (
            "{lead}how is “{term}” defined?",
            "{lead}what does “{term}” mean in this document?",
            "{lead}what is the definition of “{term}”?",
        ),
        "ko": (
            "{lead}“{term}”의 정의는 무엇입니까?",
            "{lead}이 문서에서 “{term}”{term|이란} 무엇을 말합니까?",
            "{lead}“{term}”{term|은} 어떻게 정의되어 있습니까?",
        ),
    },
    traits=frozenset({Trait.DEFINED_TERM}),
)
DEFINITION_TERM = Form(
    "definition.term",
    {
        "en": (
            "{lead}which term is defined as “{meaning}”?",
            "{lead}which defined term has the meaning “{meaning}”?",
        ),
        "ko": (
            "{lead}“{meaning}”{meaning|으로} 정의된 용어는 무엇입니까?",
            "{lead}어떤 용어가 “{meaning}”{meaning|이라는} 뜻으로 쓰입니까?",
        ),
    },
    traits=frozenset({Trait.ANSWERS_TERM}),
)
_CHANGE = any_of(lambda rules: rules.legal.term_changes)
_JOINTS = any_of(lambda rules: rules.sentences.open_words)
_MAX_REVERSE_CHARS = 110
_MIN_REVERSE_CHARS = 12
_MAX_TERM_CHARS = 36
_QUOTE_MARK = re.compile(r"[\"“”]")


def definition_facts(reading: Reading) -> Findings:
    """Return facts about the defined terms of a document."""
    text, outline, language = reading.text, reading.provisions, reading.language
    definitions = find_definitions(text=text, outline=outline, language=language)
    found = sorted(definitions, key=lambda definition: definition.whole)
    defined = {item.term.casefold() for item in found if not item.is_pointer}
    of_other_laws = _terms_of_other_laws(text, language)
    amendments = _amending_text(text, outline)
    flat = one_line(text)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for item in found:
        if item.is_pointer or item.is_unfinished:
            if item.term.casefold() not in defined or item.is_unfinished:
                unasked.append(_refuse(item))
            continue
        if item.term.casefold() in of_other_laws:
            unasked.append(_refuse(item))
            continue
        lead = _lead(item, amendments, outline, language)
        meaning = one_line(_without_joint(quote(text, item.meaning)))
        facts.append(
            make_fact(
                form=DEFINITION_MEANING,
                slots={"term": one_line(item.term), **lead},
                answer=unwrapped(_without_joint(quote(text, item.meaning))),
                spans=[item.whole],
            )
        )
        quotable = _quotable_meaning(meaning, language)
        is_short = _MIN_REVERSE_CHARS <= len(quotable) <= _MAX_REVERSE_CHARS and len(item.term) <= _MAX_TERM_CHARS
        is_certain = (
            not _is_unresolved(quotable, language)
            and item.is_only_name
            and item.term not in quotable
            and not _QUOTE_MARK.search(quotable)
        )
        if is_short and is_certain and flat.count(quotable) == 1:
            facts.append(
                make_fact(
                    form=DEFINITION_TERM,
                    slots={"meaning": quotable, **lead},
                    answer=one_line(item.term),
                    spans=[item.whole],
                )
            )
    return without_markup(Findings(facts=tuple(facts), unasked=tuple(unasked)))


def _terms_of_other_laws(text: str, language: Language) -> frozenset[str]:
    """Return the terms, in lower case, to which some part of the document gives the meaning of another law."""
    rules = language_rules(language).legal.definitions
    if not isinstance(rules, VerbSecondDefinitions):
        return frozenset()
    return frozenset(match["term"].casefold() for match in rules.lent.finditer(text))


def _without_joint(meaning: str) -> str:
    """Return a meaning without the end that leads to the next list item, such as `; and`."""
    return re.sub(rf"[;,]\s*(?:{_JOINTS})?$", "", meaning).rstrip()


def _amending_text(text: str, outline: Outline) -> tuple[tuple[int, str], ...]:
    """Return the start offset and the text of each part that amends the document."""
    ends = [part.start for part in outline.parts[1:]] + [len(text)]
    return tuple(
        (part.start, text[part.start : end])
        for part, end in zip(outline.parts, ends, strict=True)
        if part.kind is PartSort.AMENDMENT
    )


def _lead(
    item: Definition, amendments: tuple[tuple[int, str], ...], outline: Outline, language: Language
) -> dict[str, str]:
    """Return the slot that limits a question to the original wording, or no slot.

    The slot is needed if an amendment changes the provision around the definition, and an amendment further down names
    the term.
    """
    holder = outline.at(item.whole.start)
    if holder < 0 or outline.parts[outline.provisions[holder].part].kind is PartSort.AMENDMENT:
        return {}
    provision = outline.provisions[holder]
    term = re.escape(item.term)
    named = re.compile(rf"[\"“]{term}[\"”]|\({term}\)|\b{term}(?![a-z])[^.\n]{{0,60}}?{_CHANGE}")
    is_named_later = any(named.search(amending) for start, amending in amendments if start > item.whole.start)
    return amendment_lead(provision, language) if provision.is_amended and is_named_later else {}


def _is_unresolved(meaning: str, language: Language) -> bool:
    """Return whether a meaning is clear only together with the text around it."""
    rules = language_rules(language).legal.definitions
    return rules is not None and rules.unresolved.search(meaning) is not None


def _quotable_meaning(meaning: str, language: Language) -> str:
    """Return a meaning in the form that a question quotes; empty if text follows a full stop or semicolon."""
    bare = language_rules(language).legal.bare_meaning(meaning.rstrip(".").strip())
    return "" if re.search(r"[.;]\s", bare) else bare


def _refuse(item: Definition) -> Unasked:
    reason = "unfinished_definition" if item.is_unfinished else "defined_elsewhere"
    detail = "its end is uncertain" if item.is_unfinished else "it points to another place or law"
    return not_asked(
        task=TASK.name,
        subject=item.term,
        reason=reason,
        detail=f"the definition of {item.term!r} cannot be quoted whole: {detail}",
        span=item.whole,
    )


TASK = StructuralTask(
    name="definition",
    order=20,
    finds={"legal": definition_facts},
    forms=(DEFINITION_MEANING, DEFINITION_TERM),
    thresholds=thresholds_in(globals(), vars(definitions)),
    frames=lambda rules: (rules.frames.before_amendment,),
)
