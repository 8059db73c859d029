"""Finds the data files of a folder that `save_to_disk` wrote, with one data set or a dictionary of splits.

Takes a folder; returns the Arrow files of each split. Used by `datasets.resolving`. The library would take every Arrow
file in the folder, also the cached results of earlier `map` calls; here, `state.json` names the files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import InputError

_STATE, _SPLITS = "state.json", "dataset_dict.json"
_ONLY_SPLIT = "train"
"""The split of a folder that holds a single data set."""


def saved_splits(folder: str) -> Mapping[str, list[str]] | None:
    """Return the absolute paths of the files of each split, or None if `save_to_disk` did not write the folder.

    Raises:
        InputError: The folder's JSON files are damaged, or name files elsewhere.
    """
    root = Path(folder)
    if (root / _SPLITS).is_file():
        names = _strings(_json(root / _SPLITS).get("splits"), root / _SPLITS)
        return {name: _files(root / name) for name in names}
    return {_ONLY_SPLIT: _files(root)} if (root / _STATE).is_file() else None


def _files(folder: Path) -> list[str]:
    path = folder / _STATE
    entries = _json(path).get("_data_files")
    names = [entry.get("filename") if isinstance(entry, dict) else None for entry in _list(entries, path)]
    return [str(folder / name) for name in _strings(names, path)]


def _json(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    if not isinstance(value, dict):
        raise _damaged(path)
    return value


def _strings(value: object, path: Path) -> list[str]:
    names = [one for one in _list(value, path) if isinstance(one, str) and "/" not in one and one not in ("", "..")]
    if len(names) != len(_list(value, path)):
        raise _damaged(path)
    return names


def _list(value: object, path: Path) -> list[object]:
    if not isinstance(value, list):
        raise _damaged(path)
    return value


def _damaged(path: Path) -> InputError:
    return InputError(f"{path} is not what save_to_disk writes.", remedy="Save the data set again.")
