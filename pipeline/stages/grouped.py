"""The second step of placement, over ranges: decides which documents are joined, and which mix rule concerns each.

First versions and documents of the same type are joined for comparison, then short documents with related ones. Takes
the measures of a range; writes decisions that need neither texts nor other ranges. A build with one range is decided as
a whole. Used by `stages.placement`. Memory: about 5 KiB per document of the range.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from pipeline.config.pack import PackRecipe
from pipeline.dedup.signature import unpacked
from pipeline.domains import domain_rules
from pipeline.io.key_ranges import KeyRange
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.sorted_parts import read_between
from pipeline.pack.comparing import Comparable, Compared, CompareRules, compare_documents
from pipeline.pack.contexts import joined_id
from pipeline.pack.joining import JoinCandidate, JoinGroup, join_documents
from pipeline.pack.mixing import MixItem, cap_unit, repeats_under, rule_of
from pipeline.pack.parts import bucket_of, join_rules, joined_tokens, too_short
from pipeline.pack.relations import repository_keys
from pipeline.stages.encoded_parts import JoinedMember
from pipeline.stages.placement_files import (
    DrawnItem,
    GroupedDocument,
    GroupedRow,
    MeasuredDocument,
    MetClusters,
    PlacementFile,
)
from pipeline.stages.shards import Shard, shard_id
from pipeline.stages.step_files import read_step_range, step_paths, write_step

_Documents = Mapping[str, MeasuredDocument]


@dataclass(frozen=True, slots=True)
class GroupWork:
    """Decides about the documents of a range."""

    stage: ClassVar[str] = "group"
    recipe: PackRecipe
    seed: int
    fingerprint: str
    shard_ids: tuple[str, ...]
    num_ranges: int

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the decisions, the joined rows, what a cap may exclude, and the clusters that meet in a row."""
        own = read_step_range(folder.placement, int(shard.shard_id), num_planned=self.num_ranges)
        documents = {one.doc_id: one for one in _measured(folder, self.shard_ids, own)} if own else {}
        compared = self._compared(documents)
        for kind, num_possible in compared.num_possible.items():
            ledger.count(f"possible_contexts/{kind}", num_possible)
        taken = {doc_id for group in compared.groups for doc_id in group.doc_ids}
        left = {doc_id: document for doc_id, document in documents.items() if doc_id not in taken}
        groups = [*compared.groups, *self._groups(left)]
        rows = [self._joined(group, documents, number) for number, group in enumerate(groups)]
        grouped = list(self._decided(documents, groups, rows))
        drawn = [
            DrawnItem(one.rule, cap_unit(one.item_id, self.seed), one.item_id, one.num_tokens)
            for one in grouped
            if one.rule >= 0 and not one.is_joined
        ] + [
            DrawnItem(one.rule, cap_unit(one.item_id, self.seed), one.item_id, one.num_tokens)
            for one in rows
            if one.rule >= 0
        ]
        met = [
            MetClusters(tuple(sorted({documents[doc_id].cluster_id for doc_id in group.doc_ids})))
            for group in groups
            if any(documents[doc_id].is_related for doc_id in group.doc_ids)
        ]
        number = shard.shard_id
        write_step(folder.placement, PlacementFile.GROUPED, number, grouped, GroupedDocument, ledger, sorted_by="shard")
        by_shard = sorted(rows, key=lambda one: (one.shard, one.number))
        write_step(folder.placement, PlacementFile.ROWS, number, by_shard, GroupedRow, ledger, sorted_by="shard")
        write_step(
            folder.placement, PlacementFile.DRAWN, number, sorted(drawn, key=lambda d: d.rule), DrawnItem, ledger
        )
        write_step(folder.placement, PlacementFile.MET, number, met, MetClusters, ledger)

    def _compared(self, documents: _Documents) -> Compared:
        compare = self.recipe.compare
        limit = self.recipe.compare_tokens
        return compare_documents(
            [
                Comparable(
                    doc_id=document.doc_id,
                    domain=document.domain,
                    language=document.language,
                    num_tokens=document.num_tokens + document.heading_tokens,
                    source_uri=document.source_uri,
                    source_offset=document.source_offset,
                    versions=document.versions,
                    outline_type=document.outline_type,
                )
                for document in documents.values()
                if document.is_joinable(limit)
            ],
            rules=CompareRules(
                versions_share=compare.versions_share,
                comparison_share=compare.comparison_share,
                max_tokens=limit,
                max_members=compare.max_members,
                min_similarity=compare.min_similarity,
            ),
            seed=self.seed,
        )

    def _groups(self, documents: _Documents) -> list[JoinGroup]:
        short = [document for document in documents.values() if document.is_joinable(self.recipe.join_below_tokens)]
        if not short or not self.recipe.join.kinds:
            return []
        relations = _relations(short)
        return join_documents(
            [
                JoinCandidate(
                    doc_id=document.doc_id,
                    domain=document.domain,
                    language=document.language,
                    num_tokens=document.num_tokens + document.heading_tokens,
                    source_uri=document.source_uri,
                    source_offset=document.source_offset,
                    relation=relations[document.doc_id],
                    imports=document.imports,
                )
                for document in short
            ],
            rules=join_rules(self.recipe),
            minhashes={document.doc_id: unpacked(document.minhash) for document in short if document.minhash},
            seed=self.seed,
        )

    def _joined(self, group: JoinGroup, documents: _Documents, number: int) -> GroupedRow:
        members = [documents[doc_id] for doc_id in group.doc_ids]
        names = [(member.language, member.title) for member in members]
        num_tokens = joined_tokens(names, (member.num_tokens for member in members), self.recipe)
        row_id, bucket = joined_id(group.doc_ids), bucket_of(num_tokens, self.recipe)
        rule = rule_of(MixItem(row_id, bucket, members[0].domain, members[0].language, num_tokens), self.recipe.mix)
        return GroupedRow(
            shard=members[0].shard,
            number=number,
            item_id=row_id,
            rule=self._cap_of(rule),
            joining=group.kind.value,
            cluster_id=min(member.cluster_id for member in members),
            num_tokens=num_tokens,
            bucket=bucket,
            repeats=repeats_under(self.recipe.mix, rule, row_id, self.seed),
            members=tuple(
                JoinedMember(shard_id=shard_id(m.shard), encoded_row=m.encoded_row, document_row=m.document_row)
                for m in members
            ),
        )

    def _decided(
        self, documents: _Documents, groups: Sequence[JoinGroup], rows: Sequence[GroupedRow]
    ) -> Iterator[GroupedDocument]:
        """Yield the decision on each document, in the given order."""
        in_row = {doc_id: row for row, group in zip(rows, groups, strict=True) for doc_id in group.doc_ids}
        least = self.recipe.min_tokens
        for doc_id, document in documents.items():
            row = in_row.get(doc_id)
            decided = GroupedDocument(
                shard=document.shard,
                order=document.order,
                doc_id=doc_id,
                cluster_id=row.cluster_id if row else document.cluster_id,
                num_tokens=document.num_tokens,
                item_id=row.item_id if row else doc_id,
                is_joined=row is not None,
                rule=row.rule if row else -1,
                repeats=row.repeats if row else 1,
                reason="",
                detail="",
                score=0.0,
            )
            if document.fits and document.num_tokens < least and row is None:
                why = too_short(document.num_tokens, least=least)
                yield replace(decided, reason=why.reason, detail=why.detail, score=float(document.num_tokens))
            elif document.fits and row is None:
                bucket = bucket_of(document.longest_part, self.recipe)
                item = MixItem(doc_id, bucket, document.domain, document.language, document.num_tokens)
                rule = rule_of(item, self.recipe.mix)
                repeats = repeats_under(self.recipe.mix, rule, doc_id, self.seed)
                yield replace(decided, rule=self._cap_of(rule), repeats=repeats)
            else:
                yield decided

    def _cap_of(self, rule: int | None) -> int:
        """Return the number of a rule that has a cap, otherwise -1."""
        return rule if rule is not None and self.recipe.mix[rule].max_tokens is not None else -1


def _measured(folder: BuildFolder, shard_ids: Sequence[str], own: KeyRange) -> Iterator[MeasuredDocument]:
    """Yield the measures in a range, in the order of the shards and of the documents in each."""
    for path in step_paths(folder.placement, PlacementFile.MEASURED, shard_ids):
        found = read_between(path, MeasuredDocument, "place", own.first, own.last)
        yield from sorted(found, key=lambda one: one.order)


def _relations(documents: Sequence[MeasuredDocument]) -> dict[str, str]:
    """Return the key that each document shares with related documents.

    For code, this is the repository, or the folder if no repository is found.
    """
    code = {document.source_uri for document in documents if domain_rules(document.domain).is_code}
    repositories = repository_keys(code)
    return {
        document.doc_id: repositories[document.source_uri]
        if domain_rules(document.domain).is_code
        else document.relation
        for document in documents
    }
