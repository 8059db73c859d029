"""Finds the longest pack of an 8B with LoRA and exact attention on a card of 80 GB, and says what the host must hold.

A whole step of 600,000 tokens in one document is 4.5e17 operations, most of them attention: twenty minutes at 400
TFLOP/s. Its peak on the device can be found sooner. Layer inputs are on the host, so every layer needs the same memory
on the device. The search therefore runs four of the 32 layers, with the weights, gradients and moments of all of them
on the device, over packs of documents of 32,768 tokens; attention is exact, and its memory depends on the pack. At
32,768 tokens the peak is compared with that of all layers. If time is left, two layers run at the longest length over
one document.

Lengths double until one does not fit; then the interval is halved. A card with more memory is limited to that of an
80 GB one. A part of `gpu_check`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks._gpu_part import Check, Clock, Figure, Finding, Line, Setting
from benchmarks._train_8b import Measured, Size, Trial, TrialTimeError, llama, recipe_8b, run_trials, run_trials_here
from pipeline.train.machine.memory import given_machine, process_bytes, this_machine
from pipeline.train.memory.host import pinned_layer_inputs
from pipeline.train.memory.process import longest_pack
from pipeline.train.memory.shapes import model_shape

_GIB = 2**30
_CARD_GIB = 79.6
"""Of an H100 or A100 with 80 GB, as the driver counts."""
_AIM = 600_000
"""Tokens; half as many again are tried at most, and half more than predicted."""
_SAME_PEAK = 0.03
"""Relative; how far the peak of a few layers may lie from that of all."""
_START_SECONDS = 25.0
"""Of a process, until its first step."""
_FLOPS = 3.0e14
"""Of attention in a second, to guess how long a document takes; low, so that a try is rather left out than cut."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched, and in which steps."""

    size: Size
    device: str
    memory_bytes: int | None
    computed_layers: int
    document_tokens: int
    first_tokens: int
    granularity: int
    upper_tokens: int

    def trial(self, num_tokens: int) -> Trial:
        """Return the trial of a length."""
        return Trial(
            num_tokens,
            size=self.size,
            device=self.device,
            document_tokens=self.document_tokens,
            computed_layers=self.computed_layers,
            memory_bytes=self.memory_bytes,
        )

    def doubled(self) -> list[int]:
        """Return the lengths to try first; the last one is the highest multiple of the granularity allowed."""
        lengths = [self.first_tokens]
        while 2 * lengths[-1] < self.upper_tokens:
            lengths.append(2 * lengths[-1])
        highest = self.upper_tokens // self.granularity * self.granularity
        return [*lengths, highest] if highest > lengths[-1] else lengths


def middle_of(low: int, high: int, granularity: int) -> int | None:
    """Return the length to try between one that fits and one that does not; None if they are neighbours."""
    middle = (low + high) // 2 // granularity * granularity
    return middle if low < middle < high else None


def measure(setting: Setting) -> Iterator[Finding]:
    """Search, and yield each try."""
    clock = Clock(setting.seconds)
    search, predicted = _search(setting)
    layers = llama(search.size).num_hidden_layers
    limit = f"{search.memory_bytes / _GIB:.1f} GiB for tensors" if search.memory_bytes else "no limit on memory"
    yield Line(
        f"{search.size.value}, random weights, LoRA of rank 16 on every linear layer, layer inputs on the host; "
        f"{limit}, for which {predicted:,} tokens are predicted; {search.upper_tokens:,} at most are tried. A try runs "
        f"{search.computed_layers} of {layers} layers over documents of {search.document_tokens:,} tokens.\n"
    )
    yield Line("| tokens | layers run | peak, GiB | predicted, GiB | pinned by the layers run, GiB | seconds |")
    yield Line("| --- | --- | --- | --- | --- | --- |")
    low: Measured | None = None
    high: int | None = None
    # All layers first, at the first length: what the peak of a few of them is compared with.
    first = search.trial(search.first_tokens)
    lengths = search.doubled()
    trials = [replace(first, computed_layers=None), *(search.trial(length) for length in lengths)]
    found: list[Measured] = []
    try:
        for measured in _results(setting, trials, clock):
            run = layers if not found else search.computed_layers
            yield Line(_row(measured, run))
            found.append(measured)
            low = measured
        high = None if len(found) == len(trials) else trials[len(found)].num_tokens
    except TrialTimeError:
        yield Line(f"\nThe time was up at {trials[len(found)].num_tokens:,} tokens.")
    if high is not None:
        yield Line(f"| {high:,} | {search.computed_layers} | does not fit | | | |")
    if len(found) > 1:
        apart = found[1].peak_bytes / found[0].peak_bytes - 1.0
        if setting.device == "cuda":
            yield Check(f"the peak of a few layers is that of all ({apart:+.1%})", abs(apart) <= _SAME_PEAK)
    while low is not None and high is not None:
        middle = middle_of(low.num_tokens, high, search.granularity)
        seconds = _START_SECONDS + 2.0 * low.seconds
        if middle is None or clock.left < seconds:
            break
        try:
            tried = next(_results(setting, [search.trial(middle)], clock), None)
        except TrialTimeError:
            yield Line(f"\nThe time was up at {middle:,} tokens.")
            break
        yield Line(_row(tried, search.computed_layers) if tried else f"| {middle:,} | – | does not fit | | | |")
        low, high = (tried, high) if tried else (low, middle)
    yield from _conclusions(setting, search, low, high, clock)


