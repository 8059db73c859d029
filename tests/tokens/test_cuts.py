import json

import pytest
from families import gemma, gpt2, greedy_neighbours, qwen, unigram
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from pipeline.tokens.cuts import UnprovenError, prove_cuts
from pipeline.tokens.letters import kind_of
from pipeline.tokens.pattern import Pairs


def pairs_of(tokenizer: Tokenizer) -> Pairs:
    normalizer = tokenizer.normalizer
    return prove_cuts(json.loads(tokenizer.to_str()), normalizer.normalize_str if normalizer else str)


def is_safe(pairs: Pairs, pair: str) -> bool:
    return bool(pairs[kind_of(pair[0]), kind_of(pair[1])])


def test_nfc_gives_up_cuts_before_what_may_compose_and_keeps_words():
    pairs = pairs_of(qwen())
    assert all(is_safe(pairs, pair) for pair in ("a ", "가 ", "1,", "가1", "一。"))
    assert not any(is_safe(pairs, pair) for pair in ("1a", "1가", "1=", "。か"))


def test_bpe_without_splits_is_cut_only_where_no_merge_reaches():
    pairs = pairs_of(gemma())
    assert all(is_safe(pairs, pair) for pair in ("a ", "가 ", ". "))
    assert not any(is_safe(pairs, pair) for pair in ("  ", "ab", "가나", "\n\n"))


def test_added_tokens_forbid_cuts_inside_and_beside_them():
    plain, greedy = pairs_of(gpt2()), pairs_of(greedy_neighbours())
    for pair in ("a ", "<1", "t>", "> ", ">1", "e1"):
        expected = {"a ": False, "<1": True, "t>": False, "> ": False, ">1": False, "e1": False}[pair]
        assert is_safe(greedy, pair) == expected and (is_safe(plain, pair) or pair == "t>")
    assert is_safe(greedy, "b ")


def test_a_normalized_added_token_forbids_cuts_in_the_text_it_comes_from():
    tokenizer = gemma()
    tokenizer.add_tokens([AddedToken("x y", normalized=True)])
    pairs = pairs_of(tokenizer)
    assert not is_safe(pairs, "x ") and is_safe(pairs, "y ")


def test_unigram_with_metaspace_is_cut_before_spaces_alone():
    pairs = pairs_of(unigram())
    assert is_safe(pairs, "a ") and is_safe(pairs, ". ")
    assert not pairs[:, [kind for kind in range(len(pairs)) if kind not in (kind_of(" "), kind_of("▁"))]].any()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"normalizer": normalizers.NFKC()}, "NFKC"),
        ({"normalizer": normalizers.Lowercase()}, "Lowercase"),
        ({"normalizer": normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])}, "Prepend"),
        ({"normalizer": normalizers.Replace("  ", " ")}, "Replace"),
        ({"pre_tokenizer": pre_tokenizers.BertPreTokenizer()}, "BertPreTokenizer"),
        ({"pre_tokenizer": pre_tokenizers.WhitespaceSplit()}, "WhitespaceSplit"),
        ({"pre_tokenizer": pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)}, "join any two"),
        ({"model": models.BPE(vocab={"a": 0}, merges=[], dropout=0.1)}, "dropout"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(change, named):
    tokenizer = gpt2()
    for part, value in change.items():
        setattr(tokenizer, part, value)
    with pytest.raises(UnprovenError, match=named):
        pairs_of(tokenizer)
