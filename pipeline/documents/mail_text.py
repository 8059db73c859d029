"""Builds the text of a mail: a short head, and the body from a text part or an HTML part.

In: decoded headers and parts. Out: text with marks. Used by the readers of EML and MSG.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header

from pipeline.documents.decoding import Decoded, decode
from pipeline.documents.markup import convert_body
from pipeline.documents.readers.reader import Attachment, Converted
from pipeline.documents.text_builder import TextBuilder, one_line

HEAD = ("From", "To", "Cc", "Date", "Subject")
"""Headers that a mail's text begins with."""
_SEVEN_BIT = re.compile(r"iso-2022-|utf-?7$|hz", re.IGNORECASE)
_STYLE_OR_TAG = re.compile(
    r"<(style|script|head)\b.*?</\1\s{0,9}>|<[^<>]{0,2000}>|&nbsp;|\s+", re.IGNORECASE | re.DOTALL
)
_STUB_SHARE = 0.3
_LOOKED_AT_CHARS = 50_000
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f/\\]+")
_MAX_NAME_CHARS = 150


@dataclass(frozen=True, slots=True)
class MailPart:
    """A piece of a mail's body."""

    text: str
    is_html: bool


def mail_text(
    headers: Mapping[str, str], parts: Sequence[MailPart], attachments: Sequence[Attachment], *, replaced_share: float
) -> Converted:
    """Return a mail as text: the headers of `HEAD`, an empty line, and the parts in order. Its title is the subject."""
    builder = TextBuilder()
    head = {name: one_line(headers.get(name, "")) for name in HEAD}
    builder.paragraph("\n".join(f"{name}: {value}" for name, value in head.items() if value))
    for part in parts:
        if part.is_html:
            page = convert_body(part.text)
            builder.add(page.markdown, page.marks)
        else:
            builder.add(part.text.replace("\r\n", "\n").replace("\r", "\n"), ())
    return Converted(
        text=builder.text,
        title=head["Subject"],
        replaced_share=replaced_share,
        marks=builder.marks,
        attachments=_distinct(attachments),
    )


def is_stub(text: str, html: str) -> bool:
    """Return whether a text part lacks most of what the HTML part says, as in "Your program cannot show HTML"."""
    shown = len(_STYLE_OR_TAG.sub("", html[:_LOOKED_AT_CHARS]))
    return len("".join(text.split())) < _STUB_SHARE * shown


def decoded_part(data: bytes, charset: str) -> Decoded:
    """Decode a part. Korean charset names are read as code page 949, which contains the characters of all of them."""
    charset = charset.strip().lower()
    if _SEVEN_BIT.match(charset):
        try:
            return Decoded(data.decode(charset), charset, 0.0)
        except (UnicodeDecodeError, LookupError):
            charset = ""
    if charset in ("euc-kr", "ks_c_5601-1987", "ks_c_5601-1989", "ksc5601", "ks_c_5601", "ms949", "windows-949"):
        charset = "cp949"
    return decode(data=data, declared=charset)


def decoded_header(value: str) -> str:
    """Decode a header: encoded words (RFC 2047), and raw bytes that the parser kept as surrogates."""
    text = value if value.isascii() else decode(data=value.encode("utf-8", "surrogateescape"), declared="").text
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return one_line(text)
    return one_line(
        "".join(
            piece if isinstance(piece, str) else decoded_part(piece, charset or "").text for piece, charset in pieces
        )
    )


def file_name(name: str, *, default: str) -> str:
    """Return the name of an attachment with `_` for slashes and control characters; `default` if nothing is left."""
    base = _NOT_IN_NAMES.sub("_", decoded_header(name)).strip(" ._")
    return base[-_MAX_NAME_CHARS:] or default


def _distinct(attachments: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Number attachments whose names are equal: `a.pdf`, `2-a.pdf`."""
    found: dict[str, Attachment] = {}
    for attachment in attachments:
        name, number = attachment.name, 1
        while name in found:
            number += 1
            name = f"{number}-{attachment.name}"
        found[name] = Attachment(name, attachment.data)
    return tuple(found.values())
