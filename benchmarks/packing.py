"""Packing beside TRL and LLaMA-Factory: how full, what is lost or cut, how fast.

    python -m benchmarks.packing [--data DIR] [--quick]

Lengths are drawn (log-normal), so no data is needed. Every packer gets the lengths of all documents and a sequence
length, 8k to 128k. Ours goes from that length up: what is longer goes to the next edge, to 128k. Timed is the plan,
from lengths to packs, ours and theirs, alternating; one line more times plan and copying of tokens. Prints tables, and
one JSON object as the last line. The full run also writes `benchmarks/results/packing.md`. Exit 2 where a peer is
missing.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks._packing_peers import DEFAULT_BATCH, Lengths, Outcome, Peer, column_of, load_peers
from benchmarks._results import MissingPeerError, table_row, write_results
from pipeline.config.finetune import StepOrder
from pipeline.config.packing import PackingRecipe
from pipeline.identity import seeded_random
from pipeline.pack.balance import balanced_ranks, epoch_steps
from pipeline.pack.packing import Packs, pack_pieces, pack_windows
from pipeline.pack.pieces import Pieces, conversation_pieces

_RESULTS = Path(__file__).parent / "results" / "packing.md"
_EDGES = (8192, 16384, 32768, 65536, 131072)
_MU, _SIGMA, _SHORTEST, _LONGEST = 8.2, 1.1, 200, 120_000
_SMALL, _LARGE = 20_000, 1_000_000
_SEED = 17
_GATHERED_AT = 131072
_PACKS_PER_STEP, _RANKS, _BALANCED_STEPS = 32, 8, 500
_PEERS_OF_LARGE = 100_000


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packing", description=__doc__)
    parser.add_argument("--data", type=Path, help="not needed: lengths are drawn")
    parser.add_argument("--quick", action="store_true", help="fewer peers and sizes; ends within 50 s on 2 cores")
    options = parser.parse_args(arguments)
    try:
        peers = load_peers()
    except MissingPeerError as error:
        print(error)
        return 2
    logging.disable(logging.WARNING)
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    small, large = draw_lengths(_SMALL), draw_lengths(_LARGE)
    show(
        f"Lengths: log-normal, mu {_MU}, sigma {_SIGMA}, clipped to {_SHORTEST} … {_LONGEST:,} tokens; "
        f"{_SMALL:,} of them have {small.sum():,} tokens, {_LARGE:,} {large.sum():,}."
    )
    edges = (_EDGES[0], _EDGES[-1]) if options.quick else _EDGES
    ours, ratios = _show_beside_peers(small, peers, edges, show, num_rounds=1 if options.quick else 3)
    greedy = peers[-1:]
    large_ours, ratio_greedy_large = _show_large(large, greedy if options.quick else peers[:1] + greedy, edges, show)
    ours += large_ours
    gathered = _show_gathered(small, peers, show)
    lost = _show_windows(large, show)
    imbalance = _show_balance(large, show)
    results = {
        "utilisation": min(outcome.utilisation for outcome in ours),
        "tokens_dropped": sum(outcome.tokens_dropped for outcome in ours),
        "conversations_cut": sum(outcome.documents_cut for outcome in ours),
        "ratio_trl_bfd": ratios["TRL bfd"],
        "ratio_greedy": ratios["LLaMA-Factory greedy"],
        "ratio_greedy_large": ratio_greedy_large,
        "ratio_trl_bfd_with_copy": gathered,
        "utilisation_lost_by_windows": lost,
        "imbalance_similar_cost": imbalance,
    }
    if not options.quick:
        versions = {peer.name: peer.version for peer in peers}
        write_results(_RESULTS, title="Packing", versions=versions, lines=lines)
    print(json.dumps({key: round(float(value), 5) for key, value in results.items()}))
    return 0


def draw_lengths(count: int) -> Lengths:
    """Lengths of documents in tokens; the same ones every time."""
    drawn = np.random.default_rng(_SEED).lognormal(_MU, _SIGMA, count)
    return np.clip(drawn, _SHORTEST, _LONGEST).astype(np.int64)


def pack_ours(lengths: Lengths, edges: Sequence[int]) -> tuple[Packs, float]:
    """Our plan for conversations, which no rule cuts, and the seconds it took."""
    started = time.perf_counter()
    pieces, _ = conversation_pieces(lengths, first_row=0, classes_R=np.zeros_like(lengths), max_tokens=edges[-1])
    packs = pack_pieces(pieces, edges=edges)
    return packs, time.perf_counter() - started


def outcome_of(packs: Packs, lengths: Lengths, seconds: float) -> Outcome:
    """Read off the packs themselves what they hold, rather than what they should."""
    in_packs = np.bincount(packs.rows_N, weights=packs.lengths_N, minlength=lengths.size).astype(np.int64)
    num_packs = np.bincount(packs.rows_N, minlength=lengths.size)
    return Outcome(
        num_packs=len(packs),
        capacity=int(packs.capacities_P.sum()),
        tokens=int(packs.lengths_N.sum()),
        tokens_dropped=int((lengths - in_packs).sum()),
        documents_cut=int(((num_packs > 1) | ((in_packs > 0) & (in_packs < lengths))).sum()),
        documents_dropped=int((num_packs == 0).sum()),
        seconds=seconds,
    )


def _show_beside_peers(
    lengths: Lengths, peers: Sequence[Peer], edges: Sequence[int], show: Callable[[str], None], *, num_rounds: int
) -> tuple[list[Outcome], dict[str, float]]:
    """Our outcomes, and by peer the least of our documents/s ÷ theirs, whichever way the peer is fastest."""
    ours: list[Outcome] = []
    ratios: dict[str, list[float]] = {peer.name: [] for peer in peers}
    column = column_of(lengths, pa.nulls(int(lengths.sum())))
    show(f"\n{lengths.size:,} documents, median of {num_rounds} alternating rounds.\n")
    _show_head(show)
    for edge in edges:
        # Small batches fill packs worse at any length; the longest shows it.
        batches = (lengths.size, DEFAULT_BATCH) if edge == _EDGES[-1] else (lengths.size,)
        mine: list[Outcome] = []
        theirs: dict[tuple[str, int], list[Outcome]] = {}
        for _ in range(num_rounds):
            mine.append(_our_outcome(lengths, edge))
            for peer in peers:
                for batch in batches:
                    theirs.setdefault((peer.name, batch), []).append(peer.pack(column, edge, batch))
        ours.append(mine[-1])
        _show_outcome(_our_name(edge), edge, mine, lengths.size, show)
        for (name, batch), outcomes in theirs.items():
            label = name if batch == lengths.size else f"{name}, batches of {batch:,}"
            _show_outcome(label, edge, outcomes, lengths.size, show)
            ratios[name].append(_median_seconds(outcomes) / _median_seconds(mine))
    return ours, {name: min(found) for name, found in ratios.items()}


def _show_large(
    lengths: Lengths, peers: Sequence[Peer], edges: Sequence[int], show: Callable[[str], None]
) -> tuple[list[Outcome], float]:
    """Our outcomes, and our documents/s ÷ those of the last peer over the documents that peers get."""
    show(f"\n{lengths.size:,} documents, once; peers get the first {_PEERS_OF_LARGE:,}, at 128k alone.\n")
    _show_head(show)
    ours = []
    for edge in edges:
        ours.append(_our_outcome(lengths, edge))
        _show_outcome(_our_name(edge), edge, ours[-1:], lengths.size, show)
    some, edge = lengths[:_PEERS_OF_LARGE], _EDGES[-1]
    mine = _our_outcome(some, edge)
    _show_outcome(f"{_our_name(edge)}, {some.size:,} of them", edge, [mine], some.size, show)
    seconds = {}
    for peer in peers:
        outcome = peer.pack(column_of(some, pa.nulls(int(some.sum()))), edge, some.size)
        seconds[peer.name] = outcome.seconds
        _show_outcome(f"{peer.name}, {some.size:,} of them", edge, [outcome], some.size, show)
    return ours, seconds[peers[-1].name] / mine.seconds


def _show_gathered(lengths: Lengths, peers: Sequence[Peer], show: Callable[[str], None]) -> float:
    """Our documents/s ÷ TRL bfd's where both also copy the tokens, one byte each, into the order of the packs."""
    values = np.ones(int(lengths.sum()), dtype=np.int8)
    starts = np.cumsum(lengths) - lengths
    started = time.perf_counter()
    packs, _ = pack_ours(lengths, [_GATHERED_AT])
    spans = zip(starts[packs.rows_N].tolist(), packs.lengths_N.tolist(), strict=True)
    gathered = np.concatenate([values[start : start + length] for start, length in spans])
    ours = time.perf_counter() - started
    assert gathered.size == values.size
    theirs = peers[0].pack(column_of(lengths, pa.array(values)), _GATHERED_AT, lengths.size).seconds
    show(
        f"\nPlan at 128k and copy of {values.size:,} one-byte tokens, documents/s: ours {lengths.size / ours:,.0f}, "
        f"TRL bfd {lengths.size / theirs:,.0f}."
    )
    return theirs / ours


