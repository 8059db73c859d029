import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import apache_beam as beam
import pytest
from prose import document, edited

import pipeline
from pipeline.config.build import DedupRecipe, ExcerptRule, SectionRule
from pipeline.dedup.candidates import DocumentRef
from pipeline.dedup.clusters import ClusterMember, Edge, Relation, Role, clusters_of
from pipeline.dedup.in_memory import find_related
from pipeline.dedup.passages import SharedPassage, without_passages
from pipeline.dedup.signature import Signature
from pipeline.dedup.signing import sign_documents
from pipeline.dedup.standing import unpacked_standing
from pipeline.errors import InputError
from pipeline.identity import content_id, sha256_hex
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_reports
from pipeline.io.manifest import Manifest, write_manifest
from pipeline.io.parts import read_part, read_parts, write_part
from pipeline.records import Document, Rejection, Section
from pipeline.stages.cluster_members import cluster_members, cut_passages
from pipeline.stages.dedup import DropDuplicates
from pipeline.stages.runner import pipeline_options
from pipeline.stages.shards import plan_document_shards
from pipeline.stages.signature_parts import CLUSTER_STAGE

RECIPE = DedupRecipe(threshold=0.7)
LANGUAGES = ("en", "ko")
BUNDLED = Path(pipeline.__file__).parent / "bundled" / "documents"


def record(
    text: str,
    *,
    name: str,
    language: str = "en",
    domain: str = "legal",
    title: str = "",
    sections: tuple[Section, ...] = (),
) -> Document:
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
        sections=sections,
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
    documents: Sequence[Document],
    root: Path,
    *,
    num_parts: int = 3,
    beam_options: Sequence[str] = (),
    recipe: DedupRecipe = RECIPE,
) -> BuildFolder:
    folder = BuildFolder(str(root))
    for index in range(num_parts):
        write_part(folder.document_part(f"{index:05d}"), documents[index::num_parts], Document)
    run(folder, beam_options=beam_options, recipe=recipe)
    return folder


