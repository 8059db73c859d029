"""What masking finds and what it costs: precision and recall by kind, and MB/s on prose and on hostile text.

    python -m benchmarks.personal_data [--data DIR] [--quick]

The texts are those of `tests/clean/personal_data/`; start, end and kind of a value must be right. `--data` is a folder
of text files (`.txt`, `.md`, `.rst`, `.py`) that are masked for the speed; without it, the bundled documents are. The
files of a top-level folder and language are one group, of about 3 million characters.

Prints tables and one JSON object as the last line: `precision`, `recall`, `num_values`, `num_texts_without`,
`mb_per_second` (by group) and `hostile_growth` (seconds for 8 times as much hostile text, divided by 8 times the
seconds: 1 is linear). A full run also writes `benchmarks/results/personal_data.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pipeline
from benchmarks._results import table_row, write_results
from pipeline.clean.normalise import normalise_characters
from pipeline.clean.personal_data import Masker
from pipeline.clean.personal_values import find_personal_values
from pipeline.config.build import PersonalData
from tests.personal_data_cases import Case, Score, cases, score

_RESULTS = Path(__file__).parent / "results" / "personal_data.md"
_BUNDLED = Path(pipeline.__file__).parent / "bundled" / "documents"
_BY_HAND = "## First tries and real documents"
_KINDS = tuple(kind.value for kind in PersonalData)
_SUFFIXES = frozenset([".txt", ".md", ".rst", ".py"])
_MAX_CHARS = 3_000_000
_HOSTILE = {
    "digits": "1",
    "`a@`": "a@",
    "`1-1-1-`": "1-1-1-",
    "spaces": " ",
    "phones": "010-1234-5678 ",
    "named accounts": "계좌 110-234-567890 ",
    "table rows": "110-234-567890|x\n",
}


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.personal_data")
    parser.add_argument("--data", type=Path, default=_BUNDLED)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    texts = [*cases("positive"), *cases("negative")]
    result = score(texts, _find)
    speeds = {name: _speed(group) for name, group in _groups(options.data, _MAX_CHARS // (10 if options.quick else 1))}
    growth = {name: _growth(piece, 2_000 if options.quick else 50_000) for name, piece in _HOSTILE.items()}
    lines = [*_quality_lines(texts, result), "", *_speed_lines(speeds, growth)]
    print("\n".join(lines))
    if not options.quick:
        write_results(_RESULTS, title="Personal data", versions={}, lines=[*lines, *_written_by_hand()])
    summary = {
        "precision": round(result.precision(), 4),
        "recall": round(result.recall(), 4),
        "num_values": sum(len(case.values) for case in texts),
        "num_texts_without": sum(not case.values for case in texts),
        "mb_per_second": {name: round(speed, 1) for name, (_, speed, _) in speeds.items()},
        "hostile_growth": {name: round(ratio, 2) for name, (_, ratio) in growth.items()},
    }
    print(json.dumps(summary, ensure_ascii=False))
    return 0


def _written_by_hand() -> list[str]:
    """Return the last part of the results, which no run measures and every run keeps."""
    text = _RESULTS.read_text(encoding="utf-8") if _RESULTS.exists() else ""
    return ["", _BY_HAND, *text.partition(f"{_BY_HAND}\n")[2].splitlines()] if _BY_HAND in text else []


def _find(text: str) -> Iterator[tuple[int, int, str]]:
    return ((value.start, value.end, value.kind) for value in find_personal_values(text, _KINDS))


def _quality_lines(texts: Sequence[Case], result: Score) -> list[str]:
    num_values = Counter(kind for case in texts for _, _, kind in case.values)
    num_without = sum(not case.values for case in texts)
    lines = [
        f"{num_values.total()} values in {len(texts) - num_without} texts, and {num_without} texts without any, Korean "
        "and English.",
        "",
        table_row("kind", ["values", "right", "missed", "wrong", "precision", "recall"]),
        table_row("---", ["---:"] * 6),
    ]
    for kind in _KINDS:
        counts = [num_values[kind], result.right[kind], result.missed[kind], result.wrong[kind]]
        shares = [f"{result.precision(kind):.3f}", f"{result.recall(kind):.3f}"]
        lines.append(table_row(kind, [*map(str, counts), *shares]))
    totals = [num_values.total(), result.right.total(), result.missed.total(), result.wrong.total()]
    lines.append(table_row("all", [*map(str, totals), f"{result.precision():.3f}", f"{result.recall():.3f}"]))
    return [*lines, *(f"- {fault}" for fault in result.faults)]


def _speed_lines(speeds: dict[str, tuple[float, float, int]], growth: dict[str, tuple[float, float]]) -> list[str]:
    lines = [
        "Masking of all kinds on one core, CPU seconds, the best of three runs.",
        "",
        table_row("documents", ["MB", "MB/s", "masked"]),
        table_row("---", ["---:"] * 3),
        *(table_row(name, [f"{mb:.2f}", f"{speed:.1f}", str(num)]) for name, (mb, speed, num) in speeds.items()),
        "",
        table_row("hostile text", ["MB/s", "growth, 1 is linear"]),
        table_row("---", ["---:"] * 2),
    ]
    return [*lines, *(table_row(name, [f"{speed:.2f}", f"{ratio:.2f}"]) for name, (speed, ratio) in growth.items())]


def _groups(folder: Path, max_chars: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the texts of each group of documents: a top-level folder and, inside it, a language."""
    groups: dict[str, list[str]] = {}
    sizes: Counter[str] = Counter()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file()):
        name = "/".join(path.relative_to(folder).parts[:2][: 2 if len(path.relative_to(folder).parts) > 2 else 1])
        name = name if name.count("/") == 1 and len(name.split("/")[1]) == 2 else name.split("/")[0]
        if sizes[name] < max_chars:
            text = normalise_characters(path.read_text(encoding="utf-8", errors="replace"))
            groups.setdefault(name, []).append(text)
            sizes[name] += len(text)
    yield from groups.items()


def _speed(texts: Sequence[str]) -> tuple[float, float, int]:
    """Return megabytes, megabytes a second and the number of masked values."""
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    best, num_masked = float("inf"), 0
    for _ in range(3):
        start = time.process_time()
        num_masked = sum(sum(Masker(_KINDS).mask(text).counts.values()) for text in texts)
        best = min(best, time.process_time() - start)
    return megabytes, megabytes / best, num_masked


def _growth(piece: str, num_chars: int) -> tuple[float, float]:
    """Return megabytes a second, and the cost of 8 times as much text, divided by 8 times the cost."""
    seconds = []
    for size in (num_chars, 8 * num_chars):
        text = piece * (size // len(piece))
        start = time.process_time()
        Masker(_KINDS).mask(text)
        seconds.append(max(time.process_time() - start, 1e-4))
    return 8 * num_chars / 1e6 / seconds[1], seconds[1] / seconds[0] / 8


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
