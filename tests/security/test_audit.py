"""The list of advisories: no installed package is affected, and the comparison is right at the edges of a range."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from security.audit import LIST, affected, installed_versions, read_advisories

ADVISORIES = read_advisories(LIST.read_text(encoding="utf-8").splitlines())
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_no_installed_package_is_affected_by_a_listed_advisory_that_is_not_accepted() -> None:
    installed = installed_versions()
    assert {"torch", "transformers", "pyarrow", "lxml"} <= installed.keys()
    refused = [one for one in affected(installed, ADVISORIES) if not one.accepted_because]
    assert [f"{one.package} {installed[one.package]}: {one.name}" for one in refused] == []


def test_lowest_versions_the_project_allows_of_what_parses_documents_and_models_are_not_affected() -> None:
    floors = dict(re.findall(r'"([A-Za-z0-9-]+)>=([0-9.]+)[^"]*"', PYPROJECT.read_text(encoding="utf-8")))
    parsers = ("torch", "transformers", "pyarrow", "pillow", "datasets", "accelerate", "lxml", "jinja2", "pyyaml")
    floors = {name: floors[name] for name in parsers}
    assert [f"{one.package} {floors[one.package]}: {one.name}" for one in affected(floors, ADVISORIES)] == []


def test_every_advisory_has_a_name_a_range_and_words() -> None:
    assert len(ADVISORIES) >= 50
    for one in ADVISORIES:
        assert re.fullmatch(r"CVE-\d{4}-\d+|GHSA(?:-[0-9a-z]{4}){3}|PYSEC-\d{4}-\d+", one.name), one
        assert len(one.affected) >= 1
        assert one.what
    named = [(one.package, one.name) for one in ADVISORIES]
    assert len(set(named)) == len(named)
    assert named == sorted(named, key=lambda pair: pair[0])


@pytest.mark.parametrize(
    ("version", "is_affected"),
    [
        ("2.12.9", False),
        ("2.13.0", True),
        ("2.13.0+cpu", True),
        ("2.14.0rc1", False),
        ("2.13.5rc1", True),
        ("2.14.0", False),
        ("2.15", False),
    ],
)
def test_range_includes_its_start_and_not_its_end(version: str, is_affected: bool) -> None:
    (one,) = read_advisories(["Some_Package | >=2.13.0,<2.14.0 | CVE-2026-1 | words"])
    assert (affected({"some-package": version}, [one]) == [one]) is is_affected
    assert affected({"other": version}, [one]) == []


def test_accepted_advisory_says_why_and_a_malformed_line_is_refused() -> None:
    (one,) = read_advisories(["p | <2 | CVE-2026-1 | words | accepted: no such code here"])
    assert one.accepted_because == "no such code here"
    with pytest.raises(ValueError, match="five with"):
        read_advisories(["p | <2 | CVE-2026-1 | words | ignored"])
    with pytest.raises(ValueError, match="not enough values"):
        read_advisories(["p | <2 | CVE-2026-1"])
