"""A small build of real documents in this process, structural questions only, and an observer that remembers."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from small_student import small_tokenizer

from pipeline.build import build_sft
from pipeline.build_result import BuildResult
from pipeline.config.build import InputSource
from pipeline.config.load import load_recipe
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.io.ledger import ShardReport
from pipeline.io.manifest import StageRecord
from pipeline.io.outputs import Finding
from pipeline.stages.runner import Stage


class Observer:
    """Remembers what was started and found."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.findings: list[str] = []

    def stage_skipped(self, stage: Stage, record: StageRecord) -> None: ...
    def stage_damaged(self, stage: Stage, findings: Sequence[Finding]) -> None:
        self.findings += [finding.path for finding in findings]

    def stage_started(self, stage: Stage, num_finished_shards: int) -> None:
        self.started.append(stage.name)

    def stage_progressed(self, stage: Stage, reports: Mapping[str, ShardReport], num_finished_shards: int) -> None: ...
    def stage_finished(self, stage: Stage, record: StageRecord) -> None: ...


def recipe_of(*inputs: str, overrides: Sequence[str] = ()) -> Recipe:
    """Structural questions about some documents, in a few shards, with a tokenizer of one token a byte."""
    settings = [
        "synthesize.written.tasks=[]",
        "ingest.min_shards=3",
        f"pack.tokenizer={_tokenizer_folder()}",
        "packing.edges=[2048,16384]",
    ]
    loaded = load_recipe(None, fragments=[], overrides=[*settings, *overrides])
    return loaded.model_copy(update={"inputs": tuple(InputSource(path=path) for path in inputs)})


def build(recipe: Recipe, folder: Path, start: Start = Start.RESUME) -> tuple[BuildResult, Observer]:
    """Build, or go on, in this process."""
    observer = Observer()
    return build_sft(recipe, output=str(folder), start=start, beam_options=[], observer=observer), observer


@cache
def _tokenizer_folder() -> str:
    folder = tempfile.mkdtemp(prefix="small-tokenizer-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    small_tokenizer().save_pretrained(folder)
    return folder
