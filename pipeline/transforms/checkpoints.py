"""`CheckpointRecords` and `ReadCheckpoint`: store batches of records in files, and read a batch again by its key.

A batch becomes one Parquet part, and a handle of about 100 bytes takes its place. Steps that must group or join
elements shuffle handles, ids and decisions instead of texts, and read the texts again when they need them. A checkpoint
before a step with other resource hints has the same use: handles travel to the other worker pool, not texts.

    documents ─ CheckpointRecords ─ (Batch, Handle) ─▶ … group, decide … ─ (Batch, Handle) ─▶ ReadCheckpoint ─ documents

`write_batch` and `read_batch` are the pure twins, apart from the files. Parts are written under a partial name and then
get their own. A retry or a second copy of a bundle writes the same bytes to the same name, if the steps before it
return the same records again. Memory: one batch.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from typing import Any, TypeVar

import apache_beam as beam
from apache_beam import coders
from apache_beam.metrics import Metrics
from apache_beam.pvalue import TaggedOutput
from apache_beam.typehints import typehints

from pipeline.config.start import Start
from pipeline.errors import DamagedFileError, InputError
from pipeline.io import files
from pipeline.io.arrow import UnwritableRecordError, schema_of
from pipeline.io.dead_letters import dead_letter_of
from pipeline.io.folder_columns import FolderColumn
from pipeline.io.listing import sha256_of
from pipeline.io.parts import PartWriter, read_part
from pipeline.records import DeadLetter
from pipeline.transforms.batch_files import batch_path, open_batch_folder
from pipeline.transforms.batches import Batch, Hint, batches_of, register_coder
from pipeline.transforms.one_input import OneInput
from pipeline.transforms.record_dofn import DEAD, Element, checked_records

Record = TypeVar("Record")

SUFFIX = ".parquet"
_STAGE = "checkpoint"


@dataclass(frozen=True, slots=True)
class Handle:
    """Where the records of a batch are stored."""

    path: str
    num_rows: int
    """The number of records; without any, there is no file."""
    sha256: str
    """The SHA-256 of the file's bytes (64 hex digits); empty without a file."""


class HandleCoder(coders.Coder):  # type: ignore[misc]  # Beam has no types
    """Encodes handles, deterministically."""

    def encode(self, value: Handle) -> bytes:
        """Return the fields as JSON."""
        return json.dumps(astuple(value)).encode()

    def decode(self, encoded: bytes) -> Handle:
        """Return the handle."""
        return Handle(*json.loads(encoded))

    def is_deterministic(self) -> bool:
        """Return True."""
        return True

    def to_type_hint(self) -> type[Handle]:
        """Return the type of the values."""
        return Handle

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


