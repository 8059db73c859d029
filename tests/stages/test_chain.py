"""Fingerprints of the stages: each covers its recipe part, the seed where it draws, what came before, and its code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import pipeline
from pipeline.config.build import DedupRecipe, InputSource
from pipeline.config.load import load_recipe
from pipeline.config.recipe import Recipe
from pipeline.dedup.signature import Signature
from pipeline.io.layout import BuildFolder
from pipeline.io.manifest import Manifest, StageRecord, write_manifest
from pipeline.io.parts import write_part
from pipeline.stages.chain import STAGES

NAMES = ("ingest", "decontaminate", "dedup", "pack", "synthesize", "export")
ROOT = Path(pipeline.__file__).parent


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "lease.txt").write_text("The tenant pays the rent. " * 40, encoding="utf-8")
    loaded = load_recipe(None, fragments=[], overrides=[])
    return loaded.model_copy(update={"inputs": (InputSource(path=str(tmp_path / "in")),)})


def fingerprints(recipe: Recipe, *, upstream: str = "state", folder: str = "") -> dict[str, str]:
    build = BuildFolder(folder or "memory://nowhere")
    stages = [plan(recipe, build, "" if index == 0 else upstream) for index, plan in enumerate(STAGES)]
    assert tuple(stage.name for stage in stages) == NAMES
    return {stage.name: stage.fingerprint for stage in stages}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name for name in NAMES if before[name] != after[name]}


def override(recipe: Recipe, *settings: str) -> Recipe:
    loaded = load_recipe(None, fragments=[], overrides=list(settings))
    return loaded.model_copy(update={"inputs": recipe.inputs})


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("ingest.shard_bytes=12345678", {"ingest"}),
        ("clean.min_chars=201", {"ingest", "decontaminate"}),
        ("decontamination.min_share=0.6", {"decontaminate"}),
        ("dedup.threshold=0.5", {"dedup"}),
        ("pack.min_tokens=7", {"pack"}),
        ("synthesize.written.questions_per_document=3", {"synthesize"}),
        ("synthesize.teacher.model=other", {"synthesize"}),
        ("export.validation_share=0.3", {"export"}),
        ("packing.window_rows=5000", {"export"}),
        ("finetune.max_tokens=12288", {"export"}),
        ("finetune.optimizer.learning_rate=1.0e-5", set()),
        ("seed=18", {"pack", "synthesize", "export"}),
        ("name=renamed", {"export"}),
    ],
)
def test_fingerprint_changes_with_the_stages_own_part_of_the_recipe_and_no_other(
    recipe: Recipe, setting: str, expected: set[str]
) -> None:
    assert changed(fingerprints(recipe), fingerprints(override(recipe, setting))) == expected


def test_worker_of_a_teacher_changes_no_fingerprint(recipe: Recipe) -> None:
    teacher = "synthesize.teacher={{kind: vllm, model: owner/model, worker: {}}}"
    before, after = (
        fingerprints(override(recipe, teacher.format(worker)))
        for worker in ("{}", "{gpu: nvidia-h100-80gb, machine_type: a3-highgpu-1g, min_ram_gb: 200, image: 'i:1'}")
    )
    assert changed(before, after) == set()


def test_tokenizer_belongs_to_every_stage_that_counts_tokens(recipe: Recipe, tmp_path: Path) -> None:
    other = recipe.model_copy(update={"pack": recipe.pack.model_copy(update={"tokenizer": str(tmp_path / "other")})})
    assert changed(fingerprints(recipe), fingerprints(other)) == {"pack", "synthesize", "export"}


def test_fingerprint_of_every_later_stage_changes_with_what_came_before(recipe: Recipe) -> None:
    assert changed(fingerprints(recipe), fingerprints(recipe, upstream="another state")) == set(NAMES[1:])


def test_fingerprint_of_ingest_changes_with_the_inputs_alone(recipe: Recipe, tmp_path: Path) -> None:
    before = fingerprints(recipe)
    (tmp_path / "in" / "second.txt").write_text("More. " * 99, encoding="utf-8")
    assert changed(before, fingerprints(recipe)) == {"ingest"}


def test_fingerprint_of_dedup_changes_with_the_earlier_builds_it_compares_with(recipe: Recipe, tmp_path: Path) -> None:
    earlier = BuildFolder(str(tmp_path / "earlier"))
    write_part(earlier.signature_part("00000"), [_signature()], Signature)

    def with_state(state: str) -> dict[str, str]:
        record = StageRecord("documents", 1, 1, 0, 0, 0.0, "f", (), {}, "digest", state)
        write_manifest(earlier, Manifest({"dedup": {}}, "f", 1, {}, {"dedup": record}))
        dedup: DedupRecipe = recipe.dedup.model_copy(update={"against": (earlier.root,)})
        return fingerprints(recipe.model_copy(update={"dedup": dedup}))

    assert changed(with_state("one"), with_state("two")) == {"dedup"}


def _signature() -> Signature:
    return Signature("d", "", "legal", "a.txt", 0, "", 1, 0, "h", b"", b"", 0, b"", b"", 0)
