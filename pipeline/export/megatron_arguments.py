"""Expresses a recipe as arguments of Megatron-LM's `pretrain_gpt.py`, with notes on what no argument can express.

Takes dimensions of the model and numbers from the recipe. Returns arguments by name, and open points: what the user has
to do by hand. The names come from Megatron's `megatron/training/arguments.py`. Settings that depend on the user's
cluster are left out: tensor and pipeline parallelism, checkpoints and the location of the data. Used by
`pipeline.megatron`; the RoPE methods return `MegatronRope`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.config.stages import ScheduleSpan

Arguments = Mapping[str, str | int | float | None]
"""Values of arguments by name; None for a switch, which has no value."""

FAMILIES: Mapping[str, Arguments] = {
    "llama": {},
    "mistral": {},
    "qwen2": {"add-qkv-bias": None},
    "qwen3": {"qk-layernorm": None},
}
"""Supported model types, each with the arguments that it needs in addition to those of Llama."""


@dataclass(frozen=True, slots=True)
class MegatronArguments:
    """Arguments, and what the user has to do by hand."""

    arguments: Arguments
    open_points: tuple[str, ...]

    def joined(self, *others: MegatronArguments) -> MegatronArguments:
        """Return these and other arguments together; every name must be unique."""
        parts = (self, *others)
        merged = {name: value for part in parts for name, value in part.arguments.items()}
        assert len(merged) == sum(len(part.arguments) for part in parts), "an argument occurs twice"
        return MegatronArguments(merged, tuple(point for part in parts for point in part.open_points))


@dataclass(frozen=True, slots=True)
class MegatronRope:
    """A RoPE scaling in Megatron's terms."""

    base: float
    """Base of the frequencies, before rounding; `--rotary-base` takes a whole number."""
    arguments: Arguments
    """Arguments other than `--rotary-base`."""
    open_points: tuple[str, ...]


def model_arguments(
    *,
    family: str,
    layers: int,
    hidden: int,
    mlp: int,
    heads: int,
    key_heads: int,
    head_dim: int,
    norm_epsilon: float,
    tied: bool,
    vocabulary: int,
    tokenizer: str,
) -> MegatronArguments:
    """Return the arguments that describe a model of one of `FAMILIES`, including its tokenizer."""
    return MegatronArguments(
        {
            "num-layers": layers,
            "hidden-size": hidden,
            "ffn-hidden-size": mlp,
            "num-attention-heads": heads,
            "group-query-attention": None,
            "num-query-groups": key_heads,
            "kv-channels": head_dim,
            "normalization": "RMSNorm",
            "norm-epsilon": norm_epsilon,
            "swiglu": None,
            "disable-bias-linear": None,
            "attention-dropout": 0.0,
            "hidden-dropout": 0.0,
            **_tokenizer(tokenizer),
            "vocab-size": vocabulary,
            **({} if tied else {"untie-embeddings-and-output-weights": None}),
            **FAMILIES[family],
        },
        ("Convert the weights of the base model with Megatron Bridge or tools/checkpoint/convert.py.",),
    )


def undescribed_model(*, family: str, tokenizer: str) -> MegatronArguments:
    """Return the arguments for a model of any other family: only those of the tokenizer."""
    point = (
        f"Describe the model yourself, from num-layers to rotary-percent: {family} is not one of {', '.join(FAMILIES)}."
    )
    return MegatronArguments(_tokenizer(tokenizer), (point,))


def rope_arguments(
    rope: MegatronRope | None, *, method: str, theta: float, factor: float, reached_tokens: int
) -> MegatronArguments:
    """Return the arguments of the rotary embeddings. Without `rope`, they are unscaled and a note says what to do.

    Args:
        rope: the scaling in Megatron's terms; None if Megatron has no argument for it.
        method: name of the RoPE method.
        theta: base of the unscaled frequencies.
        factor: new length ÷ original length.
        reached_tokens: context length that the scaling reaches.
    """
    if rope is None:
        note = (
            f"No argument scales RoPE by {method} × {factor:g}. rope.json holds the inverse frequencies: copy "
            "them into the built model's rotary_pos_emb.inv_freq, and multiply cos and sin by attention_factor."
        )
        rope = MegatronRope(theta, {}, (note,))
    return MegatronArguments(
        {
            "position-embedding-type": "rope",
            "max-position-embeddings": reached_tokens,
            "rotary-base": round(rope.base),
            **rope.arguments,
        },
        rope.open_points,
    )


