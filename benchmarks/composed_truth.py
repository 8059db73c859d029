"""Every composed answer of a build, computed a second time from the raw text by code that the tasks do not share.

    python -m benchmarks.composed_truth BUILD [BUILD …] [--differing FILE] [--write]

BUILD is a folder that `build-sft` wrote with `written: {tasks: []}`; its candidates are read, and the text of their
contexts. Python code is parsed by `ast`; provisions, sums, turns, options and tables are found by line patterns; rows
of several documents are searched document by document. A check that cannot decide, for example because a number stands
at the start of several lines, says so and counts as undecided.

Prints a table by task and language, a table of the candidates for each 100 documents, and one JSON object as the last
line: by task, `agrees`, `differs`, `undecided`.
`--differing` writes the candidates that differ, to be read. `--write` also writes
`benchmarks/results/composed-truth.md`. Exit 2 if a build has no composed candidate.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from benchmarks import _composed_code as code
from benchmarks import _composed_numbers as numbers
from benchmarks import _composed_rows as rows
from benchmarks import _composed_text as text
from benchmarks._results import table_row, write_results
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_parts
from pipeline.records import Candidate, Context

_RESULTS = Path(__file__).parent / "results" / "composed-truth.md"
_OF_TEXT: Mapping[str, Callable[[str, str, str], bool | None]] = {
    "callers": code.callers,
    "exceptions": code.exceptions,
    "followed_definition": code.followed_definition,
    "absent_function": code.absent_function,
    "followed_reference": numbers.followed_reference,
    "followed_entry": text.followed_entry,
    "cross_reference": numbers.cross_reference,
    "contents": text.contents,
    "extreme": numbers.extreme,
    "terms": numbers.terms,
    "said": text.said,
    "column": text.column,
    "table_condition": text.table_condition,
}
_OF_ROWS: Mapping[str, Callable[[str, str, rows.Texts], bool | None]] = {
    "same_field": rows.same_field,
    "which_document": rows.which_document,
    "version_change": rows.version_change,
}
_ABSENT = ("absent_provision", "absent_topic", "absent_speaker")
_LOOK_UPS = frozenset({"cross_reference.law"})
"""Forms of these tasks that compose nothing."""
_EXCERPT_CHARS = 1500


class Verdict(StrEnum):
    """What the second computation says of an answer."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNDECIDED = "undecided"


