"""The documents of `benchmarks.ingest`: one folder of files for each format that is compared.

In: a folder of real documents, or none. Out: text files, one JSON Lines file, web pages and small text files, in UTF-8.
Text and markup files and the texts of JSON Lines become text files, so that no format is converted within the timing.
Web pages are taken as they are; if there are none, pages are made from the texts. Without a folder, the bundled and
generated documents are used. `benchmarks.workers` takes only the text files.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files as resource_files
from pathlib import Path
from shutil import copytree

from pipeline.identity import stable_hash64
from tests.chaos.documents import write_documents

_SEED = 13
_NUM_GENERATED = 200
_TEXT_SUFFIXES = (".txt", ".md", ".rst")
_PAGE_SUFFIXES = (".html", ".htm")
_MIN_CHARS, _MAX_CHARS = 500, 500_000
_SMALL_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Corpus:
    """The files of one format."""

    name: str
    folder: Path
    paths: tuple[Path, ...]
    num_documents: int
    num_bytes: int


def write_corpora(data: Path | None, root: Path, *, max_bytes: int) -> list[Corpus]:
    """Write the corpora `text`, `jsonl` and `html` below `root`, each of at most `max_bytes`.

    Raises:
        FileNotFoundError: `data` has no text of a fitting length.
    """
    if data is None:
        data = root / "own"
        write_documents(data / "generated", count=_NUM_GENERATED, seed=_SEED)
        copytree(str(resource_files("pipeline").joinpath("bundled", "documents")), data / "bundled")
    texts = _drawn_texts(data, max_bytes)
    pages = list(_within(_contents(data, _PAGE_SUFFIXES), max_bytes)) or [_page_of(text) for text in texts]
    lines = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    return [
        _written("text", root / "text", ".txt", texts),
        _written("jsonl", root / "jsonl", ".jsonl", [lines], num_documents=len(texts)),
        _written("html", root / "html", ".html", pages),
    ]


def write_texts(data: Path, folder: Path, *, max_bytes: int) -> None:
    """Write texts of a folder, drawn by hash, as text files of at most `max_bytes` together.

    Raises:
        FileNotFoundError: `data` has no text of a fitting length.
    """
    _written("text", folder, ".txt", _drawn_texts(data, max_bytes))


def write_small_files(texts: Sequence[Path], folder: Path, *, count: int) -> None:
    """Write files of about 1 KB, cut from texts in turn, in folders of 1,000."""
    sources = [path.read_text(encoding="utf-8") for path in texts]
    for number in range(count):
        source = sources[number % len(sources)]
        start = stable_hash64(_SEED, number) % max(1, len(source) - _SMALL_BYTES)
        piece = source[start : start + _SMALL_BYTES].encode()[:_SMALL_BYTES].decode(errors="ignore")
        path = folder / f"{number // 1000:03d}" / f"{number:05d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(piece, encoding="utf-8")


def _written(
    name: str, folder: Path, suffix: str, contents: Sequence[str], *, num_documents: int | None = None
) -> Corpus:
    folder.mkdir(parents=True)
    paths = []
    for number, content in enumerate(contents):
        paths.append(folder / f"{number:05d}{suffix}")
        paths[-1].write_bytes(content.encode())
    num_bytes = sum(path.stat().st_size for path in paths)
    return Corpus(name, folder, tuple(paths), num_documents or len(contents), num_bytes)


def _drawn_texts(data: Path, max_bytes: int) -> list[str]:
    texts = list(_within(_texts(data), max_bytes))
    if not texts:
        raise FileNotFoundError(f"{data} holds no .txt, .md, .rst or .jsonl file with {_MIN_CHARS} characters of text.")
    return texts


def _texts(data: Path) -> Iterator[str]:
    """Yield the texts of files and of lines of JSON, in an order drawn from their contents."""
    found = [*_contents(data, _TEXT_SUFFIXES), *_texts_of_lines(data)]
    yield from sorted(found, key=lambda text: stable_hash64(_SEED, text))


def _contents(data: Path, suffixes: Sequence[str]) -> Iterator[str]:
    for path in sorted(_files(data), key=lambda path: stable_hash64(_SEED, str(path.relative_to(data)))):
        if path.suffix.lower() in suffixes:
            try:
                yield path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def _texts_of_lines(data: Path) -> Iterator[str]:
    for path in _files(data):
        if path.suffix != ".jsonl":
            continue
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            if isinstance(row, dict) and isinstance(row.get("text"), str):
                yield row["text"]


def _files(data: Path) -> list[Path]:
    return sorted(path for path in data.rglob("*") if path.is_file())


def _within(texts: Iterable[str], max_bytes: int) -> Iterator[str]:
    """Yield the texts of a fitting length until they have `max_bytes` together."""
    num_bytes = 0
    for text in texts:
        if not _MIN_CHARS <= len(text) <= _MAX_CHARS:
            continue
        num_bytes += len(text.encode())
        if num_bytes > max_bytes:
            return
        yield text


def _page_of(text: str) -> str:
    blocks = (f"<p>{html.escape(block)}</p>" for block in text.split("\n\n") if block.strip())
    return f"<html><head><title>Page</title></head><body><main>{''.join(blocks)}</main></body></html>"
