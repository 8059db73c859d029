"""Previews of one document, for tests of their page."""

from __future__ import annotations

from synthesis_documents import LEASE_EN

from pipeline.records import Dropped, Message
from pipeline.report.previewed import Preview, PreviewedDocument
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.teachers.protocol import ChatPrompt, FinishReason, Sampling, TeacherReply, TeacherRequest
from pipeline.synthesize.written.draft import PlannedRequest
from pipeline.synthesize.written.exchange import Exchange


def exchange(content: str, reply: str, fault: Dropped | None = None) -> Exchange:
    """A request whose reply is used or has a fault."""
    prompt = ChatPrompt((Message("system", "Read."), Message("user", content)), "{}")
    request = TeacherRequest(prompt, Sampling(0.0, 64, 17), "qa-1")
    answer = TeacherReply(reply, FinishReason.STOP, 900, 300, 40, "")
    return Exchange(PlannedRequest("qa", Span(0, 40), request), answer, fault)


def preview_of(*exchanges: Exchange) -> Preview:
    """A preview of one document."""
    document = PreviewedDocument(LEASE_EN, (), exchanges, {}, {})
    return Preview("trial", ("openai:m",), (document,), 1)


def sample_preview() -> Preview:
    """A preview with a kept and a rejected reply to prompts that begin with the document."""
    questions = [LEASE_EN.text + f"\n\nAsk something about part {number}.\n" for number in (1, 2)]
    fault = Dropped("not_json", "The reply is not JSON.")
    return preview_of(exchange(questions[0], "{}"), exchange(questions[1], "word " * 400 + "x" * 400, fault))
