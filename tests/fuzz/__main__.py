"""`python -m tests.fuzz [--inputs N] [--seed N] [--target NAME] [--engine NAME]`: a table of all targets.

Exit code 0 where every input ended as promised. Inputs that did not are kept in `out/fuzz`; run one again with
`--input FILE --target NAME`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from .runner import Tally, has_atheris, run_target
from .targets import TARGETS, target


def main(argv: list[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000, help="of all targets together")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--target", choices=[each.name for each in TARGETS], action="append")
    parser.add_argument("--engine", choices=["mutate", "atheris"], action="append")
    parser.add_argument("--input", type=Path, help="run one kept input in this process")
    parser.add_argument("--kept", type=Path, default=Path("out/fuzz"))
    given = parser.parse_args(argv)
    names = given.target or [each.name for each in TARGETS]
    if given.input:
        print(target(names[0]).run(given.input.read_bytes()))
        return 0
    engines = given.engine or (["mutate", "atheris"] if has_atheris() else ["mutate"])
    given.kept.mkdir(parents=True, exist_ok=True)
    share = -(-given.inputs // (len(names) * len(engines)))
    started = time.monotonic()
    tallies = []
    for name in names:
        for engine in engines:
            tallies.append(run_target(name, engine=engine, num_inputs=share, seed=given.seed, broken_folder=given.kept))
            print(_row(tallies[-1]), file=sys.stderr, flush=True)
    print(_table(tallies))
    print(f"\nSeed {given.seed}, {time.monotonic() - started:.0f} s.")
    for finding in (finding for tally in tallies for finding in tally.findings):
        print(f"\n{finding}")
    return 1 if any(tally.findings for tally in tallies) else 0


def _table(tallies: list[Tally]) -> str:
    head = "| target | inputs by | inputs | crashes | hangs | unaccounted | peak memory, MiB | outcomes |"
    rows = [head, "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |", *map(_row, tallies)]
    total = [sum(count(tally) for tally in tallies) for count in _COUNTS]
    return "\n".join([*rows, f"| **all** | | {' | '.join(map(str, total))} | {max(t.peak_mib for t in tallies)} | |"])


_COUNTS = (
    lambda tally: tally.num_inputs,
    lambda tally: tally.num_crashes,
    lambda tally: tally.outcomes["hang"],
    lambda tally: tally.outcomes["unaccounted"],
)


def _row(tally: Tally) -> str:
    counts = " | ".join(str(count(tally)) for count in _COUNTS)
    outcomes = ", ".join(f"{name} {number}" for name, number in sorted(tally.outcomes.items()))
    return f"| {tally.target} | {tally.engine} | {counts} | {tally.peak_mib} | {outcomes} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
