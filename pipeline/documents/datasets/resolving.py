"""Finds the data files of a data set: of one configuration and the wanted splits, in the library's order.

Takes a `DatasetName`; returns a `ResolvedDataset`. Used by `datasets.finding`. The library reads the card and lists the
files; the commit of a data set on the hub is fixed here. No code of a data set is run: the library has not run any
since version 4, and only its modules for text formats are allowed (its module for pickles, for example, is not).
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.documents.datasets.card import card_language, card_licence, card_of
from pipeline.documents.datasets.names import DatasetName
from pipeline.documents.datasets.saved import saved_splits
from pipeline.documents.items import DatasetFile
from pipeline.documents.opening import open_source
from pipeline.errors import InputError, MissingExtraError

_MAX_CARD_BYTES = 1 << 20
_BY_SUFFIX: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "csv": ("csv", {}),
    "tsv": ("csv", {"sep": "\t"}),
    "json": ("json", {}),
    "jsonl": ("json", {}),
    "ndjson": ("json", {}),
    "parquet": ("parquet", {}),
    "arrow": ("arrow", {}),
    "txt": ("text", {}),
    "xml": ("xml", {}),
}
"""The library's module for each suffix, and its options. The library itself chooses one module for all configurations,
and fails on a configuration of another format."""
_MODULES = frozenset(module for module, _ in _BY_SUFFIX.values())
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {"text": {"sample_by": "document"}, "csv": {"keep_default_na": False}}
"""Options that are set unless the card sets them. Of a text file, the library makes each line a row; in csv files, it
reads words such as None and NA as missing."""
_COMPRESSIONS = re.compile(r"\.(?:gz|bz2|xz|zst|lz4|zip)\Z")
_NOT_OPTIONS = frozenset({"name", "version", "data_dir", "data_files", "description", "features", "columns"})


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file of a data set."""

    path: str
    """Absolute path, or a URL `hf://datasets/…` with the commit."""
    key: str
    """Path below the data set's root."""
    dataset: DatasetFile


def resolve(name: DatasetName) -> list[DataFile]:
    """Return the data files to read, in order.

    Raises:
        InputError: The data set cannot be found, reached or read, or has no such configuration or split.
        MissingExtraError: The library is not installed.
    """
    with _library_errors(name):
        listed = _saved(name) or _listed(name)
    files = [(split, path) for split in _wanted_splits(name, list(listed.splits)) for path in listed.splits[split]]
    readme = _readme(listed.root)
    card = card_of(readme)
    licence, language = card_licence(card), card_language(card)
    found: dict[str, DataFile] = {}
    for _, path in files:
        module, options = _module(name, path, listed)
        dataset = DatasetFile(module, json.dumps(options, sort_keys=True), licence, language)
        found.setdefault(path, DataFile(path, _below(name, listed.root, path), dataset))
    if not found:
        raise InputError(f"{name.given} holds no data files.", remedy="Check split and config.")
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Listed:
    root: str
    """The folder, or the URL of the data set at its commit."""
    splits: Mapping[str, Sequence[str]]
    module: str
    """The library's module for files whose suffix names none."""
    options: Mapping[str, Any]
    """The options that the card sets."""


def _saved(name: DatasetName) -> _Listed | None:
    splits = saved_splits(name.path) if name.is_local else None
    if splits is None:
        return None
    if name.config:
        raise InputError(
            f"{name.given} was written by save_to_disk and has no configurations.", remedy="Remove config."
        )
    return _Listed(name.path, splits, "arrow", {})


def _listed(name: DatasetName) -> _Listed:
    datasets = import_datasets(name.given)
    with tempfile.TemporaryDirectory() as cache:  # the builder makes its folder there; nothing is read from it
        builder = datasets.load_dataset_builder(
            name.path, name.config or None, revision=name.revision or None, cache_dir=cache
        )
    config = builder.config
    module = type(builder).__module__.rsplit(".", 1)[-1]
    splits = {str(split): [str(path) for path in paths] for split, paths in (config.data_files or {}).items()}
    if name.is_local:
        return _Listed(str(Path(name.path).resolve()), splits, module, _options(config))
    first = next((path for paths in splits.values() for path in paths), "")
    root = re.match(rf"hf://datasets/{re.escape(name.path)}@[^/]+", first)
    return _Listed(root[0] if root else f"hf://datasets/{name.path}", splits, module, _options(config))