def handles() -> Hint:
    """Return Beam's type hint for the elements that `CheckpointRecords` returns."""
    register_coder()
    coders.registry.register_coder(Handle, HandleCoder)
    return typehints.Tuple[Batch, Handle]


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch."""

    handle: Handle
    dead: tuple[DeadLetter, ...]
    """The records that have a value that their type does not allow."""
    num_changed_strings: int
    """The number of strings that were stored changed: cut to the length of their field, or without half a surrogate
    pair."""


def write_batch(path: str, records: Iterable[Any], record_type: type) -> Written:
    """Write records to one part. Without records, there is no file, and one of an earlier try is removed.

    Args:
        path: the path of the part.
        records: the records, all of the type.
        record_type: the type of the records.
    """
    dead: list[DeadLetter] = []
    writer: PartWriter[Any] = PartWriter(path, record_type, folder_field=FolderColumn.IN_FILE)
    with writer:
        for number, record in enumerate(records):
            try:
                writer.add(record)
            except UnwritableRecordError as error:
                dead.append(_dead_letter(error, record, name=f"{path}/{number}", number=number))
    written = writer.written
    if written is None:
        files.remove_file(path)
    handle = Handle(path, writer.num_records, written.sha256 if written else "")
    return Written(handle, tuple(dead), writer.num_changed_strings)


def read_batch(handle: Handle, record_type: type[Record]) -> tuple[Record, ...]:
    """Return the records of a batch, in order.

    Raises:
        DamagedFileError: the part is missing, or has other bytes than when its handle was made.
    """
    if not handle.num_rows:
        return ()
    try:
        is_same = sha256_of(handle.path) == handle.sha256
    except FileNotFoundError as error:
        raise DamagedFileError(f"The checkpoint {handle.path} is missing.", remedy=_AGAIN) from error
    if not is_same:
        raise DamagedFileError(f"The checkpoint {handle.path} has changed since it was written.", remedy=_AGAIN)
    return tuple(read_part(handle.path, record_type))


_AGAIN = (
    "Run the pipeline again with a folder of its own for each checkpoint. If two inputs are flattened, give their "
    "transforms different names, so that no two batches have the same key."
)


class CheckpointRecords(OneInput):
    """Writes each batch of records to the part `FOLDER/PREFIX-SHARD-BATCH.parquet`.

    Returns `(Batch, Handle)` pairs as `handles`, the main output, which `ReadCheckpoint` takes; `dead` has the records
    with a value that their type does not allow. A string that is longer than its field allows is cut and counted in the
    metric `changed_strings`, as in a build.

    A checkpoint is not a cache: a pipeline that runs again writes all parts again.

    Args:
        record_type: the type of the records: a frozen dataclass of strings, numbers, enums, other such dataclasses, and
            tuples of these.
        folder: where to write, on any filesystem that all workers can reach.
        prefix: the beginning of the files' names; two checkpoints in a folder need different ones.
        start: `fresh` removes the parts of an earlier run when the transform is constructed; `resume` removes nothing,
            and refuses a folder that has some, because all parts are written again.

    Raises:
        InputError: records of this type cannot be stored; or the folder is not writable, lies in a build, or has parts
            of an earlier run and `start` is not `fresh`.

    Example:
        >>> import apache_beam as beam
        >>> from apache_beam.runners.portability.fn_api_runner import FnApiRunner
        >>> from pipeline.transforms import CheckpointRecords, CleanDocuments, ReadCheckpoint, ReadDocuments
        >>> from pipeline import Document
        >>> def add_steps(job: beam.Pipeline, inputs: str, folder: str) -> None:
        ...     documents = (job | ReadDocuments(inputs) | CleanDocuments()).documents
        ...     stored = documents | CheckpointRecords(Document, folder)
        ...     again = stored.handles | beam.Reshuffle() | ReadCheckpoint(Document)
    """

    def __init__(
        self,
        record_type: type,
        folder: str | os.PathLike[str],
        *,
        prefix: str = "checkpoint",
        start: Start | str = Start.RESUME,
    ) -> None:
        super().__init__()
        folder = os.fspath(folder)
        check_storable(record_type)
        open_batch_folder(folder, prefix=prefix, suffix=SUFFIX, start=start, what="checkpoint")
        self._record_type = record_type
        self._dofn = _WriteBatch(record_type, folder, prefix)

    def expand(self, records: beam.PCollection) -> Any:  # Any: Beam's outputs
        """Write each batch."""
        step = beam.ParDo(self._dofn).with_input_types(batches_of(self._record_type)).with_output_types(handles())
        outputs = records | step.with_outputs(DEAD, main="handles")
        outputs[DEAD].element_type = batches_of(DeadLetter)
        return outputs


class ReadCheckpoint(OneInput):
    """Reads stored batches again. Takes `(Batch, Handle)` pairs, and returns batches of records with the same keys.

    Args:
        record_type: the type of the records that were stored.

    Raises:
        InputError: records of this type cannot be stored.
    """

    def __init__(self, record_type: type) -> None:
        super().__init__()
        check_storable(record_type)
        self._record_type = record_type

    def expand(self, stored: beam.PCollection) -> beam.PCollection:
        """Read each batch."""
        step = beam.ParDo(_ReadBatch(self._record_type)).with_input_types(handles())
        return stored | step.with_output_types(batches_of(self._record_type))


def check_storable(record_type: type) -> None:
    """Check that records of a type can be stored in a part.

    Raises:
        InputError: it is no dataclass, or a field has a type that a column cannot have.
    """
    try:
        schema_of(record_type)
    except TypeError as error:
        raise InputError(
            f"Records of type {getattr(record_type, '__name__', record_type)} cannot be stored: {error}.",
            remedy="Use a frozen dataclass whose fields are strings, bytes, numbers, enums, other such dataclasses, or "
            "tuples of these.",
        ) from error


class _WriteBatch(beam.DoFn):  # type: ignore[misc]
    def __init__(self, record_type: type, folder: str, prefix: str) -> None:
        self._record_type = record_type
        self._folder = folder
        self._prefix = prefix

    def process(self, element: Element) -> Iterator[Any]:
        batch, records = element
        path = batch_path(self._folder, batch, prefix=self._prefix, suffix=SUFFIX)
        checked = checked_records(records, takes=self._record_type, transform="CheckpointRecords")
        written = write_batch(path, checked, self._record_type)
        Metrics.counter("CheckpointRecords", "kept").inc(written.handle.num_rows)
        if written.num_changed_strings:
            Metrics.counter("CheckpointRecords", "changed_strings").inc(written.num_changed_strings)
        yield batch, written.handle
        if written.dead:
            Metrics.counter("CheckpointRecords", DEAD).inc(len(written.dead))
            yield TaggedOutput(DEAD, (batch, written.dead))


class _ReadBatch(beam.DoFn):  # type: ignore[misc]
    def __init__(self, record_type: type) -> None:
        self._record_type = record_type

    def process(self, element: tuple[Batch, Handle]) -> Iterator[Element]:
        batch, handle = element
        yield batch, read_batch(handle, self._record_type)


def _dead_letter(error: Exception, record: object, *, name: str, number: int) -> DeadLetter:
    """Return the dead letter of a record, under the record's own id and source if it has them."""
    doc_id, uri, offset = (getattr(record, field, None) for field in ("doc_id", "source_uri", "source_offset"))
    return dead_letter_of(
        error,
        stage=_STAGE,
        item_id=doc_id if isinstance(doc_id, str) else name,
        source_uri=uri if isinstance(uri, str) else "",
        source_offset=offset if isinstance(offset, int) else number,
    )
