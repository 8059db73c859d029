"""Recognises files that a document security product has encrypted, by the first bytes of the file.

Takes the first bytes; returns why the file is refused. Used by `documents.reading` and `readers.whole`. The products
wrap files of any format and keep the file's name, so a protected `.xlsx` or `.csv` looks damaged to every parser.
"""

from __future__ import annotations

HEAD_BYTES = 64
"""The number of bytes that are enough to recognise every product."""
_SIGNATURES = (
    (b"\x9b DRMONE", "Fasoo"),
    (b"SCDSA00", "SoftCamp Document Security"),
    (b"<## NASCA DRM FILE", "NASCA"),
    (b"<DOCUMENTSAFER", "MarkAny Document SAFER"),
)


def protection_of(head: bytes) -> str:
    """Return the refusal's text, which names the product; empty if none of the known products encrypted the file."""
    product = next((product for signature, product in _SIGNATURES if head.startswith(signature)), "")
    return f"{product} has encrypted the file (document security); save an unprotected copy." if product else ""
