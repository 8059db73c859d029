"""The duplicates section: what the manifest counted, drawn."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup

from pipeline.report.dedup_section import DedupSection, dedup_section


def _manifest(counters: dict[str, int]) -> dict[str, Any]:
    return {
        "recipe": {"dedup": {"threshold": 0.5}},
        "stages": {"dedup": {"counters": {f"cluster/{name}": count for name, count in counters.items()}}},
    }


def _section(counters: dict[str, int]) -> DedupSection:
    section = dedup_section(_manifest(counters))
    assert section is not None
    return section


def test_section_names_banding_and_what_it_misses() -> None:
    section = _section({"bands": 3, "rows": 1})
    # Of pairs at .5 a share of (1 − .5)^3 shares none of three bands of one row.
    assert section.description.startswith(
        "The search uses 3 bands of 1 row. Of the pairs that are just as similar as the threshold 0.5, it misses 12%."
    )
    assert section.similarities == ()
    assert (
        section.num_shared_passages == 0 != _section({"bands": 3, "rows": 1, "shared_passages": 2}).num_shared_passages
    )


def test_section_chart_rises_from_no_pair_to_every_pair() -> None:
    svg = BeautifulSoup(_section({"bands": 42, "rows": 3}).chart, "html.parser")
    (line,) = svg.select("polyline, path.tuned, g.tuned polyline")[:1]
    heights = [float(point.split(",")[1]) for point in str(line["points"]).split()]
    assert len(heights) == 101
    assert heights == sorted(heights, reverse=True) and heights[0] > heights[-1]
    assert "threshold 0.5" in svg.get_text()


@pytest.mark.parametrize(("tenth", "index"), [("0.0", 0), ("0.9", 9), ("1.0", 10)])
def test_section_counts_pairs_by_similarity(tenth: str, index: int) -> None:
    counters = {"bands": 42, "rows": 3, f"pairs_of_similarity/{tenth}": 4, "pairs_of_similarity/0.5": 8}
    bins = _section(counters).similarities
    assert len(bins) == 11
    assert (bins[index].num_pairs, bins[index].share) == (4, 0.5)
    assert (bins[5].num_pairs, bins[5].share) == (8, 1.0)


def test_section_of_a_build_before_deduplication_is_none() -> None:
    assert dedup_section({"recipe": {"dedup": {"threshold": 0.5}}, "stages": {}}) is None
