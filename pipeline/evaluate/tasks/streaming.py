"""StreamingLLM: perplexity and memory over a long stream with sinks and a window, beside a plain window and all keys.

Source: Xiao et al. 2023, arXiv 2309.17453. The stream is held-out documents, one after another. The variants differ in
the keys that stay in the cache: `full` keeps all, `window` the last W, `sinks` the first S and the last W − S. After
the window is full, a model that puts much attention on its first tokens fails with `window`; with `sinks` it goes on.

Cost: the whole stream for each variant, in chunks; see `evaluate.likelihoods.streaming_losses`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import NonNegativeInt, PositiveInt, model_validator

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.errors import InputError
from pipeline.evaluate.likelihoods.perplexities import perplexity_of, perplexity_ratio
from pipeline.evaluate.material import NO_HELD_OUT_NOTE, Material
from pipeline.evaluate.task import ForwardCell, ForwardPlan, ForwardTask, Planning
from pipeline.identity import code_version, fingerprint, stable_hash64
from pipeline.scoring.intervals import mean_interval
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import leading_ids

if TYPE_CHECKING:
    from pipeline.evaluate.likelihoods.streaming_cache import CachePolicy

Measured = Sequence[tuple[ForwardCell, Mapping[str, Any], float]]

FULL, WINDOW, SINKS = "full", "window", "sinks"
_PAIRS = ((WINDOW, FULL), (SINKS, FULL), (SINKS, WINDOW))
_CODE = ("evaluate/likelihoods/streaming_cache", "evaluate/likelihoods/streaming_losses", "train/rope/in_force")
_SEPARATOR = "\n\n"
_BLOCK_TOKENS = 1024
"""Perplexity is reported for each block of so many tokens of the stream."""


class StreamingOptions(EvaluationTaskOptions):
    """Options of the task `streaming`. It has one stream and does not use `lengths`."""

    task: Literal["streaming"] = "streaming"
    stream_tokens: PositiveInt = 8192
    """Length of the stream in tokens; shorter if the held-out documents have fewer."""
    window_tokens: PositiveInt = 1024
    """W: number of tokens whose keys stay in the cache, sinks included."""
    sink_tokens: NonNegativeInt = 4
    """S: number of first tokens that stay in the cache for ever; less than `window_tokens`. The paper's number."""
    full_tokens: PositiveInt = 8192
    """Length of the beginning of the stream that is also run with all keys in the cache, whose memory grows."""
    chunk_tokens: PositiveInt = 64
    """Number of tokens in a forward pass. It changes the time and the memory, but not the result."""

    @model_validator(mode="after")
    def _window_has_room(self) -> StreamingOptions:
        if self.sink_tokens >= self.window_tokens:
            raise ValueError(f"sink_tokens ({self.sink_tokens}) must be below window_tokens ({self.window_tokens})")
        return self


def _plan(planning: Planning) -> ForwardPlan:
    assert planning.material is not None, "the task needs a build"
    options: StreamingOptions = planning.options
    streams: dict[str, tuple[int, ...]] = {}
    notes: list[str] = []
    for reference in dict.fromkeys(subject.meter.reference for subject in planning.subjects):
        streams[reference], found = _stream(planning.material, reference, options.stream_tokens, planning.seed)
        notes += found
        if len(streams[reference]) <= options.window_tokens:
            notes.append(
                f"The stream of {len(streams[reference]):,} tokens fits into the window of {options.window_tokens:,}, "
                "so the variants do not differ."
            )
    of_subject = {subject.name: streams[subject.meter.reference] for subject in planning.subjects}
    cells = tuple(
        _cell(name, variant, _ids(ids, variant, options), options)
        for name, ids in of_subject.items()
        for variant in (FULL, WINDOW, SINKS)
    )

    def measure(model: Any, cell: ForwardCell) -> Mapping[str, Any]:
        return _measure(model, _ids(of_subject[cell.subject], cell.variant, options), cell.variant, options)

    def section(measured: Measured) -> dict[str, Any]:
        return _section(measured, options, seed=planning.seed)

    return ForwardPlan(
        cells, measure, section, notes=tuple(dict.fromkeys(notes)), num_tokens=sum(cell.length for cell in cells)
    )


def _stream(material: Material, reference: str, num_tokens: int, seed: int) -> tuple[tuple[int, ...], list[str]]:
    """Return held-out documents joined to at most so many tokens, parts of one document together, and notes."""
    held_out = material.held_out or material.documents
    notes = [] if material.held_out else [NO_HELD_OUT_NOTE]
    separator = encode_documents([_SEPARATOR], reference)[0].tolist()
    stream = list(leading_ids(reference))
    documents = sorted(held_out, key=lambda entry: (stable_hash64("stream", seed, entry.parent_id), entry.doc_id))
    for number, entry in enumerate(documents):
        if len(stream) >= num_tokens:
            break
        text = material.context(entry.doc_id).text
        stream += [*(separator if number else ()), *encode_documents([text], reference)[0].tolist()]
    if len(stream) < 2:
        raise InputError(
            f"The held-out documents of {material.build} have no text for a stream.",
            remedy="Give a build with longer documents with --data.",
        )
    if len(stream) < num_tokens:
        notes.append(f"The held-out documents make a stream of {len(stream):,} tokens, not {num_tokens:,}.")
    return tuple(stream[:num_tokens]), notes


