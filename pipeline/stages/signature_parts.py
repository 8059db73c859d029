"""Where signatures are: those of this build, and those of the earlier builds it is compared with.

A part is named `build/unit`, where build 0 is this one. An earlier build takes part with the documents it kept; their
ids bear its number, so that a document that is in both builds is two. Used by `stages.cluster` and `stages.dedup`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.config.build import DedupRecipe
from pipeline.dedup.candidates import DocumentRef
from pipeline.dedup.clusters import ClusterMember
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import read_manifest
from pipeline.io.parts import read_part

_RECIPE_FIELDS = ("num_permutations", "word_shingle", "hangul_shingle")


@dataclass(frozen=True, slots=True)
class _Reference:
    """Columns of a signature part that a reference is made of."""

    doc_id: str
    num_chars: int
    completeness: int
    exact_hash: str


@dataclass(frozen=True, slots=True)
class SignatureParts:
    """The signature parts of this build and of earlier ones."""

    folder: BuildFolder
    earlier_folders: tuple[BuildFolder, ...]

    @staticmethod
    def own(unit_id: str) -> str:
        """The name of a part of this build."""
        return f"0/{unit_id}"

    def earlier(self) -> list[str]:
        """Names of all parts of earlier builds."""
        return [
            f"{number}/{path.rsplit('-', 1)[-1].removesuffix('.parquet')}"
            for number, folder in enumerate(self.earlier_folders, start=1)
            for path in files.list_files(folder.signatures, suffix=".parquet")
        ]

    def signature_part(self, part: str) -> str:
        """Path of a part's signatures."""
        folder, unit_id = self._split(part)
        return folder.signature_part(unit_id)

    def document_part(self, part: str) -> str:
        """Path of a part's documents, in the same order."""
        folder, unit_id = self._split(part)
        return folder.document_part(unit_id)

    def has_texts(self, part: str) -> bool:
        """Whether the documents are still there; an earlier build may have been stripped of its `work/documents`."""
        return part.startswith("0/") or files.exists(self.document_part(part))

    def references(self, part: str) -> Iterator[tuple[str, DocumentRef]]:
        """Exact hash and reference of every document of a part that takes part."""
        path = self.signature_part(part)
        folder, _ = self._split(part)
        is_earlier = not part.startswith("0/")
        members = read_cluster_members(folder) if is_earlier else {}
        for row, record in enumerate(read_part(path, _Reference) if files.exists(path) else ()):
            member = members.get(record.doc_id)
            if member is None or member.is_kept:
                suffix = f"@{part.split('/')[0]}" if is_earlier else ""
                yield (
                    record.exact_hash,
                    DocumentRef(
                        doc_id=record.doc_id + suffix,
                        part=part,
                        row=row,
                        num_chars=record.num_chars,
                        completeness=record.completeness,
                        is_earlier=is_earlier,
                    ),
                )

    def plain_id(self, document: DocumentRef) -> str:
        """The `doc_id` a document has in its own build."""
        return document.doc_id.rsplit("@", 1)[0] if document.is_earlier else document.doc_id

    def _split(self, part: str) -> tuple[BuildFolder, str]:
        number, unit_id = part.split("/")
        return (self.folder, *self.earlier_folders)[int(number)], unit_id


def signature_parts(folder: BuildFolder, recipe: DedupRecipe) -> SignatureParts:
    """The parts that a build compares.

    Raises:
        InputError: an earlier build has no signatures, or they were made by another recipe.
    """
    earlier_folders = tuple(BuildFolder(root) for root in recipe.against)
    for earlier in earlier_folders:
        if not files.list_files(earlier.signatures, suffix=".parquet"):
            raise InputError(
                f"dedup.against: {earlier.root} holds no signatures.",
                remedy="Name the output folder of an earlier build, with its work/signatures.",
            )
        manifest = read_manifest(earlier)
        theirs = manifest.recipe.get("dedup", {}) if manifest else {}
        for name in _RECIPE_FIELDS:
            if name in theirs and theirs[name] != getattr(recipe, name):
                raise InputError(
                    f"dedup.against: {earlier.root} was built with {name} {theirs[name]}, not {getattr(recipe, name)}.",
                    remedy=f"Set dedup.{name} to {theirs[name]}, or build {earlier.root} again.",
                )
    return SignatureParts(folder=folder, earlier_folders=earlier_folders)


def earlier_states(recipe: DedupRecipe) -> Sequence[str]:
    """Fingerprints of the earlier builds' deduplication, so that a stage runs again when one of them has changed."""
    manifests = [read_manifest(BuildFolder(root)) for root in recipe.against]
    return [
        manifest.stages["dedup"].fingerprint if manifest and "dedup" in manifest.stages else ""
        for manifest in manifests
    ]


def read_cluster_members(folder: BuildFolder) -> Mapping[str, ClusterMember]:
    """Every document of a build that is related to another, by id."""
    if not files.exists(folder.clusters):
        return {}
    return {member.doc_id: member for member in read_part(folder.clusters, ClusterMember)}
