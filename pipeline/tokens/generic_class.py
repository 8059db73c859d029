"""Loads a tokenizer in one second instead of seven, where transformers' generic class gives the same tokenizer.

`AutoTokenizer` imports torch and the code of models to choose a class. Most tokenizers are of the generic class, which
needs neither. Whether a folder's tokenizer is the same in both is found out once: both are loaded and compared, and a
note in the cache folder (`io.models.cache_folder`) keeps the answer for the content of the folder and the versions of
the libraries. If they differ, if the folder has a class of its own, or if the note cannot be kept, `AutoTokenizer`
decides. Used by `tokens.tokenizer`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipeline.errors import DamagedFileError, PipelineError
from pipeline.identity import fingerprint, sha256_hex
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.models import cache_folder

logger = logging.getLogger(__name__)

_FILES = ("*.json", "*.jinja", "*.model", "*.txt", "*.tiktoken")
"""The files that decide a tokenizer: its own, and `config.json`, by which `AutoTokenizer` may choose a class."""
_WEIGHTS = "*.index.json"
_VERSION = 1
"""Increased when a note means something else."""
_LIBRARIES = ("transformers", "tokenizers")
_COMPARED = (
    "chat_template",
    "special_tokens_map",
    "padding_side",
    "truncation_side",
    "model_max_length",
    "model_input_names",
    "clean_up_tokenization_spaces",
)


def load_tokenizer_of(path: str) -> Any:  # Any: a transformers tokenizer, a library without usable types
    """Return the tokenizer that `AutoTokenizer.from_pretrained` returns for a folder or a name on the hub.

    Raises:
        OSError, ValueError: as `AutoTokenizer.from_pretrained` raises them.
    """
    note = _note_of(path)
    if note is not None and _says_same(note):
        from transformers import PreTrainedTokenizerFast

        return PreTrainedTokenizerFast.from_pretrained(path, trust_remote_code=False)
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
    if note is not None and not note.exists():
        _write(note, is_same=_is_generic(tokenizer, path))
    return tokenizer


def _note_of(path: str) -> Path | None:
    """Return the path of the note about a folder's tokenizer; None for a name on the hub."""
    folder = Path(path)
    if not folder.is_dir():
        return None
    try:
        content = [(file.name, sha256_hex(file.read_bytes())) for file in _files_of(folder)]
    except OSError:
        return None
    libraries = [version(name) for name in _LIBRARIES]
    return cache_folder() / "tokenizers" / f"{fingerprint([_VERSION, content, libraries])}.json"


def _files_of(folder: Path) -> Iterator[Path]:
    found = {file for pattern in _FILES for file in folder.glob(pattern) if not file.match(_WEIGHTS)}
    return (file for file in sorted(found) if file.is_file())


def _says_same(note: Path) -> bool:
    try:
        return note.exists() and bool(read_checked(str(note))["is_generic"])
    except (DamagedFileError, KeyError, OSError):
        return False


def _write(note: Path, *, is_same: bool) -> None:
    try:
        write_checked(str(note), {"is_generic": is_same})
    except (PipelineError, OSError) as error:  # a home that cannot be written to only costs time
        logger.debug("cannot keep a note about a tokenizer: %s", error)


def _is_generic(tokenizer: Any, path: str) -> bool:
    """Return whether the generic class loads the same tokenizer from a folder."""
    from transformers import PreTrainedTokenizerFast

    if type(tokenizer) is not PreTrainedTokenizerFast:
        return False
    try:
        generic = PreTrainedTokenizerFast.from_pretrained(path, trust_remote_code=False)
    except (OSError, ValueError):
        return False
    return _parts(tokenizer) == _parts(generic)


def _parts(tokenizer: Any) -> list[object]:
    return [
        tokenizer.backend_tokenizer.to_str(),
        *(repr(getattr(tokenizer, name, None)) for name in _COMPARED),
        tokenizer("")["input_ids"],
        sorted((name, repr(value)) for name, value in tokenizer.init_kwargs.items()),
    ]
