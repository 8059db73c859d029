from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedup.passages import SharedPassage, shared_passages, with_keepers, without_passages
from pipeline.records import Document, Page, Section

MANUAL = Document("m", "", "manual", "en", "", "", "m.txt", 0, "", ())


def anchors(values: list[int], *, step: int = 200, first: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return np.array(values, dtype=np.uint64), np.arange(len(values)) * step + first


def passages(first: list[int], second: list[int], *, min_chars: int = 500) -> list[tuple[int, int, int, int]]:
    ours, theirs = anchors(first), anchors(second, first=5_000)
    found = shared_passages(*ours, *theirs, first_chars=len(first) * 200, min_chars=min_chars)
    return [(p.first_start, p.first_end, p.second_start, p.second_end) for p in found]


def passage(start: int, end: int, *, reach_start: int, reach_end: int) -> SharedPassage:
    return SharedPassage("m", start, end, reach_start, reach_end, "o", 0, 0, True)


def test_shared_passages_are_runs_of_shared_anchors_in_order() -> None:
    first, second = list(range(100, 120)), [1, 2, 3, *range(105, 112), 4, 5]
    assert passages(first, second) == [(1000, 2200, 5600, 6800)]


def test_shared_passages_survive_a_few_edited_words() -> None:
    first = list(range(100, 120))
    second = [anchor if anchor % 4 else anchor + 1000 for anchor in first]
    assert passages(first, second) == [(200, 3800, 5200, 8800)]


@pytest.mark.parametrize(
    "second",
    [
        list(reversed(range(100, 120))),
        [value for anchor in range(100, 120, 5) for value in [anchor, *range(10 * anchor, 10 * anchor + 20)]],
        list(range(100, 103)),
    ],
)
def test_shared_passages_are_no_scattered_reversed_or_few_anchors(second: list[int]) -> None:
    assert passages(list(range(100, 120)), second) == []


def test_shared_passages_reach_to_the_next_anchor_that_is_not_shared() -> None:
    ours, theirs = anchors(list(range(100, 120))), anchors([*range(105, 112), 118])
    (found,) = shared_passages(*ours, *theirs, first_chars=4_000, min_chars=500)
    assert (found.reach_start, found.reach_end) == (800, 2400)
    (whole,) = shared_passages(*ours, *ours, first_chars=4_000, min_chars=500)
    assert (whole.reach_start, whole.reach_end) == (0, 4_000)


def test_without_passages_cuts_whole_sections_and_moves_those_after() -> None:
    bodies = ["intro\n", "copied chapter\nwith two lines\n", "the end\n"]
    starts = [0, 6, 36]
    sections = tuple(Section(start, start + len(body), 1, body[:3]) for start, body in zip(starts, bodies, strict=True))
    manual = replace(MANUAL, text="".join(bodies), sections=sections)
    left = without_passages(manual, [passage(10, 30, reach_start=6, reach_end=37)])
    assert left.text == "intro\nthe end\n"
    assert [left.text[s.start : s.end] for s in left.sections] == ["intro\n", "the end\n"]
    assert left.doc_id == manual.doc_id


def test_without_passages_cuts_whole_lines_where_no_section_is_copied() -> None:
    text = "first line\nsecond line\nthird line\nfourth line\n"
    manual = replace(MANUAL, text=text, sections=(Section(0, len(text), 0, ""),))
    left = without_passages(manual, [passage(5, 40, reach_start=0, reach_end=41)])
    assert left.text == "first line\nfourth line\n"
    assert left.sections == (Section(0, len(left.text), 0, ""),)


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        # A section's edge before the cut, at its start, in the middle of it, at its end and behind it.
        ((0, 5, 46), ["first", " line\nfourth line\n"]),
        ((0, 11, 46), ["first line\n", "fourth line\n"]),
        ((0, 23, 46), ["first line\n", "fourth line\n"]),
        ((0, 34, 46), ["first line\n", "fourth line\n"]),
        ((0, 40, 46), ["first line\nfourth", " line\n"]),
        ((0, 15, 30, 46), ["first line\n", "fourth line\n"]),
    ],
)
def test_without_passages_moves_sections_that_begin_or_end_in_what_is_cut(
    bounds: tuple[int, ...], expected: list[str]
) -> None:
    text = "first line\nsecond line\nthird line\nfourth line\n"
    sections = tuple(Section(a, b, 1, "") for a, b in pairwise(bounds))
    cut = passage(5, 40, reach_start=5, reach_end=40)
    lines_alone = replace(cut, reach_start=12, reach_end=20)
    manual = replace(MANUAL, text=text, sections=sections, pages=(Page(0, "1"), Page(15, "2"), Page(40, "3")))
    left = without_passages(manual, [lines_alone])
    assert left.text == "first line\nfourth line\n"
    assert [left.text[s.start : s.end] for s in left.sections] == expected
    assert left.pages == (Page(0, "1"), Page(11, "2"), Page(17, "3"))


LINES = st.lists(st.text(alphabet="ab", max_size=8), min_size=1, max_size=12)


