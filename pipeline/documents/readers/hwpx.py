"""HWPX, the format of Hangul that is zipped XML (OWPML)."""

from __future__ import annotations

from pipeline.documents.readers.hangul.owpml import read_owpml
from pipeline.documents.readers.hangul.writing import convert_hangul
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions
from pipeline.documents.readers.zip_parts import zip_holds

_PARTS = ("application/hwp+zip", "Contents/content.hpf", "Contents/section")


def _convert(data: bytes, options: ReadOptions) -> Converted:
    return convert_hangul(data, options, read=read_owpml, suffix="hwpx")


def _recognises(head: bytes) -> bool:
    return zip_holds(head, *_PARTS)


READER = Reader(
    name="hwpx",
    suffixes=frozenset({"hwpx"}),
    convert=_convert,
    recognises=_recognises,
    is_isolated=True,
    modules=("unhwp", "dochan"),
    extra="hwp",
)
