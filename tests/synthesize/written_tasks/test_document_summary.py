from __future__ import annotations

from dataclasses import replace

import pytest
from merged_documents import CHECKS, document_of, planned, prompt_of, read

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest, Round

LEASE = """BOAT SHED LEASE

1. TERM

The Harbour Board of Tenby Reach leases the boat shed to the Kittiwake Rowing Club. The term begins on 3 May 2021
and lasts six years. The Club shall keep at least 14 boats in the shed during the whole of that time.

2. RENT

The Club shall pay the Board an annual rent of GBP 4,800 for the shed. The rent is due within 30 days after the invoice
is sent. A late payment bears interest at 6 percent per year, which the Board may waive for a first delay.

3. REPAIRS

The Board shall repair the roof within 45 days after notice from the Club. The Club shall repaint the doors by
30 September 2024. Each side bears the cost of its own repairs and tells the other before it begins with them.

4. END OF THE LEASE

Either side may end the lease by three months' notice in writing if the other has broken it and has not put matters
right within four weeks after a warning. The keys are handed over at the office of the Board on the last day.
"""
SUPPLY_KO = """물품 공급 계약서

제1조 (목적)

갑 주식회사 한빛정밀은 을 주식회사 대림상사에 산업용 부품을 공급한다. 계약은 2023년 3월 2일에 체결되었으며
효력은 체결한 날부터 3년 동안 이어진다. 기간이 끝나기 전에 서면으로 갱신할 수 있다.

제2조 (대금)

을은 갑에게 매월 대금 12,500,000원을 지급한다. 을은 세금계산서를 받은 날부터 15일 이내에 대금을 지급하여야
하며, 지급이 늦어지면 연 6%의 지연 이자를 더하여 지급하여야 한다.

제3조 (하자)

갑은 하자 통지를 받은 날부터 10영업일 이내에 부품을 교체한다. 갑은 예비 부품 40개를 항상 보관하며,
교체에 드는 운송 비용은 갑이 부담한다. 다만 을의 잘못으로 생긴 하자는 그러하지 아니하다.

제4조 (해지)

당사자 일방이 계약을 위반하고 30일 이내에 바로잡지 아니하면 상대방은 서면으로 통지하여 계약을 해지할 수 있다.
해지하더라도 이미 생긴 대금 채무는 소멸하지 아니하며 손해 배상을 청구할 수 있다.
"""
TITLES = ("1. TERM", "2. RENT", "3. REPAIRS", "4. END OF THE LEASE")
TITLES_KO = ("제1조 (목적)", "제2조 (대금)", "제3조 (하자)", "제4조 (해지)")
SUMMARY = (
    "The Harbour Board leases the boat shed to the Kittiwake Rowing Club for six years from 3 May 2021. "
    "The Club pays a rent of GBP 4,800 a year within 30 days after the invoice. "
    "The Board repairs the roof within 45 days after notice, and the Club repaints the doors by 30 September 2024. "
    "Either side may end the lease by three months' notice if the other has broken it."
)
SHORT = SUMMARY.partition(" The Board repairs")[0]
SUMMARY_KO = (
    "한빛정밀은 2023년 3월 2일부터 3년 동안 대림상사에 부품을 공급합니다. "
    "을은 세금계산서를 받은 날부터 15일 이내에 매월 12,500,000원을 지급합니다. "
    "갑은 하자 통지를 받은 날부터 10영업일 이내에 부품을 교체합니다."
)

EXCHANGED_KO = (
    "한빛정밀은 2023년 3월 2일부터 3년 동안 대림상사에",
    "대림상사는 2023년 3월 2일부터 3년 동안 한빛정밀에",
)


def lease(language: str = "en") -> tuple[WrittenDocument, str]:
    if language == "ko":
        return document_of(SUPPLY_KO, titles=TITLES_KO, language="ko"), SUMMARY_KO
    return document_of(LEASE, titles=TITLES, segment_tokens=96), SUMMARY


def section_drafts(document: WrittenDocument) -> list[Draft]:
    gists = {
        "1. TERM": "The Harbour Board leases the boat shed to the Kittiwake Rowing Club for six years from 3 May 2021.",
        "2. RENT": "The Club pays GBP 4,800 a year within 30 days after the invoice; late payments bear 6 percent.",
        "3. REPAIRS": "The Board repairs the roof within 45 days, the Club repaints the doors by 30 September 2024.",
        "4. END OF THE LEASE": "Either side may end the lease by three months' notice if the other has broken it.",
    }
    spans = {s.title: Span(s.start, s.end) for s in document.context.sections if s.title}
    return [
        Draft("summary", "Summarise.", gists[title], (span,), (span,), CHECKS, "written-0", section_title=title)
        for title, span in spans.items()
    ]


def request_of(document: WrittenDocument, drafts: list[Draft]) -> PlannedRequest:
    (item,) = planned(document, "document_summary", drafts)
    return item


