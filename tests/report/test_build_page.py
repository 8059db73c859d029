"""The page of a build: the numbers of its tables and manifest, examples, and nothing executable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from page_checks import broken_promises, visible_text
from sample_folders import HOSTILE, contexts, row, skipped_files, write_sample_build

from pipeline.dedup.clusters import ClusterMember, Role
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport, write_shard_report
from pipeline.io.parts import write_part
from pipeline.report.build_page import prefix_cache_hit_rate, render_build_report, stage_flows, write_build_report
from pipeline.report.build_summary import NUM_DEPTH_BINS, depth_bin, summarise_build
from pipeline.stages.asked import ContextWithoutRow, ReasonCount
from pipeline.stages.source_files import SourceFile


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_sample_build(tmp_path_factory.mktemp("build"))


def _page(build: str) -> str:
    return Path(write_build_report(build)).read_text(encoding="utf-8")


def test_summary_counts_equal_the_records(build: str) -> None:
    summary = summarise_build(build)
    assert sum(cell.num_documents for cell in summary.corpus) == len(contexts()) == 7
    assert sum(cell.num_tokens for cell in summary.corpus) == sum(document.num_tokens for document in contexts())
    assert sum(cell.num_turns for cell in summary.rows.turns) == sum(summary.rows.depth_bins) == 42
    assert {cell.language for cell in summary.rows.turns} == {"en", "ko"}
    depths = [row(document, index).evidence[0].depth for document in contexts() for index in range(6)]
    assert summary.rows.depth_bins == tuple(
        sum(depth_bin(depth) == n for depth in depths) for n in range(NUM_DEPTH_BINS)
    )
    groups = {(group.stage, group.reason): (group.count, len(group.examples)) for group in summary.rejections}
    assert groups["synthesize", "evidence_not_found"] == (8, 5)
    assert groups["dedup", "exact_duplicate"] == groups["dedup", "near_duplicate"] == (1, 1)
    assert summary.num_dead == 1 == summary.num_clusters


def test_summary_samples_are_varied_and_quote_their_document(build: str) -> None:
    samples = summarise_build(build).samples
    assert 8 <= len(samples) <= 12
    assert {sample.row.language for sample in samples} == {"en", "ko"}
    assert {sample.row.domain for sample in samples} == {"legal", "manual", "code", "dialogue"}
    texts = {document.doc_id: document.text for document in contexts()}
    for sample in samples:
        (turn,) = sample.turns
        (quote,) = turn.quotes
        assert quote.quote == sample.row.evidence[0].quote
        around = (quote.before + quote.quote + quote.after).strip("…")
        assert around in texts[sample.row.doc_ids[0]] and len(around) > len(quote.quote)
        assert turn.question in {"What was agreed about the deadline?", "마감에 관하여 무엇을 정하였나요?"}


def test_page_shows_flow_clusters_and_cache_hits(build: str) -> None:
    html = _page(build)
    assert broken_promises(html) == []
    text = visible_text(html)
    assert (
        "42 verified rows with 42 questions were made from 10 documents "
        "(code, dialogue, legal and manual; English and Korean)." in text
    )
    assert "do not add up" not in text
    assert "Prefix cache hits 75%" in text
    assert "synthesize candidates 50 42 8 0 1 min 35 s ✓ yes" in text
    assert "Orchard Lane lease documents/legal/en/0.txt" in text
    assert "documents/legal/en/lease-amended.txt" in text and "0.914" in text
    assert "3 more in rejected/" in text and "JSONDecodeError" in text
    marked = {mark.text for mark in BeautifulSoup(html, "html.parser").find_all("mark")}
    assert marked == {
        quote.quote for sample in summarise_build(build).samples for turn in sample.turns for quote in turn.quotes
    }


def test_page_hostile_text_is_shown_and_never_markup(build: str) -> None:
    html = _page(build)
    assert HOSTILE not in html
    assert visible_text(html).count(HOSTILE) >= 5  # excerpts of a rejection; traceback


def test_page_counts_that_do_not_add_up_are_called_out(build: str) -> None:
    manifest = json.loads(Path(BuildFolder(build).manifest).read_text())
    manifest["stages"]["dedup"]["num_kept"] += 1
    assert [flow.name for flow in stage_flows(manifest) if not flow.reconciles] == ["dedup"]
    text = visible_text(render_build_report(manifest=manifest, summary=summarise_build(build)))
    assert "The counts of dedup do not add up." in text and "✗ no" in text


def test_page_teacher_without_prefix_cache_shows_no_rate(build: str) -> None:
    manifest = json.loads(Path(BuildFolder(build).manifest).read_text())
    assert prefix_cache_hit_rate(manifest) == 0.75
    manifest["stages"]["synthesize"]["counters"] = {"prefix_cache/prompt_tokens": 0}
    assert prefix_cache_hit_rate(manifest) is None
    assert "Prefix cache" not in render_build_report(manifest=manifest, summary=summarise_build(build))


def test_page_empty_build_says_that_there_is_nothing(tmp_path: Path) -> None:
    manifest = {"recipe": {"name": "empty"}, "fingerprint": "a", "seed": 1, "versions": {}, "stages": {}}
    text = visible_text(render_build_report(manifest=manifest, summary=summarise_build(str(tmp_path))))
    assert "0 verified rows were made from 0 documents." in text
    assert "There are no rows yet." in text and "Nothing was dropped." in text and "No duplicates were found." in text


def test_page_lists_documents_without_a_row_and_files_that_were_not_read(tmp_path: Path) -> None:
    build = write_sample_build(tmp_path)
    text = visible_text(_page(build))
    assert "Every context produced at least one row." in text and "Files that were not read" not in text
    folder = BuildFolder(build)
    silent = [
        ContextWithoutRow(
            doc_id=document.doc_id,
            title=document.title,
            source_uri=document.source_uri,
            source_offset=0,
            domain=document.domain,
            language=document.language,
            num_chars=len(document.text),
            reason=reason,
            reasons=(ReasonCount(reason, 3), ReasonCount("not_written_about", 1)),
        )
        for document, reason in zip(contexts(), ["no_structure"] * 6 + ["label_repeated"], strict=True)
    ]
    write_part(folder.without_row, silent, ContextWithoutRow)
    write_part(
        folder.files_part("00000"), skipped_files([f"in/.cache/{number}.txt" for number in range(30)]), SourceFile
    )
    report = ShardReport("ingest", "00000", "f", 0, 0, 0, 0, counters={"skipped/hidden": 45, "masked/email": 2})
    write_shard_report(folder, report)
    summary = summarise_build(build)
    assert [(group.reason, group.count, len(group.examples)) for group in summary.silent] == [
        ("no_structure", 6, 5),
        ("label_repeated", 1, 1),
    ]
    assert [(group.reason, group.count, len(group.names)) for group in summary.skipped] == [("hidden", 45, 20)]
    html = _page(build)
    assert broken_promises(html) == [] and HOSTILE not in html
    text = visible_text(html)
    assert "7 of 7 contexts produced no rows; work/without_row/ lists them." in text
    assert "The structural tasks found nothing in the context to ask about." in text
    assert "no structure 3, not written about 1" in text
    assert "1 more in work/without_row/" in text and "25 more in files/" in text
    assert "in/.cache/0.txt" in text


@given(st.floats(0, 1))
def test_depth_bin_any_depth_falls_into_its_tenth(depth: float) -> None:
    index = depth_bin(depth)
    assert 0 <= index < NUM_DEPTH_BINS
    assert index / NUM_DEPTH_BINS <= depth + 1e-12
    assert depth < (index + 1) / NUM_DEPTH_BINS + 1e-12 or depth == 1.0


def test_summary_counts_all_clusters_and_shows_the_fifty_largest(tmp_path: Path) -> None:
    root = write_sample_build(tmp_path)
    members = [
        ClusterMember(
            doc_id=f"copy-{number}-{copy}",
            cluster_id=f"cluster-{number:02}",
            role=Role.NEAR.value,
            is_kept=False,
            similarity=0.9,
            survivor_title="Lease",
            survivor_uri="lease.txt",
        )
        for number in range(60)
        for copy in range(2 if number >= 50 else 1)
    ]
    write_part(BuildFolder(root).clusters, members, ClusterMember)
    summary = summarise_build(root)
    assert (summary.num_clusters, len(summary.clusters)) == (60, 50)
    assert {f"cluster-{number}" for number in range(50, 60)} <= {shown.survivor_id for shown in summary.clusters}