def import_datasets(given: str) -> Any:  # Any: a module without types
    """Return the library.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError(
            f"{given} needs the package datasets, which cannot be imported ({error}).",
            remedy="Install it with: pip install 'datasets>=5.2,<6'",
        ) from error
    return datasets


def _options(config: Any) -> dict[str, Any]:  # Any: a `BuilderConfig`
    """Return the options that the card sets: those that differ from the defaults of the module."""
    usual = type(config)()
    found = {
        one.name: getattr(config, one.name)
        for one in fields(config)
        if one.name not in _NOT_OPTIONS and getattr(config, one.name) != getattr(usual, one.name, None)
    }
    return {key: value for key, value in found.items() if isinstance(value, str | int | float | bool | list)}


def _wanted_splits(name: DatasetName, splits: Sequence[str]) -> Sequence[str]:
    listed = ", ".join(splits)
    missing = [split for split in name.splits if split not in splits]
    if missing:
        raise InputError(
            f"{name.given} has no split {missing[0]!r}.", remedy=f"Set split to one of: {listed}; or join them with +."
        )
    if name.splits:
        return name.splits
    if "train" in splits:
        return ("train",)
    if len(splits) > 1:
        raise InputError(
            f"{name.given} has several splits and none is named train.",
            remedy=f"Set split to one of: {listed}; or join them with +.",
        )
    return splits


def _module(name: DatasetName, path: str, listed: _Listed) -> tuple[str, dict[str, Any]]:
    base = _COMPRESSIONS.sub("", path.rsplit("/", 1)[-1].lower())
    module, options = _BY_SUFFIX.get(base.rpartition(".")[2], (listed.module, {}))
    if module not in _MODULES:
        raise InputError(
            f"{name.given} has data files of the kind {module!r}, which is not read.",
            remedy=f"Use a data set of {', '.join(sorted(_MODULES))} files.",
        )
    own = listed.options if module == listed.module else {}
    return module, {**_DEFAULTS.get(module, {}), **options, **own}


def _below(name: DatasetName, root: str, path: str) -> str:
    """Return a data file's path below the root. A card may not name files elsewhere."""
    base = root.rstrip("/")
    if not path.startswith(f"{base}/") or ".." in path.split("/"):
        raise InputError(
            f"The card of {name.given} names a data file that is not part of the data set.",
            remedy="Remove it from the README, or name the file as an input of its own.",
        )
    is_inside = not name.is_local or Path(path).resolve().is_relative_to(Path(root).resolve())
    if not is_inside and not name.follow_links:
        raise InputError(
            f"A data file of {name.given} is a link that leads out of the folder.",
            remedy="Set follow_links: true to follow it, as in the hub's cache, whose files are links.",
        )
    return path[len(base) :].lstrip("/")


def _readme(root: str) -> str:
    try:
        with open_source(f"{root.rstrip('/')}/README.md") as file:
            return file.read(_MAX_CARD_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


@contextmanager
def _library_errors(name: DatasetName) -> Iterator[None]:
    """Turn the errors of the library and of the hub into one sentence with a remedy."""
    try:
        yield
    except (InputError, MissingExtraError):
        raise
    except Exception as error:  # the library and its HTTP client raise errors of a dozen kinds
        raise _explained(name, error) from error


def _explained(name: DatasetName, error: Exception) -> InputError:
    kinds = {kind.__name__ for one in _chain(error) for kind in type(one).__mro__}
    said = str(error)
    first = " ".join(said.split())[:300].rstrip(".") + "."
    if "GatedRepoError" in kinds or " gated " in said:
        return InputError(
            f"{name.given} is gated.", remedy="Ask for access on its page on the hub, then log in with: hf auth login"
        )
    if "RevisionNotFoundError" in kinds:
        return InputError(
            f"{name.given} has no revision {name.revision!r}.", remedy="Name a branch, a tag or a commit."
        )
    if kinds & {"DatasetNotFoundError", "RepositoryNotFoundError", "HFValidationError"}:
        return InputError(
            f"{name.given} does not exist on the hub, or is private.",
            remedy="Check the name (owner/name); to read a private data set, log in with: hf auth login",
        )
    if "Dataset scripts are no longer supported" in said:
        return InputError(
            f"{name.given} is made by a Python script, and no code of a data set is run.",
            remedy="Set revision to refs/convert/parquet, if the hub has converted it, or use a data set of files.",
        )
    if "BuilderConfig" in said or "onfig name is missing" in said:
        listed = re.search(r"(?:Available: |available configs: )(\[[^\]]*\])", said)
        remedy = f"Set config to one of: {listed[1][1:-1]}." if listed else "Check config."
        given = f"has no configuration {name.config!r}" if name.config else "has several configurations"
        return InputError(f"{name.given} {given}.", remedy=remedy.replace("'", ""))
    if kinds & {"ConnectionError", "ConnectError", "TimeoutException", "OfflineModeIsEnabled", "HfHubHTTPError"}:
        return InputError(
            f"The hub cannot be reached for {name.given} ({type(error).__name__}).",
            remedy="Check the network, HF_ENDPOINT and HF_HUB_OFFLINE, or give a copy as hf:FOLDER.",
        )
    if kinds & {"FileNotFoundError"}:
        return InputError(
            f"{name.given} holds no data files that are read: {first}",
            remedy=f"Give a folder with {', '.join(sorted(_BY_SUFFIX))} files, or without hf: to read it as documents.",
        )
    return InputError(
        f"{name.given} cannot be read as a data set ({type(error).__name__}): {first}",
        remedy="Check its card, README.md.",
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
