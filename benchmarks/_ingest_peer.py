"""datatrove's steps for `benchmarks.ingest`: reader, extractor, language filter, Gopher filters and PII formatter.

In: files. Out: nothing but the time they take. Every step sees every document: a filter's verdict is not used, so that
no document becomes cheap because an English rule drops it. The readers of datatrove need orjson and its tokenizers need
spaCy. If orjson is missing, the reader parses lines with the standard library. The Gopher filters split words at white
space, the fastest way there is; `default_tokenizer` names datatrove's own, if spaCy is installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.pipeline.extractors.base import BaseExtractor
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.pipeline.readers.base import BaseDiskReader
from langdetect import PROFILES_DIRECTORY
from langdetect.detector_factory import DetectorFactory
from langdetect.lang_detect_exception import LangDetectException

from benchmarks._results import MissingPeerError
from pipeline.clean.language import detect_language
from pipeline.datatrove_blocks.words import WhitespaceTokenizer
from pipeline.documents.markup import convert_page

_MAX_WINDOWS, _WINDOW_CHARS, _VOTES_TO_WIN = 5, 600, 2
Steps = Callable[[Document], object]


@dataclass(frozen=True, slots=True)
class Peer:
    """The steps of datatrove that follow the reader."""

    steps: tuple[Steps, ...]

    def run(self, documents: Iterable[Document]) -> None:
        """Apply every step to every document."""
        for document in documents:
            for step in self.steps:
                step(document)


def peer(tokenizer: object, language: BaseFilter | None) -> Peer:
    """Return the peer with a word tokenizer and a language filter, or without one.

    Args:
        tokenizer: a tokenizer, or the name of the language of one of datatrove's own.
        language: the filter that detects the language.
    """
    pii = PIIFormatter()
    repetition, quality = GopherRepetitionFilter(language=tokenizer), GopherQualityFilter(language=tokenizer)

    def mask(document: Document) -> None:
        document.text = pii.format(document.text)

    steps: list[Steps] = [] if language is None else [language.filter]
    return Peer((*steps, repetition.filter, quality.filter, mask))


def read_texts(folder: Path, paths: Sequence[Path]) -> Iterator[Document]:
    """Read text files."""
    yield from _TextReader(str(folder)).read_files_shard([path.name for path in paths])


def read_pages(folder: Path, paths: Sequence[Path]) -> Iterator[Document]:
    """Read web pages, and extract their text as this project does."""
    extractor = _PageExtractor()
    for document in read_texts(folder, paths):
        document.text = extractor.extract(document.text)
        yield document


def read_lines(folder: Path, paths: Sequence[Path]) -> Iterator[Document]:
    """Read JSON Lines."""
    yield from _line_reader()(str(folder)).read_files_shard([path.name for path in paths])


def versions() -> dict[str, str]:
    """Return the version of the peer, and what it runs with."""
    parser = "orjson" if find_spec("orjson") else "json instead of orjson"
    return {"datatrove": f"{installed_version('datatrove')} ({parser})", "langdetect": installed_version("langdetect")}


def default_tokenizer() -> str | None:
    """Return the name of datatrove's own tokenizer for English; None if spaCy is not installed."""
    return "eng" if find_spec("spacy") else None


class LangdetectFilter(BaseFilter):  # type: ignore[misc]
    """Asks langdetect for the language of up to five windows, from the middle outwards, until two of them agree."""

    def __init__(self) -> None:
        super().__init__()
        self._factory = DetectorFactory()
        self._factory.load_profile(PROFILES_DIRECTORY)
        self._factory.seed = 0

    def filter(self, document: Document) -> bool:
        """Return whether the language is English or Korean."""
        text = document.text
        step = max(_WINDOW_CHARS, (len(text) - _WINDOW_CHARS) // (_MAX_WINDOWS - 1))
        windows = [text[start : start + _WINDOW_CHARS] for start in range(0, len(text), step)][:_MAX_WINDOWS]
        middle = len(windows) // 2
        votes: list[str] = []
        for index in sorted(range(len(windows)), key=lambda index: abs(index - middle)):
            detector = self._factory.create()
            detector.append(windows[index])
            try:
                votes.append(detector.detect())
            except LangDetectException:
                continue
            if votes.count(votes[-1]) == _VOTES_TO_WIN:
                break
        return bool(votes) and max(votes, key=votes.count) in ("en", "ko")


class OurLanguageFilter(BaseFilter):  # type: ignore[misc]
    """Detects the language as this project does."""

    def filter(self, document: Document) -> bool:
        """Return whether the language is English or Korean."""
        return detect_language(text=document.text, domain="manual") in ("en", "ko")


class _TextReader(BaseDiskReader):  # type: ignore[misc]
    """datatrove has no reader of text files; this one is as its readers of other formats are."""

    name = "Text"

    def read_file(self, filepath: str) -> Iterator[Document]:
        with self.data_folder.open(filepath, "r", encoding="utf-8", errors="replace") as file:
            document = self.get_document_from_dict({"text": file.read()}, filepath, 0)
            if document:
                yield document


class _PageExtractor(BaseExtractor):  # type: ignore[misc]
    """The extractor of this project. It is called in this process; datatrove's own sandbox would start another."""

    name = "Page"

    def __init__(self) -> None:
        super().__init__()

    def extract(self, text: str) -> str:
        return convert_page(text).markdown


class _PlainLineReader(BaseDiskReader):  # type: ignore[misc]
    """datatrove's `JsonlReader` with the standard library's parser."""

    name = "Lines"

    def read_file(self, filepath: str) -> Iterator[Document]:
        with self.data_folder.open(filepath, "r", encoding="utf-8") as file:
            for number, line in enumerate(file):
                document = self.get_document_from_dict(json.loads(line), filepath, number)
                if document:
                    yield document


def _line_reader() -> Any:
    if not find_spec("orjson"):
        return _PlainLineReader
    from datatrove.pipeline.readers.jsonl import JsonlReader

    return JsonlReader


def check_peer() -> None:
    """Check that datatrove's filters run with what is installed.

    Raises:
        MissingPeerError: they do not.
    """
    try:
        peer(WhitespaceTokenizer(), None).run([Document(text="The tenant pays the rent.", id="0")])
    except ImportError as error:
        raise MissingPeerError(f"The peer datatrove does not run ({error}).") from error
