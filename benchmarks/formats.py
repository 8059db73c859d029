"""What the readers make of real files: kept, refused and failed files by format, headings, and tokens found again.

    python -m benchmarks.formats --data DIR [--only SUFFIX …] [--write DIR] [--quick]

DIR holds files in folders, and `truth/`, in which `FOLDER__FILE.md` is what a careful converter makes of
`FOLDER/FILE`. Each file is read as `pipeline build-sft` reads it, with headers, notes and comments included, but is not
cleaned. The recall of a file is the number of tokens that its text shares with the reference, in order (matching blocks
of `difflib`), divided by the tokens of the reference. Tokens are `[^\\W_]+` in lower case, after tags and data URLs
are removed. References with fewer than 40 or more than 30,000 tokens are not compared.

`--write` writes the text of each file to a folder, to be read by a person. `--quick` reads the first three files of
each format.

Files of Hangul have no references. Instead, the text of each is compared with what two other parsers find, on files
that both of them open: the recall is the share of the parser's tokens that the text has in the same order.

Prints a line for each file and a table by format. The last line is one JSON object: for each format `files`, `kept`,
`refused` and `failed` (numbers by reason), `headings`, `compared`, `mean_recall` and `least_recall`; for hwp and hwpx
also `hwp_agreement`, by parser: `compared`, `median`, `least`, and the recalls `below` .90 by file. Exits with 2 if DIR
holds no file.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from statistics import fmean, median

from benchmarks._results import table_row
from pipeline.config.build import DocumentPart, IngestRecipe, InputSource, Joining
from pipeline.documents.discovery import discover
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.marks import MarkKind
from pipeline.documents.readers.hangul.second_readings import PARSERS
from pipeline.documents.readers.reader import Extract, Failed, NotRead, Reading, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment

_TRUTH = "truth"
_TOKEN = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^<>]{1,300}>")
_DATA_URL = re.compile(r"\(?data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]*\)?")
_MIN_TOKENS, _MAX_TOKENS = 40, 30_000
_QUICK_FILES = 3
_HANGUL = ("hwp", "hwpx")
_LOW_AGREEMENT = 0.9


@dataclass(slots=True)
class FormatResult:
    """What became of the files of one format."""

    files: int = 0
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    headings: int = 0
    recalls: list[float] = field(default_factory=list)
    agreements: dict[str, dict[str, float]] = field(default_factory=dict)
    """Recalls of what other parsers find, by parser and file."""

    def as_json(self) -> dict[str, object]:
        """Return the figures as a JSON object."""
        found: dict[str, object] = {
            "files": self.files,
            "kept": self.kept,
            "refused": dict(self.refused),
            "failed": dict(self.failed),
            "headings": self.headings,
            "compared": len(self.recalls),
            "mean_recall": round(fmean(self.recalls), 4) if self.recalls else None,
            "least_recall": round(min(self.recalls), 4) if self.recalls else None,
        }
        if self.agreements:
            found["hwp_agreement"] = {parser: _agreement(recalls) for parser, recalls in self.agreements.items()}
        return found


def _agreement(recalls: Mapping[str, float]) -> dict[str, object]:
    return {
        "compared": len(recalls),
        "median": round(median(recalls.values()), 4),
        "least": round(min(recalls.values()), 4),
        "below": {name: round(recall, 4) for name, recall in sorted(recalls.items()) if recall < _LOW_AGREEMENT},
    }


def agreement_of(text: str, data: bytes, suffix: str) -> dict[str, float]:
    """Return the recall of what each other parser of Hangul finds; empty if one of them does not open the file."""
    found: dict[str, float] = {}
    for name, parse in PARSERS.items():
        try:
            recall = recall_of(text, parse(data, suffix))
        except Exception:  # noqa: BLE001  # the parser's errors are its own
            recall = None
        if recall is None:
            return {}
        found[name] = recall
    return found


def tokens_of(text: str) -> list[str]:
    """Return the tokens that are compared."""
    return _TOKEN.findall(_TAG.sub(" ", _DATA_URL.sub(" ", text)).lower())


def recall_of(text: str, reference: str) -> float | None:
    """Return the share of the reference's tokens that the text has in the same order; None if it is not compared."""
    wanted, found = tokens_of(reference), tokens_of(text)
    if not _MIN_TOKENS <= len(wanted) <= _MAX_TOKENS:
        return None
    blocks = SequenceMatcher(None, wanted, found, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(wanted)


def read_file(path: Path) -> list[Reading]:
    """Return what the readers make of one file, with everything included."""
    defaults = IngestRecipe()
    limits = ReadLimits(
        defaults.max_record_bytes,
        defaults.max_inflation_ratio,
        defaults.max_parser_seconds,
        defaults.max_parser_bytes,
    )
    options = ReadOptions(frozenset(DocumentPart), defaults.tracked_changes)
    settings = ReadSettings("text", "title", limits, options)
    items = discover([InputSource(path=str(path), join=Joining.FILE)]).items
    segments = [Segment(item, 0, TO_THE_END, item.num_bytes) for item in items]
    return [reading for segment in segments for reading in read_segment(segment, settings)]


def _suffix(path: Path) -> str:
    return path.suffix.lower().lstrip(".") or "none"


def _files(data: Path, only: Sequence[str], *, quick: bool) -> list[Path]:
    found = sorted(path for path in data.rglob("*") if path.is_file() and path.relative_to(data).parts[0] != _TRUTH)
    chosen = [path for path in found if not only or _suffix(path) in only]
    seen: Counter[str] = Counter()
    kept = []
    for path in chosen:
        seen[_suffix(path)] += 1
        if not quick or seen[_suffix(path)] <= _QUICK_FILES:
            kept.append(path)
    return kept


def _take(path: Path, data: Path, results: dict[str, FormatResult], write: Path | None) -> None:
    result = results.setdefault(_suffix(path), FormatResult())
    result.files += 1
    name = "__".join(path.relative_to(data).parts)
    readings = read_file(path)
    extracts = [reading for reading in readings if isinstance(reading, Extract)]
    refused = Counter(reading.why.reason for reading in readings if isinstance(reading, NotRead))
    errors = [reading.error for reading in readings if isinstance(reading, Failed)]
    text = "\n\n".join(extract.text for extract in extracts)
    num_headings = sum(mark.kind is MarkKind.HEADING for extract in extracts for mark in extract.marks)
    result.kept += bool(extracts)
    result.refused += refused
    result.failed += Counter(type(error).__name__ for error in errors)
    result.headings += num_headings
    truth = data / _TRUTH / f"{name}.md"
    recall = recall_of(text, truth.read_text(encoding="utf-8")) if extracts and truth.exists() else None
    if recall is not None:
        result.recalls.append(recall)
    if extracts and _suffix(path) in _HANGUL:
        for parser, share in agreement_of(text, path.read_bytes(), _suffix(path)).items():
            result.agreements.setdefault(parser, {})[name] = share
    if write is not None and extracts:
        write.mkdir(parents=True, exist_ok=True)
        (write / f"{name}.txt").write_text(text, encoding="utf-8", errors="replace")
    outcome = ", ".join([*refused, *(str(error)[:100] for error in errors)]) or "kept"
    warnings = "; ".join(warning for extract in extracts for warning in extract.warnings)
    shown = "" if recall is None else f"{recall:.3f}"
    print(table_row(name, [outcome, f"{len(text):,}", str(num_headings), shown, warnings]), flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--write", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(argv)
    paths = _files(options.data, options.only, quick=options.quick)
    if not paths:
        print(f"{options.data} holds no file to read.", file=sys.stderr)
        return 2
    results: dict[str, FormatResult] = {}
    print(table_row("file", ["outcome", "characters", "headings", "recall", "warnings"]))
    print(table_row("---", ["---"] * 5))
    for path in paths:
        _take(path, options.data, results, options.write)
    print()
    print(table_row("format", ["files", "kept", "refused", "failed", "headings", "compared", "mean", "least"]))
    print(table_row("---", ["---"] * 8))
    for name, result in sorted(results.items()):
        recalls = result.recalls
        print(
            table_row(
                name,
                [
                    str(result.files),
                    str(result.kept),
                    ", ".join(f"{reason} {number}" for reason, number in sorted(result.refused.items())),
                    ", ".join(f"{kind} {number}" for kind, number in sorted(result.failed.items())),
                    str(result.headings),
                    str(len(recalls)),
                    f"{fmean(recalls):.3f}" if recalls else "",
                    f"{min(recalls):.3f}" if recalls else "",
                ],
            )
        )
    print(json.dumps({name: result.as_json() for name, result in sorted(results.items())}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