def _show_windows(lengths: Lengths, show: Callable[[str], None]) -> float:
    """Utilisation lost by packing in windows; returns that of the smallest, a hundredth of the set."""
    whole, _ = pack_ours(lengths, _EDGES)
    max_open_packs = PackingRecipe().max_open_packs
    show(f"\n{lengths.size:,} documents in windows, at most {max_open_packs:,} packs open between them, 8k … 128k.\n")
    show(table_row("window", ["utilisation", "lost to the whole set", "padding", "documents/s"]))
    show(table_row("---", ["---:"] * 4))
    lost = 0.0
    for size in (lengths.size, lengths.size // 10, lengths.size // 100):
        started = time.perf_counter()
        blocks = list(pack_windows(_windows(lengths, size), edges=_EDGES, max_open_packs=max_open_packs))
        seconds = time.perf_counter() - started
        tokens = sum(int(block.lengths_N.sum()) for block in blocks)
        capacity = sum(int(block.capacities_P.sum()) for block in blocks)
        assert tokens == lengths.sum()
        lost = whole.utilisation - tokens / capacity
        cells = [f"{tokens / capacity:.5f}", f"{lost:.5f}", f"{capacity - tokens:,}", f"{lengths.size / seconds:,.0f}"]
        show(table_row(f"{size:,}", cells))
    return lost


def _windows(lengths: Lengths, size: int) -> list[Pieces]:
    return [
        conversation_pieces(
            lengths[at : at + size],
            first_row=at,
            classes_R=np.zeros_like(lengths[at : at + size]),
            max_tokens=_EDGES[-1],
        )[0]
        for at in range(0, lengths.size, size)
    ]


def _show_balance(lengths: Lengths, show: Callable[[str], None]) -> float:
    """Cost of the slowest rank ÷ the mean of a step's ranks; returns it for steps of similar cost."""
    packs, _ = pack_ours(lengths, _EDGES)
    costs = packs.costs.tolist()
    show(f"\n{len(costs):,} packs, {_PACKS_PER_STEP} a step on {_RANKS} ranks; Σ length² of the slowest rank ÷ mean.\n")
    show(table_row("step_order", ["dealt in turn", "balanced", "least possible"]))
    show(table_row("---", ["---:"] * 3))
    balanced = 0.0
    for step_order in StepOrder:
        alone = epoch_steps(costs, packs_per_step=_PACKS_PER_STEP, step_order=step_order, random=seeded_random(_SEED))[
            :_BALANCED_STEPS
        ]
        shared = [balanced_ranks(packs, costs=costs, num_ranks=_RANKS) for packs in alone]
        of_steps = [[costs[pack] for pack in packs] for packs in alone]
        dealt = statistics.mean(_slowest([sum(step[rank::_RANKS]) for rank in range(_RANKS)]) for step in of_steps)
        balanced = statistics.mean(_slowest([sum(costs[pack] for pack in rank) for rank in step]) for step in shared)
        least = statistics.mean(max(1.0, max(step) * _RANKS / sum(step)) for step in of_steps)
        show(table_row(step_order.value, [f"{value:.3f}" for value in (dealt, balanced, least)]))
    return balanced


def _slowest(loads: Sequence[int]) -> float:
    return max(loads) * len(loads) / sum(loads)


def _our_outcome(lengths: Lengths, edge: int) -> Outcome:
    packs, seconds = pack_ours(lengths, [each for each in _EDGES if each >= edge])
    return outcome_of(packs, lengths, seconds)


def _our_name(edge: int) -> str:
    return "ours, 128k" if edge == _EDGES[-1] else f"ours, {edge // 1024}k … 128k"


def _show_head(show: Callable[[str], None]) -> None:
    columns = ["length", "packs", "utilisation", "padding", "tokens dropped", "cut", "left out", "documents/s"]
    show(table_row("packer", columns))
    show(table_row("---", ["---:"] * len(columns)))


def _show_outcome(
    name: str, edge: int, outcomes: Sequence[Outcome], num_documents: int, show: Callable[[str], None]
) -> None:
    outcome = outcomes[-1]
    cells = [
        f"{edge // 1024}k",
        f"{outcome.num_packs:,}",
        f"{outcome.utilisation:.5f}",
        f"{outcome.capacity - outcome.tokens:,}",
        f"{outcome.tokens_dropped:,}",
        f"{outcome.documents_cut:,}",
        f"{outcome.documents_dropped:,}",
        f"{num_documents / _median_seconds(outcomes):,.0f}",
    ]
    show(table_row(name, cells))


def _median_seconds(outcomes: Sequence[Outcome]) -> float:
    return statistics.median(outcome.seconds for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