@pytest.mark.parametrize("language", ["en", "ko"])
def test_document_summary_of_short_document_is_kept_with_its_sentences_as_evidence(language: str) -> None:
    document, summary = lease(language)
    item = request_of(document, [])
    draft = read(document, item, nothing=False, summary=summary)
    assert isinstance(draft, Draft), draft
    assert draft.question == language_rules(language).frames.document_summary_question
    assert draft.segments == (Span(0, len(document.context.text)),)
    evidence = " ".join(document.text(span) for span in draft.evidence)
    proofs = ("GBP 4,800", "45 days", "3 May 2021") if language == "en" else ("15일", "10영업일", "12,500,000원")
    assert all(proof in evidence for proof in proofs)
    assert len(evidence) < len(document.context.text)


def test_document_summary_merges_the_summaries_of_sections() -> None:
    document, summary = lease()
    drafts = section_drafts(document)
    item = request_of(document, drafts)
    assert (item.round, item.sources) == (Round.MERGES, tuple(drafts))
    assert all(draft.answer in prompt_of(item) for draft in drafts)
    draft = read(document, item, nothing=False, summary=summary)
    assert isinstance(draft, Draft), draft
    assert draft.segments == tuple(draft.segments[0] for draft in drafts)


def test_document_summary_of_long_document_needs_summaries_of_half_of_it() -> None:
    document, _ = lease()
    long_document = document_of(LEASE, titles=TITLES, segment_tokens=16)
    assert not planned(long_document, "document_summary", [])
    assert not planned(long_document, "document_summary", section_drafts(long_document)[:2])
    assert len(planned(long_document, "document_summary", section_drafts(long_document))) == 1
    assert not planned(document, "document_summary", [], count=0)


@pytest.mark.parametrize(
    ("language", "written", "instead"),
    [
        ("en", "GBP 4,800", "GBP 5,800"),
        ("en", "45 days", "45 weeks"),
        ("ko", "15일", "50일"),
        ("ko", "12,500,000원", "1,250만 달러"),
    ],
)
def test_document_summary_with_another_value_is_rejected(language: str, written: str, instead: str) -> None:
    document, summary = lease(language)
    assert written in summary
    fault = read(document, request_of(document, []), nothing=False, summary=summary.replace(written, instead))
    assert isinstance(fault, Dropped)
    assert fault.reason == "value_not_in_evidence"


@pytest.mark.parametrize(
    ("language", "written", "instead", "fault"),
    [
        ("en", "The Club pays a rent of", "The Board pays the Club a rent of", "values_exchanged"),
        ("en", "Either side may end", "Neither side may end", "negation_differs"),
        ("en", "GBP 4,800 a year", "GBP 4,800 a month", "rate_differs"),
        ("ko", "교체합니다", "교체하지 않습니다", "negation_differs"),
        ("ko", "15일 이내에", "15일 이후에", "bound_differs"),
        ("ko", *EXCHANGED_KO, "values_exchanged"),
    ],
)
def test_document_summary_that_states_facts_otherwise_is_rejected(
    language: str, written: str, instead: str, fault: str
) -> None:
    document, summary = lease(language)
    assert written in summary
    found = read(document, request_of(document, []), nothing=False, summary=summary.replace(written, instead))
    assert isinstance(found, Dropped)
    assert found.reason == fault


@pytest.mark.parametrize("merged", [True, False])
def test_document_summary_of_one_section_is_rejected(merged: bool) -> None:
    document, summary = lease()
    item = request_of(document, section_drafts(document) if merged else [])
    fault = read(document, item, nothing=False, summary=summary.split(". ")[0] + ".")
    assert isinstance(fault, Dropped)
    assert fault.reason == "covers_nothing"


@pytest.mark.parametrize(
    ("summary", "fault"),
    [
        (LEASE, "not_shorter"),
        ("", "empty_answer"),
        (SHORT + " The Club may also hold regattas with guests from abroad in every summer.", "answer_not_supported"),
        (SUMMARY + " As an AI language model I cannot say more.", "leaks_prompt"),
        (SUMMARY_KO, "wrong_language"),
        (SUMMARY + " [EMAIL-1] receives the notice.", "masked_personal_data"),
    ],
)
def test_document_summary_spoiled_is_rejected_for_its_fault(summary: str, fault: str) -> None:
    document, _ = lease()
    found = read(document, request_of(document, []), nothing=False, summary=summary)
    assert isinstance(found, Dropped)
    assert found.reason == fault


def test_document_summary_longer_than_its_section_summaries_is_rejected() -> None:
    document, summary = lease()
    drafts = [replace(draft, answer=draft.answer[:40]) for draft in section_drafts(document)]
    found = read(document, request_of(document, drafts), nothing=False, summary=summary)
    assert isinstance(found, Dropped)
    assert found.reason == "not_shorter"


def test_document_summary_nothing_is_a_reply() -> None:
    document, _ = lease()
    found = read(document, request_of(document, []), nothing=True, summary="")
    assert isinstance(found, Dropped)
    assert found.reason == "nothing_to_ask"
