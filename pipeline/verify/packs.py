"""Checks that `packs.parquet` has every row of its split as often as planned, in packs that are not overfull.

In: the plan, and row ids and lengths by column. Out: problems. Memory: about 60 bytes per row and piece of a source.
"""

from __future__ import annotations

from collections.abc import Mapping

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
from pipeline.verify.problems import START_OVER, Findings
from pipeline.verify.recorded import Recorded
from pipeline.verify.splits import asked_documents

Numbers = npt.NDArray[np.int64]

_PATH = "packs.parquet"


def check_packs(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Check the packs of both sources and splits against their rows."""
    try:
        _check_plan(folder, recorded, findings)
    except DamagedFileError as error:
        findings.add(_PATH, error.message.split(" is damaged: ", 1)[-1].rstrip("."), START_OVER)


def _check_plan(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    terms = read_pack_terms(folder.packs)
    report = recorded.reports.get("export", {}).get("packs")
    counters = report.counters if report else {}
    for split in Split:
        ids, lengths = _columns(folder, _of_split(recorded, "tokens", split), "row_id")
        packs = read_packs(folder.packs, source=RowSource.SFT, split=split)
        left_out = lengths > terms.conversation_edges[-1]
        _check(packs, ids, lengths, np.ones_like(lengths), left_out, terms.conversation_edges, f"sft/{split}", findings)
        _check_left_out(counters, left_out, f"packs/sft/{split}/dropped_rows", findings)
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
        own = table.filter(pa.array(is_held_out == (split is Split.VALIDATION)))
        lengths = own["num_tokens"].to_numpy() + int(bool(terms.end_of_text))
        packs = read_packs(folder.packs, source=RowSource.CORPUS, split=split)
        left_out = (lengths > terms.document_edges[-1]) & (not can_split)
        ids = pa.array(own["doc_id"].combine_chunks())
        name = f"corpus/{split}"
        _check(packs, ids, lengths, own["repeats"].to_numpy(), left_out, terms.document_edges, name, findings)
        _check_left_out(counters, left_out, f"packs/{name}/dropped_rows", findings)


def _check(
    packs: PackTable,
    ids: pa.Array,
    lengths_R: Numbers,
    repeats_R: Numbers,
    left_out_R: npt.NDArray[np.bool_],
    edges: tuple[int, ...],
    name: str,
    findings: Findings,
) -> None:
    """Check rows R in packs of pieces N: each row occurs as often as it is repeated, in consecutive pieces."""
    findings.count("packs", len(packs))
    rows_N = pc.index_in(packs.row_ids_N, value_set=ids)
    if rows_N.null_count:
        unknown = packs.row_ids_N.filter(pc.is_null(rows_N))[0].as_py()
        findings.add(_PATH, f"holds {unknown} in {name}, which has no such row", START_OVER)
        return
    if len(packs):
        used_P = np.add.reduceat(packs.lengths_N, packs.starts[:-1])
        costs_P = np.add.reduceat(packs.lengths_N**2, packs.starts[:-1])
        if (used_P > packs.capacities_P).any() or not set(packs.capacities_P.tolist()) <= set(edges):
            findings.add(_PATH, f"has packs of {name} that are overfull or of an unplanned size", START_OVER)
        if (costs_P != packs.costs_P).any():
            findings.add(_PATH, f"has packs of {name} whose cost does not match their rows", START_OVER)
    wrong = _wrong_rows(rows_N.to_numpy().astype(np.int64), packs, lengths_R, np.where(left_out_R, 0, repeats_R))
    findings.count("packed rows", int(lengths_R.size))
    if wrong.size:
        row = ids[int(wrong[0])].as_py()
        findings.add(_PATH, f"does not hold {wrong.size:,} rows of {name} as planned, such as {row}", START_OVER)


def _wrong_rows(rows_N: Numbers, packs: PackTable, lengths_R: Numbers, wanted_R: Numbers) -> Numbers:
    """Return the rows that are not packed whole, or not as often as wanted."""
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


def _check_left_out(
    counters: Mapping[str, int], left_out_R: npt.NDArray[np.bool_], name: str, findings: Findings
) -> None:
    if counters.get(name, 0) != int(left_out_R.sum()):
        what = f"counts {counters.get(name, 0):,} {name}, but {int(left_out_R.sum()):,} rows are in no pack"
        findings.add("work/shards/export/packs.json", what, START_OVER)


def _of_split(recorded: Recorded, folder: str, split: Split) -> list[str]:
    return [path for path in recorded.paths(folder) if path.startswith(f"{folder}/{split.value}-")]


def _columns(folder: BuildFolder, paths: list[str], id_column: str) -> tuple[pa.Array, Numbers]:
    if not paths:
        return pa.array([], pa.large_string()), np.zeros(0, dtype=np.int64)
    table = read_files_columns([files.join(folder.root, path) for path in paths], [id_column, "num_tokens"])
    return table[id_column].combine_chunks(), table["num_tokens"].to_numpy()
