"""The second step of the pack stage: decides about every document of the build, in one shard.

A document is kept alone, joined with others, or rejected. First versions and documents of the same type are joined for
comparison, then short documents with related ones, and the recipe's mix is applied. Clusters that meet in a joined row
become one cluster, so that the train/validation split cannot separate them. Reads token counts, sources and signatures,
but no texts or token ids. Used by `stages.pack`. Memory: about 2 KiB per document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from pipeline.config.pack import PackRecipe
from pipeline.dedup.clusters import ClusterMember, Role
from pipeline.dedup.signature import unpacked
from pipeline.dedup.union_find import UnionFind
from pipeline.documents.projects import find_tree_roots
from pipeline.domains import domain_rules
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.outputs import part_files
from pipeline.io.parts import read_part, write_whole_part
from pipeline.pack.comparing import Comparable, Compared, CompareRules, compare_documents
from pipeline.pack.contexts import bucket_for, joined_heading, joined_id
from pipeline.pack.joining import JoinCandidate, JoinGroup, JoinRules, join_documents
from pipeline.pack.mixing import CAPPED, MixItem, mix_items
from pipeline.pack.nearest import Hashes
from pipeline.records import JoiningKind
from pipeline.stages.cluster_members import cluster_members
from pipeline.stages.encoded_parts import EncodedPart, JoinedMember, JoinedRow, PlacedDocument
from pipeline.stages.shards import Shard, shard_id
from pipeline.tokens.encode import count_tokens


def plan_placement_shards(shards: Sequence[Shard]) -> list[Shard]:
    """Return a single shard; its inputs are the ids of the shards that are packed."""
    return [Shard(shard_id=shard_id(0), inputs=tuple(shard.shard_id for shard in shards))]


@dataclass(frozen=True, slots=True)
class PlacementWork:
    """Turns token parts, signatures and clusters into placement parts. Counts every document as kept."""

    stage: ClassVar[str] = "placement"
    recipe: PackRecipe
    seed: int
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Decide about every document of the build, and write the decisions."""
        documents = {
            document.doc_id: document for number in shard.inputs for document in _read_documents(folder, number)
        }
        compared = self._compared(folder, documents)
        for kind, num_possible in compared.num_possible.items():
            ledger.count(f"possible_contexts/{kind}", num_possible)
        taken = {doc_id for group in compared.groups for doc_id in group.doc_ids}
        left = {doc_id: document for doc_id, document in documents.items() if doc_id not in taken}
        groups = [*compared.groups, *self._groups(folder, left)]
        rows = {joined_id(group.doc_ids): self._joined(group, documents) for group in groups}
        clusters = self._united_clusters(folder, groups, documents)
        rejected = dict(self._too_short(documents, groups))
        repeats = self._mixed(documents, groups, rows, rejected)
        capped = {doc_id for doc_id, times in repeats.items() if times == CAPPED}
        in_row = {doc_id: row_id for row_id, group in zip(rows, groups, strict=True) for doc_id in group.doc_ids}
        placed: dict[str, list[PlacedDocument]] = defaultdict(list)
        for doc_id, document in documents.items():
            row_id = in_row.get(doc_id, doc_id)
            reason, detail, score = rejected.get(doc_id, ("", "", 0.0))
            if row_id in capped:
                reason, detail, score = "cap", "The mix has no room for it.", float(document.num_tokens)
            placed[document.shard_id].append(
                PlacedDocument(
                    doc_id=doc_id,
                    cluster_id=clusters[doc_id],
                    repeats=max(1, repeats.get(row_id, 1)),
                    is_joined=doc_id in in_row and not reason,
                    reason=reason,
                    detail=detail,
                    score=score,
                )
            )
        joined: dict[str, list[JoinedRow]] = defaultdict(list)
        for (row_id, row), group in zip(rows.items(), groups, strict=True):
            if row_id not in capped:
                final = replace(row, cluster_id=clusters[group.doc_ids[0]], repeats=repeats[row_id])
                joined[row.members[0].shard_id].append(final)
        for number in shard.inputs:
            for path in (folder.placed_part(number), folder.joined_part(number)):
                files.remove_file(path)
            ledger.add_parts(
                write_whole_part(folder.placed_part(number), placed[number], PlacedDocument).written,
                write_whole_part(folder.joined_part(number), joined[number], JoinedRow).written,
            )
        ledger.keep(len(documents))

    def _compared(self, folder: BuildFolder, documents: Mapping[str, _Measured]) -> Compared:
        compare = self.recipe.compare
        versions = _versions(cluster_members(folder, self.fingerprint))
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
                    versions=versions.get(document.doc_id, ""),
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

    def _groups(self, folder: BuildFolder, documents: Mapping[str, _Measured]) -> list[JoinGroup]:
        join = self.recipe.join
        short = [document for document in documents.values() if document.is_joinable(self.recipe.join_below_tokens)]
        if not short or not join.kinds:
            return []
        relations = _relations(short)
        wanted = {document.doc_id for document in short} if JoiningKind.NEAREST in join.kinds else set()
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
            rules=JoinRules(
                kinds=join.kinds,
                max_tokens=self.recipe.join_tokens,
                min_tokens=self.recipe.min_tokens,
                max_members=join.max_members,
                min_similarity=join.min_similarity,
            ),
            minhashes=_read_minhashes(folder, wanted),
            seed=self.seed,
        )

    def _joined(self, group: JoinGroup, documents: Mapping[str, _Measured]) -> JoinedRow:
        members = [documents[doc_id] for doc_id in group.doc_ids]
        headings = [
            joined_heading(language=member.language, number=number, title=member.title)
            for number, member in enumerate(members, start=1)
        ]
        num_tokens = sum(member.num_tokens for member in members)
        num_tokens += sum(count_tokens(headings, self.recipe.tokenizer))
        return JoinedRow(
            joining=group.kind.value,
            cluster_id="",
            num_tokens=num_tokens,
            bucket=self._bucket(num_tokens),
            repeats=1,
            members=tuple(
                JoinedMember(shard_id=m.shard_id, encoded_row=m.encoded_row, document_row=m.document_row)
                for m in members
            ),
        )

    def _united_clusters(
        self, folder: BuildFolder, groups: Sequence[JoinGroup], documents: Mapping[str, _Measured]
    ) -> dict[str, str]:
        """Return each document's cluster id, which is the smallest id of the clusters that joined rows connect."""
        members = cluster_members(folder, self.fingerprint)
        clusters = {doc_id: members[doc_id].cluster_id if doc_id in members else doc_id for doc_id in documents}
        united = UnionFind()
        for group in groups:
            for doc_id in group.doc_ids[1:]:
                united.unite(clusters[group.doc_ids[0]], clusters[doc_id])
        return {doc_id: united.root(cluster_id) for doc_id, cluster_id in clusters.items()}

    def _too_short(
        self, documents: Mapping[str, _Measured], groups: Sequence[JoinGroup]
    ) -> Iterator[tuple[str, tuple[str, str, float]]]:
        joined = {doc_id for group in groups for doc_id in group.doc_ids}
        least = self.recipe.min_tokens
        for doc_id, document in documents.items():
            if document.fits and document.num_tokens < least and doc_id not in joined:
                detail = f"{document.num_tokens} tokens; at least {least} are asked for, and it has no relatives."
                yield doc_id, ("too_short_tokens", detail, float(document.num_tokens))

    def _mixed(
        self,
        documents: Mapping[str, _Measured],
        groups: Sequence[JoinGroup],
        rows: Mapping[str, JoinedRow],
        rejected: Mapping[str, object],
    ) -> dict[str, int]:
        joined = {doc_id for group in groups for doc_id in group.doc_ids}
        items = [
            MixItem(
                item_id=doc_id,
                bucket=self._bucket(document.longest_part),
                domain=document.domain,
                language=document.language,
                num_tokens=document.num_tokens,
            )
            for doc_id, document in documents.items()
            if document.fits and doc_id not in rejected and doc_id not in joined
        ]
        for (row_id, row), group in zip(rows.items(), groups, strict=True):
            first = documents[group.doc_ids[0]]
            items.append(MixItem(row_id, row.bucket, first.domain, first.language, row.num_tokens))
        return mix_items(items, rules=self.recipe.mix, seed=self.seed)

    def _bucket(self, num_tokens: int) -> int:
        return bucket_for(num_tokens, buckets=self.recipe.buckets, room_tokens=self.recipe.room_tokens)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A document and its length in tokens."""

    doc_id: str
    shard_id: str
    encoded_row: int
    """Row number of the document's first part in `work/tokens`."""
    document_row: int
    domain: str
    language: str
    title: str
    source_uri: str
    source_offset: int
    num_tokens: int
    longest_part: int
    num_parts: int
    heading_tokens: int
    outline_type: bytes
    relation: str
    imports: tuple[str, ...]
    fits: bool
    """Whether the document fits into buckets and was encoded without an error."""

    def is_joinable(self, below_tokens: int) -> bool:
        return self.fits and self.heading_tokens > 0 and self.num_tokens < below_tokens


