"""Writes completion prompts for base and very small models: examples, then a sentence, its fact, and an open question.

If a 135M model must find a fact, ask about it and answer, it writes "What is the answer to this question?". If the
prompt gives the fact and the first words of the question, the model only has to name the subject of the fact. Between
a tenth and a sixth of these questions are usable (measured on the bundled English documents). The first words depend on
the fact and on the verb before it, because a model of this size does not choose them well.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.languages import language_rules
from pipeline.synthesize.facts import Fact, FactKind
from pipeline.synthesize.prompts.templates import for_domain, templates
from pipeline.synthesize.teachers.protocol import CompletionPrompt


def question_prompt(*, sentence: str, fact: Fact, domain: str, language: str) -> tuple[CompletionPrompt, str]:
    """Return the prompt for a question that a fact of a sentence answers.

    Returns:
        The prompt, and the first words of the question, which the reply continues (empty in some languages).
    """
    words = templates("examples.yaml", language)
    labels, examples = words["labels"], for_domain(words["questions"], domain)
    kinds = list(FactKind)
    other = kinds[(kinds.index(fact.kind) + 1) % len(kinds)]
    before = _one_line(sentence[: fact.start])
    opening = language_rules(language).asking.opening(before, fact.kind.value, fact.unit)
    shown = [_question_lines(labels, **examples[kind.value]) for kind in (other, fact.kind)]
    asked = _question_lines(
        labels, sentence=_one_line(sentence), answer=sentence[fact.start : fact.end], question=opening
    )
    return CompletionPrompt(text="\n\n".join([*shown, asked]).rstrip(), stop=("\n",)), opening


def summary_prompt(*, section: str, language: str) -> CompletionPrompt:
    """Return the prompt for a one-sentence summary of a short section."""
    words = templates("examples.yaml", language)
    shown = [_summary_lines(words["labels"], **example) for example in words["summaries"]]
    asked = _summary_lines(words["labels"], section=_one_line(section), summary="")
    return CompletionPrompt(text="\n\n".join([*shown, asked]).rstrip(), stop=("\n",))


def _question_lines(labels: Mapping[str, str], *, sentence: str, answer: str, question: str) -> str:
    return f"{labels['sentence']}: {sentence}\n{labels['answer']}: {answer}\n{labels['question']}: {question}"


def _summary_lines(labels: Mapping[str, str], *, section: str, summary: str) -> str:
    return f"{labels['section']}: {section}\n{labels['summary']}: {summary}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
