"""Reads mails (RFC 5322, MIME): a short head, then the text. Attachments become records of their own.

Of alternatives, the plain text is taken, or the HTML if the plain text is only a stub. Quoted replies are kept. Damaged
MIME is read as far as possible. Cost: about 10 MB/s for plain text; HTML parts cost what a page costs.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.generator import BytesGenerator
from email.message import Message
from email.policy import compat32
from io import BytesIO

from pipeline.documents.decoding import decode
from pipeline.documents.mail_text import (
    HEAD,
    MailPart,
    decoded_header,
    decoded_part,
    file_name,
    is_stub,
    mail_text,
)
from pipeline.documents.readers.reader import Attachment, Converted, Reader, ReadOptions, RefusedFileError

_WIDE_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF32_LE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_APPLE_START = re.compile(rb"\s{0,9}(\d{1,10})[ \t]{0,9}\r?\n")
"""Apple Mail writes the mail's length in bytes before the mail, and a property list after it."""
_NOT_BASE64 = re.compile(r"[A-Za-z]+ [A-Za-z]+ [A-Za-z]+|[^\x00-\x7f]")
"""Words in a part that is declared as base64 but was left as text."""
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?")
_SIGNS = frozenset({b"received", b"message-id", b"delivered-to", b"return-path", b"to", b"in-reply-to"})
_HEADER_LINES = 200
_ENCRYPTED = ("multipart/encrypted", "application/pgp-encrypted")
_SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
_SUFFIXES = {"text/calendar": ".ics", "text/rtf": ".rtf", "text/csv": ".csv", "text/vcard": ".vcf"}


@dataclass(slots=True)
class _Content:
    """What a mail holds, in order."""

    parts: list[MailPart] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    num_chars: int = 0
    num_unreadable: float = 0.0

    def add(self, other: _Content, parts: list[MailPart]) -> None:
        self.parts += parts
        self.attachments += other.attachments
        self.num_chars += other.num_chars
        self.num_unreadable += other.num_unreadable


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    if data.startswith(_WIDE_MARKS):
        data = decode(data=data, declared="").text.encode("utf-8", "surrogatepass")
    if (counted := _APPLE_START.match(data)) is not None:
        data = data[counted.end() : counted.end() + int(counted[1])]
    message = message_from_bytes(data.lstrip(b"\r\n"), policy=compat32)
    _decode_raw_headers(message)
    if not any(message[name] for name in HEAD) and not message.is_multipart():
        raise RefusedFileError("no_text", "The file has none of the headers of a mail.")
    content = _content(message)
    if not content.parts and not content.attachments:
        raise RefusedFileError("no_text", "The mail has no text and no attachment.")
    headers = {name: ", ".join(map(decoded_header, map(str, message.get_all(name) or ()))) for name in HEAD}
    share = content.num_unreadable / max(1, content.num_chars)
    return mail_text(headers, content.parts, content.attachments, replaced_share=share)


def _decode_raw_headers(message: Message) -> None:
    """Decode headers with bytes above 127, such as subjects and file names that old mailers left in EUC-KR."""
    for part in message.walk():
        for name, value in list(part.raw_items()):
            if isinstance(value, str) and not value.isascii():
                part.replace_header(name, decode(data=value.encode("utf-8", "surrogateescape"), declared="").text)


def _content(part: Message) -> _Content:
    kind = part.get_content_type()
    if kind in _ENCRYPTED or (kind.endswith("pkcs7-mime") and "signed" not in str(part.get_param("smime-type"))):
        raise RefusedFileError("encrypted", "The mail is encrypted; save it decrypted first.")
    content = _Content()
    if kind == "message/rfc822" or (kind.startswith("message/") and _is_attached(part)):
        content.attachments += _inner_mails(part)
    elif kind == "multipart/alternative":
        found = [_content(child) for child in _children(part)]
        for inner, is_chosen in zip(found, _chosen([inner.parts for inner in found]), strict=True):
            content.add(inner, inner.parts if is_chosen else [])
    elif part.is_multipart():
        for inner in map(_content, _children(part)):
            content.add(inner, inner.parts)
    elif kind in _SIGNATURES or kind.startswith("message/"):
        pass
    elif _is_attached(part):
        content.attachments.append(_attachment(part))
    else:
        decoded = decoded_part(_bytes_of(part), str(part.get_param("charset") or ""))
        text = decoded.text if kind == "text/html" else _unflowed(decoded.text, part)
        if text.strip():
            content.parts.append(MailPart(text, is_html=kind == "text/html"))
            content.num_chars = len(text)
            content.num_unreadable = decoded.replaced_share * len(text)
    return content


