"""Finds the facts of a document that a very small teacher can be asked about: one plain fact in a sentence of its own.

Used by `small_teacher.writing` for prompts in completion form.
"""

from __future__ import annotations

import re
from collections import Counter

from pipeline.identity import unit_interval
from pipeline.languages import all_rules, any_of
from pipeline.records import Context
from pipeline.synthesize.facts import Fact, FactKind, concrete_facts
from pipeline.synthesize.sentences import Span, is_prose_sentence, sentence_spans

_NEGATION = re.compile(any_of(lambda rules: rules.asking.negation), re.IGNORECASE)
_POINTS_BACK = re.compile(
    rf"^{any_of(lambda rules: rules.asking.points_back_first)}\b|{any_of(lambda rules: rules.asking.points_back)}",
    re.IGNORECASE,
)
_BOUNDS_TIME = re.compile(rf"\b{any_of(lambda rules: rules.asking.bounds_time)}\s$", re.IGNORECASE)
"""Words before a date that make the date the limit of something else: `until `."""
_ENDS_OF_CHANGE = tuple(end for _, rules in all_rules() for end in rules.asking.ends_of_change)
_MEASURED = tuple(word for _, rules in all_rules() for word in rules.asking.measured)


def askable_facts(context: Context, *, max_chars: int, seed: int) -> dict[Span, Fact]:
    """Return one askable fact for each sentence that has any, by the sentence's span; the seed chooses among several.

    Sentences longer than `max_chars`, repeated sentences and sentences that are not prose are left out.
    """
    spans = sentence_spans(context.text, start=0, end=len(context.text))
    repeats = Counter(context.text[span.start : span.end] for span in spans)
    facts: dict[Span, Fact] = {}
    for span in spans:
        sentence = context.text[span.start : span.end]
        if len(sentence) > max_chars or repeats[sentence] > 1 or not is_prose_sentence(sentence):
            continue
        askable = [
            fact
            for fact in concrete_facts(sentence, context.language)
            if is_askable(sentence, fact=fact, language=context.language)
        ]
        if askable:
            facts[span] = askable[int(unit_interval(seed, context.doc_id, span.start) * len(askable))]
    return facts


def is_askable(sentence: str, *, fact: Fact, language: str) -> bool:
    """Return whether a very small teacher may be asked about a fact of a sentence.

    The sentence must make sense by itself. It must not contain a negation or condition that a question would lose, or a
    second fact of the same kind that would also answer the question. The fact must not limit or measure something else,
    as in `until 3 May` or `nine months of rent`.
    """
    same_kind = [other for other in concrete_facts(sentence, language) if other.kind is fact.kind]
    before, after = sentence[: fact.start], sentence[fact.end :]
    if before.endswith(_ENDS_OF_CHANGE):
        return False  # The fact is one end of a change, a range or a comparison.
    if fact.kind is FactKind.DATE and _BOUNDS_TIME.search(before):
        return False
    if fact.kind is FactKind.DURATION and after.startswith(_MEASURED):
        return False  # Nine months of rent is an amount.
    if fact.kind is FactKind.MONEY and before.endswith(_MEASURED):
        return False  # After "a charge of 85 dollars", "How much is" would ask what is charged.
    return len(same_kind) == 1 and not _NEGATION.search(sentence) and not _POINTS_BACK.search(sentence)
