"""Writes the final model folder. Its files are reloaded and compared before they are published.

Takes a trained student. Writes the merged weights as safetensors (tied embeddings once), `config.json` with the scaled
RoPE, `generation_config.json`, and the tokenizer with its chat template. The folder is assembled on the host, so a
model trained on several GPUs or in 4 bits never has to fit on a single GPU. Memory: one copy of the model at a time;
while the folder is reloaded, only the merged model's logits on a probe text are kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, PreTrainedModel

from pipeline.errors import ExportError, TrainingError
from pipeline.io import files
from pipeline.io.checksums import FileSum, sums_of
from pipeline.io.folders import settle_files
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.distributed.sharding import gather_weights
from pipeline.train.export.tokenizer_files import copy_base_files, write_tokenizer
from pipeline.train.layers.fused import remove_fused_layers
from pipeline.train.layers.text_stack import has_other_parts
from pipeline.train.machine.disk_space import explain_full_disk, require_space
from pipeline.train.model.student import Student, build_student
from pipeline.train.rope.in_force import assert_rope_in_force
from pipeline.train.rope.legacy_keys import write_legacy_keys
from pipeline.train.rope.scaling import RopeScaling
from pipeline.train.run.record import ReloadCheck
from pipeline.train.run.training_run import TrainingRun
from pipeline.train.tuning.quantization import merge_into_dequantized

_HOST = torch.device("cpu")
_STAGING = "export.partial"
_PROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json")
"""Without them, inference servers do not start on a model that reads images."""
_PROBE_TOKENS = 384
_REPORT_REMEDY = (
    "The exported files were removed. Please report this with the versions of torch, transformers and peft."
)
LOGIT_TOLERANCE = 0.0
"""The weights, kernels and machine are the same, so the logits must be equal."""
_ALIGNED_BYTES = 64
"""Alignment of torch's own allocations. Weights mapped from a file can start at any byte; kernels may then sum in
a different order."""


@dataclass(frozen=True, slots=True)
class ProbedLogits:
    """A model's logits on a probe text, to be compared with those of a different model."""

    ids: tuple[int, ...]
    first_positions: tuple[int, ...]
    logits_TV: tuple[Tensor, ...]
    """Logits for each first position, on the host; T probe tokens, V vocabulary."""


@dataclass(frozen=True, slots=True)
class ExportedModel:
    """The written files, and the result of the comparison after reloading."""

    reload: ReloadCheck
    files: Mapping[str, FileSum]
    """Checksums of the files, by file name."""


@torch.no_grad()
def whole_student(student: Student, run: TrainingRun, ranks: Ranks) -> Student:
    """Return the student with all its weights in the first process, on the host if they were sharded.

    All processes call this; all but the first get their student back unchanged. The whole model may be too large for a
    single GPU, and frozen weights are those of the base model. So the first process loads the base model again, and all
    processes gather the trained weights, one at a time. Cost for sharded weights: one copy of the model on the first
    process's host, and one whole weight at a time on every GPU.
    """
    if student.parallel.root is None:
        return student
    on_host = run.stages[-1].settings.model_copy(update={"device": "cpu"})
    rebuilt: list[Student] = []
    ranks.once(lambda: rebuilt.append(build_student(run.base_model, on_host, seed=run.seed)))
    targets = rebuilt[0].trainables() if ranks.is_first else {}
    gathered = set()
    for name, weight in gather_weights(student.trainables()):
        if ranks.is_first:
            targets[name].copy_(weight)
            gathered.add(name)
    assert targets.keys() == gathered, "the model that was loaded again has different trained weights"
    return rebuilt[0] if ranks.is_first else student


def export_model(student: Student, folder: Path, *, base_model: str, probe_ids: Sequence[int]) -> ExportedModel:
    """Merge the adapters, write the folder, load it with plain `from_pretrained` and compare logits.

    The files appear in `folder` only after the comparison. The student's model is merged in place, and its weights are
    freed once they are written and probed, so the student cannot be trained any more.

    Args:
        student: the student after training.
        folder: the model folder.
        base_model: reference of the model whose tokenizer is copied.
        probe_ids: ids of a real text; up to 384 of them are used, at the first positions and at the last positions that
            the scaling supports.

    Raises:
        ExportError: the reloaded model's logits or rotary frequencies differ.
        DiskFullError: the model does not fit on the disk; no part of the model is left there.
    """
    staging = folder / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    merged = merge(student)
    probe_ids = probe_ids[:_PROBE_TOKENS]
    needed = sum(parameter.numel() * parameter.element_size() for parameter in merged.parameters())
    what = "the trained model"
    require_space(folder, needed, what=what)
    try:
        with explain_full_disk(folder, needed, what=what):
            _write(merged, staging, base_model=base_model, max_tokens=student.scaling.max_tokens, probe_ids=probe_ids)
        expected = probe(merged, student.scaling, probe_ids)
        # Free the weights here, even if other code still holds the student.
        merged.to("meta")
        check = compare_reloaded(expected, staging, student.scaling)
        written = sums_of(staging, (file.name for file in staging.iterdir()))
        for name in written:
            (staging / name).replace(folder / name)
        files.sync_folder(str(folder))
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return ExportedModel(check, written)


