"""Tokenising one long document beside the tokenizers library's `encode_batch` and `encode_batch_fast` on it.

    python -m benchmarks.tokenize [--data DIR] [--quick]

The tokenizer is the embedded model's. DIR holds texts (`.txt`, `.md`, `.py` …) of which documents of 5 MB are joined;
without it they are made of words. Prints a table, and one JSON object as the last line; its ratios are those of the
document on which ours gains least. The full run also writes `benchmarks/results/tokenize.md`. Exit 2 where DIR has no
text.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import tokenizers

from benchmarks._results import table_row, write_results
from benchmarks._tokenize_cost import BATCH, BATCH_FAST, OURS, WAYS, Cost, measure_cost
from benchmarks._tokenize_documents import documents_of, made_documents
from pipeline.io.models import EMBEDDED_MODEL

_RESULTS = Path(__file__).parent / "results" / "tokenize.md"
_NUM_BYTES = 5_200_000


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tokenize", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of texts; without it they are made of words")
    parser.add_argument("--quick", action="store_true", help="the mixed document alone; ends within 50 s on 2 cores")
    options = parser.parse_args(arguments)
    documents = documents_of(options.data, _NUM_BYTES) if options.data else made_documents(_NUM_BYTES)
    if not documents:
        print(f"No text in {options.data}; name a folder of texts with --data, or leave it out.")
        return 2
    logging.disable(logging.WARNING)
    if options.quick:
        documents = {"mixed": documents["mixed"]}
    costs = {
        name: measure_cost(text, EMBEDDED_MODEL, num_rounds=2 if options.quick else 5)
        for name, text in documents.items()
    }
    lines = _table(costs)
    print("\n".join(lines), flush=True)
    if not options.quick:
        source = "texts of a corpus" if options.data else "made of words"
        versions = {"tokenizers": f"{tokenizers.__version__} ({EMBEDDED_MODEL})", "documents": source}
        write_results(_RESULTS, title="Tokenising a long document", versions=versions, lines=lines)
    print(json.dumps(_results(costs)))
    return 0


def _table(costs: Mapping[str, Cost]) -> list[str]:
    lines = [
        "Tokens a second by wall clock; in brackets how many times faster ours is; MiB at the peak of a fresh process.",
        "",
        table_row("document", [*WAYS, *(f"MiB {way}" for way in WAYS), "ids"]),
        table_row("---", ["---"] * (2 * len(WAYS) + 1)),
    ]
    for name, cost in costs.items():
        cells = [f"{cost.num_tokens / cost.seconds[OURS]:,.0f}"]
        cells += [f"{cost.num_tokens / cost.seconds[way]:,.0f} ({cost.ratio[way]:.1f})" for way in (BATCH, BATCH_FAST)]
        cells += [f"{cost.peak_mib[way]:,.0f}" for way in WAYS]
        title = f"{name}, {cost.num_bytes / 1e6:.1f} MB, {cost.num_tokens:,} tokens"
        lines.append(table_row(title, [*cells, "equal" if cost.ids_equal else "DIFFER"]))
    return lines


def _results(costs: Mapping[str, Cost]) -> dict[str, float | bool]:
    measured = list(costs.values())
    return {
        "ratio_encode_batch": round(min(cost.ratio[BATCH] for cost in measured), 3),
        "ratio_encode_batch_fast": round(min(cost.ratio[BATCH_FAST] for cost in measured), 3),
        "ids_equal": all(cost.ids_equal for cost in measured),
        "tokens_per_second": round(min(cost.num_tokens / cost.seconds[OURS] for cost in measured)),
        "megabytes_per_second": round(min(cost.num_bytes / cost.seconds[OURS] for cost in measured) / 1e6, 2),
        "peak_mb": round(max(cost.peak_mib[OURS] for cost in measured) * 2**20 / 1e6, 1),
        "peak_mb_encode_batch": round(max(cost.peak_mib[BATCH] for cost in measured) * 2**20 / 1e6, 1),
        "peak_mb_encode_batch_fast": round(max(cost.peak_mib[BATCH_FAST] for cost in measured) * 2**20 / 1e6, 1),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
