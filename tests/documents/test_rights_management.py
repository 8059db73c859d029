from __future__ import annotations

from pathlib import Path

import pytest
from reader_runs import read_bytes

from pipeline.documents.readers.reader import NotRead

HEADS = {
    "Fasoo": b"\x9b DRMONE  This Document is encrypted and protected by Fasoo DRM ",
    "SoftCamp": b"SCDSA002\x00\x00\xf0\x06\x00\x00",
    "NASCA": b"<## NASCA DRM FILE - VER1.00 ##>",
    "MarkAny": b"<DOCUMENTSAFER_0>\x00",
}


@pytest.mark.parametrize("product", HEADS)
@pytest.mark.parametrize(
    "name",
    [
        "a.docx",
        "a.xlsx",
        "a.pptx",
        "a.hwp",
        "a.hwpx",
        "a.pdf",
        "a.doc",
        "a.txt",
        "a.csv",
        "a.json",
        "a.jsonl",
        "a.zip",
        "a",
    ],
)
def test_file_that_a_product_encrypted_is_refused_with_its_name(product: str, name: str, tmp_path: Path) -> None:
    (refused,) = read_bytes(tmp_path, name, HEADS[product] + bytes(range(256)) * 4)
    assert isinstance(refused, NotRead)
    assert refused.why.reason == "encrypted"
    assert refused.why.detail.startswith(f"{product} ")


def test_text_that_mentions_a_signature_is_read(tmp_path: Path) -> None:
    (found,) = read_bytes(tmp_path, "a.txt", b"Files that begin with SCDSA002 are protected by SoftCamp.")
    assert not isinstance(found, NotRead)
