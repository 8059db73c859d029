"""The first step of the pack stage, as a map over shards: encodes every document that deduplication kept.

Reads `work/documents/part-k`; writes `work/tokens/part-k`. A document that is too long for the top bucket is also split
or rejected here, because this depends only on the document; decisions that depend on other documents are made by
`stages.placement`. Passages that deduplication cuts are removed here, and the shortened documents are written to
`work/cut/part-k` for `stages.pack`. Used by `stages.pack`. Memory: one document, a buffer of tokens, the members of all
clusters, and all passages that are cut.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.config.pack import PackRecipe
from pipeline.dedup.passages import without_passages
from pipeline.documents.grammar.outline import outline_of
from pipeline.domains import domain_rules
from pipeline.errors import PipelineError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import NumberLists, PartWriter, read_part
from pipeline.io.token_store import TOKEN_IDS
from pipeline.pack.encoding import Unplaced
from pipeline.pack.imports import imports_of
from pipeline.pack.outline_type import outline_type
from pipeline.pack.parts import encode_parts, heading_tokens, is_whole
from pipeline.pack.relations import relation_key
from pipeline.records import Document
from pipeline.stages.cluster_members import cluster_members, cut_passages
from pipeline.stages.encoded_parts import SECTION_TOKEN_STARTS, TOKEN_LISTS, EncodedPart
from pipeline.stages.shards import Shard

_NO_TOKENS: NumberLists = {name: np.empty(0, dtype=np.uint32) for name in TOKEN_LISTS}


@dataclass(frozen=True, slots=True)
class TokenizeWork:
    """Turns a document part into a token part and a part of cut documents. Counts surviving documents as kept."""

    stage: ClassVar[str] = "tokenize"
    recipe: PackRecipe
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Encode the surviving documents of the shard, in order.

        Raises:
            InputError: the tokenizer cannot be loaded.
        """
        clusters = cluster_members(folder, self.fingerprint)
        cuts = cut_passages(folder, self.fingerprint)
        path, cut_path = folder.encoded_part(shard.shard_id), folder.cut_part(shard.shard_id)
        for earlier in (path, cut_path):
            files.remove_file(earlier)
        with (
            ledger.part(PartWriter(path, EncodedPart, TOKEN_LISTS)) as writer,
            ledger.part(PartWriter(cut_path, Document)) as cut_writer,
        ):
            for row, document in enumerate(document for path in shard.inputs for document in read_part(path, Document)):
                member = clusters.get(document.doc_id)
                if member is None or member.is_kept:
                    shortened = without_passages(document, cuts.get(document.doc_id, ()))
                    if shortened is not document:
                        cut_writer.add(shortened)
                    for part, lists in self._encoded(shortened, row):
                        writer.add(part, lists)
                    ledger.keep(1)

    def _encoded(self, document: Document, row: int) -> Iterator[tuple[EncodedPart, NumberLists]]:
        try:
            yield from list(self._parts(document, row))
        except PipelineError:
            raise
        except Exception as error:  # noqa: BLE001  `stages.pack` writes a dead letter for the document
            name = f"{type(error).__name__}: {error}"
            yield _without_tokens(document, row, error=name, trace="".join(traceback.format_exception(error)))

    def _parts(self, document: Document, row: int) -> Iterator[tuple[EncodedPart, NumberLists]]:
        found = encode_parts(document, self.recipe)
        if isinstance(found, Unplaced):
            yield _without_tokens(document, row, unplaced=found)
            return
        whole = is_whole(document, found)
        is_short = whole and found[0].num_tokens < self.recipe.join_below_tokens
        is_comparable = whole and found[0].num_tokens < self.recipe.compare_tokens
        is_code = domain_rules(document.domain).is_code
        for number, part in enumerate(found, start=1):
            encoded = EncodedPart(
                doc_id=document.doc_id,
                document_row=row,
                start=part.start,
                end=part.end,
                part=number,
                num_parts=len(found),
                num_tokens=part.num_tokens,
                domain=document.domain,
                language=document.language,
                source_uri=document.source_uri,
                source_offset=document.source_offset,
                title=document.title,
                heading_tokens=heading_tokens(document, self.recipe) if is_short or is_comparable else 0,
                outline_type=outline_type(outline_of(document)) if is_comparable and not is_code else b"",
                relation=relation_key(document) if is_short else "",
                imports=imports_of(document.text) if is_short and is_code else (),
                reason="",
                detail="",
                score=0.0,
                error="",
                traceback="",
            )
            yield encoded, {TOKEN_IDS: part.ids, SECTION_TOKEN_STARTS: part.section_token_starts}


def _without_tokens(
    document: Document, row: int, *, unplaced: Unplaced | None = None, error: str = "", trace: str = ""
) -> tuple[EncodedPart, NumberLists]:
    encoded = EncodedPart(
        doc_id=document.doc_id,
        document_row=row,
        start=0,
        end=len(document.text),
        part=1,
        num_parts=1,
        num_tokens=unplaced.num_tokens if unplaced else 0,
        domain=document.domain,
        language=document.language,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        title=document.title,
        heading_tokens=0,
        outline_type=b"",
        relation="",
        imports=(),
        reason=unplaced.why.reason if unplaced else "",
        detail=unplaced.why.detail if unplaced else "",
        score=(unplaced.why.score or 0.0) if unplaced else 0.0,
        error=error,
        traceback=trace,
    )
    return encoded, _NO_TOKENS
