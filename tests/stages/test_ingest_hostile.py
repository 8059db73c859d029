"""One row never stops a build: unwritable strings, personal data in names, bombs, in a whole shard of ingest."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.names import path_digest
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport, read_shard_reports
from pipeline.io.parts import read_parts
from pipeline.records import DeadLetter, Document, Rejection, SourcePath
from pipeline.stages.ingest import IngestWork, plan_ingest
from pipeline.transforms.source_names import mask_recipe

TEXT = (
    "The tenant shall pay the rent on the first day of every month. The landlord shall keep the roof and the gutters "
    "tight, and repair them within thirty days of notice. A deposit of two months is held by the bank until the end. "
    "Either party may end the lease in writing, half a year ahead, and hands the keys back on the last working day.\n"
)
LIMIT = 20_000


def build(root: Path, *, ingest: IngestRecipe | None = None, **source: str) -> tuple[BuildFolder, list[ShardReport]]:
    sources = (InputSource(path=str(root / "in"), **source),)
    ingest = ingest or IngestRecipe()
    plan = plan_ingest(sources=sources, ingest=ingest, clean=CleanRecipe())
    folder = BuildFolder(str(root / "out"))
    work = IngestWork(sources=sources, ingest=ingest, clean=CleanRecipe(), skipped=plan.skipped, fingerprint="f")
    for shard in plan.shards:
        with ShardLedger(folder=folder, stage="ingest", shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)
    return folder, list(read_shard_reports(folder, "ingest", "f").values())


def documents(folder: BuildFolder) -> list[Document]:
    return list(read_parts(folder.documents, Document))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path


def test_ingest_lone_surrogates_and_control_characters_in_any_field_do_no_harm(root: Path) -> None:
    odd = "a\ud800\x00\x1b\x85\u202eb"
    rows: list[dict[str, object]] = [{"text": f"{index}. {TEXT}", "title": "t"} for index in range(300)]
    rows[17] |= {"license": odd}
    rows[18] |= {"title": odd}
    rows[19] |= {"text": odd + str(rows[19]["text"]), "license": "x" * 9000, "title": "y" * 9000}
    rows[20] = {"turns": [{"speaker": odd, "text": TEXT}] * 6, "topic": odd}
    (root / "in" / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    folder, (report,) = build(root)
    assert (report.num_in, report.num_kept) == (300, 300)
    kept = documents(folder)
    written = [value for document in kept for value in (document.text, document.title, document.licence)]
    assert not any(set(value) & set("\ud800\x00\x1b\x85\u202e") for value in written)
    assert kept[17].licence.startswith("a\ufffd") and kept[18].title.startswith("a\ufffd")
    assert max(len(document.licence) for document in kept) == 200


def test_ingest_a_record_that_cannot_be_written_is_dead_and_nothing_else_is_lost(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.clean import document as cleaning

    rows = [{"text": f"{index}. {TEXT}"} for index in range(40)]
    (root / "in" / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def of_the_wrong_type_once(*, text: str, **_: object) -> object:
        return 7 if text.startswith("23.") else "title"

    monkeypatch.setattr(cleaning, "find_title", of_the_wrong_type_once)
    monkeypatch.setattr(cleaning.Masker, "line", lambda self, text: text)
    folder, (report,) = build(root)
    assert (report.num_kept, report.num_dead) == (39, 1)
    (letter,) = read_parts(folder.dead, DeadLetter)
    assert letter.error.startswith("UnwritableRecordError: Document.title")
    assert len(documents(folder)) == 39


PERSONAL = ("900101-1234568", "010-1847-2936", "kim@corp.example", "4539-1488-0343-6467")


def test_ingest_personal_data_of_names_stand_in_work_sources_alone(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    names = [
        "김_900101-1234568.md",
        "010-1847-2936/상담.txt",
        "kim@corp.example.txt",
        "card_4539-1488-0343-6467.txt",
        "한빛_010-1847-2936.pdf",
        "900101-1234568.parquet",
        "900101-1234568.jsonl",
        "app_010-1847-2936/pyproject.toml",
        "app_010-1847-2936/kim@corp.example.py",
        "app_010-1847-2936/src/900101-1234568.py",
    ]
    for name in names:
        path = root / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT, encoding="utf-8")
    (root / "in" / "app_010-1847-2936" / "src" / "900101-1234568.py").write_bytes(bytes(range(256)) * 9)
    (root / "in" / "rows.jsonl").write_text(
        json.dumps({"text": TEXT, "title": "Call 010-1847-2936", "license": "kim@corp.example"})
    )
    folder, _ = build(root)
    sources = {row.source_uri: os.fsdecode(row.path) for row in read_parts(str(root / "out/work/sources"), SourcePath)}
    masked = {uri: path for uri, path in sources.items() if uri != path}
    assert {str(root / "in" / name) for name in names if not name.startswith("app_")} <= set(masked.values())
    for uri, path in masked.items():
        below = path.removeprefix(f"{root}/in/")
        assert uri.rpartition("~")[2] in (path_digest(below), path_digest(below.partition("/")[2]))
    assert any(uri.endswith(f"/김_[RRN-1].md~{path_digest('김_900101-1234568.md')}") for uri in sources)
    written = [
        str(row)
        for pile, kind in ((folder.documents, Document), (folder.rejected, Rejection), (folder.dead, DeadLetter))
        for row in read_parts(pile, kind)
    ]
    assert len(written) >= 9
    shards = [path.read_text() for path in (root / "out" / "work" / "shards").rglob("*") if path.is_file()]
    for personal in PERSONAL:
        assert not [text for text in (*written, *shards, caplog.text) if personal in text]
    kept = documents(folder)
    assert {"Call [PHONE-1]"} <= {document.title for document in kept}
    assert {"[EMAIL-1]"} <= {document.licence for document in kept}
    assert len({document.source_uri for document in kept}) == len(kept)


def test_ingest_a_shard_that_fails_names_no_personal_path(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.transforms import reading

    (root / "in" / "900101-1234568.txt").write_text(TEXT)

    def broken(*_: object, **__: object) -> object:
        raise RuntimeError(str(root / "in" / "900101-1234568.txt"))

    monkeypatch.setattr(reading, "read_segment", broken)
    with pytest.raises(Exception, match=r"\[RRN-1\]\.txt~") as caught:
        build(root)
    assert "900101" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_mask_recipe_masks_the_paths_of_inputs_alone() -> None:
    recipe = {"inputs": [{"path": "in/900101-1234568"}, {"path": "in/plain"}], "name": "010-1847-2936"}
    recipe |= {"decontamination": {"against": []}}
    masked = mask_recipe(recipe, ("rrn", "phone"))
    assert masked["inputs"] == [{"path": f"in/[RRN-1]~{path_digest('in/900101-1234568')}"}, {"path": "in/plain"}]
    assert masked["name"] == recipe["name"]


def small_bombs(folder: Path) -> None:
    good = json.dumps({"text": TEXT})
    long = json.dumps({"text": "x" * 3 * LIMIT})
    with gzip.open(folder / "line.jsonl.gz", "wb") as file:
        file.write(f"{good}\n{long}\n{good.replace('rent', 'fee')}\n".encode())
    with gzip.open(folder / "ratio.jsonl.gz", "wb") as file:
        file.write(f"{json.dumps({'text': 'word ' * 2000})}\n".encode() * 400)
    with gzip.open(folder / "whole.txt.gz", "wb") as file:
        file.write(b"a" * 50 * LIMIT)
    (folder / "array.json").write_text(f"[{good},{long},{good.replace('rent', 'toll')}]")
    (folder / "object.json").write_text(json.dumps({"text": "x" * 3 * LIMIT}))
    (folder / "cut.json").write_text(f"[{good.replace('rent', 'due')},{long},{good[:50]}")
    table = pa.table({"text": [TEXT.replace("rent", "rate"), "x" * 3 * LIMIT, TEXT.replace("rent", "cost")]})
    pq.write_table(table, folder / "row.parquet", use_dictionary=False)
    talk = pa.array(
        [[{"speaker": "a", "text": "word " * 40}] * 2 * (LIMIT // 200), [{"speaker": "a", "text": TEXT}] * 4]
    )
    pq.write_table(pa.table({"turns": talk}), folder / "list.parquet", compression="zstd")
    pages = pa.table({"text": ["x" * 9 * LIMIT, TEXT]})
    pq.write_table(pages, folder / "page.parquet", use_dictionary=False, compression="zstd")


def test_ingest_what_is_too_large_is_rejected_and_the_rest_of_its_file_read(root: Path) -> None:
    small_bombs(root / "in")
    folder, reports = build(root, ingest=IngestRecipe(max_record_bytes=LIMIT, max_inflation_ratio=60))
    kept = sorted(Path(document.source_uri).name for document in documents(folder))
    rejected = sorted(
        (Path(row.source_uri).name, row.reason, row.source_offset) for row in read_parts(folder.rejected, Rejection)
    )
    first_line = len(json.dumps({"text": TEXT})) + 1
    inflated = next(offset for name, reason, offset in rejected if reason == "inflated")
    assert [entry for entry in rejected if entry[1] not in ("repetitive", "language")] == [
        ("array.json", "too_large", 1),
        ("cut.json", "invalid_json", 2),
        ("cut.json", "too_large", 1),
        ("line.jsonl.gz", "too_large", first_line),
        ("list.parquet", "too_large", 0),
        ("object.json", "too_large", 0),
        ("page.parquet", "too_large", 0),
        ("ratio.jsonl.gz", "inflated", inflated),
        ("row.parquet", "too_large", 1),
        ("whole.txt.gz", "too_large", 0),
    ]
    assert [name for name in kept if name != "ratio.jsonl.gz"] == [
        *("array.json", "array.json", "cut.json", "line.jsonl.gz", "line.jsonl.gz", "list.parquet"),
        *("row.parquet", "row.parquet"),
    ]
    assert sum(report.num_in for report in reports) == len(kept) + len(rejected)


@pytest.mark.workers
def test_ingest_a_bomb_of_a_megabyte_takes_no_gigabyte(root: Path) -> None:
    """Read in a child with the default limits: 300 MB in a line and in a row, 2 GB in a list of one word."""
    chunk = b"a" * (1 << 20)
    with gzip.open(root / "in" / "line.jsonl.gz", "wb", compresslevel=1) as file:
        file.write(b'{"text": "')
        for _ in range(300):
            file.write(chunk)
        file.write(b'"}\n' + json.dumps({"text": TEXT}).encode())
    large = pa.array([TEXT, "z" * (300 << 20)], pa.large_string())
    pq.write_table(pa.table({"text": large}), root / "in" / "row.parquet", compression="zstd", use_dictionary=False)
    del large
    word = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), pa.array(["word " * 400]))
    turns = pa.StructArray.from_arrays([pa.array(["a"] * 1_000_000), word], ["speaker", "text"])
    talk = pa.ListArray.from_arrays(pa.array([0, 1_000_000], pa.int32()), turns)
    pq.write_table(pa.table({"turns": talk}), root / "in" / "list.parquet", compression="zstd", store_schema=False)
    (root / "in" / "tags.html").write_bytes(b"<b>" * 2_000_000)
    (root / "in" / "values.json").write_bytes(b'{"a": [' + b"{}," * 5_000_000 + b"{}]}")
    code = (
        "import sys\nfrom pathlib import Path\nsys.path[:0] = ['tests/stages']\n"
        "from test_ingest_hostile import build\n"
        "_, reports = build(Path(sys.argv[1]))\n"
        "print(sum(r.num_kept for r in reports), sum(r.num_in for r in reports))\n"
        "from peak_memory import peak_mib\nprint(peak_mib())\n"
    )
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(root)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.returncode == 0, child.stderr
    counts, peak_mib = child.stdout.split("\n")[:2]
    assert counts == "1 6"
    assert int(peak_mib) < 700
