"""Checks that `packs.parquet` holds every row of a split as often as planned, in packs that are not overfull.

Rows are SFT conversations or corpus documents. A document that is too long for one pack is left out or, if the
recipe says so, stored as several pieces. Takes the pack plan and the ids and lengths of the rows; adds the problems
that it finds to `Findings`. Memory: about 60 bytes per row and piece. Used by `verify.run`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.config.packing import DocumentOverflow
from pipeline.errors import DamagedFileError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.packs import PackTable, read_pack_terms, read_packs
from pipeline.io.parts import read_files_columns
from pipeline.records import RowSource, Split
from pipeline.verify.counts import asked_documents
from pipeline.verify.problems import START_OVER, Findings, reason
from pipeline.verify.recorded import Recorded

Numbers = npt.NDArray[np.int64]

_PATH = "packs.parquet"


@dataclass(frozen=True, slots=True)
class SplitRows:
    """The R rows of one source and split, and the planned pack sizes."""

    name: str
    """Source and split, such as `sft/train`."""
    ids: pa.Array
    lengths_R: Numbers
    """Length of each row in tokens."""
    repeats_R: Numbers
    """How often each row should be packed, unless it is left out."""
    left_out_R: npt.NDArray[np.bool_]
    """True for rows that are left out because they are too long for any pack."""
    edges: tuple[int, ...]
    """Planned pack sizes in tokens."""


def check_packs(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Check the packs of both sources and both splits against the rows that they should hold."""
    try:
        _check_plan(folder, recorded, findings)
    except DamagedFileError as error:
        findings.add(_PATH, reason(error), START_OVER)


