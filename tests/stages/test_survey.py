"""The survey of lines before ingest: what it reads, what it finds, and that neither depends on the shards."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from pathlib import Path

import apache_beam as beam
import pytest

from pipeline.config.build import BoilerplateRecipe, CleanRecipe, IngestRecipe, InputSource
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, read_shard_reports
from pipeline.io.parts import read_part, read_parts
from pipeline.records import Document
from pipeline.stages.ingest import IngestDocuments, IngestWork, plan_ingest
from pipeline.stages.job import run_job
from pipeline.stages.removed_lines import RemovedLine, RemovedLog
from pipeline.stages.repeated_parts import RepeatedLines, deepest_groups, groups_of, lines_for, repeated_lines
from pipeline.stages.runner import pipeline_options
from pipeline.stages.shards import Shard, ShardWork, shard_id
from pipeline.stages.survey import MAX_FOLDER_FILES, CountLines, SurveyedDocument, SurveyWork, plan_survey

FOOTER = "Copyright © 2024 Norwell. All rights reserved."
MENU = "Home | Products | Contact us"
_WORDS = ("valve", "pump", "lamp", "hose", "drum")


def page(number: int, *, frame: bool = True) -> str:
    own = "\n\n".join(
        f"The {_WORDS[(number + at) % 5]} of unit {number}{_WORDS[at]} leads to the {_WORDS[at]} and the next room."
        for at in range(5)
    )
    return f"{MENU}\n\nUnit {number}\n\n{own}\n\n{FOOTER}\n" if frame else f"Unit {number}\n\n{own}\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Fourteen pages of a site and as many letters without a frame."""
    for folder, frame in (("site", True), ("letters", False)):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for number in range(14):
            path = tmp_path / "in" / folder / f"{number}.txt"
            path.write_text(page(number + 100 * frame, frame=frame), encoding="utf-8")
    return tmp_path / "in"


def run(work: ShardWork, shard: Shard, folder: BuildFolder) -> None:
    with ShardLedger(folder=folder, stage=work.stage, shard_id=shard.shard_id, fingerprint="f") as ledger:
        pickle.loads(pickle.dumps(work)).run(shard, folder, ledger)


def ingest(
    root: Path, out: Path, *, min_shards: int = 4, boilerplate: BoilerplateRecipe | None = None
) -> tuple[BuildFolder, Counter[str]]:
    sources = (InputSource(path=str(root), language="en"),)
    recipe = IngestRecipe(min_shards=min_shards)
    clean = CleanRecipe(boilerplate=boilerplate or BoilerplateRecipe())
    plan = plan_ingest(sources=sources, ingest=recipe, clean=clean)
    folder = BuildFolder(str(out))
    for shard in plan.survey:
        run(SurveyWork(sources, recipe, "f"), shard, folder)
    if plan.survey:
        run(CountLines(clean.boilerplate, "f"), Shard(shard_id(0), ()), folder)
    for shard in plan.shards:
        run(IngestWork(sources=sources, ingest=recipe, clean=clean, skipped={}, fingerprint="f"), shard, folder)
    counters: Counter[str] = Counter()
    for report in read_shard_reports(folder, "ingest", "f").values():
        counters.update(report.counters)
    return folder, counters


def texts(folder: BuildFolder) -> dict[str, str]:
    return {document.source_uri: document.text for document in read_parts(folder.documents, Document)}


def test_ingest_removes_what_the_pages_of_one_folder_repeat_and_says_so(site: Path, tmp_path: Path) -> None:
    folder, counters = ingest(site, tmp_path / "build")
    found = texts(folder)
    assert len(found) == 28
    assert not any(FOOTER in text or MENU in text for text in found.values())
    assert (counters["boilerplate/documents"], counters["boilerplate/lines"]) == (14, 28)
    assert counters["boilerplate/surveyed"] == 28
    whole, _ = ingest(site, tmp_path / "whole", boilerplate=BoilerplateRecipe(max_surveyed=0))
    lost = sum(len(text) for text in texts(whole).values()) - sum(len(text) for text in found.values())
    assert counters["boilerplate/chars"] == lost > 0
    rows = list(read_parts(folder.boilerplate, RemovedLine))
    assert {row.line for row in rows} == {FOOTER, MENU}
    assert sum(row.num_lines for row in rows) == 28


