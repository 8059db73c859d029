"""Reads from the clusters files which documents were dropped, and which passages are cut.

Used by `stages.dedup` and `stages.tokenize`, and for earlier builds by `stages.signature_parts`. Each worker process
reads the files of a build once, and again only if they change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from pipeline.dedup.clusters import ClusterMember
from pipeline.dedup.passages import SharedPassage
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.listing import FileState, file_state
from pipeline.io.parts import read_part


def cluster_members(folder: BuildFolder, fingerprint: str = "") -> Mapping[str, ClusterMember]:
    """Return every document that is related to another document, by id.

    Args:
        folder: the build folder.
        fingerprint: the calling stage's fingerprint. It covers the clusters, so a later build in the same process reads
            the files again. An earlier build, which this one does not change, needs none.
    """
    return _cluster_members(folder.clusters, fingerprint, file_state(folder.clusters))


def cut_passages(folder: BuildFolder, fingerprint: str) -> Mapping[str, Sequence[SharedPassage]]:
    """Return the passages that are removed from the corpus, by the id of the document that contains them.

    Args:
        folder: the build folder.
        fingerprint: the calling stage's fingerprint, see `cluster_members`.
    """
    return _cut_passages(folder, fingerprint, file_state(folder.shared_passages))


@lru_cache(maxsize=1)
def _cluster_members(path: str, fingerprint: str, state: FileState | None) -> Mapping[str, ClusterMember]:
    return {member.doc_id: member for member in read_part(path, ClusterMember)} if files.exists(path) else {}


@lru_cache(maxsize=1)
def _cut_passages(
    folder: BuildFolder, fingerprint: str, state: FileState | None
) -> Mapping[str, Sequence[SharedPassage]]:
    passages: dict[str, list[SharedPassage]] = defaultdict(list)
    if files.exists(folder.shared_passages):
        for passage in read_part(folder.shared_passages, SharedPassage):
            if passage.is_cut:
                passages[passage.doc_id].append(passage)
    return passages
