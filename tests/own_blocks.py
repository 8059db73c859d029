"""Filters and taggers of datatrove as users write them, to be named by their dotted paths."""

from __future__ import annotations

import threading

from datatrove.data import Document
from datatrove.pipeline.filters.base_filter import BaseFilter


class KeepWithWord(BaseFilter):
    """Keeps the documents with a word; fails on one that asks for it, and changes another."""

    name = "word"

    def __init__(self, word: str, reason: str = "") -> None:
        super().__init__()
        self.word = word
        self.reason = reason
        self.lock = threading.Lock()  # like a model: it cannot be pickled

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        if "divide by zero" in doc.text:
            raise ZeroDivisionError("office@example.com")
        if "shout" in doc.text:
            doc.text = doc.text.upper()
        return True if self.word in doc.text else (False, self.reason)


class KeepOfSeveral(BaseFilter):
    """Defines only how a batch is judged, as filters that run a model do."""

    name = "several"

    def __init__(self, **limits: float) -> None:
        super().__init__(batch_size=8)
        self.limits = limits

    def filter(self, doc: Document) -> bool:
        raise NotImplementedError

    def filter_batch(self, batch: list[Document]) -> list[bool]:
        return [len(doc.text) >= self.limits["chars"] for doc in batch]


class Tag(BaseFilter):
    """Writes what it sees into the metadata, and keeps everything."""

    name = "tag"

    def filter(self, doc: Document) -> bool:
        doc.metadata["seen"] = dict(doc.metadata)
        return True


class KeepTagged(BaseFilter):
    """Drops everything that `Tag` has not tagged with what it should see."""

    name = "tagged"

    def __init__(self, **expected: str) -> None:
        super().__init__()
        self.expected = expected

    def filter(self, doc: Document) -> tuple[bool, str]:
        return doc.metadata.get("seen") == self.expected, str(doc.metadata.get("seen"))


class ShoutFilter(BaseFilter):
    """Changes every text."""

    def filter(self, doc: Document) -> bool:
        doc.text = doc.text.upper()
        return True


class NotAFilter:
    """Nothing that datatrove knows."""