def test_ingest_gives_the_same_documents_for_any_number_of_shards(site: Path, tmp_path: Path) -> None:
    few, many = (ingest(site, tmp_path / str(number), min_shards=number)[0] for number in (1, 9))
    assert texts(few) == texts(many) and texts(few)
    assert Path(few.repeated_lines).read_bytes() == Path(many.repeated_lines).read_bytes()


def test_ingest_twice_removes_nothing_more(site: Path, tmp_path: Path) -> None:
    once = texts(ingest(site, tmp_path / "build")[0])
    again = tmp_path / "again"
    again.mkdir()
    for number, text in enumerate(once.values()):
        (again / f"{number}.txt").write_text(text, encoding="utf-8")
    folder, counters = ingest(again, tmp_path / "second")
    assert sorted(texts(folder).values()) == sorted(once.values())
    assert "boilerplate/documents" not in counters


def test_beam_job_runs_the_three_steps_in_order(site: Path, tmp_path: Path) -> None:
    sources = (InputSource(path=str(site), language="en"),)
    recipe, clean = IngestRecipe(), CleanRecipe()
    plan = plan_ingest(sources=sources, ingest=recipe, clean=clean)
    work = IngestWork(sources=sources, ingest=recipe, clean=clean, skipped={}, fingerprint="f")
    folder = BuildFolder(str(tmp_path / "beam"))

    def build_job(job: beam.Pipeline) -> None:
        _ = job | IngestDocuments(plan=plan, work=work, folder=folder)

    run_job(build_job, pipeline_options([]))
    assert texts(folder) == texts(ingest(site, tmp_path / "plain")[0])


def test_copies_of_one_document_count_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(30):
        (tmp_path / "in" / f"{number}.txt").write_text(page(number % 6), encoding="utf-8")
    folder, counters = ingest(tmp_path / "in", tmp_path / "build")
    assert counters["boilerplate/surveyed"] == 30
    assert not list(read_parts(folder.boilerplate, RemovedLine))


def test_small_source_and_code_are_not_surveyed(tmp_path: Path) -> None:
    for name, number in (("few", 9), ("code", 12)):
        (tmp_path / name).mkdir()
        for index in range(number):
            suffix = "py" if name == "code" else "txt"
            (tmp_path / name / f"{index}.{suffix}").write_text(f"# {FOOTER}\nvalue = {index}\n", encoding="utf-8")
        plan = plan_ingest(sources=[InputSource(path=str(tmp_path / name))], ingest=IngestRecipe(), clean=CleanRecipe())
        assert plan.shards and not plan.survey


def test_sample_takes_all_folders_in_turn_and_no_more_than_the_recipe_says(tmp_path: Path) -> None:
    for folder, number in (("big", MAX_FOLDER_FILES + 50), ("small", 20)):
        (tmp_path / "in" / folder).mkdir(parents=True)
        for index in range(number):
            (tmp_path / "in" / folder / f"{index}.txt").write_text("x", encoding="utf-8")
    drawn = {}
    for most in (60, 2000):
        clean = CleanRecipe(boilerplate=BoilerplateRecipe(max_surveyed=most))
        plan = plan_ingest(sources=[InputSource(path=str(tmp_path / "in"))], ingest=IngestRecipe(), clean=clean)
        keys = [json.loads(text.partition(" ")[2])["item"]["key"] for shard in plan.survey for text in shard.inputs]
        drawn[most] = Counter(key.split("/")[0] for key in keys)
    assert drawn == {60: {"big": 40, "small": 20}, 2000: {"big": MAX_FOLDER_FILES, "small": 20}}


def test_records_of_one_file_are_read_up_to_the_limit(tmp_path: Path) -> None:
    rows = "".join(json.dumps({"text": page(number)}) + "\n" for number in range(60))
    (tmp_path / "pages.jsonl").write_text(rows, encoding="utf-8")
    folder, counters = ingest(tmp_path, tmp_path / "build", boilerplate=BoilerplateRecipe(max_surveyed=25))
    assert counters["boilerplate/surveyed"] == 25
    assert counters["boilerplate/documents"] == 60
    assert {row.num_documents for row in read_part(folder.repeated_lines, RepeatedLines)} == {25}


def test_survey_stores_no_text(site: Path, tmp_path: Path) -> None:
    folder, _ = ingest(site, tmp_path / "build")
    parts = [path for path in Path(folder.root, "work", "survey").iterdir() if path.name.startswith("part-")]
    assert sum(1 for path in parts for _ in read_part(str(path), SurveyedDocument)) == 28
    for path in Path(folder.root, "work", "survey").iterdir():
        assert b"Norwell" not in path.read_bytes()


