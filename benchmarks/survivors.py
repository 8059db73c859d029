"""Which of several near duplicates is kept, against what a person decided for each group before the rule was written.

    python -m benchmarks.survivors [--sheet NAME]

Reads `survivor_cases/sheet.yaml`, by which the words of the rule were chosen, and `held_out.yaml`, which was run only
once they were. Prints a table, each group that is decided otherwise, and one JSON object as the last line. Without
`--sheet`, also writes `benchmarks/results/survivors.md`. Takes a few seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks._results import table_row, write_results
from benchmarks._survivor_sheet import BOTH, Choice, Group, choose, read_groups
from pipeline.config.build import DedupRecipe

_RESULTS = Path(__file__).parent / "results" / "survivors.md"
_SHEETS = ("sheet", "held_out")
_DOMAINS = ("legal", "manual", "dialogue", "code")
_LANGUAGES = ("en", "ko")


def is_right(group: Group, choice: Choice) -> bool:
    """Return whether the survivor is the one that a person keeps, or all members stay where none may be dropped."""
    if group.keep == BOTH:
        return choice.kept == tuple(sorted(group.texts))
    return choice.survivors == (group.keep,)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.survivors", description=__doc__)
    parser.add_argument("--sheet", choices=_SHEETS, help="run this sheet only, and write nothing")
    options = parser.parse_args(arguments)
    lines: list[str] = []
    shares: dict[str, float] = {}
    for name in [options.sheet] if options.sheet else _SHEETS:
        shares[f"right_{name}"] = _run(name, lines)
    print("\n".join(lines))
    if not options.sheet:
        write_results(_RESULTS, title="Survivors of duplicates", versions={}, lines=lines)
    print(json.dumps({key: round(share, 4) for key, share in shares.items()}))
    return 0


def _run(name: str, lines: list[str]) -> float:
    """Add the results of a sheet to the lines; returns the share of groups that are decided right."""
    recipe = DedupRecipe()
    groups = read_groups(name)
    choices = [choose(group, recipe) for group in groups]
    right = [is_right(group, choice) for group, choice in zip(groups, choices, strict=True)]
    lines += ["", f"## {name}.yaml: {sum(right)} of {len(groups)} groups as a person decided", ""]
    num_all = Counter((group.domain, group.language) for group in groups)
    num_right = Counter((group.domain, group.language) for group, is_so in zip(groups, right, strict=True) if is_so)
    lines += [table_row("language", _DOMAINS), table_row("---", ["---"] * len(_DOMAINS))]
    for language in _LANGUAGES:
        cells = [f"{num_right[domain, language]} of {num_all[domain, language]}" for domain in _DOMAINS]
        lines.append(table_row(language, cells))
    lines += ["", table_row("group", ["to keep", "kept", "the reason given for it"]), table_row("---", ["---"] * 3)]
    for group, choice, is_so in zip(groups, choices, right, strict=True):
        reasons = "; ".join(sorted(set(choice.dropped.values()))) or "all stay as versions"
        kept = ", ".join(choice.survivors) if choice.dropped else f"all, led by {', '.join(choice.survivors)}"
        lines.append(table_row(group.name, [group.keep, kept if is_so else f"**{kept}**", reasons]))
    return sum(right) / len(groups)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
