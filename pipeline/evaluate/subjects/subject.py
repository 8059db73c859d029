"""Defines a subject: a model under evaluation, described before it is loaded, and opened to answer prompts.

A reference says how the model runs:

- `embedded:…`, a folder or a hub name (see `io.models`): in this process, with transformers;
- `vllm:REF`: in this process, with vLLM;
- `http://HOST/v1#MODEL` or `https://…`: an OpenAI-compatible server. Its prompts are measured with the tokenizer of
  `evaluate.server.tokenizer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Answer, Prompt


class Role(StrEnum):
    """What a subject is to the comparison."""

    BASE = "base"
    """The model that the others are compared with, such as the base of a tuned model."""
    TUNED = "tuned"
    """A model that was tuned from the base."""
    OTHER = "other"
    """Any other model; also one that is evaluated alone."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A model under evaluation, described without loading it."""

    name: str
    """A short name, unique in the evaluation: the last part of the reference, with a number if another has it too."""
    reference: str
    """The reference that the user gave."""
    role: Role
    fingerprint: str
    """Of the weights, or of the server's address and model name. Answers are kept while it is unchanged."""
    meter: Meter
    """Counts in this model's tokens."""
    context_tokens: int = 0
    """Context length in the model's config; 0 if unknown."""
    original_context_tokens: int = 0
    """Context length before any RoPE scaling; equal to `context_tokens` for an unscaled model."""
    rope: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """`rope_parameters` in the model's config; empty if unknown."""
    has_weights: bool = True
    """Whether this process can run the weights itself, as likelihoods need."""


def reference_of(subjects: Sequence[Subject]) -> str:
    """Return the name of the subject that the others are compared with: the base, else the first."""
    return next((subject.name for subject in subjects if subject.role is Role.BASE), subjects[0].name)


class Answering(Protocol):
    """An opened subject. Opening one that runs in this process loads its weights."""

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[tuple[int, Answer]]:
        """Yield (number of the prompt, answer) as answers are ready, in any order, greedily decoded.

        Raises:
            RunError: a prompt does not fit into memory, or the server failed for good.
        """

    def note_earlier_answers(self) -> None:
        """Learn that this subject has answered before, so what it refuses now concerns one prompt and not all."""

    def close(self) -> None:
        """Free the weights or connections."""
