"""A model folder: its records, the files of each checkpoint, and the headers of safetensors files. No torch.

In: the folder `finetune` left, finished or not. Out: problems. Checkpoints are read whole for their hashes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.listing import file_state, sha256_of
from pipeline.verify.problems import Findings

RECORDS = ("training.json", "run.json")
CHECKSUMS = "checksums.json"
"""In a checkpoint, or beside token ids that a training made: size and hash of every other file there."""

_ASIDE = ".damaged"
_CHECKPOINTS = "checkpoints/step-"
_OLDER = "finetune sets it aside and goes on from what is whole"
_RECORD = "finetune sets it aside and writes it again"
_EXPORTED = "finetune writes it again from the last checkpoint"
_WEIGHTS = "run finetune again with --fresh, or export again from the last checkpoint"


def check_model(folder: str, findings: Findings) -> None:
    """Check everything of a model folder that can be checked without loading it."""
    root = folder.rstrip("/")
    paths = {path[len(root) + 1 :]: path for path in files.list_files(folder)}
    paths = {name: path for name, path in paths.items() if not any(map(_is_aside, name.split("/")))}
    for checkpoint in sorted({name.rsplit("/", 1)[0] for name in paths if name.startswith(_CHECKPOINTS)}):
        if f"{checkpoint}/{CHECKSUMS}" not in paths:
            findings.add(f"{checkpoint}/{CHECKSUMS}", "is missing", _OLDER)
    for name, path in paths.items():
        if name in RECORDS:
            listed = _read(path, name, _RECORD, findings)
            _check_listed(root, "", listed, _EXPORTED, findings)
        elif name.rsplit("/", 1)[-1] == CHECKSUMS:
            findings.count("lists of checksums")
            listed = _read(path, name, _OLDER, findings)
            _check_listed(root, name.removesuffix(CHECKSUMS), listed, _OLDER, findings)
        elif name.endswith(".safetensors"):
            _check_safetensors(path, name, findings)


def _is_aside(name: str) -> bool:
    return name.endswith(_ASIDE) or name.rpartition("-")[0].endswith(_ASIDE)


def _read(path: str, name: str, next_run: str, findings: Findings) -> Mapping[str, Any]:  # Any: a JSON object
    """The files that a record lists; none where it is damaged or lists none."""
    findings.count("records")
    try:
        found = read_checked(path).get("files", {})
    except DamagedFileError as error:
        findings.add(name, error.message.split(" is damaged: ", 1)[-1].rstrip("."), next_run)
        return {}
    return found if isinstance(found, Mapping) else {}


def _check_listed(
    root: str, below: str, listed: Mapping[str, Any], next_run: str, findings: Findings
) -> None:  # Any: a JSON object
    for name, expected in sorted(listed.items()):
        path = files.join(root, below, name)
        state = file_state(path)
        findings.count("listed files")
        if state is None:
            findings.add(below + name, "is missing", next_run)
        elif state.num_bytes != expected["num_bytes"]:
            what = f"has {state.num_bytes:,} bytes instead of {expected['num_bytes']:,}"
            findings.add(below + name, what, next_run)
        elif sha256_of(path) != expected["sha256"]:
            findings.add(below + name, "has other bytes than were written", next_run)


def _check_safetensors(path: str, name: str, findings: Findings) -> None:
    """The format: 8 bytes of length, little-endian, a JSON header of that length, then the tensors it places."""
    findings.count("weight files")
    state = file_state(path)
    assert state is not None, "it was listed"
    with files.open_binary(path) as file:
        size = int.from_bytes(file.read(8), "little")
        header = file.read(size) if size <= state.num_bytes else b""
    try:
        places = [entry["data_offsets"] for key, entry in json.loads(header).items() if key != "__metadata__"]
        end = max((int(place[1]) for place in places), default=0)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        findings.add(name, "has a header that cannot be read", _WEIGHTS)
        return
    if 8 + size + end != state.num_bytes:
        what = f"has {state.num_bytes:,} bytes where its header says {8 + size + end:,}"
        findings.add(name, what, _WEIGHTS)