def _search(setting: Setting) -> tuple[Search, int]:
    """Return the search, and the longest pack that the plan predicts for it."""
    size = Size.TINY if setting.tiny else Size.LLAMA_8B
    recipe = recipe_8b(1, device=setting.device)
    shape = model_shape(llama(size), recipe)
    if setting.device == "cuda":
        own = process_bytes(this_machine("cuda"), local_processes=1)
        memory_bytes = min(own, process_bytes(given_machine("cuda", _CARD_GIB), local_processes=1))
    else:
        memory_bytes = process_bytes(this_machine("cpu"), local_processes=1)
    predicted = longest_pack(shape, recipe, memory_bytes=memory_bytes, shards=1, slices=1)
    computed = 2 if setting.tiny else 4
    on_host = process_bytes(this_machine("cpu"), local_processes=1) // (computed * shape.hidden * 2)
    return (
        Search(
            size=size,
            device=setting.device,
            memory_bytes=memory_bytes if setting.device == "cuda" else None,
            computed_layers=computed,
            document_tokens=256 if setting.tiny else 32768,
            first_tokens=512 if setting.tiny else 32768,
            granularity=256 if setting.tiny else 16384,
            upper_tokens=2048 if setting.tiny else min(max(3 * predicted, 3 * _AIM) // 2, on_host),
        ),
        predicted,
    )


def _conclusions(
    setting: Setting, search: Search, low: Measured | None, high: int | None, clock: Clock
) -> Iterator[Finding]:
    if low is None:
        yield Check("the shortest pack fits", False)
        return
    bound = f"; {high:,} do not fit" if high is not None else "; no longer one was tried"
    yield Line(f"\nLongest pack that fits: {low.num_tokens:,} tokens{bound}.")
    yield Figure("longest_tokens", low.num_tokens)
    recipe = recipe_8b(low.num_tokens, device="cuda")
    host_bytes = pinned_layer_inputs(model_shape(llama(search.size), recipe), recipe, device="cuda", slices=1)
    own = process_bytes(this_machine("cpu"), local_processes=1)
    yield Line(
        f"A step of all layers at this length pins {host_bytes / _GIB:.0f} GiB on the host; this host has "
        f"{own / _GIB:.0f} GiB, enough for {low.num_tokens * own // max(host_bytes, 1):,} tokens."
    )
    yield Figure("host_gib_of_all_layers", host_bytes / _GIB)
    if not setting.tiny:
        yield Check(f"at least {_AIM:,} tokens fit on a card of 80 GB", low.num_tokens >= _AIM)
    whole = replace(search.trial(low.num_tokens), document_tokens=None, computed_layers=2)
    # Forward, recomputed forward, and backward at 2.5 times a forward, over half of T² pairs; 4 operations each.
    operations = 4.5 * 2.0 * low.num_tokens**2 * llama(search.size).hidden_size * 2
    if clock.left < _START_SECONDS + 2.0 * operations / _FLOPS:
        yield Line(f"Two layers over one document of {low.num_tokens:,} tokens were not run: too little time was left.")
        return
    try:
        tried = next(_results(setting, [whole], clock), None)
    except TrialTimeError:
        yield Line("Two layers over one document of this length took longer than the time that was left.")
        return
    peak = f"fit, with a peak of {tried.peak_bytes / _GIB:.2f} GiB in {tried.seconds:.1f} s" if tried else "do not fit"
    yield Line(f"Two layers over one document of {low.num_tokens:,} tokens {peak}.")
    yield Check("the longest pack also fits as one document", tried is not None)


def _results(setting: Setting, trials: Sequence[Trial], clock: Clock) -> Iterator[Measured]:
    return run_trials(trials, seconds=clock.left) if setting.own_processes else run_trials_here(trials)


def _row(measured: Measured, layers: int) -> str:
    return (
        f"| {measured.num_tokens:,} | {layers} | {measured.peak_bytes / _GIB:.2f} | "
        f"{measured.predicted_bytes / _GIB:.2f} | {measured.pinned_bytes / _GIB:.1f} | {measured.seconds:.1f} |"
    )
