"""Documents to ask about, and a teacher that answers as told and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from whole_rows import WHOLE_ROW

from pipeline.identity import content_id
from pipeline.records import Context, Section
from pipeline.synthesize.teachers.protocol import (
    BatchOrder,
    ChatPrompt,
    FinishReason,
    TeacherReply,
    TeacherRequest,
    failed_reply,
)

LEASE = """BOAT SHED LEASE

1. PARTIES AND TERM

This lease is made between the Harbour Board of Tenby Reach and the Kittiwake Rowing Club. The term begins
on 3 May 2021 and lasts six years.

The Club shall keep at least 14 boats in the shed. The Board inspected the slipway on 12 April 2021.

2. RENT

The Club shall pay the Board an annual rent of GBP 4,800 for the shed. The rent is due within
30 days after the invoice is sent.

A late payment bears interest at 6 percent per year. The Board may waive the interest for
a first delay.

3. REPAIRS

The Board shall repair the roof within 45 days after notice from the Club. The Club shall repaint the doors
by 30 September 2024.

The Club's deposit of GBP 950 is held by the Tenby Savings Bank. A surveyor may
be appointed by either party at its own cost.
"""

CONTRACT_KO = """물품 공급 계약서

제1조 (목적)

이 계약은 갑 주식회사 한빛정밀이 을 주식회사 대림상사에 부품을 공급하는 조건을 정한다. 계약은
2023년 3월 2일에 체결되었다.

제2조 (대금)

을은 갑에게 매월 대금 12,500,000원을 지급한다. 을은 세금계산서를
받은 날부터 15일 이내에 대금을 지급하여야 한다.

제3조 (하자)

갑은 하자 통지를 받은 날부터 10영업일 이내에 부품을 교체한다. 갑은 예비
부품 40개를 항상 보관한다.
"""

LOG = """Tidal gauge meeting, 9 June 2022

Rhiannon Pryce: The new gauge was delivered on 2 June 2022. It stands in the workshop.

Owain Tudor: The supplier charges 640 euros for the calibration. The calibration takes 5 hours.

Rhiannon Pryce: The workshop ordered 24 spare floats for the winter. We meet again next month.
"""


def context_of(text: str, *, domain: str = "legal", language: str = "en", titles: Sequence[str] = ()) -> Context:
    """A corpus row of a text; sections start where the titles stand."""
    starts = [0, *(text.index(title) for title in titles)] if titles else []
    bounds = zip(starts, [*starts[1:], len(text)], ["", *titles], strict=False)
    doc_id = content_id(text)
    return Context(
        doc_id=doc_id,
        text=text,
        domain=domain,
        language=language,
        title=text.splitlines()[0],
        licence="CC0-1.0",
        source_uri=f"/data/{doc_id}.txt",
        source_offset=0,
        sha256="0" * 64,
        num_tokens=max(1, len(text) // 4),
        bucket=2048,
        cluster_id=doc_id,
        sections=tuple(Section(start=a, end=b, level=int(bool(t)), title=t) for a, b, t in bounds),
        parent_id=doc_id,
        parent_start=0,
        **WHOLE_ROW,
    )


LEASE_EN = context_of(LEASE, titles=("1. PARTIES AND TERM", "2. RENT", "3. REPAIRS"))
SUPPLY_KO = context_of(CONTRACT_KO, language="ko", titles=("제1조 (목적)", "제2조 (대금)", "제3조 (하자)"))
MEETING_EN = context_of(LOG, domain="dialogue")


def replied(text: str, *, finish_reason: FinishReason = FinishReason.STOP) -> TeacherReply:
    """A reply as an engine gives it."""
    return TeacherReply(
        text=text,
        finish_reason=finish_reason,
        num_prompt_tokens=100,
        num_cached_tokens=60,
        num_answer_tokens=10,
        error="",
    )


class ToldTeacher:
    """Answers by a function of the prompt's text and keeps every batch it was asked."""

    name = "told:teacher"

    def __init__(
        self,
        answer: Callable[[str], str],
        *,
        batch_order: BatchOrder = BatchOrder.BY_DOCUMENT,
        dies_after_batches: int | None = None,
    ) -> None:
        self.batch_order = batch_order
        self.batches: list[list[TeacherRequest]] = []
        self._answer = answer
        self._dies_after_batches = dies_after_batches

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        if self._dies_after_batches is not None and len(self.batches) >= self._dies_after_batches:
            raise KeyboardInterrupt
        self.batches.append(list(requests))
        return [self._reply(prompt_text(request)) for request in requests]

    def _reply(self, prompt: str) -> TeacherReply:
        text = self._answer(prompt)
        return failed_reply("told to fail") if text == "FAIL" else replied(text)


def prompt_text(request: TeacherRequest) -> str:
    """All the text of a prompt."""
    if isinstance(request.prompt, ChatPrompt):
        return "\n".join(message.content for message in request.prompt.messages)
    return request.prompt.text


def question_json(question: str, answer: str, evidence: str) -> str:
    """What a chat teacher is asked to write."""
    return json.dumps({"question": question, "answer": answer, "evidence": evidence}, ensure_ascii=False)