def run(
    folder: BuildFolder, *, beam_options: Sequence[str] = (), fingerprint: str = "f", recipe: DedupRecipe = RECIPE
) -> None:
    with beam.Pipeline(options=pipeline_options(beam_options)) as pipeline:
        _ = pipeline | DropDuplicates(
            shards=plan_document_shards(folder), folder=folder, recipe=recipe, fingerprint=fingerprint
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
        reports = read_shard_reports(deduplicated, stage, "f").values()
        assert len(reports) == 3
        assert sum(report.num_in for report in reports) == 40
        assert sum(report.num_rejected for report in reports) == num_rejected
    clusters = read_shard_reports(deduplicated, CLUSTER_STAGE, "f")["00000"]
    assert clusters.counters["clusters"] == 20
    assert clusters.num_in == 40


def test_clusters_file_is_sorted_and_names_the_original_or_else_the_clearly_longer_one_as_survivor(
    deduplicated: BuildFolder,
) -> None:
    members = list(read_part(deduplicated.clusters, ClusterMember))
    assert [member.doc_id for member in members] == sorted(member.doc_id for member in members)
    documents = {item.doc_id: item for item in corpus()}
    by_cluster: dict[str, list[ClusterMember]] = {}
    for member in members:
        by_cluster.setdefault(member.cluster_id, []).append(member)
    assert len(by_cluster) == 20
    for cluster_id, cluster in by_cluster.items():
        assert [member.doc_id for member in cluster if member.role == Role.SURVIVOR] == [cluster_id]
        longest = max(len(documents[member.doc_id].text) for member in cluster)
        order = [
            ("copy" in documents[m.doc_id].source_uri, len(documents[m.doc_id].text) < 0.95 * longest, m.doc_id)
            for m in cluster
        ]
        assert cluster_id == min(order)[2]
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


def test_drop_duplicates_resumes_with_the_shards_that_are_missing(tmp_path: Path) -> None:
    folder = deduplicate(corpus(), tmp_path)
    before = digests(folder)
    missing = (folder.shard_report("dedup", "00001"), folder.rejected_part("dedup", "00001"))
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
    for path in (folder.shard_report("sign", "00002"), folder.signature_part("00002"), folder.clusters):
        files.remove_file(path)
    run(folder)
    assert digests(folder) == before


def test_drop_duplicates_without_duplicates_leaves_no_clusters_file(tmp_path: Path) -> None:
    folder = deduplicate(
        [record(document("en", seed, num_sentences=20), name=str(seed)) for seed in range(4)], tmp_path
    )
    assert not files.exists(folder.clusters)
    assert dropped(folder) == {}
    assert sum(report.num_kept for report in read_shard_reports(folder, "dedup", "f").values()) == 4


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


def leases(*, domain: str = "legal") -> list[Document]:
    """Two long leases of one form, one of them also reflowed."""
    first, second = (korean_lease(seed, sentences_per_clause=5) for seed in (1, 2))
    named = {"first": first, "second": second, "second-copy": second.replace(" ", "\n")}
    return [record(text, name=name, language="ko", domain=domain) for name, text in named.items()]


def members(folder: BuildFolder) -> dict[str, ClusterMember]:
    return {member.doc_id: member for member in read_part(folder.clusters, ClusterMember)}


def test_korean_leases_that_differ_in_amounts_and_dates_stay_two_versions(tmp_path: Path) -> None:
    folder = deduplicate(leases(), tmp_path)
    rejections, clusters = dropped(folder), members(folder)
    assert [rejection.reason for rejection in rejections.values()] == ["exact_duplicate"]
    assert len({member.cluster_id for member in clusters.values() if member.is_kept}) == 1
    assert sorted(member.role for member in clusters.values()) == [Role.EXACT, Role.SURVIVOR, Role.VERSION]
    assert clusters[content_id("first")].is_kept


@pytest.mark.parametrize(
    ("domain", "recipe"), [("manual", RECIPE), ("legal", DedupRecipe(threshold=0.7, versions_kept=()))]
)
def test_leases_are_near_duplicates_where_versions_do_not_count(
    domain: str, recipe: DedupRecipe, tmp_path: Path
) -> None:
    rejections = dropped(deduplicate(leases(domain=domain), tmp_path, recipe=recipe))
    assert len(rejections) == 2
    assert "near_duplicate" in {rejection.reason for rejection in rejections.values()}


def test_an_edited_contract_is_a_copy_and_not_a_version(tmp_path: Path) -> None:
    text = korean_lease(1, sentences_per_clause=5)
    folder = deduplicate(
        [record(text, name="lease"), record(edited(text, share=0.02, seed=3), name="edited")], tmp_path, num_parts=1
    )
    assert [rejection.reason for rejection in dropped(folder).values()] == ["near_duplicate"]


def book(language: str, seed: int, *, num_chapters: int = 8) -> tuple[str, tuple[Section, ...]]:
    """Chapters of distinct sentences, and where they are."""
    text, sections = "", []
    for chapter in range(num_chapters):
        title = f"{chapter + 1}. {'장' if language == 'ko' else 'Chapter'}"
        body = " ".join(
            f"{document(language, 1000 * seed + 50 * chapter + number, num_sentences=1)} {seed}-{chapter}-{number}."
            for number in range(45)
        )
        sections.append(Section(start=len(text), end=len(text) + len(f"{title}\n{body}\n"), level=1, title=title))
        text += f"{title}\n{body}\n"
    return text, tuple(sections)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("rule", "num_rejected"), [(ExcerptRule.DROP, 2), (ExcerptRule.MARK, 0)])
