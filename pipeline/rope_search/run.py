"""Runs a search, from a model and documents to a recipe fragment.

Steps: read streams of the target length; let the evolution rank candidates by perplexity on some of them; decide
between the best few and YaRN with full forward passes on the same streams; compare the winner with YaRN on streams that
the search did not use. Every measurement is written to `fitness.jsonl` at once, so the same command resumes after a
kill.

Cost: with reused prefixes, one forward pass per stream, then scored tokens × length of attention for each candidate and
stream. At the end, up to (finalists + 1) × documents + 2 × held-out documents full forward passes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
import transformers
import yaml
from transformers import AutoModelForCausalLM, PreTrainedModel

from pipeline.config.rope import PrefixStates, RopeSearchRecipe
from pipeline.errors import InputError
from pipeline.identity import code_version, fingerprint
from pipeline.io import files
from pipeline.io.folders import refuse_inside_build
from pipeline.io.lease import hold_folder
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.rope_search.candidate import Candidate, SearchSpace, seeds
from pipeline.rope_search.documents import Stream, read_streams
from pipeline.rope_search.evolution import Evolution, evolve, sizes_within
from pipeline.rope_search.measuring import Measuring, SearchObserver
from pipeline.rope_search.rotation import candidate_rotary
from pipeline.rope_search.store import FitnessStore
from pipeline.tokens.encode import encode_documents
from pipeline.tokens.tokenizer import leading_ids
from pipeline.train.machine.device import resolve_device
from pipeline.train.rope.methods.longrope import LongRope
from pipeline.train.rope.scaled_config import base_config, config_scaling, require_causal_model
from pipeline.train.rope.scaling import RopeScaling
from pipeline.train.run.identity import model_fingerprint

_RESULT_FILE, _FRAGMENT_FILE = "search.json", "rope.yaml"
_CODE = ("rope_search/perplexity", "rope_search/rotation")


@dataclass(frozen=True, slots=True)
class SearchTask:
    """The input of a search."""

    model: str
    """Reference of an unscaled model."""
    factor: float
    """Target length ÷ original length."""
    original_max_tokens: int | None
    """Context length that the model was trained with; None for the length in its config."""
    data: Sequence[str]
    """Build folders, text files or folders of text files."""
    seed: int
    """Seed for the order of the documents and for all random draws."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Perplexity of the winner and of YaRN, both measured with full forward passes."""

    searched: float
    yarn: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a search; also written as `search.json`."""

    model: str
    target_tokens: int
    original_max_tokens: int
    factor: float
    divisors: tuple[float, ...]
    attention_factor: float
    origin: str
    num_candidates: int
    ranking: tuple[float, ...]
    """Lowest ranking perplexity after the first population and after each iteration."""
    seeds: dict[str, float]
    """Ranking perplexity of each known method, by `Candidate.origin`."""
    on_search_documents: Comparison
    on_held_out_documents: Comparison
    best_with_start_tokens: tuple[int, float] | None
    """n̂ and ranking perplexity of the best candidate with n̂ > 0; None if no such candidate was tried."""
    notes: tuple[str, ...]
    fragment: str
    """Path of the recipe fragment."""


def search_rope(
    task: SearchTask, *, settings: RopeSearchRecipe, output: Path, observer: SearchObserver
) -> SearchResult:
    """Search LongRoPE factors for a model at a multiple of its context length.

    Args:
        task: the model, its target length and the documents.
        settings: sizes and budget.
        output: folder for the store, `search.json` and `rope.yaml`.
        observer: receives progress.

    Raises:
        InputError: the model cannot be used for a search, the documents are too few or too short, or the folder is not
            writable or is inside a build.
        FolderBusyError: a different run is using the folder, or a build is running in a folder of `task.data`.
        FolderLostError: a different run took the folder over.
        DamagedFileError: a file of a build is damaged.
        RunError: the model's likelihoods are not finite.
    """
    refuse_inside_build(str(output), what="search folder")
    with hold_folder(str(output), command="rope search"):
        return _search(task, settings, output, observer)


def _search(task: SearchTask, settings: RopeSearchRecipe, output: Path, observer: SearchObserver) -> SearchResult:
    model, factor = task.model, task.factor
    scaling = _unscaled(model)
    if task.original_max_tokens is not None:
        scaling = replace(scaling, original_max_tokens=task.original_max_tokens)
    target_tokens = int(scaling.original_max_tokens * factor)
    observer.on_phase("reading documents")
    streams = search_streams(model, task.data, settings, target_tokens, task.seed)
    ranked_on, held_out = streams[: settings.documents], streams[settings.documents :]
    observer.on_phase("loading the model")
    device = resolve_device(settings.device, setting="rope_search.device")
    loaded = _load(model, dtype=settings.dtype, device=device)
    output.mkdir(parents=True, exist_ok=True)
    store = FitnessStore(output, context=_context(model, settings, device, scaling, factor))
    space = SearchSpace(factor, scaling.original_max_tokens, len(scaling.divisors), settings.start_tokens)
    known = seeds(space, theta=scaling.theta)
    with candidate_rotary(loaded, scaling) as rotary:
        measuring = Measuring(loaded, rotary, scaling, known[0], store, settings, observer)
        evolution = _evolve(measuring, known, space, ranked_on, settings, task.seed)
        winner = _decide(measuring, evolution, known[0], ranked_on, settings.finalists)
        compared = [
            Comparison(measuring.exact(winner, on), measuring.exact(known[0], on)) for on in (ranked_on, held_out)
        ]
    fragment = output / _FRAGMENT_FILE
    files.write_text(str(fragment), _fragment(winner, factor, scaling.original_max_tokens))
    by_key = {entry.candidate.key: entry.perplexity for entry in evolution.measured}
    result = SearchResult(
        model=model,
        target_tokens=target_tokens,
        original_max_tokens=scaling.original_max_tokens,
        factor=factor,
        divisors=winner.divisors,
        attention_factor=winner.attention_factor,
        origin=winner.origin,
        num_candidates=len(evolution.measured),
        ranking=evolution.best_by_iteration,
        seeds={candidate.origin: by_key[candidate.key] for candidate in known},
        on_search_documents=compared[0],
        on_held_out_documents=compared[1],
        best_with_start_tokens=_best_with_start_tokens(evolution),
        notes=_notes(ranked_on, held_out, settings),
        fragment=str(fragment),
    )
    files.write_json(str(output / _RESULT_FILE), asdict(result))
    return result


def _evolve(
    measuring: Measuring,
    known: Sequence[Candidate],
    space: SearchSpace,
    streams: Sequence[Stream],
    settings: RopeSearchRecipe,
    seed: int,
) -> Evolution:
    sizes = sizes_within(settings, num_seeds=len(known))
    measuring.observer.on_plan(sizes.num_evaluations)
    best = math.inf

    def measure(candidate: Candidate) -> float:
        nonlocal best
        perplexity = measuring.ranking(candidate, streams)
        best = min(best, perplexity)
        measuring.observer.on_candidate(candidate, perplexity, best)
        return perplexity

    evolution = evolve(known, measure, sizes=sizes, space=space, probability=settings.mutation_probability, seed=seed)
    measuring.forget_prefixes()
    return evolution


def _decide(
    measuring: Measuring, evolution: Evolution, yarn: Candidate, streams: Sequence[Stream], num_finalists: int
) -> Candidate:
    """Return the best of the finalists and YaRN, measured with full forward passes.

    A candidate with start tokens cannot be a finalist, because a model's config cannot express them.
    """
    servable = [entry.candidate for entry in evolution.measured if entry.candidate.start_tokens == 0]
    finalists = servable[:num_finalists]
    for index, finalist in enumerate(finalists):
        measuring.observer.on_phase(f"full forward passes, finalist {index + 1} of {len(finalists)}")
        measuring.exact(finalist, streams)
    measuring.observer.on_phase("full forward passes, YaRN for comparison")
    return min((*finalists, yarn), key=lambda candidate: (measuring.exact(candidate, streams), candidate.key))


def _unscaled(model: str) -> RopeScaling:
    config = base_config(model)
    require_causal_model(config, model)
    scaling = config_scaling(config)
    if not scaling.has_rotary or scaling.is_scaled:
        what = f"is already scaled ({scaling.method})" if scaling.has_rotary else "has no rotary embeddings"
        raise InputError(f"'{model}' {what}.", remedy="Search factors for an unscaled model with rotary embeddings.")
    return scaling


def search_streams(
    model: str, data: Sequence[str], settings: RopeSearchRecipe, target_tokens: int, seed: int
) -> list[Stream]:
    """Return the streams for ranking, then those for the final comparison.

    Control tokens in documents are read as plain text.

    Raises:
        InputError: the target length is too short. Reading the documents raises the errors of `read_streams`.
    """
    if settings.scored_tokens + 1 >= target_tokens:
        raise InputError(
            f"Scoring {settings.scored_tokens:,} of {target_tokens:,} tokens leaves no context before them.",
            remedy="Lower rope_search.scored_tokens, or raise --factor.",
        )
    return read_streams(
        data,
        tokenize=lambda text: encode_documents([text], model)[0].tolist(),
        leading=leading_ids(model),
        length=target_tokens,
        count=settings.documents + settings.held_out_documents,
        seed=seed,
    )


def _load(model: str, *, dtype: str, device: str) -> PreTrainedModel:
    torch_dtype = getattr(torch, dtype, None)
    if not isinstance(torch_dtype, torch.dtype):
        raise InputError(f"rope_search.dtype '{dtype}' is not a torch dtype.", remedy="Use bfloat16 or float32.")
    try:
        loaded: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            resolve_weights(model),
            dtype=torch_dtype,
            attn_implementation="sdpa",
            trust_remote_code=False,
            use_safetensors=True,
        )
    except (OSError, ValueError) as error:
        raise cannot_load("model", model, error, remedy="Check that its folder holds weights.") from error
    return loaded.to(device).eval()


def _context(model: str, settings: RopeSearchRecipe, device: str, scaling: RopeScaling, factor: float) -> str:
    measured: dict[str, Any] = {
        "model": model_fingerprint(model),
        "dtype": settings.dtype,
        "device": device,
        "scored_tokens": settings.scored_tokens,
        "scaling": asdict(scaling),
        "factor": factor,
        "code": code_version(_CODE),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    return fingerprint(measured)


def _fragment(winner: Candidate, factor: float, original_max_tokens: int) -> str:
    rope = LongRope(
        factor=factor,
        original_max_tokens=original_max_tokens,
        long_factors=winner.divisors,
        short_factors=winner.divisors,
        attention_factor=winner.attention_factor,
    )
    # Write every option that the search decides, including defaults: an option that is left out would be taken from the
    # recipe that the fragment is applied to.
    values = rope.model_dump(mode="json", exclude={"replace_existing"})
    return yaml.safe_dump({"finetune": {"rope": values}}, sort_keys=False, default_flow_style=None, width=110)


def _best_with_start_tokens(evolution: Evolution) -> tuple[int, float] | None:
    entries = [entry for entry in evolution.measured if entry.candidate.start_tokens]
    return (entries[0].candidate.start_tokens, entries[0].perplexity) if entries else None


def _notes(ranked_on: Sequence[Stream], held_out: Sequence[Stream], settings: RopeSearchRecipe) -> tuple[str, ...]:
    notes = []
    joined = sum(stream.num_documents > 1 for stream in (*ranked_on, *held_out))
    if joined:
        notes.append(
            f"{joined} of {len(ranked_on) + len(held_out)} streams consist of joined documents, each shorter than the "
            "target length."
        )
    if settings.prefix_states is PrefixStates.REUSED:
        notes.append(
            "Candidates were ranked with prefixes computed under YaRN; the comparison uses full forward passes."
        )
    return tuple(notes)
