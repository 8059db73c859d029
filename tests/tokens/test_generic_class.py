"""A tokenizer is loaded without model code only if that is known to give the same one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from families import gpt2, save
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from pipeline.tokens.generic_class import load_tokenizer_of

_LOAD = """
import sys
from pipeline.tokens.generic_class import load_tokenizer_of
tokenizer = load_tokenizer_of(sys.argv[1])
print(tokenizer("a b")["input_ids"], "torch" in sys.modules)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LONGDOC_CACHE", str(tmp_path / "cache"))
    save(gpt2(), tmp_path / "model", chat_template="{{ messages }}")
    return tmp_path / "model"


def notes(folder: Path) -> list[bool]:
    found = sorted((folder.parent / "cache" / "tokenizers").glob("*.json"))
    return [json.loads(path.read_text())["is_generic"] for path in found]


def test_second_process_needs_neither_torch_nor_model_code(folder: Path) -> None:
    printed = [
        subprocess.run(
            [sys.executable, "-c", _LOAD, str(folder)], capture_output=True, text=True, check=True
        ).stdout.split("] ")
        for _ in range(2)
    ]
    assert [own[1].strip() for own in printed] == ["True", "False"]
    assert printed[0][0] == printed[1][0]
    assert notes(folder) == [True]


def test_both_ways_give_the_same_tokenizer(folder: Path) -> None:
    first, second = load_tokenizer_of(str(folder)), load_tokenizer_of(str(folder))
    plain = AutoTokenizer.from_pretrained(folder)
    assert type(first) is type(second) is type(plain)
    for one in (first, second):
        assert one.backend_tokenizer.to_str() == plain.backend_tokenizer.to_str()
        assert one.chat_template == plain.chat_template
        assert one.special_tokens_map == plain.special_tokens_map
        assert one.init_kwargs.keys() == plain.init_kwargs.keys()


def test_changed_folder_is_compared_again(folder: Path) -> None:
    load_tokenizer_of(str(folder))
    (folder / "chat_template.jinja").write_text("{{ messages[0] }}")
    assert load_tokenizer_of(str(folder)).chat_template == "{{ messages[0] }}"
    assert notes(folder) == [True, True]


def test_class_that_the_folder_names_is_kept(folder: Path) -> None:
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "tokenizer_class": "Qwen2Tokenizer"}))
    kinds = {type(load_tokenizer_of(str(folder))) for _ in range(2)}
    assert kinds == {type(AutoTokenizer.from_pretrained(folder))}
    assert notes(folder) == [kinds == {PreTrainedTokenizerFast}]


@pytest.mark.parametrize("content", ["", "{}", '{"is_generic": true, "checksum": "0"}'])
def test_damaged_note_is_not_believed(folder: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load_tokenizer_of(str(folder))
    (note,) = (folder.parent / "cache" / "tokenizers").glob("*.json")
    note.write_text(content)
    asked = []
    real = AutoTokenizer.from_pretrained
    monkeypatch.setattr(AutoTokenizer, "from_pretrained", lambda *a, **k: asked.append(a) or real(*a, **k))
    assert load_tokenizer_of(str(folder))("a")["input_ids"]
    assert asked


def test_cache_that_cannot_be_written_costs_only_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "file").write_text("")
    monkeypatch.setenv("LONGDOC_CACHE", str(folder.parent / "file"))
    assert load_tokenizer_of(str(folder))("a")["input_ids"]
    assert notes(folder) == []


def test_errors_are_those_of_transformers(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    with pytest.raises((OSError, ValueError)):
        load_tokenizer_of(str(folder))
    assert notes(folder) == []
