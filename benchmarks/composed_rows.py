"""How much of a document the questions of a build need, and how many of its tokens teach.

    python -m benchmarks.composed_rows --data DIR [--before DIR] [--quick] [--seed 17] [--output DIR]

DIR is a finished build, or a folder with a folder for each domain (`legal`, `manual`, `code`, `dialogue`). Of such a
folder, 300 documents are drawn (24 with `--quick`; see `_drawn_documents`) and built with the default recipe and no
teacher, in `--output` or a temporary folder. `--before` names a build of the same documents, made by any version.

A question needs several places or the whole context if the document does not answer it, if its own evidence lies in
several documents or has quotes with more than 1,000 characters between them, or if its answer lists, counts or compares
all of a kind. This is read from the rows about documents themselves, without the code that selects them.

Prints tables, and one JSON object as the last line: `documents` (that the build kept), `contexts` (with a row), `rows`,
`turns`, `turns_per_row`, `composed_share` (of turns), `needs` (shares of turns), `aggregates_in_one_place` (share of
turns), `families` (turns by language), `missing_families` (families that a language does not have), `tokens`,
`loss_tokens`, `loss_share`, and with `--before` its `before_loss_share` and `times`. Without `--quick`, it also writes
`benchmarks/results/composed-rows.md`. Exits with 2 if there is no document or no row.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks._drawn_documents import draw_documents
from benchmarks._results import table_row, write_results
from pipeline.errors import PipelineError
from pipeline.records import TaskFamily

_FAR_CHARS = 1000
_NUM_FILES, _NUM_QUICK_FILES = 300, 24
_RESULTS = Path(__file__).parent / "results" / "composed-rows.md"
_ONE_PLACE, _FAR_APART, _DOCUMENTS = "one place", "far apart", "several documents"
_ALL, _ABSENT = "all of a kind", "not in the document"


@dataclass(slots=True)
class Measured:
    """The counts of one build."""

    num_documents: int = 0
    contexts: set[str] = field(default_factory=set)
    num_rows: int = 0
    tokens: int = 0
    loss_tokens: int = 0
    needs: Counter[str] = field(default_factory=Counter)
    """Turns by what they need."""
    needs_by_language: Counter[tuple[str, str]] = field(default_factory=Counter)
    tight_aggregates: int = 0
    families: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Turns by family and language."""
    tasks: Counter[tuple[str, str]] = field(default_factory=Counter)
    family_loss: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.composed_rows", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a finished build, or a folder of documents")
    parser.add_argument("--before", type=Path, help="a build of the same documents to compare with")
    parser.add_argument("--quick", action="store_true", help="few documents; nothing is written to results/")
    parser.add_argument("--seed", type=int, default=17, help="of the drawn documents")
    parser.add_argument("--output", type=Path, help="where documents and build are kept")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="composed-rows-") as temporary:
        try:
            build = _build_of(options, options.output or Path(temporary))
        except PipelineError as error:
            print(f"{error.message} {error.remedy}")
            return 2
        except subprocess.CalledProcessError as error:
            print(f"The build failed with exit code {error.returncode}.")
            return 2
        measured = measure(build)
    if not measured.num_rows:
        print(f"{build} has no rows.")
        return 2
    before = token_shares(options.before) if options.before else None
    summary = summarise(measured, before)
    lines = list(_lines(measured, summary))
    print("\n".join(lines))
    if not options.quick:
        versions = {"command": f"`python -m benchmarks.composed_rows --data DIR --seed {options.seed}`"}
        write_results(_RESULTS, title="What composed rows need and teach", versions=versions, lines=lines)
    print(json.dumps(summary, ensure_ascii=False))
    return 0


def measure(build: Path) -> Measured:
    """Return the counts of a finished build."""
    members = dict(_member_starts(build))
    spans = {row["row_id"]: row["answer_spans"] for row in _rows(build / "tokens", ["row_id", "answer_spans"])}
    stages = json.loads((build / "manifest.json").read_text(encoding="utf-8"))["stages"]
    measured = Measured(num_documents=stages["pack"]["num_in"])
    columns = ["id", "doc_ids", "turns", "evidence", "language", "domain", "num_tokens", "num_loss_tokens"]
    about_documents = (row for row in _rows(build / "sft", columns) if row["doc_ids"])
    for row in about_documents:
        measured.num_rows += 1
        measured.tokens += row["num_tokens"]
        measured.loss_tokens += row["num_loss_tokens"]
        context = row["doc_ids"][0]
        measured.contexts.add(context)
        for number, turn in enumerate(row["turns"]):
            own = [(one["start"], one["end"]) for one in row["evidence"] if one["turn"] == number]
            needs = needs_of(turn["family"], own, members[context])
            measured.needs[needs] += 1
            measured.needs_by_language[needs, row["language"]] += 1
            measured.tight_aggregates += needs == _ALL and not _is_far(own)
            measured.families[turn["family"], row["language"]] += 1
            measured.tasks[turn["task"], row["language"]] += 1
            measured.domains[f"{row['domain']}/{row['language']}"] += 1
            span = spans[row["id"]][number]
            measured.family_loss[turn["family"]] += span["end"] - span["start"]
    return measured


