"""Checkpoints: batches come back as they were stored, under names from their keys, and damage is noticed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.pvalue import TaggedOutput
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.typehints.decorators import TypeCheckError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthesis_documents import LEASE

from pipeline.api.documents import document_of
from pipeline.config.start import Start
from pipeline.errors import DamagedFileError, InputError
from pipeline.pack.contexts import whole_context
from pipeline.records import Context, Document, Rejection
from pipeline.transforms.batches import Batch, batches_of
from pipeline.transforms.checkpoints import (
    CheckpointRecords,
    Handle,
    HandleCoder,
    ReadCheckpoint,
    _WriteBatch,
    handles,
    read_batch,
    write_batch,
)


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    number: int = 0
    tags: tuple[str, ...] = ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(notes=st.lists(st.builds(Note, st.text(), st.integers(-(2**63), 2**63 - 1), st.lists(st.text()).map(tuple))))
def test_records_come_back_as_they_were_and_a_retry_writes_the_same_bytes(tmp_path: Path, notes: list[Note]) -> None:
    path = str(tmp_path / "part.parquet")
    written = write_batch(path, notes, Note)
    assert read_batch(written.handle, Note) == tuple(notes)
    assert written.handle.num_rows == len(notes)
    assert Path(path).exists() == bool(notes)
    assert write_batch(path, notes, Note).handle == written.handle
    assert not written.dead


def test_documents_and_contexts_of_different_buckets_come_back(tmp_path: Path) -> None:
    document = document_of(LEASE, function="test", name="lease.txt")
    contexts = [replace(whole_context(document), bucket=bucket) for bucket in (4096, 8192)]
    for records, record_type in (([document], Document), (contexts, Context)):
        handle = write_batch(str(tmp_path / "part.parquet"), records, record_type).handle
        assert read_batch(handle, record_type) == tuple(records)


def test_record_with_a_value_that_its_type_does_not_allow_is_dead(tmp_path: Path) -> None:
    found = list(_WriteBatch(Note, str(tmp_path), "notes").process((Batch("a", 3), (Note("x"), Note("y", 2**63)))))
    (batch, handle), dead = found
    assert (batch, handle.path, handle.num_rows) == (Batch("a", 3), str(tmp_path / "notes-a-003.parquet"), 1)
    assert isinstance(dead, TaggedOutput)
    key, (letter,) = dead.value
    assert (dead.tag, key, letter.source_offset) == ("dead", Batch("a", 3), 1)
    assert "Note.number" in letter.error
    wrong: Any = 5
    written = write_batch(
        str(tmp_path / "d.parquet"), [replace(document_of(LEASE, function="test", name="n"), title=wrong)], Document
    )
    assert (written.dead[0].source_uri, written.handle.num_rows) == ("n", 0)


def test_batch_without_records_has_no_file_and_one_of_an_earlier_try_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "part.parquet"
    path.write_bytes(b"of an earlier try")
    handle = write_batch(str(path), [], Note).handle
    assert handle == Handle(str(path), 0, "")
    assert not path.exists()
    assert read_batch(handle, Note) == ()


def test_part_that_changed_or_is_missing_is_damaged(tmp_path: Path) -> None:
    path = str(tmp_path / "part.parquet")
    handle = write_batch(path, [Note("x")], Note).handle
    write_batch(path, [Note("of another batch with the same key")], Note)
    with pytest.raises(DamagedFileError, match="has changed since it was written"):
        read_batch(handle, Note)
    Path(path).unlink()
    with pytest.raises(DamagedFileError, match="is missing"):
        read_batch(handle, Note)


def test_records_folder_and_keys_are_checked(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Odd:
        values: set[str]

    with pytest.raises(InputError, match="Records of type Odd cannot be stored"):
        CheckpointRecords(Odd, str(tmp_path))
    with pytest.raises(InputError, match="cannot be stored"):
        ReadCheckpoint(str)
    (tmp_path / "checkpoint-00000-000.parquet").touch()
    with pytest.raises(InputError, match=r"has the checkpoint of an earlier run, in files such as .*checkpoint-0"):
        CheckpointRecords(Note, str(tmp_path))
    store = CheckpointRecords(Note, str(tmp_path), start=Start.FRESH)
    with pytest.raises(InputError, match="'a/b' cannot be part of a file's name"):
        list(_WriteBatch(Note, str(tmp_path), "notes").process((Batch("a/b"), ())))
    with pytest.raises(InputError, match="takes tuples of Note, and was given str"):
        list(_WriteBatch(Note, str(tmp_path), "notes").process((Batch("a"), ("text",))))
    job = beam.Pipeline(runner=FnApiRunner())
    with pytest.raises(TypeCheckError):
        _ = job | beam.Create([]).with_output_types(batches_of(Rejection)) | store
    with pytest.raises(TypeCheckError):
        _ = job | "records" >> beam.Create([]).with_output_types(batches_of(Note)) | ReadCheckpoint(Note)


@given(st.builds(Handle, st.text(), st.integers(0), st.text()))
def test_handle_survives_its_coder(handle: Handle) -> None:
    assert HandleCoder().decode(HandleCoder().encode(handle)) == handle
    assert HandleCoder().is_deterministic()


def test_batches_are_read_again_after_a_shuffle_of_their_handles(tmp_path: Path) -> None:
    batches = [(Batch("a", number), (Note(f"{number}"),) * number) for number in range(3)]
    found: list[Any] = []
    job = beam.Pipeline(runner=FnApiRunner())
    stored = job | beam.Create(batches).with_output_types(batches_of(Note)) | CheckpointRecords(Note, str(tmp_path))
    moved = stored.handles | beam.Reshuffle().with_output_types(handles())
    again = moved | ReadCheckpoint(Note)
    _ = again | beam.Map(_write_named, folder=tmp_path)
    result = job.run()
    result.wait_until_finish()
    found = sorted(path.read_text() for path in tmp_path.glob("*.txt"))
    assert found == sorted(repr(batch) for batch in batches)
    counters = {one.key.metric.name: one.result for one in result.metrics().query()["counters"]}
    assert counters["kept"] == 3


def _write_named(element: Any, *, folder: Path) -> None:
    (folder / f"{element[0].name}.txt").write_text(repr(element))
