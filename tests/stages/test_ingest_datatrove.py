"""The ingest stage with filters of datatrove: every document is in one pile, in this process and in workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from prose import document
from small_builds import Observer

from pipeline.config.recipe import Recipe
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import Manifest
from pipeline.io.parts import read_parts
from pipeline.records import DeadLetter, Document, Rejection
from pipeline.stages.chain import ingest_stage
from pipeline.stages.runner import run_stage

LONG_WORDS = "The interdepartmental responsibilities notwithstanding, institutional reorganisation remains binding.\n"
OF_LAW, FAILS, DROPPED = range(3), (3, 4), (5,)
BLOCKS = [
    {"filter": "GopherQualityFilter", "args": {"language": "whitespace", "min_stop_words": 1}, "languages": ["en"]},
    {"filter": "own_blocks.KeepWithWord", "args": {"word": "binding", "reason": "not binding"}},
]


def recipe(documents: Path, blocks: Sequence[object] = BLOCKS) -> Recipe:
    return Recipe.model_validate(
        {
            "name": "filtered",
            "inputs": [{"path": str(documents)}],
            "clean": {"quality_filters": [], "datatrove": blocks},
        }
    )


def ingest(documents: Path, root: Path, *beam_options: str, blocks: Sequence[object] = BLOCKS) -> BuildFolder:
    folder = BuildFolder(str(root))
    stage = ingest_stage(recipe(documents, blocks), folder, "")
    run_stage(stage, folder=folder, manifest=Manifest({}, "f", 17, {}), beam_options=beam_options, observer=Observer())
    return folder


def name_of(record: Document | Rejection | DeadLetter) -> str:
    return record.source_uri.rpartition("/")[2]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("in")
    for number in range(6):
        ending = {3: " Do not divide by zero.", 4: " Do not shout.", 5: ""}.get(number, "")
        word = "" if number in DROPPED else "This is binding."
        text = f"{document('en', number, num_sentences=20)}\n\n{word}{ending}\n"
        (root / f"{number}.txt").write_text(text, encoding="utf-8")
    (root / "long-words.txt").write_text(LONG_WORDS * 40)
    return root


@pytest.fixture(scope="module")
def here(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildFolder:
    """What the stage makes in this process."""
    return ingest(documents, tmp_path_factory.mktemp("here") / "b")


def test_each_document_is_kept_rejected_with_the_filter_or_dead(
    documents: Path, here: BuildFolder, tmp_path: Path
) -> None:
    folder = here
    kept = {name_of(one): one for one in read_parts(folder.documents, Document)}
    assert sorted(kept) == [f"{number}.txt" for number in OF_LAW]
    assert {(name_of(one), one.reason, one.detail) for one in read_parts(folder.rejected, Rejection)} == {
        ("5.txt", "datatrove_keep_with_word", "KeepWithWord: not binding."),
        ("long-words.txt", "datatrove_gopher_quality_filter", "GopherQualityFilter: gopher_above_avg_threshold."),
    }
    dead = {name_of(one): one.error for one in read_parts(folder.dead, DeadLetter)}
    assert sorted(dead) == [f"{number}.txt" for number in FAILS]
    assert "KeepWithWord of datatrove failed (ZeroDivisionError: [EMAIL-1])" in dead["3.txt"]
    assert "KeepWithWord of datatrove changed the text" in dead["4.txt"]
    without = ingest(documents, tmp_path / "without", blocks=[])
    assert {name_of(one): one for one in read_parts(without.documents, Document) if name_of(one) in kept} == kept


def test_change_of_a_filter_changes_the_fingerprint_of_the_stage(documents: Path, tmp_path: Path) -> None:
    folder = BuildFolder(str(tmp_path / "b"))
    changed = [BLOCKS[0], {**BLOCKS[1], "languages": ["en"]}]
    lists = ([], BLOCKS, BLOCKS[:1], BLOCKS[::-1], changed)
    found = Counter(ingest_stage(recipe(documents, blocks), folder, "").fingerprint for blocks in lists)
    assert len(found) == len(lists)


@pytest.mark.workers
def test_filters_give_the_same_bytes_in_worker_processes(
    documents: Path, here: BuildFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parents[1]}:{Path(__file__).parents[2]}")
    there = ingest(documents, tmp_path / "there", "--direct_num_workers=2", "--direct_running_mode=multi_processing")
    contents = [
        {path.relative_to(folder.root).as_posix(): path.read_bytes() for path in Path(folder.root).rglob("*.parquet")}
        for folder in (here, there)
    ]
    assert contents[0].keys() == contents[1].keys()
    same = {name for name in contents[0] if not name.startswith("dead/")}  # a traceback says where it was raised
    assert len(same) > 6
    for name in sorted(same):
        assert contents[0][name] == contents[1][name], name
    letters = [
        sorted((one.item_id, one.error) for one in read_parts(folder.dead, DeadLetter)) for folder in (here, there)
    ]
    assert letters[0] == letters[1]
    assert len(letters[0]) == len(FAILS)
