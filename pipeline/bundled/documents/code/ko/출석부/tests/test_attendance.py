# SPDX-License-Identifier: Apache-2.0
"""출석부 테스트."""

from datetime import date, time

import pytest

from attendance import cli, fees, notify, stats
from attendance.models import AttendanceError, Record, Status, Student, judge
from attendance.store import COURSES, Store


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "출석부.json")
    store.enroll(Student("S101", "윤가온", ("A1", "E1"), date(2025, 1, 6), ("S102",)))
    store.enroll(Student("S102", "윤다솔", ("M5",), date(2025, 3, 13), ("S101",)))
    return store


def test_시각에_따라_출결을_가른다():
    course = COURSES["A1"]
    assert judge(course, time(18, 10)) is Status.PRESENT
    assert judge(course, time(18, 11)) is Status.LATE
    assert judge(course, time(18, 41)) is Status.ABSENT
    assert judge(course, None) is Status.ABSENT


def test_싼_반만_할인한다(store):
    lines = {line.course: line for line in fees.bill(store, "S101", 2025, 3)}
    assert lines["A1"].total == 298_000
    assert lines["E1"].total == 142_500


def test_중간에_들어온_둘째(store):
    (line,) = fees.bill(store, "S102", 2025, 3)
    assert (line.sessions, line.percent) == (5, 10)
    assert (line.tuition, line.book) == (106_870, 14_000)


def test_환불은_삼분의_일과_절반에서_바뀐다():
    line = fees.BillLine("A1", 12, 280_000, 0, 18_000)
    assert [fees.refund(line, n) for n in (0, 3, 4, 6)] == [298_000, 186_660, 140_000, 0]


def test_지각_세_번은_결석_한_번(store):
    for day in (3, 5, 7):
        store.mark(Record(date(2025, 3, day), "S101", "A1", Status.LATE))
    store.mark(Record(date(2025, 3, 10), "S101", "A1", Status.EXCUSED))
    assert stats.summarize(store.month("S101", 2025, 3)).rate == 66.7
    assert stats.counsel_list(store, 2025, 3) == [("윤가온", 66.7)]


def test_수업이_없는_날(store):
    with pytest.raises(AttendanceError):
        store.mark(Record(date(2025, 3, 4), "S101", "A1", Status.PRESENT))
    store.mark(Record(date(2025, 3, 4), "S101", "A1", Status.MAKEUP))


def test_저장하고_다시_읽으면_같다(store, tmp_path):
    store.mark(Record(date(2025, 3, 5), "S101", "A1", Status.ABSENT))
    store.save()
    again = Store(tmp_path / "출석부.json")
    assert again.month("S101", 2025, 3) == store.month("S101", 2025, 3)


def test_결석_문자는_단문에_들어간다(store):
    record = Record(date(2025, 3, 5), "S101", "A1", Status.ABSENT)
    text = notify.attendance_message(store, record)
    assert text == "[솔마루학원] 윤가온 학생이 3월 5일 18:00 중1 대수 수업에 오지 않았습니다."
    assert notify.price(text) == 18


def test_명령줄(tmp_path, capsys):
    base = ["--file", str(tmp_path / "a.json")]
    assert cli.main(base + ["등록", "S7", "한별", "g2", "2025-04-01"]) == 0
    assert cli.main(base + ["출석", "S7", "g2", "2025-04-03", "19:45"]) == 0
    assert cli.main(base + ["청구", "S9", "2025-04"]) == 1
    assert "늦게 도착했습니다" in capsys.readouterr().out
