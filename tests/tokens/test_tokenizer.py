import json
import shutil
from pathlib import Path

import pytest
from families import gpt2, save
from tokenizers.processors import TemplateProcessing

from pipeline.errors import InputError
from pipeline.tokens.tokenizer import (
    backend_copy,
    chat_templates,
    leading_ids,
    load_tokenizer,
    tokenizer_fingerprint,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer")
    save(gpt2(), path, chat_template="{{ messages }}")
    return path


def test_fingerprint_of_a_copy_elsewhere_that_truncates_is_the_same(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    path = tmp_path / "copy" / "tokenizer.json"
    definition = json.loads(path.read_text())
    definition["truncation"] = {"direction": "Right", "max_length": 9, "strategy": "LongestFirst", "stride": 0}
    path.write_text(json.dumps(definition))
    assert tokenizer_fingerprint(str(tmp_path / "copy")) == tokenizer_fingerprint(str(folder))
    assert len(tokenizer_fingerprint(str(folder))) == 32


@pytest.mark.parametrize("part", ["merges", "normalizer", "pre_tokenizer", "added_tokens"])
def test_fingerprint_changes_with_what_decides_ids(folder, tmp_path, part):
    shutil.copytree(folder, tmp_path / "changed")
    path = tmp_path / "changed" / "tokenizer.json"
    definition = json.loads(path.read_text())
    if part == "merges":
        definition["model"]["merges"].pop()
    elif part == "added_tokens":
        definition["added_tokens"][2]["rstrip"] = True
    else:
        definition[part] = {"normalizer": {"type": "NFC"}, "pre_tokenizer": None}[part]
    path.write_text(json.dumps(definition))
    assert tokenizer_fingerprint(str(tmp_path / "changed")) != tokenizer_fingerprint(str(folder))


def test_fingerprint_changes_with_the_chat_template(folder, tmp_path):
    assert tokenizer_fingerprint(save(gpt2(), tmp_path, chat_template="other")) != tokenizer_fingerprint(str(folder))


def test_copy_of_a_tokenizer_only_encodes(tmp_path):
    tokenizer = gpt2()
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=9)
    reference = save(tokenizer, tmp_path)
    copy = backend_copy(reference)
    plain = gpt2().encode("one two three four five", add_special_tokens=False).ids
    assert copy.encode("one two three four five").ids == plain
    assert copy.post_processor is None


def test_templates_are_none_one_or_several_by_name(tmp_path):
    assert chat_templates(save(gpt2(), tmp_path / "none")) == ()
    assert chat_templates(save(gpt2(), tmp_path / "one", chat_template="{{ a }}")) == ("{{ a }}",)
    several = save(gpt2(), tmp_path / "several", chat_template={"default": "{{ a }}", "tool_use": "{{ b }}"})
    assert set(chat_templates(several)) == {"{{ a }}", "{{ b }}"}


def test_leading_ids_are_what_the_tokenizer_puts_before_a_text(tmp_path):
    assert leading_ids(save(gpt2(), tmp_path / "none")) == ()
    tokenizer = gpt2()
    first = tokenizer.token_to_id("<|endoftext|>")
    tokenizer.post_processor = TemplateProcessing(
        single="<|endoftext|> $A", pair="<|endoftext|> $A $B", special_tokens=[("<|endoftext|>", first)]
    )
    assert leading_ids(save(tokenizer, tmp_path / "first")) == (first,)


def test_folder_without_a_tokenizer_is_the_users_error(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError) as raised:
        load_tokenizer(str(tmp_path))
    assert str(tmp_path) in raised.value.message
    assert raised.value.remedy
