"""The sentences beside the bar of a build, and the warning at its end."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pipeline.cli.build_command import failed_requests_warning, teacher_note
from pipeline.io.ledger import UnitReport
from pipeline.io.manifest import Manifest, StageRecord
from pipeline.synthesize.asking_servers import SECONDS_LEFT


def _report(**counters: int) -> UnitReport:
    named = {name.replace("_", "/", 1): number for name, number in counters.items()}
    return UnitReport("synthesize", "00000", "f", 0, 0, 0, 0, named)


@pytest.mark.parametrize(
    ("reports", "note"),
    [
        ([], ""),
        ([_report(teacher_cached=4)], ""),
        ([_report(teacher_asked=5), _report(teacher_asked=2)], ", 7 teacher answers"),
        ([_report(teacher_asked=5, teacher_failed=2)], ", 3 teacher answers, 2 failed"),
    ],
)
def test_note_counts_answers_and_failures_of_all_units(reports: list[UnitReport], note: str) -> None:
    assert teacher_note(reports) == note


@pytest.mark.parametrize(
    ("seconds", "left"), [(1, "1 s"), (89, "89 s"), (90, "2 min"), (149, "2 min"), (570, "10 min")]
)
def test_note_says_how_long_a_silent_server_is_waited_for(seconds: int, left: str) -> None:
    reports = [
        UnitReport("synthesize", str(n), "f", 0, 0, 0, 0, {SECONDS_LEFT: s}) for n, s in enumerate((0, seconds, 1))
    ]
    assert teacher_note(reports) == f", waiting for the server, {left} left"


def _manifest(counters: Mapping[str, int] | None) -> Manifest:
    stages = {} if counters is None else {"synthesize": StageRecord("c", 0, 0, 0, 0, 0.0, "f", (), counters)}
    return Manifest({}, "f", 1, {}, stages)


@pytest.mark.parametrize("counters", [None, {}, {"teacher/asked": 9}])
def test_build_without_failed_requests_warns_of_nothing(counters: Mapping[str, int] | None) -> None:
    assert failed_requests_warning(_manifest(counters)) == ""


def test_failed_requests_are_counted_among_those_asked_now_and_before() -> None:
    warning = failed_requests_warning(_manifest({"teacher/failed": 2, "teacher/asked": 7, "teacher/cached": 5}))
    assert warning.startswith("2 of 12 teacher requests failed and are dead letters")
    assert "max_failed_share" in warning
