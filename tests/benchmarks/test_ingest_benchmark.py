from __future__ import annotations

import json
from pathlib import Path

import pytest
from datatrove.data import Document

from benchmarks._ingest_documents import write_corpora, write_small_files
from benchmarks._ingest_peer import OurLanguageFilter, peer, read_lines, read_pages, read_texts
from pipeline.datatrove_blocks.words import WhitespaceTokenizer

TEXT = "The tenant pays the rent to office@mill.example on the first day of each month, and keeps the shed dry. "


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    (folder / "legal").mkdir(parents=True)
    (folder / "legal" / "lease.txt").write_text(TEXT * 9, encoding="utf-8")
    (folder / "guide.md").write_text("# Guide\n\n" + TEXT * 7, encoding="utf-8")
    (folder / "old.txt").write_bytes(b"caf\xe9 " * 200)
    rows = [{"text": TEXT * 8}, {"text": "short"}, {"turns": []}]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n{broken\n", encoding="utf-8")
    (folder / "page.html").write_text(f"<html><body><main><h1>Rent</h1><p>{TEXT * 6}</p></main></body></html>")
    return folder


def test_write_corpora_have_the_same_texts_as_files_and_lines(data: Path, tmp_path: Path) -> None:
    text, jsonl, html = write_corpora(data, tmp_path / "out", max_bytes=100_000)
    texts = [path.read_text(encoding="utf-8") for path in text.paths]
    assert sorted(map(len, texts)) == sorted([len(TEXT) * 9, len(TEXT) * 8, len(TEXT) * 7 + 9])
    assert [json.loads(line)["text"] for line in jsonl.paths[0].read_text(encoding="utf-8").splitlines()] == texts
    assert (text.num_documents, jsonl.num_documents, html.num_documents) == (3, 3, 1)
    assert text.num_bytes == sum(len(each.encode()) for each in texts)


def test_write_corpora_of_a_folder_without_text_says_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(FileNotFoundError, match=r"\.txt, \.md, \.rst or \.jsonl"):
        write_corpora(tmp_path / "data", tmp_path / "out", max_bytes=1000)


def test_peer_reads_each_format_and_applies_every_step(data: Path, tmp_path: Path) -> None:
    seen: list[Document] = []
    for corpus, read in zip(
        write_corpora(data, tmp_path / "out", max_bytes=100_000), (read_texts, read_lines, read_pages), strict=True
    ):
        documents = list(read(corpus.folder, corpus.paths))
        assert len(documents) == corpus.num_documents
        peer(WhitespaceTokenizer(), OurLanguageFilter()).run(documents)
        seen += documents
    assert all("The tenant pays the rent" in document.text for document in seen)
    assert not any("office@mill.example" in document.text for document in seen)
    assert not any("<p>" in document.text for document in seen)


def test_write_small_files_are_of_one_kilobyte(data: Path, tmp_path: Path) -> None:
    write_small_files([data / "guide.md"], tmp_path / "small", count=5)
    paths = sorted((tmp_path / "small").rglob("*.txt"))
    assert len(paths) == 5
    assert all(500 <= path.stat().st_size <= 1024 for path in paths)
