"""The trainer beside TRL's SFTTrainer: tokens a second and peak memory, same model, same rows, same trained tokens.

    python -m benchmarks.train [--data DIR] [--quick] [--length TOKENS] [--contestant NAME …] [--device cpu|cuda]

DIR holds text files; the bundled documents are used where it is left out. Each run is a process of its own. The first
round runs every contestant; the later ones run ours and the fastest of TRL's settings, in turn. Prints tables, and one
JSON object as the last line. The full run (4,096 and 16,384 tokens where no length is given) also writes
`benchmarks/results/train.md`, unless contestants are chosen; on CUDA it adds an 8B Llama with random weights. Exit 2
where TRL is missing, or where CUDA is asked for and not there.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import torch

import pipeline
from benchmarks._results import write_results
from benchmarks._train_8b import measure_8b
from benchmarks._train_peers import (
    ALPHA,
    ANSWER_TOKENS,
    MEMORY_LIMIT,
    MODEL,
    OUR_CONTESTANTS,
    RANK,
    ROW_SHARES,
    Contestant,
    Job,
    Outcome,
)

_RESULTS = Path(__file__).parent / "results" / "train.md"
_FULL_LENGTHS = (4096, 16384)
_QUICK_LENGTH = 512
_SEED = 17
_LOSS_TOLERANCE = 0.01
"""Relative; bfloat16 products summed in another order, and padded ones, differ by less. A leak makes far more."""
_OUT_OF_MEMORY = ("can't allocate memory", "MemoryError", "OutOfMemoryError", "bad_alloc")
_TARGETS = "targets: ≥ 1.5 × TRL's best setting; recomputed, ≤ 0.50 of its default's peak at 16,384 tokens"


@dataclass(frozen=True, slots=True)
class Result:
    """All contestants at one length; medians over rounds."""

    length: int
    outcomes: Mapping[Contestant, Outcome]
    """Without those whose memory did not suffice."""
    memory_bytes: int
    """That a contestant may have."""
    contestants: tuple[Contestant, ...]
    """Everyone who was measured, or ran out of memory."""

    @property
    def has_default(self) -> bool:
        """Whether TRL as it comes could be measured."""
        return Contestant.TRL_DEFAULT in self.outcomes

    def rate(self, contestant: Contestant) -> float:
        """Tokens of documents a second; padding is no token."""
        outcome = self.outcomes[contestant]
        return outcome.tokens / outcome.seconds

    def ratio_to_default(self) -> float:
        """Our rate ÷ that of TRL as it comes."""
        return self.rate(Contestant.OURS) / self.rate(Contestant.TRL_DEFAULT)

    def best_peer(self) -> Contestant:
        """The fastest of TRL's settings."""
        return max((one for one in self.outcomes if one not in OUR_CONTESTANTS), key=self.rate)

    def ratio_to_best(self) -> float | None:
        """Our rate ÷ the highest of TRL's; None where none was measured."""
        if not set(self.outcomes) - set(OUR_CONTESTANTS):
            return None
        return self.rate(Contestant.OURS) / self.rate(self.best_peer())

    def peak_share(self, ours: Contestant) -> float | None:
        """Our peak ÷ that of TRL as it comes; where it ran out of memory, ÷ all it could have, so at most this.

        None where one of them was not measured.
        """
        if not {ours, Contestant.TRL_DEFAULT} <= set(self.contestants):
            return None
        default = self.outcomes.get(Contestant.TRL_DEFAULT)
        return self.outcomes[ours].peak_bytes / (default.peak_bytes if default else self.memory_bytes)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of text files; the bundled documents otherwise")
    parser.add_argument("--quick", action="store_true", help="one short length, one step each")
    parser.add_argument("--length", type=int, help="tokens of a step; 4,096 and 16,384 where not given")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument(
        "--contestant",
        action="append",
        choices=[contestant.name.lower() for contestant in Contestant],
        help="who trains beside ours; repeatable; all where not given",
    )
    parser.add_argument("--rounds", type=int, default=3, help="processes of ours and of TRL's best in a full run")
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("trl") is None:
        print("The peer trl is not installed. Install it with: pip install 'longdoc-pipeline[bench]'")
        return 2
    if options.device == "cuda" and not torch.cuda.is_available():
        print("--device cuda: torch sees no CUDA device.")
        return 2
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    threads = torch.get_num_threads()
    show(
        f"{MODEL}, bfloat16 weights, YaRN × 2; LoRA rank {RANK}, alpha {ALPHA} on every linear layer of attention and "
        f"MLP; fused AdamW; {threads} threads. A step is {len(ROW_SHARES)} rows of "
        f"{', '.join(map(str, ROW_SHARES))} 32nds of its length, spans of documents that all end in the same "
        f"{ANSWER_TOKENS} tokens, which alone are trained: a row that saw another would show in a low loss."
    )
    data = options.data or Path(pipeline.__file__).parent / "bundled" / "documents"
    usual: tuple[int, ...] = (_QUICK_LENGTH,) if options.quick else _FULL_LENGTHS
    lengths = (options.length,) if options.length else usual
    rounds = 1 if options.quick else options.rounds
    chosen = [one for one in Contestant if not options.contestant or one.name.lower() in options.contestant]
    contestants = list(dict.fromkeys((Contestant.OURS, *chosen)))
    results = []
    for length in lengths:
        is_short = options.device == "cuda" or length <= _FULL_LENGTHS[0]
        steps = 3 if is_short and not options.quick else 1
        job = Job(Contestant.OURS, str(data), length, steps, options.device, threads, _SEED)
        result = _measure(job, contestants, rounds=rounds)
        _show(result, show)
        results.append(result)
    last = results[-1]
    with_default = next((result for result in reversed(results) if result.has_default), None)
    is_full = not options.quick and len(contestants) == len(Contestant)
    if is_full:
        show(f"\n{_TARGETS}.")
        _write_results(lines, options.device)
    if options.device == "cuda" and is_full:
        for line in measure_8b():
            show(line)
            _write_results(lines, options.device)
    figures = {
        "ratio_trl_default": _rounded(with_default.ratio_to_default() if with_default else None),
        "ratio_trl_best": _rounded(last.ratio_to_best()),
        "peak_share_of_trl_default": _rounded(last.peak_share(Contestant.OURS)),
        "recomputed_peak_share_of_trl_default": _rounded(last.peak_share(Contestant.OURS_RECOMPUTED)),
        "length": last.length,
        "length_trl_default": with_default.length if with_default else None,
    }
    print(json.dumps(figures))
    return 0


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 4)


