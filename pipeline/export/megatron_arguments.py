"""A recipe in the arguments of Megatron-LM's `pretrain_gpt.py`, and what has no argument there. Pure.

In: dimensions of the model, numbers of the recipe. Out: arguments by name, and sentences about what is left to do.
Names are those of its `megatron/training/arguments.py`. What this machine cannot know (tensor and pipeline parallelism,
checkpoints, the data's place) is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.config.rope import RopeMethod

Arguments = Mapping[str, str | int | float | None]
"""None is a switch without a value."""

_FAMILIES: Mapping[str, Arguments] = {
    "llama": {},
    "mistral": {},
    "qwen2": {"add-qkv-bias": None},
    "qwen3": {"qk-layernorm": None},
}
"""What sets a family apart from Llama's blocks, which Megatron builds by the arguments of `model_arguments`."""
LLAMA3_ORIGINAL_TOKENS = 8192
"""Megatron's llama3 scaling has the length and ramp of Llama 3.1 written into it."""


@dataclass(frozen=True, slots=True)
class MegatronArguments:
    """Arguments, and what they leave open."""

    arguments: Arguments
    open_points: tuple[str, ...]

    def joined(self, *others: MegatronArguments) -> MegatronArguments:
        """These and others; no name stands in two of them."""
        parts = (self, *others)
        merged = {name: value for part in parts for name, value in part.arguments.items()}
        assert len(merged) == sum(len(part.arguments) for part in parts)
        return MegatronArguments(merged, tuple(point for part in parts for point in part.open_points))


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
    """The model's blocks, for families that differ from Llama's in switches only."""
    if family not in _FAMILIES:
        point = f"Describe the model yourself: {family} is not one of {', '.join(_FAMILIES)}."
        return MegatronArguments({"tokenizer-type": "HuggingFaceTokenizer", "tokenizer-model": tokenizer}, (point,))
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
            "tokenizer-type": "HuggingFaceTokenizer",
            "tokenizer-model": tokenizer,
            "vocab-size": vocabulary,
            **({} if tied else {"untie-embeddings-and-output-weights": None}),
            **_FAMILIES[family],
        },
        ("Convert the weights of the base model with Megatron Bridge or tools/checkpoint/convert.py.",),
    )


def rope_arguments(
    *, method: RopeMethod, theta: float, factor: float, rotary_dim: int, original_tokens: int, reached_tokens: int
) -> MegatronArguments:
    """Rotary embeddings, where Megatron has the method; else the unscaled ones and a note.

    Static NTK is a larger base: base · s^(d/(d−2)).
    """
    base: dict[str, str | int | float | None] = {
        "position-embedding-type": "rope",
        "max-position-embeddings": reached_tokens,
    }
    match method:
        case RopeMethod.NONE:
            return MegatronArguments({**base, "rotary-base": round(theta)}, ())
        case RopeMethod.LINEAR if factor == int(factor):
            arguments = {**base, "rotary-base": round(theta), "rotary-seq-len-interpolation-factor": int(factor)}
            return MegatronArguments(arguments, ())
        case RopeMethod.NTK:
            scaled = theta * factor ** (rotary_dim / (rotary_dim - 2))
            return MegatronArguments({**base, "rotary-base": round(scaled)}, ())
        case RopeMethod.LLAMA3 if original_tokens == LLAMA3_ORIGINAL_TOKENS:
            arguments = {**base, "rotary-base": round(theta), "use-rope-scaling": None, "rope-scaling-factor": factor}
            return MegatronArguments(
                arguments, ("The llama3 ramp of Megatron is Llama 3.1's (1, 4); another needs a change of its code.",)
            )
    return MegatronArguments(
        {**base, "rotary-base": round(theta)},
        (
            f"No argument scales RoPE by {method.value} × {factor:g}. rope.json holds the inverse frequencies: put "
            "them into the built model's rotary_pos_emb.inv_freq, and multiply cos and sin by attention_factor.",
        ),
    )


def training_arguments(
    *,
    seq_length: int,
    packs_per_step: int,
    steps: int,
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
    """Length, schedule and optimizer; a pack is a sample. Sequence parallelism is Megatron's context parallelism."""
    sliced: Arguments = {"context-parallel-size": slices, "cp-comm-type": "a2a"} if slices > 1 else {}
    return MegatronArguments(
        {
            "seq-length": seq_length,
            "micro-batch-size": 1,
            "global-batch-size": packs_per_step,
            "train-iters": steps,
            "lr": learning_rate,
            "min-lr": learning_rate * final_share,
            "lr-decay-style": "cosine",
            "lr-decay-iters": steps,
            "lr-warmup-iters": warmup_steps,
            "optimizer": "adam",
            "weight-decay": weight_decay,
            "adam-beta1": beta1,
            "adam-beta2": beta2,
            "clip-grad": max_grad_norm,
            "seed": seed,
            **({"bf16": None} if bfloat16 else {}),
            **sliced,
        },
        (),
    )


def document_arguments() -> MegatronArguments:
    """Documents that do not see each other, for files whose every sequence ends in an end-of-text token."""
    return MegatronArguments(
        {"reset-position-ids": None, "reset-attention-mask": None, "eod-mask-loss": None},
        (
            "Check that your attention backend reads the mask: kernels built for a causal mask alone let documents of "
            "one sample see each other whatever --reset-attention-mask says.",
        ),
    )


def argument_lines(arguments: Arguments) -> str:
    """One argument a line, as a shell reads them from `$(cat FILE)`."""
    return "".join(f"--{name}\n" if value is None else f"--{name} {value}\n" for name, value in arguments.items())
