"""Replies that people wrote before they had seen the checks: most good ones pass, most spoiled ones are caught."""

from __future__ import annotations

import pytest
from recorded_replies import LATER, NEEDS_NO_JUDGE, THIRD, UNSEEN, Recorded, judged, recorded, share_passed

LANGUAGES = ("en", "ko")


def of(language: str, *kinds: str, good: bool = False) -> list[Recorded]:
    return [one for one in recorded(language) if one.is_good == good and (not kinds or one.kind in kinds)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_good_replies_pass_also_in_other_words(language):
    assert len(of(language, good=True)) >= 140
    assert share_passed(of(language, good=True)) >= 0.93
    assert share_passed(of(language, "paraphrased", good=True)) >= 0.9


def test_korean_replies_pass_as_often_as_english_ones():
    english, korean = (share_passed(of(language, good=True)) for language in LANGUAGES)
    assert abs(english - korean) <= 0.05


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_spoiled_replies_are_caught_without_a_judge(language):
    assert len(of(language, *NEEDS_NO_JUDGE)) >= 75
    assert share_passed(of(language, *NEEDS_NO_JUDGE)) <= 0.1


def test_replies_that_no_check_was_changed_for_are_told_apart_in_both_languages():
    passed = {}
    for language in LANGUAGES:
        found = recorded(language, UNSEEN)
        good = [one for one in found if one.is_good]
        spoiled = [one for one in found if not one.is_good and one.kind in NEEDS_NO_JUDGE]
        assert len(good) >= 40 and len(spoiled) >= 30
        passed[language] = share_passed(good)
        assert passed[language] >= 0.85
        assert share_passed(spoiled) <= 0.15
    assert abs(passed["en"] - passed["ko"]) <= 0.05


@pytest.mark.parametrize("language", LANGUAGES)
def test_replies_of_the_third_set_are_told_apart(language):
    found = recorded(language, THIRD)
    good = [one for one in found if one.is_good]
    spoiled = [one for one in found if not one.is_good and one.kind in NEEDS_NO_JUDGE]
    assert len(good) >= 40 and len(spoiled) >= 30
    assert share_passed(good) >= 0.85
    assert share_passed(spoiled) <= 0.15


@pytest.mark.parametrize("language", LANGUAGES)
def test_replies_of_the_second_set_are_told_apart(language):
    found = recorded(language, LATER)
    good = [one for one in found if one.is_good]
    spoiled = [one for one in found if not one.is_good and one.kind in NEEDS_NO_JUDGE]
    assert len(good) >= 40 and len(spoiled) >= 43
    assert share_passed(good) >= 0.95
    assert share_passed(spoiled) <= 0.06


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["cut_json", "invented_quote", "wrong_language", "repetition", "wrong_magnitude"])
def test_no_reply_passes_that_any_reader_would_refuse_at_once(language, kind):
    assert of(language, kind)
    assert share_passed(of(language, kind)) == 0.0


@pytest.mark.parametrize("language", LANGUAGES)
def test_good_replies_pass_and_spoiled_ones_are_caught_with_a_judge(language):
    """The judges were strangers who got good and spoiled replies in one pile and were not told which is which."""
    good = [one for one in judged(language) if one.is_good]
    spoiled = [one for one in judged(language) if not one.is_good]
    assert len(good) >= 100 and len(spoiled) >= 120
    assert share_passed(good) >= 0.95
    assert share_passed(spoiled) <= 0.03
    assert len({one.kind for one in spoiled}) >= 15
