# SPDX-License-Identifier: Apache-2.0
"""수강료와 환불액. 반올림하지 않고 언제나 10원 미만을 버린다."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from .models import Course, Student
from .store import Store, find_course

#: 형제자매 할인율(%). 첫째는 제값을 내고 둘째부터 적용한다.
SIBLING_PERCENT = 10

#: 두 반 이상 들을 때 가장 비싼 반을 뺀 나머지에 적용하는 할인율(%).
SECOND_COURSE_PERCENT = 5

#: 한 반에 겹쳐 받을 수 있는 할인율의 상한(%).
MAX_PERCENT = 12

#: 환불표: (지난 수업 비율의 분자, 분모, 돌려주는 비율의 분자, 분모).
#: 비율이 그 값에 이르기 전이면 해당 몫을 돌려주고, 절반부터는 환불이 없다.
REFUND_TABLE = ((1, 3, 2, 3), (1, 2, 1, 2))


@dataclass(frozen=True)
class BillLine:
    """청구서 한 줄. ``tuition``은 할인을 마친 금액이다."""

    course: str
    sessions: int
    tuition: int
    percent: int
    book: int

    @property
    def total(self) -> int:
        """교재비를 더한 금액(원)."""
        return self.tuition + self.book


def floor10(amount: int) -> int:
    """10원 미만을 버린다."""
    return amount // 10 * 10


def session_days(course: Course, year: int, month: int) -> list[date]:
    """그달의 정규 수업일. 공휴일도 수업을 하므로 빼지 않는다."""
    last = calendar.monthrange(year, month)[1]
    days = (date(year, month, d) for d in range(1, last + 1))
    return [day for day in days if course.meets_on(day)]


def discount_percent(store: Store, student: Student, course: Course) -> int:
    """한 반에 적용할 할인율(%)."""
    percent = 0
    enrolled = [n for n in student.siblings if n in store.students]
    if enrolled and student.number > min(enrolled):
        percent += SIBLING_PERCENT
    mine = [find_course(code) for code in student.courses]
    dearest = max(mine, key=lambda c: (c.monthly_fee, c.code))
    if course.code != dearest.code:
        percent += SECOND_COURSE_PERCENT
    return min(percent, MAX_PERCENT)


def bill(store: Store, number: str, year: int, month: int) -> list[BillLine]:
    """한 달 치 청구 내역. 달 중간에 들어온 원생은 남은 횟수만큼만 낸다.

    교재비는 들어온 달과 3월, 9월에 받으며 할인하지 않는다.
    """
    student = store.student(number)
    lines = []
    for code in student.courses:
        course = find_course(code)
        days = session_days(course, year, month)
        attending = [day for day in days if day >= student.joined]
        if not attending:
            continue
        percent = discount_percent(store, student, course)
        prorated = course.monthly_fee * len(attending) * (100 - percent)
        tuition = floor10(prorated // (len(days) * 100))
        first_month = (student.joined.year, student.joined.month) == (year, month)
        book = course.book_fee if first_month or month in (3, 9) else 0
        lines.append(BillLine(code, len(attending), tuition, percent, book))
    return lines


def refund(line: BillLine, held: int) -> int:
    """그만둘 때 돌려줄 돈(원). 교재비는 첫 수업 전에만 돌려준다.

    ``held``는 이미 지나간 수업 횟수다.
    """
    if held <= 0:
        return line.total
    for passed, of, numerator, denominator in REFUND_TABLE:
        if held * of < line.sessions * passed:
            return floor10(line.tuition * numerator // denominator)
    return 0
