"""Checks the questions that very small teachers write in completion form.

A 135M model joins words of the sentence into a question. The question is often about a different part of the sentence,
has broken grammar, or reverses what the sentence says. These checks read only the sentence, the fact and the question.
In a language that asks with auxiliary verbs (`VerbGrammar`), the checks include the verbs; in other languages, only the
words. Questions of a teacher in chat form are not checked here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pipeline.languages import any_of, language_rules
from pipeline.languages.question_rules import VerbGrammar
from pipeline.records import Dropped
from pipeline.synthesize.facts import Fact, FactKind
from pipeline.synthesize.words import content_stems, is_supported, numbers, stem, tokens

MIN_CLAUSE_SHARE = 0.6
"""The minimum share of the question's words that the fact's clause must contain; chosen by reading 96 questions."""

_CLAUSE_BREAK = re.compile(rf"[;:,](?=\s)|\s[–—-]\s|\s(?={any_of(lambda rules: rules.asking.clause_openers)}\s)")


def small_teacher_fault(question: str, *, sentence: str, fact: Fact, language: str) -> Dropped | None:
    """Return the first sign that a question is broken or is not about its fact, or None."""
    stems = content_stems(question)
    if len(stems) != len(set(stems)):
        return Dropped("repeats_itself", "A content word is in the question twice.")
    shared = set(numbers(question)) & set(numbers(sentence[fact.start : fact.end]))
    if shared:
        return Dropped("answer_in_question", f"{min(shared)} is in the question and in the answer.")
    clause = _clause(sentence, fact)
    strange = [number for number in numbers(question) if number not in numbers(clause)]
    if strange:
        return Dropped("asks_about_another_fact", f"{strange[0]} does not belong to the clause of the fact.")
    known = frozenset(content_stems(clause))
    share = sum(is_supported(item, known, clause) for item in stems) / max(1, len(stems))
    if share < MIN_CLAUSE_SHARE:
        return Dropped(
            "asks_about_another_fact", f"{share:.2f} of the question's words are in the fact's clause.", share
        )
    grammar = language_rules(language).asking.grammar
    if grammar is None:
        return None
    return _grammar_fault(question, sentence, grammar) or _other_verb_fault(question, sentence, fact, grammar)


def _clause(sentence: str, fact: Fact) -> str:
    """Return the clause of a sentence that contains a fact."""
    breaks = [0, *(match.end() for match in _CLAUSE_BREAK.finditer(sentence)), len(sentence)]
    start = max(position for position in breaks if position <= fact.start)
    end = min(position for position in breaks if position >= fact.end)
    return sentence[start:end]


def _grammar_fault(question: str, sentence: str, grammar: VerbGrammar) -> Dropped | None:
    """Return a fault if the question's verb has the wrong form or is not a verb of the sentence.

    After `did`, `must` and the like, the verb must be in its base form; after `was`, it must be a participle, unless
    the question asks for a measure.
    """
    told = [token.lower() for token in tokens(sentence)]
    auxiliary = grammar.auxiliary.search(question)
    if auxiliary is not None:
        rest = [token.lower() for token in tokens(auxiliary.group(2))]
        passive = grammar.passive_marks & set(rest)
        inflected = [word for word in rest if grammar.past.search(word)]
        if inflected and not passive:
            return Dropped("broken_grammar", f"'{inflected[0]}' after '{auxiliary.group(1)}'.")
        if passive and not inflected:
            detail = f"No participle after '{auxiliary.group(1)} … {min(passive)}'."
            return Dropped("broken_grammar", detail)
        if not any(_is_base_of(word, told, auxiliary.group(1), grammar) for word in rest[1:]):
            return Dropped("broken_grammar", f"No verb of the sentence follows '{auxiliary.group(1)}'.")
        return None
    be = grammar.be_question.search(question)
    if be is not None:
        participles = [word for word in tokens(be.group(2).lower())[1:] if _is_passive(word, told, grammar)]
        asks_when = not question.lower().startswith(grammar.measure_word)
        if asks_when and not participles:
            return Dropped("broken_grammar", f"No participle follows '{be.group(1)}'.")
        return None
    # In "How many parts hold …" and "What percentage of … goes …", the verb has the same form as in the sentence.
    verbs = [
        word
        for word in tokens(question.lower())[3:]
        if word in told and (word.endswith(grammar.present_ending) or grammar.past.search(word))
    ]
    return None if verbs else Dropped("broken_grammar", "It has no verb of the sentence.")


def _other_verb_fault(question: str, sentence: str, fact: Fact, grammar: VerbGrammar) -> Dropped | None:
    """Return a fault if a question about a date does not contain the last verb before the date.

    A date belongs to the verb before it: the day on which rounds were driven is not the day on which the factor was
    fitted.
    """
    if fact.kind is not FactKind.DATE:
        return None
    before = [token.lower() for token in tokens(sentence[: fact.start])]
    verbs = [word for word in before if grammar.past.search(word) or word in grammar.irregular()]
    if verbs and stem(verbs[-1]) not in content_stems(question):
        return Dropped("asks_about_another_fact", f"The date belongs to '{verbs[-1]}', which is not asked about.")
    return None


def _is_passive(word: str, told: Sequence[str], grammar: VerbGrammar) -> bool:
    """Return whether a word is a participle at most three words after a form of `be` in the sentence."""
    places = [index for index, other in enumerate(told) if other == word]
    participle = bool(grammar.past.search(word)) or word in grammar.irregular()
    return participle and any(grammar.passive_marks & set(told[max(0, i - 3) : i]) for i in places)


def _is_base_of(word: str, told: Sequence[str], auxiliary: str, grammar: VerbGrammar) -> bool:
    """Return whether a word of the question is the base form of a verb in the sentence that fits the auxiliary."""
    if auxiliary == grammar.past_auxiliary:
        forms = [
            other
            for other in told
            if (grammar.past.search(other) or other in grammar.irregular()) and stem(other) == stem(word)
        ]
        return bool(forms) and not grammar.past.search(word)
    if auxiliary in grammar.inflecting_auxiliaries:
        is_inflected = grammar.inflecting_auxiliaries[auxiliary]
        return any(stem(other) == stem(word) and (other != word) == is_inflected for other in told)
    return any(
        stem(other) == stem(word)
        for before, other in pairwise(told)
        if before in grammar.before_base or before.endswith(grammar.adverb_ending)
    )