def _write(
    merged: PreTrainedModel, staging: Path, *, base_model: str, max_tokens: int, probe_ids: Sequence[int]
) -> None:
    merged.save_pretrained(staging)
    write_legacy_keys(staging)
    write_tokenizer(base_model, staging, max_tokens=max_tokens, probe_ids=probe_ids)
    if has_other_parts(merged.config):
        copy_base_files(base_model, staging, _PROCESSOR_FILES)
    settle_files(staging)


def merge(student: Student) -> PreTrainedModel:
    """Return the student's model on the host, with the adapters merged and every weight in the student's dtype.

    Weights are cast one by one, because `model.to(dtype)` would also round the rotary frequencies. Weights that the
    model's class keeps in float32 on loading stay in float32.
    """
    remove_fused_layers(student.model)
    merged = _on_the_host(student)
    float32_parts = getattr(merged, "_keep_in_fp32_modules_strict", None) or ()
    for name, parameter in merged.named_parameters():
        if not any(f".{part}." in f".{name}." for part in float32_parts):
            parameter.data = parameter.data.to(student.dtype)
        parameter.requires_grad_(False)
    merged.gradient_checkpointing_disable()
    if merged._supports_sdpa:
        merged.set_attn_implementation("sdpa")
    merged.tie_weights()
    return merged.eval()


def _on_the_host(student: Student) -> PreTrainedModel:
    if student.adapted is not None and getattr(student.model, "is_quantized", False):
        return merge_into_dequantized(student.adapted)
    student.model.to(_HOST)
    if student.adapted is None:
        return student.model
    merged: PreTrainedModel = student.adapted.merge_and_unload()
    return merged


@torch.no_grad()
def probe(model: PreTrainedModel, scaling: RopeScaling, ids: Sequence[int]) -> ProbedLogits:
    """Return the logits of a model on the host, at the first and at the last positions that the scaling supports.

    For a model without rotary embeddings, return only the logits at the first positions. Weights that are not aligned
    in memory are replaced by aligned copies first.
    """
    for parameter in model.parameters():
        if parameter.data_ptr() % _ALIGNED_BYTES:
            parameter.data = parameter.data.clone()
    # A model without rotary embeddings takes no positions.
    first_positions = (0, scaling.max_tokens - len(ids)) if scaling.has_rotary else (0,)
    return ProbedLogits(tuple(ids), first_positions, tuple(_logits(model, ids, first) for first in first_positions))


def compare_reloaded(expected: ProbedLogits, folder: Path, scaling: RopeScaling) -> ReloadCheck:
    """Load a folder with plain `from_pretrained` and compare its logits with those of the merged model.

    Raises:
        ExportError: the logits differ, or the reloaded rotary frequencies differ from those of the scaling.
    """
    reloaded = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=False, use_safetensors=True).eval()
    try:
        assert_rope_in_force(reloaded, scaling)
    except TrainingError as error:
        raise ExportError(f"The reloaded exported model is wrong: {error.message}", remedy=_REPORT_REMEDY) from error
    actual = probe(reloaded, scaling, expected.ids)
    differences = [(a - b).abs().max() for a, b in zip(expected.logits_TV, actual.logits_TV, strict=True)]
    # torch's maximum of a NaN and a number is always NaN; Python's may be the number. A NaN fails the check below.
    difference = float(torch.stack(differences).max())
    if not difference <= LOGIT_TOLERANCE:
        raise ExportError(
            f"The logits of the reloaded exported model differ from the trained model's by up to {difference:.3g}.",
            remedy=_REPORT_REMEDY,
        )
    return ReloadCheck(
        max_abs_logit_difference=difference,
        tolerance=LOGIT_TOLERANCE,
        num_tokens=len(expected.ids),
        first_positions=expected.first_positions,
    )


def _logits(model: PreTrainedModel, ids: Sequence[int], first_position: int) -> Tensor:
    ids_1T = torch.tensor([list(ids)])
    positions_1T = torch.arange(first_position, first_position + len(ids))[None]
    positions = {"position_ids": positions_1T} if first_position else {}
    logits_TV: Tensor = model(input_ids=ids_1T, **positions, use_cache=False).logits[0]
    return logits_TV