def test_unreadable_file_is_left_out_of_the_survey_and_has_its_own_fate(site: Path, tmp_path: Path) -> None:
    (site / "site" / "broken.pdf").write_bytes(b"%PDF-1.7\nbroken")
    folder, counters = ingest(site, tmp_path / "build")
    assert counters["boilerplate/surveyed"] == 28
    assert len(texts(folder)) == 28
    reports = read_shard_reports(folder, "ingest", "f").values()
    assert sum(report.num_rejected + report.num_dead for report in reports) == 1


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("letter.txt", ()),
        ("pumps/P-40/manual.pdf", ("pumps", "pumps/P-40")),
        ("pages.jsonl", ("pages.jsonl",)),
        ("help/pages.jsonl", ("help", "help/pages.jsonl")),
        ("crawl.warc.gz!/https://Docs.example.com/pump.html", ("docs.example.com",)),
        ("site.zip!/docs/a.html", ("site.zip", "site.zip!/docs")),
        ("in/site.zip!/a.html", ("in", "in/site.zip")),
    ],
)
def test_groups_of_a_record_are_its_site_or_its_folders(key: str, expected: tuple[str, ...]) -> None:
    assert groups_of(key) == expected


def test_deepest_group_of_a_record_has_enough_documents() -> None:
    keys = [*(f"a/big/{number}.txt" for number in range(3)), "a/small/0.txt", "b/0.txt", "c/rows.jsonl", "0.txt"]
    assert deepest_groups(keys, min_documents=3) == ["a/big"] * 3 + ["a", "", "c/rows.jsonl", ""]
    assert deepest_groups(keys, min_documents=5) == [""] * 5 + ["c/rows.jsonl", ""]


@pytest.mark.parametrize("above", ["", "a", "a/b/c"])
def test_frame_goes_however_deep_below_the_input_its_folder_is(site: Path, tmp_path: Path, above: str) -> None:
    root = tmp_path / "deep"
    for number in range(60):  # many files beside the site, which do not have its lines
        path = root / above / f"other{number % 6}" / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(number + 200, frame=False), encoding="utf-8")
    (site / "site").rename(root / above / "site")
    folder, _ = ingest(root, tmp_path / "build")
    kept = list(texts(folder))
    assert len(kept) == 74
    assert not any("Copyright" in text or "Contact us" in text for text in map(str, kept))


def test_title_that_all_pages_declare_is_replaced_by_the_first_heading(tmp_path: Path) -> None:
    root = tmp_path / "in" / "help"
    root.mkdir(parents=True)
    for number in range(14):
        body = "".join(f"<p>{line}</p>" for line in page(number, frame=False).split("\n\n")[1:])
        html = (
            f"<html><head><title>Pump Help 7</title></head><body><h1>Unit {_WORDS[number % 5]}</h1>{body}</body></html>"
        )
        (root / f"{number}.html").write_text(html, encoding="utf-8")
    folder, _ = ingest(tmp_path / "in", tmp_path / "build")
    titles = {document.title for document in read_parts(folder.documents, Document)}
    assert titles == {f"Unit {word}" for word in _WORDS}


def test_lines_for_a_record_are_those_of_its_input_and_its_folder(site: Path, tmp_path: Path) -> None:
    folder, _ = ingest(site, tmp_path / "build")
    repeated = repeated_lines(folder, "f")
    of_site, of_input = (lines_for(repeated, 0, key) for key in ("site/1.txt", "letters/1.txt"))
    assert of_input < of_site or of_input == of_site
    assert of_site and not lines_for(repeated, 1, "site/1.txt")


def test_removed_log_masks_lines_and_counts_each_shape_once() -> None:
    log = RemovedLog(("email",))
    log.note(0, "a", ["Page 1 of 2", "Page 2 of 2", "Write to a@b.example."])
    log.note(0, "b", ["Page 9 of 9"])
    assert [(row.line, row.num_documents, row.num_lines, row.source_uri) for row in log.rows()] == [
        ("Page 1 of 2", 2, 3, "a"),
        ("Write to [EMAIL-1].", 1, 1, "a"),
    ]


def test_plan_survey_without_segments_is_empty() -> None:
    assert plan_survey([[]], [InputSource(path="in")], BoilerplateRecipe()) == []
