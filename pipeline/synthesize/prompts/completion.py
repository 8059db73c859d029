"""Completion prompts for base and very small models: worked examples, then a sentence, its fact, and an open question.

A 135M model asked to find a fact, ask for it and answer it writes "What is the answer to this question?". Given the
fact and the first words of the question it only has to name what the fact is about, and a tenth to a sixth of that is
usable (measured on the bundled English documents). The question's first words depend on the fact and on the verb
before it, because a model of that size does not choose them well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.records import Language
from pipeline.synthesize.facts import Fact, FactKind
from pipeline.synthesize.prompts.templates import templates
from pipeline.synthesize.teachers.protocol import CompletionPrompt

_MODAL = re.compile(r"\b(shall|must|will|may|can)\b")
_BE = re.compile(r"\b(is|are|was|were)\b")


def question_prompt(*, sentence: str, fact: Fact, domain: str, language: str) -> tuple[CompletionPrompt, str]:
    """The prompt for a question that a fact of a sentence answers.

    Returns:
        The prompt, and the question's first words, which the reply continues (empty in Korean).
    """
    words = templates("examples.yaml", language)
    labels, examples = words["labels"], words["questions"][domain]
    kinds = list(FactKind)
    other = kinds[(kinds.index(fact.kind) + 1) % len(kinds)]
    opening = question_opening(sentence, fact) if language == Language.ENGLISH else ""
    shown = [_question_lines(labels, **examples[kind.value]) for kind in (other, fact.kind)]
    asked = _question_lines(
        labels, sentence=_one_line(sentence), answer=sentence[fact.start : fact.end], question=opening
    )
    return CompletionPrompt(text="\n\n".join([*shown, asked]).rstrip(), stop=("\n",)), opening


def summary_prompt(*, section: str, language: str) -> CompletionPrompt:
    """The prompt for a summary of a short section in one sentence."""
    words = templates("examples.yaml", language)
    shown = [_summary_lines(words["labels"], **example) for example in words["summaries"]]
    asked = _summary_lines(words["labels"], section=_one_line(section), summary="")
    return CompletionPrompt(text="\n\n".join([*shown, asked]).rstrip(), stop=("\n",))


def question_opening(sentence: str, fact: Fact) -> str:
    """First words of an English question for a fact, agreeing with the verb that stands before it in the sentence."""
    before = _one_line(sentence[: fact.start]).lower()
    verb = _verb_before(before)
    match fact.kind:
        case FactKind.MONEY:
            return f"How much {verb}".rstrip()
        case FactKind.DATE:
            preposition = "By what date" if before.endswith(" by") else "On what date"
            return f"{preposition} {verb}".rstrip()
        case FactKind.SHARE:
            return "What percentage of"
        case FactKind.DURATION:
            return f"Within what time {verb}".rstrip() if before.endswith("within") else f"How long {verb}".rstrip()
        case FactKind.COUNT:
            return f"How many {fact.unit}"


def _verb_before(before: str) -> str:
    """The auxiliary a question about the end of this clause starts with; none where the clause has a full verb."""
    clause = re.split(r"[;:,]", before)[-1]
    modal = _MODAL.findall(clause) or _MODAL.findall(before)
    if modal:
        return "must" if modal[-1] == "shall" else modal[-1]
    be = _BE.findall(clause)
    return be[-1] if be else ""


def _question_lines(labels: Mapping[str, str], *, sentence: str, answer: str, question: str) -> str:
    return f"{labels['sentence']}: {sentence}\n{labels['answer']}: {answer}\n{labels['question']}: {question}"


def _summary_lines(labels: Mapping[str, str], *, section: str, summary: str) -> str:
    return f"{labels['section']}: {section}\n{labels['summary']}: {summary}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
