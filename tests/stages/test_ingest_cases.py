"""Small folders that were once read wrongly, through the whole of ingest: what each file becomes."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from documents.readers.pdf_pages import Page, pdf
from prose import document

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_parts
from pipeline.nodes import NodeKind
from pipeline.records import Document, Rejection
from pipeline.stages.ingest import IngestWork, plan_ingest

TITLES = ["목적", "임대료", "보증금", "수선", "해지", "통지", "관할"]
CONTRACT = "창고 임대차계약서\n\n임대인 한빛물류(이하 '갑')와 임차인 이음상사(이하 '을')는 다음과 같이 계약한다.\n\n"
CONTRACT += "\n\n".join(
    f"제{number}조 ({title}) {document('ko', number, num_sentences=3)}" for number, title in enumerate(TITLES, start=1)
)
KAKAO = "한빛물류 님과 카카오톡 대화\n저장한 날짜 : 2024-03-06 09:12:44\n\n"
KAKAO += f"{'-' * 15} 2024년 3월 5일 화요일 {'-' * 15}\n"
KAKAO += "".join(
    f"[{'김하늘' if minute % 2 else '박소리'}] [오후 2:{minute}] {document('ko', minute, num_sentences=1)}\n"
    for minute in range(10, 20)
)


def build(folder: Path, contents: dict[str, str | bytes]) -> tuple[dict[str, Document], dict[str, str]]:
    """The documents and the reasons of refused files, by path."""
    inputs = folder / "in"
    for name, content in contents.items():
        path = inputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    sources = (InputSource(path=str(inputs)),)
    plan = plan_ingest(sources=sources, ingest=IngestRecipe(min_shards=1), clean=CleanRecipe())
    work = IngestWork(sources, IngestRecipe(), CleanRecipe(), plan.skipped, "f")
    out = BuildFolder(str(folder / "out"))
    for shard in plan.shards:
        with ShardLedger(folder=out, stage="ingest", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, out, ledger)

    def below(uri: str) -> str:
        return uri.removeprefix(str(inputs)).lstrip("/")

    documents = {below(row.source_uri): row for row in read_parts(out.documents, Document)}
    return documents, {below(row.source_uri): row.reason for row in read_parts(out.rejected, Rejection)}


def num_nodes(row: Document, kind: NodeKind) -> int:
    return sum(node.kind is kind for node in row.outline or ())


def test_contract_in_decomposed_hangul_is_read_like_the_composed_one(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", CONTRACT)
    assert decomposed != CONTRACT
    found, _ = build(tmp_path, {"nfc/a.txt": CONTRACT, "nfd/a.txt": decomposed})
    composed, other = found["nfc/a.txt"], found["nfd/a.txt"]
    assert (other.text, other.domain, other.language, other.title) == (
        *(composed.text, composed.domain, composed.language, composed.title),
    )
    assert composed.domain == "legal" and len(composed.sections) == len(other.sections) >= 7


def test_pages_beside_a_project_file_are_documents_of_their_own(tmp_path: Path) -> None:
    note = document("en", 4, num_sentences=12)
    found, refused = build(
        tmp_path, {"package.json": '{"name": "site"}', "docs/계약.txt": CONTRACT, "docs/note.md": note}
    )
    assert {name: row.domain for name, row in found.items()} == {"docs/계약.txt": "legal", "docs/note.md": "manual"}
    assert refused == {"package.json": "no_text"}


@pytest.mark.parametrize("line", [json.dumps({"rows": "x" * 15_000}), json.dumps(["0.25"] * 3000)])
def test_a_file_in_one_line_is_refused_and_the_code_beside_it_kept(tmp_path: Path, line: str) -> None:
    code = "".join(
        f'def parcel_{n}(size: int) -> int:\n    """Return a size."""\n    return size * {n}\n\n' for n in range(9)
    )
    found, refused = build(tmp_path, {"pyproject.toml": "[project]", "src/app.py": code, "data/big.json": line})
    assert refused == {"data/big.json": "long_lines"}
    ((name, row),) = found.items()
    assert (name, row.domain) == ("", "code")
    assert "parcel_8" in row.text and "data/big.json" not in row.text


@pytest.mark.parametrize("name", ["scan", "agreement.txt", "agreement.text"])
def test_pdf_without_its_suffix_is_no_text(tmp_path: Path, name: str) -> None:
    lines = [document("en", number, num_sentences=1)[:90] for number in range(12)]
    found, _ = build(tmp_path, {name: pdf([Page().lines(72, 80, lines)])})
    text = found[name].text
    assert lines[7][:40] in text
    assert "endobj" not in text and "%PDF" not in text


def test_chat_exports_are_dialogues_with_speakers(tmp_path: Path) -> None:
    slack = [
        {"type": "message", "user": "U1", "user_profile": {"real_name": "Dana"}, "ts": f"17096{number:05d}.1"}
        | {"text": f"The pump on line {number} shows {number} bar, please check it before the shift ends."}
        for number in range(8)
    ]
    discord = {
        "guild": {"name": "Plant"},
        "channel": {"name": "support"},
        "messages": [
            {"timestamp": f"2024-03-05T10:0{number}:00+00:00", "type": "Default", "author": {"name": "dana"}}
            | {"content": f"Ticket {number}: the printer jams after {number} labels and shows a code."}
            for number in range(8)
        ],
    }
    found, refused = build(
        tmp_path, {"kakao.txt": KAKAO, "slack/2024-03-05.json": json.dumps(slack), "discord.json": json.dumps(discord)}
    )
    assert refused == {}
    assert {name: row.domain for name, row in found.items()} == dict.fromkeys(
        ["discord.json", "kakao.txt", "slack/2024-03-05.json"], "dialogue"
    )
    assert {name: num_nodes(row, NodeKind.TURN) for name, row in found.items()} == {
        "discord.json": 8,
        "kakao.txt": 10,
        "slack/2024-03-05.json": 8,
    }
    assert "Dana: The pump" in found["slack/2024-03-05.json"].text
