from __future__ import annotations

import gzip
import json
import os
import pickle
import unicodedata
from collections import Counter
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipeline
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.items import TO_THE_END
from pipeline.documents.planning import decode_segment
from pipeline.documents.skipped_names import SkippedNames
from pipeline.domains import domain_names
from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport, read_shard_reports
from pipeline.io.parts import read_parts
from pipeline.languages import language_names
from pipeline.records import DeadLetter, Document, Rejection
from pipeline.stages.ingest import IngestWork, plan_ingest

LEASE = """임대차계약서

제1조 (목적) 갑은 을에게 한빛빌딩 1층 101호를 임대하고, 을은 이를 임차한다. 목적물의 전용면적은 132.4㎡로 한다.

제2조 (보증금) 을은 보증금 30,000,000원을 2021. 3. 2.까지 가람은행 계좌 1002-447-903815로 송금한다.
갑은 계약이 끝난 날부터 14일 안에 보증금을 돌려준다.

제3조 (통지) 일상 연락은 관리소장(010-2946-7103, jiyun@hanbit.example)에게 하고, 계약의 해지는 서면으로 한다.
서면은 발송한 날부터 3일이 지난 때에 도달한 것으로 본다.
"""
MANUAL = """<html><head><title>P-40 pump</title></head><body><nav>Menu</nav><h1>P-40 pump</h1>
<p>The pump moves 40 litres of water a minute and switches itself off when the tank is empty.</p>
<h2>1. Starting</h2><p>Write to service@pumps.example before the first start. Open the inlet valve by two turns.</p>
<ol><li>Press START for three seconds.</li><li>Wait until the green lamp shows.</li></ol></body></html>"""
TURNS = [
    {"time": f"10:{minute:02d}", "speaker": speaker, "text": text}
    for minute, (speaker, text) in enumerate(
        [
            ("Beatrix", "The left earbud drops out every few minutes since Saturday."),
            ("Corin", "Did an update run that day?"),
        ]
        * 3
    )
]


def build(folder: Path, sources: list[InputSource], *, ingest: IngestRecipe, out: str = "build") -> BuildFolder:
    plan = plan_ingest(sources=sources, ingest=ingest, clean=CleanRecipe())
    work = IngestWork(
        sources=tuple(sources), ingest=ingest, clean=CleanRecipe(), skipped=plan.skipped, fingerprint="f1"
    )
    build_folder = BuildFolder(str(folder / out))
    for shard in plan.shards:
        ledger = ShardLedger(
            folder=build_folder, stage=work.stage, shard_id=shard.shard_id, fingerprint=work.fingerprint
        )
        with ledger:
            pickle.loads(pickle.dumps(work)).run(shard, build_folder, ledger)
    return build_folder


