"""What the page of a build counts and picks out, from tables written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sample_folders import skipped_files

from pipeline.dedup.clusters import ClusterMember
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport, write_shard_report
from pipeline.io.parts import write_part
from pipeline.records import Checks, Context, DeadLetter, Evidence, Message, Rejection, SftExample, Turn
from pipeline.report.build_samples import Quote
from pipeline.report.build_summary import (
    BuildSummary,
    CorpusCell,
    DuplicateCluster,
    RejectionGroup,
    RowCounts,
    SilentGroup,
    SkippedGroup,
    TurnCell,
    depth_bin,
    summarise_build,
)
from pipeline.stages.asked import ContextWithoutRow
from pipeline.stages.source_files import SourceFile

TEXT = "a" * 200 + "THE QUOTE" + "b" * 191
CHECKS = Checks(True, 1.0, True, 1.0, True, True)


def context(
    doc_id: str, *, bucket: int = 1024, num_tokens: int = 100, language: str = "en", title: str = ""
) -> Context:
    return Context(
        doc_id=doc_id,
        text=TEXT,
        domain="legal",
        language=language,
        title=title,
        licence="MIT",
        source_uri=f"/in/{doc_id}",
        source_offset=0,
        sha256="",
        num_tokens=num_tokens,
        bucket=bucket,
        cluster_id=doc_id,
        sections=(),
        parent_id=doc_id,
        parent_start=0,
        heading_path=(),
        part=1,
        num_parts=1,
        joining="none",
        members=(),
        repeats=1,
    )


def row(
    name: str, doc_id: str, *, task: str = "qa", split: str = "train", evidence: Sequence[Evidence] = ()
) -> SftExample:
    return SftExample(
        messages=(Message("user", f"{TEXT}\n\nWhat is {name}?"), Message("assistant", f"It is {name}.")),
        id=name,
        turns=(Turn(name, task, "look_up", "written", "x", "1", CHECKS),),
        task=task,
        origin="written",
        domain="legal",
        language="en",
        bucket=1024,
        num_tokens=10 + len(name),
        num_loss_tokens=9,
        control_strings=0,
        tokenizer="t",
        doc_ids=(doc_id,),
        evidence=tuple(evidence),
        checks=CHECKS,
        teacher="x",
        prompt_version="1",
        loss_weight=1.0,
        split=split,
    )


def quote(doc_id: str, start: int, end: int, depth: float) -> Evidence:
    return Evidence(doc_id, start, end, TEXT[start:end], depth)


def test_summary_of_an_empty_folder_counts_nothing(tmp_path: Path) -> None:
    assert summarise_build(str(tmp_path)) == BuildSummary((), RowCounts((), {}, (0,) * 10, 0, 0), (), 0, (), 0, (), ())


def test_corpus_is_counted_by_bucket_domain_and_language(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    write_part(folder.corpus_part(2048, "00000"), [context("c", bucket=2048, num_tokens=1500)], Context)
    rows = [context("a", num_tokens=100), context("b", num_tokens=30), context("k", num_tokens=7, language="ko")]
    write_part(folder.corpus_part(1024, "00000"), rows, Context)
    assert summarise_build(str(tmp_path)).corpus == (
        CorpusCell(1024, "legal", "en", num_documents=2, num_tokens=130),
        CorpusCell(1024, "legal", "ko", num_documents=1, num_tokens=7),
        CorpusCell(2048, "legal", "en", num_documents=1, num_tokens=1500),
    )


def test_rows_are_counted_by_label_and_by_the_depth_of_their_first_evidence(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    rows = [
        row("r1", "a", evidence=[quote("a", 200, 209, 0.5), quote("a", 0, 1, 0.0)]),
        row("r22", "a", task="clause", evidence=[quote("a", 0, 1, 0.0999)]),
        row("r3", "a", evidence=[quote("a", 0, 1, 1.0)]),
        row("r4", "a"),
    ]
    write_part(folder.sft_part("train", "00000", "parquet"), rows, SftExample)
    write_part(folder.sft_part("validation", "00000", "parquet"), [row("v", "a", split="validation")], SftExample)
    found = summarise_build(str(tmp_path))
    assert found.rows == RowCounts(
        turns=(
            TurnCell("clause", "written", "legal", "en", "train", 1),
            TurnCell("qa", "written", "legal", "en", "train", 3),
            TurnCell("qa", "written", "legal", "en", "validation", 1),
        ),
        num_rows={"train": 4, "validation": 1},
        depth_bins=(1, 0, 0, 0, 0, 1, 0, 0, 0, 1),
        num_tokens=12 + 13 + 12 + 12 + 11,
        num_loss_tokens=5 * 9,
    )
    assert sorted(sample.row.task for sample in found.samples) == ["clause", "qa"], "one of each kind"


def test_sample_shows_the_question_alone_and_quotes_with_what_stands_around_them(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    write_part(folder.corpus_part(1024, "00000"), [context("x"), context("a", title="Lease")], Context)
    spans = [(200, 209), (160, 170), (161, 170), (0, 5)]
    evidence = [quote("a", start, end, start / 400) for start, end in spans]
    write_part(folder.sft_part("train", "00000", "parquet"), [row("r", "a", evidence=evidence)], SftExample)
    (sample,) = summarise_build(str(tmp_path)).samples
    (turn,) = sample.turns
    assert (turn.question, turn.answer, turn.num_more_quotes) == ("What is r?", "It is r.", 1)
    assert turn.quotes == (
        Quote("Lease", "…" + TEXT[40:200], "THE QUOTE", TEXT[209:369] + "…", 0.5),
        Quote("Lease", TEXT[0:160], TEXT[160:170], TEXT[170:330] + "…", 0.4),
        Quote("Lease", "…" + TEXT[1:161], TEXT[161:170], TEXT[170:330] + "…", 161 / 400),
    ), "the first three"


@pytest.mark.parametrize(("end", "is_cut"), [(239, True), (240, False)])
def test_quote_near_the_end_has_no_ellipsis_after_it(tmp_path: Path, end: int, is_cut: bool) -> None:
    folder = BuildFolder(str(tmp_path))
    write_part(folder.corpus_part(1024, "00000"), [context("a")], Context)
    own = [quote("a", 0, end, 0.0), quote("gone", 0, 1, 0.0)]
    write_part(folder.sft_part("train", "00000", "parquet"), [row("r", "a", evidence=own)], SftExample)
    ((found,),) = [turn.quotes for sample in summarise_build(str(tmp_path)).samples for turn in sample.turns]
    assert found == Quote("/in/a", "", TEXT[:end], TEXT[end : end + 160] + ("…" if is_cut else ""), 0.0)


def rejection(item: str, stage: str, reason: str) -> Rejection:
    return Rejection(stage, item, reason, "", None, f"/in/{item}", 0, "")


def test_drops_are_grouped_by_stage_and_the_commonest_reason_comes_first(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    few, many = [rejection("f", "ingest", "empty")], [rejection(f"m{n}", "ingest", "language") for n in range(7)]
    other = [rejection("a", "dedup", "near_duplicate"), rejection("b", "ingest", "also_one")]
    write_part(folder.rejected_part("ingest", "00000"), [*few, *many, *other], Rejection)
    letters = [DeadLetter("ingest", f"i{n}", "u", 0, "E", "") for n in range(21)]
    write_part(folder.dead_part("ingest", "00000"), letters, DeadLetter)
    found = summarise_build(str(tmp_path))
    assert found.rejections == (
        RejectionGroup("dedup", "near_duplicate", 1, (other[0],)),
        RejectionGroup("ingest", "language", 7, tuple(many[:5])),
        RejectionGroup("ingest", "also_one", 1, (other[1],)),
        RejectionGroup("ingest", "empty", 1, tuple(few)),
    )
    assert (found.num_dead, found.dead) == (21, tuple(letters[:20]))


def test_clusters_are_those_with_dropped_members_the_largest_first(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    members = []
    for number in range(51):
        survivor = f"s{number:02d}"
        members.append(ClusterMember(survivor, survivor, "survivor", True, 1.0, f"T{number}", f"/in/{survivor}"))
        for copy in range(2 if number == 50 else 1):
            name = f"{survivor}-{copy}"
            members.append(ClusterMember(name, survivor, "near", False, 0.9, f"T{number}", f"/in/{survivor}"))
    members += [
        ClusterMember("v1", "v1", "survivor", True, 1.0, "V", "/in/v1"),
        ClusterMember("v2", "v1", "version", True, 0.9, "V", "/in/v1"),
    ]
    write_part(folder.clusters, members, ClusterMember)
    write_part(folder.rejected_part("dedup", "00000"), [rejection("s50-1", "dedup", "near_duplicate")], Rejection)
    found = summarise_build(str(tmp_path))
    assert found.num_clusters == 51
    assert len(found.clusters) == 50
    dropped = tuple(member for member in members if member.cluster_id == "s50" and not member.is_kept)
    assert found.clusters[0] == DuplicateCluster("s50", "T50", "/in/s50", dropped, {"s50-1": "/in/s50-1"})
    assert [one.survivor_id for one in found.clusters[1:3]] == ["s00", "s01"]


def test_contexts_without_a_row_and_files_that_were_not_read_are_grouped_by_reason(tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path))
    silent = [ContextWithoutRow(f"d{n}", "", "", 0, "legal", "en", 9, "mix", ()) for n in range(6)]
    other = ContextWithoutRow("e", "", "", 0, "legal", "en", 9, "a_rare_one", ())
    write_part(folder.without_row, [other, *silent], ContextWithoutRow)
    write_part(folder.files_part("00000"), skipped_files([f"/in/{n}" for n in range(21)]), SourceFile)
    for shard, counters in (
        ("00000", {"skipped/hidden": 30, "domain/legal": 9}),
        ("00001", {"skipped/link_outside": 31}),
    ):
        write_shard_report(folder, ShardReport("ingest", shard, "f", 0, 0, 0, 0, counters))
    found = summarise_build(str(tmp_path))
    assert found.silent == (SilentGroup("mix", 6, tuple(silent[:5])), SilentGroup("a_rare_one", 1, (other,)))
    assert found.skipped == (
        SkippedGroup("link_outside", 31, ()),
        SkippedGroup("hidden", 30, tuple(f"/in/{n}" for n in range(20))),
    )


@pytest.mark.parametrize(("depth", "tenth"), [(0.0, 0), (0.0999, 0), (0.1, 1), (0.95, 9), (1.0, 9)])
def test_depth_belongs_to_its_tenth(depth: float, tenth: int) -> None:
    assert depth_bin(depth) == tenth
