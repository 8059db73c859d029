"""The source and the sink for pipelines of datatrove, in its local executor too, and what a build reads of the sink."""

from __future__ import annotations

import doctest
import json
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import RegexFilter
from hypothesis import given
from hypothesis import strategies as st

from pipeline import records
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource
from pipeline.datatrove import BuildInputWriter, SourceReader, WhitespaceTokenizer, build_input, rows
from pipeline.errors import InputError
from pipeline.transforms.clean_documents import clean_record
from pipeline.transforms.read_documents import plan_reading
from pipeline.transforms.reading import RawDocument, read_records

KINDS = CleanRecipe().personal_data


def sources(inputs: Path) -> tuple[InputSource, ...]:
    return (InputSource(path=str(inputs), url_field="url"),)


def raw_documents(inputs: Sequence[InputSource]) -> Iterator[RawDocument]:
    for segments in plan_reading(inputs, IngestRecipe(), KINDS).shards:
        for outcome in read_records(segments, sources=inputs, ingest=IngestRecipe(), masked=KINDS):
            yield from (made for made in outcome.made if isinstance(made, RawDocument))


def documents_of(inputs: Sequence[InputSource]) -> list[records.Document]:
    made = (clean_record(raw, recipe=CleanRecipe()).result for raw in raw_documents(inputs))
    return [one for one in made if isinstance(one, records.Document)]


def test_reader_yields_each_record_with_what_the_input_says_about_it(inputs: Path) -> None:
    given = list(SourceReader(sources(inputs), default_metadata={"language": "?", "crawl": 7}).run())
    raw = list(raw_documents(sources(inputs)))
    assert [document.text for document in given] == [one.extract.text for one in raw]
    assert len(given) == 14
    by_name = {document.metadata["source_uri"].rpartition("/in/")[2]: document for document in given}
    row = by_name["rows.jsonl!/https://b.example/4"]
    assert row.metadata["url"] == "https://b.example/4"
    assert row.metadata["source_offset"] > 0
    assert (row.metadata["language"], row.metadata["crawl"]) == ("?", 7)
    assert by_name["page.html"].metadata["title"] == "Rent"
    assert "url" not in by_name["page.html"].metadata


@pytest.mark.parametrize("world_size", [1, 2, 5, 40])
def test_tasks_read_every_record_once(inputs: Path, world_size: int) -> None:
    reader = pickle.loads(pickle.dumps(SourceReader(sources(inputs), ingest=IngestRecipe(shard_bytes=200))))
    tasks = [[document.id for document in reader.run(None, rank, world_size)] for rank in range(world_size)]
    found = [id_ for task in tasks for id_ in task]
    assert len(found) == len(set(found)) == 14
    assert set(found) == {document.id for document in SourceReader(sources(inputs)).run()}
    assert sum(map(bool, tasks)) > min(3, world_size - 1)


def test_cleaned_texts_ids_and_masks_are_those_of_a_build(inputs: Path) -> None:
    given = {document.id: document for document in SourceReader(sources(inputs), clean=CleanRecipe()).run()}
    built = documents_of(sources(inputs))
    assert {one.doc_id: one.text for one in built} == {id_: document.text for id_, document in given.items()}
    assert len(given) >= 4
    assert any("[EMAIL-1]" in document.text for document in given.values())
    assert {document.metadata["language"] for document in given.values()} == {"en", "ko"}


