"""Exports a run's data and settings for Megatron-LM, which offers the tensor and pipeline parallelism that this project
lacks.

Takes a recipe and a build. For every training stage, writes a folder with Megatron's arguments, a README and the
sequences in Megatron's indexed format. The sequences are the rows and document pieces of our packs, in pack order;
Megatron shuffles and joins them again. Used by `pipeline export-megatron`. Cost: mostly tokenizing and packing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.config.recipe import Recipe
from pipeline.config.stages import StageData
from pipeline.errors import InputError
from pipeline.export.megatron import NumberType, token_type, write_indexed
from pipeline.export.megatron_arguments import (
    FAMILIES,
    MegatronArguments,
    argument_lines,
    document_arguments,
    model_arguments,
    rope_arguments,
    training_arguments,
    undescribed_model,
)
from pipeline.io.files import join, write_json, write_text
from pipeline.io.folders import refuse_inside_build
from pipeline.io.lease import hold_folder
from pipeline.io.models import resolve_model
from pipeline.records import Split
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.data.dataset import prepare_token_ids
from pipeline.train.data.pack_sources import PackSource
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.data.run_data import RunData, read_run_data
from pipeline.train.rope.methods import method_class
from pipeline.train.rope.scaled_config import scaled_config
from pipeline.train.run.identity import run_identity, stages_fingerprint
from pipeline.train.run.metrics import TrainingObserver
from pipeline.train.run.stages import TrainingStage, resolve_stages
from pipeline.train.run.training_run import TrainingRun

ARGUMENTS_FILE = "arguments.txt"
ROPE_FILE = "rope.json"
README_FILE = "README.md"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A data set in Megatron's indexed format: the files `prefix.bin` and `prefix.idx`."""

    prefix: str
    sequences: int
    tokens: int


@dataclass(frozen=True, slots=True)
class ExportedStage:
    """The folder written for one training stage."""

    folder: str
    files: tuple[ExportedFile, ...]
    open_points: tuple[str, ...]
    """Sentences on what the arguments do not cover."""


def export_for_megatron(
    recipe: Recipe, *, data: str, base_model: str, output: str, observer: TrainingObserver
) -> tuple[ExportedStage, ...]:
    """Write one folder per training stage.

    Args:
        recipe: the recipe; only its name, `finetune` section and seed are used.
        data: a build folder.
        base_model: the reference of the model to train; its tokenizer makes the ids.
        output: the parent folder of the stage folders; existing files are overwritten.
        observer: receives progress, such as what must be tokenized or packed again.

    Raises:
        InputError: data is missing, a length is impossible, `output` is in a build folder or not writable, or the
            tokenizer has no end-of-text token.
        FolderBusyError: another run holds `output`, or a build is running in `data`.
        FolderLostError: another run took over `output`.
        DamagedFileError: a file of the build is damaged.
    """
    refuse_inside_build(output, what="megatron folder")
    with hold_folder(output, command="export-megatron"):
        return _export(recipe, data=data, base_model=base_model, output=output, observer=observer)


def _export(
    recipe: Recipe, *, data: str, base_model: str, output: str, observer: TrainingObserver
) -> tuple[ExportedStage, ...]:
    settings = recipe.finetune
    run = TrainingRun(
        name=recipe.name,
        settings=settings,
        seed=recipe.seed,
        base_model=base_model,
        data=data,
        stages=resolve_stages(settings, base_model=base_model),
        identity=run_identity(recipe, base_model=base_model, data_id=stages_fingerprint(settings, data)),
        root=Path(output),
        finished=None,
    )
    run_data = read_run_data(run, tokens_folder=prepare_token_ids(run, observer=observer), observer=observer)
    return tuple(_export_stage(run, run_data, stage, join(output, stage.name)) for stage in run.stages)


def _export_stage(run: TrainingRun, run_data: RunData, stage: TrainingStage, folder: str) -> ExportedStage:
    tokenizer = load_tokenizer(run.base_model)
    if tokenizer.eos_token_id is None:
        raise InputError(
            f"The tokenizer of '{run.base_model}' has no end-of-text token, which Megatron's files need after each "
            "document.",
            remedy="Give the tokenizer an eos_token.",
        )
    packs = run_data.packs[stage.number]
    files = [
        file
        for split, sources in ((Split.TRAIN, packs.train), (Split.VALIDATION, packs.validation))
        for kind, source in sources.items()
        for file in _export_source(join(folder, f"{kind.value}-{split.value}"), kind, source, len(tokenizer))
    ]
    arguments = _arguments(run, run_data, stage, tokenizer)
    write_text(join(folder, ARGUMENTS_FILE), argument_lines(arguments.arguments))
    write_json(join(folder, ROPE_FILE), _rope_values(stage))
    write_text(join(folder, README_FILE), _readme(stage, files, arguments))
    return ExportedStage(folder, tuple(files), arguments.open_points)


def _export_source(prefix: str, kind: StageData, source: PackSource, vocabulary: int) -> Iterator[ExportedFile]:
    """Write token ids; for rows, also which tokens the loss counts."""
    if kind is StageData.CORPUS:
        yield _write(f"{prefix}_document", (row.ids_T for row in _rows(source)), token_type(vocabulary))
        return
    yield _write(f"{prefix}_tokens", (row.ids_T for row in _rows(source)), token_type(vocabulary))
    yield _write(f"{prefix}_answers", (row.is_answer_T.astype(np.uint8) for row in _rows(source)), NumberType.UINT8)


