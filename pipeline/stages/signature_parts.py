"""Finds the signature files of this build and of the earlier builds that it is compared with.

A signature file is called a part here, and is referred to as `build/shard`, such as `0/00003`; build 0 is this build.
Of an earlier build, only the documents that it kept are compared. Their ids get the number of the build as a suffix, so
a document that is in both builds counts as two documents. Used by the steps of the dedup stage and by `stages.chain`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.config.build import DedupRecipe
from pipeline.dedup.candidates import DocumentRef
from pipeline.errors import DamagedFileError, InputError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import FORMAT, Manifest, find_format, read_manifest
from pipeline.io.outputs import built_files, part_files
from pipeline.stages.cluster_members import cluster_members
from pipeline.stages.kept_documents import kept_part
from pipeline.transforms.signed_parts import NamedColumns, reference_rows

CLUSTER_STAGE = "cluster"
"""The name under which the report of the clustering step is stored."""

_RECIPE_FIELDS = ("num_permutations", "word_shingle", "hangul_shingle")
"""Recipe settings that must be equal in all compared builds."""


@dataclass(frozen=True, slots=True)
class SignatureParts:
    """The signature parts of this build and of earlier builds: the `SignedParts` of a build."""

    folder: BuildFolder
    earlier_folders: tuple[BuildFolder, ...]

    @staticmethod
    def own(shard_id: str) -> str:
        """Return the name of a part of this build."""
        return f"0/{shard_id}"

    def earlier(self) -> list[str]:
        """Return the names of all parts of earlier builds."""
        return [
            f"{number}/{path.rsplit('-', 1)[-1].removesuffix('.parquet')}"
            for number, folder in enumerate(self.earlier_folders, start=1)
            for path in part_files(folder, "work/signatures")
        ]

    def signature_part(self, part: str) -> str:
        """Return the path of a part's signatures."""
        folder, shard_id = self._split(part)
        return folder.signature_part(shard_id)

    def document_part(self, part: str) -> str:
        """Return the path of a part's documents, which are in the order of its signatures."""
        folder, shard_id = self._split(part)
        return kept_part(folder, shard_id)

    def has_texts(self, part: str) -> bool:
        """Return whether the document texts exist; the `work/documents` of an earlier build may have been removed."""
        return _is_own(part) or files.exists(self.document_part(part))

    def references(self, part: str) -> Iterator[tuple[str, DocumentRef]]:
        """Yield the exact hash and the reference of every document in a part, except those an earlier build dropped."""
        folder, _ = self._split(part)
        members = {} if _is_own(part) else cluster_members(folder)
        for row, columns in reference_rows(self.signature_part(part)):
            member = members.get(columns.doc_id)
            if member is None or member.is_kept:
                yield columns.exact_hash, self.reference(part, row, columns)

    def reference(self, part: str, row: int, columns: NamedColumns) -> DocumentRef:
        """Return the reference of the document in a row of a part."""
        is_earlier = not _is_own(part)
        suffix = f"@{part.split('/')[0]}" if is_earlier else ""
        return DocumentRef(
            doc_id=columns.doc_id + suffix,
            part=part,
            row=row,
            num_chars=columns.num_chars,
            standing=columns.standing,
            is_earlier=is_earlier,
        )

    def plain_id(self, document: DocumentRef) -> str:
        """Return the `doc_id` that a document has in its own build."""
        return document.doc_id.rsplit("@", 1)[0] if document.is_earlier else document.doc_id

    def _split(self, part: str) -> tuple[BuildFolder, str]:
        number, shard_id = part.split("/")
        return (self.folder, *self.earlier_folders)[int(number)], shard_id


def signature_parts(folder: BuildFolder, recipe: DedupRecipe) -> SignatureParts:
    """Return the signature parts that a build compares.

    Raises:
        InputError: an earlier build is damaged, has no signatures, has a different format, or was built with different
            settings.
    """
    earlier_folders = tuple(BuildFolder(root) for root in recipe.against)
    for earlier in earlier_folders:
        _check_files(earlier)
        manifest = _read_manifest(earlier)
        settings = manifest.recipe.get("dedup", {}) if manifest else {}
        for name in _RECIPE_FIELDS:
            if name in settings and settings[name] != getattr(recipe, name):
                value = settings[name]
                raise InputError(
                    f"dedup.against: {earlier.root} was built with {name} {value}, not {getattr(recipe, name)}.",
                    remedy=f"Set dedup.{name} to {value}, or build {earlier.root} again.",
                )
    return SignatureParts(folder=folder, earlier_folders=earlier_folders)


def earlier_states(recipe: DedupRecipe) -> Sequence[str]:
    """Return the state of the dedup stage in each earlier build; an empty string for a build whose manifest has none.

    If one of these states changes, this build's dedup stage runs again.

    Raises:
        InputError: the manifest of an earlier build is damaged or has a different format.
    """
    manifests = [_read_manifest(BuildFolder(root)) for root in recipe.against]
    return [manifest.stages["dedup"].state if manifest and "dedup" in manifest.stages else "" for manifest in manifests]


def _is_own(part: str) -> bool:
    return part.startswith("0/")


def _check_files(earlier: BuildFolder) -> None:
    """Raise an `InputError` if an earlier build has no signatures, or if a file of its dedup stage is damaged."""
    try:
        signatures = built_files(earlier, "work/signatures", stage="sign")
        built_files(earlier, "work/clusters", stage=CLUSTER_STAGE)
    except DamagedFileError as error:
        raise InputError(f"dedup.against: {error.message}", remedy=_build_again(earlier)) from error
    if not signatures:
        raise InputError(
            f"dedup.against: {earlier.root} contains no signatures.",
            remedy="Name the output folder of an earlier build that still contains work/signatures.",
        )


def _read_manifest(earlier: BuildFolder) -> Manifest | None:
    number = find_format(earlier)
    if number is not None and number != FORMAT:
        raise InputError(
            f"dedup.against: {earlier.root} has format {number}, but this version reads format {FORMAT}.",
            remedy=f"{_build_again(earlier)} Use --fresh for it; the teacher's answers in its cache/ are kept.",
        )
    try:
        return read_manifest(earlier)
    except DamagedFileError as error:
        raise InputError(f"dedup.against: {error.message}", remedy=_build_again(earlier)) from error


def _build_again(earlier: BuildFolder) -> str:
    return f"Build {earlier.root} again with its own recipe."
