"""Inputs of several formats, for the reader and the example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from synthesis_documents import CONTRACT_KO, LEASE


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        (folder / f"lease{number}.md").write_text(LEASE + f"\nSigned in copy {number} by office@example.com.\n")
    (folder / "계약.txt").write_text(CONTRACT_KO, encoding="utf-8")
    (folder / "page.html").write_text("<title>Rent</title><h1>Rent</h1><p>The rent is due on the first day.</p>")
    rows = [
        {"text": f"Row {number} of the lease says that the rent is due.", "url": f"https://b.example/{number}"}
        for number in range(9)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "broken.docx").write_bytes(b"PK\x03\x04 not a document")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n")
    return folder
