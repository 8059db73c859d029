"""Reads token streams of the target length: some to rank candidates, the others for the final comparison.

Takes build folders, text files, and folders of text files. Returns streams of exactly `length` tokens. Each document
that is long enough provides one stream. If there are too few such documents, shorter ones are joined, and the search's
result notes this. Cost: documents are read in an order drawn from the seed until enough of them are long enough; if
there are too few, all documents are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.identity import content_id, stable_hash64
from pipeline.io import files
from pipeline.io.finished_build import check_finished_build
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import built_files

Tokenize = Callable[[str], Sequence[int]]

_SUFFIXES = (".txt", ".md")
_CHARACTERS_PER_TOKEN = 12
"""More than any tokenizer's average. Text beyond `length` times this many characters is not tokenized."""
_SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of tokens of the target length."""

    ids: tuple[int, ...]
    num_documents: int
    """Number of documents in the stream; 1 if the stream comes from a single document."""

    @property
    def key(self) -> str:
        """A hash of the tokens."""
        return content_id(*self.ids)


def read_streams(
    data: Sequence[str], *, tokenize: Tokenize, leading: Sequence[int], length: int, count: int, seed: int
) -> list[Stream]:
    """Return `count` streams, those from single documents before those from joined documents.

    Args:
        data: build folders, text files, or folders of text files.
        tokenize: converts a text to token ids, without special tokens.
        leading: special tokens at the start of a stream.
        length: number of tokens in a stream, including the leading tokens.
        count: number of streams.
        seed: the seed for the reading order.

    Raises:
        InputError: a path does not exist, or there are too few documents, or the documents are too short. Reading a
            build raises the errors of `check_finished_build`.
    """
    wanted = length - len(leading)
    whole: list[Stream] = []
    short: list[tuple[int, ...]] = []
    for text in _texts(data, seed):
        ids = tuple(tokenize(text[: wanted * _CHARACTERS_PER_TOKEN]))
        if len(ids) >= wanted:
            whole.append(Stream((*leading, *ids[:wanted]), 1))
        elif ids:
            short.append(ids)
        if len(whole) == count:
            return whole
    streams = [*whole, *_joined(short, leading, wanted, tuple(tokenize(_SEPARATOR)))][:count]
    if len(streams) < count:
        num_tokens = sum(map(len, short)) + len(whole) * wanted
        raise InputError(
            f"{count} streams of {length:,} tokens are needed, but the documents are enough for only {len(streams)}; "
            f"they have {num_tokens:,} usable tokens.",
            remedy="Give more or longer documents with --data, or lower rope_search.documents.",
        )
    return streams


def _joined(
    documents: Sequence[tuple[int, ...]], leading: Sequence[int], wanted: int, separator: tuple[int, ...]
) -> Iterator[Stream]:
    stream: tuple[int, ...] = ()
    num_documents = 0
    for ids in documents:
        stream, num_documents = stream + (separator if stream else ()) + ids, num_documents + 1
        if len(stream) >= wanted:
            yield Stream((*leading, *stream[:wanted]), num_documents)
            stream, num_documents = (), 0


def _texts(data: Sequence[str], seed: int) -> Iterator[str]:
    builds = [BuildFolder(path) for path in data if Path(path).is_dir() and (Path(path) / "corpus").is_dir()]
    for build in builds:
        check_finished_build(build.root, ("corpus",))
    rows = [row for build in builds for row in _corpus_rows(build)]
    paths = [str(file) for path in data if path not in {b.root for b in builds} for file in _text_files(path)]
    order = {("row", path, doc_id): stable_hash64("rope search", seed, doc_id) for path, doc_id in rows}
    order |= {("file", path, ""): stable_hash64("rope search", seed, Path(path).name) for path in paths}
    if not order:
        raise InputError(
            f"There are no documents in {', '.join(data)}.",
            remedy=f"Give a build folder, or files ending in {' or '.join(_SUFFIXES)}.",
        )
    for kind, path, doc_id in sorted(order, key=lambda entry: (order[entry], entry)):
        yield _row_text(path, doc_id) if kind == "row" else Path(path).read_text(encoding="utf-8", errors="replace")


def _corpus_rows(build: BuildFolder) -> list[tuple[str, str]]:
    rows = []
    for path in built_files(build, "corpus", stage="pack"):
        with files.open_binary(path) as file:
            rows += [(path, str(doc_id)) for doc_id in pq.read_table(file, columns=["doc_id"])["doc_id"].to_pylist()]
    return rows


def _row_text(path: str, doc_id: str) -> str:
    with files.open_binary(path) as file:
        table = pq.read_table(file, columns=["text"], filters=[("doc_id", "=", doc_id)])
    return str(table["text"][0].as_py())


def _text_files(path: str) -> list[Path]:
    root = Path(path).expanduser()
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise InputError(f"{path} is not a file or folder.", remedy="Check the path given with --data.")
    return sorted(file for file in root.rglob("*") if file.suffix in _SUFFIXES and file.is_file())
