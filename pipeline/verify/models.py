"""A model folder: its records, the files of each checkpoint, and the headers of safetensors files. No torch.

In: the folder `finetune` left, finished or not. Out: problems. Checkpoints are read whole for their hashes.
"""

from __future__ import annotations

import json

from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.io.listing import file_state, sha256_of
from pipeline.verify.problems import Findings

RECORDS = ("training.json", "run.json")
CHECKSUMS = "checksums.json"
"""In a checkpoint: size and hash of every other file in it."""

_OLDER = "finetune sets the checkpoint aside and goes on from the one before"
_RECORD = "finetune sets it aside; run the same command again"
_WEIGHTS = "run finetune again with --fresh, or export again from the last checkpoint"


def check_model(folder: str, findings: Findings) -> None:
    """Check everything of a model folder that can be checked without loading it."""
    for path in files.list_files(folder):
        name = path[len(folder.rstrip("/")) + 1 :]
        if ".damaged" in name:
            continue
        if name in RECORDS:
            _check_record(path, name, findings)
        elif name.rsplit("/", 1)[-1] == CHECKSUMS:
            _check_checkpoint(path, name, findings)
        elif name.endswith(".safetensors"):
            _check_safetensors(path, name, findings)


def _check_record(path: str, name: str, findings: Findings) -> None:
    findings.count("records")
    try:
        read_checked(path)
    except DamagedFileError as error:
        findings.add(name, _reason(error), _RECORD)


def _check_checkpoint(path: str, name: str, findings: Findings) -> None:
    findings.count("checkpoints")
    try:
        listed = read_checked(path)
    except DamagedFileError as error:
        findings.add(name, _reason(error), _OLDER)
        return
    folder = name.rsplit("/", 1)[0]
    for relative, expected in sorted(listed.items()):
        file = files.join(path.rsplit("/", 1)[0], relative)
        state = file_state(file)
        findings.count("checkpoint files")
        if state is None:
            findings.add(f"{folder}/{relative}", "is missing", _OLDER)
        elif state.num_bytes != expected["num_bytes"]:
            what = f"has {state.num_bytes:,} bytes instead of {expected['num_bytes']:,}"
            findings.add(f"{folder}/{relative}", what, _OLDER)
        elif sha256_of(file) != expected["sha256"]:
            findings.add(f"{folder}/{relative}", "has other bytes than were written", _OLDER)


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
