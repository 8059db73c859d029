"""A standing as an integer, the order of standings, and the reason that decides between two."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.standing import Standing, packed_standing, rank_of, reason, unpacked_standing

PLAIN = Standing(2, 1, 1, 1, 1, 1, 256, 0, 1, 1, 7, 1, 15, 2, 1)
HIGHEST = Standing(2, 1, 4, 2, 1, 1, 65_535, 65_535, 2, 1, 7, 1, 15, 2, 2)
STANDINGS = st.builds(Standing, *(st.integers(0, getattr(HIGHEST, field.name)) for field in fields(Standing)))
LENGTHS = st.integers(1, 10_000)
EQUAL = (0.0, 0.0)
"""The agreements of two duplicates with which the others agree equally."""


def values(standing: Standing) -> tuple[int, ...]:
    return tuple(getattr(standing, field.name) for field in fields(Standing))


@given(STANDINGS)
def test_packed_standing_fits_a_parquet_integer_and_unpacks_to_itself(standing: Standing) -> None:
    packed = packed_standing(standing)
    assert 0 <= packed < 2**63
    assert unpacked_standing(packed) == standing


@given(STANDINGS, STANDINGS)
def test_packed_standings_are_ordered_by_their_properties(first: Standing, second: Standing) -> None:
    assert (packed_standing(first) < packed_standing(second)) == (values(first) < values(second))


def test_packed_standing_lowers_values_that_do_not_fit() -> None:
    assert unpacked_standing(packed_standing(replace(PLAIN, version=10**9))) == replace(PLAIN, version=65_535)


@given(STANDINGS, STANDINGS, LENGTHS, LENGTHS)
def test_rank_follows_the_first_property_that_differs(
    first: Standing, second: Standing, first_chars: int, second_chars: int
) -> None:
    longest = max(first_chars, second_chars)
    better = rank_of(packed_standing(first), num_chars=first_chars, longest=longest, agreement=0.0) > rank_of(
        packed_standing(second), num_chars=second_chars, longest=longest, agreement=0.0
    )
    before, after = values(first)[:10], values(second)[:10]
    if before != after:
        assert better == (before > after)
    elif (first_chars < 0.85 * longest) != (second_chars < 0.85 * longest):
        assert better == (first_chars > second_chars)
    elif values(first)[10:14] != values(second)[10:14]:
        assert better == (values(first)[10:14] > values(second)[10:14])
    else:
        long, other_long = (chars >= 0.95 * longest for chars in (first_chars, second_chars))
        assert better == ((long, first.description) > (other_long, second.description))


@given(STANDINGS, STANDINGS, LENGTHS, LENGTHS)
def test_reason_is_given_for_every_two_documents(
    first: Standing, second: Standing, first_chars: int, second_chars: int
) -> None:
    longest = max(first_chars, second_chars)
    ranked = sorted(
        (
            (rank_of(packed_standing(s), num_chars=n, longest=longest, agreement=0.0), packed_standing(s), n)
            for s, n in ((first, first_chars), (second, second_chars))
        ),
    )
    (_, dropped, dropped_chars), (_, kept, kept_chars) = ranked
    text = reason(kept, dropped, kept_chars=kept_chars, dropped_chars=dropped_chars, longest=longest, agreements=EQUAL)
    assert text and not text.endswith(".")
    same = kept == dropped and min(kept_chars, dropped_chars) >= 0.95 * longest
    assert ("nothing distinguishes" in text) == same


@pytest.mark.parametrize(
    ("kept", "dropped", "words"),
    [
        ({"status": 3}, {"status": 0}, "it is signed, this one is marked as a draft or template"),
        ({"status": 2}, {}, "it is final, this one is not"),
        ({}, {"originality": 0}, "this one is a copy or backup"),
        ({"originality": 2}, {"originality": 0}, "it is marked as the original, this one is a copy or backup"),
        ({}, {"wholeness": 0}, "it is whole, this one is cut off at the end"),
        ({}, {"purity": 0}, "this one is mixed with control strings of a chat model"),
        ({}, {"authorship": 0}, "this one is forwarded in another text"),
        ({"version": 3 * 256 + 1}, {}, "it is version 3.1, this one is version 1"),
        ({"revision_day": 45_000}, {"revision_day": 44_000}, "it is dated 2023-03-16, this one 2020-06-19"),
        ({"revision_day": 45_000}, {}, "it states when it was changed"),
        ({}, {"completion": 3}, "it has fewer blanks than this one"),
        ({}, {"cleanness": 3}, "it has fewer garbled words than this one"),
        ({}, {"nativeness": 1}, "it is in an editable format, this one is a PDF file"),
        ({"description": 2}, {}, "its title or licence is known, this one's is not"),
        ({}, {}, "nothing distinguishes them, and its id is smaller"),
    ],
)
def test_reason_names_the_property_that_decides(kept: dict[str, int], dropped: dict[str, int], words: str) -> None:
    ours, theirs = (packed_standing(replace(PLAIN, **changes)) for changes in (kept, dropped))
    assert reason(ours, theirs, kept_chars=9, dropped_chars=9, longest=9, agreements=EQUAL) == words


def test_reason_names_the_length_if_it_decides() -> None:
    plain = packed_standing(PLAIN)
    equal = reason(plain, plain, kept_chars=950, dropped_chars=1000, longest=1000, agreements=EQUAL)
    little = reason(plain, plain, kept_chars=1000, dropped_chars=940, longest=1000, agreements=EQUAL)
    much = reason(plain, plain, kept_chars=1000, dropped_chars=500, longest=1000, agreements=EQUAL)
    assert little == "it is longer: 1,000 characters, this one 940"
    assert equal == "nothing distinguishes them, and its id is smaller"
    assert much == "it has 1,000 characters, this one only 500"


def test_agreement_of_the_other_duplicates_decides_if_lengths_and_standings_are_equal() -> None:
    plain = packed_standing(PLAIN)
    more, less = (rank_of(plain, num_chars=97, longest=100, agreement=value) for value in (1.4, 0.9))
    assert more > less
    words = reason(plain, plain, kept_chars=97, dropped_chars=100, longest=100, agreements=(1.4, 0.9))
    assert words == "the other duplicates agree more with it than with this one"
