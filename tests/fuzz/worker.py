"""Runs inputs of one target in this process and says on standard output, a line each, how they ended.

Started by `runner`, which kills it when an input takes too long. Two engines make inputs: `mutate` changes seeds at
random, `atheris` changes them by what code they reach.
"""

from __future__ import annotations

import json
import resource
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

_KEPT_CHARS = 1500


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to do."""

    target: str
    engine: str
    seed: int
    first: int
    last: int
    """Numbers of the inputs, the last one excluded."""
    max_memory_bytes: int
    broken_folder: str
    """Where inputs that break a promise are kept."""


def main() -> None:
    """Work through the order that is the first argument."""
    order = Order(**json.loads(sys.argv[1]))
    _limit_memory(order.max_memory_bytes)
    if order.engine == "atheris":
        _guided(order)
    else:
        from .inputs import hostile
        from .targets import target

        subject = target(order.target)
        seeds = subject.seeds()
        for number in range(order.first, order.last):
            _try(order, number, hostile(seeds, number, seed=order.seed), subject)


def _guided(order: Order) -> None:
    import atheris

    with atheris.instrument_imports(
        include=["pipeline.documents", "pipeline.clean", "pipeline.synthesize", "pipeline.io"]
    ):
        from .targets import target
    subject = target(order.target)
    number = order.first

    def one_input(data: bytes) -> None:
        nonlocal number
        _try(order, number, data, subject)
        number += 1

    corpus = Path(order.broken_folder) / "corpus" / order.target.replace(" ", "_")
    corpus.mkdir(parents=True, exist_ok=True)
    for index, seed in enumerate(subject.seeds()):
        (corpus / f"seed-{index}").write_bytes(seed)
    limits = ["-max_len=60000", "-timeout=600", "-rss_limit_mb=0", "-verbosity=0", "-print_final_stats=0"]
    options = [f"-runs={order.last - order.first}", f"-seed={order.seed + order.first + 1}", *limits]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one_input)
    atheris.Fuzz()


def _try(order: Order, number: int, data: bytes, subject) -> None:  # a Target, imported late
    print(json.dumps({"start": number}), flush=True)
    try:
        outcome, error = subject.run(data), ""
    except BaseException as caught:  # whatever it is, it is what we look for
        if isinstance(caught, KeyboardInterrupt | SystemExit):
            raise
        outcome = "unaccounted" if type(caught).__name__ == "UnaccountedError" else "crash"
        error = "".join(traceback.format_exception(caught))[-_KEPT_CHARS:]
        name = f"{order.target.replace(' ', '_')}-{order.engine}-{number}"
        (Path(order.broken_folder) / name).write_bytes(data)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"end": number, "outcome": outcome, "error": error, "peak_kib": peak}), flush=True)


def _limit_memory(num_bytes: int) -> None:
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (num_bytes, num_bytes))


if __name__ == "__main__":
    main()
