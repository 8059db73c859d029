"""Perplexity by length of the embedded model under each RoPE method, without any training.

One document, one forward pass a method and length. The tokens scored are the same at every length, the last ones of the
document; only the context before them grows. Each model is built from a config with the scaling written in, as it would
be served, and its frequencies are asserted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml

from pipeline.evaluate.likelihoods.perplexity import score_window
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.rope_search.documents import Stream, read_streams
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.model.student import load_scaled_model
from pipeline.train.rope.method import RopeMethod
from pipeline.train.rope.methods import make_method, method_class, method_names
from pipeline.train.rope.methods.longrope import LongRope
from pipeline.train.rope.scaling import UNSCALED

SEARCHED_FACTORS = Path(__file__).parent / "results" / "rope_search_smollm2_4x.yaml"
"""Recipe fragment of `pipeline rope search embedded:smollm2-135m-instruct --factor 4`."""
SEARCHED = "longrope, searched"
_DOCUMENT_SEED = 21
"""Not the search's: of the documents in `results` it draws one that the search neither ranked nor compared on."""


@dataclass(frozen=True, slots=True)
class Perplexity:
    """One cell of the table."""

    method: str
    length: int
    value: float


def scalings(factor: float) -> dict[str, RopeMethod]:
    """Return every method by name, unscaled first; LongRoPE if a search's factors are there."""
    methods = [name for name in method_names() if name != UNSCALED and not method_class(name).needs_options]
    named = {UNSCALED: make_method(UNSCALED, factor=1.0)} | {name: make_method(name, factor=factor) for name in methods}
    if SEARCHED_FACTORS.is_file():
        fragment = yaml.safe_load(SEARCHED_FACTORS.read_text(encoding="utf-8"))["finetune"]["rope"]
        searched = LongRope.model_validate(fragment)
        if searched.factor == factor:
            named[SEARCHED] = searched
    return named


def read_document(data: Sequence[str], *, length: int) -> Stream:
    """A document of that length, drawn with a fixed seed; shorter ones joined where there is none."""
    tokenizer = load_tokenizer(EMBEDDED_MODEL)
    (stream,) = read_streams(
        data,
        tokenize=lambda text: tokenizer(text, add_special_tokens=False)["input_ids"],
        leading=(),
        length=length,
        count=1,
        seed=_DOCUMENT_SEED,
    )
    return stream


def measure_untrained(
    stream: Stream, *, lengths: Sequence[int], factor: float, scored_tokens: int
) -> Iterator[Perplexity]:
    """Every method at every length, in that order."""
    for name, recipe in scalings(factor).items():
        model, _ = load_scaled_model(EMBEDDED_MODEL, recipe, dtype=torch.bfloat16)
        model.eval()
        for length in lengths:
            nll = score_window(model, stream.ids[-length:], num_scored=scored_tokens)
            yield Perplexity(name, length, math.exp(sum(nll) / len(nll)))
