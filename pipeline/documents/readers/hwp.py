"""HWP, the binary format of Hangul from version 5 on. Files of older versions are refused."""

from __future__ import annotations

from pipeline.documents.readers.hangul.compound import SIGNATURE
from pipeline.documents.readers.hangul.records import read_records
from pipeline.documents.readers.hangul.writing import convert_hangul
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, RefusedFileError
from pipeline.documents.readers.zip_parts import has_ole_stream

_OLD_SIGNATURE = SIGNATURE + b" V"


def _convert(data: bytes, options: ReadOptions) -> Converted:
    if data.startswith(_OLD_SIGNATURE):
        raise RefusedFileError("legacy_format", "The file has the format of Hangul 3; save it as HWPX with Hangul.")
    return convert_hangul(data, options, read=read_records, suffix="hwp")


def _recognises(head: bytes) -> bool:
    return head.startswith(SIGNATURE) or (has_ole_stream(head, "FileHeader") and has_ole_stream(head, "BodyText"))


READER = Reader(
    name="hwp",
    suffixes=frozenset({"hwp", "hwt"}),
    convert=_convert,
    recognises=_recognises,
    is_isolated=True,
    modules=("olefile", "unhwp", "dochan"),
    extra="hwp",
)
