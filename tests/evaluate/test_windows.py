"""Which tokens are scored, and what stands before them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from held_out_build import DOCUMENTS, HELD_OUT, context, write_build
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluate.windows import HeldOutWindows, held_out_windows, spread_ends
from pipeline.identity import content_id

LENGTHS = (256, 512, 2048, 4096)


def _bytes(text: str) -> list[int]:
    return list(text.encode())


def _windows(build: str, lengths: Sequence[int] = LENGTHS, max_windows: int = 4, seed: int = 17) -> HeldOutWindows:
    return held_out_windows(
        build, tokenize=_bytes, lengths=lengths, scored_tokens=64, max_windows=max_windows, seed=seed
    )


def test_windows_every_length_scores_the_same_tokens(build: str) -> None:
    found = _windows(build)
    assert found.lengths == LENGTHS and len(found.windows) == 4
    for window in found.windows:
        cuts = [window.cut(length) for length in LENGTHS]
        assert [len(cut) for cut in cuts] == list(LENGTHS)
        assert len({cut[-64:] for cut in cuts}) == 1
        assert all(longer[-len(shorter) :] == shorter for shorter, longer in pairwise(cuts))


def test_windows_longer_request_scores_what_the_shorter_one_did(build: str) -> None:
    short, long = (
        _windows(build, lengths=(256, 512), max_windows=2),
        _windows(build, lengths=(512, 4096), max_windows=2),
    )
    assert {window.ids[-64:] for window in short.windows} & {window.ids[-64:] for window in long.windows}


def test_windows_scored_tokens_are_held_out_and_stand_in_their_document(build: str) -> None:
    texts = {content_id(title): bytes(_bytes(context(title).text)) for title in DOCUMENTS}
    held_out = {content_id(title) for title in HELD_OUT}
    windows = _windows(build).windows
    assert {window.doc_id for window in windows} == held_out
    spans = []
    for window in windows:
        own = bytes(window.ids[-window.num_own_tokens :])
        assert texts[window.doc_id].count(own) == 1
        end = texts[window.doc_id].index(own) + len(own)
        spans.append((window.doc_id, end - window.num_scored, end))
    for doc_id, start, end in spans:
        others = [span for span in spans if span[0] == doc_id and span[1:] != (start, end)]
        assert all(end <= other_start or other_end <= start for _, other_start, other_end in others)


def test_windows_joined_documents_never_repeat_and_are_named(build: str) -> None:
    found = _windows(build)
    joined = [window for window in found.windows if window.num_own_tokens < 4096]
    assert joined, "the held-out documents are shorter than 4,096 bytes"
    for window in joined:
        assert window.doc_id not in window.joined_doc_ids
        assert len(set(window.joined_doc_ids)) == len(window.joined_doc_ids) >= 1
        (nearest,) = [title for title in DOCUMENTS if content_id(title) == window.joined_doc_ids[-1]]
        assert DOCUMENTS[nearest][:2] == (window.domain, window.language)
    assert any("shorter than 4,096 tokens" in note and "training documents among them" in note for note in found.notes)


def test_windows_same_seed_gives_the_same_windows(build: str) -> None:
    assert _windows(build) == _windows(build)
    assert _windows(build).content_fingerprint(512) != _windows(build).content_fingerprint(2048)


def test_windows_without_validation_documents_uses_all_and_says_so(tmp_path: Path) -> None:
    found = _windows(write_build(tmp_path, held_out=()), max_windows=5)
    assert {window.doc_id for window in found.windows} == {content_id(title) for title in DOCUMENTS}
    assert any("no validation documents" in note for note in found.notes)


def test_windows_length_beyond_the_corpus_is_left_out_and_noted(build: str) -> None:
    found = _windows(build, lengths=(512, 1_000_000))
    assert found.lengths == (512,)
    assert any("1,000,000 tokens is left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("lengths", "message"), [((64,), "leaves no context"), ((1_000_000,), "fewer than the smallest length 1,000,000")]
)
def test_windows_impossible_length_raises(build: str, lengths: tuple[int, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        _windows(build, lengths=lengths)


def test_windows_folder_without_corpus_raises(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no corpus"):
        _windows(str(tmp_path))


@given(
    num_tokens=st.integers(0, 5000), length=st.integers(65, 3000), scored=st.integers(1, 64), count=st.integers(1, 9)
)
def test_spread_ends_any_document_gives_disjoint_spans_with_context(
    num_tokens: int, length: int, scored: int, count: int
) -> None:
    ends = spread_ends(num_tokens, length, scored, count)
    assert len(ends) <= count
    assert all(2 * scored <= end <= num_tokens for end in ends)
    assert all(later - earlier >= scored for later, earlier in pairwise(ends))
    if num_tokens >= 2 * scored:
        assert ends[0] == num_tokens
    if num_tokens - max(length, 2 * scored) >= (count - 1) * scored:
        assert len(ends) == count and min(ends) >= length
