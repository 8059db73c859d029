"""Which tokens are scored, and what stands before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import prose
import pytest
from held_out_build import DOCUMENTS, HELD_OUT, context, write_build
from hypothesis import given
from hypothesis import strategies as st
from small_student import sft_row

from pipeline.errors import InputError
from pipeline.evaluate.likelihoods.windows import HeldOutWindows, held_out_windows, spread_ends
from pipeline.evaluate.material import read_material
from pipeline.identity import content_id
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Context, SftExample, Split

LENGTHS = (256, 512, 2048, 4096)


def _bytes(text: str) -> list[int]:
    return list(text.encode())


def _windows(build: str, lengths: Sequence[int] = LENGTHS, max_windows: int = 4, seed: int = 17) -> HeldOutWindows:
    return held_out_windows(
        read_material(build), tokenize=_bytes, lengths=lengths, scored_tokens=64, max_windows=max_windows, seed=seed
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
    assert any("shorter than 4,096 tokens" in note and "including training documents" in note for note in found.notes)


def test_windows_same_seed_gives_the_same_windows(build: str) -> None:
    assert _windows(build) == _windows(build)
    short, long = ([window.cut(length) for window in _windows(build).windows] for length in (512, 2048))
    assert short != long


def test_windows_without_validation_documents_uses_all_and_says_so(tmp_path: Path) -> None:
    found = _windows(write_build(tmp_path, held_out=()), max_windows=5)
    assert {window.doc_id for window in found.windows} == {content_id(title) for title in DOCUMENTS}
    assert any("no validation documents" in note for note in found.notes)


def test_windows_length_beyond_the_corpus_is_left_out_and_noted(build: str) -> None:
    found = _windows(build, lengths=(512, 1_000_000))
    assert found.lengths == (512,)
    assert any("1,000,000 tokens is left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("lengths", "message"), [((64,), "leaves no context"), ((1_000_000,), "but the smallest length is 1,000,000")]
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


def _build_of_parts(folder: Path) -> str:
    """A held-out document in three parts, and another document."""
    build = BuildFolder(str(folder))
    whole = context("lease")
    third = len(whole.text) // 3
    parts = [
        replace(
            whole,
            doc_id=content_id("lease", start),
            text=(text := whole.text[start : start + third]),
            num_tokens=len(text.encode()),
            parent_start=start,
            part=number,
            num_parts=3,
            sections=(),
        )
        for number, start in enumerate((0, third, 2 * third), start=1)
    ]
    write_part(build.corpus_part(4096, "00000"), [*parts, context("supply")], Context)
    row = replace(sft_row(0, num_clauses=1, split=Split.VALIDATION), doc_ids=(parts[1].doc_id,))
    write_part(build.sft_part("validation", "00000", "parquet"), [row], SftExample)
    return str(folder)


def test_windows_other_parts_of_a_document_never_stand_before_it(tmp_path: Path) -> None:
    found = _windows(_build_of_parts(tmp_path), lengths=(512, 2048), max_windows=3)
    parts = {content_id("lease", start) for start in (0, len(context("lease").text) // 3)}
    assert {window.doc_id for window in found.windows} >= parts, "every part of a held-out document is held out"
    joined = [window for window in found.windows if window.joined_doc_ids]
    assert joined, "a part is shorter than 2,048 bytes"
    for window in joined:
        assert set(window.joined_doc_ids) == {content_id("supply")}


def test_windows_nearest_filler_is_of_the_language_then_the_domain_then_held_out(tmp_path: Path) -> None:
    build = BuildFolder(str(tmp_path))
    kinds = {
        "target": ("legal", "en", True),
        "near": ("legal", "en", True),
        "trained": ("legal", "en", False),
        "other-domain": ("manual", "en", True),
        "other-language": ("legal", "ko", True),
    }
    rows = []
    for title, (domain, language, _) in kinds.items():
        text = prose.document("en", len(title), num_sentences=40 if title == "target" else 2)
        rows.append(
            replace(
                context("lease"),
                doc_id=content_id(title),
                parent_id=content_id(title),
                cluster_id=content_id(title),
                text=text,
                num_tokens=len(text.encode()),
                domain=domain,
                language=language,
            )
        )
    write_part(build.corpus_part(4096, "00000"), rows, Context)
    held_out = tuple(content_id(title) for title, (_, _, is_held_out) in kinds.items() if is_held_out)
    row = replace(sft_row(0, num_clauses=1, split=Split.VALIDATION), doc_ids=held_out)
    write_part(build.sft_part("validation", "00000", "parquet"), [row], SftExample)
    size = sum(row.num_tokens for row in rows)
    found = _windows(str(tmp_path), lengths=(size,), max_windows=1)
    names = {content_id(title): title for title in kinds}
    assert [names[doc_id] for doc_id in found.windows[0].joined_doc_ids] == [
        "other-language",
        "other-domain",
        "trained",
        "near",
    ]


@pytest.mark.parametrize(("length", "fits"), [(64, False), (65, True)])
def test_windows_shortest_length_leaves_context_before_what_is_scored(build: str, length: int, fits: bool) -> None:
    if fits:
        assert _windows(build, lengths=(length,)).lengths == (65,)
    else:
        with pytest.raises(InputError, match="Perplexity at 64 tokens leaves no context"):
            _windows(build, lengths=(length,))


def test_windows_document_of_twice_the_scored_tokens_is_a_target_and_a_shorter_one_is_not(tmp_path: Path) -> None:
    size = min(context(title).num_tokens for title in HELD_OUT)
    build = write_build(tmp_path)
    for scored, num_targets in ((size // 2, 2), (size // 2 + 1, 1)):
        found = held_out_windows(
            read_material(build), tokenize=_bytes, lengths=(2 * size,), scored_tokens=scored, max_windows=2, seed=17
        )
        assert len({window.doc_id for window in found.windows}) == num_targets


def test_windows_length_of_exactly_the_corpus_is_measured(build: str) -> None:
    corpus = sum(context(title).num_tokens for title in DOCUMENTS)
    separators = 2 * (len(DOCUMENTS) - 1)
    whole = corpus + separators
    found = _windows(build, lengths=(512, whole, whole + 1), max_windows=1)
    assert found.lengths == (512, whole)
    assert any(f"Perplexity at {whole + 1:,} tokens is left out" in note for note in found.notes)


@pytest.mark.parametrize(
    ("num_tokens", "length", "scored", "count", "ends"),
    [
        (1000, 400, 50, 1, [1000]),
        (1000, 400, 50, 4, [1000, 800, 600, 400]),
        (550, 400, 50, 4, [550, 500, 450, 400]),
        (549, 400, 50, 4, [549, 499, 449, 399]),
        (120, 400, 50, 4, [120]),
        (100, 400, 50, 4, [100]),
        (99, 400, 50, 4, []),
        (150, 60, 50, 3, [150, 100]),
    ],
)
def test_spread_ends_are_even_where_there_is_room_and_adjacent_where_there_is_not(
    num_tokens: int, length: int, scored: int, count: int, ends: list[int]
) -> None:
    assert spread_ends(num_tokens, length, scored, count) == ends


def test_windows_notes_are_written_out(build: str) -> None:
    found = _windows(build, lengths=(512, 4096, 1_000_000), max_windows=2)
    reach = sum(context(title).num_tokens for title in DOCUMENTS) + 2 * (len(DOCUMENTS) - 1)
    assert found.notes == (
        f"Perplexity at 1,000,000 tokens is left out: the corpus allows windows of at most {reach:,}.",
        f"In {sum(w.num_own_tokens < 4096 for w in found.windows)} of 2 windows the held-out document is shorter than "
        "4,096 tokens; other documents of the corpus, including training documents, precede it. "
        "Only tokens of the held-out document are scored.",
    )
    assert _windows(build, lengths=(256,)).notes == ()


def test_windows_joined_with_held_out_documents_alone_say_so(tmp_path: Path) -> None:
    found = _windows(write_build(tmp_path, held_out=tuple(DOCUMENTS)), lengths=(4096,), max_windows=5)
    num_joined = sum(window.num_own_tokens < 4096 for window in found.windows)
    assert found.notes == (
        f"In {num_joined} of 5 windows the held-out document is shorter than 4,096 tokens; other documents that are "
        "also held out precede it. Only tokens of the held-out document are scored.",
    )


@pytest.mark.parametrize(
    ("lengths", "scored", "message", "remedy"),
    [
        (
            (64,),
            64,
            "Perplexity at 64 tokens leaves no context before the 64 scored tokens.",
            "Raise the length, or lower evaluate.tasks.perplexity.scored_tokens.",
        ),
        (
            (1_000_000,),
            64,
            "The corpus allows windows of at most {reach:,} tokens, but the smallest length is 1,000,000.",
            "Ask for a shorter --length or give a larger build with --data.",
        ),
        (
            (1_000_000,),
            900_000,
            "No document in {build} has 1800000 tokens, twice the scored tokens of a window.",
            "Give a build with longer documents with --data, or lower evaluate.tasks.perplexity.scored_tokens.",
        ),
    ],
)
def test_windows_that_cannot_be_had_say_what_to_change(
    build: str, lengths: tuple[int, ...], scored: int, message: str, remedy: str
) -> None:
    reach = sum(context(title).num_tokens for title in DOCUMENTS) + 2 * (len(DOCUMENTS) - 1)
    with pytest.raises(InputError) as raised:
        held_out_windows(
            read_material(build), tokenize=_bytes, lengths=lengths, scored_tokens=scored, max_windows=2, seed=17
        )
    assert raised.value.message == message.format(reach=reach, build=build)
    assert raised.value.remedy == remedy


def test_windows_of_a_build_without_validation_rows_say_that_they_may_have_been_trained_on(tmp_path: Path) -> None:
    found = _windows(write_build(tmp_path, held_out=()), lengths=(256,), max_windows=5)
    assert found.notes == (
        "The build has no validation documents, so perplexity is scored on all its documents, which the model may have "
        "been trained on.",
    )
