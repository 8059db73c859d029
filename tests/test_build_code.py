"""Builds by a copy of the package whose code changes between them: which stages run again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from small_student import small_tokenizer

import pipeline

ROOT = Path(pipeline.__file__).parent
SCRIPT = """
import json, sys
from pathlib import Path
import pipeline
from pipeline.build import build_sft
from pipeline.config.build import InputSource
from pipeline.config.load import load_recipe
from pipeline.config.start import Start
from pipeline.errors import RunError

class Observer:
    def __init__(self):
        self.started = []
    def stage_started(self, stage, num_finished_shards):
        self.started.append(stage.name)
    def __getattr__(self, name):
        return lambda *_: None

folder = Path(sys.argv[1])
root = Path(pipeline.__file__).parent
assert root == folder / "copy" / "pipeline", "the copy is what runs"
settings = ["synthesize.written.tasks=[]", f"pack.tokenizer={folder / 'tokenizer'}", "packing.edges=[2048,16384]"]
recipe = load_recipe(None, fragments=[], overrides=settings)
recipe = recipe.model_copy(update={"inputs": (InputSource(path=str(folder / "in")),)})
for edits in json.load(sys.stdin):
    for name, text in edits.items():
        (root / name).write_text(text, encoding="utf-8")
    observer = Observer()
    try:
        build_sft(recipe, output=str(folder / "build"), start=Start.RESUME, beam_options=[], observer=observer)
        print(json.dumps([observer.started, ""]))
    except RunError as error:
        print(json.dumps([observer.started, error.message]))
"""
REWORDED = (
    "clean/normalise.py",
    "dedup/banding.py",
    "documents/grammar/turns/families/irc.py",
    "pack/split.py",
    "export/rows.py",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT, tmp_path / "copy" / "pipeline")  # with its bytecode, which holds for the copy too
    shutil.copytree(ROOT.parent / "recipes", tmp_path / "copy" / "recipes")
    (tmp_path / "in").mkdir()
    shutil.copy(ROOT / "bundled" / "documents" / "legal" / "en" / "orchard_lease.txt", tmp_path / "in")
    small_tokenizer().save_pretrained(tmp_path / "tokenizer")
    return tmp_path


def build_after(folder: Path, *edits: Mapping[str, str]) -> Sequence[tuple[Sequence[str], str]]:
    """In one new process, a build after each edit: the stages it started, and what went wrong."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT, str(folder)],
        env={**os.environ, "PYTHONPATH": str(folder / "copy")},
        input=json.dumps(edits),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def source(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_stage_runs_again_when_its_code_is_broken_and_not_when_comments_are_reworded(folder: Path) -> None:
    reworded = {name: "# A new comment.\n" + source(name).replace('"""', '"""In other words. ', 1) for name in REWORDED}
    examples = "languages/ko/examples.yaml"
    whole, after_words, after_data = build_after(
        folder, {}, reworded, {examples: source(examples) + "# data counts as it is\n"}
    )
    assert whole == (["ingest", "decontaminate", "dedup", "pack", "synthesize", "export"], "")
    assert after_words == ([], "")
    assert after_data == (["synthesize"], "")
    selection = "export/selection.py"
    broken = source(selection) + "\n\ndef choose_rows(*_, **__):\n    raise ValueError('broken')\n"
    (folder / "copy" / "pipeline" / selection).write_text(broken, encoding="utf-8")
    ((started, message),) = build_after(folder, {})
    assert started == ["export"]
    assert "broken" in message
