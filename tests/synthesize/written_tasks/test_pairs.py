from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from merged_documents import document_of, draft_of

from pipeline.synthesize.written.draft import Draft
from pipeline.synthesize.written.pairs import Pair, atoms, comparable_pairs, disjoint, linked_pairs

TEXT = """SALE OF THE MILL

1 PRICE

1.1 The price of the mill is EUR 90,000. The buyer pays a deposit of EUR 9,000 to the Escrow Agent on signing.

2 SURVEY

2.1 The seller shall let a surveyor inspect the wheel within 21 days after signing. The survey is paid by the buyer.

3 DEFECTS

3.1 The buyer shall report a defect of the wheel within 14 days after delivery, in the form that clause 5 requires.

4 WITHDRAWAL

4.1 The Escrow Agent may resign by giving sixty days' notice to both sides. Its successor takes over all papers then.

5 FORM

5.1 Every report is made in writing, signed by hand and sent by courier to the address that is printed on page one.
"""
DOCUMENT = document_of(TEXT, titles=("1 PRICE", "2 SURVEY", "3 DEFECTS", "4 WITHDRAWAL", "5 FORM"), segment_tokens=40)
DEPOSIT = draft_of(
    DOCUMENT, "To whom does the buyer pay the deposit?", "To the Escrow Agent.", "The buyer pays a deposit of EUR 9,000"
)
SURVEY = draft_of(
    DOCUMENT,
    "Within how many days must a surveyor inspect the wheel?",
    "Within 21 days after signing.",
    "inspect the wheel within 21 days after signing",
)
DEFECT = draft_of(
    DOCUMENT,
    "Within how many days must a defect of the wheel be reported?",
    "Within 14 days after delivery.",
    "within 14 days after delivery, in the form that clause 5 requires",
)
RESIGNS = draft_of(
    DOCUMENT, "How much notice must be given to resign?", "Sixty days' notice.", "The Escrow Agent may resign"
)
FORM = draft_of(DOCUMENT, "How is a report made?", "In writing, signed by hand.", "Every report is made in writing")
ALL = (DEPOSIT, SURVEY, DEFECT, RESIGNS, FORM)


def both(pair: Pair) -> tuple[Draft, Draft]:
    return pair.first, pair.second


def test_linked_pairs_reference_comes_before_shared_name() -> None:
    assert [both(pair) for pair in linked_pairs(DOCUMENT, ALL)[:2]] == [(DEFECT, FORM), (DEPOSIT, RESIGNS)]


def test_linked_pairs_without_common_term_gives_none() -> None:
    assert linked_pairs(DOCUMENT, (DEPOSIT, FORM)) == []


def test_linked_pairs_of_one_segment_gives_none() -> None:
    other = draft_of(DOCUMENT, "What is the price of the mill?", "EUR 90,000.", "The price of the mill is EUR 90,000.")
    assert other.segments == DEPOSIT.segments
    assert linked_pairs(DOCUMENT, (DEPOSIT, other)) == []


def test_comparable_pairs_same_kind_of_value_gives_pair() -> None:
    assert [both(pair) for pair in comparable_pairs(DOCUMENT, ALL)][:1] == [(SURVEY, DEFECT)]


def test_comparable_pairs_other_kind_of_value_gives_none() -> None:
    price = draft_of(DOCUMENT, "What is the price of the wheel?", "EUR 90,000.", "The price of the mill is EUR 90,000.")
    assert comparable_pairs(DOCUMENT, (price, DEFECT)) == []


def test_atoms_leaves_summaries_and_follow_ups_out() -> None:
    summary = draft_of(DOCUMENT, "Summarise.", "Text.", "Every report", task="summary", title="5 FORM")
    follow_up = draft_of(DOCUMENT, "And then?", "Text.", "Every report", task="follow_up")
    assert atoms((DEPOSIT, summary, FORM)) == [DEPOSIT, FORM]
    assert atoms((follow_up,)) == [follow_up], "the guard: only what it follows tells it from others"


@given(st.permutations(ALL), st.integers(0, 4))
def test_disjoint_pairs_have_no_draft_twice_in_any_order(drafts: list[Draft], count: int) -> None:
    pairs = linked_pairs(DOCUMENT, drafts)
    assert pairs == linked_pairs(DOCUMENT, ALL)
    chosen = disjoint(pairs, count)
    keys = [draft.key for pair in chosen for draft in both(pair)]
    assert len(keys) == len(set(keys)) == 2 * len(chosen)
    assert len(chosen) <= count
    assert all(pair.first.segments[0].end <= pair.second.segments[0].start for pair in pairs)
