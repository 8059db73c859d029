"""The corpus section of a build's report page: charts by length bucket, and where every input token went.

Takes the summary's corpus cells and the pack stage's counters. Returns values for the template. Used by `build_page`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.domains import domain_names
from pipeline.languages import common_language, language_names, language_title
from pipeline.report.build_summary import CorpusCell
from pipeline.report.charts import Stack, StackPart, stacked_columns
from pipeline.report.page import format_tokens

_NUM_SHADES = 3
"""Number of shades besides the full colour; `templates/style.css` defines them."""
_KEPT = {
    "whole": "Kept whole",
    "split": "Kept in parts",
    "joined": "Kept joined with related documents",
}


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A colour of the charts and its meaning; `style` is its CSS class."""

    style: str
    label: str


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One outcome of packing, with its documents and tokens."""

    label: str
    num_documents: int
    num_tokens: int
    share: float
    """Share of the input tokens, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class TokenLedger:
    """Where every input token of packing went."""

    lines: tuple[LedgerLine, ...]
    num_documents: int
    num_tokens: int
    num_heading_tokens: int
    """Number of tokens that packing adds: the lines above joined documents."""
    num_repeated_tokens: int
    """Number of tokens that training on the corpus sees again, because the recipe repeats documents."""
    adds_up: bool


@dataclass(frozen=True, slots=True)
class CorpusCharts:
    """Two charts with the same buckets: the number of contexts, and the number of tokens."""

    contexts: Markup
    tokens: Markup
    legend: tuple[LegendEntry, ...]


def corpus_charts(cells: Sequence[CorpusCell]) -> CorpusCharts | None:
    """Return stacked columns by bucket; None for an empty corpus. A colour shows a domain, a shade a language.

    If there are more than three languages besides the common one, some have the same shade.
    """
    if not cells:
        return None
    groups = sorted({(cell.domain, cell.language) for cell in cells}, key=_group_order)
    return CorpusCharts(
        contexts=_columns(cells, groups, what="contexts", value=lambda cell: cell.num_documents),
        tokens=_columns(cells, groups, what="tokens", value=lambda cell: cell.num_tokens),
        legend=tuple(LegendEntry(style=_style(group), label=_label(group)) for group in groups),
    )


def token_ledger(manifest: Mapping[str, Any]) -> TokenLedger | None:
    """Return the pack stage's counts, with a check that they add up; None if the stage has counted no tokens."""
    stage = manifest["stages"].get("pack", {})
    counters = stage.get("counters", {})
    if "tokens_of/in" not in counters:
        return None
    num_tokens = counters["tokens_of/in"]
    outcomes = [(label, f"documents/{kind}", f"tokens_of/{kind}") for kind, label in _KEPT.items()]
    reasons = sorted(name.removeprefix("rejected/") for name in counters if name.startswith("rejected/"))
    outcomes += [(f"Rejected: {r.replace('_', ' ')}", f"rejected/{r}", f"tokens_of/rejected/{r}") for r in reasons]
    lines = [
        LedgerLine(
            label=label,
            num_documents=counters.get(documents, 0),
            num_tokens=counters.get(tokens, 0),
            share=counters.get(tokens, 0) / num_tokens if num_tokens else 0.0,
        )
        for label, documents, tokens in outcomes
        if counters.get(documents, 0)
    ]
    if stage["num_dead"]:
        lines.append(LedgerLine("Dead letters, before tokenization", stage["num_dead"], 0, 0.0))
    adds_up = sum(line.num_tokens for line in lines) == num_tokens
    return TokenLedger(
        lines=tuple(lines),
        num_documents=stage["num_in"],
        num_tokens=num_tokens,
        num_heading_tokens=counters.get("tokens_of_headings", 0),
        num_repeated_tokens=counters.get("repeated_tokens", 0),
        adds_up=adds_up and sum(line.num_documents for line in lines) == stage["num_in"],
    )


def _columns(
    cells: Sequence[CorpusCell], groups: Sequence[tuple[str, str]], *, what: str, value: Callable[[CorpusCell], int]
) -> Markup:
    values = {(cell.domain, cell.language, cell.bucket): value(cell) for cell in cells}
    buckets = sorted({cell.bucket for cell in cells})
    stacks = [
        Stack(
            label=format_tokens(bucket),
            parts=tuple(
                StackPart(label=_label(group), style=_style(group), value=values.get((*group, bucket), 0))
                for group in groups
            ),
        )
        for bucket in buckets
    ]
    totals = ", ".join(f"{stack.label}: {sum(part.value for part in stack.parts):,}" for stack in stacks)
    return stacked_columns(
        stacks,
        x_title="Length bucket, up to … tokens",
        y_title=what.capitalize(),
        title=f"{what.capitalize()} by length bucket, domain and language",
        description=f"{what.capitalize()} in each bucket. {totals}.",
    )


def _group_order(group: tuple[str, str]) -> tuple[int, str]:
    return domain_names().index(group[0]), group[1]


def _label(group: tuple[str, str]) -> str:
    return f"{group[0]}, {language_title(group[1])}"


def _style(group: tuple[str, str]) -> str:
    return f"{group[0]} shade-{_shade(group[1])}"


def _shade(language: str) -> int:
    """Return 0 for the common language, and 1 to 3 in turn for the other languages."""
    others = [name for name in language_names() if name != common_language()]
    return 1 + others.index(language) % _NUM_SHADES if language in others else 0
