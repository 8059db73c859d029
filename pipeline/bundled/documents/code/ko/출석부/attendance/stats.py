# SPDX-License-Identifier: Apache-2.0
"""출결 통계."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .models import Record, Status
from .store import Store

#: 지각을 이만큼 하면 결석 한 번으로 셈한다.
LATES_PER_ABSENCE = 3

#: 출석률이 이 값(%)보다 낮으면 상담 대상이 된다.
COUNSEL_BELOW = 80.0


@dataclass(frozen=True)
class Summary:
    """한 달 요약. 출석률은 소수 첫째 자리까지."""

    counts: dict[Status, int]
    rate: float

    @property
    def needs_counsel(self) -> bool:
        """상담 전화를 걸어야 하는지."""
        return self.rate < COUNSEL_BELOW


def summarize(records: list[Record]) -> Summary:
    """출결 목록을 요약한다. 공결은 아예 없던 수업으로 친다.

    보강은 결석을 지우지 않고, 분모와 분자에 하나씩 더해진다.
    """
    counts = Counter(record.status for record in records)
    counted = len(records) - counts[Status.EXCUSED]
    if counted == 0:
        return Summary({s: counts[s] for s in Status}, 100.0)
    penalty = counts[Status.LATE] // LATES_PER_ABSENCE
    came = counted - counts[Status.ABSENT] - penalty
    rate = round(came / counted * 100, 1)
    return Summary({s: counts[s] for s in Status}, rate)


def counsel_list(store: Store, year: int, month: int) -> list[tuple[str, float]]:
    """상담 대상의 (이름, 출석률)을 낮은 순으로 돌려준다."""
    found = []
    for number, student in store.students.items():
        summary = summarize(store.month(number, year, month))
        if summary.needs_counsel:
            found.append((student.name, summary.rate))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))