def totals(folder: BuildFolder) -> tuple[Counter[str], list[ShardReport]]:
    reports = list(read_shard_reports(folder, "ingest", "f1").values())
    counters: Counter[str] = Counter()
    for report in reports:
        counters.update(report.counters)
    return counters, reports


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with one thing of every kind."""
    root = tmp_path / "in"
    (root / "app" / "src").mkdir(parents=True)
    (root / "계약서.txt").write_bytes(("\ufeff" + LEASE).replace("\n", "\r\n").encode("utf-8"))
    (root / "pump.html").write_text(MANUAL, encoding="utf-8")
    rows = [{"title": "Earbud", "turns": TURNS}, {"nothing": 1}, {"text": "short"}]
    (root / "chats.jsonl").write_text(
        "\n".join(json.dumps(row) for row in rows) + "\n{oops a@b.example\n", encoding="utf-8"
    )
    (root / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}' * 99)[:-9])
    (root / "photo.png").write_bytes(b"\x89PNG")
    (root / "empty.txt").write_bytes(b"")
    (root / "damaged.txt").write_bytes(bytes((index * 53) % 256 for index in range(3000)))
    (root / "french.md").write_text(
        "Le locataire doit réparer la chaudière dans les trois jours suivants. " * 9, encoding="utf-8"
    )
    (root / "app" / "pyproject.toml").write_text('[project]\nname = "tariff"\nlicense = "MIT"\n')
    (root / "app" / "src" / "fare.py").write_text(
        "def fare(zone):\n\t# the night fare is fifty cents more\n\treturn 210 + 50 * zone\n" * 5
    )
    return root


def test_ingest_every_record_ends_in_one_pile_with_its_reason(mixed: Path, tmp_path: Path) -> None:
    folder = build(tmp_path, [InputSource(path=str(mixed))], ingest=IngestRecipe())
    counters, reports = totals(folder)
    documents = list(read_parts(folder.documents, Document))
    rejections = list(read_parts(folder.rejected, Rejection))
    letters = list(read_parts(folder.dead, DeadLetter))
    assert sum(report.num_in for report in reports) == len(documents) + len(rejections) + len(letters) == 12
    assert sorted((rejection.reason, Path(rejection.source_uri).name) for rejection in rejections) == [
        ("empty", "empty.txt"),
        ("invalid_json", "chats.jsonl"),
        ("language", "french.md"),
        ("no_text", "chats.jsonl"),
        ("too_short", "chats.jsonl"),
        ("undecodable", "damaged.txt"),
        ("unsupported_format", "photo.png"),
    ]
    assert [Path(letter.source_uri).name for letter in letters] == ["cut.jsonl.gz"]
    assert letters[0].error.startswith("EOFError")
    assert {Path(document.source_uri).name: document.domain for document in documents} == {
        "app": "code",
        "chats.jsonl": "dialogue",
        "pump.html": "manual",
        "계약서.txt": "legal",
    }
    assert (counters["masked/email"], counters["masked/phone"], counters["masked/account"]) == (2, 1, 1)
    assert counters["rejected/undecodable"] == 1


def test_ingest_document_carries_clean_text_outline_and_provenance(mixed: Path, tmp_path: Path) -> None:
    folder = build(tmp_path, [InputSource(path=str(mixed))], ingest=IngestRecipe())
    by_name = {Path(document.source_uri).name: document for document in read_parts(folder.documents, Document)}
    lease = by_name["계약서.txt"]
    assert lease.title == "임대차계약서"
    assert lease.language == "ko"
    assert "가람은행 계좌 [ACCOUNT-1]로 송금" in lease.text
    assert "관리소장([PHONE-1], [EMAIL-1])" in lease.text
    assert "30,000,000원을 2021. 3. 2.까지" in lease.text
    assert "\r" not in lease.text
    assert [section.title for section in lease.sections] == ["", "제1조 (목적)", "제2조 (보증금)", "제3조 (통지)"]
    pump = by_name["pump.html"]
    assert pump.title == "P-40 pump"
    assert "1. Press START for three seconds.\n2. Wait" in pump.text
    assert "Menu" not in pump.text
    tree = by_name["app"]
    assert (tree.licence, [section.title for section in tree.sections]) == ("MIT", ["pyproject.toml", "src/fare.py"])
    assert "\treturn" in tree.text
    chat = by_name["chats.jsonl"]
    assert "[10:01] Corin: Did an update run that day?" in chat.text
    assert chat.source_offset == 0


def test_ingest_moved_inputs_and_other_shard_sizes_give_the_same_documents(mixed: Path, tmp_path: Path) -> None:
    first = build(tmp_path, [InputSource(path=str(mixed))], ingest=IngestRecipe(), out="a")
    moved = mixed.rename(tmp_path / "elsewhere")
    second = build(tmp_path, [InputSource(path=str(moved))], ingest=IngestRecipe(shard_bytes=64, min_shards=1), out="b")
    ids = [
        {document.doc_id: document.text for document in read_parts(folder.documents, Document)}
        for folder in (first, second)
    ]
    assert len(ids[0]) == 4
    assert ids[0] == ids[1]


def test_ingest_recipe_settings_override_detection(mixed: Path, tmp_path: Path) -> None:
    source = InputSource(path=str(mixed / "pump.html"), domain="legal", language="ko", licence="CC-BY-4.0")
    (document,) = read_parts(build(tmp_path, [source], ingest=IngestRecipe()).documents, Document)
    assert (document.domain, document.language, document.licence) == ("legal", "ko", "CC-BY-4.0")


def test_ingest_no_personal_data_in_rejections_and_dead_letters(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    secret = "moira.kelbrook@brannock.example or 010-1847-2936"
    (root / "short.txt").write_text(f"Write to {secret}.", encoding="utf-8")
    (root / "edge.md").write_text(
        "x" * 176 + f" {secret} " + "Bonjour, le locataire doit payer le loyer. " * 30, encoding="utf-8"
    )
    (root / "line.jsonl").write_text('{"text": "' + secret, encoding="utf-8")
    (root / "010-1847-2936.parquet").write_bytes(b"not parquet")
    folder = build(tmp_path, [InputSource(path=str(root))], ingest=IngestRecipe())
    rejections = list(read_parts(folder.rejected, Rejection))
    letters = list(read_parts(folder.dead, DeadLetter))
    assert (len(rejections), len(letters)) == (3, 1)
    written = " ".join(f"{r.detail} {r.excerpt}" for r in rejections) + " ".join(
        f"{d.error} {d.traceback}" for d in letters
    )
    for piece in ("moira", "kelbrook@", "1847-2936", "1847"):
        assert piece not in written
    assert "[EMAIL-1]" in written


def test_ingest_remote_input_and_output_are_read_and_written() -> None:
    with fsspec.open("memory://ingest/in/lease.txt", "wb") as file:
        file.write(LEASE.encode())
    sources = [InputSource(path="memory://ingest/in")]
    work = IngestWork(
        sources=tuple(sources), ingest=IngestRecipe(), clean=CleanRecipe(), skipped=SkippedNames(), fingerprint="f1"
    )
    folder = BuildFolder("memory://ingest/out")
    (shard,) = plan_ingest(sources=sources, ingest=work.ingest, clean=work.clean).shards
    with ShardLedger(folder=folder, stage=work.stage, shard_id=shard.shard_id, fingerprint="f1") as ledger:
        work.run(shard, folder, ledger)
    (document,) = read_parts(folder.documents, Document)
    assert document.source_uri == "memory://ingest/in/lease.txt"


def test_ingest_bundled_documents_are_kept_and_their_planted_defects_found(tmp_path: Path) -> None:
    planted = Path(pipeline.__file__).parent / "bundled" / "planted"
    defects = json.loads((planted / "defects.json").read_text(encoding="utf-8"))
    folder = build(tmp_path, [InputSource(path="bundled:")], ingest=IngestRecipe())
    documents = list(read_parts(folder.documents, Document))
    dropped = {rejection.source_uri: rejection.reason for rejection in read_parts(folder.rejected, Rejection)}
    dropped |= {letter.source_uri: letter.error.split(":")[0] for letter in read_parts(folder.dead, DeadLetter)}
    assert dropped == {
        "bundled:legal/en/damaged_annex.txt": "undecodable",
        "bundled:dialogue/en/truncated_export.jsonl.gz": "EOFError",
        "bundled:manual/en/empty_appendix.txt": "empty",
    }
    assert {uri.removeprefix("bundled:") for uri in dropped} == {*defects["broken"], *defects["empty"]}
    texts = {document.source_uri.removeprefix("bundled:"): document.text for document in documents}
    assert len(defects["exact_duplicates"]) >= 2
    assert all(texts[left] == texts[right] for left, right in defects["exact_duplicates"])
    assert all(texts[left] != texts[right] for left, right in defects["near_duplicates"])
    assert all(
        part["title"] in texts[part["source"]] and part["title"] in texts[part["copy"]]
        for part in defects["duplicated_sections"]
    )
    folders = {(document.domain, document.language): 0 for document in documents}
    assert folders.keys() == {(domain, language) for domain in domain_names() for language in language_names()}
    long = [document for document in documents if len(document.text) > 5000]
    assert len(long) >= 12
    assert all(document.source_uri.startswith(f"bundled:{document.domain}/{document.language}/") for document in long)
    assert all(document.source_uri.split("/")[1] == document.language for document in documents)
    values = [
        entry["value"]
        for path in planted.glob("*.json")
        if path.name != "defects.json"
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]
    assert len(values) >= 20
    assert [value for value in values for document in documents if value in document.text + document.title] == []


def test_plan_ingest_shards_missing_input_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        plan_ingest(sources=[InputSource(path=str(tmp_path / "none"))], ingest=IngestRecipe(), clean=CleanRecipe())


def test_ingest_limit_reads_that_many_documents_in_order_of_the_inputs(mixed: Path, tmp_path: Path) -> None:
    sources = [InputSource(path=str(mixed))]
    whole = build(tmp_path, sources, ingest=IngestRecipe(), out="whole")
    limited = build(tmp_path, sources, ingest=IngestRecipe(max_documents=3), out="limited")
    reports = list(read_shard_reports(limited, "ingest", "f1").values())
    assert [report.num_in for report in reports] == [3]
    some = {document.doc_id for document in read_parts(limited.documents, Document)}
    assert some < {document.doc_id for document in read_parts(whole.documents, Document)}


def test_plan_ingest_with_a_limit_is_one_shard_of_all_inputs_whatever_their_size(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    for number in range(5):
        row = json.dumps({"text": f"{number} {LEASE}"})
        (root / f"{number}.jsonl").write_text(f"{row}\n" * (1 + 2**20 // len(row)), encoding="utf-8")
    for limit, num_read in ((4, 4), (1000, 5)):
        plan = plan_ingest(
            sources=[InputSource(path=str(root))], ingest=IngestRecipe(max_documents=limit), clean=CleanRecipe()
        )
        (shard,) = plan.shards
        segments = [decode_segment(text) for text in shard.inputs]
        assert [segment.item.key[-7:] for segment in segments] == [f"{number}.jsonl" for number in range(num_read)]
        assert {(segment.start, segment.end) for segment in segments} == {(0, TO_THE_END)}


def test_plan_ingest_shards_changes_when_a_file_changes_but_not_its_size(mixed: Path) -> None:
    sources = [InputSource(path=str(mixed))]
    before = plan_ingest(sources=sources, ingest=IngestRecipe(), clean=CleanRecipe())
    assert plan_ingest(sources=sources, ingest=IngestRecipe(), clean=CleanRecipe()) == before
    file = next(path for path in sorted(mixed.rglob("*")) if path.is_file() and path.stat().st_size)
    os.utime(file, (1, 1))
    assert plan_ingest(sources=sources, ingest=IngestRecipe(), clean=CleanRecipe()) != before


def test_ingest_personal_data_in_a_declared_title_is_masked(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    row = {"title": "Call Moira (moira.kelbrook@brannock.example, 010-1847-2936)", "text": LEASE}
    (root / "rows.jsonl").write_text(json.dumps(row), encoding="utf-8")
    folder = build(tmp_path, [InputSource(path=str(root))], ingest=IngestRecipe())
    (document,) = read_parts(folder.documents, Document)
    assert document.title == "Call Moira ([EMAIL-2], [PHONE-2])"


def test_ingest_takes_exactly_as_many_documents_as_the_limit(mixed: Path, tmp_path: Path) -> None:
    for limit in (1, 2):
        folder = build(
            tmp_path, [InputSource(path=str(mixed))], ingest=IngestRecipe(max_documents=limit), out=f"build-{limit}"
        )
        _, reports = totals(folder)
        assert sum(report.num_in for report in reports) == limit


def test_ingest_counts_each_domain_language_and_mask(mixed: Path, tmp_path: Path) -> None:
    counters, _ = totals(build(tmp_path, [InputSource(path=str(mixed))], ingest=IngestRecipe()))
    assert {name: number for name, number in counters.items() if name.split("/")[0] in ("domain", "language")} == {
        "domain/code": 1,
        "domain/dialogue": 1,
        "domain/legal": 1,
        "domain/manual": 1,
        "language/en": 3,
        "language/ko": 1,
    }
    assert {name for name in counters if name.startswith("masked/")} == {
        "masked/account",
        "masked/email",
        "masked/phone",
    }


def test_ingest_licence_of_the_recipe_comes_before_that_of_the_source(mixed: Path, tmp_path: Path) -> None:
    licences = {}
    for licence in ("unknown", "CC-BY-4.0"):
        source = InputSource(path=str(mixed), licence=licence)
        folder = build(tmp_path, [source], ingest=IngestRecipe(), out=licence)
        licences[licence] = {Path(d.source_uri).name: d.licence for d in read_parts(folder.documents, Document)}
    assert licences["unknown"] == {
        "app": "MIT",
        "chats.jsonl": "unknown",
        "pump.html": "unknown",
        "계약서.txt": "unknown",
    }
    assert set(licences["CC-BY-4.0"].values()) == {"CC-BY-4.0"}


def test_ingest_marks_and_decomposed_letters_of_a_chat_hide_no_turn(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    chat = "".join(
        f"\u200e[05/03/2024, 10:0{minute}:11\u202fAM] {name}: the kiln of batch {minute} is at 900 degrees now\r\n"
        for minute in range(6)
        for name in ("Mara Lind", "Jo Park")
    )
    (root / "chat.txt").write_text(chat, encoding="utf-8")
    (root / "계약서.txt").write_text(unicodedata.normalize("NFD", LEASE), encoding="utf-8")
    (root / "script.txt").write_text("S#1. 가마실 / 밤\n" + "지훈\t왔어?\n수아\t기다려야 해.\n" * 30, encoding="utf-8")
    folder = build(tmp_path, [InputSource(path=str(root))], ingest=IngestRecipe())
    found = {document.source_uri.rsplit("/", 1)[-1]: document for document in read_parts(folder.documents, Document)}
    assert {name: document.domain for name, document in found.items()} == {
        "chat.txt": "dialogue",
        "계약서.txt": "legal",
        "script.txt": "dialogue",
    }
    assert "지훈\t왔어?" in found["script.txt"].text


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.parquet"])
def test_equal_records_of_one_file_are_documents_of_their_own(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    rows = [{"text": LEASE}, {"text": LEASE.replace("132.4", "140.1")}, {"text": LEASE}, {"text": LEASE}]
    path = tmp_path / "in" / name
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif name.endswith(".json"):
        path.write_text(json.dumps(rows), encoding="utf-8")
    else:
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    folder = build(tmp_path, [InputSource(path=str(path.parent))], ingest=IngestRecipe())
    documents = list(read_parts(folder.documents, Document))
    assert len(documents) == len({document.doc_id for document in documents}) == 4
    assert len({document.source_offset for document in documents}) == 4
    again = build(tmp_path, [InputSource(path=str(path.parent))], ingest=IngestRecipe(), out="again")
    assert [one.doc_id for one in read_parts(again.documents, Document)] == [one.doc_id for one in documents]


def test_equal_files_of_two_names_are_documents_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "in" / "copies").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "copies/a.txt"):
        (tmp_path / "in" / name).write_text(LEASE, encoding="utf-8")
    folder = build(tmp_path, [InputSource(path=str(tmp_path / "in"))], ingest=IngestRecipe())
    assert len({document.doc_id for document in read_parts(folder.documents, Document)}) == 3


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.parquet"])
def test_ingest_equal_records_of_one_file_are_documents_of_their_own(tmp_path: Path, name: str) -> None:
    row = {"text": LEASE}
    if name.endswith("parquet"):
        pq.write_table(pa.Table.from_pylist([row, row]), tmp_path / name)
    else:
        (tmp_path / name).write_text(f"{json.dumps(row)}\n" * 2, encoding="utf-8")
    folder = build(tmp_path, [InputSource(path=str(tmp_path / name))], ingest=IngestRecipe())
    first, second = read_parts(folder.documents, Document)
    assert first.text == second.text
    assert first.sha256 == second.sha256
    assert first.doc_id != second.doc_id
    assert (first.source_offset, second.source_offset) == (
        0,
        1 if name.endswith("parquet") else len(json.dumps(row)) + 1,
    )
