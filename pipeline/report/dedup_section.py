"""The deduplication section of a build's report page: how near duplicates were searched for, and how similar they were.

Takes the manifest. Returns a description, a chart of the chance that a pair is compared (the S-curve of the banding),
and the number of compared pairs by similarity. Used by `build_page`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.dedup.banding import Banding, candidate_curve, candidate_probability
from pipeline.report.charts import Axis, Marker, Scale, Series, curve, line_chart
from pipeline.report.page import format_plural, format_share

_STAGE = "dedup"
_COUNTERS = "cluster/"
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class SimilarityBin:
    """Compared pairs in one range of similarity; `share` is relative to the fullest bin, from 0 to 1."""

    label: str
    num_pairs: int
    share: float


@dataclass(frozen=True, slots=True)
class DedupSection:
    """What the page shows about the search for duplicates."""

    description: str
    num_shared_passages: int
    """Number of passages that two kept documents share; a passage in three documents counts once for each pair."""
    chart: Markup
    similarities: tuple[SimilarityBin, ...]
    """Empty if no pair was compared."""


def dedup_section(manifest: Mapping[str, Any]) -> DedupSection | None:
    """Return the section; None if the manifest has no counts of the search."""
    stage = manifest["stages"].get(_STAGE, {})
    counters: Mapping[str, int] = {
        name.removeprefix(_COUNTERS): count
        for name, count in stage.get("counters", {}).items()
        if name.startswith(_COUNTERS)
    }
    if "bands" not in counters:
        return None
    banding = Banding(num_bands=counters["bands"], num_rows=counters["rows"])
    threshold = float(manifest["recipe"]["dedup"]["threshold"])
    missed = 1.0 - candidate_probability(threshold, banding)
    description = (
        f"The search uses {_banding_words(banding)}. Of the pairs that are just as similar as the threshold "
        f"{threshold:g}, it misses {format_share(missed)}. Every pair that it finds is compared shingle by shingle "
        "before it counts."
    )
    return DedupSection(
        description=description,
        num_shared_passages=counters.get("shared_passages", 0),
        chart=_chart(banding, threshold),
        similarities=_similarities(counters),
    )


def _chart(banding: Banding, threshold: float) -> Markup:
    points = tuple(curve(similarity, probability) for similarity, probability in candidate_curve(banding))
    return line_chart(
        [Series(label="candidate", style="tuned", points=points)],
        x_axis=Axis("Jaccard similarity of two documents", Scale.LINEAR, "{:.1f}".format, _TICKS),
        y_axis=Axis("Chance of being compared", Scale.LINEAR, format_share, _TICKS),
        markers=[Marker(threshold, f"threshold {threshold:g}")],
        title="Which pairs of documents are compared",
        description=(
            f"Chance that a pair shares one of {_banding_words(banding)}, by similarity. At the threshold "
            f"{threshold:g}, it is {format_share(candidate_probability(threshold, banding))}."
        ),
    )


def _banding_words(banding: Banding) -> str:
    return f"{format_plural(banding.num_bands, 'band')} of {format_plural(banding.num_rows, 'row')}"


def _similarities(counters: Mapping[str, int]) -> tuple[SimilarityBin, ...]:
    counts = [counters.get(f"pairs_of_similarity/{tenth / 10:.1f}", 0) for tenth in range(11)]
    fullest = max(counts)
    if not fullest:
        return ()
    labels = [*(f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}" for tenth in range(10)), "1.0"]
    return tuple(
        SimilarityBin(label=label, num_pairs=count, share=count / fullest)
        for label, count in zip(labels, counts, strict=True)
    )