def test_excerpts_of_a_long_document_are_dropped_or_marked(
    language: str, rule: ExcerptRule, num_rejected: int, tmp_path: Path
) -> None:
    whole, sections = book(language, 1)
    other, _ = book(language, 2)
    part = whole[sections[3].start + 500 : sections[3].end]
    documents = [
        record(whole, name="whole", language=language, domain="manual"),
        record(part, name="excerpt", language=language, domain="manual"),
        record(edited(part, share=0.01, seed=1), name="edited", language=language, domain="manual"),
        record(other, name="other", language=language, domain="manual"),
    ]
    recipe = DedupRecipe(threshold=0.995, excerpts=rule)
    folder = deduplicate(documents, tmp_path, recipe=recipe)
    rejections, clusters = dropped(folder), members(folder)
    assert len(rejections) == num_rejected
    assert {rejection.reason for rejection in rejections.values()} <= {"excerpt"}
    assert {doc_id: member.role for doc_id, member in clusters.items()} == {
        content_id("whole"): Role.SURVIVOR,
        content_id("excerpt"): Role.EXCERPT,
        content_id("edited"): Role.EXCERPT,
    }
    assert {member.cluster_id for member in clusters.values()} == {content_id("whole")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", list(SectionRule))
def test_a_chapter_copied_into_another_book_is_found(language: str, rule: SectionRule, tmp_path: Path) -> None:
    (long, long_sections), (short, short_sections) = book(language, 1), book(language, 2, num_chapters=5)
    source, place = long_sections[2], short_sections[1]
    mixed = short[: place.end] + long[source.start : source.end] + short[place.end :]
    size = source.end - source.start
    sections = (
        *short_sections[:2],
        replace(source, start=place.end, end=place.end + size),
        *(replace(s, start=s.start + size, end=s.end + size) for s in short_sections[2:]),
    )
    documents = [
        record(long, name="long", language=language, domain="manual", sections=long_sections),
        record(mixed, name="mixed", language=language, domain="manual", sections=sections),
    ]
    recipe = DedupRecipe(sections=rule, min_passage_chars=800)
    folder = deduplicate(documents, tmp_path, recipe=recipe)
    assert dropped(folder) == {}
    if rule is SectionRule.IGNORE:
        assert not files.exists(folder.shared_passages)
        return
    (passage,) = read_part(folder.shared_passages, SharedPassage)
    assert (passage.doc_id, passage.kept_id) == (content_id("mixed"), content_id("long"))
    assert mixed[passage.start : passage.end] in long[source.start : source.end]
    assert passage.end - passage.start > 0.5 * size
    assert passage.reach_start <= place.end + 0.05 * size
    assert passage.reach_end >= place.end + 0.95 * size
    cuts = cut_passages(folder, folder.root)
    assert set(cuts) == ({content_id("mixed")} if rule is SectionRule.CUT else set())
    if rule is SectionRule.CUT:
        left = without_passages(documents[1], cuts[content_id("mixed")])
        assert left.text == short
        assert left.sections == short_sections


def test_a_build_is_deduplicated_against_an_earlier_one(deduplicated: BuildFolder, tmp_path: Path) -> None:
    """What the earlier build kept is dropped here, the same document included; what is new stays."""
    fresh = [record(document("en", 100 + seed, num_sentences=40), name=f"new-{seed}") for seed in range(3)]
    again = [item for item in corpus() if item.doc_id in {content_id("en-1"), content_id("ko-7-edit")}]
    near = record(edited(document("ko", 3, num_sentences=40), share=0.02, seed=9), name="near", language="ko")
    recipe = DedupRecipe(threshold=0.7, against=(deduplicated.root,))
    folder = deduplicate([*fresh, *again, near], tmp_path, recipe=recipe)
    rejections = dropped(folder)
    assert set(rejections) == {item.doc_id for item in [*again, near]}
    earlier = dropped(deduplicated)
    for rejection in rejections.values():
        kept_id = members(folder)[rejection.item_id].cluster_id
        assert kept_id not in earlier
        assert kept_id in {item.doc_id for item in corpus()}
    assert set(members(folder)) == set(rejections)


@pytest.mark.parametrize("folder_name", ["missing", "other-shingles"])
def test_an_earlier_build_that_cannot_be_compared_with_is_refused(folder_name: str, tmp_path: Path) -> None:
    earlier = BuildFolder(str(tmp_path / "other-shingles"))
    deduplicate([record(document("en", 1, num_sentences=9), name="a")], tmp_path / "other-shingles", num_parts=1)
    write_manifest(earlier, Manifest(recipe={"dedup": {"word_shingle": 4}}, fingerprint="f", seed=1, versions={}))
    recipe = DedupRecipe(against=(str(tmp_path / folder_name),))
    with pytest.raises(InputError, match=r"word_shingle 4|contains no signatures"):
        DropDuplicates(shards=[], folder=BuildFolder(str(tmp_path / "new")), recipe=recipe, fingerprint="f")


def test_clusters_found_by_workers_together_are_those_found_in_one(deduplicated: BuildFolder, tmp_path: Path) -> None:
    together = deduplicate(corpus(), tmp_path, recipe=DedupRecipe(threshold=0.7, max_local_documents=1))
    assert len(members(together)) == 40
    assert members(together) == members(deduplicated)
    assert dropped(together) == dropped(deduplicated)


@pytest.mark.workers
def test_drop_duplicates_in_two_processes_writes_the_same_bytes(deduplicated: BuildFolder, tmp_path: Path) -> None:
    options = ("--direct_num_workers=2", "--direct_running_mode=multi_processing")
    folder = deduplicate(corpus(), tmp_path, beam_options=options)
    expected = digests(deduplicated)
    assert len(expected) > 10
    assert digests(folder) == expected


def _chapters(seed: int, numbers: Sequence[int]) -> str:
    text, sections = book("en", seed, num_chapters=max(numbers) + 1)
    return "".join(text[sections[number].start : sections[number].end] for number in numbers)


def test_a_passage_stays_where_the_document_that_would_keep_it_is_dropped(tmp_path: Path) -> None:
    """`long` holds the chapter too, but is a near duplicate of `longer`, which does not."""
    mixed = _chapters(2, range(5)) + _chapters(1, [2])
    long, longer = _chapters(1, range(8)), _chapters(1, [0, 1, 3, 4, 5, 6, 7, 8, 9])
    texts = {"mixed": mixed, "long": long, "longer": longer}
    documents = {name: record(text, name=name, domain="manual") for name, text in texts.items()}
    recipe = DedupRecipe(threshold=0.5, sections=SectionRule.CUT, min_passage_chars=800)
    both = deduplicate([documents["mixed"], documents["long"]], tmp_path / "both", recipe=recipe)
    assert set(cut_passages(both, both.root)) == {content_id("mixed")}
    all_three = deduplicate(list(documents.values()), tmp_path / "all", recipe=recipe)
    assert set(dropped(all_three)) == {content_id("long")}
    assert cut_passages(all_three, all_three.root) == {}


def test_a_document_that_is_dropped_has_no_passages_of_its_own(tmp_path: Path) -> None:
    mixed = _chapters(2, range(5)) + _chapters(1, [2])
    texts = {"mixed": mixed, "edited": edited(mixed, share=0.02, seed=3), "long": _chapters(1, range(8))}
    recipe = DedupRecipe(sections=SectionRule.MARK, min_passage_chars=800)
    documents = [record(text, name=name, domain="manual") for name, text in texts.items()]
    folder = deduplicate(documents, tmp_path, recipe=recipe)
    (gone,) = dropped(folder)
    passages = list(read_part(folder.shared_passages, SharedPassage))
    assert {row.doc_id for row in passages} == {content_id("mixed"), content_id("edited")} - {gone}


def test_of_copies_of_one_length_the_one_with_most_metadata_survives() -> None:
    text = document("en", 7, num_sentences=40)
    metadata = [("", ""), ("unknown", "unknown"), ("", "MIT"), ("Lease", ""), ("Lease", "unknown"), ("Lease", "MIT")]
    documents = [
        replace(record(text, name=f"copy-{at}", title=title), licence=licence)
        for at, (title, licence) in enumerate(metadata)
    ]
    signatures = sign_documents(documents, RECIPE)
    assert [unpacked_standing(own.standing).description for own in signatures] == [0, 0, 1, 1, 1, 2]
    decided_against_ids = set()
    for seed in range(4):
        pair = [
            replace(record(text, name=f"{name} {seed}"), licence=licence)
            for name, licence in (("without", "unknown"), ("with", "MIT"))
        ]
        without, licensed = (
            DocumentRef(own.doc_id, "0/00000", row, own.num_chars, own.standing, False)
            for row, own in enumerate(sign_documents(pair, RECIPE))
        )
        edge = Edge(*sorted((without, licensed), key=lambda own: own.doc_id), 1.0, Relation.COPY)
        members = clusters_of([edge], dropped_roles=(Role.EXACT,))
        assert [member.document for member in members if member.is_kept] == [licensed]
        decided_against_ids.add(without.doc_id < licensed.doc_id)
    assert decided_against_ids == {True, False}, "the smaller id would decide otherwise"


def test_draft_is_dropped_for_the_signed_text_and_the_rejection_says_why(tmp_path: Path) -> None:
    text = document("en", 3, num_sentences=40)
    signed = replace(record(text, name="lease", domain="manual"), source_uri="/data/lease_signed.txt")
    draft = replace(
        record(f"{text} To be discussed.", name="draft", domain="manual"), source_uri="/data/lease_draft.txt"
    )
    for at, documents in enumerate(([signed, draft], [draft, signed])):
        (gone,) = dropped(deduplicate(documents, tmp_path / str(at), num_parts=2)).values()
        assert gone.item_id == draft.doc_id
        assert "/data/lease_signed.txt" in gone.detail
        assert gone.detail.endswith(
            "The other is kept because it is named as signed or final, this one is marked as a draft or template."
        )


def test_bundled_lease_survives_its_longer_draft(tmp_path: Path) -> None:
    folder = BUNDLED / "legal" / "en"
    documents = [
        replace(record((folder / name).read_text(encoding="utf-8"), name=name), source_uri=f"bundled:legal/en/{name}")
        for name in ("orchard_lease.txt", "orchard_lease_draft.txt")
    ]
    assert len(documents[0].text) < len(documents[1].text)
    (gone,) = dropped(deduplicate(documents, tmp_path, recipe=DedupRecipe())).values()
    assert (gone.source_uri, gone.reason) == ("bundled:legal/en/orchard_lease_draft.txt", "near_duplicate")
    assert "this one is marked as a draft or template" in gone.detail


def test_new_document_loses_what_an_earlier_and_shorter_one_has(tmp_path: Path) -> None:
    """The earlier document is never dropped as an excerpt, so its text would be in both builds."""
    whole, sections = book("en", 1)
    chapter = whole[sections[3].start : sections[4].end]
    deduplicate([record(chapter, name="chapter", domain="manual")], tmp_path / "earlier", num_parts=1)
    new = record(whole, name="whole", domain="manual", sections=sections)
    recipe = DedupRecipe(against=(str(tmp_path / "earlier"),), sections=SectionRule.CUT, min_passage_chars=800)
    folder = deduplicate([new], tmp_path / "new", num_parts=1, recipe=recipe)
    assert dropped(folder) == {}
    left = without_passages(new, cut_passages(folder, folder.root)[new.doc_id])
    assert left.text == whole[: sections[3].start] + whole[sections[4].end :]


def test_counters_of_clustering_are_kept_if_the_first_shard_has_no_documents(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    text = document("en", 5, num_sentences=40)
    for shard in ("00002", "00005"):
        write_part(folder.document_part(shard), [record(text, name=f"{shard} text", domain="manual")], Document)
    run(folder)
    reports = read_shard_reports(folder, "dedup", "f")
    assert sorted(reports) == ["00002", "00005"]
    assert reports["00002"].counters[f"{CLUSTER_STAGE}/clusters"] == 1
    assert f"{CLUSTER_STAGE}/clusters" not in reports["00005"].counters


def test_related_documents_in_memory_are_those_that_the_stage_finds(tmp_path: Path) -> None:
    recipe = DedupRecipe()
    contract = document("en", 90, num_sentences=60)
    numbered = contract + " The price is 4,100 euros, due on 3 May 2021."
    documents = [
        *corpus(),
        record(contract, name="contract"),
        record(numbered, name="priced"),
        record(numbered.replace("4,100", "5,250"), name="repriced"),
        record(contract[: len(contract) * 2 // 3], name="begun", domain="manual"),
    ]
    folder = deduplicate(documents, tmp_path, recipe=recipe)
    by_stage = {
        member.doc_id: (member.role, member.cluster_id, member.is_kept, member.similarity, member.decided_by)
        for member in cluster_members(folder, "f").values()
    }
    in_memory = {
        member.document.doc_id: (
            member.role.value,
            member.survivor.doc_id,
            member.is_kept,
            member.similarity,
            member.decided_by,
        )
        for member in find_related(documents, recipe)
    }
    assert in_memory == by_stage
    assert {role for role, *_ in in_memory.values()} >= {"survivor", "exact", "near", "excerpt"}
