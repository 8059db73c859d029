"""The comparisons of order and of owners: what they find, and when they abstain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading_claims import claim_of

from pipeline.synthesize.verify.bindings import exchanged_columns
from pipeline.synthesize.verify.owners import defined_names, unit_at, unit_starts
from pipeline.synthesize.verify.ownership import other_owner

NOUNS = ("barn", "mill", "forge", "quarry", "chapel", "granary")


@given(
    st.permutations(NOUNS).map(lambda nouns: nouns[:2]),
    st.lists(st.integers(6, 22), min_size=2, max_size=2, unique=True),
    st.booleans(),
)
def test_two_pairs_pass_in_any_order_and_fail_when_exchanged(nouns, numbers, is_turned):
    (one, other), (first, second) = nouns, numbers
    evidence = f"The {one} holds {first} kilograms and the {other} holds {second} kilograms."
    pairs = [(one, first), (other, second)][:: -1 if is_turned else 1]
    right = "; ".join(f"the {noun} holds {number} kg" for noun, number in pairs)
    wrong = "; ".join(f"the {noun} holds {number} kg" for noun, number in ((one, second), (other, first)))
    assert exchanged_columns(claim_of(right, evidence)) is None
    fault = exchanged_columns(claim_of(wrong, evidence))
    assert fault is not None and fault.reason == "values_exchanged"


@given(st.permutations(["20 minutes on weekdays", "50 minutes on Saturdays", "75 minutes on Sundays"]))
def test_three_pairs_in_any_order_pass(parts):
    evidence = "A visit takes 20 minutes on weekdays, 50 minutes on Saturdays and 75 minutes on Sundays."
    assert exchanged_columns(claim_of(f"A visit takes {', '.join(parts)}.", evidence)) is None


@pytest.mark.parametrize(
    ("answer", "evidence"),
    [
        (
            "It rises from 300 to 450 pounds a month.",
            "The rent is 300 pounds a month. From May it rises to 450 pounds.",
        ),
        ("Between 15 and 30 members; 32 are 2 above 30.", "The council has at least 15 and at most 30 members."),
        ("Ines asked Otto for the list of rooms.", "Ines wants a list of the rooms. Otto writes it."),
        ("6 and 9 days, respectively.", "Apples keep 9 days and pears keep 6 days, respectively."),
    ],
)
def test_columns_abstain_where_order_shows_no_pairs(answer, evidence):
    assert exchanged_columns(claim_of(answer, evidence)) is None


CODE = """def shut(box):
    Closes the lid and returns the box.


def fill(box):
    Puts coal into the box until it is heavy.
"""


def test_function_with_the_work_of_another_is_a_fault():
    right = claim_of("fill puts coal into the box until it is heavy.", CODE, domain="code")
    wrong = claim_of("shut puts coal into the box until it is heavy.", CODE, domain="code")
    assert other_owner(right) is None
    fault = other_owner(wrong)
    assert fault is not None and "'fill'" in fault.detail


def test_function_that_no_quote_is_from_is_a_fault_unless_the_answer_names_both():
    quotes = "def fill\nPuts coal into the box until it is heavy."
    for answer, is_right in (
        ("`fill` puts coal into the box.", True),
        ("`shut` puts coal into the box.", False),
        ("`shut` calls `fill`, which puts coal into the box.", True),
    ):
        claim = claim_of(
            answer, "Puts coal into the box until it is heavy.", domain="code", document=CODE, owned=quotes
        )
        assert (other_owner(claim) is None) is is_right, answer


TURNS = "Mira: The hall holds 80 chairs and smells of paint.\nJonte: The bus leaves at noon from the old harbour.\n"


@pytest.mark.parametrize(
    ("answer", "turns", "is_right"),
    [
        ("Jonte says that the bus leaves at noon from the old harbour.", TURNS, True),
        ("Mira says that the bus leaves at noon from the old harbour.", TURNS, False),
        ("Mira and Jonte say that the bus leaves at noon from the old harbour.", TURNS, True),
        ("Mira takes the bus that leaves at noon from the old harbour.", TURNS.replace("The bus", "Your bus"), True),
        ("Mira takes the bus at noon from the old harbour.", TURNS.replace("harbour", "harbour with Mira"), True),
    ],
)
def test_speaker_with_the_words_of_another_is_a_fault_unless_the_turn_may_be_about_both(answer, turns, is_right):
    claim = claim_of(answer, turns, domain="dialogue", question="What was said about tomorrow's outing?")
    assert (other_owner(claim) is None) is is_right


def test_korean_speakers_in_a_summary_are_exchanged():
    turns = (
        "김보미: 간판은 38만 원이고 다음 주에 옵니다.\n박찬들: 주차장은 12대가 들어갑니다. 바닥을 새로 칠했습니다.\n"
    )
    wrong = "박찬들은 간판이 38만 원이고 다음 주에 온다고 했다. 김보미는 주차장에 12대가 들어가고 바닥을 칠했다고 했다."
    right = "김보미는 간판이 38만 원이고 다음 주에 온다고 했다. 박찬들은 주차장에 12대가 들어가고 바닥을 칠했다고 했다."
    for answer, is_right in ((right, True), (wrong, False)):
        claim = claim_of(answer, turns, language="ko", domain="dialogue", question="")
        assert (exchanged_columns(claim) is None and other_owner(claim) is None) is is_right


def test_units_of_code_begin_with_the_comment_above_a_function():
    code = "const x = 1;\n\n/**\n * Adds.\n */\nfunction add(a) {\n}\n\nclass Box {\n  put(item) {\n  }\n}\n"
    assert defined_names(code) == ["add", "Box", "put"]
    starts = unit_starts(code, "code")
    assert unit_at(starts, code.index("Adds")) == unit_at(starts, code.index("function add"))
    assert unit_at(starts, code.index("const")) != unit_at(starts, code.index("Adds"))


@given(st.text(max_size=80), st.sampled_from(["code", "dialogue", "legal"]))
def test_units_of_any_text_are_in_order_and_begin_at_its_beginning(text, domain):
    starts = unit_starts(text, domain)
    assert starts[0] == 0 and starts == sorted(set(starts))
    assert all(starts[unit_at(starts, place)] <= place for place in range(len(text)))
