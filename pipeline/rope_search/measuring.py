"""Measures the perplexity of candidates, and stores each measurement so that it is made only once.

Takes a loaded, unscaled model and streams of tokens. Returns the perplexity of a candidate over several streams,
measured with full forward passes or by the method that the recipe sets for ranking (`prefix_states`). The store holds
the mean negative log likelihood for each candidate, stream and method. It is written after every measurement, so a
search that resumes after a kill repeats none. Used by `run`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from transformers import PreTrainedModel

from pipeline.config.rope import PrefixStates, RopeSearchRecipe
from pipeline.rope_search.candidate import Candidate
from pipeline.rope_search.documents import Stream
from pipeline.rope_search.perplexity import ReusedPrefix, recomputed_nll
from pipeline.rope_search.rotation import CandidateRotary
from pipeline.rope_search.store import FitnessStore
from pipeline.train.rope.scaling import RopeScaling

_EXACT = PrefixStates.RECOMPUTED


class SearchObserver(Protocol):
    """Receives the progress of a search, so that a command can show it."""

    def on_phase(self, description: str) -> None:
        """Called when a phase of unknown length starts."""

    def on_plan(self, num_candidates: int) -> None:
        """Called when the planned number of candidates is known."""

    def on_candidate(self, candidate: Candidate, perplexity: float, best: float) -> None:
        """Called when a candidate's ranking perplexity is known, measured now or by an earlier run.

        `best` is the lowest ranking perplexity so far.
        """


class Measuring:
    """Returns the perplexity of a candidate, and measures only what the store does not have yet."""

    def __init__(
        self,
        model: PreTrainedModel,
        rotary: CandidateRotary,
        scaling: RopeScaling,
        yarn: Candidate,
        store: FitnessStore,
        settings: RopeSearchRecipe,
        observer: SearchObserver,
    ) -> None:
        self._model, self._rotary, self._scaling, self._yarn = model, rotary, scaling, yarn
        self._store, self._settings, self.observer = store, settings, observer
        self._prefixes: dict[str, ReusedPrefix] = {}

    def exact(self, candidate: Candidate, streams: Sequence[Stream]) -> float:
        """Return the perplexity over all scored tokens of the streams, measured with full forward passes."""
        return math.exp(sum(self._nll(candidate, stream, _EXACT) for stream in streams) / len(streams))

    def ranking(self, candidate: Candidate, streams: Sequence[Stream]) -> float:
        """Return the perplexity over all scored tokens of the streams, measured by the recipe's method for ranking."""
        kind = self._settings.prefix_states
        return math.exp(sum(self._nll(candidate, stream, kind) for stream in streams) / len(streams))

    def _nll(self, candidate: Candidate, stream: Stream, kind: PrefixStates) -> float:
        stored = self._store.get(candidate.key, stream.key, kind.value)
        if stored is not None:
            return stored
        if kind is PrefixStates.REUSED:
            nll = self._prefix(stream).nll(candidate)
        else:
            nll = recomputed_nll(
                self._model, self._rotary, candidate, stream, scored_tokens=self._settings.scored_tokens
            )
        self._store.put(candidate.key, stream.key, kind.value, nll)
        return nll

    def _prefix(self, stream: Stream) -> ReusedPrefix:
        if stream.key not in self._prefixes:
            self._prefixes[stream.key] = ReusedPrefix(
                self._model,
                self._rotary,
                self._yarn,
                stream,
                scaling=self._scaling,
                scored_tokens=self._settings.scored_tokens,
            )
        return self._prefixes[stream.key]

    def forget_prefixes(self) -> None:
        """Free the memory of the prefixes' keys and values."""
        self._prefixes.clear()
