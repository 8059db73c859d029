"""Turns training rows of a single turn into the formats of trainers that read a prompt and one answer.

Takes an `SftExample`; returns the object of a line of `exports/prompt_completion/` or `exports/alpaca/`. Conversations
do not fit these formats: a trainer would train on the later questions, or would not see them. Used by the export stage,
and by `verify` to check the files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypedDict

from pipeline.records import Message, SftExample


class ChatMessage(TypedDict):
    """A message as chat templates read it."""

    role: str
    content: str


class PromptCompletion(TypedDict):
    """A row in TRL's conversational prompt-completion format."""

    prompt: list[ChatMessage]
    completion: list[ChatMessage]
    id: str
    """The `id` of the row in `sft/`."""


class Alpaca(TypedDict):
    """A row in the format of Stanford Alpaca and LongAlpaca."""

    instruction: str
    """The document and the question, as in LongAlpaca, so that the document comes first."""
    input: str
    """Always empty: trainers write it after the instruction."""
    output: str
    id: str
    """The `id` of the row in `sft/`."""


def is_single_turn(example: SftExample) -> bool:
    """Return whether a row has one question and one answer."""
    return len(example.messages) == 2


def prompt_completion(example: SftExample) -> PromptCompletion:
    """Return a single-turn row as a prompt and its completion."""
    question, answer = example.messages
    return {"prompt": [_chat_message(question)], "completion": [_chat_message(answer)], "id": example.id}


def alpaca(example: SftExample) -> Alpaca:
    """Return a single-turn row as an instruction and its output."""
    question, answer = example.messages
    return {"instruction": question.content, "input": "", "output": answer.content, "id": example.id}


SINGLE_TURN_FORMATS: Mapping[str, Callable[[SftExample], PromptCompletion | Alpaca]] = MappingProxyType(
    {"prompt_completion": prompt_completion, "alpaca": alpaca}
)
"""The formats by the names of their folders in `exports/`."""


def _chat_message(message: Message) -> ChatMessage:
    return {"role": message.role, "content": message.content}
