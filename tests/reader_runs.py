"""Reads one file as ingest does, for the tests of readers."""

from __future__ import annotations

from pathlib import Path

from pipeline.config.build import DocumentPart, InputSource, Joining
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers.reader import Extract, Failed, NotRead, Reading, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment

LIMITS = ReadLimits(2_000_000, 200, 60, 2**30)


def read_bytes(folder: Path, name: str, data: bytes, limits: ReadLimits = LIMITS) -> list[Reading]:
    path = folder / name
    path.write_bytes(data)
    (item,) = discover([InputSource(path=str(path), join=Joining.FILE)]).items
    settings = ReadSettings("text", "title", limits, ReadOptions(frozenset(DocumentPart)))
    return list(read_segment(Segment(item, 0, TO_THE_END, item.num_bytes), settings))


def one_extract(folder: Path, name: str, data: bytes) -> Extract:
    (reading,) = read_bytes(folder, name, data)
    assert isinstance(reading, Extract), reading
    return reading


def fates(readings: list[Reading]) -> list[tuple[str, str]]:
    """The last part of each URI, and `kept`, the reason, or the kind of the failure."""
    found = []
    for reading in readings:
        fate = "kept"
        if isinstance(reading, NotRead):
            fate = reading.why.reason
        elif isinstance(reading, Failed):
            fate = "failed"
        elif not isinstance(reading, Extract):
            fate = f"skipped {reading.reason}"
        found.append((reading.uri.rpartition("!/")[2].rpartition("/")[2], fate))
    return found


def marked(extract: Extract) -> list[tuple[str, str, str]]:
    """The kind, the value and the text of each mark, without table cells."""
    return [
        (mark.kind.value, mark.value, extract.text[mark.start : mark.end])
        for mark in extract.marks
        if mark.kind.value != "cell"
    ]
