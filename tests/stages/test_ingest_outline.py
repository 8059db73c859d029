"""What ingest says of a document's structure stands at the document's words, after composing, stripping and masking."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_parts
from pipeline.nodes import ROOT, NodeKind
from pipeline.records import Document, Page
from pipeline.stages.ingest import IngestWork, plan_ingest

KOREAN = """<html><head><title>설명서</title></head><body>
<h1>펌프 P-40&nbsp;설명서</h1><p>담당자 kim@garam.example 에게&#8203; 문의합니다. 전화는 010-1234-5678입니다.</p>
<span role="doc-pagebreak" aria-label="12"></span>
<h2>운전 준비</h2><p>밸브를 엽니다. 압력이 3 bar가 될 때까지 기다립니다.</p>
<pre># 머리글이 아님</pre>
<h2>담당 lee@garam.example</h2><p>점검은 매월 첫째 월요일에 합니다. 기록은 사무실에 보관합니다.</p></body></html>"""
ENGLISH = (
    "# Pump P-40\r\n\r\nCall\u00a0+44 20 7946 0958 before you open the valve. The pump stands in the cellar.\r\n\r\n"
    "```\r\n# no heading\r\n```\r\n\r\nStarting\r\n--------\r\n\r\nPress the green button and wait a moment.\r\n"
)
CHAT = "".join(
    f"{name}: {words}\n"
    for name, words in [
        ("Ann Lee", "Please write to bob@roe.example about the roof."),
        ("Bob Roe", "I did that on Monday and had no answer at all."),
        ("Ann Lee", "Then call them, the number is on the invoice."),
        ("Bob Roe", "I will do that before the end of the week."),
    ]
    * 2
)


def ingest(tmp_path: Path, name: str, data: bytes) -> Document:
    source = tmp_path / name
    source.write_bytes(data)
    folder = BuildFolder(str(tmp_path / "out"))
    sources = (InputSource(path=str(source)),)
    recipe, clean = IngestRecipe(), CleanRecipe(min_chars=20)
    plan = plan_ingest(sources=sources, ingest=recipe, clean=clean)
    work = IngestWork(sources=sources, ingest=recipe, clean=clean, skipped=plan.skipped, fingerprint="f")
    for shard in plan.shards:
        with ShardLedger(folder=folder, stage="ingest", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)
    (document,) = read_parts(folder.documents, Document)
    return document


def headings(document: Document) -> list[tuple[int, str, str]]:
    """Level, title, and the line at the heading's place."""
    return [
        (node.level, node.value, document.text[node.start : node.body])
        for node in document.outline or ()
        if node.kind is NodeKind.HEADING
    ]


def test_ingest_page_in_decomposed_hangul_has_its_headings_at_their_words(tmp_path: Path) -> None:
    document = ingest(tmp_path, "설명서.html", unicodedata.normalize("NFD", KOREAN).encode())
    assert headings(document) == [
        (1, "펌프 P-40 설명서", "# 펌프 P-40 설명서"),
        (2, "운전 준비", "## 운전 준비"),
        (2, "담당 [EMAIL-2]", "## 담당 [EMAIL-2]"),
    ]
    assert [section.title for section in document.sections] == ["펌프 P-40 설명서", "운전 준비", "담당 [EMAIL-2]"]
    (page,) = document.pages
    assert page == Page(page.start, "12")
    assert document.text[page.start :].split()[:3] == ["##", "운전", "준비"]
    assert "@" not in document.text + "".join(node.value + node.label for node in document.outline or ())


def test_ingest_markdown_with_windows_line_ends_has_its_headings_at_their_words(tmp_path: Path) -> None:
    document = ingest(tmp_path, "pump.md", ENGLISH.encode())
    assert "[PHONE-1]" in document.text
    assert headings(document) == [(1, "Pump P-40", "# Pump P-40"), (2, "Starting", "Starting\n--------")]


def test_ingest_dialogue_has_its_turns_at_their_masked_words(tmp_path: Path) -> None:
    document = ingest(tmp_path, "meeting.txt", CHAT.encode())
    turns = [node for node in document.outline or () if node.kind is NodeKind.TURN]
    assert [turn.label for turn in turns] == ["Ann Lee", "Bob Roe"] * 4
    first = turns[0]
    assert document.text[first.body : first.end] == "Please write to [EMAIL-1] about the roof."
    assert all(turn.parent == ROOT for turn in turns)
    assert document.title == "meeting"