def _chosen(alternatives: list[list[MailPart]]) -> list[bool]:
    """Return which alternatives are read: the first with plain text, unless an HTML one says far more."""
    plain = next((i for i, parts in enumerate(alternatives) if parts and not any(p.is_html for p in parts)), None)
    html = next((i for i, parts in enumerate(alternatives) if any(part.is_html for part in parts)), None)
    chosen = html if plain is None else plain
    if plain is not None and html is not None:
        texts = ["\n".join(part.text for part in alternatives[index]) for index in (plain, html)]
        chosen = html if is_stub(*texts) else plain
    return [index == chosen for index in range(len(alternatives))]


def _children(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    yield from (child for child in payload if isinstance(child, Message)) if isinstance(payload, list) else ()


def _is_attached(part: Message) -> bool:
    """Return whether a part is a file: by its disposition, by a kind that is not shown as text, or by its file name."""
    disposition = part.get_content_disposition()
    if disposition == "attachment" or part.get_content_maintype() not in ("text", "multipart"):
        return True  # A multipart without boundaries is text.
    return part.get_content_type() in _SUFFIXES or (disposition == "inline" and part.get_filename() is not None)


def _attachment(part: Message) -> Attachment:
    named = part.get_filename() or ""
    kind = part.get_content_type()
    suffix = _SUFFIXES.get(kind) or {"text/html": ".html", "text/plain": ".txt"}.get(kind, "")
    return Attachment(file_name(str(named), default=f"attachment{suffix}"), _bytes_of(part))


def _inner_mails(part: Message) -> Iterator[Attachment]:
    for inner in _children(part):
        stream = BytesIO()
        BytesGenerator(stream, mangle_from_=False, policy=compat32).flatten(inner)
        name = file_name(str(part.get_filename() or inner["Subject"] or ""), default="message")
        yield Attachment(name if name.lower().endswith(".eml") else f"{name}.eml", stream.getvalue())


def _bytes_of(part: Message) -> bytes:
    raw = part.get_payload()
    is_base64 = str(part["Content-Transfer-Encoding"] or "").strip().lower() == "base64"
    if is_base64 and isinstance(raw, str) and _NOT_BASE64.search(raw):
        return raw.encode("utf-8", "surrogateescape")
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _unflowed(text: str, part: Message) -> str:
    """Join the lines of a paragraph in `format=flowed` (RFC 3676), in which a soft line break follows a space."""
    if str(part.get_param("format") or "").lower() != "flowed":
        return text
    deletes_space = str(part.get_param("delsp") or "").lower() == "yes"
    lines: list[str] = []
    depth_before, is_open = 0, False
    for line in text.splitlines():
        quotes = len(line) - len(line.lstrip(">"))
        words = line[quotes:].removeprefix(" ")
        is_signature = words.rstrip() == "--"
        if is_open and quotes == depth_before and not is_signature:
            lines[-1] += words
        else:
            lines.append((">" * quotes + " " if quotes else "") + words)
        is_open = words.endswith(" ") and not is_signature
        if is_open and deletes_space:
            lines[-1] = lines[-1][:-1]
        depth_before = quotes
    return "\n".join(lines)


def header_names(head: bytes) -> set[bytes]:
    """Return the names of the headers at the start of a content, in lower case; empty if it starts otherwise."""
    names: set[bytes] = set()
    for line in head.split(b"\n", _HEADER_LINES)[:_HEADER_LINES]:
        match = _HEADER.match(line)
        if match is not None:
            names.add(match[1].lower())
        elif not line.strip() or line[:1] not in b" \t":
            return names if not line.strip() else set()
    return names


def _recognises(head: bytes) -> bool:
    names = header_names(head.lstrip(b"\r\n"))
    return b"from" in names and bool(names & _SIGNS) and bool(names & {b"date", b"mime-version", b"message-id"})


READER = Reader(
    name="eml",
    suffixes=frozenset({"eml", "emlx"}),
    convert=_convert,
    recognises=_recognises,
    is_isolated=True,
    is_plain_text=True,
)
