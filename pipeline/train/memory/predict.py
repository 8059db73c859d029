"""Peak memory of a training step, by term, from a model's dimensions and a recipe. No torch here.

In: a `ModelShape` and the `finetune` section. Out: every term in bytes, with the moments of a step at which it is
there; the peak is the largest sum over one moment. Used by `finetune --plan` and at the end of a training.
Microseconds.

Counted is what tensors hold. What a term costs a token is written out below in widths (H hidden, Q all query heads,
K all key heads, I inside the MLP) and was compared with measurements on a CPU; see
`tests/train/memory/test_measured.py`. What a GPU's attention kernels need beyond that is read off their sources and has
not been measured here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.config.attention import AttentionPattern
from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.memory import LayerInputs
from pipeline.config.optimizer import OptimizerKind

_FLOAT32 = 4
_FOUR_BIT_BYTES = 4.127 / 8
"""A weight in NormalFloat-4 and its share of doubly quantised constants (arXiv 2305.14314, section 3)."""
_HELD_ON_DEVICE = 2
"""Layer inputs on the device where all are offloaded: the one in use and the one being fetched."""
_MULTIPROCESSORS = 132
"""Of an H100 or H200."""
_MOMENT_BYTES = {
    OptimizerKind.ADAMW: 8.0,
    OptimizerKind.PAGED_ADAMW: 8.0,
    OptimizerKind.ADAMW_8BIT: 2.03,
    OptimizerKind.PAGED_ADAMW_8BIT: 2.03,
}
"""Of AdamW's two moments a trained weight; 8-bit ones carry a float32 scale for every 256."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What the prediction needs to know of a model; counts are of numbers, not bytes."""

    model_type: str
    num_layers: int
    hidden: int
    query_width: int
    """Of all query heads of a layer."""
    key_width: int
    """Of all key heads of a layer."""
    num_heads: int
    mlp_width: int
    """Of the widest MLP, for each token."""
    has_gated_mlp: bool
    """Whether the MLP can be tiled."""
    vocabulary: int
    outside_layers: int
    """Weights of the embeddings, an untied head, the last norm, and parts that read no text."""
    frozen: int
    """Weights that do not train, in the recipe's dtype."""
    quantized: int
    """Weights frozen in 4 bits; 0 without QLoRA."""
    trained: int
    """Adapters and whatever trains in place, float32; a tied weight once."""
    trained_in_products: int
    """Of them, weights of linear layers, which autocast copies."""
    head_trains: bool
    embeddings_train: bool
    one_by_one: bool
    """Whether the documents of a pack go through the model one by one."""


class Moment(StrEnum):
    """A point of a step at which memory may be at its highest."""

    FORWARD = "end of the forward pass"
    LOSS = "loss"
    MLP = "backward pass of a layer's MLP"
    ATTENTION = "backward pass of a layer's attention"
    EMBEDDING = "end of the backward pass"


_ALWAYS = frozenset(Moment)
_BACKWARD = frozenset({Moment.MLP, Moment.ATTENTION})


@dataclass(frozen=True, slots=True)
class Term:
    """Memory held for one purpose."""

    name: str
    num_bytes: int
    moments: frozenset[Moment]


@dataclass(frozen=True, slots=True)
class MemoryPrediction:
    """A step's memory by term."""

    num_tokens: int
    """Of a pack; of a whole one where processes share it."""
    terms: tuple[Term, ...]

    @property
    def peak_moment(self) -> Moment:
        """Where the sum is largest."""
        return max(Moment, key=self.bytes_at)

    @property
    def peak_bytes(self) -> int:
        """The largest sum."""
        return self.bytes_at(self.peak_moment)

    def bytes_at(self, moment: Moment) -> int:
        """Sum of the terms that are there at a moment."""
        return sum(term.num_bytes for term in self.terms if moment in term.moments)


def predict_memory(shape: ModelShape, recipe: FinetuneRecipe, *, num_tokens: int) -> MemoryPrediction:
    """Memory of one step over packs of `num_tokens`.

    Args:
        shape: of the model, with what the recipe trains.
        recipe: the `finetune` section; its `max_tokens` is not read, and a `device` other than `cpu` is a GPU.
        num_tokens: of a pack.
    """
    width = 2 if recipe.dtype == "bfloat16" else 4
    moments = _MOMENT_BYTES[recipe.optimizer.kind]
    chunk = min(recipe.loss.chunk_tokens, num_tokens)
    head = shape.vocabulary * shape.hidden
    hidden_bytes = num_tokens * shape.hidden * width
    gradients_stand = recipe.packs_per_step > 1
    capped = _ALWAYS if gradients_stand else _ALWAYS - {Moment.FORWARD, Moment.LOSS}
    attention = _attention_bytes(shape, recipe, num_tokens, width)
    # In the loss: the head's cast, its gradient, a chunk's product and that product's cast for the sum.
    terms = [
        Term("frozen weights", round(shape.frozen * width + shape.quantized * _FOUR_BIT_BYTES), _ALWAYS),
        Term("trained weights", shape.trained * _FLOAT32, _ALWAYS),
        Term("their gradients", shape.trained * _FLOAT32, capped),
        Term("optimizer state", round(shape.trained * moments), _ALWAYS),
        Term("casts of trained weights", _cast_bytes(shape, width), frozenset({Moment.FORWARD})),
        Term("positions and rotary tables", num_tokens * (16 + 2 * _head_width(shape) * width), _ALWAYS),
        _layer_inputs(shape, recipe, num_tokens, width),
        Term("final hidden states", 2 * hidden_bytes, frozenset({Moment.FORWARD, Moment.LOSS})),
        Term("logits of a chunk", chunk * shape.vocabulary * _FLOAT32, frozenset({Moment.LOSS})),
        Term("their cast", chunk * shape.vocabulary * width, frozenset({Moment.LOSS})),
        Term("gradient of the head", head * (2 * width + 2 * _FLOAT32) * shape.head_trains, frozenset({Moment.LOSS})),
        Term("a layer's attention and norms", attention.kept, _BACKWARD),
        Term("gradients within attention", attention.gradients, frozenset({Moment.ATTENTION})),
        Term("a layer's MLP", _mlp_bytes(shape, recipe, num_tokens, width), frozenset({Moment.MLP})),
        Term(
            "gradient of the embeddings",
            (num_tokens * shape.hidden + head) * _FLOAT32 * shape.embeddings_train,
            frozenset({Moment.EMBEDDING}),
        ),
    ]
    return MemoryPrediction(num_tokens, tuple(term for term in terms if term.num_bytes))


