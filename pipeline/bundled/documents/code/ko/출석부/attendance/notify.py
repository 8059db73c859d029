# SPDX-License-Identifier: Apache-2.0
"""보호자에게 보낼 문자 문안. 실제 발송은 문자 업체가 맡는다."""

from __future__ import annotations

from .fees import bill
from .models import Record, Status
from .store import Store, find_course

#: 모든 문자의 머리말. 등록된 발신 이름과 같아야 한다.
SENDER = "[솔마루학원]"

#: 단문 한 통에 담을 수 있는 바이트 수. 넘으면 장문 요금이 붙는다.
SMS_BYTES = 90

#: 한 통 값(원): 단문, 장문.
SMS_PRICE, LMS_PRICE = 18, 45

#: 수강료 납부 마감일(매달).
DUE_DAY = 7


def sms_bytes(text: str) -> int:
    """통신사가 세는 바이트 수. 한글은 두 바이트다."""
    return len(text.encode("cp949", errors="replace"))


def price(text: str) -> int:
    """이 문안을 한 번 보내는 값(원)."""
    return SMS_PRICE if sms_bytes(text) <= SMS_BYTES else LMS_PRICE


def attendance_message(store: Store, record: Record) -> str | None:
    """지각과 결석만 알린다. 알릴 것이 없으면 ``None``."""
    if record.status not in (Status.LATE, Status.ABSENT):
        return None
    name = store.student(record.student).name
    course = find_course(record.course)
    when = f"{record.day.month}월 {record.day.day}일 {course.start:%H:%M}"
    if record.status is Status.LATE:
        return f"{SENDER} {name} 학생이 {when} {course.title} 수업에 늦게 도착했습니다."
    return f"{SENDER} {name} 학생이 {when} {course.title} 수업에 오지 않았습니다."


def bill_message(store: Store, number: str, year: int, month: int) -> str:
    """수강료 안내."""
    name = store.student(number).name
    total = sum(line.total for line in bill(store, number, year, month))
    return f"{SENDER} {name} 학생 {month}월 수강료 {total:,}원, {DUE_DAY}일까지 부탁드립니다."
