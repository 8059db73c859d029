"""A small build folder with everything training reads: rows, token ids, a corpus with ids, and the plan of packs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from small_student import CLAUSES, write_small_build

from pipeline.config.packing import PackingRecipe
from pipeline.identity import sha256_hex
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.parts import PartWriter
from pipeline.records import Context, JoiningKind, Section
from pipeline.stages.packs import PACKS_SHARD, write_packs
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.data.rows import tokenize_rows


@dataclass(frozen=True)
class CorpusDocument:
    """A document of the small corpus: sections of so many bytes, one token each."""

    doc_id: str
    section_bytes: tuple[int, ...]
    cluster_id: str = ""
    repeats: int = 1
    language: str = "en"

    @property
    def text(self) -> str:
        letters = "abcdefghijklmnopqrstuvwxyz"
        return "".join(letters[(index + len(self.doc_id)) % 26] * size for index, size in enumerate(self.section_bytes))


def write_corpus(folder: str, documents: Sequence[CorpusDocument], *, tokenizer: str, shard_id: str = "00000") -> None:
    """Write documents with their ids and section starts, as the pack stage does."""
    path = BuildFolder(folder).corpus_part(1024, shard_id)
    with PartWriter(path, Context, ["token_ids", "section_token_starts"]) as writer:
        for document in documents:
            ids = load_tokenizer(tokenizer)(document.text, add_special_tokens=False)["input_ids"]
            starts = np.cumsum([0, *document.section_bytes])
            lists = {"token_ids": np.array(ids, np.uint32), "section_token_starts": starts[:-1].astype(np.uint32)}
            writer.add(_context(document, len(ids), starts.tolist()), lists)


def write_small_corpus(folder: str, *, tokenizer: str, num_documents: int = 6) -> None:
    """Complete the small build with documents, two to seven hundred bytes, token ids and the plan of packs.

    The first two documents are those of the build's validation rows.
    """
    documents = []
    for index in range(num_documents):
        clauses = [CLAUSES[(index + at) % len(CLAUSES)][0] for at in range(3 + 2 * (index % 4))]
        documents.append(CorpusDocument(f"doc{index:04d}", tuple(len(clause.encode()) for clause in clauses)))
    write_corpus(folder, documents, tokenizer=tokenizer)
    tokenize_rows(folder, tokenizer=tokenizer, output=Path(BuildFolder(folder).tokens))
    plan(folder, tokenizer=tokenizer, edges=(640,))


def plan(folder: str, *, tokenizer: str, edges: tuple[int, ...], **recipe: object) -> dict[str, int]:
    """Write `packs.parquet`; returns the counters of the shard."""
    build = BuildFolder(folder)
    with ShardLedger(folder=build, stage="export", shard_id=PACKS_SHARD, fingerprint="f") as ledger:
        write_packs(build, recipe=PackingRecipe.model_validate(recipe), edges=edges, tokenizer=tokenizer, ledger=ledger)
    return dict(read_shard_reports(build, "export", "f")[PACKS_SHARD].counters)


def write_packed_build(
    folder: Path, *, tokenizer: str, edges: tuple[int, ...], num_train: int = 8, num_validation: int = 2
) -> str:
    """The small build with token ids and packs of its rows; there is no corpus."""
    build = write_small_build(folder, num_train=num_train, num_validation=num_validation)
    tokenize_rows(build, tokenizer=tokenizer, output=Path(BuildFolder(build).tokens))
    plan(build, tokenizer=tokenizer, edges=edges)
    return build


def _context(document: CorpusDocument, num_tokens: int, starts: list[int]) -> Context:
    return Context(
        doc_id=document.doc_id,
        text=document.text,
        domain="legal",
        language=document.language,
        title=document.doc_id,
        licence="unknown",
        source_uri=f"{document.doc_id}.txt",
        source_offset=0,
        sha256=sha256_hex(document.text.encode()),
        num_tokens=num_tokens,
        bucket=1024,
        cluster_id=document.cluster_id or document.doc_id,
        sections=tuple(Section(a, b, 1, "") for a, b in pairwise(starts)),
        parent_id=document.doc_id,
        parent_start=0,
        heading_path=(),
        part=1,
        num_parts=1,
        joining=JoiningKind.NONE.value,
        members=(),
        repeats=document.repeats,
    )
