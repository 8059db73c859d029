"""A model folder: its records, the exported model, each checkpoint, and the token ids a training made. No torch.

In: the folder `finetune` left, finished or not. Out: problems. All that is listed is read whole for its hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.checksums import sums_from_json
from pipeline.io.listing import file_problem, file_state
from pipeline.train.run.record import RECORD_FILE
from pipeline.verify.problems import Findings

RECORDS = (RECORD_FILE, "run.json")
CHECKSUMS = "checksums.json"
"""In a checkpoint, and in `tokens/`: size and hash of every other file there."""

_NOT_OURS_TO_JUDGE = (".damaged", ".partial/", ".discarded/")
"""Set aside, or cut off while it was written or removed."""
_OLDER = "finetune sets the checkpoint aside and goes on from the one before"
_TOKENS = "finetune tokenizes the rows again"
_RECORD = "finetune sets it aside; run the same command again"
_WEIGHTS = "run the same finetune again: it makes the model again from the last checkpoint"


def check_model(folder: str, findings: Findings) -> None:
    """Check everything of a model folder that can be checked without loading it."""
    paths = {path[len(folder.rstrip("/")) + 1 :]: path for path in files.list_files(folder)}
    whole = {name: path for name, path in paths.items() if not any(word in name for word in _NOT_OURS_TO_JUDGE)}
    for name in sorted({name.rsplit("/", 1)[0] for name in whole if name.startswith("checkpoints/step-")}):
        if f"{name}/{CHECKSUMS}" not in whole:
            findings.add(f"{name}/{CHECKSUMS}", "is missing", _OLDER)
    for name, path in whole.items():
        if name in RECORDS:
            _check_record(path, name, findings)
        elif name.rsplit("/", 1)[-1] == CHECKSUMS:
            _check_listed_folder(path, name, findings)
        elif name.endswith(".safetensors"):
            _check_safetensors(path, name, findings)


def _check_record(path: str, name: str, findings: Findings) -> None:
    findings.count("records")
    try:
        value = read_checked(path)
    except DamagedFileError as error:
        findings.add(name, _reason(error), _RECORD)
        return
    if name == RECORD_FILE:
        _check_files(path, "", value, findings, kind="model files", next_run=_WEIGHTS)


def _check_listed_folder(path: str, name: str, findings: Findings) -> None:
    """A checkpoint, or the token ids."""
    folder = name.rsplit("/", 1)[0]
    kind, next_run = ("checkpoint", _OLDER) if folder.startswith("checkpoints/") else ("token", _TOKENS)
    findings.count(f"{kind} lists")
    try:
        listed = read_checked(path)
    except DamagedFileError as error:
        findings.add(name, _reason(error), next_run)
        return
    _check_files(path, f"{folder}/", listed, findings, kind=f"{kind} files", next_run=next_run)


def _check_files(
    path: str, prefix: str, listed: Mapping[str, Any], findings: Findings, *, kind: str, next_run: str
) -> None:
    """The files that a list names, relative to its own folder."""
    try:
        noted = sums_from_json(listed["files"])
    except (KeyError, TypeError, AttributeError):
        findings.add(f"{prefix}{path.rsplit('/', 1)[-1]}", "was written by another version", next_run)
        return
    for relative, expected in sorted(noted.items()):
        file = files.join(path.rsplit("/", 1)[0], relative)
        findings.count(kind)
        what = file_problem(file, file_state(file), num_bytes=expected.num_bytes, sha256=expected.sha256)
        if what:
            findings.add(prefix + relative, what, next_run)


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


def _reason(error: DamagedFileError) -> str:
    """The end of the error's sentence, without the path."""
    return error.message.split(" is damaged: ", 1)[-1].rstrip(".")
