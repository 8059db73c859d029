"""Writes the tokenizer of a model folder, in a form that transformers 4 and 5 read alike.

transformers 5 saves a tokenizer that transformers 4 cannot load, or loads with other ids: the class may be
`TokenizersBackend`, which transformers 4 does not know; further special tokens are a list under `extra_special_tokens`,
where transformers 4 expects a mapping; and whether a text begins with the BOS token stands in `tokenizer.json` alone,
while transformers 4's classes for Llama and Gemma read `add_bos_token`. The folder is read again and compared here;
`make compat` proves the ids in transformers 4.57. Used by `train.export.model_folder`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils.hub import cached_file

from pipeline.errors import ExportError
from pipeline.io import files
from pipeline.io.models import resolve_model

_CONFIG = "tokenizer_config.json"
_CLASS, _ANY_CLASS = "tokenizer_class", "PreTrainedTokenizerFast"
_NEW_CLASS = "TokenizersBackend"
"""The class of transformers 5 for a tokenizer that `tokenizer.json` describes completely; both versions read it under
`_ANY_CLASS`, its name in transformers 4."""
_EXTRA, _ADDITIONAL = "extra_special_tokens", "additional_special_tokens"
"""The names of further special tokens in transformers 5 and 4; transformers 5 reads both."""
_ABOUT_THIS_MACHINE = ("backend", "is_local", "local_files_only")
_SENTENCEPIECE = "tokenizer.model"
_PROBE = "a"


def write_tokenizer(reference: str, folder: Path, *, max_tokens: int, probe_ids: Sequence[int]) -> None:
    """Write a base model's tokenizer into a folder.

    A SentencePiece file that the base model has is copied: llama.cpp's converter reads it.

    Args:
        reference: reference of the base model.
        folder: the folder, which already has the model's `config.json`.
        max_tokens: the model's context length.
        probe_ids: ids of a real text, to compare the written tokenizer with the base model's.

    Raises:
        ExportError: the written tokenizer gives other ids.
    """
    resolved = resolve_model(reference)
    tokenizer = AutoTokenizer.from_pretrained(resolved, trust_remote_code=False)
    tokenizer.model_max_length = max_tokens
    tokenizer.save_pretrained(folder)
    path = str(folder / _CONFIG)
    files.write_json(path, readable_config(files.read_json(path), tokenizer))
    copy_base_files(reference, folder, (_SENTENCEPIECE,))
    require_equal_ids(tokenizer, folder, tokenizer.decode(list(probe_ids)))


def readable_config(config: Mapping[str, Any], tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """Return a saved `tokenizer_config.json` in the form that both versions read.

    Args:
        config: the config as transformers 5 saved it.
        tokenizer: the tokenizer, which is asked whether it adds BOS and EOS.
    """
    written = {name: value for name, value in config.items() if name not in _ABOUT_THIS_MACHINE}
    if written.get(_CLASS) == _NEW_CLASS:
        written[_CLASS] = _ANY_CLASS
    if isinstance(written.get(_EXTRA), list):
        written[_ADDITIONAL] = written.pop(_EXTRA)
    ids = tokenizer(_PROBE)["input_ids"]
    written["add_bos_token"] = ids[0] == tokenizer.bos_token_id
    written["add_eos_token"] = ids[-1] == tokenizer.eos_token_id
    return written


def require_equal_ids(tokenizer: PreTrainedTokenizerBase, folder: Path, text: str) -> None:
    """Refuse a folder whose tokenizer gives other ids than `tokenizer` for a text, or has another chat template.

    Raises:
        ExportError: it does.
    """
    written = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    if written(text)["input_ids"] != tokenizer(text)["input_ids"] or written.chat_template != tokenizer.chat_template:
        raise ExportError(
            "The tokenizer in the model folder does not give the base tokenizer's ids or chat template.",
            remedy="Please report this with the versions of transformers and tokenizers.",
        )


def copy_base_files(reference: str, folder: Path, names: Sequence[str]) -> None:
    """Copy those of the named files that the base model has, unless the folder already has them."""
    for name in names:
        path = cached_file(resolve_model(reference), name, _raise_exceptions_for_missing_entries=False)
        if path is not None and not (folder / name).exists():
            shutil.copyfile(path, folder / name)
