"""One training run of the benchmark in a process of its own: ours, or TRL's SFTTrainer in one of its settings.

    python -m benchmarks._train_peers '{"contestant": "ours", "length": 4096, …}'

Prints one JSON object as the last line. Both sides get the same model object (bfloat16 weights, YaRN to twice its
context), the same LoRA layers, the same rows token by token and the same trained tokens. Rows are spans of documents
that all end in the same tokens, and only these are trained: a row that sees another one copies its answer, and the loss
tells (at 1,024 tokens 2.5 instead of 5.4). Used by `benchmarks.train`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from peft import LoraConfig
from torch.utils.data import SequentialSampler
from transformers import TrainerCallback

from benchmarks._gpu_environment import adapt_older_torch
from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.data.batch import collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.machine.memory import this_machine
from pipeline.train.machine.memory_meter import start_meter
from pipeline.train.memory.activations import ActivationChoice, choose_activations
from pipeline.train.memory.shapes import model_shape
from pipeline.train.model.forward import pack_loss
from pipeline.train.model.student import build_student, load_scaled_model
from pipeline.train.rope.methods.yarn import Yarn
from pipeline.train.rope.scaled_config import scaled_config
from pipeline.train.tuning.optimizer import build_optimizer
from pipeline.train.tuning.trainable import adaptable_layers

MODEL = "embedded:smollm2-135m-instruct"
RANK, ALPHA = 16, 32
ROW_SHARES = (18, 4, 3, 2, 2, 1, 1, 1)
"""Rows of a step in 32nds of its length: one long document and shorter ones, as in a corpus; eight of them, since the
default batch of transformers' Trainer is eight."""
ANSWER_TOKENS = 32
"""Trained at the end of each row; at most a quarter of it."""
_STREAM_LENGTHS = 3
"""Tokens of text that rows are drawn from, in lengths of a step."""
MEMORY_LIMIT = "BENCHMARK_MEMORY_BYTES"
"""Environment variable: private memory a process may have; more fails in the process instead of ending others."""
_ROPE = Yarn(factor=2.0)
_LEARNING_RATE = 1e-4


class Contestant(StrEnum):
    """Who trains, and how."""

    OURS = "ours"
    """As it comes: the activations that fit into part of the free memory are kept."""
    OURS_RECOMPUTED = "ours, recomputed"
    """`gradient_checkpointing: true`: every layer is recomputed in the backward pass."""
    TRL_DEFAULT = "TRL, default"
    """One batch of eight rows, padded to the longest."""
    TRL_ONE_BY_ONE = "TRL, batch 1"
    """Eight batches of one row, their gradients accumulated: no padding."""
    TRL_KEPT = "TRL, batch 1, no gradient checkpointing"
    """The same, with the activations of all layers kept."""
    TRL_PACKED = "TRL, packed"
    """`packing=True` (best-fit decreasing, padding-free): eight rows in one sequence, kept apart by their positions."""


OUR_CONTESTANTS = (Contestant.OURS, Contestant.OURS_RECOMPUTED)
"""The contestants that are no peers."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one process is to do."""

    contestant: str
    data: str
    """Folder of text files."""
    length: int
    steps: int
    device: str
    threads: int
    seed: int
    model: str = MODEL


@dataclass(frozen=True, slots=True)
class Outcome:
    """What it measured."""

    contestant: str
    seconds: float
    """Of a step; of the later ones where there are several."""
    tokens: int
    """Of a step, without padding."""
    peak_bytes: int
    """Over what the process held before the model was loaded."""
    loss: float
    """Of the first step, before any update: mean cross-entropy of a trained token."""
    trained_parameters: int
    activations: str = ""
    """Which activations ours kept, and why."""


