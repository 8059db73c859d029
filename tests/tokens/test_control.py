import re

import pytest
from chat_families import CHAT_FAMILIES, save_family
from families import gpt2, save
from tokenizers import AddedToken, Tokenizer, decoders, models, trainers

from pipeline.errors import InputError
from pipeline.tokens.control import control_tokens, unused_characters
from pipeline.tokens.control_strings import any_of, control_string_offsets, known_control_strings
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import backend_copy, backend_definition, control_tokens_of, load_tokenizer


def names_of(*added: AddedToken, template: str = "") -> set[str]:
    tokenizer = gpt2()
    tokenizer.add_tokens(list(added))
    found = control_tokens(backend_definition(tokenizer), [template])
    return set(found.hidden_names) - {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}


def test_special_tokens_and_the_markup_of_the_template_are_control():
    added = [
        AddedToken("<think>"),
        AddedToken("<table>"),
        AddedToken("<|fim_prefix|>"),
        AddedToken("<｜User｜>"),
        AddedToken("assistant"),
        AddedToken("\n\n"),
        AddedToken("§"),
        AddedToken("[X]", special=True),
        AddedToken("<0x0A>", special=True),
        AddedToken("  ", special=True),
    ]
    found = names_of(*added, template="assistant\n\n<think> §")
    assert found == {"<think>", "<|fim_prefix|>", "<｜User｜>", "[X]"}


def test_hidden_names_keep_ids_and_are_new_in_every_copy(tmp_path):
    for name in ("gemma", "unigram", "mistral_legacy", "words"):
        reference = save_family(name, tmp_path / name)
        tokenizer, controls = load_tokenizer(reference), control_tokens_of(reference)
        copy = backend_copy(reference)
        for content, hidden in controls.hidden_names.items():
            assert copy.token_to_id(hidden) == tokenizer.convert_tokens_to_ids(content) is not None
            assert copy.token_to_id(content) is None and content not in hidden
        assert copy.get_vocab_size() == tokenizer.backend_tokenizer.get_vocab_size()
    definition = backend_definition(tokenizer.backend_tokenizer)
    first, second = (control_tokens(definition, []).hidden_names for _ in range(2))
    assert first.keys() == second.keys() and not set(first.values()) & set(second.values())


def test_hide_takes_the_longest_name_and_bounds_are_where_names_begin_and_end(tmp_path):
    tokenizer = gpt2()
    tokenizer.add_special_tokens(
        [AddedToken("<|im_end|>x"), AddedToken("<r>", rstrip=True), AddedToken("<l>", lstrip=True)]
    )
    controls = control_tokens_of(save(tokenizer, tmp_path))
    names = controls.hidden_names
    text = controls.hide("a<|im_end|>xb<r> c <l>d")
    assert text == f"a{names['<|im_end|>x']}b{names['<r>']} c {names['<l>']}d"
    length = len(names["<r>"])
    assert controls.bounds(text) == [1, 1 + length, 2 + length]
    assert controls.bounds("a<|im_end|>b") == []


def test_a_tokenizer_without_control_tokens_hides_nothing():
    tokenizer = gpt2()
    definition = {**backend_definition(tokenizer), "added_tokens": []}
    found = control_tokens(definition, ["<|im_start|>"])
    assert found.hide("<|im_start|>") == "<|im_start|>" and found.bounds("<|im_start|>") == []


def test_unused_characters_are_in_no_text_and_a_text_that_has_them_all_is_refused():
    first, second = unused_characters(["a", ""], 2)
    assert first != second
    assert unused_characters([f"a{first}b", second], 1)[0] not in (first, second)
    with pytest.raises(InputError, match="private-use"):
        unused_characters(["".join(map(chr, range(0xE000, 0xF900)))], 1)


def test_any_of_matches_the_longest_of_many_strings():
    strings = ["<a>", "<a>b", "<ab>", "[x]", "<", *(f"<unused{number}>" for number in range(5_000))]
    pattern = re.compile(any_of(strings))
    assert [m.group() for m in pattern.finditer("<a>b<a>c<ab<ab>[x]<unused4999><unused5000>")] == [
        "<a>b", "<a>", "<", "<ab>", "[x]", "<unused4999>", "<",
    ]  # fmt: skip
    assert all(pattern.fullmatch(string) for string in strings)


def test_known_control_strings_leave_ordinary_text_alone():
    ordinary = (
        "a < b | c > d, list[0], <b>bold</b>, <table>, [1], x[i]~y, <T>, f(a)|>g, [ins], </p>, <|, |>, <start>, <a_b>"
    )
    assert known_control_strings().findall(ordinary) == []
    own = re.compile(re.escape("<T>"))
    assert control_string_offsets("<T> </s> <|x|>", own) == {0, 4, 9}
    assert len(CHAT_FAMILIES) > 10


def test_merges_that_make_a_control_token_are_not_used_for_text(tmp_path):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.decoder = decoders.Fuse()
    tokenizer.train_from_iterator(["<s>"] * 9 + ["a", "b"], trainers.BpeTrainer(show_progress=False))
    made = tokenizer.token_to_id("<s>")
    assert tokenizer.encode("a<s>b").ids[1] == made
    tokenizer.add_special_tokens(["<s>"])
    reference = save(tokenizer, tmp_path)
    (ids,) = encode_documents(["a<s>b"], reference)
    assert made not in ids.tolist() and load_tokenizer(reference).decode(ids.tolist()) == "a<s>b"