def main(arguments: Sequence[str]) -> int:
    """Run the check; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.composed_truth", description=__doc__)
    parser.add_argument("builds", type=Path, nargs="+", help="folders that build-sft wrote")
    parser.add_argument("--differing", type=Path, help="file to write the candidates that differ to")
    parser.add_argument("--write", action="store_true", help="write the table to benchmarks/results")
    options = parser.parse_args(arguments)
    counts: Counter[tuple[str, str, Verdict]] = Counter()
    asked: Counter[tuple[str, str]] = Counter()
    documents: Counter[str] = Counter()
    differing = []
    for build in options.builds:
        contexts = {context.doc_id: context for context in read_parts(BuildFolder(str(build)).corpus, Context)}
        for context in contexts.values():
            documents[f"{context.domain}/{context.language}"] += max(1, len(context.members))
        for candidate, verdict in _judged(BuildFolder(str(build)), contexts):
            counts[candidate.task, candidate.language, verdict] += 1
            asked[candidate.task, f"{candidate.domain}/{candidate.language}"] += 1
            if verdict is Verdict.DIFFERS:
                quotes = " … ".join(item.quote[:80] for item in candidate.evidence[:8])
                differing.append(
                    f"{candidate.form} {candidate.language} {candidate.doc_id}\n{candidate.question}\n"
                    f"{candidate.answer[:_EXCERPT_CHARS]}\n{quotes}\n"
                )
    if not counts:
        print("The builds have no composed candidates. Build with synthesize.written.tasks: [].")
        return 2
    if options.differing is not None:
        options.differing.write_text("\n".join(differing), encoding="utf-8")
    lines = [*_lines(counts), *_coverage(asked, documents)]
    print("\n".join(lines))
    if options.write:
        versions = {"command": "`python -m benchmarks.composed_truth BUILD …`"}
        write_results(_RESULTS, title="Composed answers computed a second time", versions=versions, lines=lines)
    tasks = sorted({task for task, _, _ in counts})
    print(json.dumps({task: {verdict.value: _sum(counts, task, verdict) for verdict in Verdict} for task in tasks}))
    return 0


def verdict_of(candidate: Candidate, context: Context) -> Verdict | None:
    """Return what the second computation says of a candidate; None for a task that is not composed."""
    if candidate.form in _LOOK_UPS:
        return None
    texts = _texts(context)
    question, answer = candidate.question, candidate.answer
    if candidate.task in _OF_ROWS:
        agrees = _OF_ROWS[candidate.task](question, answer, texts)
    elif candidate.task in _OF_TEXT:
        own = _own_text(question, texts, context)
        agrees = _OF_TEXT[candidate.task](_without_names(question, texts), answer, own)
    elif candidate.task in _ABSENT:
        own = _own_text(question, texts, context)
        agrees = text.absent(_without_names(question, texts), answer, own, candidate.form)
    else:
        return None
    return Verdict.UNDECIDED if agrees is None else Verdict.AGREES if agrees else Verdict.DIFFERS


def _judged(folder: BuildFolder, contexts: Mapping[str, Context]) -> Iterator[tuple[Candidate, Verdict]]:
    for candidate in read_parts(folder.candidates, Candidate):
        verdict = verdict_of(candidate, contexts[candidate.doc_id])
        if verdict is not None:
            yield candidate, verdict


def _texts(context: Context) -> dict[str, str]:
    """Return the text of each document of a row, by the names that a question may use for it."""
    found = {}
    for number, member in enumerate(context.members, start=1):
        own = context.text[member.start : member.end]
        title = " ".join(member.title.split())
        for name in (f"“{title}”", f"「{title}」", f"document {number}", f"문서 {number}"):
            found[name] = own
    return found


def _own_text(question: str, texts: Mapping[str, str], context: Context) -> str:
    """Return the text of the document that a question names; the whole text if it names none."""
    return next((own for name, own in texts.items() if name.casefold() in question.casefold()), context.text)


def _without_names(question: str, texts: Mapping[str, str]) -> str:
    for name in texts:
        question = question.replace(f" of {name}", " of this document").replace(name, "")
    return question


def _sum(counts: Counter[tuple[str, str, Verdict]], task: str, verdict: Verdict) -> int:
    return sum(count for (name, _, other), count in counts.items() if (name, other) == (task, verdict))


def _lines(counts: Counter[tuple[str, str, Verdict]]) -> Iterator[str]:
    yield table_row("task, language", ["agrees", "differs", "undecided"])
    yield table_row("---", ["---:"] * 3)
    for task, language in sorted({(task, language) for task, language, _ in counts}):
        yield table_row(f"{task} {language}", [str(counts[task, language, verdict]) for verdict in Verdict])
    totals = [sum(count for (_, _, other), count in counts.items() if other is verdict) for verdict in Verdict]
    yield table_row("all", [str(total) for total in totals])
    yield ""


def _coverage(asked: Counter[tuple[str, str]], documents: Counter[str]) -> Iterator[str]:
    """Yield the table of candidates for each 100 documents, by task and by the domain and language of the document."""
    groups = sorted(documents)
    yield "Candidates for 100 documents (a long document is several contexts; each counts)"
    yield ""
    yield table_row("task", [f"{group} ({documents[group]})" for group in groups])
    yield table_row("---", ["---:"] * len(groups))
    for task in sorted({task for task, _ in asked}):
        yield table_row(task, [str(round(100 * asked[task, group] / documents[group])) for group in groups])
    yield ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
