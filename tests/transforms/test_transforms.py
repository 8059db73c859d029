"""The transforms over records: what goes to which output under which key, and what is refused when a job is built."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.pvalue import TaggedOutput
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.typehints.decorators import TypeCheckError
from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import CONTRACT_KO, LEASE

from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource, StructuralRecipe
from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import read_parts
from pipeline.records import DeadLetter, Document, Rejection
from pipeline.stages.ingest import IngestWork, plan_ingest
from pipeline.transforms import read_documents
from pipeline.transforms.ask_structural import AskBatch, AskStructural
from pipeline.transforms.asking import StructuralAsker
from pipeline.transforms.batches import Batch, BatchCoder, batches_of
from pipeline.transforms.clean_documents import CleanBatch, CleanDocuments
from pipeline.transforms.read_documents import ReadDocuments, ReadShard, plan_reading
from pipeline.transforms.reading import RawDocument, raw_document
from pipeline.transforms.record_dofn import DEAD, REJECTED
from pipeline.transforms.shard_records import ShardRecords, _batches, _Keyed
from pipeline.transforms.write_rows import WriteRows, _WriteBatch

KINDS = CleanRecipe().personal_data


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """Documents, a record that no reader takes, one that fails, short ones, and a file that is skipped."""
    folder = tmp_path / "in"
    folder.mkdir()
    lines = [json.dumps({"text": LEASE + f"Copy {number}."}) for number in range(5)]
    lines[2] = "{broken"
    lines[3] = json.dumps({"text": "short"})
    (folder / "rows.jsonl").write_text("\n".join(lines))
    (folder / "계약.txt").write_text(CONTRACT_KO)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / ".hidden").write_text("x")
    return folder


def outputs(dofn: beam.DoFn, element: Any) -> dict[str, list[Any]]:
    """The elements of each output."""
    found: dict[str, list[Any]] = {"": [], REJECTED: [], DEAD: []}
    for one in dofn.process(element):
        tagged = isinstance(one, TaggedOutput)
        found[one.tag if tagged else ""].append(one.value if tagged else one)
    return found


def read_all(inputs: Path) -> dict[str, list[Any]]:
    sources = [InputSource(path=str(inputs))]
    plan = plan_reading(sources, IngestRecipe(min_shards=1), KINDS)
    (segments,) = plan.shards
    return outputs(ReadShard(sources, IngestRecipe(), KINDS), (Batch("00000"), tuple(segments)))


def test_reading_and_cleaning_make_the_records_that_the_ingest_stage_writes(inputs: Path, tmp_path: Path) -> None:
    read = read_all(inputs)
    ((batch, raw),) = read[""]
    cleaned = outputs(CleanBatch(CleanRecipe()), (batch, raw))

    sources = (InputSource(path=str(inputs)),)
    plan = plan_ingest(sources=sources, ingest=IngestRecipe(min_shards=1), clean=CleanRecipe())
    work = IngestWork(sources, IngestRecipe(), CleanRecipe(), plan.skipped, "f")
    folder = BuildFolder(str(tmp_path / "out"))
    with ShardLedger(folder=folder, stage="ingest", shard_id="00000", fingerprint="f") as ledger:
        work.run(plan.shards[0], folder, ledger)

    ((_, documents),) = cleaned[""]
    assert list(documents) == list(read_parts(folder.documents, Document))
    assert len(documents) == 4
    rejected = [one for pile in (read, cleaned) for _, records in pile[REJECTED] for one in records]
    of_stage = list(read_parts(folder.rejected, Rejection))
    assert sorted(rejected, key=str) == sorted(of_stage, key=str)
    assert "too_short" in {one.reason for one in rejected}
    dead = [(one.item_id, one.error) for _, records in (*read[DEAD], *cleaned[DEAD]) for one in records]
    assert dead == [(one.item_id, one.error) for one in read_parts(folder.dead, DeadLetter)]
    assert dead


def test_batches_of_a_shard_are_numbered_and_hold_all_of_it(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_all(inputs)
    monkeypatch.setattr(read_documents, "_BATCH_RECORDS", 2)
    cut = read_all(inputs)
    assert [batch for batch, _ in cut[""]] == [Batch("00000", number) for number in range(len(cut[""]))]
    assert len(cut[""]) > 2
    for tag in ("", REJECTED, DEAD):
        assert [one for _, records in cut[tag] for one in records] == [
            one for _, records in whole[tag] for one in records
        ]


def test_batch_of_which_nothing_is_kept_keeps_its_key() -> None:
    found = outputs(CleanBatch(CleanRecipe()), (Batch("a", 7), (raw_document("short", name="n"),)))
    assert found[""] == [(Batch("a", 7), ())]
    ((batch, (rejection,)),) = found[REJECTED]
    assert (batch, rejection.reason, rejection.source_uri) == (Batch("a", 7), "too_short", "n")


def test_record_that_fails_is_dead_and_the_others_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.transforms import clean_documents

    clean = clean_documents.clean_document

    def fragile(extract: Any, **settings: Any) -> Any:
        if extract.title == "bad":
            raise ValueError("at office@example.com")
        return clean(extract, **settings)

    monkeypatch.setattr(clean_documents, "clean_document", fragile)
    raw = raw_document(LEASE, name="good")
    bad = replace(raw, extract=replace(raw.extract, title="bad", uri="bad"))
    found = outputs(CleanBatch(CleanRecipe()), (Batch("a"), (raw, bad)))
    ((_, (document,)),) = found[""]
    ((_, (letter,)),) = found[DEAD]
    assert document.source_uri == "good"
    assert (letter.source_uri, letter.error) == ("bad", "ValueError: at [EMAIL-1]")


@pytest.mark.parametrize(
    ("transform", "record"), [(CleanDocuments(), Document), (AskStructural(), RawDocument)], ids=["clean", "ask"]
)
def test_transform_after_one_that_returns_other_records_is_refused_when_the_job_is_built(
    transform: beam.PTransform, record: type
) -> None:
    job = beam.Pipeline(runner=FnApiRunner())
    given_ = job | beam.Create([]).with_output_types(batches_of(record))
    with pytest.raises(TypeCheckError):
        _ = given_ | transform


def test_records_of_an_undeclared_step_are_checked_on_the_worker() -> None:
    with pytest.raises(InputError, match="CleanDocuments takes tuples of RawDocument, and was given str"):
        list(CleanBatch(CleanRecipe()).process((Batch("a"), ("text",))))


def test_wrong_inputs_are_refused_when_the_job_is_built(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing"):
        ReadDocuments(str(tmp_path / "nothing"))
    with pytest.raises(InputError, match="nothing"):
        ReadDocuments([tmp_path / "nothing"])
    with pytest.raises(InputError, match="no inputs"):
        ReadDocuments([])
    with pytest.raises(InputError, match="ReadDocuments takes the section `ingest` of a recipe") as refused:
        ReadDocuments(str(tmp_path), ingest={"max_documents": 3})  # type: ignore[arg-type]
    assert "load_recipe(ingest={…}).ingest" in refused.value.remedy
    with pytest.raises(InputError, match="0 shards"):
        ShardRecords(RawDocument, num_shards=0)
    with pytest.raises(InputError, match="model folder"):
        AskStructural(tokenizer=str(tmp_path / "nothing"))
    (tmp_path / "a.txt").write_text(LEASE)
    job = beam.Pipeline(runner=FnApiRunner())
    with pytest.raises(InputError, match="begins a pipeline"):
        _ = job | beam.Create([1]) | ReadDocuments(str(tmp_path))


def test_hint_that_a_user_gives_holds_for_every_step_of_a_transform() -> None:
    job = beam.Pipeline(runner=FnApiRunner())
    given_ = job | beam.Create([]).with_output_types(batches_of(RawDocument))
    _ = given_ | CleanDocuments().with_resource_hints(min_ram="4GB")
    proto = job.to_runner_api()
    with_hint = {name for name, one in proto.components.environments.items() if one.resource_hints}
    steps = [one for one in proto.components.transforms.values() if "CleanDocuments/" in one.unique_name]
    assert steps and {one.environment_id for one in steps if one.spec.urn == "beam:transform:pardo:v1"} <= with_hint


def test_documents_that_fail_or_have_no_structure_give_no_questions() -> None:
    document = next(iter(CleanBatch(CleanRecipe()).outcomes([raw_document(LEASE, name="n")]))).result
    assert isinstance(document, Document)
    asker = StructuralAsker(StructuralRecipe(), tokenizer="", seed=0)
    found = outputs(AskBatch(asker), (Batch("a"), (document, replace(document, domain="unknown"))))
    ((_, (asked,)),) = found[""]
    assert asked.context.text == document.text
    assert len(asked.candidates) > 2
    for candidate in asked.candidates:
        assert all(asked.context.text[one.start : one.end] == one.quote for one in candidate.evidence)
    ((_, (letter,)),) = found[DEAD]
    assert letter.item_id == document.doc_id


@given(shard=st.text(), number=st.integers(0, 10**9))
def test_key_survives_its_coder(shard: str, number: int) -> None:
    coder = BatchCoder()
    key = Batch(shard, number)
    assert coder.is_deterministic()
    assert coder.decode(coder.encode(key)) == key


@dataclass(frozen=True, slots=True)
class Note:
    text: str


@given(notes=st.lists(st.builds(Note, st.text(max_size=3)), max_size=20), data=st.data())
def test_own_records_get_the_same_shards_in_any_order(notes: list[Note], data: st.DataObject) -> None:
    def shards(records: list[Note]) -> list[Any]:
        groups: dict[str, list[Any]] = {}
        for record in records:
            ((key, pair),) = _Keyed(3, "own").process(record)
            groups.setdefault(key, []).append(pair)
        return sorted(batch for group in groups.items() for batch in _batches(group))

    found = shards(notes)
    assert shards(data.draw(st.permutations(notes))) == found
    assert sorted(note.text for _, records in found for note in records) == sorted(note.text for note in notes)


def test_own_records_go_through_cleaning_to_rows_of_a_pipeline(tmp_path: Path) -> None:
    class Shorten(beam.DoFn):  # type: ignore[misc]  # Beam has no types
        def process(self, element: Any) -> Iterator[Any]:
            batch, documents = element
            yield batch, tuple({"id": one.doc_id, "text": one.text[:20]} for one in documents)

    own = [raw_document(LEASE + f"\nCopy {number}.", name=f"db/{number}") for number in range(5)]
    job = beam.Pipeline(runner=FnApiRunner())
    records = job | beam.Create([*own, raw_document("short", name="db/short")])
    cleaned = records | ShardRecords(RawDocument, num_shards=2) | CleanDocuments()
    _ = cleaned.documents | beam.ParDo(Shorten()) | WriteRows(str(tmp_path / "rows"))
    result = job.run()
    result.wait_until_finish()
    paths = sorted((tmp_path / "rows").iterdir())
    assert [path.name for path in paths] == ["rows-00000-000.jsonl", "rows-00001-000.jsonl"]
    rows = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    assert len({row["id"] for row in rows}) == 5
    counters = result.metrics().query()["counters"]
    counted = {(one.key.metric.namespace, one.key.metric.name): one.result for one in counters}
    assert counted["CleanDocuments", "kept"] == counted["WriteRows", "kept"] == 5
    assert counted["CleanDocuments", "rejected/too_short"] == 1


def test_rows_of_an_earlier_run_are_refused_or_removed(tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    for name in ("rows-00009-000.jsonl", "others-00000-000.jsonl", "rows.txt"):
        (folder / name).write_text("{}\n")
    with pytest.raises(InputError, match="rows-00009-000"):
        WriteRows(str(folder))
    WriteRows(str(folder), start=Start.FRESH)
    assert sorted(path.name for path in folder.iterdir()) == ["others-00000-000.jsonl", "rows.txt"]


def test_row_that_json_cannot_express_is_dead_and_a_batch_without_rows_has_no_file(tmp_path: Path) -> None:
    dofn = _WriteBatch(str(tmp_path), "rows")
    found = outputs(dofn, (Batch("00001", 2), (Note("가"), {"bytes": b"x"}, Note("\ud800"), {"n": 1})))
    assert found[""] == [str(tmp_path / "rows-00001-002.jsonl")]
    assert (tmp_path / "rows-00001-002.jsonl").read_text("utf-8") == '{"text": "가"}\n{"n": 1}\n'
    ((_, letters),) = found[DEAD]
    assert [(one.item_id, one.error.split(":")[0]) for one in letters] == [
        ("00001-002/1", "TypeError"),
        ("00001-002/2", "UnicodeEncodeError"),
    ]
    assert outputs(dofn, (Batch("00002"), ()))[""] == []
    assert not (tmp_path / "rows-00002-000.jsonl").exists()
    with pytest.raises(InputError, match="was given str"):
        outputs(dofn, (Batch("00003"), ("text",)))


def test_package_and_names_of_transforms_import_no_beam() -> None:
    code = (
        "import sys, pipeline\n"
        "assert 'pipeline.transforms' not in sys.modules\n"
        "import pipeline.transforms\n"
        "assert 'apache_beam' not in sys.modules\n"
        "assert sorted(pipeline.transforms._HOMES) == pipeline.transforms.__all__\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
