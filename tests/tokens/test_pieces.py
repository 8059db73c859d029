from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from families import CODE, FAMILIES, OTHER, gemma_merging_across_spaces
from hypothesis import given, settings
from hypothesis import strategies as st
from prose import document
from tokenizers import Tokenizer

from pipeline.io.models import EMBEDDED_MODEL
from pipeline.tokens.letters import kind_of
from pipeline.tokens.pieces import (
    PiecedText,
    PieceEncoder,
    PieceMemo,
    encode_pieces,
    failed_pairs,
    make_piece_encoder,
)
from pipeline.tokens.tokenizer import backend_copy

NAMES = [*FAMILIES, "embedded"]

FRAGMENTS = [
    *(" ", "  ", "    ", "\n", "\n\n", "\r\n", "\t", " \n ", "\u00a0", "\u3000", "▁", "\u200b", "\ufeff"),
    *("the", "Lease", "임대인", "은", "한글", "契約", "第一条", "ひらがな", "カタカナ", "naïve", "Ω", "straße"),
    *("don't", "'s", "'LL", "I'd", "'", "’s", "1", "23", "4567890", "3.14", "१२", "½", "²"),
    *(".", ",", "。", "、", "!", "...", "<=", "=", "->", "/", "\\", "(", ")", "{", '"', "“", "—", "#", "%"),
    *("e\u0301", "\u0301", "=\u0338", "\u0338", "\u1112\u1161\u11ab", "\u1161", "\u11a8", "하\u11ab", "か\u3099"),
    *("👩‍👩‍👧", "🇰🇷", "❤️", "\U00020000", "豈", "ﬁ", "\x00", "\x85", "\u2028"),
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<bos>", "<end_of_turn>", "<left>", "<right>", "alone", "a b"),
    *("3 원", "aaaaaaaaaaaaaaaaaaaaaaaa", "QmFzZTY0IGlzIG5vdCB0ZXh0", "def f(x):\n    return x\n"),
]
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\U0010fffe")
FRAGMENT = st.one_of(st.sampled_from(FRAGMENTS), st.text(LETTERS, min_size=1, max_size=3))
TEXTS = st.lists(FRAGMENT, min_size=1, max_size=40).map("".join)


@cache
def encoder_of(name: str) -> PieceEncoder:
    if name == "embedded":
        return make_piece_encoder(backend_copy(EMBEDDED_MODEL))
    tokenizer = Tokenizer.from_str(FAMILIES[name]().to_str())
    tokenizer.post_processor = None
    return make_piece_encoder(tokenizer)


def whole_ids(text: str, encoder: PieceEncoder) -> list[int]:
    return encoder.whole.encode(text, add_special_tokens=False).ids


def pieces_of(text: str, encoder: PieceEncoder) -> PiecedText:
    pieced = encode_pieces(text, encoder, PieceMemo())
    assert pieced is not None
    return pieced


@pytest.mark.parametrize("name", NAMES)
@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_pieces_of_any_text_have_the_ids_of_the_whole(name, text):
    encoder = encoder_of(name)
    pieced = pieces_of(text, encoder)
    assert pieced.ids.tolist() == whole_ids(text, encoder)


@pytest.mark.parametrize("name", NAMES)
def test_pieces_of_real_texts_are_many_and_have_the_ids_of_the_whole(name):
    encoder = encoder_of(name)
    for text in (document("en", 5, num_sentences=300), document("ko", 6, num_sentences=300), CODE * 9, OTHER * 9):
        pieced = pieces_of(text, encoder)
        assert pieced.char_starts.size > text.count(" ") // 3 > 30
        assert pieced.ids.tolist() == whole_ids(text, encoder)


@pytest.mark.parametrize("name", NAMES)
def test_each_piece_alone_has_its_part_of_the_ids(name):
    encoder = encoder_of(name)
    text = "The tenant's rent, 1,450 dollars\n\n  is due. 임차인은 매월 5일까지 월세를 지급한다.\n\tx = 3"
    pieced = pieces_of(text, encoder)
    bounds = zip(pieced.char_starts[:-1], pieced.char_starts[1:], strict=True)
    pieces = [text[start:end] for start, end in bounds]
    assert "".join(pieces) == text and len(pieces) > 8
    for piece, start, end in zip(pieces, pieced.token_starts[:-1], pieced.token_starts[1:], strict=True):
        assert whole_ids(piece, encoder) == pieced.ids[start:end].tolist()


