"""A build from Python: defaults, its result, and the examples."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from small_builds import recipe_of

import pipeline
from pipeline.build_result import BuildResult
from pipeline.errors import InputError

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    folder = tmp_path_factory.mktemp("build")
    recipe = recipe_of("bundled:legal/en", overrides=["ingest.max_documents=8", f"output={folder}"])
    return pipeline.build_sft(recipe, progress="silent")


def test_build_with_defaults_is_in_the_recipes_folder_and_its_counts_add_up(built: BuildResult) -> None:
    assert built.folder.root.endswith("/build")
    assert Path(built.report).is_file()
    assert sum(built.num_rows.values()) > 0
    assert list(built.counts) == ["ingest", "decontaminate", "dedup", "pack", "synthesize", "export"]
    for counts in built.counts.values():
        assert counts["in"] == counts["kept"] + counts["rejected"] + counts["dead"]
    assert repr(built) == (
        f"<build in {built.folder.root}: {built.num_rows['train']:,} train rows, "
        f"{built.num_rows['validation']:,} validation rows>"
    )


def test_rows_as_data_sets_are_the_rows_as_records(built: BuildResult, tmp_path: Path) -> None:
    tables = built.to_datasets(cache_dir=str(tmp_path))
    assert {name: table.num_rows for name, table in tables.items()} == {
        name: number for name, number in built.num_rows.items() if number
    }
    for split, table in tables.items():
        rows = list(built.rows(split))
        assert [row.id for row in rows] == table["id"][:]
        assert rows[0].messages[0].content == table[0]["messages"][0]["content"]


def test_second_build_does_nothing_and_silence_is_silent(
    built: BuildResult, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = recipe_of("bundled:legal/en", overrides=["ingest.max_documents=8"])
    again = pipeline.build_sft(recipe, output=Path(built.folder.root), progress="silent")
    assert again.did_nothing
    assert capsys.readouterr() == ("", "")
    pipeline.build_sft(recipe, output=built.folder.root)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "export: up to date" in printed.err


def test_evaluation_and_training_say_what_is_missing(tmp_path: Path) -> None:
    recipe = pipeline.load_recipe(output=tmp_path)
    with pytest.raises(InputError, match="model"):
        pipeline.evaluate(recipe, progress="silent")
    with pytest.raises(InputError, match="build"):
        pipeline.finetune(recipe, progress="silent")


def test_example_of_the_pieces_runs(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "pieces.py"), run_name="__main__")
    printed = capsys.readouterr().out
    assert "USD 9,600 as security. supported" in printed
    assert "USD 6,900 as security. value_not_in_evidence" in printed
    assert "8192 → 32768 positions" in printed


@pytest.mark.end_to_end
def test_notebook_runs(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(EXAMPLES / "notebook.py")],
        cwd=tmp_path,
        env=None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "train rows" in ran.stdout
    assert "16384 {'rope_type': 'yarn'" in ran.stdout
    assert list(tmp_path.iterdir()) == []
