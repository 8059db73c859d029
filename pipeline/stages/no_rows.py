"""Explains in one message why a build has no training rows.

Takes a build folder whose export stage produced no training rows. Returns sentences about files that were not read,
documents that ingest, dedup and pack rejected, items that failed, and contexts without a row, with the remedy for the
first of these. Reads `rejected/`, `dead/` and `work/without_row/`. Used by `stages.export`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.parts import read_part, read_parts
from pipeline.records import DeadLetter, Rejection
from pipeline.stages.asked import NO_STRUCTURE, NOT_WRITTEN, ContextWithoutRow

UNSUPPORTED = "unsupported_format"
_MAX_NAMED = 6
_DOCUMENT_STAGES = ("ingest", "decontaminate", "dedup", "pack")
_CONVERT = "Convert these files to text, markdown or html first, or name different inputs."
_FAILED = "dead/ lists each item with its error; repair or remove these files, or report the error if they are sound."
_REMEDIES = {
    "ingest": "rejected/ lists each document with the reason; correct the inputs, or `clean` in the recipe.",
    "decontaminate": "decontamination/ lists each document with the evaluation items that it contains; see "
    "`decontamination` in the recipe.",
    "dedup": "rejected/ lists each document with the document that it repeats; see `dedup` in the recipe.",
    "pack": "rejected/ lists each document with the reason; see `pack` in the recipe.",
    "synthesize": "work/without_row/ lists each context with the reasons; add documents of other kinds, enable more "
    "tasks, or let a teacher write questions (synthesize.written).",
    "export": "rejected/ lists each candidate with the reason; see the shares in `export` in the recipe.",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a build has no training rows, and what to do about it."""

    message: str
    remedy: str


def why_no_rows(folder: BuildFolder) -> Explanation:
    """Return why a build has no training rows, and what to do about it."""
    suffixes: Counter[str] = Counter()
    reasons: dict[str, Counter[str]] = {}
    for rejection in read_parts(folder.rejected, Rejection):
        if rejection.reason == UNSUPPORTED:
            suffixes[_suffix(rejection.source_uri)] += 1
        else:
            reasons.setdefault(rejection.stage, Counter())[rejection.reason] += 1
    sentences = [*_unread(suffixes)]
    remedies = [_CONVERT] if suffixes else []
    for stage in _DOCUMENT_STAGES:
        if stage in reasons:
            sentences.append(
                f"{_counted(reasons[stage].total(), 'document')} dropped by {stage}: {_listed(reasons[stage])}."
            )
            remedies.append(_REMEDIES[stage])
    for stage, errors in sorted(_failures(folder).items()):
        sentences.append(
            f"{_counted(errors.total(), 'item')} not processed, because {stage} failed: {_listed(errors)}."
        )
        remedies.append(_FAILED)
    main_reasons = _main_reasons(folder)
    if main_reasons:
        sentences.append(f"{_counted(main_reasons.total(), 'context')} left without a row: {_listed(main_reasons)}.")
        remedies.append(_REMEDIES["export" if "export" in reasons else "synthesize"])
    if not sentences:
        remedy = "Name a folder, file or pattern that contains documents."
        return Explanation("The inputs contain no documents.", remedy)
    return Explanation(" ".join(sentences), remedies[0])


def _failures(folder: BuildFolder) -> dict[str, Counter[str]]:
    """Return how many items failed, by stage and type of error."""
    errors: dict[str, Counter[str]] = {}
    for letter in read_parts(folder.dead, DeadLetter):
        errors.setdefault(letter.stage, Counter())[letter.error.partition(":")[0]] += 1
    return errors


def _unread(suffixes: Mapping[str, int]) -> Iterator[str]:
    for suffix, count in sorted(suffixes.items(), key=lambda item: (-item[1], item[0]))[:_MAX_NAMED]:
        files_are, were = ("file is", "was") if count == 1 else ("files are", "were")
        yield f"{count:,} {files_are} {suffix} and {were} not read."


def _suffix(uri: str) -> str:
    name = uri.rsplit("/", 1)[-1].lower().removesuffix(".gz")
    stem, _, suffix = name.rpartition(".")
    return suffix.upper() if stem and suffix else "without an extension"


def _main_reasons(folder: BuildFolder) -> Counter[str]:
    if not files.exists(folder.without_row):
        return Counter()
    return Counter(context.reason for context in read_part(folder.without_row, ContextWithoutRow))


def _listed(reasons: Counter[str]) -> str:
    named = [f"{_WORDS.get(reason, reason)} ({count:,})" for reason, count in reasons.most_common(_MAX_NAMED)]
    return ", ".join(named)


_WORDS = {
    NO_STRUCTURE: "nothing the structural tasks could ask about",
    NOT_WRITTEN: "no teacher was asked about them",
}


def _counted(count: int, noun: str) -> str:
    return f"1 {noun} was" if count == 1 else f"{count:,} {noun}s were"
