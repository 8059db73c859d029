# SPDX-License-Identifier: Apache-2.0
"""출석부에서 다루는 자료형. 금액은 모두 원, 시간은 모두 분 단위다."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import Enum

#: 수업 시작 뒤 이 시간(분)까지 들어오면 출석으로 본다.
LATE_AFTER_MIN = 10

#: 이 시간(분)을 넘겨 들어오면 지각이 아니라 결석으로 적는다.
ABSENT_AFTER_MIN = 40

#: 월요일이 0이다. ``date.weekday()``와 순서를 맞췄다.
WEEKDAYS = "월화수목금토일"


class AttendanceError(Exception):
    """잘못된 입력."""


class Status(str, Enum):
    """출결 상태. 값은 화면과 파일에 그대로 쓴다."""

    PRESENT = "출석"
    LATE = "지각"
    ABSENT = "결석"
    EXCUSED = "공결"  # 학교 행사, 경조사 등 증빙을 낸 경우
    MAKEUP = "보강"  # 빠진 수업을 다른 날 채운 경우


@dataclass(frozen=True)
class Course:
    """반 하나. ``days``는 ``"월수금"``처럼 적는다."""

    code: str
    title: str
    days: str
    start: time
    monthly_fee: int
    book_fee: int = 0

    def meets_on(self, day: date) -> bool:
        """그날 수업이 있는 요일인지 알려 준다."""
        return WEEKDAYS[day.weekday()] in self.days


@dataclass(frozen=True)
class Student:
    """원생 한 명. ``joined``는 첫 수업일, ``siblings``는 형제자매의 학번이다.

    형제 할인은 학번이 가장 빠른 아이를 뺀 나머지에게 적용된다.
    """

    number: str
    name: str
    courses: tuple[str, ...]
    joined: date
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """출결 한 줄."""

    day: date
    student: str
    course: str
    status: Status


def judge(course: Course, arrived: time | None) -> Status:
    """들어온 시각으로 출결을 가른다. 오지 않았으면 ``None``을 넘긴다."""
    if arrived is None:
        return Status.ABSENT
    late = (arrived.hour - course.start.hour) * 60 + arrived.minute - course.start.minute
    if late <= LATE_AFTER_MIN:
        return Status.PRESENT
    if late <= ABSENT_AFTER_MIN:
        return Status.LATE
    return Status.ABSENT
