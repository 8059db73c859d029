"""Renders the report page for a build: one HTML file made from the manifest and the summary.

Used at the end of `pipeline build-sft` and by `pipeline inspect`. Documents, answers and tracebacks are untrusted, so
the templates escape them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import DamagedFileError
from pipeline.identity import code_version, fingerprint
from pipeline.io.checked_json import read_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardReport, part_records, read_shard_report, write_shard_report
from pipeline.io.listing import file_state
from pipeline.io.outputs import find_part_problems
from pipeline.io.written import write_bytes
from pipeline.languages import language_title
from pipeline.records import Split
from pipeline.report.boilerplate_section import boilerplate_section
from pipeline.report.build_corpus import corpus_charts, token_ledger
from pipeline.report.build_summary import BuildSummary, CorpusCell, summarise_build
from pipeline.report.decontamination_section import decontamination_section
from pipeline.report.dedup_section import dedup_section
from pipeline.report.mix_section import mix_section
from pipeline.report.page import format_count, format_plural, format_share, format_tokens, render_page
from pipeline.report.written_section import written_section
from pipeline.stages.asked import NO_STRUCTURE, NOT_WRITTEN

REPORT_STAGE = "report"
"""The stage name in the shard report for the page."""
_SHARD = "00000"
OUTDATED = "does not match this manifest"


@dataclass(frozen=True, slots=True)
class Bar:
    """A table row drawn with a bar; `share` is the bar's length relative to the longest bar, from 0 to 1."""

    label: str
    value: int
    share: float


@dataclass(frozen=True, slots=True)
class StageFlow:
    """A stage's counts and whether they add up."""

    name: str
    counted: str
    num_in: int
    num_kept: int
    num_rejected: int
    num_dead: int
    seconds: float
    reconciles: bool


def write_build_report(build_folder: str) -> str:
    """Write `report.html` in a build folder, with a shard report for the page, and return the page's path.

    Raises:
        FileNotFoundError: the folder has no `manifest.json`.
        DamagedFileError: the manifest is damaged.
    """
    folder = BuildFolder(build_folder)
    manifest = read_checked(folder.manifest)
    page = render_build_report(manifest=manifest, summary=summarise_build(build_folder))
    written = write_bytes(folder.report, page.encode())
    report = ShardReport(
        stage=REPORT_STAGE,
        shard_id=_SHARD,
        fingerprint=_page_fingerprint(manifest),
        num_in=0,
        num_kept=0,
        num_rejected=0,
        num_dead=0,
        parts=tuple(part_records(folder, [written])),
    )
    write_shard_report(folder, report)
    return folder.report


def report_problem(folder: BuildFolder, *, reads_bytes: bool) -> str:
    """Return what is wrong with `report.html`, or an empty string if nothing is.

    `OUTDATED` means that the manifest or the report code has changed since the page was written, or that the page's
    shard report is missing or damaged. Any other problem means that the page is missing or was changed.

    Args:
        folder: the folder of a build whose manifest is intact.
        reads_bytes: whether to compare the page's hash too. A page newer than its shard report is always hashed.
    """
    path = folder.shard_report(REPORT_STAGE, _SHARD)
    try:
        report = read_shard_report(path)
    except (DamagedFileError, FileNotFoundError):
        return OUTDATED
    page, shard_report = file_state(folder.report), file_state(path)
    if report.fingerprint != _page_fingerprint(read_checked(folder.manifest)):
        return OUTDATED
    states = {folder.relative(folder.report): page} if page else {}
    reads_bytes = reads_bytes or bool(page and shard_report and page.changed_ns > shard_report.changed_ns)
    problems = find_part_problems(report.parts, states, folder.root, hashed=lambda _: reads_bytes)
    return next((finding.problem for finding in problems), "")


def render_build_report(*, manifest: Mapping[str, Any], summary: BuildSummary) -> str:
    """Return the HTML page for a build.

    Args:
        manifest: the content of `manifest.json`.
        summary: the summary of the build folder's tables.
    """
    stages = stage_flows(manifest)
    num_contexts = sum(cell.num_documents for cell in summary.corpus)
    num_tokens = sum(cell.num_tokens for cell in summary.corpus)
    return render_page(
        "build.html",
        manifest=manifest,
        summary=summary,
        headline=" ".join([headline(summary, stages), *_failed_requests(manifest)]),
        figures=[
            ("Training rows", format_count(summary.rows.num_rows.get(Split.TRAIN.value, 0))),
            ("Validation rows", format_count(summary.rows.num_rows.get(Split.VALIDATION.value, 0))),
            ("Questions and answers", format_count(sum(cell.num_turns for cell in summary.rows.turns))),
            ("Contexts", format_count(num_contexts)),
            ("Corpus tokens", format_count(num_tokens)),
            ("Duplicates dropped", format_count(_num_duplicates(summary))),
            *_prefix_cache_figure(manifest),
        ],
        stages=stages,
        charts=corpus_charts(summary.corpus),
        ledger=token_ledger(manifest),
        corpus_table=_corpus_table(summary.corpus),
        depth=_depth_bars(summary.rows.depth_bins),
        dedup=dedup_section(manifest),
        boilerplate=boilerplate_section(manifest, summary.boilerplate),
        decontamination=decontamination_section(manifest, summary.contamination),
        silent_sentence=_silent_sentence(summary, num_contexts),
        reason_words=_REASON_WORDS,
        mix=mix_section(manifest),
        written=written_section(manifest),
    )


