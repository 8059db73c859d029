"""What the quality rules drop, of samples and of real documents, and how fast they are beside datatrove's filter.

    python -m benchmarks.quality [--data DIR] [--rounds 3] [--quick]

The samples are those of `tests/quality_samples`: short documents of our own making that a person would keep, and junk.
DIR holds a folder for each domain, with real documents, which a person would keep too; without it, the bundled
documents are read. A document is in the language whose letters fill most of it. Each is judged by the rules of its
detected domain, and by datatrove's
GopherRepetitionFilter with twice the published limits on the same windows, rejected if it drops more than three
quarters of them. `--quick` reads at most 60 documents of each domain.

Then both repetition filters judge the same windows of legal texts and manuals, in turn, with the same limits; their
verdicts must be equal. The second comparison is of the whole decision about a document: all rules, against datatrove's
filter on every window.

Prints the tables and one JSON object as the last line: `good` and `bad` (numbers of samples), `good_kept`,
`bad_dropped`, `real` and `real_dropped` (documents), `ratio_repetition` and `ratio_decision` (datatrove's CPU seconds ÷
ours, best round). Exit 2 if datatrove is missing.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pipeline
from benchmarks._results import MissingPeerError, table_row, write_results
from pipeline.clean.normalise import normalise
from pipeline.clean.quality import find_junk
from pipeline.clean.repetition import find_repetition
from pipeline.clean.windows import windows_of
from pipeline.config.build import CleanRecipe, IngestRecipe, InputSource, QualityFilter
from pipeline.documents.discovery import discover
from pipeline.documents.domain import detect_domain
from pipeline.documents.items import TO_THE_END, Segment
from pipeline.documents.readers.reader import Extract, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment
from pipeline.domains.quality_rules import RepetitionLimits
from pipeline.languages import all_rules
from tests.quality_samples import BAD, GOOD
from tests.quality_samples.sample import Sample

_FILTERS = tuple(QualityFilter)
_PROSE = ("legal", "manual")
_MAX_JUNK_SHARE = 0.75
_QUICK_DOCUMENTS = 60
_SAMPLED_CHARS = 20_000
_PUBLISHED = RepetitionLimits()
_TWICE = RepetitionLimits(
    lines=2 * _PUBLISHED.lines,
    line_chars=2 * _PUBLISHED.line_chars,
    paragraphs=2 * _PUBLISHED.paragraphs,
    paragraph_chars=2 * _PUBLISHED.paragraph_chars,
    top_phrases=tuple((num_words, 2 * limit) for num_words, limit in _PUBLISHED.top_phrases),
    repeated_phrases=tuple((num_words, 2 * limit) for num_words, limit in _PUBLISHED.repeated_phrases),
)
Verdict = Callable[[str], bool]
"""Returns whether a window is dropped."""


@dataclass(frozen=True, slots=True)
class Found:
    """A real document."""

    key: str
    domain: str
    language: str
    text: str


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.quality")
    parser.add_argument("--data", type=Path, default=Path(pipeline.__file__).parent / "bundled" / "documents")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", type=Path, help="file for the results, such as benchmarks/results/quality.md")
    options = parser.parse_args(arguments)
    try:
        peer = _datatrove()
    except MissingPeerError as error:
        print(error, file=sys.stderr)
        return 2
    documents = list(_documents(options.data, _QUICK_DOCUMENTS if options.quick else sys.maxsize))
    samples, sample_figures = _judge_samples(peer)
    real, real_figures = _judge_documents(documents, peer)
    speed, speed_figures = _measure(documents, peer, options.rounds)
    lines = [*samples, "", *real, "", *speed]
    print("\n".join(lines))
    if options.write:
        versions = {"datatrove": version("datatrove")}
        write_results(options.write, title="Quality rules", versions=versions, lines=lines)
    print(json.dumps(sample_figures | real_figures | speed_figures))
    return 0


def _datatrove() -> Verdict:
    try:
        from tests.clean.datatrove_filter import datatrove_filter, rule_of
    except ImportError as error:
        raise MissingPeerError(f"The peer is missing ({error}). Install: pip install -e '.[bench]'") from error
    gopher = datatrove_filter(_TWICE)
    return lambda window: rule_of(gopher, window) is not None


def _documents(folder: Path, most: int) -> Iterator[Found]:
    ingest = IngestRecipe()
    limits = ReadLimits(
        ingest.max_record_bytes, ingest.max_inflation_ratio, ingest.max_parser_seconds, ingest.max_parser_bytes
    )
    settings = ReadSettings("text", "title", limits, ReadOptions())
    read: Counter[str] = Counter()
    for item in discover([InputSource(path=str(folder))]).items:
        for extract in read_segment(Segment(item, 0, TO_THE_END, item.num_bytes), settings):
            if not isinstance(extract, Extract) or len(extract.text) < CleanRecipe().min_chars:
                continue
            domain = detect_domain(text=extract.text, is_code=extract.is_code, is_conversation=extract.is_conversation)
            read[domain] += 1
            if read[domain] <= most:
                text = normalise(text=extract.text, domain=domain)
                yield Found(item.key, domain, _language_of(text), text)


def _language_of(text: str) -> str:
    sample = text[:_SAMPLED_CHARS]
    counts = {code: len(re.findall(f"[{rules.detection.letters}]", sample)) for code, rules in all_rules()}
    weights = {code: counts[code] * (2.5 if rules.detection.owns_script else 1) for code, rules in all_rules()}
    return max(weights, key=weights.__getitem__)


def _judge_samples(peer: Verdict) -> tuple[list[str], dict[str, int]]:
    lines = [
        "| samples | domain | number | right | datatrove's filter right |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    wrong: list[str] = []
    right: Counter[str] = Counter()
    for kind, samples in (("to keep", GOOD), ("junk", BAD)):
        for domain in sorted({sample.domain for sample in samples}):
            group = [sample for sample in samples if sample.domain == domain]
            verdicts = [(sample, _rule_for(sample), _drops(peer, sample.text)) for sample in group]
            ours = sum((rule == "") == (kind == "to keep") for _, rule, _ in verdicts)
            theirs = sum(dropped == (kind == "junk") for _, _, dropped in verdicts)
            right[kind] += ours
            lines.append(table_row(kind, [domain, str(len(group)), str(ours), str(theirs)]))
            wrong += [
                f"{kind}: {sample.name} ({domain}, {sample.language}) {rule}"
                for sample, rule, _ in verdicts
                if (rule == "") != (kind == "to keep")
            ]
    lines += ["", "Judged wrongly: " + ("; ".join(wrong) or "none") + "."]
    rules = Counter(rule for sample in BAD if (rule := _rule_for(sample)))
    by_rule = ", ".join(f"{rule} {number}" for rule, number in rules.most_common())
    lines += ["", f"Junk by the rule that drops it: {by_rule}."]
    figures = {"good": len(GOOD), "good_kept": right["to keep"], "bad": len(BAD), "bad_dropped": right["junk"]}
    return lines, figures


def _rule_for(sample: Sample) -> str:
    return _rule(normalise(text=sample.text, domain=sample.domain), sample.domain, sample.language)


def _rule(text: str, domain: str, language: str) -> str:
    """Return the name of the rule for which a document is dropped; empty if it is kept."""
    found = find_junk(text=text, domain=domain, language=language, quality_filters=_FILTERS)
    return found.detail.split("most often ")[1].split(":")[0] if found else ""


def _drops(peer: Verdict, text: str) -> bool:
    windows = windows_of(text)
    return sum(map(peer, windows)) > _MAX_JUNK_SHARE * len(windows)


def _judge_documents(documents: Sequence[Found], peer: Verdict) -> tuple[list[str], dict[str, int]]:
    lines = [
        "| real documents | language | number | dropped | dropped by datatrove's filter |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    dropped: list[tuple[Found, str]] = []
    for domain, language in sorted({(document.domain, document.language) for document in documents}):
        group = [document for document in documents if (document.domain, document.language) == (domain, language)]
        ours = [(document, rule) for document in group if (rule := _rule(document.text, domain, language))]
        theirs = sum(_drops(peer, document.text) for document in group)
        dropped += ours
        lines.append(table_row(domain, [language, str(len(group)), str(len(ours)), str(theirs)]))
    lines += ["", "Dropped: " + ("; ".join(f"{found.key} ({rule})" for found, rule in dropped) or "none") + "."]
    return lines, {"real": len(documents), "real_dropped": len(dropped)}


def _measure(documents: Sequence[Found], peer: Verdict, rounds: int) -> tuple[list[str], dict[str, float]]:
    prose = [document for document in documents if document.domain in _PROSE]
    windows = [window for document in prose for window in windows_of(document.text)]
    num_mb = sum(len(window.encode()) for window in windows) / 1e6
    theirs, ours = _in_turn(
        lambda: [peer(window) for window in windows],
        lambda: [find_repetition(window, _TWICE) is not None for window in windows],
        rounds,
    )
    whole, decided = _in_turn(
        lambda: [_drops(peer, document.text) for document in prose],
        lambda: [_rule(document.text, document.domain, document.language) for document in prose],
        rounds,
        are_equal=lambda _first, _second: True,
    )
    lines = [
        f"| {num_mb:.1f} MB of windows of legal texts and manuals | datatrove | ours | ratio |",
        "| --- | ---: | ---: | ---: |",
        table_row("repetition, MB/s", [f"{num_mb / theirs:.1f}", f"{num_mb / ours:.1f}", f"{theirs / ours:.1f}"]),
        table_row("decision, CPU seconds", [f"{whole:.2f}", f"{decided:.2f}", f"{whole / decided:.1f}"]),
    ]
    return lines, {"ratio_repetition": round(theirs / ours, 2), "ratio_decision": round(whole / decided, 2)}


def _in_turn(
    first: Callable[[], list[Any]],  # Any: verdicts, compared with each other only
    second: Callable[[], list[Any]],
    rounds: int,
    are_equal: Callable[[list[Any], list[Any]], bool] = lambda first, second: first == second,
) -> tuple[float, float]:
    """Return the CPU seconds of the best round of two functions that take turns."""
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        results = []
        for index, run in enumerate((first, second)):
            begin = time.process_time()
            results.append(run())
            best[index] = min(best[index], time.process_time() - begin)
        assert are_equal(*results), "our verdicts differ from datatrove's"
    return best[0], best[1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