def _ids(stream: tuple[int, ...], variant: str, options: StreamingOptions) -> tuple[int, ...]:
    return stream[: options.full_tokens] if variant == FULL else stream


def _cell(subject: str, variant: str, ids: tuple[int, ...], options: StreamingOptions) -> ForwardCell:
    kept = {FULL: [], WINDOW: [options.window_tokens, 0], SINKS: [options.window_tokens, options.sink_tokens]}
    content = {"ids": list(ids), "kept": kept[variant], "chunk": options.chunk_tokens, "code": code_version(_CODE)}
    return ForwardCell(subject, len(ids), variant, fingerprint(content))


def _policy(variant: str, options: StreamingOptions) -> CachePolicy | None:
    from pipeline.evaluate.likelihoods.streaming_cache import CachePolicy

    if variant == FULL:
        return None
    return CachePolicy(num_keys=options.window_tokens, num_sinks=options.sink_tokens if variant == SINKS else 0)


def _measure(model: Any, ids: Sequence[int], variant: str, options: StreamingOptions) -> dict[str, Any]:
    from pipeline.evaluate.likelihoods.streaming_losses import cache_bytes_of, stream_losses

    try:
        losses = stream_losses(model, ids, policy=_policy(variant, options), chunk_tokens=options.chunk_tokens)
    except InputError as error:
        # A model that cannot stream is a result, and no reason to end the evaluation of the others.
        return {"refused": str(error)}
    num_kept = len(ids) if variant == FULL else min(len(ids), options.window_tokens)
    return {
        "nll": [round(nll, 5) for nll in losses.nll],
        "cache_tokens": num_kept,
        "cache_bytes": cache_bytes_of(model, num_kept),
        "measured_cache_bytes": losses.cache_bytes,
    }


def _section(measured: Measured, options: StreamingOptions, *, seed: int) -> dict[str, Any]:
    scored = [(cell, values, seconds) for cell, values, seconds in measured if "refused" not in values]
    return {
        "options": {name: value for name, value in options.model_dump().items() if name.endswith("_tokens")},
        "results": [_result(cell, values, seconds, options, seed=seed) for cell, values, seconds in scored],
        "comparisons": _comparisons(scored, options, seed=seed),
        "refused": [
            {"subject": cell.subject, "variant": cell.variant, "reason": values["refused"]}
            for cell, values, _ in measured
            if "refused" in values
        ],
    }


def _result(
    cell: ForwardCell, values: Mapping[str, Any], seconds: float, options: StreamingOptions, *, seed: int
) -> dict[str, Any]:
    nll = values["nll"]
    return {
        "subject": cell.subject,
        "variant": cell.variant,
        "length": cell.length,
        "cache_tokens": values["cache_tokens"],
        "cache_bytes": values["cache_bytes"],
        "measured_cache_bytes": values["measured_cache_bytes"],
        **_perplexity(nll, seed=seed),
        "after_window": _perplexity(after, seed=seed) if (after := _after_window(nll, options)) else None,
        "by_position": _by_position(nll),
        "seconds": seconds,
    }


def _perplexity(nll: Sequence[float], *, seed: int) -> dict[str, Any]:
    mean, interval = math.fsum(nll) / len(nll), mean_interval([nll], seed=seed)
    return {
        "mean_nll": round(mean, 5),
        **perplexity_of(mean, interval),
        "num_tokens": len(nll),
    }


def _after_window(nll: Sequence[float], options: StreamingOptions) -> Sequence[float]:
    """Return the losses of the tokens that come when the window is full; loss i is that of token i + 1."""
    return nll[options.window_tokens - 1 :]


def _by_position(nll: Sequence[float]) -> list[dict[str, Any]]:
    """Return the perplexity of each block of the stream; `start` and `end` are tokens of the stream, from 0."""
    rows = []
    num_tokens = len(nll) + 1
    for start in range(0, num_tokens, _BLOCK_TOKENS):
        end = min(start + _BLOCK_TOKENS, num_tokens)
        block = nll[max(0, start - 1) : end - 1]
        if block:
            rows.append({"start": start, "end": end, "perplexity": round(math.exp(math.fsum(block) / len(block)), 3)})
    return rows


def _comparisons(scored: Measured, options: StreamingOptions, *, seed: int) -> list[dict[str, Any]]:
    """Return ratios of perplexities of one subject's variants, over the tokens that both scored with a full window."""
    found = {(cell.subject, cell.variant): _after_window(values["nll"], options) for cell, values, _ in scored}
    rows = []
    for subject in dict.fromkeys(subject for subject, _ in found):
        for variant, reference in _PAIRS:
            ours, theirs = found.get((subject, variant), ()), found.get((subject, reference), ())
            num_tokens = min(len(ours), len(theirs))
            if not num_tokens:
                continue
            one, other = ours[:num_tokens], theirs[:num_tokens]
            rows.append(
                {
                    "subject": subject,
                    "variant": variant,
                    "reference": reference,
                    "num_tokens": num_tokens,
                    **perplexity_ratio([one], [other], seed=seed),
                }
            )
    return rows


TASK = ForwardTask(
    name="streaming",
    title="Streaming",
    about="Perplexity and memory over a long stream of held-out documents, with a cache of sinks and a window "
    "(StreamingLLM, arXiv 2309.17453), with a window alone, and with all keys.",
    options=StreamingOptions,
    plan=_plan,
)
