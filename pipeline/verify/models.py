"""Checks a model folder: records, exported model, checkpoints and tokenized rows. Does not import torch.

Takes the output folder of a finished or unfinished `finetune` run; adds the problems that it finds to `Findings`. Every
listed file is read once for its hash. Used by `verify.run`.
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
from pipeline.verify.problems import Findings, reason

RECORDS = (RECORD_FILE, "run.json")
CHECKSUMS = "checksums.json"
"""File in each checkpoint and in `tokens/` that lists the size and hash of every other file in the folder."""

_IGNORED = (".damaged", ".partial/", ".discarded/")
"""Parts of the names of files that were set aside, or that were being written or removed when a run ended."""
_OLDER = "finetune sets the checkpoint aside and continues from the previous one"
_TOKENS = "finetune tokenizes the rows again"
_RECORD = "finetune sets it aside; run the same command again"
_WEIGHTS = "run the same finetune command again: it rebuilds the model from the last checkpoint"


def check_model(folder: str, findings: Findings) -> None:
    """Check everything in a model folder that can be checked without loading the model."""
    paths = {path[len(folder.rstrip("/")) + 1 :]: path for path in files.list_files(folder)}
    checked = {name: path for name, path in paths.items() if not any(word in name for word in _IGNORED)}
    for name in sorted({name.rsplit("/", 1)[0] for name in checked if name.startswith("checkpoints/step-")}):
        if f"{name}/{CHECKSUMS}" not in checked:
            findings.add(f"{name}/{CHECKSUMS}", "is missing", _OLDER)
    for name, path in checked.items():
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
        findings.add(name, reason(error), _RECORD)
        return
    if name == RECORD_FILE:
        _check_files(path, "", value, findings, kind="model files", next_run=_WEIGHTS)


def _check_listed_folder(path: str, name: str, findings: Findings) -> None:
    """Check the files of a checkpoint, or the token ids, against the `checksums.json` in the same folder."""
    folder = name.rsplit("/", 1)[0]
    kind, next_run = ("checkpoint", _OLDER) if folder.startswith("checkpoints/") else ("token", _TOKENS)
    findings.count(f"{kind} lists")
    try:
        listed = read_checked(path)
    except DamagedFileError as error:
        findings.add(name, reason(error), next_run)
        return
    _check_files(path, f"{folder}/", listed, findings, kind=f"{kind} files", next_run=next_run)


def _check_files(
    path: str, prefix: str, listed: Mapping[str, Any], findings: Findings, *, kind: str, next_run: str
) -> None:
    """Check the files that a list names; their paths are relative to the folder that contains the list."""
    try:
        checksums = record_of({"files": listed.get("files")}, SumList).files
    except RecordValueError:
        findings.add(f"{prefix}{path.rsplit('/', 1)[-1]}", "was written by a different version", next_run)
        return
    for relative, expected in sorted(checksums.items()):
        file = files.join(path.rsplit("/", 1)[0], relative)
        findings.count(kind)
        what = file_problem(file, file_state(file), num_bytes=expected.num_bytes, sha256=expected.sha256)
        if what:
            findings.add(prefix + relative, what, next_run)


def _check_safetensors(path: str, name: str, findings: Findings) -> None:
    """Check that the header of a safetensors file can be read and matches the file's size.

    The file starts with the length of the header (8 bytes, little-endian). The JSON header and the tensors follow.
    """
    findings.count("weight files")
    state = file_state(path)
    assert state is not None, f"{path} was listed, but does not exist"
    with files.open_binary(path) as file:
        size = int.from_bytes(file.read(8), "little")
        header = file.read(size) if size <= state.num_bytes else b""
    try:
        offsets = [entry["data_offsets"] for key, entry in json.loads(header).items() if key != "__metadata__"]
        end = max((int(pair[1]) for pair in offsets), default=0)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        findings.add(name, "has an unreadable header", _WEIGHTS)
        return
    if 8 + size + end != state.num_bytes:
        what = f"has {state.num_bytes:,} bytes, but its header says {8 + size + end:,}"
        findings.add(name, what, _WEIGHTS)
