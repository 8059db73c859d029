from pathlib import Path

import apache_beam as beam
import pytest
from prose import document

from pipeline.config.build import DedupRecipe, PackRecipe
from pipeline.errors import InputError
from pipeline.identity import content_id, sha256_hex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitLedger, UnitReport, read_unit_reports
from pipeline.io.parts import read_parts, write_part
from pipeline.io.tokenizer import count_tokens
from pipeline.records import Context, Document, Rejection
from pipeline.stages.dedup import DropDuplicates, plan_document_units
from pipeline.stages.pack import PackWork, plan_pack_units
from pipeline.stages.runner import pipeline_options

RECIPE = PackRecipe(buckets=(1024, 2048), room_tokens=256, min_tokens=128)


def record(name: str, *, num_sentences: int, language: str = "en") -> Document:
    text = document(language, len(name) + num_sentences, num_sentences=num_sentences)
    return Document(
        doc_id=content_id(name),
        text=text,
        domain="legal",
        language=language,
        title=name,
        licence="CC0-1.0",
        source_uri=f"/data/{name}.txt",
        source_offset=0,
        sha256=sha256_hex(text.encode()),
        sections=(),
    )


SHORT = record("short", num_sentences=2)
SMALL = record("small", num_sentences=20)
COPY = Document(
    content_id("copy"), SMALL.text + "\n", "legal", "en", "copy", "CC0-1.0", "/data/copy.txt", 0, SMALL.sha256, ()
)
LARGE = record("large", num_sentences=70)
LONG = record("long", num_sentences=300)
KOREAN = record("korean", num_sentences=60, language="ko")


def pack(folder: BuildFolder, recipe: PackRecipe = RECIPE) -> dict[str, UnitReport]:
    work = PackWork(recipe=recipe, fingerprint=f"{folder.root}{recipe}")
    for unit in plan_pack_units(folder):
        with UnitLedger(folder=folder, stage=work.stage, unit_id=unit.unit_id, fingerprint=work.fingerprint) as ledger:
            work.run(unit, folder, ledger)
    return read_unit_reports(folder, work.stage, work.fingerprint)


@pytest.fixture
def folder(tmp_path: Path) -> BuildFolder:
    built = BuildFolder(str(tmp_path))
    write_part(built.document_part("00000"), [SHORT, SMALL, LONG], Document)
    write_part(built.document_part("00003"), [COPY, LARGE, KOREAN], Document)
    with beam.Pipeline(options=pipeline_options([])) as pipeline:
        _ = pipeline | DropDuplicates(
            units=plan_document_units(built), folder=built, recipe=DedupRecipe(), fingerprint="f"
        )
    return built


@pytest.mark.model
def test_pack_work_puts_survivors_into_buckets_and_reconciles(folder: BuildFolder) -> None:
    reports = pack(folder)
    contexts = list(read_parts(folder.corpus, Context))
    assert sorted(reports) == ["00000", "00003"]
    assert sum(r.num_in for r in reports.values()) == 5, "the dropped copy is not counted again"
    assert sum(r.num_kept for r in reports.values()) == 4
    assert sum(r.num_rejected for r in reports.values()) == 1
    rejections = {r.item_id: r.reason for r in read_parts(folder.rejected, Rejection) if r.stage == "pack"}
    assert rejections == {SHORT.doc_id: "too_short_tokens"}
    survivor = COPY if len(COPY.text) > len(SMALL.text) else SMALL
    by_parent: dict[str, list[Context]] = {}
    for context in contexts:
        by_parent.setdefault(context.parent_id, []).append(context)
    assert set(by_parent) == {survivor.doc_id, LARGE.doc_id, LONG.doc_id, KOREAN.doc_id}
    for source in (survivor, LARGE, LONG, KOREAN):
        parts = sorted(by_parent[source.doc_id], key=lambda context: context.parent_start)
        assert "".join(part.text for part in parts) == source.text
        assert {part.cluster_id for part in parts} == {source.doc_id}
    assert len(by_parent[LONG.doc_id]) > 1


@pytest.mark.model
def test_pack_work_counts_tokens_with_the_students_tokenizer_in_the_right_folder(folder: BuildFolder) -> None:
    reports = pack(folder)
    num_contexts = 0
    for bucket in RECIPE.buckets:
        contexts = list(read_parts(files.join(folder.corpus, f"bucket={bucket}"), Context))
        num_contexts += len(contexts)
        assert contexts
        counts = count_tokens([context.text for context in contexts], RECIPE.tokenizer)
        assert counts == [context.num_tokens for context in contexts]
        lower = max((b for b in RECIPE.buckets if b < bucket), default=0)
        assert all(lower < count + RECIPE.room_tokens <= bucket for count in counts)
        assert sum(r.counters.get(f"tokens/{bucket}", 0) for r in reports.values()) == sum(counts)
        assert sum(r.counters.get(f"bucket/{bucket}", 0) for r in reports.values()) == len(counts)
    assert sum(r.counters.get("contexts", 0) for r in reports.values()) == num_contexts
    assert sum(r.counters.get("split_documents", 0) for r in reports.values()) >= 1


@pytest.mark.model
def test_pack_work_run_again_with_other_buckets_leaves_no_old_parts(folder: BuildFolder) -> None:
    pack(folder)
    pack(folder, RECIPE.model_copy(update={"buckets": (8192, 16384)}))
    buckets = {path.split("bucket=")[1].split("/")[0] for path in files.list_files(folder.corpus)}
    assert buckets <= {"8192", "16384"}
    assert buckets


def test_pack_work_with_an_unknown_tokenizer_names_it(folder: BuildFolder) -> None:
    with pytest.raises(InputError, match="/nowhere/model"):
        pack(folder, RECIPE.model_copy(update={"tokenizer": "/nowhere/model"}))
