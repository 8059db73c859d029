"""Records of what was asked about a document and what came of each reply, for people who read them (`preview`).

`DocumentRounds` reports each reply to a listener. A build has none, because the prompts of a window, each with its
document, would fill the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pipeline.records import Dropped
from pipeline.synthesize.teachers.protocol import ChatPrompt, FinishReason, TeacherReply
from pipeline.synthesize.written.draft import Draft, PlannedRequest


class Fate(StrEnum):
    """What came of a request. Every request has exactly one fate."""

    KEPT = "kept"
    """The reply became a draft, an attempt that can be compared, or a verdict that keeps its draft."""
    REJECTED = "rejected"
    """The reply did not pass a check, or it is a verdict against its draft."""
    FAILED = "failed"
    """There is no reply: the request was not sent, or it failed."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, the reply, and what was read in the reply."""

    item: PlannedRequest
    reply: TeacherReply
    read: Draft | Dropped | None
    """The draft that the reply became or keeps, or the first fault. None for an attempt and for a request that failed,
    which say nothing of a draft."""

    @property
    def fate(self) -> Fate:
        """What came of the request."""
        if self.reply.finish_reason is FinishReason.ERROR:
            return Fate.FAILED
        return Fate.REJECTED if isinstance(self.read, Dropped) else Fate.KEPT

    @property
    def reason(self) -> str:
        """The check that the reply did not pass, or the failure; empty if it was kept."""
        return self.read.reason if isinstance(self.read, Dropped) else self.reply.error

    @property
    def prompt(self) -> str:
        """The whole prompt as text, each message below its role."""
        prompt = self.item.request.prompt
        if not isinstance(prompt, ChatPrompt):
            return prompt.text
        return "\n\n".join(f"[{message.role}]\n{message.content}" for message in prompt.messages)


OnReply = Callable[[Exchange], None]
"""Receives each exchange once, in the order in which the replies are read."""


def hear_nothing(_: Exchange) -> None:
    """Receive an exchange and do nothing: the listener of a build."""
