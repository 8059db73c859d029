"""Placeholders of masked values: how they are written, and what is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.build import PersonalData
from pipeline.documents.pseudonyms import (
    has_pseudonym,
    is_pseudonym,
    number_of,
    pseudonym,
    pseudonyms_in,
    without_pseudonyms,
)


@given(st.sampled_from(PersonalData), st.integers(1, 999_999_999))
def test_pseudonym_of_every_kind_and_number_is_recognised(kind: PersonalData, number: int) -> None:
    made = pseudonym(kind, number)
    assert is_pseudonym(made)
    assert number_of(made) == number
    assert pseudonyms_in(f"a {made}, b") == {(kind.value, number)}
    assert without_pseudonyms(f"a {made}, b") == "a , b"


@pytest.mark.parametrize(
    "text",
    ["[PHONE]", "[PHONE-0]", "[PHONE-01]", "[phone-1]", "[NAME-1]", "[NOTE]", "PHONE-1", "[PHONE-1234567890]", ""],
)
def test_other_bracketed_text_is_no_pseudonym(text: str) -> None:
    assert not has_pseudonym(text)
    assert pseudonyms_in(text) == set()
    assert without_pseudonyms(text) == text


def test_text_around_a_pseudonym_has_one_and_is_none() -> None:
    assert has_pseudonym("call [PHONE-12] now") and not is_pseudonym("call [PHONE-12] now")
    assert is_pseudonym("[DRIVING_LICENCE-3]")
