"""Defines what a model under evaluation is asked and what it answers. Nothing here needs torch.

An evaluation task makes `Prompt`s, a subject answers them, and the task scores each answer. A *cell* of a table holds
the answers of one subject to the prompts of one task, variant and length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

from pipeline.identity import content_id
from pipeline.records import Message

Scores = Mapping[str, float | None]
"""The scores of an answer by name, each from 0 to 1; None for a score that the question does not have, such as
`numbers` where the gold answer has no number."""


class PromptForm(StrEnum):
    """How a prompt reaches the model."""

    CHAT = "chat"
    """With the model's chat template. A model without one gets the texts of the messages, separated by blank lines."""
    TEXT = "text"
    """As plain text, which the model continues. There is one message."""


class Variant(StrEnum):
    """What a question is asked with, for the tasks that ask the same question in several ways. A task may have variants
    of its own beside these."""

    DOCUMENT = "document"
    """The whole document: what the task is about."""
    NO_DOCUMENT = "no_document"
    """The question alone: what the model knows or guesses."""
    EVIDENCE_ONLY = "evidence_only"
    """The paragraphs that prove the answer: what the model could do if it found them."""
    RETRIEVED = "retrieved"
    """The chunks that BM25 finds for the question."""


@dataclass(frozen=True)
class Prompt:
    """One question to a model, with its gold answer."""

    item: str
    """The id of the question. It is the same for all variants and subjects, so that answers are compared in pairs."""
    messages: tuple[Message, ...]
    gold: tuple[str, ...]
    """The right answers. Whether one of them or all of them are needed is the task's business."""
    length: int
    """The requested length in tokens: the table column that the prompt belongs to. A control without a document has
    the length of the prompt that it is a control of."""
    num_tokens: int
    """The exact length of the rendered prompt in the subject's tokens, with `answer_start`."""
    cluster: str
    """The document that the question is about. Resamples draw whole clusters."""
    variant: str = Variant.DOCUMENT.value
    kind: str = ""
    """The kind of question inside the task, such as the task of a row."""
    language: str = ""
    depth: float | None = None
    """Where the proof begins, as a share of the document's or the filler's length; None if there is no such place."""
    form: PromptForm = PromptForm.CHAT
    answer_start: str = ""
    """The beginning of the answer, which is given to the model and not part of what it answers."""
    max_answer_tokens: int = 64
    proof: tuple[str, ...] = ()
    """The passages of the prompt that a reader needs, verbatim; empty for a control that does not have them."""
    is_step: bool = False
    """Whether the answer is only needed for a later prompt, and is not scored."""
    notes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the task needs to score the answer besides the gold answers."""

    @cached_property
    def key(self) -> str:
        """The id of exactly this question in exactly these words; the key of its stored answer."""
        spoken = [part for message in self.messages for part in (message.role, message.content)]
        return content_id(self.item, self.variant, self.form, self.answer_start, self.max_answer_tokens, *spoken)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a subject answered."""

    text: str
    """The answer without `answer_start`, control tokens and surrounding space."""
    num_tokens: int
    is_cut: bool = False
    """Whether the answer reached `max_answer_tokens` before it ended."""
    fault: str = ""
    """Why there is no answer, such as a server that refused the prompt; the answer then scores 0."""


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """One answer with its scores."""

    subject: str
    """The subject's name; see `subjects.subject`."""
    task: str
    prompt: Prompt
    answer: Answer
    scores: Scores

    def value(self, measure: str) -> float | None:
        """Return one score, or None if the question does not have it."""
        return self.scores.get(measure)


def sample_of(scored: ScoredAnswer) -> dict[str, Any]:  # Any: a JSON object
    """Return a scored answer as a line of `samples/`: what was asked (head and tail), answered, right, and scored."""
    prompt = scored.prompt
    text = "\n\n".join(message.content for message in prompt.messages)
    return {
        "subject": scored.subject,
        "task": scored.task,
        "item": prompt.item,
        "variant": prompt.variant,
        "kind": prompt.kind,
        "language": prompt.language,
        "length": prompt.length,
        "num_tokens": prompt.num_tokens,
        "depth": prompt.depth,
        "cluster": prompt.cluster,
        "prompt_head": text[:_SHOWN_CHARS],
        "prompt_tail": text[max(_SHOWN_CHARS, len(text) - _SHOWN_CHARS) :],
        "answer_start": prompt.answer_start,
        "answer": scored.answer.text,
        "is_cut": scored.answer.is_cut,
        "fault": scored.answer.fault,
        "gold": list(prompt.gold),
        "scores": dict(scored.scores),
    }


_SHOWN_CHARS = 600
