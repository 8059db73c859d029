"""`FindDuplicates`: the decisions of the dedup stage, for any batches, without a text in a shuffle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner, execution
from apache_beam.typehints.decorators import TypeCheckError
from prose import document, edited

from pipeline.config.build import DedupRecipe, SectionRule
from pipeline.config.start import Start
from pipeline.dedup.clusters import ClusterMember
from pipeline.dedup.passages import without_passages
from pipeline.errors import InputError
from pipeline.identity import content_id, sha256_hex
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_part, read_parts, write_part
from pipeline.records import Document, Rejection
from pipeline.stages.cluster_members import cut_passages
from pipeline.stages.dedup import DropDuplicates
from pipeline.stages.shards import plan_document_shards
from pipeline.transforms.batches import Batch, batches_of
from pipeline.transforms.checkpoints import Handle
from pipeline.transforms.find_duplicates import FindDuplicates, _only_part, decide
from pipeline.transforms.reading import RawDocument

RECIPE = DedupRecipe(threshold=0.6, sections=SectionRule.CUT, min_passage_chars=800)


def record(text: str, name: str, language: str) -> Document:
    return Document(
        doc_id=content_id(name),
        text=text,
        domain="manual",
        language=language,
        title=name,
        licence="unknown",
        source_uri=f"/data/{name}.txt",
        source_offset=0,
        sha256=sha256_hex(text.encode()),
        sections=(),
    )


def corpus() -> list[Document]:
    """For each language: an original with a reflowed copy, one with an edited version, one with an excerpt, and two
    that share a passage."""
    found = []
    for language in ("en", "ko"):
        texts = [document(language, seed, num_sentences=40) for seed in range(4)]
        shared = document(language, 50, num_sentences=60)
        texts[2] += "\n\n" + shared
        texts[3] += "\n\n" + shared
        variants = {
            "copy": texts[0].replace(" ", "\n"),
            "edit": edited(texts[1], share=0.02, seed=1) + " Appendix.",
            "excerpt": texts[2][: len(texts[2]) // 3],
        }
        found += [record(text, f"{language}-{number}", language) for number, text in enumerate(texts)]
        found += [record(text, f"{language}-{name}", language) for name, text in variants.items()]
    return found


Batches = Sequence[tuple[Batch, tuple[Document, ...]]]


def in_batches(documents: Sequence[Document], size: int) -> Batches:
    return [
        (Batch("a", number), tuple(documents[start : start + size]))
        for number, start in enumerate(range(0, len(documents), size))
    ]


class Gather(beam.DoFn):  # type: ignore[misc]
    """Writes the records of a batch to a file, and returns nothing, so that no record needs a coder."""

    def __init__(self, folder: Path, record_type: type) -> None:
        self._folder = folder
        self._record_type = record_type

    def process(self, element: Any) -> Iterator[Any]:
        batch, records = element
        if records:
            write_part(str(self._folder / f"{batch.name}.parquet"), records, self._record_type)
        else:
            (self._folder / f"{batch.name}.empty").touch()
        yield from ()


class Make(beam.DoFn):  # type: ignore[misc]
    """Number of a batch → the batch."""

    def __init__(self, batches: Callable[[], Batches]) -> None:
        self._batches = batches

    def process(self, number: int) -> Iterator[Any]:
        yield self._batches()[number]


@dataclass(frozen=True)
class Result:
    documents: list[Document]
    rejected: list[Rejection]
    members: list[ClusterMember]
    names: Mapping[str, list[str]]
    counters: Mapping[str, int]


def run(batches: Callable[[], Batches], root: Path, recipe: DedupRecipe = RECIPE) -> Result:
    types = {"documents": Document, "rejected": Rejection, "members": ClusterMember}
    job = beam.Pipeline(runner=FnApiRunner())
    made = (
        job
        | beam.Create(range(len(batches())))
        | beam.ParDo(Make(batches)).with_output_types(batches_of(Document))
        | FindDuplicates(str(root / "checkpoint"), recipe)
    )
    for name, record_type in types.items():
        (root / name).mkdir(parents=True)
        _ = getattr(made, name) | f"gather {name}" >> beam.ParDo(Gather(root / name, record_type))
    result = job.run()
    result.wait_until_finish()
    counters = {
        one.key.metric.name: one.result
        for one in result.metrics().query()["counters"]
        if one.key.metric.namespace == "FindDuplicates"
    }
    return Result(
        **{name: list(read_parts(str(root / name), record_type)) for name, record_type in types.items()},
        names={name: sorted(path.name for path in (root / name).iterdir()) for name in types},
        counters=counters,
    )


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> BuildFolder:
    """The dedup stage of a build, over the same documents in two shards."""
    folder = BuildFolder(str(tmp_path_factory.mktemp("stage")))
    for index in range(2):
        write_part(folder.document_part(f"{index:05d}"), corpus()[index::2], Document)
    with beam.Pipeline(runner=FnApiRunner()) as job:
        _ = job | DropDuplicates(shards=plan_document_shards(folder), folder=folder, recipe=RECIPE, fingerprint="f")
    return folder


@pytest.mark.parametrize("size", [3, 100])
def test_decisions_are_those_of_the_stage_for_any_batches(stage: BuildFolder, tmp_path: Path, size: int) -> None:
    documents = corpus()
    found = run(lambda: in_batches(corpus(), size), tmp_path)

    def by_id(one: Any) -> str:
        return str(one.item_id if isinstance(one, Rejection) else one.doc_id)

    assert sorted(found.rejected, key=by_id) == sorted(read_parts(stage.rejected, Rejection), key=by_id)
    assert {one.reason for one in found.rejected} == {"exact_duplicate", "near_duplicate", "excerpt"}
    assert sorted(found.members, key=by_id) == list(read_part(stage.clusters, ClusterMember))
    dropped = {one.item_id for one in found.rejected}
    cuts = cut_passages(stage, "f")
    assert {one.doc_id: one.text for one in found.documents} == {
        one.doc_id: without_passages(one, cuts.get(one.doc_id, ())).text
        for one in documents
        if one.doc_id not in dropped
    }
    kept = {one.doc_id: one.text for one in found.documents}
    assert any(kept[one.doc_id] != one.text for one in documents if one.doc_id in kept), "a passage is cut"
    assert found.counters["kept"] == len(documents) - len(dropped)
    assert found.counters["rejected/near_duplicate"] == 2
    assert found.counters["cut_chars"] > 1000


def test_no_text_is_shuffled_and_a_batch_of_which_nothing_is_kept_keeps_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[bytes] = []
    for buffer in (execution.ListBuffer, execution.GroupingBuffer):

        def append(self: Any, data: bytes, *, original: Callable[[Any, bytes], None] = buffer.append) -> None:
            moved.append(data)
            original(self, data)

        monkeypatch.setattr(buffer, "append", append)
    first = replace(corpus()[0], text=corpus()[0].text.replace("\n\n", " Kittiwake ", 3))

    def batches() -> Batches:
        return [(Batch("a"), (first,)), (Batch("b", 7), (replace(first, text=first.text + "\n"),)), (Batch("c"), ())]

    job = beam.Pipeline(runner=FnApiRunner())
    _ = job | beam.Create([0]) | beam.ParDo(Make(batches)).with_output_types(batches_of(Document)) | beam.Reshuffle()
    job.run()
    assert any(b"Kittiwake" in data for data in moved), "a shuffle of texts is noticed"

    moved.clear()
    found = run(batches, tmp_path)
    assert moved
    assert not any(b"Kittiwake" in data for data in moved)
    assert [one.doc_id for one in found.documents] == [first.doc_id]
    assert found.names["documents"] == ["a-000.parquet", "b-007.empty", "c-000.empty"]
    (rejection,) = found.rejected
    assert rejection.item_id == first.doc_id, "ids may repeat"
    assert "\0" not in rejection.detail
    assert {one.doc_id for one in found.members} == {first.doc_id}


def test_two_batches_with_one_key_are_refused() -> None:
    one, other = ((Batch("a"), Handle(f"x/documents-a-000{end}", 1, end)) for end in "12")
    with pytest.raises(InputError, match="2 batches have the key a-000"):
        _only_part(("a-000", {"documents": [one, other], "signatures": [one, other]}))
    assert _only_part(("a-000", {"documents": [one], "signatures": [one]})) == ("a-000", one)


def test_document_without_decision_is_kept_unchanged() -> None:
    document = corpus()[0]
    assert decide(document, None, ()).made == (document,)


def test_recipe_folder_and_records_are_checked_when_the_job_is_built(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot compare with the earlier build /builds/may"):
        FindDuplicates(str(tmp_path), DedupRecipe(against=("/builds/may",)))
    (tmp_path / "signatures-00009-000.parquet").touch()
    with pytest.raises(InputError, match="checkpoint of an earlier run"):
        FindDuplicates(str(tmp_path))
    transform = FindDuplicates(str(tmp_path), start=Start.FRESH)
    assert not list(tmp_path.iterdir())
    job = beam.Pipeline(runner=FnApiRunner())
    given = job | beam.Create([]).with_output_types(batches_of(RawDocument))
    with pytest.raises(TypeCheckError):
        _ = given | transform
