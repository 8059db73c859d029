"""Asks the question of a draft again, without showing its answer: with the document, without it, or with a part of it.

Takes drafts that passed the checks of `verify`; returns the prompts of the attempts, and reads the replies. `judging`
and `agreement` compare an attempt with the draft's answer. Prompts with the document begin like all prompts about it,
so a server computes that part once. A summary is not attempted, and a question that the document does not answer only
with the document.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pipeline.config.judge import AttemptKind
from pipeline.records import Context, Dropped, Message, TaskFamily
from pipeline.synthesize.prompts.chat import Passage, document_prefix, object_schema, shown_passages
from pipeline.synthesize.prompts.templates import task_templates
from pipeline.synthesize.reply_parsing import json_fields
from pipeline.synthesize.segmenting.heading_path import heading_path
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.teachers.protocol import ChatPrompt
from pipeline.synthesize.written.draft import Draft

TEMPLATES = "attempts"
"""The name of the file of wordings, for `task_templates` and `prompt_version`."""


@dataclass(frozen=True, slots=True, order=True)
class Condition:
    """What an attempt sees."""

    kind: AttemptKind
    left_out: int = 0
    """The number of the segment that is left out, from 1; 0 if none is."""

    @property
    def name(self) -> str:
        """The kind, or `without_` and the number of the segment left out."""
        return f"without_{self.left_out}" if self.left_out else self.kind.value


@dataclass(frozen=True, slots=True)
class Attempt:
    """The answer of an attempt."""

    condition: Condition
    answer: str
    """Perhaps empty, if it is not answerable."""
    answerable: bool
    """Whether the teacher thinks that what it saw answers the question."""


def conditions_of(draft: Draft, *, family: TaskFamily, kinds: Collection[AttemptKind]) -> tuple[Condition, ...]:
    """Return the conditions under which the question of a draft is attempted, in the order of the kinds.

    Args:
        draft: the draft. Segments that overlap are not left out, because the others would show their text.
        family: the family of its task.
        kinds: the kinds that the recipe wants.
    """
    if family is TaskFamily.SUMMARY:
        return ()
    if family is TaskFamily.NOT_ANSWERABLE:
        kinds = [kind for kind in kinds if kind is AttemptKind.WHOLE_DOCUMENT]
    found = [Condition(kind) for kind in AttemptKind if kind in kinds and kind is not AttemptKind.WITHOUT_SEGMENT]
    if AttemptKind.WITHOUT_SEGMENT in kinds and len(draft.segments) > 1 and _are_apart(draft.segments):
        numbers = range(1, len(draft.segments) + 1)
        found += [Condition(AttemptKind.WITHOUT_SEGMENT, left_out=number) for number in numbers]
    return tuple(found)


def attempt_prompt(
    condition: Condition, draft: Draft, *, context: Context, document: str, before: Draft | None = None
) -> ChatPrompt:
    """Return the prompt of an attempt.

    Args:
        condition: what the attempt sees.
        draft: the draft whose question is asked.
        context: the document.
        document: the document, or the part of it that the teacher sees.
        before: the draft whose turn comes before a follow-up question.
    """
    words = task_templates(TEMPLATES, context.language)
    system, shown = _shown(condition, draft, context, document, words)
    asked = earlier_turn(before, words) + f"{words['question_label']}\n{draft.question}"
    rules = [words[part][condition.kind.value] for part in ("rules", "examples")] + [words["reply"]]
    content = shown + "\n\n".join([*(rule.strip() for rule in rules), asked])
    return ChatPrompt(messages=(system, Message(role="user", content=content)), answer_schema=_schema())


def read_attempt(text: str, condition: Condition) -> Attempt | Dropped:
    """Return the attempt in a reply, or the fault in the reply."""
    values = json_fields(text, ("answer", "answerable"))
    if isinstance(values, Dropped):
        return values
    answer, answerable = values["answer"], values["answerable"]
    if not isinstance(answer, str) or not isinstance(answerable, bool):
        return Dropped("wrong_fields", "`answer` must be a string and `answerable` true or false.")
    if answerable and not answer.strip():
        return Dropped("empty_answer", "The attempt is empty, but says that the question has an answer.")
    return Attempt(condition, answer.strip(), answerable)


def earlier_turn(before: Draft | None, words: Any) -> str:  # Any: the tree of one YAML file
    """Return the turn before a follow-up question, for a prompt; empty without one."""
    if before is None:
        return ""
    return f"{words['earlier_label']}\n{before.question}\n{before.answer}\n\n"


def _shown(condition: Condition, draft: Draft, context: Context, document: str, words: Any) -> tuple[Message, str]:
    """Return the system message and the beginning of the user message: what the teacher sees of the document."""
    if condition.kind is AttemptKind.WHOLE_DOCUMENT:
        return document_prefix(document, context.language)
    system = Message(role="system", content=words["system"])
    if condition.kind is AttemptKind.WITHOUT_SEGMENT:
        others = [span for number, span in enumerate(draft.segments, start=1) if number != condition.left_out]
        return system, shown_passages([_passage(context, span) for span in others], context.language)
    title = context.title.strip()
    return system, f"{words['title_label']}\n{title}\n\n" if title else ""


def _passage(context: Context, span: Span) -> Passage:
    path = heading_path(context, span)
    return Passage(context.text[span.start : span.end], tuple(title for title in path if title.strip()))


def _are_apart(spans: Sequence[Span]) -> bool:
    ordered = sorted(spans, key=lambda span: (span.start, span.end))
    return all(one.end <= other.start for one, other in pairwise(ordered))


def _schema() -> str:
    return object_schema({"answer": {"type": "string"}, "answerable": {"type": "boolean"}})