def _measure(job: Job, contestants: Sequence[Contestant], *, rounds: int) -> Result:
    found: dict[Contestant, list[Outcome]] = {contestant: [] for contestant in Contestant}
    memory_bytes = device_memory_bytes(job.device)

    def run_round(contestants: Iterable[Contestant]) -> Mapping[Contestant, Outcome]:
        for contestant in contestants:
            outcome = run_job(replace(job, contestant=contestant.value), memory_bytes)
            found[contestant] += [outcome] if outcome else []
        return {contestant: _median(outcomes) for contestant, outcomes in found.items() if outcomes}

    medians = dict(run_round(contestants))
    peers = [contestant for contestant in medians if contestant not in OUR_CONTESTANTS]
    for _ in range(1, rounds):
        # A peer that was the fastest once is measured again, so a lucky round does not decide.
        best = [Result(job.length, medians, memory_bytes, tuple(contestants)).best_peer()] if peers else []
        medians = dict(run_round((Contestant.OURS, *best)))
    packed = Contestant.TRL_PACKED
    if job.steps > 1 and packed in medians:
        # Best-fit packing mixes the rows of all steps, so that only a run of one step has a first step like the others.
        alone = run_job(replace(job, contestant=packed.value, steps=1), memory_bytes)
        medians[packed] = replace(medians[packed], loss=alone.loss if alone else math.nan)
    return Result(job.length, medians, memory_bytes, tuple(contestants))


def device_memory_bytes(device: str) -> int:
    """What one process may have: on a CPU all memory that is free now."""
    if device == "cuda":
        return int(torch.cuda.get_device_properties(0).total_memory)
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def run_job(job: Job, memory_bytes: int) -> Outcome | None:
    """None where the memory did not suffice; it is limited, so that only the contestant notices."""
    command = [sys.executable, "-m", "benchmarks._train_peers", json.dumps(asdict(job))]
    environment = os.environ | {MEMORY_LIMIT: str(memory_bytes) if job.device == "cpu" else ""}
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if finished.returncode != 0 and any(sign in finished.stderr for sign in _OUT_OF_MEMORY):
        return None
    if finished.returncode != 0:
        raise SystemExit(
            f"{job.contestant} at {job.length} tokens ended with {finished.returncode}:\n{finished.stderr[-2000:]}"
        )
    return Outcome(**json.loads(finished.stdout.splitlines()[-1]))


def _median(outcomes: Sequence[Outcome]) -> Outcome:
    first = outcomes[0]
    return Outcome(
        contestant=first.contestant,
        seconds=statistics.median(outcome.seconds for outcome in outcomes),
        tokens=first.tokens,
        peak_bytes=round(statistics.median(outcome.peak_bytes for outcome in outcomes)),
        loss=first.loss,
        trained_parameters=first.trained_parameters,
        activations=first.activations,
    )


def _show(result: Result, show: Callable[[str], None]) -> None:
    show(f"\n{result.length:,} tokens a step.\n")
    show("| trainer | tokens/s | ours is × | peak, GiB | ours is | loss of step 1 | trained weights |")
    show("| --- | --- | --- | --- | --- | --- | --- |")
    ours = result.outcomes[Contestant.OURS]
    for contestant, outcome in result.outcomes.items():
        rate, share = result.rate(contestant), ours.peak_bytes / outcome.peak_bytes
        show(
            f"| {contestant.value} | {rate:.1f} | {result.rate(Contestant.OURS) / rate:.2f} | "
            f"{outcome.peak_bytes / 2**30:.2f} | {share:.0%} | {outcome.loss:.4f} | {outcome.trained_parameters:,} |"
        )
    apart = [
        f"{contestant.value} {outcome.loss:.4f}"
        for contestant, outcome in result.outcomes.items()
        if not abs(outcome.loss - ours.loss) <= _LOSS_TOLERANCE * ours.loss
        or outcome.trained_parameters != ours.trained_parameters
    ]
    for contestant in result.contestants:
        if contestant not in result.outcomes:
            show(f"| {contestant.value} | out of memory | – | > {result.memory_bytes / 2**30:.1f} | – | – | – |")
    verdict = f"NOT the same work: {', '.join(apart)}" if apart else f"All losses agree within {_LOSS_TOLERANCE:.0%}"
    show(f"\n{verdict} (ours {ours.loss:.4f}). Ours: {ours.activations}.")


def _write_results(lines: Sequence[str], device: str) -> None:
    versions = {name: version(name) for name in ("torch", "transformers", "peft", "trl", "accelerate")}
    if device == "cuda":
        versions["device"] = torch.cuda.get_device_name()
    path = _RESULTS if device == "cpu" else _RESULTS.with_name("train_cuda.md")
    write_results(path, title="Training", versions=versions, lines=lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
