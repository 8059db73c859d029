from __future__ import annotations

import pytest

from pipeline.documents.pages import joined_pages, moved_pages, page_at, pages_within
from pipeline.records import Page

PAGES = (Page(0, "i"), Page(10, "1"), Page(20, "2"))


@pytest.mark.parametrize(("offset", "label"), [(0, "i"), (9, "i"), (10, "1"), (19, "1"), (20, "2"), (99, "2")])
def test_page_at_is_the_last_that_begins_there_or_above(offset: int, label: str) -> None:
    assert page_at(PAGES, offset) == label


def test_page_at_before_the_first_or_without_pages_is_none() -> None:
    assert page_at((Page(5, "1"),), 4) == ""
    assert page_at((), 4) == ""


def test_pages_within_begin_with_the_page_that_is_open() -> None:
    assert pages_within(PAGES, start=5, end=20) == (Page(0, "i"), Page(5, "1"))
    assert pages_within(PAGES, start=10, end=21) == (Page(0, "1"), Page(10, "2"))
    assert pages_within(PAGES, start=30, end=40) == (Page(0, "2"),)
    assert pages_within((Page(5, "1"),), start=0, end=5) == ()
    assert pages_within((), start=0, end=5) == ()


def test_moved_pages_of_which_nothing_is_left_give_way_to_the_next() -> None:
    assert moved_pages(PAGES, lambda offset: max(0, offset - 12)) == (Page(0, "1"), Page(8, "2"))


def test_joined_pages_are_those_of_each_document_and_undone_by_its_span() -> None:
    joined = joined_pages([(4, PAGES), (40, ()), (80, (Page(3, "7"),))])
    assert [page_at(joined, offset) for offset in (4, 39, 40, 79, 80, 83)] == ["i", "2", "", "", "", "7"]
    assert pages_within(joined, start=4, end=36) == PAGES
    assert pages_within(joined, start=40, end=76) == ()
    assert joined_pages([(4, ()), (9, ())]) == ()