def _write(prefix: str, sequences: Iterator[npt.NDArray[np.integer]], number_type: NumberType) -> ExportedFile:
    counts = write_indexed(prefix, sequences, number_type=number_type)
    return ExportedFile(prefix, counts.sequences, counts.numbers)


def _rows(source: PackSource) -> Iterator[TokenizedRow]:
    return (row for pack in range(len(source)) for row in source.rows_of(pack))


def _arguments(run: TrainingRun, run_data: RunData, stage: TrainingStage, tokenizer: Any) -> MegatronArguments:
    settings = stage.settings
    optimizer = settings.optimizer
    training = training_arguments(
        seq_length=settings.max_tokens,
        packs_per_step=settings.packs_per_step,
        steps=len(run_data.steps_of(stage)),
        steps_before=sum(step.stage < stage.number for step in run_data.steps),
        steps_of_run=len(run_data.steps),
        schedule_over=run.settings.schedule_over,
        learning_rate=optimizer.learning_rate,
        final_share=optimizer.final_learning_rate_share,
        warmup_steps=optimizer.warmup_steps,
        weight_decay=optimizer.weight_decay,
        beta1=optimizer.beta1,
        beta2=optimizer.beta2,
        max_grad_norm=optimizer.max_grad_norm,
        bfloat16=settings.dtype == "bfloat16",
        slices=settings.distributed.sequence_parallel,
        seed=run.seed,
    )
    documents = document_arguments() if stage.data is not StageData.SFT else MegatronArguments({}, ())
    return _model(run, stage, tokenizer).joined(_rope(stage), training, documents)


def _model(run: TrainingRun, stage: TrainingStage, tokenizer: Any) -> MegatronArguments:
    text: Any = scaled_config(run.base_model, stage.settings.rope).get_text_config()  # Any: configs are dynamic
    resolved = resolve_model(run.base_model)
    if text.model_type not in FAMILIES:
        return undescribed_model(family=text.model_type, tokenizer=resolved)
    heads = text.num_attention_heads
    return model_arguments(
        family=text.model_type,
        layers=text.num_hidden_layers,
        hidden=text.hidden_size,
        mlp=text.intermediate_size,
        heads=heads,
        key_heads=getattr(text, "num_key_value_heads", None) or heads,
        head_dim=getattr(text, "head_dim", None) or text.hidden_size // heads,
        norm_epsilon=text.rms_norm_eps,
        tied=text.tie_word_embeddings,
        vocabulary=len(tokenizer),
        tokenizer=resolved,
    )


def _rope(stage: TrainingStage) -> MegatronArguments:
    scaling = stage.scaling
    if not scaling.has_rotary:
        return MegatronArguments({}, ())
    return rope_arguments(
        method_class(scaling.method).megatron(scaling),
        method=scaling.method,
        theta=scaling.theta,
        factor=scaling.factor,
        reached_tokens=scaling.max_tokens,
    )


def _rope_values(stage: TrainingStage) -> dict[str, object]:
    scaling = stage.scaling
    return {
        "method": scaling.method,
        "max_tokens": scaling.max_tokens,
        "attention_factor": scaling.attention_factor,
        "inverse_frequencies": list(scaling.inverse_frequencies_at(scaling.max_tokens)),
    }


_DOCUMENTS = """\
`corpus-*_document` holds documents, and parts of documents that were cut, with the end-of-text token after each
document. Pass it to `pretrain_gpt.py` as `--data-path`.

    torchrun --nproc-per-node 8 pretrain_gpt.py $(cat {arguments}) --data-path corpus-train_document \\
        --tensor-model-parallel-size 4 --pipeline-model-parallel-size 2 --load MODEL --save MODEL-long
"""
_ROWS = """\
`sft-*_tokens` holds conversations as token ids. `sft-*_answers` has the same shape and holds 1 for each token that the
loss counts. `pretrain_gpt.py --sft` does not read token ids: set its `--data-path` to the build's `sft/train-*.jsonl`,
or read the two files with your own data set class.
"""


def _readme(stage: TrainingStage, files: Sequence[ExportedFile], arguments: MegatronArguments) -> str:
    rows = "\n".join(f"| `{file.prefix.rsplit('/', 1)[-1]}` | {file.sequences:,} | {file.tokens:,} |" for file in files)
    points = "\n".join(f"- {point}" for point in arguments.open_points)
    uses = "\n".join(
        text.format(arguments=ARGUMENTS_FILE)
        for text, without in ((_DOCUMENTS, StageData.SFT), (_ROWS, StageData.CORPUS))
        if stage.data is not without
    )
    return f"""# Stage {stage.name} for Megatron-LM

| files (`.bin` and `.idx`) | sequences | numbers |
| --- | --- | --- |
{rows}

{uses}
What `{ARGUMENTS_FILE}` does not cover:

{points}
- `train-iters` counts steps of `global-batch-size` packs as this project made them, each of up to `seq-length` tokens.
- All weights are trained. For adapters, use Megatron Bridge.
- Row and sequence weights (`loss`), attention patterns, the probe and the guard are not exported.
- To use the result in this project, export the checkpoint to Hugging Face format and set `rope_parameters` as in the
  `config.json` that `pipeline finetune` would write.
"""
