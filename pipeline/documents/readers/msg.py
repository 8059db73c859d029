"""Reads Outlook mails (MSG, [MS-OXMSG]): the same text as for an EML file. Attachments become records of their own.

A mail is a compound file with one stream for each property. Texts are UTF-16, or in the code page that the mail names.
A body in RTF is read if the mail has neither a text nor an HTML body.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import HeaderParser
from email.utils import format_datetime
from io import BytesIO
from typing import Any

from pipeline.documents.mail_text import HEAD, MailPart, decoded_header, decoded_part, file_name, is_stub, mail_text
from pipeline.documents.readers.reader import Attachment, Converted, Reader, ReadOptions, RefusedFileError
from pipeline.documents.readers.rich_text.reading import read_rtf
from pipeline.documents.rtf_compression import decompress_rtf

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NAMES_OF_PROPERTIES = "__nameid_version1.0".encode("utf-16-le")
_SUBJECT, _SENT, _DELIVERED, _HEADERS = 0x0037, 0x0039, 0x0E06, 0x007D
_SENDER_NAME, _SENDER_ADDRESS, _SENDER_SMTP, _REPRESENTED = 0x0C1A, 0x0C1F, 0x5D01, 0x0042
_TO, _CC = 0x0E04, 0x0E03
_BODY, _RTF, _HTML, _CODE_PAGE, _INTERNET_CODE_PAGE, _CLASS = 0x1000, 0x1009, 0x1013, 0x3FFD, 0x3FDE, 0x001A
_DATA, _SHORT_NAME, _LONG_NAME, _SHOWN_NAME = 0x3701, 0x3704, 0x3707, 0x3001
_UNICODE, _STRING8, _BINARY = 0x001F, 0x001E, 0x0102
_ENTRY = struct.Struct("<HHI8s")
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_MAX_DEPTH = 5
_MAX_RTF_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class _Storage:
    """A mail or an attachment inside a compound file."""

    ole: Any  # Any: olefile has no types
    path: tuple[str, ...]
    fixed: Mapping[int, bytes]
    """Values of properties of fixed size, by property number."""
    charset: str

    def binary(self, number: int, kind: int = _BINARY) -> bytes:
        name = [*self.path, f"__substg1.0_{number:04X}{kind:04X}"]
        if self.ole.exists(name) and self.ole.get_type(name) == _STREAM:
            return bytes(self.ole.openstream(name).read())
        return b""

    def text(self, number: int) -> str:
        wide = self.binary(number, _UNICODE).decode("utf-16-le", "replace")
        return (wide or decoded_part(self.binary(number, _STRING8), self.charset).text).rstrip("\0")

    def time(self, number: int) -> str:
        ticks = int.from_bytes(self.fixed.get(number, b""), "little")
        try:
            return format_datetime(_EPOCH + timedelta(microseconds=ticks // 10)) if ticks else ""
        except OverflowError:
            return ""


_STREAM = 2
"""Number of a stream among the entry types of a compound file."""


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    import olefile

    with olefile.OleFileIO(BytesIO(data)) as ole:
        return _mail(_storage(ole, (), header_bytes=32, charset=""), depth=0)


def _storage(ole: Any, path: tuple[str, ...], *, header_bytes: int, charset: str) -> _Storage:  # Any: see `_Storage`
    name = [*path, "__properties_version1.0"]
    entries = ole.openstream(name).read()[header_bytes:] if ole.exists(name) else b""
    whole = entries[: len(entries) // _ENTRY.size * _ENTRY.size]
    fixed = {number: value for _, number, _, value in _ENTRY.iter_unpack(whole)}
    page = int.from_bytes(fixed.get(_CODE_PAGE, b"")[:4], "little")
    return _Storage(ole, path, fixed, _charset(page) if page else charset)


def _charset(code_page: int) -> str:
    return {65001: "utf-8", 949: "cp949", 51949: "cp949", 20127: "ascii"}.get(code_page, f"cp{code_page}")


def _mail(storage: _Storage, *, depth: int) -> Converted:
    if "SMIME" in (kind := storage.text(_CLASS).upper()) and "MULTIPARTSIGNED" not in kind:
        raise RefusedFileError("encrypted", "The mail is encrypted; save it decrypted first.")
    body, html = storage.text(_BODY), _html(storage)
    parts = [MailPart(html, is_html=True)] if html.strip() and is_stub(body, html) else [MailPart(body, is_html=False)]
    if not parts[0].text.strip() and (rich := _rich_text(storage)):
        parts = [MailPart(rich, is_html=False)]
    attachments = list(_attachments(storage, depth))
    if not parts[0].text.strip() and not attachments:
        raise RefusedFileError("no_text", "The mail has no body.")
    return mail_text(_headers(storage), parts, attachments, replaced_share=0.0)


def _html(storage: _Storage) -> str:
    page = int.from_bytes(storage.fixed.get(_INTERNET_CODE_PAGE, b"")[:4], "little")
    raw = storage.binary(_HTML)
    return decoded_part(raw, _charset(page) if page else storage.charset).text if raw else storage.text(_HTML)


def _rich_text(storage: _Storage) -> str:
    """Return the text of the RTF body; empty if there is none, or if it is damaged or holds no text."""
    try:
        return read_rtf(decompress_rtf(storage.binary(_RTF), max_bytes=_MAX_RTF_BYTES), ReadOptions()).text
    except (ValueError, RefusedFileError):
        return ""


def _headers(storage: _Storage) -> dict[str, str]:
    """Return the headers as they were sent. The subject, and headers that are missing, come from the properties."""
    sent = HeaderParser().parsestr(storage.text(_HEADERS))
    address = storage.text(_SENDER_SMTP) or storage.text(_SENDER_ADDRESS)
    name = storage.text(_SENDER_NAME) or storage.text(_REPRESENTED)
    sender = f"{name} <{address}>" if name and "@" in address and address != name else name or address
    stored = {
        "From": sender,
        "To": storage.text(_TO),
        "Cc": storage.text(_CC),
        "Date": storage.time(_SENT) or storage.time(_DELIVERED),
        "Subject": storage.text(_SUBJECT),
    }
    found = {key: decoded_header(str(sent[key])) if sent[key] else stored[key] for key in HEAD}
    return found | {"Subject": stored["Subject"] or found["Subject"]}


def _attachments(storage: _Storage, depth: int) -> Iterator[Attachment]:
    level = len(storage.path)
    below = [
        entry[level]
        for entry in storage.ole.listdir(streams=True, storages=True)
        if len(entry) > level and tuple(entry[:level]) == storage.path
    ]
    for name in dict.fromkeys(name for name in below if name.startswith("__attach_version1.0_")):
        attached = _storage(storage.ole, (*storage.path, name), header_bytes=8, charset=storage.charset)
        title = next((text for key in (_LONG_NAME, _SHORT_NAME, _SHOWN_NAME) if (text := attached.text(key))), "")
        mail = (*attached.path, f"__substg1.0_{_DATA:04X}000D")
        if data := attached.binary(_DATA):
            yield Attachment(file_name(title, default="attachment"), data)
        elif storage.ole.exists([*mail, "__properties_version1.0"]) and depth < _MAX_DEPTH:
            yield from _inner_mail(_storage(storage.ole, mail, header_bytes=24, charset=storage.charset), title, depth)


def _inner_mail(storage: _Storage, title: str, depth: int) -> Iterator[Attachment]:
    """Yield an attached mail as a text file, followed by its own attachments."""
    found = _mail(storage, depth=depth + 1)
    name = file_name(title, default="message")
    yield Attachment(f"{name}.txt", found.text.encode("utf-8", "replace"))
    yield from (Attachment(f"{name}/{attachment.name}", attachment.data) for attachment in found.attachments)


def _recognises(head: bytes) -> bool:
    return head.startswith(_MAGIC) and _NAMES_OF_PROPERTIES in head


READER = Reader(
    name="msg",
    suffixes=frozenset({"msg"}),
    convert=_convert,
    recognises=_recognises,
    is_isolated=True,
    modules=("olefile",),
    extra="office",
)
