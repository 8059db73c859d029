"""What structural rows come of real documents: how many, of which kinds, how evenly, and from how many none.

    python -m benchmarks.structural_rows --data DIR [--documents 320] [--quick] [--seed 17] [--sample N --sheet FILE]

DIR has a folder for each domain (`legal`, `manual`, `code`, `dialogue`) with a folder a language below (code: one a
project). Documents are drawn by seed and go through the build's own ingest, synthesize (no teacher) and selection;
nothing is rendered. `--sheet` writes rows drawn at random, evenly over task and language, to be read one by one against
their document; a name that ends in `.tsv` gives a table, any other markdown.

A full run (neither `--quick` nor `--documents`) also writes `benchmarks/results/structural-rows.md`.

Prints tables, and one JSON object as the last line: `documents`, `contexts`, `without_row_share`, `rows`,
`questions_per_10k_chars` (by domain and language), `task_shares`, `domain_shares`, `language_shares`, `trivial_share`,
`depth_deciles` (shares), `mirrored_pairs`, `without_row` and `refusals` (counts by reason), `seconds`. Exit 2 where the
folder holds no document.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from benchmarks._results import table_row, write_results
from benchmarks._structural_documents import write_contexts
from pipeline.config.build import StructuralRecipe, SynthesizeRecipe, WrittenRecipe
from pipeline.config.export import ExportRecipe
from pipeline.config.packing import PackingRecipe
from pipeline.errors import PipelineError
from pipeline.export.selection import Choice
from pipeline.identity import stable_hash64
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.io.parts import read_part, read_parts
from pipeline.records import Candidate, Rejection
from pipeline.stages.asked import AskedContext, contexts_without_row
from pipeline.stages.export import ExportWork, plan_export_shards
from pipeline.stages.selection_steps import plan_selection
from pipeline.stages.shards import plan_synthesize_shards
from pipeline.stages.synthesize import SynthesizeWork

_RESULTS = Path(__file__).parent / "results" / "structural-rows.md"
_NUM_DOCUMENTS, _NUM_QUICK_DOCUMENTS = 320, 24
_DECILES = 10
_CHARS = 10_000
_MAX_REASONS = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    num_documents: int
    contexts: Mapping[str, AskedContext]
    rows: Sequence[Candidate]
    without_row: Counter[str]
    refusals: Counter[str]
    dropped: Counter[str]
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.structural_rows", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with a folder for each domain")
    parser.add_argument("--documents", type=int, help=f"how many are drawn; {_NUM_DOCUMENTS} where not given")
    parser.add_argument("--quick", action="store_true", help="few documents; ends within 50 s on 2 cores")
    parser.add_argument("--seed", type=int, default=17, help="of the documents, the rows and the sheet")
    parser.add_argument("--sample", type=int, default=300, help="rows of the sheet")
    parser.add_argument("--sheet", type=Path, help="file to write rows to, for reading them one by one")
    options = parser.parse_args(arguments)
    count = options.documents or (_NUM_QUICK_DOCUMENTS if options.quick else _NUM_DOCUMENTS)
    with tempfile.TemporaryDirectory(prefix="structural-rows-") as root:
        try:
            measured = _measure(options.data, BuildFolder(root), num_documents=count, seed=options.seed)
        except PipelineError as error:
            print(f"{error.message} {error.remedy}")
            return 2
    if options.sheet is not None:
        rows = draw_rows(measured.rows, count=options.sample, seed=options.seed)
        options.sheet.write_text(_sheet(rows, measured.contexts, options.data, options.sheet.suffix), encoding="utf-8")
    summary = _summary(measured)
    lines = list(_lines(summary))
    print("\n".join(lines))
    if not options.quick and not options.documents:
        versions = {"command": f"`python -m benchmarks.structural_rows --data DIR --seed {options.seed}`"}
        write_results(_RESULTS, title="Structural rows of real documents", versions=versions, lines=lines)
    for one, other in mirrored_pairs(measured.rows):
        print(f"mirrored: {one.question} | {one.answer[:80]} | {other.question} | {other.answer[:80]}")
    print(json.dumps(summary, ensure_ascii=False))
    return 0


def draw_rows(rows: Sequence[Candidate], *, count: int, seed: int) -> list[Candidate]:
    """Rows in turn from each task and language, in an order by seed."""
    groups: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: stable_hash64(seed, "sheet", row.candidate_id)):
        groups[row.task, row.language].append(row)
    drawn: list[Candidate] = []
    for turn in range(max(map(len, groups.values()), default=0)):
        drawn += [groups[key][turn] for key in sorted(groups) if turn < len(groups[key])]
    return sorted(drawn[:count], key=lambda row: (row.task, row.language, row.candidate_id))


def count_mirrored(rows: Sequence[Candidate]) -> int:
    """Pairs of rows of one context that quote the same evidence, or answer with what the other one asks about."""
    return sum(1 for _ in mirrored_pairs(rows))


def mirrored_pairs(rows: Sequence[Candidate]) -> Iterator[tuple[Candidate, Candidate]]:
    """Rows of one context that ask about the same thing from two sides."""
    by_context: dict[str, list[Candidate]] = defaultdict(list)
    for row in rows:
        by_context[row.doc_id].append(row)
    for own in by_context.values():
        yield from (pair for pair in combinations(_by_place(own), 2) if _is_mirrored(*pair))


def _by_place(rows: Sequence[Candidate]) -> list[Candidate]:
    return sorted(rows, key=lambda row: row.evidence[0].start)


def _is_mirrored(one: Candidate, other: Candidate) -> bool:
    spans = [{(item.start, item.end) for item in row.evidence} for row in (one, other)]
    if spans[0] == spans[1]:
        return True
    meets = any(
        mine.start < theirs.end and theirs.start < mine.end for mine in one.evidence for theirs in other.evidence
    )
    return meets and _names(other.question, one.answer) and _names(one.question, other.answer)


def _names(question: str, answer: str) -> bool:
    """Whether a question names an answer as a whole: `Section 1` is not named by `Section 1.5`."""
    words = r"\s+".join(map(re.escape, answer.split()))
    return re.search(rf"(?<![\w.]){words}(?!\w|\.\w)", question, re.IGNORECASE) is not None


def _measure(data: Path, folder: BuildFolder, *, num_documents: int, seed: int) -> Measured:
    started = time.perf_counter()
    num_documents = write_contexts(data, folder, num_documents=num_documents, seed=seed)
    recipe = SynthesizeRecipe(written=WrittenRecipe(tasks=()), structural=StructuralRecipe())
    ask = SynthesizeWork(recipe=recipe, tokenizer=EMBEDDED_MODEL, seed=seed, fingerprint="f")
    for shard in plan_synthesize_shards(folder):
        with ShardLedger(folder=folder, stage="synthesize", shard_id=shard.shard_id, fingerprint="f") as ledger:
            ask.run(shard, folder, ledger)
    work = ExportWork(
        recipe=ExportRecipe(),
        packing=PackingRecipe(),
        pack_edges=(4096,),
        tokenizer=EMBEDDED_MODEL,
        seed=seed,
        fingerprint="f",
    )
    shards = plan_export_shards(folder)
    for step in plan_selection(shards, recipe=work.recipe, seed=seed, fingerprint="f"):
        for shard in step.shards:
            name = step.work.stage
            with ShardLedger(folder=folder, stage=name, shard_id=shard.shard_id, fingerprint="f") as ledger:
                step.work.run(shard, folder, ledger)
    choices = {
        choice.candidate_id: choice
        for shard in shards
        for choice in read_part(folder.selection_part(shard.shard_id), Choice)
    }
    candidates = list(read_parts(folder.candidates, Candidate))
    rows = [candidate for candidate in candidates if not choices[candidate.candidate_id].reason]
    silent = contexts_without_row(
        folder,
        candidates={candidate.candidate_id: candidate.doc_id for candidate in candidates},
        with_row={row.doc_id for row in rows},
    )
    asked = {context.doc_id: context for context in read_parts(folder.asked, AskedContext)}
    undecided = {row.doc_id: choices[row.candidate_id].reason for row in candidates}
    refused = (item for item in read_parts(folder.rejected, Rejection) if item.stage == "synthesize")
    return Measured(
        num_documents=num_documents,
        contexts=asked,
        rows=rows,
        without_row=Counter(
            f"{context.domain}/{context.language}: {undecided.get(context.doc_id, context.reason)}"
            for context in silent
        ),
        refusals=Counter(f"{item.detail.partition(':')[0]}: {item.reason}" for item in refused),
        dropped=Counter(choice.reason for choice in choices.values() if choice.reason),
        seconds=time.perf_counter() - started,
    )


def _summary(measured: Measured) -> dict[str, object]:
    rows = measured.rows
    chars: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for context in measured.contexts.values():
        chars[f"{context.domain}/{context.language}"] += context.num_chars
    counts.update(f"{row.domain}/{row.language}" for row in rows)
    deciles = Counter(min(_DECILES - 1, int(row.evidence[0].depth * _DECILES)) for row in rows)
    return {
        "documents": measured.num_documents,
        "contexts": len(measured.contexts),
        "without_row_share": round(measured.without_row.total() / max(1, len(measured.contexts)), 3),
        "rows": len(rows),
        "questions_per_10k_chars": {key: round(counts[key] * _CHARS / chars[key], 2) for key in sorted(chars)},
        "task_shares": _shares(Counter(row.task for row in rows)),
        "domain_shares": _shares(Counter(row.domain for row in rows)),
        "language_shares": _shares(Counter(row.language for row in rows)),
        "trivial_share": round(sum(row.is_trivial for row in rows) / max(1, len(rows)), 3),
        "depth_deciles": [round(deciles[number] / max(1, len(rows)), 3) for number in range(_DECILES)],
        "mirrored_pairs": count_mirrored(rows),
        "without_row": dict(measured.without_row.most_common()),
        "refusals": dict(measured.refusals.most_common(_MAX_REASONS)),
        "not_chosen": dict(measured.dropped.most_common()),
        "seconds": round(measured.seconds, 1),
    }


def _shares(counts: Counter[str]) -> dict[str, float]:
    return {key: round(count / counts.total(), 3) for key, count in counts.most_common()}


def _lines(summary: Mapping[str, object]) -> Iterator[str]:
    for key, value in summary.items():
        if isinstance(value, dict):
            yield ""
            yield table_row(key.replace("_", " "), [""])
            yield table_row("---", ["---:"])
            yield from (table_row(name, [str(count)]) for name, count in value.items())
        else:
            yield f"{key.replace('_', ' ')}: {value}"
    yield ""


def _sheet(rows: Sequence[Candidate], contexts: Mapping[str, AskedContext], data: Path, suffix: str) -> str:
    pieces = []
    for number, row in enumerate(rows, start=1):
        source = contexts[row.doc_id].source_uri.removeprefix(str(data)).lstrip("/")
        place = f"{source} @{contexts[row.doc_id].source_offset}+{row.evidence[0].start}"
        quotes = "\n…\n".join(item.quote for item in row.evidence)
        if suffix == ".tsv":
            cells = (str(number), row.task, row.form, row.language, place, row.question, row.answer, quotes, "", "")
            pieces.append("\t".join(cell.replace("\t", " ").replace("\n", " ⏎ ") for cell in cells))
        else:
            quoted = "\n".join(f"> {line}" for line in quotes.split("\n"))
            head = f"## {number}. {row.form} ({row.language})"
            pieces.append(f"{head}\n\n{place}\n\n**{row.question}**\n\n{row.answer}\n\n{quoted}\n")
    columns = "number\ttask\tform\tlanguage\tplace\tquestion\tanswer\tevidence\tverdict\treason"
    return "\n".join([columns, *pieces] if suffix == ".tsv" else pieces) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