def stage_flows(manifest: Mapping[str, Any]) -> list[StageFlow]:
    """Return the manifest's stages in order, each with a check that the counts add up."""
    return [
        StageFlow(
            name=name,
            counted=stage["counted"],
            num_in=stage["num_in"],
            num_kept=stage["num_kept"],
            num_rejected=stage["num_rejected"],
            num_dead=stage["num_dead"],
            seconds=stage["seconds"],
            reconciles=stage["num_in"] == stage["num_kept"] + stage["num_rejected"] + stage["num_dead"],
        )
        for name, stage in manifest["stages"].items()
    ]


def headline(summary: BuildSummary, stages: Sequence[StageFlow]) -> str:
    """Summarise a build in one sentence, with a warning if any stage's counts do not add up."""
    turns = summary.rows.turns
    num_rows = sum(summary.rows.num_rows.values())
    num_turns = sum(cell.num_turns for cell in turns)
    num_read = stages[0].num_in if stages else 0
    domains = _listed({cell.domain for cell in turns})
    languages = _listed({language_title(cell.language) for cell in turns})
    details = f" ({domains}; {languages})" if turns else ""
    asked = f" with {format_plural(num_turns, 'question')}" if turns else ""
    sentence = (
        f"{format_plural(num_rows, 'verified row')}{asked} {'was' if num_rows == 1 else 'were'} made from "
        f"{format_plural(num_read, 'document')}{details}."
    )
    wrong = [stage.name for stage in stages if not stage.reconciles]
    return f"{sentence} The counts of {_listed(wrong)} do not add up." if wrong else sentence


def _failed_requests(manifest: Mapping[str, Any]) -> list[str]:
    failed = manifest["stages"].get("synthesize", {}).get("counters", {}).get("teacher/failed", 0)
    ending = "became a dead letter" if failed == 1 else "became dead letters"
    return [f"{format_plural(failed, 'teacher request')} failed and {ending}."] if failed else []


def prefix_cache_hit_rate(manifest: Mapping[str, Any]) -> float | None:
    """Return the share of prompt tokens that the teacher had cached, from 0 to 1.

    Return None if there were no requests or the teacher has no prefix cache.
    """
    counters = manifest["stages"].get("synthesize", {}).get("counters", {})
    asked = counters.get("prefix_cache/prompt_tokens", 0)
    return counters.get("prefix_cache/cached_tokens", 0) / asked if asked else None


def _page_fingerprint(manifest: Mapping[str, Any]) -> str:  # Any: a JSON object
    return fingerprint([manifest, code_version(["report"])])


@dataclass(frozen=True, slots=True)
class CorpusLine:
    """A line of the corpus table: (contexts, tokens) for each length bucket and in total; None for an empty bucket."""

    domain: str
    language: str
    cells: tuple[tuple[int, int] | None, ...]
    total: tuple[int, int]


@dataclass(frozen=True, slots=True)
class CorpusTable:
    """Contexts and tokens for each domain, language and length bucket, with totals."""

    buckets: tuple[str, ...]
    lines: tuple[CorpusLine, ...]
    sums: CorpusLine


def _corpus_table(cells: Sequence[CorpusCell]) -> CorpusTable:
    buckets = sorted({cell.bucket for cell in cells})
    groups = sorted({(cell.domain, cell.language) for cell in cells})
    lines = [
        _corpus_line(*group, [cell for cell in cells if (cell.domain, cell.language) == group], buckets)
        for group in groups
    ]
    return CorpusTable(
        buckets=tuple(format_tokens(bucket) for bucket in buckets),
        lines=tuple(lines),
        sums=_corpus_line("all", "", cells, buckets),
    )


def _corpus_line(domain: str, language: str, cells: Sequence[CorpusCell], buckets: Sequence[int]) -> CorpusLine:
    by_bucket = [[cell for cell in cells if cell.bucket == bucket] for bucket in buckets]
    return CorpusLine(
        domain=domain,
        language=language,
        cells=tuple(_contexts_and_tokens(in_bucket) if in_bucket else None for in_bucket in by_bucket),
        total=_contexts_and_tokens(cells),
    )


def _contexts_and_tokens(cells: Sequence[CorpusCell]) -> tuple[int, int]:
    return sum(cell.num_documents for cell in cells), sum(cell.num_tokens for cell in cells)


def _depth_bars(bins: Sequence[int]) -> list[Bar]:
    assert bins, "the summary has no depth bins"
    largest = max(bins) or 1
    width = 100 // len(bins)
    return [
        Bar(label=f"{index * width} to {(index + 1) * width}%", value=count, share=count / largest)
        for index, count in enumerate(bins)
    ]


def _prefix_cache_figure(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    rate = prefix_cache_hit_rate(manifest)
    return [] if rate is None else [("Prefix cache hits", format_share(rate))]


def _silent_sentence(summary: BuildSummary, num_contexts: int) -> str:
    num_silent = sum(group.count for group in summary.silent)
    if not num_contexts:
        return "There are no contexts yet."
    if not num_silent:
        return "Every context produced at least one row."
    share = f"{format_count(num_silent)} of {format_plural(num_contexts, 'context')}"
    return f"{share} produced no rows; work/without_row/ lists {'it' if num_silent == 1 else 'them'}."


_REASON_WORDS: Mapping[str, str] = {
    NO_STRUCTURE: "The structural tasks found nothing in the context to ask about.",
    NOT_WRITTEN: "The recipe has no structural task, and no teacher was asked about the context.",
    "trivial_share": "Questions about the context can only look up a heading or a speaker, and the recipe limits the "
    "share of such rows.",
    "label_repeated": "Two places in the text begin with the number that the question would name, so the question "
    "would be ambiguous.",
    "over_bucket": "With a question added, the context no longer fits its length bucket.",
}


def _num_duplicates(summary: BuildSummary) -> int:
    return sum(group.count for group in summary.rejections if group.reason.endswith("_duplicate"))


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return " and ".join([", ".join(ordered[:-1]), ordered[-1]]) if len(ordered) > 1 else "".join(ordered)
