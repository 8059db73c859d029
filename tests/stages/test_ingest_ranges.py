"""A large file of JSON lines: cut into ranges of bytes, stopped in the middle, and resumed inside of the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.documents.planning import decode_segment
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_parts
from pipeline.records import Document
from pipeline.stages.ingest import IngestWork, plan_ingest
from pipeline.stages.shards import Shard, unfinished
from pipeline.stages.source_files import SourceFile

NUM_ROWS = 90


class StoppedLedger(ShardLedger):
    """A ledger of a run that is stopped when its shard has kept a document."""

    def keep(self, number: int) -> None:
        super().keep(number)
        raise KeyboardInterrupt


def planned(path: Path) -> tuple[IngestWork, list[Shard]]:
    sources = (InputSource(path=str(path), domain="dialogue"),)
    ingest, clean = IngestRecipe(shard_bytes=4000), CleanRecipe()
    plan = plan_ingest(sources=sources, ingest=ingest, clean=clean)
    work = IngestWork(sources=sources, ingest=ingest, clean=clean, skipped=plan.skipped, fingerprint="f1")
    return work, list(plan.shards)


def run(work: IngestWork, shard: Shard, folder: BuildFolder, ledger_type: type[ShardLedger] = ShardLedger) -> None:
    with ledger_type(folder=folder, stage=work.stage, shard_id=shard.shard_id, fingerprint="f1") as ledger:
        work.run(shard, folder, ledger)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "notices.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(NUM_ROWS):
            words = f"제{number}호 통지: 임차인은 {number}일 안에 보일러를 수리한다. Notice {number} was sent by post. "
            file.write(json.dumps({"text": words * (4 + number % 5)}, ensure_ascii=bool(number % 2)) + "\n")
    return path


def test_ingest_stopped_in_a_large_file_resumes_inside_of_it(large: Path, tmp_path: Path) -> None:
    work, shards = planned(large)
    segments = [decode_segment(text) for shard in shards for text in shard.inputs]
    assert len(shards) >= 5
    assert {segment.item.path for segment in segments} == {str(large)}
    assert [segment.start for segment in segments[1:]] == [segment.end for segment in segments[:-1]]

    whole, stopped = BuildFolder(str(tmp_path / "whole")), BuildFolder(str(tmp_path / "stopped"))
    for shard in shards:
        run(work, shard, whole)
    for shard in shards[:2]:
        run(work, shard, stopped)
    with pytest.raises(KeyboardInterrupt):
        run(work, shards[2], stopped, StoppedLedger)

    left = unfinished(shards, work=work, folder=stopped)
    assert left == shards[2:]
    for shard in left:
        run(work, shard, stopped)
    documents = list(read_parts(whole.documents, Document))
    assert len({document.doc_id for document in documents}) == NUM_ROWS
    assert list(read_parts(stopped.documents, Document)) == documents
    files = [sorted(map(str, read_parts(folder.read_files, SourceFile))) for folder in (whole, stopped)]
    assert files[0] == files[1]
    assert files[0]
