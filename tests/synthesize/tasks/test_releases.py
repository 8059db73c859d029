"""Versions of a changelog: right on changelogs whose releases are known, refused where headings do not count down."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, slots_of

from pipeline.synthesize.structural.facts import Findings, StructuralFact
from pipeline.synthesize.structural.task import Form
from pipeline.synthesize.tasks.releases import RELEASES_ORDER, RELEASES_YEAR

CODE = '"""Parcels."""\n\n\ndef weigh(parcel: str) -> int:\n    """Weight in grams."""\n    return len(parcel)\n'


def tree(days: list[date], *, heading: str) -> tuple[str, dict[str, date]]:
    """A source tree with a changelog, newest first, and the dates of its versions."""
    versions = {f"{len(days) - at}.2": day for at, day in enumerate(sorted(days, reverse=True))}
    entries = [heading.format(version=version, day=day.isoformat()) for version, day in versions.items()]
    log = "\n\n".join(f"{entry}\n\n- Weigh parcels again.\n" for entry in entries)
    return f"# file: CHANGES.md\n\nChanges\n=======\n\n{log}\n\n# file: shop/weigh.py\n\n{CODE}", versions


HEADINGS = (
    "{version} ({day})\n------------------",
    "Version {version}\n-----------\n\nReleased {day}",
    "## [{version}] - {day}",
)
DAYS = st.lists(st.dates(date(2015, 1, 1), date(2019, 12, 31)), min_size=6, max_size=20, unique=True)


def releases(text: str) -> Findings:
    return findings(text, "releases", domain="code", language="en")


def of_form(found: Findings, form: Form) -> list[StructuralFact]:
    return [fact for fact in found.facts if fact.form is form]


@settings(max_examples=30, deadline=None)
@given(days=DAYS, heading=st.sampled_from(HEADINGS))
def test_releases_are_in_order_of_date(days: list[date], heading: str) -> None:
    text, versions = tree(days, heading=heading)
    facts = of_form(releases(text), RELEASES_ORDER)
    assert facts
    for fact in facts:
        asked = sorted((version for _, version in fact.slots), key=lambda version: versions[version])
        assert fact.answer.splitlines() == [f"{version}: {versions[version].isoformat()}" for version in asked]
        assert all(any(version in text[s.start : s.end] for s in fact.spans) for version in asked)


@settings(max_examples=30, deadline=None)
@given(days=DAYS, heading=st.sampled_from(HEADINGS))
def test_releases_of_a_year_are_all_of_it(days: list[date], heading: str) -> None:
    text, versions = tree(days, heading=heading)
    by_year = {slots_of(fact)["year"]: fact.answer.splitlines() for fact in of_form(releases(text), RELEASES_YEAR)}
    edges = {str(min(days).year), str(max(days).year)}
    assert not edges & set(by_year)
    for year, lines in by_year.items():
        expected = [f"{version}: {day.isoformat()}" for version, day in versions.items() if str(day.year) == year]
        assert lines[1:] == expected and str(len(expected)) in lines[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [("7.2 (", "1.9 ("), ("6.2 (", "8.2 ("), ("------------------", "")],
)
def test_releases_that_do_not_count_down_are_not_asked(old: str, new: str) -> None:
    text, _ = tree([date(2010 + at, 3, 4) for at in range(8)], heading=HEADINGS[0])
    assert releases(text).facts
    assert not releases(text.replace(old, new)).facts


def test_releases_of_a_year_with_an_undated_version_are_not_asked() -> None:
    days = [date(2012, 1, 1), *(date(2015, at, 1) for at in range(1, 6)), date(2019, 1, 1)]
    text, _ = tree(days, heading=HEADINGS[0])
    assert {slots_of(fact)["year"] for fact in of_form(releases(text), RELEASES_YEAR)} == {"2015"}
    undated = text.replace("4.2 (2015-03-01)", "4.2")
    assert undated != text
    assert not of_form(releases(undated), RELEASES_YEAR)
