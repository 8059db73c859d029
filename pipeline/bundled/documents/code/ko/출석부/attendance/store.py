# SPDX-License-Identifier: Apache-2.0
"""저장소. 원생과 출결을 JSON 파일 하나에 담는다.

원장실 컴퓨터 한 대에서만 쓰므로 잠금은 두지 않았다.
"""

from __future__ import annotations

import json
import os
from datetime import date, time
from pathlib import Path

from .models import AttendanceError, Course, Record, Status, Student

#: 2025년 1학기 시간표. 반을 바꾸려면 여기를 고친다.
COURSES: dict[str, Course] = {
    "M5": Course("M5", "초5 사고력 수학", "화목", time(15, 30), 190_000, 14_000),
    "M6": Course("M6", "초6 중등 준비", "월수금", time(16, 0), 240_000, 16_500),
    "A1": Course("A1", "중1 대수", "월수금", time(18, 0), 280_000, 18_000),
    "G2": Course("G2", "중2 기하", "화목", time(19, 30), 260_000, 18_000),
    "E1": Course("E1", "중1 영어 읽기", "토", time(10, 0), 150_000),
}


def find_course(code: str) -> Course:
    """반을 찾는다. 소문자로 적어도 된다."""
    try:
        return COURSES[code.upper()]
    except KeyError:
        raise AttendanceError(f"없는 반입니다: {code}") from None


class Store:
    """원생 명부와 출결 기록."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.students: dict[str, Student] = {}
        self._records: dict[tuple[date, str, str], Record] = {}
        if path.exists():
            self._load()

    def _load(self) -> None:
        data = json.loads(self._path.read_text(encoding="utf-8"))
        for row in data["students"]:
            self.students[row["number"]] = Student(
                row["number"], row["name"], tuple(row["courses"]),
                date.fromisoformat(row["joined"]), tuple(row["siblings"]),
            )
        for day, student, course, status in data["records"]:
            self.mark(Record(date.fromisoformat(day), student, course, Status(status)))

    def save(self) -> None:
        data = {
            "students": [
                {
                    "number": s.number, "name": s.name, "courses": s.courses,
                    "joined": s.joined.isoformat(), "siblings": s.siblings,
                }
                for s in self.students.values()
            ],
            "records": [
                [r.day.isoformat(), r.student, r.course, r.status.value]
                for r in self._records.values()
            ],
        }
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        os.replace(temporary, self._path)

    def enroll(self, student: Student) -> None:
        """원생을 명부에 올린다. 같은 학번은 두 번 쓸 수 없다."""
        if student.number in self.students:
            raise AttendanceError(f"이미 있는 학번입니다: {student.number}")
        for code in student.courses:
            find_course(code)
        self.students[student.number] = student

    def student(self, number: str) -> Student:
        """학번으로 원생을 찾는다."""
        try:
            return self.students[number]
        except KeyError:
            raise AttendanceError(f"명부에 없는 학번입니다: {number}") from None

    def mark(self, record: Record) -> None:
        """출결을 적는다. 같은 날 같은 반은 나중에 적은 것이 남는다."""
        if record.course not in self.student(record.student).courses:
            raise AttendanceError(f"{record.student}은(는) {record.course} 반이 아닙니다")
        # 보강은 정규 요일이 아닌 날에 하므로 요일을 따지지 않는다.
        if record.status is not Status.MAKEUP:
            if not find_course(record.course).meets_on(record.day):
                raise AttendanceError(f"{record.day}은(는) 수업이 없는 날입니다")
        self._records[(record.day, record.student, record.course)] = record

    def month(self, number: str, year: int, month: int) -> list[Record]:
        """한 달 치 출결을 날짜순으로 돌려준다."""
        found = [
            r for r in self._records.values()
            if r.student == number and (r.day.year, r.day.month) == (year, month)
        ]
        return sorted(found, key=lambda r: (r.day, r.course))