def needs_of(family: str, spans: Sequence[tuple[int, int]], member_starts: Sequence[int]) -> str:
    """Return what a question needs from its context, given the offsets of its quotes and of the joined documents."""
    if family == TaskFamily.NOT_ANSWERABLE:
        return _ABSENT
    if len({bisect_right(member_starts, start) for start, _ in spans}) > 1:
        return _DOCUMENTS
    if family == TaskFamily.AGGREGATE:
        return _ALL
    return _FAR_APART if _is_far(spans) else _ONE_PLACE


def token_shares(build: Path) -> tuple[int, int]:
    """Return the tokens and the answer tokens of a build of any version, from `tokens/`."""
    tokens = loss = 0
    for row in _rows(build / "tokens", ["num_tokens", "answer_spans"]):
        tokens += row["num_tokens"]
        loss += sum(span["end"] - span["start"] for span in row["answer_spans"])
    return tokens, loss


def summarise(measured: Measured, before: tuple[int, int] | None) -> dict[str, Any]:
    """Return the figures of the last line."""
    num_turns = measured.needs.total()
    languages = sorted({language for _, language in measured.families})
    families: dict[str, dict[str, int]] = {
        family.value: {language: measured.families[family.value, language] for language in languages}
        for family in TaskFamily
        if family not in (TaskFamily.SUMMARY, TaskFamily.INSTRUCTION)  # they need a teacher, or data of the user
    }
    loss_share = measured.loss_tokens / measured.tokens
    summary: dict[str, Any] = {
        "documents": measured.num_documents,
        "contexts": len(measured.contexts),
        "rows": measured.num_rows,
        "turns": num_turns,
        "turns_per_row": round(num_turns / measured.num_rows, 2),
        "composed_share": round(1 - measured.needs[_ONE_PLACE] / num_turns, 3),
        "needs": {name: round(count / num_turns, 3) for name, count in measured.needs.most_common()},
        "aggregates_in_one_place": round(measured.tight_aggregates / num_turns, 3),
        "families": families,
        "missing_families": [
            f"{family}/{language}"
            for family, counts in families.items()
            for language, count in counts.items()
            if not count
        ],
        "tokens": measured.tokens,
        "loss_tokens": measured.loss_tokens,
        "loss_share": round(loss_share, 5),
        "loss_tokens_per_turn": round(measured.loss_tokens / num_turns, 1),
    }
    if before is not None:
        before_share = before[1] / before[0]
        summary |= {
            "before_tokens": before[0],
            "before_loss_tokens": before[1],
            "before_loss_share": round(before_share, 5),
            "times": round(loss_share / before_share, 2),
        }
    return summary


def _build_of(options: argparse.Namespace, output: Path) -> Path:
    if (options.data / "manifest.json").is_file():
        return Path(options.data)
    num_files = _NUM_QUICK_FILES if options.quick else _NUM_FILES
    recipe = output / "documents" / "recipe.yaml"
    if not recipe.is_file():  # an interrupted run goes on with the same files
        draw_documents(options.data, recipe.parent, num_files=num_files, seed=options.seed)
    command = [sys.executable, "-m", "pipeline", "build-sft", str(recipe), "--output", str(output / "build")]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return output / "build"


def _is_far(spans: Sequence[tuple[int, int]]) -> bool:
    return max(start for start, _ in spans) - min(end for _, end in spans) > _FAR_CHARS


def _member_starts(build: Path) -> Iterator[tuple[str, list[int]]]:
    for row in _rows(build / "corpus", ["doc_id", "members"]):
        yield row["doc_id"], [member["start"] for member in row["members"]]


def _rows(folder: Path, columns: list[str]) -> Iterator[Mapping[str, Any]]:  # Any: values of parquet
    for path in sorted(folder.rglob("*.parquet")):
        yield from pq.ParquetFile(path).read(columns=columns).to_pylist()


def _lines(measured: Measured, summary: Mapping[str, Any]) -> Iterator[str]:
    for name, value in summary.items():
        if not isinstance(value, dict):
            yield f"{name.replace('_', ' ')}: {value}"
    languages = sorted({language for _, language in measured.families})
    yield ""
    yield table_row("what a turn needs", ["share of turns", *languages])
    yield table_row("---", ["---:"] * (1 + len(languages)))
    for needs, count in measured.needs.most_common():
        own = [str(measured.needs_by_language[needs, language]) for language in languages]
        yield table_row(needs, [f"{count / measured.needs.total():.1%}", *own])
    yield ""
    yield table_row("family", [*(f"turns {language}" for language in languages), "loss tokens"])
    yield table_row("---", ["---:"] * (1 + len(languages)))
    for family, counts in summary["families"].items():
        yield table_row(family, [*map(str, counts.values()), str(measured.family_loss[family])])
    yield ""
    yield table_row("task", [f"turns {language}" for language in languages])
    yield table_row("---", ["---:"] * len(languages))
    for task in sorted({task for task, _ in measured.tasks}):
        yield table_row(task, [str(measured.tasks[task, language]) for language in languages])
    yield ""
    yield table_row("domain", ["turns"])
    yield table_row("---", ["---:"])
    yield from (table_row(domain, [str(count)]) for domain, count in sorted(measured.domains.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
