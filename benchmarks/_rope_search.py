"""What `pipeline rope search` found for the embedded model at four times its context, as the lines of a page.

Read from `benchmarks/results/rope_search_smollm2_4x.json`, the `search.json` of

    pipeline rope search embedded:smollm2-135m-instruct --factor 4 --data … --set rope_search.max_evaluations=120 \\
        --set rope_search.documents=2 --set rope_search.finalists=2 --set rope_search.scored_tokens=1024

which takes three quarters of an hour on two cores, so it is not part of the benchmark. Used by `benchmarks.rope`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks._results import table_row

SEARCH_RECORD = Path(__file__).parent / "results" / "rope_search_smollm2_4x.json"


def search_lines() -> Iterator[str]:
    """Budget, curve and comparison of the search; nothing where there is no record of one."""
    if not SEARCH_RECORD.is_file():
        return
    found = json.loads(SEARCH_RECORD.read_text(encoding="utf-8"))
    yield (
        f"\nLongRoPE's search at {found['target_tokens']:,} tokens, {found['num_candidates']} candidates ranked with "
        "prefixes computed under YaRN; perplexity of the best after the first population and after each iteration: "
        f"{', '.join(f'{value:.3f}' for value in found['ranking'])}. The seeds: "
        f"{', '.join(f'{name} {value:.2f}' for name, value in found['seeds'].items())}.\n"
    )
    yield table_row("full forward passes", ["searched", "YaRN", "searched ÷ YaRN"])
    yield table_row("---", ["---:"] * 3)
    for name, documents in (("documents of the search", "search"), ("documents it never saw", "held_out")):
        compared = found[f"on_{documents}_documents"]
        searched, yarn = compared["searched"], compared["yarn"]
        yield table_row(name, [f"{searched:.3f}", f"{yarn:.3f}", f"{searched / yarn:.3f}"])