@dataclass(frozen=True, slots=True)
class _AttentionBytes:
    kept: int
    gradients: int


def _attention_bytes(shape: ModelShape, recipe: FinetuneRecipe, num_tokens: int, width: int) -> _AttentionBytes:
    """Of a layer's attention: what the layer computed again keeps, and what its backward pass adds.

    The GPU's kernels: FlashAttention-2's backward pass (`mha_varlen_bwd`) adds up dQ in float32, T × Q, and with
    grouped queries makes dK and dV for every query head before it sums them; where it is to be deterministic, the
    blocks of one document add up as many dQ as occupy the GPU. float32 goes to torch's memory-efficient
    kernel, which has no grouped queries, so keys and values are expanded and kept (`attention.sdpa`).
    """
    hidden, query, key = shape.hidden, shape.query_width, shape.key_width
    # Both norms' outputs and the stream between them; queries, keys, values, the attention; the incoming gradient and
    # the outgoing one.
    kept = 5 * hidden + 2 * query + 2 * key
    # Of the attention, queries, keys and values, and the rotation of queries and keys undone.
    gradients = 3 * query + 3 * key
    if recipe.attention.pattern is not AttentionPattern.FULL:
        kept += 2 * query + 2 * key  # tokens are laid out anew for the kernel
    extra_bytes = _FLOAT32 * shape.num_heads  # the softmax's normalisers
    if not recipe.memory.lean_layers:
        # Norms keep float32 forms; each adapter keeps its own cast of what it reads.
        extra_bytes += 6 * hidden * _FLOAT32 * (width < _FLOAT32)
        kept += (3 * hidden + query) * (shape.trained > 0)
        gradients += 3 * query
    gradient_bytes = gradients * width
    if recipe.device != "cpu":
        expanded = 2 * query * (query != key)
        kept += expanded * (width == _FLOAT32)
        # The rotation is not undone yet while the kernel runs.
        sums = -(-_MULTIPROCESSORS // shape.num_heads) if recipe.deterministic else 1
        of_kernel = (2 * query + 2 * key + expanded) * width + sums * query * _FLOAT32 * (width < _FLOAT32)
        gradient_bytes = max(gradient_bytes, of_kernel)
    return _AttentionBytes(num_tokens * (kept * width + extra_bytes), num_tokens * gradient_bytes)


def _mlp_bytes(shape: ModelShape, recipe: FinetuneRecipe, num_tokens: int, width: int) -> int:
    tile = recipe.memory.mlp_tile_tokens if shape.has_gated_mlp else None
    at_a_time = num_tokens if tile is None else min(tile, num_tokens)
    # Gate, its activation and the other branch are kept; the product's gradient becomes two, one for each branch.
    numbers = 6 * shape.mlp_width
    if not recipe.memory.lean_layers:
        numbers += 2 * shape.hidden + shape.mlp_width
    return at_a_time * numbers * width


def _layer_inputs(shape: ModelShape, recipe: FinetuneRecipe, num_tokens: int, width: int) -> Term:
    if not recipe.memory.gradient_checkpointing:
        attention = _attention_bytes(shape, recipe, num_tokens, width).kept - 2 * num_tokens * shape.hidden * width
        tiled = shape.has_gated_mlp and recipe.memory.mlp_tile_tokens is not None
        mlp = 0 if tiled else num_tokens * 4 * shape.mlp_width * width
        return Term("activations of all layers", shape.num_layers * (attention + mlp), _ALWAYS - {Moment.EMBEDDING})
    are_moved = recipe.memory.layer_inputs is LayerInputs.HOST and recipe.device != "cpu"
    at_a_time = _HELD_ON_DEVICE if are_moved else shape.num_layers
    num_bytes = at_a_time * num_tokens * shape.hidden * width
    return Term("layer inputs, checkpointed", num_bytes, _ALWAYS - {Moment.EMBEDDING})


def _cast_bytes(shape: ModelShape, width: int) -> int:
    return shape.trained_in_products * width if width < _FLOAT32 else 0


def _head_width(shape: ModelShape) -> int:
    return shape.query_width // max(shape.num_heads, 1)
