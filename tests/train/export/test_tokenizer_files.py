"""The tokenizer of a model folder: a form that transformers 4 reads too, and the ids of the base model's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_student import CHAT_TEMPLATE, CLAUSES, small_tokenizer
from tokenizers import AddedToken, processors
from transformers import AutoTokenizer, GemmaTokenizer, LlamaTokenizer, PreTrainedTokenizerBase, Qwen2Tokenizer

from pipeline.errors import ExportError
from pipeline.train.export.tokenizer_files import copy_base_files, require_equal_ids, write_tokenizer

TEXT = "\n".join(" ".join(clause) for clause in CLAUSES)
NAMES_OF_TRANSFORMERS_5 = ("TokenizersBackend", "PythonBackend", "SentencePieceBackend", "MistralCommonBackend")
VOCABULARY = {"<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3} | {f"<0x{byte:02X}>": 4 + byte for byte in range(256)}


def _tokenizer(kind: str) -> PreTrainedTokenizerBase:
    if kind == "any":
        return small_tokenizer()
    if kind == "qwen":
        return Qwen2Tokenizer(vocab=small_tokenizer().get_vocab(), merges=[], pad_token="<|endoftext|>")
    family = {"gemma": GemmaTokenizer, "llama": LlamaTokenizer}[kind.split()[0]]
    made = family(vocab=VOCABULARY, merges=[], bos_token="<bos>", eos_token="<eos>", unk_token="<unk>")
    if kind.endswith("with BOS"):
        made.backend_tokenizer.post_processor = processors.TemplateProcessing(
            single="<bos> $A", pair="<bos> $A <bos> $B", special_tokens=[("<bos>", 2)]
        )
    return made


def _base(folder: Path, kind: str) -> PreTrainedTokenizerBase:
    tokenizer = _tokenizer(kind)
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.add_special_tokens({"extra_special_tokens": [AddedToken("<turn>"), AddedToken("<|im_end|>")]})
    tokenizer.save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


def _written(base: Path, folder: Path) -> dict[str, Any]:
    tokenizer = AutoTokenizer.from_pretrained(base)
    write_tokenizer(str(base), folder, max_tokens=999, probe_ids=tokenizer(TEXT)["input_ids"])
    config: dict[str, Any] = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    return config


@pytest.mark.parametrize("kind", ["any", "qwen", "gemma", "gemma with BOS", "llama", "llama with BOS"])
def test_tokenizer_is_written_in_the_form_of_both_versions_with_equal_ids(tmp_path: Path, kind: str) -> None:
    base = _base(tmp_path / "base", kind)
    config = _written(tmp_path / "base", tmp_path / "model")
    assert config["tokenizer_class"] not in NAMES_OF_TRANSFORMERS_5
    assert set(config["additional_special_tokens"]) == {"<turn>", "<|im_end|>"}
    assert not isinstance(config.get("extra_special_tokens"), list)
    assert config["add_bos_token"] == kind.endswith("with BOS") and not config["add_eos_token"]
    assert config["model_max_length"] == 999
    assert "is_local" not in config
    written = AutoTokenizer.from_pretrained(tmp_path / "model")
    chat = [{"role": "user", "content": TEXT}, {"role": "assistant", "content": "네 <turn>"}]
    assert written(TEXT)["input_ids"] == base(TEXT)["input_ids"]
    assert written.apply_chat_template(chat) == base.apply_chat_template(chat)
    assert written.decode(base("<turn>가")["input_ids"], skip_special_tokens=True) == "가"


def test_sentencepiece_file_of_the_base_model_is_copied_for_converters(tmp_path: Path) -> None:
    _base(tmp_path / "base", "llama")
    (tmp_path / "base" / "tokenizer.model").write_bytes(b"pieces")
    _written(tmp_path / "base", tmp_path / "model")
    assert (tmp_path / "model" / "tokenizer.model").read_bytes() == b"pieces"
    (tmp_path / "model" / "chat_template.jinja").write_text("kept")
    copy_base_files(str(tmp_path / "base"), tmp_path / "model", ("chat_template.jinja", "absent.json"))
    assert (tmp_path / "model" / "chat_template.jinja").read_text() == "kept"
    assert not (tmp_path / "model" / "absent.json").exists()


@pytest.mark.parametrize("difference", ["ids", "chat template"])
def test_folder_with_another_tokenizer_is_refused(tmp_path: Path, difference: str) -> None:
    base = _base(tmp_path / "base", "any")
    config = _written(tmp_path / "base", tmp_path / "model")
    require_equal_ids(base, tmp_path / "model", TEXT)
    if difference == "ids":
        config |= {"tokenizer_class": "LlamaTokenizer", "unk_token": "!"}
        (tmp_path / "model" / "tokenizer_config.json").write_text(json.dumps(config))
    else:
        (tmp_path / "model" / "chat_template.jinja").write_text("{{ messages }}")
    with pytest.raises(ExportError, match="does not give the base tokenizer's ids or chat template"):
        require_equal_ids(base, tmp_path / "model", TEXT)
