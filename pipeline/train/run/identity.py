"""Computes the identity of a run: fingerprints of its recipe, its data and its base model.

Takes a recipe, a build folder and a model reference. Returns a `RunIdentity`. A model folder can be continued only by a
run with the same fingerprint. Evaluations identify their models by the same model fingerprints. Cost: the weights are
read once, at about 1 GB/s. Local build files that the stages use are read and hashed once; if a stage trains on rows,
the rows and the pack plan are hashed twice. Does not import torch.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.recipe import Recipe
from pipeline.config.stages import StageData
from pipeline.errors import InputError
from pipeline.identity import content_id, fingerprint, sha256_hex
from pipeline.io import files
from pipeline.io.finished_build import check_finished_build
from pipeline.io.layout import BuildFolder
from pipeline.io.models import resolve_model
from pipeline.io.outputs import built_files, read_all_reports
from pipeline.records import Split

BUILD_REMEDY = "Run pipeline build-sft first, or name its output folder with --data."

# These settings control how a run is stored, monitored or computed, but not what it learns, so a resumed run may change
# them. Those for memory, kernels and processes do change rounding and the random numbers for dropout. `model` is also
# left out, because the model's own fingerprint replaces it.
_NOT_IN_THE_FINGERPRINT: dict[str, Any] = {  # Any: pydantic's type; True, or the names of nested settings
    **dict.fromkeys(("save_every_steps", "keep_checkpoints", "report_to", "device", "model", "distributed"), True),
    **dict.fromkeys(("memory", "deterministic", "probe", "answers", "validate_every_steps"), True),
    **dict.fromkeys(("min_validation_packs", "min_validation_tokens", "max_validation_packs"), True),
    "threads": True,
    "attention": {"kernel", "evaluate_with"},
    "loss": {"chunk_tokens"},
}


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """The fingerprints that identify a run."""

    fingerprint: str
    data_fingerprint: str
    model_fingerprint: str


def stages_fingerprint(settings: FinetuneRecipe, data: str) -> str:
    """Return 16 hex digits that identify what the stages train on: the rows, the documents, or both.

    First checks that no build is running in the folder and that the files match the build's shard reports.

    Raises:
        InputError: a stage trains on rows and the folder has none.
        FolderBusyError: a build is running in the folder.
        DamagedFileError: a file of the build is missing or has changed since it was written, or a report is damaged.
    """
    kinds = {stage.data for stage in settings.stages} or {StageData.SFT}
    rows = () if kinds == {StageData.CORPUS} else ("sft", "tokens")
    documents = () if kinds == {StageData.SFT} else ("corpus",)
    check_finished_build(data, (*rows, *documents, "packs.parquet"))
    if kinds == {StageData.SFT}:
        return data_fingerprint(data)
    row_fingerprints = [] if kinds == {StageData.CORPUS} else [data_fingerprint(data)]
    return content_id(*row_fingerprints, corpus_fingerprint(data))


def run_identity(recipe: Recipe, *, base_model: str, data_id: str) -> RunIdentity:
    """Return the fingerprints of the run, its data and its base model.

    The run's fingerprint covers the data, the model, the seed, and the `finetune` settings that affect what is learned.
    """
    settings = recipe.finetune.model_dump(mode="json", exclude=_NOT_IN_THE_FINGERPRINT)
    model_id = model_fingerprint(base_model)
    parts = {"finetune": settings, "seed": recipe.seed, "data": data_id, "model": model_id}
    return RunIdentity(fingerprint(parts), data_id, model_id)


def data_fingerprint(build_folder: str) -> str:
    """Return 16 hex digits that identify the files of the rows and the pack plan, wherever the build folder is.

    Raises:
        InputError: the folder holds no training rows.
    """
    if not row_files(build_folder, Split.TRAIN):
        raise InputError(
            f"There are no training rows in {files.join(BuildFolder(build_folder).sft)}.", remedy=BUILD_REMEDY
        )
    paths = [path for split in Split for path in row_files(build_folder, split)]
    plan = BuildFolder(build_folder).packs
    parts = []
    for path in [*paths, plan] if files.exists(plan) else paths:
        with files.open_binary(path) as file:
            parts += [path.rsplit("/", 1)[-1], sha256_hex(file.read())]
    return content_id(*parts)


def corpus_fingerprint(build_folder: str) -> str:
    """Return 16 hex digits that identify the files of the documents, wherever the build folder is.

    Cost: nothing for a file that a shard report lists; any other file is read once.
    """
    folder = BuildFolder(build_folder)
    listed = {part.path: part.sha256 for report in read_all_reports(folder, "pack") for part in report.parts}
    hashes = []
    for path in built_files(folder, "corpus", stage="pack"):
        known = listed.get(folder.relative(path))
        hashes.append(known or _file_hash(path))
    return content_id(*sorted(hashes))


_CHUNK_BYTES = 1 << 20


def _file_hash(path: str) -> str:
    digest = hashlib.sha256()
    with files.open_binary(path) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def row_files(build_folder: str, split: Split) -> list[str]:
    """Return the parquet files of one split's rows, in order."""
    return split_files(BuildFolder(build_folder).sft, split)


def split_files(folder: str, split: Split) -> list[str]:
    """Return the parquet files of one split in a folder inside a build or a model folder, in order."""
    root, name = folder.rstrip("/").rsplit("/", 1)
    paths = built_files(BuildFolder(root), name, stage="export")
    return [path for path in paths if path.rsplit("/", 1)[-1].startswith(f"{split.value}-")]


def model_fingerprint(reference: str) -> str:
    """Return 16 hex digits that identify a local model by its config and safetensors files, a hub model by its name."""
    resolved = Path(resolve_model(reference))
    if not resolved.is_dir():
        return content_id(reference)
    parts: list[str] = []
    for path in sorted([resolved / "config.json", *resolved.glob("*.safetensors")]):
        if path.is_file():
            with path.open("rb") as file:
                parts += [path.name, hashlib.file_digest(file, "sha256").hexdigest()]
    return content_id(*parts)