@given(LINES, st.integers(0, 60), st.integers(0, 60))
def test_without_passages_takes_out_one_run_and_keeps_every_section_of_the_rest(
    lines: list[str], start: int, length: int
) -> None:
    text = "".join(f"{line}\n" for line in lines)
    bounds = [0, len(text) // 2, len(text)]
    sections = tuple(Section(a, b, 1, "") for a, b in pairwise(bounds) if b > a)
    end = min(len(text), start + length)
    cut = passage(min(start, end), end, reach_start=min(start, end), reach_end=end)
    left = without_passages(replace(MANUAL, text=text, sections=sections), [cut])
    num_cut = len(text) - len(left.text)
    assert any(left.text == text[:at] + text[at + num_cut :] for at in range(len(left.text) + 1))
    assert "".join(left.text[s.start : s.end] for s in left.sections) == left.text
    assert num_cut <= max(end - min(start, end), 2 * length)


@pytest.mark.parametrize(
    ("second_start", "spans"),
    [
        (18, [(0, 11), (11, 23)]),
        (5, [(0, 5), (5, 23)]),
        (11, [(0, 11), (11, 23)]),
        (34, [(0, 11), (11, 23)]),
        (40, [(0, 17), (17, 23)]),
    ],
)
def test_without_passages_places_of_sections_inside_a_cut_are_where_it_was(
    second_start: int, spans: list[tuple[int, int]]
) -> None:
    text = "first line\nsecond line\nthird line\nfourth line\n"
    sections = (Section(0, second_start, 1, "a"), Section(second_start, len(text), 1, "b"))
    manual = replace(MANUAL, text=text, sections=sections, pages=(Page(0, "1"), Page(25, "2"), Page(35, "3")))
    left = without_passages(manual, [passage(5, 40, reach_start=3, reach_end=41)])
    assert left.text == "first line\nfourth line\n"
    assert [(section.start, section.end) for section in left.sections] == spans
    assert left.pages == (Page(0, "1"), Page(11, "2"), Page(12, "3"))


def test_without_passages_of_two_cuts_moves_what_follows_by_both() -> None:
    text = "a a a\nb b b\nc c c\nd d d\ne e e\n"
    sections = tuple(Section(start, start + 6, 1, text[start]) for start in range(0, 30, 6))
    manual = replace(MANUAL, text=text, sections=sections)
    cuts = [passage(start, start + 6, reach_start=start, reach_end=start + 6) for start in (18, 6)]
    left = without_passages(manual, cuts)
    assert left.text == "a a a\nc c c\ne e e\n"
    assert [(section.title, section.start, section.end) for section in left.sections] == [
        ("a", 0, 6),
        ("c", 6, 12),
        ("e", 12, 18),
    ]
    assert without_passages(manual, []) is manual


ROWS = st.lists(
    st.builds(
        lambda one, other, start, size, kept_start, is_cut: SharedPassage(
            doc_id=f"{min(one, other)}",
            start=start,
            end=start + size,
            reach_start=max(0, start - 3),
            reach_end=start + size + 3,
            kept_id=f"{max(one, other) + (one == other)}",
            kept_start=kept_start,
            kept_end=kept_start + size,
            is_cut=is_cut,
        ),
        st.integers(0, 5),
        st.integers(0, 5),
        st.integers(0, 60),
        st.integers(1, 20),
        st.integers(0, 60),
        st.booleans(),
    ),
    max_size=12,
)


@given(ROWS, st.randoms())
def test_no_passage_is_cut_from_the_document_that_keeps_it_for_another(rows: list[SharedPassage], rng: object) -> None:
    settled = with_keepers(rows)
    assert sorted(replace(row, is_cut=False).start for row in settled) == sorted(row.start for row in rows)
    for row in settled:
        for lost in settled:
            if row.is_cut and lost.is_cut and lost.doc_id == row.kept_id:
                assert lost.reach_end <= row.kept_start or row.kept_end <= lost.reach_start
    shuffled = list(rows)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sorted(map(str, with_keepers(shuffled))) == sorted(map(str, settled))


def test_passage_that_its_keeper_loses_stays_and_is_cut_for_the_third_document() -> None:
    kept_by_b = SharedPassage("a", 0, 100, 0, 100, "b", 500, 600, True)
    kept_by_c = replace(kept_by_b, kept_id="c", kept_start=900, kept_end=1000)
    b_loses = SharedPassage("b", 550, 700, 540, 720, "c", 0, 150, True)
    elsewhere = replace(b_loses, start=700, end=800, reach_start=650, reach_end=820)
    assert [row.is_cut for row in with_keepers([kept_by_b, b_loses])] == [True, False]
    assert {(row.doc_id, row.kept_id): row.is_cut for row in with_keepers([kept_by_b, kept_by_c, b_loses])} == {
        ("b", "c"): True,
        ("a", "b"): False,
        ("a", "c"): True,
    }
    assert all(row.is_cut for row in with_keepers([kept_by_b, elsewhere]))
