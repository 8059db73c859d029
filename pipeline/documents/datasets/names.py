"""Parses the inputs that name a data set: `hf:owner/name`, `hf:owner/name:config` and `hf:FOLDER`.

Takes an `InputSource`; returns a `DatasetName`. Used by `datasets.resolving`. Nothing but the existence of a local
folder is looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.config.build import InputSource
from pipeline.errors import InputError

PREFIX = "hf:"
"""Prefix of an input that is a data set. `hf://…` is a URL of single files on the hub, which fsspec reads."""
_HUB_NAME = re.compile(r"(?:[\w.-]+/)?[\w.-]+")
_LOCAL_STARTS = ("/", "./", "../", "~")


@dataclass(frozen=True, slots=True)
class DatasetName:
    """Where a data set is, and which part of it is read."""

    given: str
    """The input's path, as the recipe has it."""
    path: str
    """Absolute path of a local folder, or the name on the hub."""
    is_local: bool
    config: str
    """Empty if the recipe names none."""
    splits: tuple[str, ...]
    """Empty if the recipe names none."""
    revision: str
    follow_links: bool
    """Whether links that lead out of a local folder are followed."""


def is_dataset(path: str) -> bool:
    """Return whether the path of an input names a data set."""
    return path.startswith(PREFIX) and not path.startswith(f"{PREFIX}//")


def parse_name(source: InputSource) -> DatasetName:
    """Return the data set that an input names.

    Raises:
        InputError: The name is not a name on the hub, the folder does not exist, or two configurations are named.
    """
    named = source.path[len(PREFIX) :].rstrip("/") or "/"
    folder, config = _folder_and_config(named)
    splits = tuple(part.strip() for part in source.split.split("+")) if source.split else ()
    if any(not re.fullmatch(r"[\w.-]+", split) for split in splits):
        raise InputError(
            f"The split {source.split!r} of {source.path} is not read.",
            remedy="Name whole splits, such as train or train+validation; max_documents limits what is read.",
        )
    if folder is None:
        named, _, config = named.partition(":")
    if config and source.config and config != source.config:
        raise InputError(
            f"{source.path} names the configuration {config}, but config is {source.config}.", remedy="Remove one."
        )
    if folder is not None:
        if source.revision:
            raise InputError(f"{source.path} is a local folder and has no revision.", remedy="Remove revision.")
        if any(sign in folder for sign in "*?["):
            raise InputError(
                f"The path of {source.path} has a *, ? or [, which the library takes for a pattern.",
                remedy="Rename the folder, or remove hf: to read its files as documents.",
            )
        return DatasetName(source.path, folder, True, config or source.config, splits, "", source.follow_links)
    if named.startswith(_LOCAL_STARTS):
        raise InputError(f"The folder of {source.path} does not exist.", remedy="Check the path after hf:.")
    if not _HUB_NAME.fullmatch(named):
        raise InputError(
            f"{source.path} is neither a data set's name nor a folder.",
            remedy="Write hf:owner/name, hf:owner/name:config or hf:FOLDER.",
        )
    return DatasetName(source.path, named, False, config or source.config, splits, source.revision, False)


def _folder_and_config(named: str) -> tuple[str | None, str]:
    """Return the local folder and the configuration after it; None for what is not a folder."""
    path = Path(named).expanduser()
    if path.is_dir():
        return str(Path.cwd() / path), ""
    before, colon, config = named.rpartition(":")
    path = Path(before).expanduser()
    return (str(Path.cwd() / path), config) if colon and before and path.is_dir() else (None, "")