def training_arguments(
    *,
    seq_length: int,
    packs_per_step: int,
    steps: int,
    steps_before: int,
    steps_of_run: int,
    schedule_over: ScheduleSpan,
    learning_rate: float,
    final_share: float,
    warmup_steps: int,
    weight_decay: float,
    beta1: float,
    beta2: float,
    max_grad_norm: float,
    bfloat16: bool,
    slices: int,
    seed: int,
) -> MegatronArguments:
    """Return the arguments for length, schedule and optimizer.

    A pack is one sample. Megatron calls sequence parallelism context parallelism.

    If the schedule spans the whole run, iterations continue from stage to stage. Megatron requires the warm-up to be
    shorter than the decay, so a longer warm-up is cut.
    """
    spans_run = schedule_over is ScheduleSpan.RUN
    decay_steps = steps_of_run if spans_run else steps
    continued: Arguments = {"override-opt_param-scheduler": None} if spans_run and steps_before else {}
    sliced: Arguments = {"context-parallel-size": slices, "cp-comm-type": "a2a"} if slices > 1 else {}
    return MegatronArguments(
        {
            "seq-length": seq_length,
            "micro-batch-size": 1,
            "global-batch-size": packs_per_step,
            "train-iters": steps_before + steps if spans_run else steps,
            "lr": learning_rate,
            "min-lr": learning_rate * final_share,
            "lr-decay-style": "cosine",
            "lr-decay-iters": decay_steps,
            "lr-warmup-iters": min(warmup_steps, decay_steps - 1),
            "optimizer": "adam",
            "weight-decay": weight_decay,
            "adam-beta1": beta1,
            "adam-beta2": beta2,
            "clip-grad": max_grad_norm,
            "seed": seed,
            **({"bf16": None} if bfloat16 else {}),
            **sliced,
            **continued,
        },
        tuple(_schedule_points(warmup_steps, decay_steps, steps_before, schedule_over)),
    )


def _schedule_points(
    warmup_steps: int, decay_steps: int, steps_before: int, schedule_over: ScheduleSpan
) -> Iterator[str]:
    if warmup_steps >= decay_steps:
        yield f"The recipe warms up for {warmup_steps} of {decay_steps} steps; here only the last has the full rate."
    if steps_before and schedule_over is ScheduleSpan.RUN:
        yield (
            f"Load the checkpoint of the previous stage without --finetune: iterations continue from {steps_before}, "
            "as the schedule does. Megatron then skips as many samples of this data as were trained on before."
        )
    elif steps_before:
        yield (
            "Load the checkpoint of the previous stage with --finetune, so that this stage has its own schedule. "
            "Megatron then starts with a new optimizer state, which pipeline finetune would carry over."
        )


def _tokenizer(reference: str) -> Arguments:
    return {"tokenizer-type": "HuggingFaceTokenizer", "tokenizer-model": reference}


def document_arguments() -> MegatronArguments:
    """Return the arguments that isolate documents from each other, if sequences end with an end-of-text token."""
    return MegatronArguments(
        {"reset-position-ids": None, "reset-attention-mask": None, "eod-mask-loss": None},
        (
            "Check that your attention backend reads the mask: kernels built only for a causal mask let documents of "
            "one sample see each other, whatever --reset-attention-mask says.",
        ),
    )


def argument_lines(arguments: Arguments) -> str:
    """Return the arguments as text, one per line, for a shell to read with `$(cat FILE)`."""
    return "".join(f"--{name}\n" if value is None else f"--{name} {value}\n" for name, value in arguments.items())
