"""Turns the documents of a batch into contexts: the pure twin of `PackContexts`.

Takes documents; yields what became of each, and of each group of short documents that are joined. Long documents are
split, short ones joined with relatives in the same batch, each row gets its bucket, and documents that are too short
and have no relatives are rejected. The functions that decide are those of the pack stage (`pack.parts`,
`pack.joining`, `pack.contexts`); the stage decides about all documents at once. Memory: the documents of the batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from pipeline.config.build import DedupRecipe
from pipeline.config.pack import PackRecipe
from pipeline.dedup.signature import unpacked
from pipeline.dedup.signing import sign_documents
from pipeline.domains import domain_rules
from pipeline.errors import PipelineError
from pipeline.io.dead_letters import dead_letter_of
from pipeline.pack.contexts import Placement, joined_context
from pipeline.pack.encoding import Unplaced
from pipeline.pack.imports import imports_of
from pipeline.pack.joining import JoinCandidate, JoinGroup, join_documents
from pipeline.pack.nearest import Hashes
from pipeline.pack.parts import (
    STAGE,
    bucket_of,
    encode_parts,
    heading_tokens,
    is_whole,
    join_rules,
    joined_tokens,
    num_left_out,
    pack_rejection,
    part_rows,
    too_short,
)
from pipeline.pack.relations import relation_key, repository_keys
from pipeline.pack.split import Part
from pipeline.records import Context, DeadLetter, Document, JoiningKind, Rejection
from pipeline.transforms.changed_text import misfit_letter

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PackOutcome:
    """What became of one document, or of the documents that are joined."""

    made: tuple[Context | Rejection | DeadLetter, ...]
    counters: Mapping[str, int]
    """`documents/whole`, `/split` and `/joined` count documents; `bucket/B` and `tokens/B` count rows and tokens."""


def pack_documents(
    documents: Sequence[Document], recipe: PackRecipe, *, seed: int, clusters: Mapping[str, str]
) -> Iterator[PackOutcome]:
    """Yield what became of each document that is not joined, in order; then each row that joins some.

    Args:
        documents: the documents of a batch.
        recipe: the recipe section. `compare` and `mix` are not used: they need all documents.
        seed: decides which documents are joined at random.
        clusters: the cluster of each document that is related to another kept one, by id. Such a document is never
            joined, because a joined row would connect its cluster with others.
    """
    measured = [_or_dead([document], partial(_measured, document, recipe)) for document in documents]
    num_with_id = Counter(document.doc_id for document in documents)
    # Ids may repeat in a pipeline of your own; such documents are not joined.
    short = {
        one.document.doc_id: one
        for one in measured
        if isinstance(one, _Measured)
        and one.candidate is not None
        and one.document.doc_id not in clusters
        and num_with_id[one.document.doc_id] == 1
    }
    groups = _groups(list(short.values()), recipe, seed=seed)
    joined = {doc_id for group in groups for doc_id in group.doc_ids}
    for one in measured:
        if isinstance(one, PackOutcome):
            yield one
        elif one.document.doc_id not in joined:
            yield _or_dead([one.document], partial(_alone, one, recipe, clusters))
    for group in groups:
        members = [short[doc_id] for doc_id in group.doc_ids]
        yield _or_dead([one.document for one in members], partial(_together, members, group.kind, recipe))


@dataclass(frozen=True, slots=True)
class _Measured:
    document: Document
    parts: tuple[Part, ...]
    is_code: bool
    candidate: JoinCandidate | None
    """What decides about joining; None if the document is not short. The relation of code is left to `_groups`."""

    @property
    def num_tokens(self) -> int:
        return sum(part.num_tokens for part in self.parts)


def _or_dead(documents: Sequence[Document], work: Callable[[], Result]) -> Result | PackOutcome:
    """Return the result of `work`. If it raises an unexpected error, return the dead letters of the documents."""
    try:
        return work()
    except PipelineError:
        raise
    except Exception as error:  # noqa: BLE001  # an unexpected error costs these documents, not the job
        letters = [
            dead_letter_of(
                error,
                stage=STAGE,
                item_id=document.doc_id,
                source_uri=document.source_uri,
                source_offset=document.source_offset,
            )
            for document in documents
        ]
        return PackOutcome(tuple(letters), {})


def _measured(document: Document, recipe: PackRecipe) -> _Measured | PackOutcome:
    """Return a document with its parts, or the rejection or dead letter of one that cannot be packed."""
    if (misfit := misfit_letter(document, stage=STAGE)) is not None:
        return PackOutcome((misfit,), {})
    found = encode_parts(document, recipe)
    if isinstance(found, Unplaced):
        return PackOutcome((pack_rejection(document, found.why),), {})
    is_code = domain_rules(document.domain).is_code
    num_tokens = sum(part.num_tokens for part in found)
    is_short = is_whole(document, found) and num_tokens < recipe.join_below_tokens
    candidate = (
        JoinCandidate(
            doc_id=document.doc_id,
            domain=document.domain,
            language=document.language,
            num_tokens=num_tokens + heading_tokens(document, recipe),
            source_uri=document.source_uri,
            source_offset=document.source_offset,
            relation="" if is_code else relation_key(document),
            imports=imports_of(document.text) if is_code else (),
        )
        if is_short
        else None
    )
    return _Measured(document, tuple(found), is_code, candidate)


def _groups(short: Sequence[_Measured], recipe: PackRecipe, *, seed: int) -> list[JoinGroup]:
    """Return the groups of short documents that are joined."""
    join = recipe.join
    if not short or not join.kinds:
        return []
    repositories = repository_keys({one.document.source_uri for one in short if one.is_code})
    candidates = [
        replace(one.candidate, relation=repositories[one.document.source_uri]) if one.is_code else one.candidate
        for one in short
        if one.candidate is not None
    ]
    return join_documents(
        candidates,
        rules=join_rules(recipe),
        minhashes=_minhashes([one.document for one in short]) if JoiningKind.NEAREST in join.kinds else {},
        seed=seed,
    )


def _minhashes(documents: Sequence[Document]) -> dict[str, Hashes]:
    signatures = sign_documents(documents, DedupRecipe())
    return {signature.doc_id: unpacked(signature.minhash) for signature in signatures}


def _alone(one: _Measured, recipe: PackRecipe, clusters: Mapping[str, str]) -> PackOutcome:
    """Return the rows of a document, or its rejection."""
    document = one.document
    if one.num_tokens < recipe.min_tokens:
        return PackOutcome((pack_rejection(document, too_short(one.num_tokens, least=recipe.min_tokens)),), {})
    cluster_id = clusters.get(document.doc_id, document.doc_id)
    rows = tuple(part_rows(document, one.parts, recipe, cluster_id=cluster_id, repeats=1))
    counters = {f"documents/{'split' if len(rows) > 1 else 'whole'}": 1, **_of_rows(rows)}
    if left_out := num_left_out(document, one.parts):
        counters["skipped/unsplittable"] = left_out
    return PackOutcome(rows, counters)


def _together(members: Sequence[_Measured], kind: JoiningKind, recipe: PackRecipe) -> PackOutcome:
    """Return the row that joins documents."""
    documents = [one.document for one in members]
    names = [(document.language, document.title) for document in documents]
    num_tokens = joined_tokens(names, (one.num_tokens for one in members), recipe)
    row = joined_context(
        documents,
        num_tokens=[one.num_tokens for one in members],
        joining=kind,
        placement=Placement(
            num_tokens=num_tokens,
            bucket=bucket_of(num_tokens, recipe),
            cluster_id=min(document.doc_id for document in documents),
            repeats=1,
        ),
    )
    return PackOutcome((row,), {"documents/joined": len(documents), **_of_rows((row,))})


def _of_rows(rows: Sequence[Context]) -> dict[str, int]:
    counters: dict[str, int] = {}
    for row in rows:
        for name, amount in ((f"bucket/{row.bucket}", 1), (f"tokens/{row.bucket}", row.num_tokens)):
            counters[name] = counters.get(name, 0) + amount
    return counters
