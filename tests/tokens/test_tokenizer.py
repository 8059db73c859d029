import json
import shutil
from pathlib import Path

import pytest
from families import gpt2, save

from pipeline.tokens.tokenizer import tokenizer_fingerprint


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
