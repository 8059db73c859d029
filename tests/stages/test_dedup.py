import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam
import pytest
from prose import document, edited

from pipeline.config.build import DedupRecipe
from pipeline.dedup.clusters import ClusterMember, Role
from pipeline.dedup.signature import Signature
from pipeline.identity import content_id, sha256_hex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_unit_reports
from pipeline.io.parts import read_part, read_parts, write_part
from pipeline.records import Document, Rejection
from pipeline.stages.dedup import CLUSTER_STAGE, DropDuplicates, cluster_members, plan_document_units
from pipeline.stages.runner import pipeline_options

RECIPE = DedupRecipe(threshold=0.7)
LANGUAGES = ("en", "ko")


def record(text: str, *, name: str, language: str = "en", domain: str = "legal", title: str = "") -> Document:
    return Document(
        doc_id=content_id(name),
        text=text,
        domain=domain,
        language=language,
        title=title,
        licence="unknown",
        source_uri=f"/data/{name}.txt",
        source_offset=0,
        sha256=sha256_hex(text.encode()),
        sections=(),
    )


def corpus() -> list[Document]:
    """Ten originals a language, a reflowed copy of five, an edited version of the other five."""
    documents = []
    for language in LANGUAGES:
        for seed in range(10):
            text = document(language, seed, num_sentences=40)
            documents.append(record(text, name=f"{language}-{seed}", language=language))
            if seed < 5:
                documents.append(record(text.replace(" ", "\n"), name=f"{language}-{seed}-copy", language=language))
            else:
                changed = edited(text, share=0.02, seed=seed) + " Appendix."
                documents.append(record(changed, name=f"{language}-{seed}-edit", language=language))
    return documents


def deduplicate(
    documents: Sequence[Document], root: Path, *, num_parts: int = 3, beam_options: Sequence[str] = ()
) -> BuildFolder:
    folder = BuildFolder(str(root))
    for index in range(num_parts):
        write_part(folder.document_part(f"{index:05d}"), documents[index::num_parts], Document)
    run(folder, beam_options=beam_options)
    return folder


def run(folder: BuildFolder, *, beam_options: Sequence[str] = (), fingerprint: str = "f") -> None:
    with beam.Pipeline(options=pipeline_options(beam_options)) as pipeline:
        _ = pipeline | DropDuplicates(
            units=plan_document_units(folder), folder=folder, recipe=RECIPE, fingerprint=fingerprint
        )


def dropped(folder: BuildFolder) -> dict[str, Rejection]:
    return {rejection.item_id: rejection for rejection in read_parts(folder.rejected, Rejection)}


def digests(folder: BuildFolder) -> dict[str, str]:
    return {
        path.removeprefix(folder.root): hashlib.sha256(Path(path).read_bytes()).hexdigest()
        for path in files.list_files(folder.root)
    }


