"""Checks of a model folder: records, exported model, checkpoints, and token ids that a training made. Needs no torch.

In: a folder of `finetune`, finished or not. Out: problems. Every listed file is read once for its hash.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.checksums import SumList
from pipeline.io.listing import file_problem, file_state
from pipeline.io.record_values import RecordValueError, record_of
from pipeline.train.run.record import RECORD_FILE
from pipeline.verify.problems import Findings

RECORDS = (RECORD_FILE, "run.json")
CHECKSUMS = "checksums.json"
"""In each checkpoint and in `tokens/`: size and hash of every other file of the folder."""

_NOT_OURS_TO_JUDGE = (".damaged", ".partial/", ".discarded/")
"""Set aside, or left unfinished while being written or removed."""
_OLDER = "finetune sets the checkpoint aside and goes on from the one before"
_TOKENS = "finetune tokenizes the rows again"
_RECORD = "finetune sets it aside; run the same command again"
_WEIGHTS = "run the same finetune again: it rebuilds the model from the last checkpoint"


def check_model(folder: str, findings: Findings) -> None:
    """Check everything in a model folder that can be checked without loading the model."""
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
    """Check a checkpoint or the token ids against their list."""
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
    """Check the files of a list, relative to the list's own folder."""
    try:
        noted = record_of({"files": listed.get("files")}, SumList).files
    except RecordValueError:
        findings.add(f"{prefix}{path.rsplit('/', 1)[-1]}", "was written by another version", next_run)
        return
    for relative, expected in sorted(noted.items()):
        file = files.join(path.rsplit("/", 1)[0], relative)
        findings.count(kind)
        what = file_problem(file, file_state(file), num_bytes=expected.num_bytes, sha256=expected.sha256)
        if what:
            findings.add(prefix + relative, what, next_run)


def _check_safetensors(path: str, name: str, findings: Findings) -> None:
    """Check the format: 8 bytes of length, little-endian, a JSON header of that length, then the tensors it lists."""
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
        findings.add(name, "has an unreadable header", _WEIGHTS)
        return
    if 8 + size + end != state.num_bytes:
        what = f"has {state.num_bytes:,} bytes, but its header says {8 + size + end:,}"
        findings.add(name, what, _WEIGHTS)


def _reason(error: DamagedFileError) -> str:
    """Return the end of the error's sentence, without the path."""
    return error.message.split(" is damaged: ", 1)[-1].rstrip(".")
