"""Writes and reads `packs.parquet`, the plan of a build's packs.

A plan can have several million packs, so packs are passed as flat arrays (`PackTable`) and stored as the columns of
`records.TrainingPack`. Written by the export stage, read by the trainer and `verify`. Memory: one block of packs when
writing; about 40 bytes per packed row when reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import DamagedFileError, PipelineError
from pipeline.io import files
from pipeline.io.arrow import schema_of
from pipeline.io.parts import part_metadata
from pipeline.io.written import WrittenFile, written_file
from pipeline.records import RowSource, Split, TrainingPack

Numbers = npt.NDArray[np.int64]

_ROWS_PER_GROUP = 1 << 16
_MAX_TOKENS = 1 << 40


@dataclass(frozen=True, slots=True)
class PackTerms:
    """The settings that a plan depends on; they are stored in the file's metadata."""

    tokenizer: str
    """The reference of the model whose tokenizer is used."""
    tokenizer_fingerprint: str
    end_of_text: str
    """The token after each corpus row; empty if the tokenizer has none."""
    conversation_edges: tuple[int, ...]
    """Pack sizes for SFT rows in tokens, ascending."""
    document_edges: tuple[int, ...]
    """Pack sizes for corpus rows in tokens, ascending."""


@dataclass(frozen=True, slots=True, eq=False)
class PackTable:
    """P consecutive packs with N pieces in total; pack p holds the pieces from `starts[p]` to `starts[p + 1]`.

    A piece is a row, or the part of row `row_ids_N` that starts at token `offsets_N` and has `lengths_N` tokens.
    """

    capacities_P: Numbers
    """Size of each pack in tokens."""
    costs_P: Numbers
    """Σ length² of the pieces in each pack."""
    starts: Numbers
    row_ids_N: pa.LargeStringArray
    offsets_N: Numbers
    lengths_N: Numbers

    def __len__(self) -> int:
        return int(self.capacities_P.size)


class PackWriter:
    """Writes `packs.parquet`, and numbers packs in the order in which they are added.

    Used as a context manager; the file appears when the block ends normally.
    """

    def __init__(self, path: str, terms: PackTerms) -> None:
        self._path = path
        self._schema = schema_of(TrainingPack).with_metadata(_metadata(terms))
        self._stack = ExitStack()
        self._num_packs = 0

    @property
    def written(self) -> WrittenFile:
        """The written file; available after the block has ended."""
        return written_file(self._path, self._file)

    def __enter__(self) -> Self:
        self._file = self._stack.enter_context(files.open_atomic(self._path))
        self._writer = self._stack.enter_context(pq.ParquetWriter(self._file, self._schema, compression="zstd"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def add(self, table: PackTable, *, source: RowSource, split: Split) -> None:
        """Append packs, all of one source and split."""
        if not len(table):
            return
        numbers = np.arange(self._num_packs, self._num_packs + len(table))
        columns = {
            "pack": pa.array(numbers),
            "source": _repeated(source.value, len(table)),
            "split": _repeated(split.value, len(table)),
            "max_tokens": pa.array(table.capacities_P),
            "row_ids": _lists(table.starts, table.row_ids_N, self._schema.field("row_ids").type),
            "offsets": _lists(table.starts, pa.array(table.offsets_N), self._schema.field("offsets").type),
            "lengths": _lists(table.starts, pa.array(table.lengths_N), self._schema.field("lengths").type),
            "cost": pa.array(table.costs_P),
        }
        written = pa.Table.from_arrays([columns[name] for name in self._schema.names], schema=self._schema)
        self._writer.write_table(written, row_group_size=_ROWS_PER_GROUP)
        self._num_packs += len(table)


def read_packs(path: str, *, source: RowSource, split: Split) -> PackTable:
    """Return the packs of one source and split, in their order.

    Raises:
        DamagedFileError: the file is not a Parquet file, or its packs are impossible.
        FileNotFoundError, PermissionError: as raised by the filesystem.
    """
    with _explained(path), files.open_binary(path) as file:
        table = pq.read_table(
            file,
            columns=["max_tokens", "cost", "row_ids", "offsets", "lengths"],
            filters=(pc.field("source") == source.value) & (pc.field("split") == split.value),
        ).combine_chunks()
        table.validate(full=True)
        schema = schema_of(TrainingPack)
        if any(table.field(name).type != schema.field(name).type for name in table.column_names):
            raise ValueError("a column has an unexpected type")
        sizes = pc.list_value_length(table["row_ids"]).to_numpy()
        packs = PackTable(
            capacities_P=table["max_tokens"].to_numpy(),
            costs_P=table["cost"].to_numpy(),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            row_ids_N=_flat(table["row_ids"]),
            offsets_N=_flat(table["offsets"]).to_numpy(),
            lengths_N=_flat(table["lengths"]).to_numpy(),
        )
        _check(packs, [pc.list_value_length(table[name]).to_numpy() for name in ("row_ids", "offsets", "lengths")])
        return packs


def read_pack_terms(path: str) -> PackTerms:
    """Return the settings that the plan depends on.

    Raises:
        DamagedFileError: the file is not a Parquet file, or does not have the metadata of a plan.
        FileNotFoundError, PermissionError: as raised by the filesystem.
    """
    with _explained(path):
        metadata = part_metadata(path)
        return PackTerms(
            tokenizer=metadata["tokenizer"],
            tokenizer_fingerprint=metadata["tokenizer_fingerprint"],
            end_of_text=metadata["end_of_text"],
            conversation_edges=_numbers(metadata["conversation_edges"]),
            document_edges=_numbers(metadata["document_edges"]),
        )


@contextmanager
def _explained(path: str) -> Iterator[None]:
    """Replace errors about unreadable content raised inside the block by a `DamagedFileError` that names the file."""
    try:
        yield
    except (FileNotFoundError, PermissionError, PipelineError):
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise DamagedFileError(
            f"{path} is damaged: {type(error).__name__}: {' '.join(str(error).split())[:200]}.",
            remedy="Run build-sft again: it rebuilds the file.",
        ) from error


def _check(packs: PackTable, sizes: Sequence[Numbers]) -> None:
    """Raise a `ValueError` for impossible packs, such as a pack whose rows do not fit into it."""
    if any(not np.array_equal(sizes[0], other) for other in sizes[1:]):
        raise ValueError("the lists of a pack differ in length")
    if packs.row_ids_N.null_count or (packs.offsets_N < 0).any() or (packs.lengths_N < 0).any():
        raise ValueError("a row has no id, or a negative offset or length")
    # Sums of very large lengths would overflow, so each length is checked first.
    capacities_N = np.repeat(packs.capacities_P, sizes[0])
    if (packs.lengths_N > capacities_N).any() or (packs.capacities_P > _MAX_TOKENS).any():
        raise ValueError("a row is longer than its pack")
    filled = np.concatenate([[0], np.cumsum(packs.lengths_N)])
    if (filled[packs.starts[1:]] - filled[packs.starts[:-1]] > packs.capacities_P).any():
        raise ValueError("the rows of a pack are longer than the pack")


def _metadata(terms: PackTerms) -> Mapping[str, str]:
    return {
        name: value if isinstance(value, str) else " ".join(map(str, value)) for name, value in asdict(terms).items()
    }


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split())


def _lists(starts: Numbers, values: pa.Array, list_type: pa.DataType) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array((starts - starts[0]).astype(np.int32)), values, type=list_type)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks().flatten()


def _repeated(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.large_string()), count)
