"""The index of the evaluation sets as it is stored in `work/evaluation/`, and how workers load it: once a process.

`stages.evaluation_index` writes it. The decontamination stage searches documents with it, and the synthesize stage what
a teacher wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.decontamination.findings import Limits
from pipeline.decontamination.index import NGramIndex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.listing import FileState, file_state
from pipeline.io.parts import read_part
from pipeline.records import Name, Note

INDEX_STAGE, COMMON_STAGE = "evaluation_index", "common"
"""The names under which the reports of the steps are stored that write the index and the n-grams to leave out."""
NGRAMS = "ngrams"
"""The name of the array with the numbers of common n-grams, and of the column of `work/matches`."""


@dataclass(frozen=True, slots=True)
class EvaluationItem:
    """A row of `work/evaluation/items-*`; the row's number is the number of the item in the index."""

    set_name: Name
    item_id: Name
    """The item's own id, or the file and the number of its record."""
    is_testable: bool
    """Whether the item is long and distinctive enough to be found."""
    excerpt: Note
    """The beginning of the item's first text, with personal data masked."""


@dataclass(frozen=True, slots=True)
class IndexArray:
    """An array of the index, as bytes in little-endian order."""

    name: str
    dtype: str
    data: bytes


def limits_of(recipe: DecontaminationRecipe) -> Limits:
    """Return the recipe's limits for finding an item."""
    return Limits(min_words=recipe.min_words, min_share=recipe.min_share)


def load_index(folder: BuildFolder, fingerprint: str) -> NGramIndex:
    """Return the index. Each worker process reads it once.

    Args:
        folder: the build folder.
        fingerprint: the stage's fingerprint, so that a later build in the same process reads the file again.
    """
    return _load_index(folder, fingerprint, file_state(folder.evaluation_index))


def load_distinctive_index(folder: BuildFolder, fingerprint: str) -> NGramIndex:
    """Return the index without the n-grams that too many documents contain; arguments as for `load_index`."""
    states = file_state(folder.evaluation_index), file_state(folder.common_ngrams)
    return _load_distinctive_index(folder, fingerprint, *states)


def read_items(folder: BuildFolder) -> list[EvaluationItem]:
    """Return the items of all sets by number; empty if there are none."""
    path = folder.evaluation_items
    return list(read_part(path, EvaluationItem)) if files.exists(path) else []


def arrays_as_rows(arrays: Mapping[str, NDArray[np.generic]]) -> Iterator[IndexArray]:
    """Yield a row for each array."""
    for name, array in arrays.items():
        dtype = array.dtype.newbyteorder("<")
        yield IndexArray(name, dtype.str, array.astype(dtype, copy=False).tobytes())


def read_arrays(path: str) -> dict[str, NDArray[np.generic]]:
    """Return the arrays that `arrays_as_rows` turned into the rows of a file; empty without the file."""
    if not files.exists(path):
        return {}
    found = {}
    for row in read_part(path, IndexArray):
        array = np.frombuffer(row.data, dtype=row.dtype)
        found[row.name] = array.astype(array.dtype.newbyteorder("="), copy=False)
    return found


@lru_cache(maxsize=1)
def _load_index(folder: BuildFolder, fingerprint: str, state: FileState | None) -> NGramIndex:
    return NGramIndex(**read_arrays(folder.evaluation_index))  # type: ignore[arg-type]  # what `arrays` returned


@lru_cache(maxsize=1)
def _load_distinctive_index(
    folder: BuildFolder, fingerprint: str, state: FileState | None, common: FileState | None
) -> NGramIndex:
    index = load_index(folder, fingerprint)
    left_out = read_arrays(folder.common_ngrams).get(NGRAMS)
    return index if left_out is None else index.without(left_out.astype(np.uint32))