@pytest.fixture(scope="module")
def deduplicated(tmp_path_factory: pytest.TempPathFactory) -> BuildFolder:
    return deduplicate(corpus(), tmp_path_factory.mktemp("dedup"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_drop_duplicates_rejects_copies_and_edits_and_nothing_else(deduplicated: BuildFolder, language: str) -> None:
    rejections = dropped(deduplicated)
    for seed in range(10):
        original = content_id(f"{language}-{seed}")
        other = content_id(f"{language}-{seed}-{'copy' if seed < 5 else 'edit'}")
        rejected = [rejections[item] for item in (original, other) if item in rejections]
        assert len(rejected) == 1, f"one of the two documents of {language}-{seed} survives"
        survivor = original if rejected[0].item_id == other else other
        assert survivor in rejected[0].detail
        assert f"/data/{language}-{seed}" in rejected[0].detail
        assert rejected[0].reason == ("exact_duplicate" if seed < 5 else "near_duplicate")
        assert rejected[0].score is not None
        assert 0.7 <= rejected[0].score <= 1.0
    assert len(rejections) == 20


def test_drop_duplicates_counts_reconcile(deduplicated: BuildFolder) -> None:
    for stage, num_rejected in (("sign", 0), ("dedup", 20)):
        reports = read_unit_reports(deduplicated, stage, "f").values()
        assert len(reports) == 3
        assert sum(report.num_in for report in reports) == 40
        assert sum(report.num_rejected for report in reports) == num_rejected
    clusters = read_unit_reports(deduplicated, CLUSTER_STAGE, "f")["00000"]
    assert clusters.counters["clusters"] == 20
    assert clusters.num_in == 40


def test_clusters_file_is_sorted_and_names_the_longer_of_two_as_survivor(deduplicated: BuildFolder) -> None:
    members = list(read_part(deduplicated.clusters, ClusterMember))
    assert [member.doc_id for member in members] == sorted(member.doc_id for member in members)
    num_chars = {document.doc_id: len(document.text) for document in corpus()}
    by_cluster: dict[str, list[ClusterMember]] = {}
    for member in members:
        by_cluster.setdefault(member.cluster_id, []).append(member)
    assert len(by_cluster) == 20
    for cluster_id, cluster in by_cluster.items():
        assert [member.doc_id for member in cluster if member.role == Role.SURVIVOR] == [cluster_id]
        assert cluster_id == min(cluster, key=lambda m: (-num_chars[m.doc_id], m.doc_id)).doc_id
    assert cluster_members(deduplicated, deduplicated.root) == {member.doc_id: member for member in members}


def test_signatures_hold_no_text_beyond_the_excerpt(deduplicated: BuildFolder) -> None:
    signatures = list(read_parts(deduplicated.signatures, Signature))
    assert len(signatures) == 40
    assert max(len(signature.excerpt) for signature in signatures) == 200


def test_drop_duplicates_is_idempotent(deduplicated: BuildFolder, tmp_path: Path) -> None:
    rejections = dropped(deduplicated)
    survivors = [document for document in corpus() if document.doc_id not in rejections]
    assert len(survivors) == 20
    assert dropped(deduplicate(survivors, tmp_path)) == {}


def test_drop_duplicates_does_not_depend_on_order_or_parts(deduplicated: BuildFolder, tmp_path: Path) -> None:
    documents = corpus()
    random.Random(1).shuffle(documents)
    assert dropped(deduplicate(documents, tmp_path, num_parts=5)) == dropped(deduplicated)


def test_drop_duplicates_resumes_with_the_units_that_are_missing(tmp_path: Path) -> None:
    folder = deduplicate(corpus(), tmp_path)
    before = digests(folder)
    missing = (folder.unit_report("dedup", "00001"), folder.rejected_part("dedup", "00001"))
    for path in missing:
        files.remove_file(path)
    standing = Path(folder.signature_part("00001")).stat().st_mtime_ns, Path(folder.clusters).stat().st_mtime_ns
    run(folder)
    assert digests(folder) == before
    assert standing == (
        Path(folder.signature_part("00001")).stat().st_mtime_ns,
        Path(folder.clusters).stat().st_mtime_ns,
    )


def test_drop_duplicates_finds_clusters_again_when_a_signature_is_missing(tmp_path: Path) -> None:
    folder = deduplicate(corpus(), tmp_path)
    before = digests(folder)
    for path in (folder.unit_report("sign", "00002"), folder.signature_part("00002"), folder.clusters):
        files.remove_file(path)
    run(folder)
    assert digests(folder) == before


def test_drop_duplicates_without_duplicates_leaves_no_clusters_file(tmp_path: Path) -> None:
    folder = deduplicate(
        [record(document("en", seed, num_sentences=20), name=str(seed)) for seed in range(4)], tmp_path
    )
    assert not files.exists(folder.clusters)
    assert dropped(folder) == {}
    assert sum(report.num_kept for report in read_unit_reports(folder, "dedup", "f").values()) == 4


def korean_lease(seed: int, *, sentences_per_clause: int) -> str:
    """Leases of different seeds differ in amounts and dates only."""
    rng = random.Random(seed)
    clauses = []
    for number in range(1, 20):
        amount, year, month, day = (rng.randint(*span) for span in ((1000, 9000), (2001, 2024), (1, 12), (1, 28)))
        rest = document("ko", number, num_sentences=sentences_per_clause)
        clauses.append(
            f"제{number}조 임차인은 보증금 {amount}만 원을 {year}년 {month}월 {day}일까지 임대인에게 지급한다. {rest}"
        )
    return "\n".join(clauses)


def test_korean_leases_that_differ_in_their_facts_are_no_exact_duplicates(tmp_path: Path) -> None:
    """Where the facts are most of the text they stay two; in long ones one is dropped as a near duplicate."""
    documents = [
        record(korean_lease(seed, sentences_per_clause=count), name=f"{name}-{seed}", language="ko")
        for name, count in (("terse", 0), ("wordy", 5))
        for seed in (1, 2)
    ]
    rejections = dropped(deduplicate(documents, tmp_path))
    assert [rejection.reason for rejection in rejections.values()] == ["near_duplicate"]
    assert set(rejections) < {content_id("wordy-1"), content_id("wordy-2")}


@pytest.mark.workers
def test_drop_duplicates_in_two_processes_writes_the_same_bytes(deduplicated: BuildFolder, tmp_path: Path) -> None:
    options = ("--direct_num_workers=2", "--direct_running_mode=multi_processing")
    folder = deduplicate(corpus(), tmp_path, beam_options=options)
    expected = digests(deduplicated)
    assert len(expected) > 10
    assert digests(folder) == expected
