from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean.repeated_lines import (
    MAX_LINES,
    document_hashes,
    line_hash,
    repeated_hashes,
    text_hash,
)

LINES = st.lists(st.text(alphabet="ab 가나1.", max_size=6), max_size=8)


def test_line_hash_of_lines_that_differ_in_numbers_and_dates_has_one_shape() -> None:
    pairs = [
        ("Page 3 of 12", "Page 14 of 9"),
        ("Printed on March 3, 2024 at 9:15 a.m.", "Printed on July 21, 2019 at 10:05 p.m."),
        ("출력일: 2024년 3월 4일 오전 9시", "출력일: 2023년 11월 20일 오후 10시"),
        ("Source: https://a.example/x/1", "Source: https://a.example/y/other"),
    ]
    for first, second in pairs:
        assert line_hash(first).shape == line_hash(second).shape
        assert line_hash(first).exact != line_hash(second).exact


def test_line_hash_of_lines_that_differ_in_words_differs() -> None:
    for first, second in [("Home", "Help"), ("Page 3 of 12", "Part 3 of 12"), ("본 메일은", "본 문서는")]:
        assert line_hash(first).shape != line_hash(second).shape


def test_line_hash_ignores_bullets_emphasis_spaces_and_link_targets() -> None:
    plain = line_hash("Privacy policy")
    for line in ("* Privacy  policy", "[Privacy policy](../privacy.html)", "**Privacy policy**", "  - Privacy policy "):
        assert line_hash(line) == plain


def test_line_hash_of_a_line_without_numbers_is_its_shape() -> None:
    hashed = line_hash("All rights reserved.")
    assert hashed.exact == hashed.shape


def test_document_hashes_of_a_long_document_cover_its_start_and_its_end() -> None:
    text = "\n".join(["first", *(f"line {chr(97 + at % 26)}{'x' * (at % 97)}" for at in range(3 * MAX_LINES)), "last"])
    found = set(document_hashes(text).tolist())
    assert {line_hash("first").shape, line_hash("last").shape} <= found
    assert len(found) <= 2 * MAX_LINES


def test_repeated_hashes_need_enough_documents_and_a_large_enough_share() -> None:
    documents = [document_hashes(f"footer\nown {chr(97 + at)}" + ("\nrare" if at < 5 else "")) for at in range(20)]
    found = repeated_hashes(documents, min_documents=5, min_share=0.3).tolist()
    assert found == [line_hash("footer").shape]
    assert len(repeated_hashes(documents, min_documents=5, min_share=0.2)) == 2
    assert not len(repeated_hashes(documents[:4], min_documents=5, min_share=0.2))


@given(st.lists(LINES, min_size=1, max_size=8))
def test_repeated_hashes_do_not_depend_on_the_order_of_documents(documents: list[list[str]]) -> None:
    hashes = [document_hashes("\n".join(lines)) for lines in documents]
    shuffled = sorted(hashes, key=lambda one: (text_hash(str(one.tolist())), len(one)), reverse=True)
    first, second = (repeated_hashes(one, min_documents=2, min_share=0.3) for one in (hashes, shuffled))
    assert np.array_equal(first, second)


@given(LINES)
def test_document_hashes_ascend_without_repeats(lines: list[str]) -> None:
    found = document_hashes("\n".join(lines)).tolist()
    assert found == sorted(set(found))
