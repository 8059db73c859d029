"""Masks of kinds: which characters share one, and what a range touches."""

from __future__ import annotations

import numpy as np

from pipeline.tokens.letters import (
    KINDS,
    NO_KIND,
    Mask,
    as_kinds,
    in_category,
    is_whitespace,
    kind_of,
    kind_table,
    single,
    touching,
)


def shown(mask: Mask) -> list[str]:
    return [
        first if first == last else f"{first}{last}" for (first, last), is_in in zip(KINDS, mask, strict=True) if is_in
    ]


def test_kinds_are_ascii_punctuation_and_four_blocks() -> None:
    assert len(KINDS) == 98 + 29 + 4 == NO_KIND
    assert [f"{first}{last}" for first, last in KINDS[-4:]] == ["가힣", "一龥", "ぁゖ", "ァヺ"]
    assert kind_of("가") == kind_of("힣") == NO_KIND - 4
    edges = {
        "꿿": "힣",
        "一": "一",
        "龥": "一",
        "龦": "",
        "ぁ": "ぁ",
        "ゖ": "ぁ",
        "゗": "",
        "ァ": "ァ",
        "ヺ": "ァ",
        "・": "",
    }
    for letter, like in edges.items():
        assert kind_of(letter) == (kind_of(like) if like else NO_KIND), letter
    assert kind_of("\U0001f600") == kind_of("é") == kind_of("\x1f") == kind_of("\x7f") == NO_KIND
    assert kind_of("~") == kind_of("}") + 1


def test_kind_table_has_every_code_point_of_the_basic_plane() -> None:
    table = kind_table()
    assert table.shape == (2**16,)
    assert int(np.count_nonzero(table != NO_KIND)) == sum(ord(last) - ord(first) + 1 for first, last in KINDS)


def test_range_touches_kinds_wholly_or_partly() -> None:
    whole, partly = touching("x", "~")
    assert (shown(whole), shown(partly)) == (["x", "y", "z", "{", "|", "}", "~"], [])
    whole, partly = touching("一", "乿")
    assert (shown(whole), shown(partly)) == ([], ["一龥"])
    whole, partly = touching("一", "龥")
    assert (shown(whole), shown(partly)) == (["一龥"], [])
    whole, partly = touching("龥", "힣")
    assert (shown(whole), shown(partly)) == (["가힣"], ["一龥"])


def test_masks_of_single_letters_sets_and_categories() -> None:
    assert shown(single("a")) == ["a"]
    assert shown(single("각")) == shown(single("é")) == []
    assert shown(as_kinds({"a", "각", "é", "ab", ""})) == ["a", "가힣"]
    assert shown(in_category("Nd")) == list("0123456789")
    assert shown(in_category("Lo")) == ["가힣", "一龥", "ぁゖ", "ァヺ"]
    assert shown(is_whitespace()) == ["\t", "\n", "\r", " "]
