"""Provisions that an amendment changes: by number, by the name of their part, or by the sum that it replaces."""

from __future__ import annotations

import pytest
from structural_documents import findings, make_context, slots_of

from pipeline.synthesize.structural.reading import Reading

CONTRACT = """SUPPLY AGREEMENT

1. Price

1.1 The Buyer shall pay the prices in Annex 1.

2. Volume

2.1 The Buyer shall take 84,000 sets a year.

3. Delivery

3.1 The Seller shall deliver within 30 days.

Annex 1 Prices

1. A small set costs EUR 18.40.

2. A large set costs EUR 96.50.

Annex 2 Packing

1. Sets are packed in crates.

AMENDMENT NO. 1

1. Price. The prices in Annex 1 are increased by 6.5%.

2. Volume. The yearly volume falls. It is reduced from 84,000 to 78,000 sets.

3. Other terms. Clause 3.1 is not affected.
"""
KOREAN = """임대차계약서

제1조 (주차) 을은 7번과 8번 주차면을 사용한다.

제2조 (차임) 월 차임은 4,800,000원으로 한다.

제3조 (통지) 통지는 서면으로 한다.

별표 1 (관리비)
1. 관리비는 매월 말일에 낸다.
2. 청소비는 관리비에 포함한다.

제1차 변경합의서

제1조 (주차) 원계약 제1조의 주차면에 9번을 더하여 3면으로 한다.
제2조 (차임) 월 차임을 4,800,000원에서 5,850,000원으로 한다.
제3조 (관리비) 별표 1의 납부일을 매월 15일로 바꾼다.
"""


def amended(text: str, language: str) -> set[str]:
    outline = Reading(make_context(text, domain="legal", language=language)).provisions
    return {one.label for one in outline.provisions if one.is_amended}


def test_amended_provisions_of_a_named_annex_and_of_a_replaced_number() -> None:
    found = amended(CONTRACT, "en")
    assert {"item 1 of Annex 1", "item 2 of Annex 1", "clause 2.1"} <= found
    assert not {"clause 1.1", "clause 3.1", "item 1 of Annex 2"} & found


def test_amended_provisions_korean_words_that_only_set_a_new_value() -> None:
    found = amended(KOREAN, "ko")
    assert {"제1조", "제2조"} <= found
    assert any(label.startswith(("별표1", "별표 1")) for label in found)
    assert "제3조" not in found


@pytest.mark.parametrize(("text", "language"), [(CONTRACT, "en"), (KOREAN, "ko")])
def test_extreme_sums_of_amended_provisions_are_not_asked(text: str, language: str) -> None:
    found = findings(text, "extreme", domain="legal", language=language)
    assert not any("18.40" in fact.answer or "4,800,000" in fact.answer.partition(":")[0] for fact in found.facts)


@pytest.mark.parametrize("change", ["are increased by 5%", "now read EUR 20", "shall be replaced by those below"])
def test_deadline_in_an_amended_provision_is_asked_before_any_amendment(change: str) -> None:
    text = CONTRACT.replace("Clause 3.1 is not affected.", f"The days in clause 3.1 {change}.")
    found = findings(text, "deadline", domain="legal", language="en")
    asked = [slots_of(fact) for fact in found.facts if "3.1" in slots_of(fact)["clause"]]
    assert asked
    assert all(slots.get("lead") for slots in asked)
