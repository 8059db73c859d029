"""Data sets as inputs of the ingest stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_parts
from pipeline.records import Document
from pipeline.stages.ingest import IngestWork, plan_ingest
from pipeline.stages.shards import Shard
from pipeline.stages.source_files import SourceFile
from tests.dataset_folders import write_dataset, write_jsonl, write_parquet

NUM_ROWS = 24


def rows(first: int) -> list[dict[str, str]]:
    words = "임차인은 {n}일 안에 보일러를 수리하고 그 결과를 임대인에게 서면으로 알린다. 통지 {n}호는 우편으로 보냈다. "
    return [
        {"body": words.format(n=n) * 6, "url": f"https://site{n % 2}.example/{n}", "lang": "ko"}
        for n in range(first, first + NUM_ROWS // 2)
    ]


@pytest.fixture
def source(tmp_path: Path) -> InputSource:
    write_parquet(tmp_path / "set/train-0.parquet", rows(0), group_rows=3)
    write_jsonl(tmp_path / "other.jsonl", rows(NUM_ROWS // 2))
    write_parquet(tmp_path / "set/train-1.parquet", rows(NUM_ROWS // 2), group_rows=3)
    (tmp_path / "set/README.md").write_text("---\nlicense: mit\n---\n", encoding="utf-8")
    return InputSource(path=f"hf:{tmp_path}/set", text_field="body", language_field="lang", url_field="url")


def ingest(source: InputSource, folder: BuildFolder, order: int) -> tuple[list[Document], list[SourceFile], int]:
    """Run all shards in one order or the other; return documents and files in their order, and the number of shards."""
    recipe, clean = IngestRecipe(shard_bytes=400), CleanRecipe(quality_filters=())
    plan = plan_ingest(sources=(source,), ingest=recipe, clean=clean)
    work = IngestWork(sources=(source,), ingest=recipe, clean=clean, skipped=plan.skipped, fingerprint="f")
    shards: list[Shard] = list(plan.shards)[::order]
    for shard in shards:
        with ShardLedger(folder=folder, stage=work.stage, shard_id=shard.shard_id, fingerprint="f") as ledger:
            work.run(shard, folder, ledger)
    documents = list(read_parts(folder.documents, Document))
    return documents, list(read_parts(folder.read_files, SourceFile)), len(shards)


def test_ingest_data_set_keeps_every_row_whatever_the_order_of_shards(source: InputSource, tmp_path: Path) -> None:
    documents, files, num_shards = ingest(source, BuildFolder(str(tmp_path / "a")), 1)
    again, _, _ = ingest(source, BuildFolder(str(tmp_path / "b")), -1)
    assert num_shards >= 4
    assert documents == again
    assert len({document.doc_id for document in documents}) == NUM_ROWS
    assert {document.licence for document in documents} == {"MIT"}
    assert {document.language for document in documents} == {"ko"}
    assert documents[0].source_uri == f"{source.path}/train-0.parquet!/https://site0.example/0"
    assert sum(file.num_kept for file in files) == NUM_ROWS


def test_ingest_data_set_without_the_text_column_is_refused_when_planned(tmp_path: Path) -> None:
    path = f"hf:{write_dataset(tmp_path)}"
    with pytest.raises(InputError) as caught:
        plan_ingest(sources=(InputSource(path=path),), ingest=IngestRecipe(), clean=CleanRecipe())
    assert "has no column 'text'; its columns are body, number, title." in str(caught.value)
    assert str(caught.value).endswith("Set text_field, text_fields or turns_field to what holds the text.")


def test_ingest_stated_language_that_is_not_known_is_detected(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "set/train.jsonl", [{**row, "lang": "Klingon"} for row in rows(0)])
    own = InputSource(path=f"hf:{tmp_path}/set", text_field="body", language_field="lang")
    documents, _, _ = ingest(own, BuildFolder(str(tmp_path / "out")), 1)
    assert {document.language for document in documents} == {"ko"}