def rows_of_steps(job: Job) -> list[list[npt.NDArray[np.int32]]]:
    """Token ids of the rows of each step: spans of the folder's documents, all rows of a step with the same ending.

    Raises:
        SystemExit: the documents are shorter than the longest row.
    """
    # Not by the number of steps: the first step has the same rows in a run of one as in a run of several.
    stream = _stream_of(Path(job.data), model=job.model, wanted=_STREAM_LENGTHS * job.length)
    sizes = [job.length * share // 32 for share in ROW_SHARES]
    if stream.size < max(sizes):
        raise SystemExit(f"{job.data} holds {stream.size:,} tokens of text; a row of {max(sizes):,} is wanted.")
    steps = []
    for step in range(job.steps):
        random = np.random.default_rng((job.seed, step))
        ending, *rows = (_span(stream, size, random) for size in (ANSWER_TOKENS, *sizes))
        steps.append([np.concatenate((row[: -(n := num_answer_tokens(row))], ending[-n:])) for row in rows])
    return steps


def _span(stream: npt.NDArray[np.int32], size: int, random: np.random.Generator) -> npt.NDArray[np.int32]:
    start = int(random.integers(stream.size - size + 1))
    return stream[start : start + size]


def _stream_of(folder: Path, *, model: str, wanted: int) -> npt.NDArray[np.int32]:
    """Tokens of the folder's files, the largest first; those in folders named `en` where there are any."""
    paths = [path for path in folder.rglob("*") if path.suffix in (".txt", ".md") and path.is_file()]
    paths = [path for path in paths if "en" in path.relative_to(folder).parts] or paths
    tokenizer = _tokenizer(model)
    ids: list[int] = []
    for path in sorted(paths, key=lambda path: (-path.stat().st_size, path.name)):
        ids += tokenizer.encode(path.read_text(encoding="utf-8", errors="replace"), add_special_tokens=False)
        if len(ids) >= wanted:
            break
    return np.asarray(ids, dtype=np.int32)


def num_answer_tokens(row: npt.NDArray[np.int32]) -> int:
    """Tokens at the end of a row that are trained."""
    return min(ANSWER_TOKENS, row.size // 4)


def train_ours(job: Job) -> Outcome:
    """The steps by the product's own student, loss and optimizer."""
    recipe = FinetuneRecipe.model_validate(
        {
            "model": job.model,
            "rope": _ROPE.model_dump(),
            "max_tokens": job.length,
            "device": job.device,
            "memory": {} if job.contestant == Contestant.OURS else {"gradient_checkpointing": True},
            "tuning": {"rank": RANK, "alpha": ALPHA, "train_embeddings": False, "train_norms": False},
            "optimizer": {"learning_rate": _LEARNING_RATE, "warmup_steps": 0},
        }
    )
    choice = _choose_activations(recipe)
    meter = start_meter(torch.device(job.device))
    student = build_student(job.model, recipe, seed=job.seed, kept=choice.kept)
    optimizer = build_optimizer(student.model, recipe, device=student.device)
    seconds, losses = [], []
    student.model.train()
    for ids in rows_of_steps(job):
        started = time.perf_counter()
        rows = [TokenizedRow(str(i), row, _is_answer(row), 1.0) for i, row in enumerate(ids)]
        batch = collate(rows, device=student.device)
        weight = 1.0 / batch.num_answer_tokens
        sums = pack_loss(
            student, batch, [weight] * len(rows), z_loss=recipe.loss.z_loss, chunk_tokens=recipe.loss.chunk_tokens
        )
        torch.autograd.backward(sums.loss)
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        torch.nn.utils.clip_grad_norm_(parameters, recipe.optimizer.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(sums.cross_entropy))
        seconds.append(time.perf_counter() - started)
    trained = sum(p.numel() for p in student.trainables().values())
    return Outcome(
        job.contestant, _later(seconds), job.length, meter.peak_bytes(), losses[0], trained, choice.described
    )


def _choose_activations(recipe: FinetuneRecipe) -> ActivationChoice:
    """What a run of `pipeline finetune` with this recipe would keep here."""
    machine = this_machine(recipe.device)
    shape = model_shape(scaled_config(recipe.model, recipe.rope), recipe)
    return choose_activations(shape, recipe, device=machine.device, processes=1, free_bytes=machine.free_bytes)


def train_trl(job: Job) -> Outcome:
    """The steps by TRL's SFTTrainer, its data preparation included in none of the times."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    class InOrder(SFTTrainer):  # type: ignore[misc]  # trl is untyped
        """Rows in the order given, so that step n holds the same rows for every contestant."""

        def _get_train_sampler(self, *_: Any) -> SequentialSampler:
            return SequentialSampler(self.train_dataset)

    device = torch.device(job.device)
    meter = start_meter(device)
    model, _ = load_scaled_model(job.model, _ROPE, dtype=torch.bfloat16)
    targets = list(adaptable_layers(model))
    rows = [row for step in rows_of_steps(job) for row in step]
    dataset = Dataset.from_dict(
        {
            "input_ids": [row.tolist() for row in rows],
            "completion_mask": [_is_answer(row).astype(int).tolist() for row in rows],
        }
    )
    timer = _StepTimer()
    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            output_dir=folder,
            max_length=job.length,
            max_steps=job.steps,
            learning_rate=_LEARNING_RATE,
            completion_only_loss=True,
            logging_steps=1,
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
            use_cpu=job.device == "cpu",
            seed=job.seed,
            **_TRL_SETTINGS[Contestant(job.contestant)],
        )
        trainer = InOrder(
            model=model,
            args=settings,
            train_dataset=dataset,
            processing_class=_tokenizer(job.model),
            peft_config=LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=targets, task_type="CAUSAL_LM"),
            callbacks=[timer],
        )
        trained = sum(p.numel() for p in trainer.model.parameters() if p.requires_grad)
        trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return Outcome(job.contestant, _later(timer.seconds), job.length, meter.peak_bytes(), losses[0], trained)


_TRL_SETTINGS: dict[Contestant, dict[str, Any]] = {
    Contestant.TRL_DEFAULT: {},
    Contestant.TRL_ONE_BY_ONE: {
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": len(ROW_SHARES),
    },
    Contestant.TRL_KEPT: {
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": len(ROW_SHARES),
        "gradient_checkpointing": False,
    },
    Contestant.TRL_PACKED: {"packing": True, "per_device_train_batch_size": 1},
}
"""Beside what every run has; all else is SFTConfig's default, among it bf16 autocast, gradient checkpointing (where no
setting turns it off), a chunked loss and fused AdamW."""


class _StepTimer(TrainerCallback):  # type: ignore[misc]  # transformers is untyped
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._started = 0.0

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self._started = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.seconds.append(time.perf_counter() - self._started)


def _tokenizer(model: str) -> Any:
    from transformers import AutoTokenizer

    from pipeline.io.models import resolve_model

    return AutoTokenizer.from_pretrained(resolve_model(model), trust_remote_code=False)


def _is_answer(row: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    return np.arange(row.size) >= row.size - num_answer_tokens(row)


def _later(seconds: Sequence[float]) -> float:
    later = seconds[1:] or seconds
    return float(np.median(later))


def run_job_here(job: Job) -> Outcome:
    """Run a job in this process."""
    torch.manual_seed(job.seed)
    return train_ours(job) if job.contestant in OUR_CONTESTANTS else train_trl(job)


def main(arguments: Sequence[str]) -> int:
    """Run one job; returns the exit code."""
    job = Job(**json.loads(arguments[0]))
    if job.device == "cuda":
        adapt_older_torch()
    if limit := os.environ.get(MEMORY_LIMIT):
        resource.setrlimit(resource.RLIMIT_DATA, (int(limit), int(limit)))
    torch.set_num_threads(job.threads)
    print(json.dumps(asdict(run_job_here(job))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