def test_reader_passes_on_given_documents_and_counts_what_it_leaves_out(inputs: Path) -> None:
    reader = SourceReader(sources(inputs), clean=CleanRecipe(), limit=2, skip=1)
    everything = [document.id for document in SourceReader(sources(inputs), clean=CleanRecipe()).run()]
    first = Document(text="given", id="0")
    assert [document.id for document in reader.run(iter([first]))] == ["0", *everything[1:3]]
    whole = SourceReader(sources(inputs), clean=CleanRecipe())
    kept = list(whole.run())
    stats = {name: metric.total for name, metric in whole.stats.stats.items()}
    lost = {name: number for name, number in stats.items() if name.split("/")[0] in ("rejected", "dead", "skipped")}
    assert lost["rejected/too_short"] == 10
    assert sum(number for name, number in lost.items() if name.startswith("dead/")) == 1
    assert len(kept) + lost["rejected/too_short"] == 14


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SourceReader([]), "no inputs"),
        (lambda: SourceReader("in", ingest=IngestRecipe(max_documents=3)), "Set limit="),
        (lambda: next(SourceReader("/nowhere/in").run()), "/nowhere/in"),
        (lambda: build_input(""), "Give the folder"),
    ],
)
def test_reader_and_input_without_something_to_read_are_refused(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()


def test_executor_filters_and_a_build_reads_ids_addresses_and_metadata(inputs: Path, tmp_path: Path) -> None:
    folder = str(tmp_path / "filtered")
    LocalPipelineExecutor(
        pipeline=[SourceReader(sources(inputs)), RegexFilter("Row 3"), BuildInputWriter(folder)],
        tasks=2,
        workers=1,
        logging_dir=str(tmp_path / "logs"),
    ).run()
    read = {document.id: document for document in SourceReader(sources(inputs)).run() if "Row 3" not in document.text}
    files = sorted(Path(folder).iterdir())
    assert [path.name for path in files] == ["00000-of-00002.jsonl", "00001-of-00002.jsonl"]
    written = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    assert {row["id"]: (row["text"], row["metadata"]) for row in written} == {
        id_: (document.text, document.metadata) for id_, document in read.items()
    }
    assert len(written) == 13

    raw = list(raw_documents([build_input(folder)]))
    assert sorted(one.extract.text for one in raw) == sorted(document.text for document in read.values())
    uris = {one.extract.uri.partition("!/")[2] for one in raw}
    assert uris == {document.metadata.get("url") or document.metadata["source_uri"] for document in read.values()}
    assert "Rent" in {one.extract.title for one in raw}
    assert len(documents_of([build_input(folder)])) == 4


def test_task_that_runs_again_replaces_its_file_and_another_number_of_tasks_is_refused(tmp_path: Path) -> None:
    writer = BuildInputWriter(str(tmp_path))
    document = Document(text="The rent is due.", id="7")
    assert list(writer.run([document], 1, 2)) == [document]
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()
    list(writer.run([document], 1, 2))
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="Give an empty folder"):
        list(writer.run([document], 0, 3))
    list(writer.run([], 1, 2))
    assert not list(tmp_path.iterdir())


def test_task_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def failing() -> Iterator[Document]:
        yield Document(text="The rent is due.", id="7")
        raise ValueError("lost connection")

    with pytest.raises(ValueError, match="lost connection"):
        list(BuildInputWriter(str(tmp_path)).run(failing(), 0, 1))
    assert not list(tmp_path.iterdir())


def test_document_that_cannot_be_written_is_counted_and_the_others_are_written(tmp_path: Path) -> None:
    writer = BuildInputWriter(str(tmp_path))
    good = Document(
        text="The rent is due.", id="7", metadata={"score": np.float32(0.5), "ids": (1, np.nan), "of": {"b", "a"}}
    )
    bad = replace(good, text="\ud800")
    assert len(list(writer.run([bad, good, bad], 0, 1))) == 3
    (path,) = tmp_path.iterdir()
    (row,) = map(json.loads, path.read_text().splitlines())
    assert row == {
        "id": "7",
        "text": "The rent is due.",
        "address": "7",
        "metadata": {"score": 0.5, "ids": [1, None], "of": ["a", "b"]},
    }
    assert writer.stats.stats["unwritable"].total == 2


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3),
    max_leaves=8,
)


@given(text=st.text(max_size=30), id_=st.text(max_size=5), metadata=st.dictionaries(st.text(max_size=5), VALUES))
def test_row_of_any_document_is_json_with_its_text_and_id(text: str, id_: str, metadata: dict[str, Any]) -> None:
    row = rows.row_of(text, id_=id_, metadata=metadata)
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    assert (row["id"], row["text"]) == (id_, text)
    assert row["metadata"].keys() == metadata.keys()


@given(st.text(alphabet="ab \n\r\t\u2028", max_size=30))
def test_words_and_lines_of_the_whitespace_tokenizer_hold_all_of_a_text(text: str) -> None:
    tokenizer = WhitespaceTokenizer()
    assert "".join(tokenizer.word_tokenize(text)) == "".join(text.split())
    assert "".join(text[start:end] for start, end in tokenizer.span_tokenize(text)) == text
    assert all(line.strip() == line and line for line in tokenizer.sent_tokenize(text))


def test_example_in_the_docstring_is_what_happens() -> None:
    result = doctest.testmod(rows)
    assert (result.attempted, result.failed) == (1, 0)
