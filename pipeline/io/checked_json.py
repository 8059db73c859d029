"""Reads and writes JSON files that contain a checksum of their own content, so that a reader detects damage.

`write_checked` takes a JSON object and adds a top-level `"checksum"`: the SHA-256 of the object's canonical JSON (keys
sorted, ASCII, no spaces). Used for the manifest, shard reports, cache files, checkpoints and the records of training
and evaluation runs. Cost: an object is serialised three times when it is written, and once when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.identity import sha256_hex
from pipeline.io import files

CHECKSUM = "checksum"
"""Key of the checksum in every file that `write_checked` writes."""


def write_checked(path: str, value: Mapping[str, Any]) -> None:  # Any: a JSON object
    """Write an object atomically, with its checksum as the last key; a checksum already in the object is dropped."""
    plain = {name: content for name, content in json.loads(json.dumps(value)).items() if name != CHECKSUM}
    text = _text({**plain, CHECKSUM: checksum_of(plain)})
    with files.open_atomic(path) as file:
        file.write(text)


def read_checked(path: str) -> dict[str, Any]:
    """Read an object that `write_checked` wrote, and return it without its checksum.

    Raises:
        DamagedFileError: the file is not JSON, not an object, or its checksum is missing or wrong.
        FileNotFoundError, PermissionError: as raised by the filesystem.
    """
    with files.open_binary(path) as file:
        data = file.read()
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = "it is empty" if not data else f"it is not JSON ({error})"
        raise DamagedFileError(f"{path} is damaged: {reason}.", remedy=_REMEDY) from error
    if not isinstance(value, dict):
        raise DamagedFileError(f"{path} is damaged: it is not a JSON object.", remedy=_REMEDY)
    if CHECKSUM not in value:
        raise DamagedFileError(f"{path} is damaged: it has no checksum.", remedy=_REMEDY)
    stored = value.pop(CHECKSUM)
    if stored != checksum_of(value):
        raise DamagedFileError(f"{path} is damaged: its content does not match its checksum.", remedy=_REMEDY)
    return value


def checksum_of(value: Mapping[str, Any]) -> str:  # Any: a JSON object
    """Return the checksum of an object, which must not contain a checksum itself."""
    return sha256_hex(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


_REMEDY = "Run the command that wrote the file again: it sets the damaged file aside and repeats the work."


def _text(value: Mapping[str, Any]) -> bytes:
    try:
        return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
    except UnicodeEncodeError:  # a lone surrogate cannot be encoded as UTF-8
        return (json.dumps(value, indent=1) + "\n").encode()
