"""Renders the report page of an evaluation: one HTML file made from `evaluation.json` and `samples/`.

Used by `pipeline evaluate` and `pipeline inspect`. Shows any number of subjects and any tasks; tasks that measure
likelihoods have tables of their own if they are known here, and a plain table of their results if not. This module does
not import torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.evaluate.results.headline import findings
from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.report.evaluation_charts import (
    LegendLine,
    TitledChart,
    control_charts,
    depth_charts,
    depth_words,
    effective_chart,
    heat_maps,
    perplexity_chart,
    score_chart,
    stream_chart,
    subject_styles,
    variant_styles,
    words,
)
from pipeline.report.evaluation_samples import TaskSamples, read_samples
from pipeline.report.page import REPORT_FILE, format_number, render_page

EVALUATION_FILE = "evaluation.json"

Section = Mapping[str, Any]  # Any: a section of evaluation.json

_ROWS, _PERPLEXITY, _STREAMING = "rows", "perplexity", "streaming"
_ROLES = {"base": "base model", "tuned": "tuned model", "other": "model"}
_NO_SAMPLES: Mapping[str, TaskSamples] = {}


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """A task and subject in the table of all tasks: the main score with the main variant."""

    name: str
    title: str
    measure: str
    is_first: bool
    """Whether it is the task's first row."""
    subject: str
    scores: tuple[Section | None, ...]
    """At each length of the evaluation."""
    n: int
    difference: Section | None
    """From the reference, over all lengths."""


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task with its charts, as the template shows it."""

    name: str
    section: Section
    legend: tuple[LegendLine, ...]
    """Of the charts with a curve a subject."""
    variant_legend: tuple[LegendLine, ...]
    score_chart: Markup | None
    control_charts: tuple[TitledChart, ...]
    heat_maps: tuple[TitledChart, ...]
    depth_charts: tuple[TitledChart, ...]
    positions: tuple[Section, ...]
    """Of the main variant."""
    differences: tuple[Section, ...]
    """From the reference, of the main variant."""
    other_differences: tuple[Section, ...]
    """Of the other variants."""
    breakdowns: tuple[tuple[str, Sequence[Section]], ...]
    """The name of what the cells are split by, and the rows of the main variant."""
    samples: TaskSamples | None


def write_evaluation_report(folder: str) -> str:
    """Write `report.html` next to a folder's `evaluation.json`, and return the page's path.

    Raises:
        FileNotFoundError: the folder has no `evaluation.json`.
        DamagedFileError: `evaluation.json` is damaged.
    """
    page = files.join(folder, REPORT_FILE)
    evaluation = read_checked(files.join(folder, EVALUATION_FILE))
    files.write_text(page, render_evaluation_report(evaluation, read_samples(folder, evaluation)))
    return page


def render_evaluation_report(evaluation: Section, samples: Mapping[str, TaskSamples] = _NO_SAMPLES) -> str:
    """Return the HTML page of an evaluation, with the given samples of its tasks."""
    styles = subject_styles(evaluation)
    forward: Section = evaluation["forward"]
    tasks = [_task_view(name, evaluation, styles, samples.get(name)) for name in _rows_first(evaluation["tasks"])]
    names = list(styles)
    perplexity = forward.get(_PERPLEXITY) or None
    streaming = forward.get(_STREAMING) or None
    effective = {name: figure for name in names if (figure := evaluation["figures"][name]["effective_length"])}
    threshold = next((figure["threshold"] for figure in effective.values()), 0.0)
    return render_page(
        "evaluation.html",
        evaluation=evaluation,
        title=_title(names),
        findings=findings(evaluation),
        figures=_figures(evaluation),
        roles=_ROLES,
        styles=styles,
        legend=[LegendLine(style, name) for name, style in styles.items()],
        effective=effective,
        threshold=threshold,
        effective_chart=effective_chart(evaluation["figures"], styles, threshold) if effective else None,
        tasks=tasks,
        lengths=sorted({length for view in tasks for length in view.section["lengths"]}),
        overview=[row for view in tasks for row in _overview(view, tasks)],
        perplexity=perplexity if perplexity and perplexity["results"] else None,
        perplexity_chart=(
            perplexity_chart(perplexity, styles, evaluation["subjects"])
            if perplexity and perplexity["results"]
            else None
        ),
        ratios={(row["subject"], row["length"]): row for row in perplexity["comparisons"]} if perplexity else {},
        streaming=streaming,
        stream_charts=[
            TitledChart(name, chart)
            for name in names
            if streaming and (chart := stream_chart(streaming["results"], name))
        ],
        other_forward=[
            (name, section, _scalar_columns(section.get("results", [])))
            for name, section in forward.items()
            if name not in (_PERPLEXITY, _STREAMING)
        ],
        words=words,
        depth_words=depth_words,
        length_words=length_words,
        seconds=forward_seconds(evaluation),
    )


def forward_seconds(evaluation: Section) -> float:
    """Return the total time of the measurements of likelihoods, in seconds."""
    # A task whose cells have several results lists its cells apart.
    rows = [row for one in evaluation["forward"].values() for row in one.get("cells", one.get("results", []))]
    return float(sum(row.get("seconds", 0.0) for row in rows))


def _task_view(name: str, evaluation: Section, styles: Mapping[str, str], samples: TaskSamples | None) -> TaskView:
    section = evaluation["tasks"][name]
    own = {subject: style for subject, style in styles.items() if subject in section["subjects"]}
    several = len(section["lengths"]) > 1
    differences = [row for row in section["against_reference"] if several or row["length"] is not None]
    return TaskView(
        name=name,
        section=section,
        legend=tuple(LegendLine(style, subject) for subject, style in own.items()),
        variant_legend=tuple(
            LegendLine(style, words(variant)) for variant, style in variant_styles(section["variants"]).items()
        ),
        score_chart=score_chart(section, own),
        control_charts=tuple(control_charts(section, list(own))),
        heat_maps=tuple(heat_maps(section)),
        depth_charts=tuple(depth_charts(section, own)),
        positions=tuple(row for row in section["positions"] if row["variant"] == section["main_variant"]),
        differences=tuple(row for row in differences if row["variant"] == section["main_variant"]),
        other_differences=tuple(row for row in differences if row["variant"] != section["main_variant"]),
        breakdowns=tuple(
            (split, rows)
            for split in ("kind", "language", "depth")
            if (rows := [row for row in section[f"by_{split}"] if row["variant"] == section["main_variant"]])
        ),
        samples=samples,
    )


def _overview(view: TaskView, tasks: Sequence[TaskView]) -> list[OverviewRow]:
    section, measure = view.section, view.section["measure"]
    lengths = sorted({length for one in tasks for length in one.section["lengths"]})
    rows: list[OverviewRow] = []
    for subject in section["subjects"]:
        cells = {
            row["length"]: row["scores"][measure]
            for row in section["cells"]
            if (row["subject"], row["variant"]) == (subject, section["main_variant"]) and measure in row["scores"]
        }
        if cells:
            over_all = [row for row in view.differences if row["subject"] == subject][-1:]
            rows.append(
                OverviewRow(
                    name=view.name,
                    title=section["title"],
                    measure=measure,
                    is_first=not rows,
                    subject=subject,
                    scores=tuple(cells.get(length) for length in lengths),
                    n=sum(cell["n"] for cell in cells.values()),
                    difference=over_all[0]["scores"].get(measure) if over_all else None,
                )
            )
    return rows


def _rows_first(tasks: Section) -> list[str]:
    return sorted((name for name, section in tasks.items() if section["cells"]), key=lambda name: name != _ROWS)


def _title(names: Sequence[str]) -> str:
    return f"How far {names[0]} reads" if len(names) == 1 else f"How far {len(names)} models read"


def _figures(evaluation: Section) -> list[tuple[str, str]]:
    """Return the figures of the main subject that were measured."""
    labels = {
        "f1": "F1, whole document",
        "evidence_only": "F1, evidence only",
        "no_document": "F1, no document",
        "cost_of_length": "Cost of the whole document",
        "effective_length": "Effective length, tokens",
    }
    figures = evaluation["figures"][evaluation["main"]]
    found = []
    for name, label in labels.items():
        if (figure := figures.get(name)) is not None:
            shown = length_words(figure) if name == "effective_length" else format_number(figure["value"])
            found.append((label, shown))
    return found


def length_words(figure: Section) -> str:
    """Return an effective length as `4,096`, `at least 16,384` or `below 2,048`."""
    if figure["at_least"]:
        return f"at least {figure['value']:,}"
    return f"{figure['value']:,}" if figure["value"] else f"below {figure['scores'][0]['length']:,}"


def _scalar_columns(rows: Sequence[Section]) -> list[str]:
    names = dict.fromkeys(name for row in rows for name, value in row.items() if isinstance(value, str | int | float))
    return list(names)