@dataclass(frozen=True, slots=True)
class _Signed:
    """The columns of a signature part that joining similar documents needs."""

    doc_id: str
    minhash: bytes


def _read_documents(folder: BuildFolder, number: str) -> Iterator[_Measured]:
    path = folder.encoded_part(number)
    parts: list[EncodedPart] = []
    for row, part in enumerate(read_part(path, EncodedPart) if files.exists(path) else ()):
        parts.append(part)
        if part.part == part.num_parts:
            yield _Measured(
                doc_id=part.doc_id,
                shard_id=number,
                encoded_row=row + 1 - len(parts),
                document_row=part.document_row,
                domain=part.domain,
                language=part.language,
                title=part.title,
                source_uri=part.source_uri,
                source_offset=part.source_offset,
                num_tokens=sum(one.num_tokens for one in parts),
                longest_part=max(one.num_tokens for one in parts),
                num_parts=part.num_parts,
                heading_tokens=part.heading_tokens,
                outline_type=part.outline_type,
                relation=part.relation,
                imports=part.imports,
                fits=not part.reason and not part.error,
            )
            parts = []


def _versions(members: Mapping[str, ClusterMember]) -> dict[str, str]:
    """Return the cluster of each kept document that has kept versions, by id."""
    kept = [member for member in members.values() if member.is_kept and member.role in (Role.SURVIVOR, Role.VERSION)]
    with_versions = {member.cluster_id for member in kept if member.role == Role.VERSION}
    return {member.doc_id: member.cluster_id for member in kept if member.cluster_id in with_versions}


def _relations(documents: Sequence[_Measured]) -> dict[str, str]:
    """Return the key that each document shares with related documents.

    For code, this is the repository, or the folder if no repository is found.
    """
    code = [document for document in documents if domain_rules(document.domain).is_code]
    paths = sorted({document.source_uri.lstrip("/") for document in code})
    roots = sorted(find_tree_roots(dict.fromkeys(paths, 1)), key=len, reverse=True)
    found = {document.doc_id: document.relation for document in documents}
    for document in code:
        path = document.source_uri.lstrip("/")
        root = next((root for root in roots if path.startswith(root + "/")), path.rsplit("/", 1)[0])
        found[document.doc_id] = f"repository {root}"
    return found


def _read_minhashes(folder: BuildFolder, doc_ids: set[str]) -> dict[str, Hashes]:
    return {
        signed.doc_id: unpacked(signed.minhash)
        for path in part_files(folder, "work/signatures")
        if doc_ids
        for signed in read_part(path, _Signed)
        if signed.doc_id in doc_ids
    }
