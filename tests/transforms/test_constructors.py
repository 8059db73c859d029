"""What transforms say when they are given a wrong section, a wrong collection or a folder of an earlier run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from synthesis_documents import LEASE_EN

import pipeline
from pipeline.config.build import StructuralRecipe
from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.records import Document
from pipeline.transforms import (
    AskStructural,
    AskTeacher,
    CheckpointRecords,
    CleanDocuments,
    ContextQuestions,
    FindDuplicates,
    PackContexts,
    RawDocument,
    ReadCheckpoint,
    RenderRows,
    ShardRecords,
    WriteRows,
    batches_of,
)
from pipeline.transforms.asking import StructuralAsker
from pipeline.transforms.render_rows import rows_of

RECIPE = pipeline.load_recipe(clean={"min_chars": 100}, synthesize={"structural": {"tasks": ["clause"]}})


def test_sections_of_a_loaded_recipe_are_taken(tmp_path: Path) -> None:
    CleanDocuments(RECIPE.clean)
    FindDuplicates(tmp_path / "checkpoint", RECIPE.dedup)
    PackContexts(RECIPE.pack)
    AskStructural(RECIPE.synthesize.structural)
    AskTeacher(RECIPE.synthesize, cache=tmp_path / "cache")
    RenderRows(RECIPE.export.conversations)


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (CleanDocuments, "clean"),
        (lambda section: FindDuplicates("folder", section), "dedup"),
        (PackContexts, "pack"),
        (AskStructural, "synthesize.structural"),
        (lambda section: AskTeacher(section, cache="cache"), "synthesize"),
        (RenderRows, "export.conversations"),
    ],
    ids=["clean", "dedup", "pack", "structural", "teacher", "render"],
)
def test_mapping_or_whole_recipe_is_refused_with_the_section_to_give(
    make: Callable[[Any], object], key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        make({"tasks": ["clause"]})
    assert f"the section `{key}` of a recipe, and was given the mapping {{'tasks': ['clause']}}" in str(refused.value)
    assert f").{key}`" in refused.value.remedy
    with pytest.raises(InputError, match="was given Recipe"):
        make(RECIPE)
    assert not list(tmp_path.iterdir()), "nothing is written before the check"


def collection(job: beam.Pipeline, record_type: type) -> beam.PCollection:
    return job | f"of {record_type.__name__}" >> beam.Create([]).with_output_types(batches_of(record_type))


@pytest.mark.parametrize(
    "transform",
    [
        AskStructural,
        PackContexts,
        RenderRows,
        CleanDocuments,
        lambda: ShardRecords(RawDocument),
        lambda: ReadCheckpoint(Document),
        lambda: WriteRows("rows"),
        lambda: CheckpointRecords(Document, "stored"),
        lambda: FindDuplicates("found"),
        lambda: AskTeacher(RECIPE.synthesize, cache="cache"),
    ],
    ids=["ask", "pack", "render", "clean", "shard", "read", "write", "store", "find", "teacher"],
)
def test_forgotten_name_of_an_output_is_explained(
    transform: Callable[[], beam.PTransform], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job = beam.Pipeline(runner=FnApiRunner())
    rendered = collection(job, ContextQuestions) | RenderRows()
    with pytest.raises(
        InputError, match=r"given the 3 outputs of RenderRows: rows, rejected, dead\. Name the output: `\.rows`"
    ):
        _ = rendered | transform()
    found = collection(job, Document) | "different" >> FindDuplicates("duplicates")
    with pytest.raises(InputError, match=r"4 outputs of different: documents, rejected, dead, members"):
        _ = found | "labelled" >> transform()


def test_what_is_not_one_collection_is_refused() -> None:
    job = beam.Pipeline(runner=FnApiRunner())
    documents = collection(job, Document)
    with pytest.raises(InputError, match=r"was given 2\. Flatten them"):
        _ = (documents, documents) | AskStructural()
    with pytest.raises(InputError, match="applied to the pipeline itself"):
        _ = job | AskStructural()
    with pytest.raises(InputError, match="given tuple"):
        PackContexts(members=(documents, documents))
    assert (documents | AskStructural()).questions.element_type == batches_of(ContextQuestions)


def test_start_is_taken_by_name_and_what_an_earlier_run_left_is_never_resumed(tmp_path: Path) -> None:
    (tmp_path / "rows-00000-000.jsonl").write_text("{}\n")
    for start in ("resume", Start.RESUME):
        with pytest.raises(InputError, match=r'has the rows of an earlier run, in files such as .*start="fresh"'):
            WriteRows(tmp_path, start=start)
    with pytest.raises(InputError, match="start is 'frsh'"):
        WriteRows(tmp_path, start="frsh")
    WriteRows(tmp_path, start="fresh")
    assert not list(tmp_path.iterdir())


def test_row_names_the_cluster_of_its_context() -> None:
    asker = StructuralAsker(StructuralRecipe(), tokenizer="", seed=0)
    context = replace(LEASE_EN, cluster_id="survivor")
    candidates, _ = asker.about_all(context)
    rows = rows_of(ContextQuestions(context, tuple(candidates)), first_share=0.5, seed=0)
    assert rows
    assert {(row.doc_id, row.cluster_id) for row in rows} == {(context.doc_id, "survivor")}
