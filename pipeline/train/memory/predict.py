"""Predicts the peak memory of a training step, by term, from a model's dimensions and a recipe. Does not import torch.

Takes a `ModelShape` and the `finetune` section. Returns terms: each is the memory held for one purpose, in bytes, and
lists the moments of a step at which it exists. The peak is the largest sum of terms at one moment. Used to plan a run,
to divide it among processes, to explain out-of-memory errors, and for the report at the end. A call takes microseconds.

The prediction counts the memory that tensors hold. The code below gives each term's cost per token in widths: of the
hidden states, of all query heads (Q), of all key heads, and inside the MLP. The terms were compared with measurements
on a CPU; see `tests/train/memory/test_measured.py`. What a GPU's attention kernels need in addition was taken from
their source code and has not been measured here. T is the number of tokens.

What a layer keeps, if it is not recomputed, was compared with the tensors that autograd saves; see
`tests/train/memory/test_activations.py`. The formula holds for layers with `has_known_activations`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.config.attention import AttentionPattern
from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.memory import LayerInputs
from pipeline.config.optimizer import OptimizerKind
from pipeline.config.tuning import TuningMethod
from pipeline.train.layers.kept import KeptActivations, fixed_activations

_FLOAT32 = 4
_FOUR_BIT_BYTES = 4.127 / 8
"""Bytes per weight in 4-bit NormalFloat, including doubly quantised constants (arXiv 2305.14314, section 3)."""
_HELD_ON_DEVICE = 2
"""Number of layer inputs on the device if layer inputs are offloaded: the one in use and the one being fetched."""
_MULTIPROCESSORS = 132
"""Multiprocessors of an H100 or H200."""
_MOMENT_BYTES = {
    OptimizerKind.ADAMW: 8.0,
    OptimizerKind.PAGED_ADAMW: 8.0,
    OptimizerKind.ADAMW_8BIT: 2.03,
    OptimizerKind.PAGED_ADAMW_8BIT: 2.03,
}
"""Bytes of AdamW's two moment estimates per trained weight; 8-bit ones carry a float32 scale for every 256 values."""


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The dimensions of a model that the prediction needs; sizes are counts of numbers, not bytes."""

    model_type: str
    num_layers: int
    hidden: int
    query_width: int
    """Total width of a layer's query heads."""
    key_width: int
    """Total width of a layer's key heads."""
    num_heads: int
    """Number of a layer's query heads."""
    mlp_width: int
    """Inner width of the widest MLP."""
    has_gated_mlp: bool
    """Whether the model has a gated MLP, which can be computed in tiles."""
    vocabulary: int
    outside_layers: int
    """Weights outside the decoder layers: embeddings, an untied head, the last norm, parts that do not read text."""
    frozen: int
    """Weights that do not train, in the recipe's dtype, not counting 4-bit weights."""
    quantized: int
    """Weights frozen in 4 bits; 0 without QLoRA."""
    trained: int
    """Adapters and weights that train in place, in float32; a tied weight counts once."""
    trained_in_products: int
    """Trained weights of linear layers other than the head; autocast makes copies of them."""
    head_trains: bool
    embeddings_train: bool
    one_by_one: bool
    """Whether the documents of a pack go through the model one by one."""
    norms_heads: bool = False
    """Whether a layer normalises its queries and keys."""
    has_known_activations: bool = False
    """Whether the prediction knows all activations of the layers. If not, `auto` recomputes every layer."""


class Moment(StrEnum):
    """A point in a step at which memory use may peak."""

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
    """The memory of a step, by term."""

    num_tokens: int
    """Number of tokens in a pack; if processes share the pack, in the whole pack."""
    terms: tuple[Term, ...]

    @property
    def peak_moment(self) -> Moment:
        """The moment with the largest sum."""
        return max(Moment, key=self.bytes_at)

    @property
    def peak_bytes(self) -> int:
        """The largest sum of the terms at one moment."""
        return self.bytes_at(self.peak_moment)

    def bytes_at(self, moment: Moment) -> int:
        """Return the sum of the terms that exist at a moment."""
        return sum(term.num_bytes for term in self.terms if moment in term.moments)


