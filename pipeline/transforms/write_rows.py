"""`WriteRows`: writes batches of records as JSON Lines files, as the last step of a Beam pipeline.

A batch becomes one file, whose name derives from the batch's key. Files are written under a partial name and then get
their own, so a retry or a second copy of a bundle writes the same bytes to the same name, and a reader never sees half
a file. Memory: one line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.pvalue import TaggedOutput

from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.io.dead_letters import dead_letter_of
from pipeline.io.json_lines import JsonLinesWriter
from pipeline.io.record_values import json_of
from pipeline.records import DeadLetter
from pipeline.transforms.batch_files import batch_path, open_batch_folder
from pipeline.transforms.batches import batches_of
from pipeline.transforms.one_input import OneInput
from pipeline.transforms.record_dofn import DEAD, Element

_STAGE = "write"
_SUFFIX = ".jsonl"


class WriteRows(OneInput):
    """Writes each batch of records or mappings to `FOLDER/PREFIX-SHARD-BATCH.jsonl`; an empty batch has no file.

    Returns the paths of the written files as `files`, the main output; `dead` has the rows that JSON cannot express.
    The names and bytes do not depend on workers, bundles or retries. Outputs of different transforms have the same
    keys, so give each output a prefix of its own instead of flattening them.

    Args:
        folder: where to write, on any filesystem that the workers can reach.
        prefix: the beginning of the files' names.
        start: `fresh` removes the rows of an earlier run when the transform is constructed; `resume` removes nothing,
            and refuses a folder that has some, because a pipeline of your own has no finished shards to skip.

    Raises:
        InputError: the folder is not writable, lies in a build, or has rows of an earlier run and `start` is not
            `fresh`: rows that this run does not write again would stay among the new ones.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, prefix: str = "rows", start: Start | str = Start.RESUME
    ) -> None:
        super().__init__()
        folder = os.fspath(folder)
        open_batch_folder(folder, prefix=prefix, suffix=_SUFFIX, start=start, what="rows")
        self._dofn = _WriteBatch(folder, prefix)

    def expand(self, rows: beam.PCollection) -> Any:  # Any: Beam's outputs
        """Write each batch."""
        step = beam.ParDo(self._dofn).with_input_types(batches_of(Any)).with_output_types(str)
        outputs = rows | step.with_outputs(DEAD, main="files")
        outputs[DEAD].element_type = batches_of(DeadLetter)
        return outputs


def row_values(row: object) -> Mapping[str, object]:
    """Return a record or a mapping as values for JSON.

    Raises:
        InputError: the row is neither.
    """
    if isinstance(row, Mapping):
        return row
    if is_dataclass(row) and not isinstance(row, type):
        return json_of(row)
    raise InputError(
        f"WriteRows takes records and mappings, and was given {type(row).__name__}.",
        remedy="Make a dictionary or a frozen dataclass of each row.",
    )


class _WriteBatch(beam.DoFn):  # type: ignore[misc]
    def __init__(self, folder: str, prefix: str) -> None:
        self._folder = folder
        self._prefix = prefix

    def process(self, element: Element) -> Iterator[Any]:
        batch, rows = element
        path = batch_path(self._folder, batch, prefix=self._prefix, suffix=_SUFFIX)
        dead: list[DeadLetter] = []
        with JsonLinesWriter(path) as writer:
            for number, row in enumerate(rows):
                try:
                    writer.add(row_values(row))
                except (TypeError, ValueError) as error:  # bytes, a set, half a surrogate pair
                    item = f"{batch.name}/{number}"
                    dead.append(dead_letter_of(error, stage=_STAGE, item_id=item, source_uri="", source_offset=number))
        Metrics.counter("WriteRows", "kept").inc(len(rows) - len(dead))
        if writer.written is not None:
            yield path
        if dead:
            Metrics.counter("WriteRows", DEAD).inc(len(dead))
            yield TaggedOutput(DEAD, (batch, tuple(dead)))