def _check_plan(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    terms = read_pack_terms(folder.packs)
    report = recorded.reports.get("export", {}).get("packs")
    counters = report.counters if report else {}
    for split in Split:
        ids, lengths = _ids_and_lengths(folder, _paths_of_split(recorded, split))
        packs = read_packs(folder.packs, source=RowSource.SFT, split=split)
        left_out = lengths > terms.conversation_edges[-1]
        rows = SplitRows(f"sft/{split}", ids, lengths, np.ones_like(lengths), left_out, terms.conversation_edges)
        check_split_packs(packs, rows, findings)
        check_left_out(counters, rows, findings)
    packing = recorded.manifest.recipe["packing"] if recorded.manifest else {}
    can_split = packing.get("documents") == DocumentOverflow.SPLIT_AT_SECTION
    table = read_files_columns(
        [files.join(folder.root, path) for path in recorded.paths("corpus")],
        ["doc_id", "cluster_id", "num_tokens", "repeats"],
    )
    asked = asked_documents(folder, recorded, Split.VALIDATION)
    held_out = pc.unique(table.filter(pc.is_in(table["doc_id"], asked))["cluster_id"])
    is_held_out = pc.is_in(table["cluster_id"], held_out).to_numpy()
    for split in Split:
        documents = table.filter(pa.array(is_held_out == (split is Split.VALIDATION)))
        lengths = documents["num_tokens"].to_numpy() + int(bool(terms.end_of_text))
        packs = read_packs(folder.packs, source=RowSource.CORPUS, split=split)
        left_out = (lengths > terms.document_edges[-1]) & (not can_split)
        ids, repeats = pa.array(documents["doc_id"].combine_chunks()), documents["repeats"].to_numpy()
        rows = SplitRows(f"corpus/{split}", ids, lengths, repeats, left_out, terms.document_edges)
        check_split_packs(packs, rows, findings)
        check_left_out(counters, rows, findings)


def check_split_packs(packs: PackTable, rows: SplitRows, findings: Findings) -> None:
    """Check that packs with N pieces in total hold each row as often as planned, and check their sizes and costs.

    The pieces of a row must cover it without gaps or overlaps.
    """
    findings.count("packs", len(packs))
    rows_N = pc.index_in(packs.row_ids_N, value_set=rows.ids)
    if rows_N.null_count:
        unknown = packs.row_ids_N.filter(pc.is_null(rows_N))[0].as_py()
        findings.add(_PATH, f"holds {unknown} in {rows.name}, which has no such row", START_OVER)
        return
    if len(packs):
        used_P = np.add.reduceat(packs.lengths_N, packs.starts[:-1])
        costs_P = np.add.reduceat(packs.lengths_N**2, packs.starts[:-1])
        if (used_P > packs.capacities_P).any() or not set(packs.capacities_P.tolist()) <= set(rows.edges):
            findings.add(_PATH, f"has packs of {rows.name} that are overfull or of an unplanned size", START_OVER)
        if (costs_P != packs.costs_P).any():
            findings.add(_PATH, f"has packs of {rows.name} whose cost does not match their rows", START_OVER)
    wanted_R = np.where(rows.left_out_R, 0, rows.repeats_R)
    wrong = _wrong_rows(rows_N.to_numpy().astype(np.int64), packs, rows.lengths_R, wanted_R)
    findings.count("packed rows", int(rows.lengths_R.size))
    if wrong.size:
        number = "1 row" if wrong.size == 1 else f"{wrong.size:,} rows"
        row = rows.ids[int(wrong[0])].as_py()
        findings.add(_PATH, f"does not hold {number} of {rows.name} as planned, such as {row}", START_OVER)


def check_left_out(counters: Mapping[str, int], rows: SplitRows, findings: Findings) -> None:
    """Check that the export counted every row that is in no pack."""
    name, number = f"packs/{rows.name}/dropped_rows", int(rows.left_out_R.sum())
    counted = counters.get(name, 0)
    if counted != number:
        what = f"counts {counted:,} {name}, but the number of rows that are in no pack is {number:,}"
        findings.add("work/shards/export/packs.json", what, START_OVER)


def _wrong_rows(rows_N: Numbers, packs: PackTable, lengths_R: Numbers, wanted_R: Numbers) -> Numbers:
    """Return the indices of the rows that are packed incompletely, or not as often as `wanted_R` says."""
    order = np.lexsort((packs.lengths_N, packs.offsets_N, rows_N))
    rows, offsets, lengths = rows_N[order], packs.offsets_N[order], packs.lengths_N[order]
    is_new = np.ones(rows.size, dtype=bool)
    is_new[1:] = (rows[1:] != rows[:-1]) | (offsets[1:] != offsets[:-1]) | (lengths[1:] != lengths[:-1])
    firsts = np.flatnonzero(is_new)
    times = np.diff([*firsts, rows.size])
    rows, offsets, lengths = rows[firsts], offsets[firsts], lengths[firsts]
    bad = times != wanted_R[rows]
    is_first = np.ones(rows.size, dtype=bool)
    is_first[1:] = rows[1:] != rows[:-1]
    is_last = np.ones(rows.size, dtype=bool)
    is_last[:-1] = is_first[1:]
    bad |= is_first & (offsets != 0)
    bad |= is_last & (offsets + lengths != lengths_R[rows])
    bad[1:] |= ~is_first[1:] & (offsets[1:] != offsets[:-1] + lengths[:-1])
    is_wrong_R = (np.bincount(rows, minlength=lengths_R.size) == 0) & (wanted_R > 0)
    is_wrong_R[rows[bad]] = True
    return np.flatnonzero(is_wrong_R)


def _paths_of_split(recorded: Recorded, split: Split) -> list[str]:
    return [path for path in recorded.paths("tokens") if path.startswith(f"tokens/{split.value}-")]


def _ids_and_lengths(folder: BuildFolder, paths: list[str]) -> tuple[pa.Array, Numbers]:
    if not paths:
        return pa.array([], pa.large_string()), np.zeros(0, dtype=np.int64)
    table = read_files_columns([files.join(folder.root, path) for path in paths], ["row_id", "num_tokens"])
    return table["row_id"].combine_chunks(), table["num_tokens"].to_numpy()