def predict_memory(
    shape: ModelShape, recipe: FinetuneRecipe, *, num_tokens: int, kept: KeptActivations | None = None
) -> MemoryPrediction:
    """Return the memory of one step with packs of `num_tokens` tokens.

    Args:
        shape: shape of the model, with the weights that the recipe trains.
        recipe: the `finetune` section; its `max_tokens` is not read, and any `device` other than `cpu` means a GPU.
        num_tokens: number of tokens in a pack.
        kept: the activations that are kept until the backward pass; None means what the recipe says, and nothing if it
            says `auto`.
    """
    kept = fixed_activations(recipe.memory, num_layers=shape.num_layers) if kept is None else kept
    width = bytes_per_number(recipe)
    optimizer_bytes = _MOMENT_BYTES[recipe.optimizer.kind]
    chunk = min(recipe.loss.chunk_tokens, num_tokens)
    head = shape.vocabulary * shape.hidden
    hidden_bytes = num_tokens * shape.hidden * width
    accumulates = recipe.packs_per_step > 1
    gradient_moments = _ALWAYS if accumulates else _ALWAYS - {Moment.FORWARD, Moment.LOSS}
    attention = _attention_bytes(shape, recipe, num_tokens, width)
    # If the head trains, the loss holds the cast of the head's weight, the weight's gradient, the product of one chunk,
    # and this product cast for the sum.
    terms = [
        Term("frozen weights", round(shape.frozen * width + shape.quantized * _FOUR_BIT_BYTES), _ALWAYS),
        Term("trained weights", shape.trained * _FLOAT32, _ALWAYS),
        Term("gradients", shape.trained * _FLOAT32, gradient_moments),
        Term("optimizer state", round(shape.trained * optimizer_bytes), _ALWAYS),
        Term("casts of trained weights", _cast_bytes(shape, width), _cast_moments(kept)),
        Term("positions and rotary tables", num_tokens * (16 + 2 * _head_width(shape) * width), _ALWAYS),
        _layer_inputs(shape, recipe, num_tokens, width, num_layers=shape.num_layers - kept.num_layers),
        Term(
            "activations of kept layers",
            _kept_bytes(shape, recipe, kept, num_tokens, width),
            _ALWAYS - {Moment.EMBEDDING},
        ),
        Term("final hidden states", 2 * hidden_bytes, frozenset({Moment.FORWARD, Moment.LOSS})),
        Term("logits of a chunk", chunk * shape.vocabulary * _FLOAT32, frozenset({Moment.LOSS})),
        Term("cast of these logits", chunk * shape.vocabulary * width, frozenset({Moment.LOSS})),
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


def bytes_per_number(recipe: FinetuneRecipe) -> int:
    """Return the bytes of a frozen weight or an activation in the recipe's dtype."""
    return 2 if recipe.dtype == "bfloat16" else _FLOAT32


@dataclass(frozen=True, slots=True)
class _AttentionBytes:
    kept: int
    gradients: int


def _attention_bytes(shape: ModelShape, recipe: FinetuneRecipe, num_tokens: int, width: int) -> _AttentionBytes:
    """Return the bytes that a recomputed layer keeps for its attention, and those that attention's backward pass adds.

    On a GPU, FlashAttention-2's backward pass (`mha_varlen_bwd`) sums dQ in float32 (T × Q numbers). With grouped
    queries, it computes dK and dV for every query head before it sums them. In deterministic mode, it sums dQ into
    several copies, as many as keep the GPU busy. For float32, torch's memory-efficient kernel is used, which does not
    support grouped queries, so keys and values are expanded and kept (`attention.sdpa`).
    """
    hidden, query, key = shape.hidden, shape.query_width, shape.key_width
    # Hidden width: the outputs of both norms, the residual stream between them, the incoming and the outgoing gradient.
    # Then queries and attention output, keys and values.
    kept = 5 * hidden + 2 * query + 2 * key
    # Gradients of the attention output, queries, keys and values, and of queries and keys before the rotation.
    gradients = 3 * query + 3 * key
    if recipe.attention.pattern is not AttentionPattern.FULL:
        kept += 2 * query + 2 * key  # tokens are rearranged for the kernel
    extra_bytes = _FLOAT32 * shape.num_heads  # one softmax normaliser for each head
    if not recipe.memory.fused_layers:
        # Stock norms keep float32 copies, and each adapter keeps its own cast of its input.
        extra_bytes += 6 * hidden * _FLOAT32 * (width < _FLOAT32)
        kept += (3 * hidden + query) * (shape.trained > 0)
        gradients += 3 * query
    gradient_bytes = gradients * width
    if recipe.device != "cpu":
        expanded = 2 * query * (query != key)
        kept += expanded * (width == _FLOAT32)
        # While the kernel runs, the gradients of queries and keys before the rotation do not exist yet.
        dq_copies = -(-_MULTIPROCESSORS // shape.num_heads) if recipe.deterministic else 1
        kernel_bytes = (2 * query + 2 * key + expanded) * width + dq_copies * query * _FLOAT32 * (width < _FLOAT32)
        gradient_bytes = max(gradient_bytes, kernel_bytes)
    return _AttentionBytes(num_tokens * (kept * width + extra_bytes), num_tokens * gradient_bytes)


def _mlp_bytes(shape: ModelShape, recipe: FinetuneRecipe, num_tokens: int, width: int) -> int:
    tile = recipe.memory.mlp_tile_tokens if shape.has_gated_mlp else None
    at_a_time = num_tokens if tile is None else min(tile, num_tokens)
    # Kept: the gate, the activated gate, the other branch. Gradients: of the product, and of each branch.
    numbers = 6 * shape.mlp_width
    if not recipe.memory.fused_layers:
        numbers += 2 * shape.hidden + shape.mlp_width
    return at_a_time * numbers * width


def _layer_inputs(shape: ModelShape, recipe: FinetuneRecipe, num_tokens: int, width: int, *, num_layers: int) -> Term:
    are_moved = recipe.memory.layer_inputs is LayerInputs.HOST and recipe.device != "cpu"
    at_a_time = min(_HELD_ON_DEVICE, num_layers) if are_moved else num_layers
    num_bytes = at_a_time * num_tokens * shape.hidden * width
    return Term("layer inputs, checkpointed", num_bytes, _ALWAYS - {Moment.EMBEDDING})


def _kept_bytes(shape: ModelShape, recipe: FinetuneRecipe, kept: KeptActivations, num_tokens: int, width: int) -> int:
    hidden, query, key = shape.hidden, shape.query_width, shape.key_width
    # A recomputed layer's terms count the attention's output once. Here it is counted once more: if a pack has several
    # documents, the kernel saves the outputs of each, and the next product saves all of them joined. The two gradients
    # are not kept, but the layer's input is.
    attention = _attention_bytes(shape, recipe, num_tokens, width).kept + num_tokens * (query - hidden) * width
    attention += num_tokens * 2 * _FLOAT32  # each norm keeps a float32 for each token
    if shape.norms_heads:
        heads = shape.num_heads * (query + key) // query
        attention += num_tokens * ((query + key) * width + heads * _FLOAT32)
    rank = 0 if recipe.tuning.method is TuningMethod.FULL else recipe.tuning.rank
    attention += num_tokens * 4 * rank * width  # each adapter keeps its input's product with A
    mlp = num_tokens * (4 * shape.mlp_width + 3 * rank) * width
    tiled = shape.has_gated_mlp and recipe.memory.mlp_tile_tokens is not None
    return kept.num_layers * attention + (kept.num_mlps if tiled else kept.num_layers) * mlp


def _cast_moments(kept: KeptActivations) -> frozenset[Moment]:
    # A kept layer's products keep the casts for their backward pass.
    return _ALWAYS - {Moment.EMBEDDING} if kept.num_layers else frozenset({Moment.FORWARD})


def _cast_bytes(shape: ModelShape, width: int) -> int:
    return shape.trained_in_products * width if width < _FLOAT32 else 0


def _head_width(shape: ModelShape) -> int:
    return shape.query_width // max(shape.num_heads, 1)
