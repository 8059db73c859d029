from itertools import pairwise

import pytest

from pipeline.synthesize.facts import FactKind, concrete_facts


def found(text, language="en"):
    return [(fact.kind, text[fact.start : fact.end]) for fact in concrete_facts(text, language)]


@pytest.mark.parametrize(
    ("text", "kind", "fact"),
    [("The rent is GBP 4,800.50 a year.", FactKind.MONEY, "GBP 4,800.50"),
     ("It costs about 640 euros.", FactKind.MONEY, "about 640 euros"),
     ("It was sent on 2 June 2022.", FactKind.DATE, "2 June 2022"),
     ("It opens on the 4th of July.", FactKind.DATE, "the 4th of July"),
     ("It ends on June 30, 2026.", FactKind.DATE, "June 30, 2026"),
     ("Interest runs at 6 percent.", FactKind.SHARE, "6 percent"),
     ("It lasts at least forty-five (45) days.", FactKind.DURATION, "at least forty-five (45) days"),
     ("Answer in ten (10) Business Days please.", FactKind.DURATION, "ten (10) Business Days"),
     ("There are 24 spare floats in stock.", FactKind.COUNT, "24 spare floats")],
)  # fmt: skip
def test_concrete_facts_english_gives_kind_and_whole_fact(text, kind, fact):
    assert found(text) == [(kind, fact)]


@pytest.mark.parametrize(
    ("text", "kind", "fact"),
    [("대금은 12,500,000원이다.", FactKind.MONEY, "12,500,000원"),
     ("계약은 2023년 3월 2일에 체결되었다.", FactKind.DATE, "2023년 3월 2일"),
     ("이자는 연 6%로 한다.", FactKind.SHARE, "6%"),
     ("통지를 받은 날부터 10영업일 이내에 교체한다.", FactKind.DURATION, "10영업일 이내"),
     ("예비 부품 40개를 보관한다.", FactKind.COUNT, "40개")],
)  # fmt: skip
def test_concrete_facts_korean_gives_kind_and_whole_fact(text, kind, fact):
    assert found(text, "ko") == [(kind, fact)]


@pytest.mark.parametrize(
    "text",
    ["See Section 4.6 days of grace.", "Tighten cartridge AQ-9120 screws.", "Lease Year 8 months",
     "It takes 25 to 30 seconds.", "From 3 May 2021 to 5 May 2021 it rains.", "Fit the 19 mm gland.",
     "Tidewatch 2 sensors are sold."],
)  # fmt: skip
def test_concrete_facts_leaves_places_parts_ranges_and_measures_out(text):
    assert found(text) == []


def test_concrete_facts_do_not_overlap_and_ascend():
    text = "On 2 June 2022 the Club paid GBP 4,800 for 14 boats within 30 days at 6 percent."
    facts = concrete_facts(text, "en")
    assert [fact.kind for fact in facts] == [
        FactKind.DATE, FactKind.MONEY, FactKind.COUNT, FactKind.DURATION, FactKind.SHARE,
    ]  # fmt: skip
    assert all(one.end <= other.start for one, other in pairwise(facts))
