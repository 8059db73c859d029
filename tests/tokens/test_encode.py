from bisect import bisect_left

import numpy as np
import pytest
from families import FAMILIES, OTHER, save
from prose import document
from tokenizers import normalizers

from pipeline.errors import InputError
from pipeline.tokens.encode import count_tokens, encode_documents, encode_with_boundaries
from pipeline.tokens.tokenizer import backend_copy, load_tokenizer

LONG = document("en", 1, num_sentences=150) + OTHER + document("ko", 2, num_sentences=250)


@pytest.fixture(scope="module", params=["llama3", "gemma", "unigram", "nfkc"])
def reference(request, tmp_path_factory) -> str:
    if request.param == "nfkc":  # nothing is proven of it
        tokenizer = FAMILIES["gpt2"]()
        tokenizer.normalizer = normalizers.NFKC()
    else:
        tokenizer = FAMILIES[request.param]()
    return save(tokenizer, tmp_path_factory.mktemp(request.param))


def test_documents_of_all_lengths_keep_their_order_and_the_ids_of_transformers(reference):
    texts = ["", "short", LONG, "임대차", LONG[::-1], "", LONG[100:9_000]]
    found = encode_documents(texts, reference)
    expected = load_tokenizer(reference)(texts, add_special_tokens=False)["input_ids"]
    assert [ids.tolist() for ids in found] == expected
    assert {ids.dtype for ids in found} == {np.dtype(np.uint32)} and found[2].size > 4_000
    assert count_tokens(texts, reference) == [len(ids) for ids in expected]


def test_no_documents_have_no_ids(reference):
    assert encode_documents([], reference) == [] and count_tokens([], reference) == []


@pytest.mark.parametrize("length", [300, len(LONG)])
def test_boundaries_are_those_of_the_whole_encoding_s_offsets(reference, length):
    text = LONG[-length:]
    at = [0, 1, *range(2, length, 37), length - 1, length, length + 5]
    ids, indices = encode_with_boundaries(text, reference, at)
    encoding = backend_copy(reference).encode(text, add_special_tokens=False)
    starts = [start for start, _ in encoding.offsets]
    assert ids.tolist() == encoding.ids
    assert indices == [bisect_left(starts, offset) for offset in at] and len(set(indices)) > 5


def test_tokens_between_boundaries_decode_to_the_text_between_them(reference):
    text = LONG[:20_000]
    breaks = [place for place, letter in enumerate(text) if letter == "\n"][:20]
    ids, (start, *_, end) = encode_with_boundaries(text, reference, breaks)
    assert load_tokenizer(reference).decode(ids[start:end]).strip() == text[breaks[0] : breaks[-1]].strip()


def test_a_tokenizer_that_truncates_and_pads_counts_all(tmp_path):
    tokenizer = FAMILIES["gpt2"]()
    expected = len(tokenizer.encode(LONG, add_special_tokens=False).ids)
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(length=32)
    assert count_tokens([LONG, "a"], save(tokenizer, tmp_path)) == [expected, 1]


def test_an_unknown_tokenizer_is_the_users_error():
    with pytest.raises(InputError, match="nowhere"):
        encode_documents(["a"], "/nowhere/at/all")
