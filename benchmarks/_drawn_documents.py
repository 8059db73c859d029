"""A sample of real documents as files that any version of the project reads.

In: a folder with a folder for each domain, below it a folder for each language, or for each project of code. Out: a
folder of the same form with single documents, and a recipe without a teacher that reads it. Files are plain text,
markdown, HTML and source code of 800 bytes to 150,000 bytes; the records of a JSON lines file with a `text` become
files of their own, at most 25 of each. Documents are drawn by hash, evenly over the folders two deep; of code, single
files are drawn from all projects together, and two projects are copied whole. Used by `composed_rows`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.domains import domain_names
from pipeline.errors import InputError
from pipeline.identity import stable_hash64

_LEAST_BYTES, _MOST_BYTES = 800, 150_000
_MAX_TREE_BYTES = 1_500_000
_NUM_TREES = 2
_RECORDS = 25
_SUFFIXES = {".txt", ".md", ".html", ".py", ".js", ".c"}
_CODE_SUFFIXES = {".py", ".js", ".c", ".toml", ".cfg", ".md", ".rst"}
_PROJECT_FILES = ("pyproject.toml", "setup.py", "package.json")


@dataclass(frozen=True, slots=True)
class _Drawn:
    name: str
    content: bytes


def draw_documents(data: Path, output: Path, *, num_files: int, seed: int) -> None:
    """Copy drawn documents, and write the recipe that reads them, `recipe.yaml`, beside them.

    Raises:
        InputError: the folder has no folder of a domain's name with a document in it.
    """
    groups = {
        f"{domain}/{folder.name}": folder
        for domain in domain_names()
        for folder in (sorted((data / domain).iterdir()) if (data / domain).is_dir() else [])
        if domain != "code" and folder.is_dir()
    }
    if (data / "code").is_dir():
        groups["code/files"] = data / "code"
    inputs = []
    for name, folder in sorted(groups.items()):
        documents = sorted(_documents(folder), key=lambda one: stable_hash64(seed, name, one.name))
        for document in documents[: num_files // len(groups)]:
            target = output / name / document.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(document.content)
        if documents:
            inputs.append({"path": str(output / name), "domain": name.split("/")[0], "join": "file"})
    inputs += [{"path": str(tree), "domain": "code", "join": "tree"} for tree in _copy_trees(data, output, seed)]
    if not inputs:
        raise InputError(
            f"{data} has no folder named {', '.join(domain_names())} with documents.", remedy="See --help."
        )
    (output / "recipe.yaml").write_text(
        yaml.safe_dump({"name": "composed-rows", "inputs": inputs, "synthesize": {"written": {"tasks": []}}})
    )


def _documents(folder: Path) -> Iterator[_Drawn]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        name = "_".join(path.relative_to(folder).parts)
        if path.name.endswith((".jsonl", ".jsonl.gz")):
            yield from _records(path, name)
        elif path.suffix in _SUFFIXES and _LEAST_BYTES <= path.stat().st_size <= _MOST_BYTES:
            yield _Drawn(name, path.read_bytes())


def _records(path: Path, name: str) -> Iterator[_Drawn]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    texts = [text for line in data.splitlines() if isinstance(text := json.loads(line).get("text"), str)]
    fitting = [text for text in texts if _LEAST_BYTES <= len(text.encode()) <= _MOST_BYTES]
    for text in sorted(fitting, key=lambda text: stable_hash64(name, text))[:_RECORDS]:
        yield _Drawn(f"{name.split('.')[0]}-{stable_hash64(text):016x}.txt", text.encode())


def _copy_trees(data: Path, output: Path, seed: int) -> Iterator[Path]:
    roots = {path.parent for name in _PROJECT_FILES for path in (data / "code").glob(f"*/{name}")}
    sizes = {root: sum(path.stat().st_size for path in _sources(root)) for root in roots}
    small = [root for root in sorted(roots) if sizes[root] <= _MAX_TREE_BYTES]
    for root in sorted(small, key=lambda root: stable_hash64(seed, root.name))[:_NUM_TREES]:
        for path in _sources(root):
            target = output / "trees" / root.name / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        yield output / "trees" / root.name


def _sources(root: Path) -> list[Path]:
    return [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix in _CODE_SUFFIXES and path.stat().st_size <= _MOST_BYTES
    ]
