# SPDX-License-Identifier: Apache-2.0
"""명령줄. 예: ``python -m attendance.cli 출석 S101 A1 2025-03-05 18:12``"""

from __future__ import annotations

import argparse
import sys
from datetime import date, time
from pathlib import Path

from . import fees, notify, stats
from .models import AttendanceError, Record, Student, judge
from .store import Store, find_course


def build_parser() -> argparse.ArgumentParser:
    """명령을 정의한다."""
    parser = argparse.ArgumentParser(prog="attendance", description="학원 출석부")
    parser.add_argument("--file", type=Path, default=Path("attendance.json"))
    commands = parser.add_subparsers(dest="command", required=True)
    enroll = commands.add_parser("등록")
    enroll.add_argument("number", metavar="학번")
    enroll.add_argument("name", metavar="이름")
    enroll.add_argument("courses", metavar="반")
    enroll.add_argument("joined", metavar="첫수업일", type=date.fromisoformat)
    enroll.add_argument("--형제", dest="siblings", default="", metavar="학번")
    mark = commands.add_parser("출석")
    mark.add_argument("number", metavar="학번")
    mark.add_argument("course", metavar="반")
    mark.add_argument("day", metavar="날짜", type=date.fromisoformat)
    mark.add_argument("arrived", metavar="시각", nargs="?", type=time.fromisoformat)
    charge = commands.add_parser("청구")
    charge.add_argument("number", metavar="학번")
    charge.add_argument("month", metavar="달")
    commands.add_parser("상담").add_argument("month", metavar="달")
    return parser


def parse_month(text: str) -> tuple[int, int]:
    """``"2025-03"``을 (2025, 3)으로 바꾼다."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise AttendanceError(f"달은 2025-03처럼 적어 주세요: {text}") from None
    return first.year, first.month


def run(args: argparse.Namespace, store: Store) -> str:
    """명령 하나를 처리한다."""
    if args.command == "등록":
        courses = tuple(code.upper() for code in args.courses.split(","))
        siblings = tuple(n for n in args.siblings.split(",") if n)
        store.enroll(Student(args.number, args.name, courses, args.joined, siblings))
        store.save()
        return f"{args.name} 학생을 등록했습니다."
    if args.command == "출석":
        course = find_course(args.course)
        record = Record(args.day, args.number, course.code, judge(course, args.arrived))
        store.mark(record)
        store.save()
        message = notify.attendance_message(store, record)
        return record.status.value if message is None else message
    if args.command == "청구":
        year, month = parse_month(args.month)
        rows = [
            f"{line.course}: {line.sessions}회, 할인 {line.percent}%, {line.total:,}원"
            for line in fees.bill(store, args.number, year, month)
        ]
        return "\n".join(rows + [notify.bill_message(store, args.number, year, month)])
    found = stats.counsel_list(store, *parse_month(args.month))
    return "\n".join(f"{name} {rate}%" for name, rate in found) or "상담 대상이 없습니다."


def main(argv: list[str] | None = None) -> int:
    """잘못된 입력이면 1을 돌려준다."""
    args = build_parser().parse_args(argv)
    try:
        print(run(args, Store(args.file)))
    except AttendanceError as error:
        print(f"오류: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
