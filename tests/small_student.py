"""A very small Llama with a byte-level tokenizer, and a small build folder of real rows, for tests of training."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from pipeline.config.recipe import Recipe
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import write_part
from pipeline.records import Checks, Message, SftExample, Split, Turn
from pipeline.train.run.metrics import (
    AnswersMetrics,
    ProbeMetrics,
    StagePlan,
    StepMetrics,
    TrainingPlan,
    ValidationMetrics,
)

CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
ORIGINAL_TOKENS = 512

CLAUSES = (
    ("Rent is 1,450 dollars a month, due on the third day.", "How much is the rent?", "1,450 dollars a month"),
    ("The landlord repairs the boiler within 72 hours of notice.", "How fast is the boiler repaired?", "72 hours"),
    ("임차인은 매월 5일까지 월세 65만 원을 지급한다.", "월세는 얼마인가요?", "65만 원"),
    ("계약 기간은 2024년 3월 1일부터 2년으로 한다.", "계약 기간은 얼마나 되나요?", "2년"),
    ("Either party may end the lease on ninety days' notice.", "How long is the notice?", "ninety days"),
    ("보증금 2천만 원은 계약이 끝나는 날 돌려준다.", "보증금은 얼마인가요?", "2천만 원"),
)


def small_config(**changes: object) -> LlamaConfig:
    """Two layers, grouped queries, tied embeddings, 512 positions."""
    values: dict[str, object] = {
        "vocab_size": 259,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "max_position_embeddings": ORIGINAL_TOKENS,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "tie_word_embeddings": True,
        "bos_token_id": 257,
        "eos_token_id": 258,
        "initializer_range": 0.2,
    }
    return LlamaConfig(**(values | changes))


def small_tokenizer() -> PreTrainedTokenizerFast:
    """One token a byte, and the three special tokens of ChatML."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.chat_template = CHAT_TEMPLATE
    return fast


def write_small_model(folder: Path, **changes: object) -> str:
    """Save a random model and its tokenizer; returns the folder as a model reference."""
    torch.manual_seed(5)
    LlamaForCausalLM(small_config(**changes)).save_pretrained(folder)
    small_tokenizer().save_pretrained(folder)
    return str(folder)


def sft_row(index: int, *, num_clauses: int, split: Split, loss_weight: float = 1.0) -> SftExample:
    """A short lease, one question about it, and the answer."""
    chosen = [CLAUSES[(index + i) % len(CLAUSES)] for i in range(num_clauses)]
    document = "\n".join(f"{i + 1}. {clause}" for i, (clause, _, _) in enumerate(chosen))
    _, question, answer = chosen[index % num_clauses]
    checks = Checks(True, 1.0, True, 1.0, True, True)
    return SftExample(
        messages=(Message("user", f"{document}\n\n{question}"), Message("assistant", answer)),
        id=f"row{index:04d}",
        turns=(Turn(f"c{index}", "qa", "look_up", "written", "replay", "test", checks),),
        task="qa",
        origin="written",
        domain="legal",
        language="en",
        bucket=1024,
        num_tokens=0,
        num_loss_tokens=0,
        control_strings=0,
        tokenizer="small",
        doc_ids=(f"doc{index:04d}",),
        evidence=(),
        checks=checks,
        teacher="replay",
        prompt_version="test",
        loss_weight=loss_weight,
        split=split.value,
    )


def write_small_build(folder: Path, *, num_train: int = 8, num_validation: int = 2) -> str:
    """Write the rows of a build folder; documents have one to three clauses."""
    build = BuildFolder(str(folder))
    for split, count in ((Split.TRAIN, num_train), (Split.VALIDATION, num_validation)):
        rows = [sft_row(i, num_clauses=1 + i % 3, split=split) for i in range(count)]
        write_part(build.sft_part(split.value, "00000", "parquet"), rows, SftExample)
    return str(folder)


def small_recipe(model: str, **finetune: object) -> Recipe:
    """A recipe that trains the small model for a few steps in float32."""
    section = {
        "model": model,
        "rope": {"method": "yarn", "factor": 2.0},
        "max_tokens": 640,
        "max_steps": 4,
        "epochs": 4,
        "min_step_tokens": 0,
        "min_validation_packs": 99,
        "max_validation_packs": 4,
        "answers": {"turns": 0},
        "best": {"metric": "last"},
        "dtype": "float32",
        "loss": {"chunk_tokens": 16},
        "tuning": {"rank": 4, "alpha": 8.0, "dropout": 0.1},
        "optimizer": {"warmup_steps": 1, "learning_rate": 0.01},
        "save_every_steps": 2,
        "validate_every_steps": 2,
        "device": "cpu",
        "threads": 1,  # a small model is no faster with more, and a measurement could choose differently in each run
        **finetune,
    }
    return Recipe.model_validate({"name": "small", "inputs": [{"path": "bundled:"}], "finetune": section})


class RecordingObserver:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.plans: list[TrainingPlan] = []
        self.steps: list[StepMetrics] = []
        self.validations: list[ValidationMetrics] = []
        self.answers: list[AnswersMetrics] = []
        self.probes: list[ProbeMetrics] = []
        self.stages: list[StagePlan] = []
        self.checkpoints: list[int] = []

    def on_phase(self, description: str) -> None:
        self.phases.append(description)

    def on_plan(self, plan: TrainingPlan) -> None:
        self.plans.append(plan)

    def on_step(self, metrics: StepMetrics) -> None:
        self.steps.append(metrics)

    def on_validation(self, metrics: ValidationMetrics) -> None:
        self.validations.append(metrics)

    def on_answers(self, metrics: AnswersMetrics) -> None:
        self.answers.append(metrics)

    def on_probe(self, metrics: ProbeMetrics) -> None:
        self.probes.append(metrics)

    def on_stage(self, stage: StagePlan) -> None:
        self.stages.append(stage)

    def on_checkpoint(self, step: int) -> None:
        self.checkpoints.append(step)


class ObserverWithSignal(RecordingObserver):
    """Sends this process SIGTERM after a step, 0 being before the first, or in a pass over a pack that follows it."""

    def __init__(self, *, after_step: int | None, in_pass: int) -> None:
        """Describe the moment.

        Args:
            after_step: None is never.
            in_pass: from 1; 0 is before any, as soon as the step is done.
        """
        super().__init__()
        self._after_step = after_step
        self._in_pass = in_pass
        self._steps_done: int | None = None
        self._num_passes = 0

    def on_plan(self, plan: TrainingPlan) -> None:
        super().on_plan(plan)
        self._steps_done = 0

    def on_step(self, metrics: StepMetrics) -> None:
        super().on_step(metrics)
        self._steps_done = metrics.step
        self._signal_if_due()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Counts passes by those through the token embeddings, while the block runs."""

        def on_forward(module: nn.Module, arguments: object) -> None:
            if isinstance(module, nn.Embedding) and self._after_step == self._steps_done:
                self._num_passes += 1
                self._signal_if_due()

        handle = register_module_forward_pre_hook(on_forward)
        try:
            yield
        finally:
            handle.remove()

    def _signal_if_due(self) -> None:
        if self._after_step is not None and (self._steps_done, self._num_passes) == (self._after_step, self._in_pass):
            os.kill(os.getpid(), signal.SIGTERM)


def losses(observer: RecordingObserver) -> Sequence[float]:
    """Training losses in order."""
    return [metrics.loss for metrics in observer.steps]