@pytest.mark.parametrize("name", ["gpt2", "llama3", "qwen", "gemma", "embedded"])
@pytest.mark.parametrize("text", ["가나다라", "A", "ab+/", " ", "\n", "12"])
def test_long_runs_have_the_ids_of_the_whole(name, text):
    encoder = encoder_of(name)
    run = f"{text * 9_000} end"
    assert pieces_of(run, encoder).ids.tolist() == whole_ids(run, encoder)


def test_a_memo_shared_by_texts_and_overflowing_keeps_ids_equal(monkeypatch):
    monkeypatch.setattr("pipeline.tokens.pieces._MEMO_TOKENS", 500)
    monkeypatch.setattr("pipeline.tokens.pieces._GROUP_PIECES", 300)
    encoder, memo = encoder_of("llama3"), PieceMemo()
    for seed in range(4):
        text = document("ko" if seed % 2 else "en", seed, num_sentences=120)
        pieced = encode_pieces(text, encoder, memo)
        assert pieced is not None and pieced.char_starts.size > 900
        assert pieced.ids.tolist() == whole_ids(text, encoder)


def test_cuts_across_scanned_parts_are_those_of_the_whole(monkeypatch):
    encoder = encoder_of("gpt2")
    text = document("en", 3, num_sentences=40)
    expected = pieces_of(text, encoder).char_starts
    monkeypatch.setattr("pipeline.tokens.pieces._SCAN_CHARS", 7)
    assert np.array_equal(pieces_of(text, encoder).char_starts, expected) and expected.size > 100


def test_a_text_with_the_separator_is_left_to_whole_encoding():
    assert encode_pieces("one two\U0010fffe three", encoder_of("gpt2"), PieceMemo()) is None


def test_merges_across_spaces_are_never_cut():
    encoder = make_piece_encoder(gemma_merging_across_spaces())
    before_space = encoder.pairs[:, kind_of(" ")]
    assert not before_space[kind_of("e")] and before_space.sum() < encoder_of("gemma").pairs[:, kind_of(" ")].sum()
    for text in (document("en", 7, num_sentences=50), document("ko", 8, num_sentences=50), OTHER):
        assert pieces_of(text, encoder).ids.tolist() == whole_ids(text, encoder)


def test_a_pair_wrongly_held_safe_fails_when_tried():
    encoder = encoder_of("gpt2")
    assert not failed_pairs(encoder).any()
    wrong = encoder.pairs.copy()
    wrong[kind_of("a"), kind_of("b")] = True
    failed = failed_pairs(replace(encoder, pairs=wrong))
    assert failed[kind_of("a"), kind_of("b")] and failed.sum() == 1


def test_a_text_whose_windows_differ_is_left_to_whole_encoding():
    encoder = encoder_of("gpt2")
    wrong = encoder.pairs.copy()
    wrong[kind_of("t"), kind_of("h")] = wrong[kind_of("e"), kind_of("n")] = True
    assert encode_pieces("The tenants met then with them.", replace(encoder, pairs=wrong), PieceMemo()) is None


@pytest.mark.parametrize("name", ["gpt2", "llama3"])
def test_pairs_treated_alike_fail_together(name):
    """One character is tried for all that are cut alike; what it shows holds for all of them."""
    encoder = encoder_of(name)
    kind = kind_of("0")
    both = np.hstack([encoder.pairs, encoder.pairs.T])
    alike = np.flatnonzero((both == both[kind]).all(axis=1))
    assert kind in alike and alike.size > 1
    wrong = encoder.pairs.copy()
    wrong[np.ix_(alike, alike)] = True
    failed = failed_pairs(replace(encoder, pairs=wrong))
    assert failed[np.ix_(alike, alike)].all()
    assert failed.sum() == alike.size**2, "and of no others"


def test_a_pair_that_fails_is_given_up_for_all_that_are_treated_like_it():
    encoder = encoder_of("gpt2")
    digits = [kind_of(digit) for digit in "0123456789"]
    wrong = encoder.pairs.copy()
    wrong[np.ix_(digits, digits)] = True
    failed = failed_pairs(replace(encoder, pairs=wrong))
    assert failed[np.ix_(digits, digits)].all()
    assert failed.sum() == 100


def test_cuts_of_pieces_are_where_pairs_say_and_at_both_ends():
    encoder = encoder_of("gpt2")
    pieced = pieces_of("ab cd, e", encoder)
    assert pieced.char_starts.tolist() == [0, 2, 5, 6, 8]
    assert pieced.token_starts[[0, -1]].tolist() == [0, pieced.ids.size]
    assert encode_pieces("", encoder, PieceMemo()) is None
    assert pieces_of("a", encoder).char_starts.tolist() == [0, 1]
