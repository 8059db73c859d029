"""Checks corpus documents (sections, outline, members, parents, token counts) and the quotes taken from them.

Takes corpus files, and the candidates and rows of the same shards; adds the problems that it finds to `Findings`. Each
text is read once, in batches of 64 rows; memory holds the quotes of one shard. Used by `verify.run`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow.parquet as pq

from pipeline.identity import content_id
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.outputs import shard_of
from pipeline.io.parts import NumberLists, read_part_with_lists
from pipeline.io.token_store import TOKEN_IDS
from pipeline.nodes import ROOT, Node
from pipeline.pack.contexts import joined_id
from pipeline.records import Context, JoiningKind
from pipeline.stages.encoded_parts import SECTION_TOKEN_STARTS, TOKEN_LISTS
from pipeline.verify.problems import START_OVER, Findings
from pipeline.verify.recorded import Recorded

_DEPTH_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class _Quote:
    path: str
    owner: str
    """Id of the candidate or row that contains the quote."""
    start: int
    end: int
    quote: str
    depth: float


def check_corpus(folder: BuildFolder, recorded: Recorded, findings: Findings) -> None:
    """Check every row of `corpus/`, and compare the evidence of every candidate and SFT row with its document."""
    corpus_paths: dict[str, list[str]] = defaultdict(list)
    for path in recorded.paths("corpus"):
        corpus_paths[shard_of(path)].append(path)
    quoting_paths = defaultdict(list)
    for path in (*recorded.paths("work/candidates"), *recorded.paths("sft")):
        quoting_paths[shard_of(path)].append(path)
    for shard in sorted(corpus_paths.keys() | quoting_paths.keys()):
        _check_shard(folder, corpus_paths[shard], quoting_paths[shard], findings)


def _check_shard(
    folder: BuildFolder, corpus_paths: Sequence[str], quoting_paths: Sequence[str], findings: Findings
) -> None:
    quotes: dict[str, list[_Quote]] = defaultdict(list)
    for path in quoting_paths:
        for doc_id, quote in _quotes(folder, path, findings):
            quotes[doc_id].append(quote)
    split: dict[str, list[tuple[str, int, int, int]]] = defaultdict(list)
    for path in corpus_paths:
        rows = read_part_with_lists(files.join(folder.root, path), Context, TOKEN_LISTS)
        for row, lists in rows:
            findings.count("contexts")
            for what in _row_problems(row, lists):
                findings.add(path, f"holds document {row.doc_id}, {what}", START_OVER)
            for quote in quotes.pop(row.doc_id, ()):
                _check_quote(quote, row.text, findings)
            if row.num_parts > 1:
                split[row.parent_id].append((path, row.part, row.num_parts, row.parent_start))
    for doc_id, unmatched in quotes.items():
        what = f"holds {unmatched[0].owner}, about document {doc_id}, which is not in the corpus"
        findings.add(unmatched[0].path, what, START_OVER)
    for parent_id, parts in split.items():
        if not _are_complete(sorted(part for _, *part in parts)):
            what = f"holds parts of document {parent_id} that are not numbered from 1 to {len(parts)} in text order"
            findings.add(parts[0][0], what, START_OVER)


def _are_complete(parts: Sequence[Sequence[int]]) -> bool:
    """Return whether parts (number, total, start) are numbered from 1 to their total, with increasing starts."""
    numbers, totals, starts = zip(*parts, strict=True)
    return (
        list(numbers) == list(range(1, len(parts) + 1))
        and set(totals) == {len(parts)}
        and list(starts) == sorted(set(starts))
    )


def _quotes(folder: BuildFolder, path: str, findings: Findings) -> Iterator[tuple[str, _Quote]]:
    is_row = path.startswith("sft/")
    owner, documents = ("id", "doc_ids") if is_row else ("candidate_id", "doc_id")
    with files.open_binary(files.join(folder.root, path)) as file:
        for batch in pq.ParquetFile(file).iter_batches(batch_size=1024, columns=[owner, documents, "evidence"]):
            for row in batch.to_pylist():
                allowed = row[documents] if is_row else [row[documents]]
                for item in row["evidence"]:
                    if item["doc_id"] not in allowed:
                        what = f"holds {row[owner]}, whose evidence is from a different document"
                        findings.add(path, what, START_OVER)
                    quote = _Quote(path, row[owner], item["start"], item["end"], item["quote"], item["depth"])
                    yield item["doc_id"], quote


def _check_quote(quote: _Quote, text: str, findings: Findings) -> None:
    findings.count("evidence spans")
    if not 0 <= quote.start < quote.end <= len(text) or text[quote.start : quote.end] != quote.quote:
        findings.add(quote.path, f"holds {quote.owner}, whose evidence is not verbatim in its document", START_OVER)
    elif abs(quote.depth - quote.start / len(text)) > _DEPTH_TOLERANCE:
        findings.add(quote.path, f"holds {quote.owner}, whose evidence has a wrong depth", START_OVER)


def _row_problems(row: Context, lists: NumberLists) -> Iterator[str]:
    length = len(row.text)
    bounds = [0, *(section.end for section in row.sections)]
    if [section.start for section in row.sections] != bounds[:-1] or bounds[-1] != length:
        yield "whose sections do not cover its text in order"
    if not _is_outline_of(row.outline, length):
        yield "whose outline does not fit its text"
    if row.num_tokens > row.bucket:
        yield f"whose {row.num_tokens:,} tokens are in the wrong bucket"
    if len(lists[TOKEN_IDS]) != row.num_tokens:
        yield "whose number of token ids differs from its num_tokens"
    starts = lists[SECTION_TOKEN_STARTS].astype(np.int64)
    if len(starts) != len(row.sections) or bool((np.diff(starts) < 0).any()) or bool((starts > row.num_tokens).any()):
        yield "whose sections start at impossible tokens"
    if row.repeats < 1:
        yield "whose number of repeats is below 1"
    yield from _member_problems(row)
    is_part = row.num_parts > 1 or row.parent_start > 0
    if not is_part and (row.part, row.parent_id) != (1, row.doc_id):
        yield "which is whole, but its part number or parent says otherwise"
    if is_part and row.doc_id != content_id(row.parent_id, row.parent_start):
        yield "whose id does not match its parent and its start there"


def _is_outline_of(outline: Sequence[Node] | None, length: int) -> bool:
    """Return whether all nodes lie within a text of this length and each node is listed after its parent."""
    return outline is None or all(
        0 <= node.start <= node.body <= node.end <= length and ROOT <= node.parent < index
        for index, node in enumerate(outline)
    )


def _member_problems(row: Context) -> Iterator[str]:
    is_joined = row.joining != JoiningKind.NONE
    if is_joined != bool(row.members):
        yield "which is joined but has no members" if is_joined else "which is not joined but has members"
    elif is_joined:
        ends = [0, *(member.end for member in row.members)]
        in_order = all(end <= member.start < member.end for end, member in zip(ends, row.members, strict=False))
        if not in_order or ends[-1] != len(row.text):
            yield "whose members do not follow each other to the end of its text"
        if row.doc_id != joined_id([member.doc_id for member in row.members]):
            yield "whose id does not match its members"
        if sum(member.num_tokens for member in row.members) > row.num_tokens:
            yield "whose members together have more tokens than the document"
