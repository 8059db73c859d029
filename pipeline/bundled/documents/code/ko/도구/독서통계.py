"""도서관 대출 기록에서 통계를 낸다.

기록 한 줄은 `날짜,회원번호,분류,쪽수`이다.
"""

from collections import Counter, defaultdict

분류이름 = {"0": "총류", "3": "사회과학", "4": "자연과학", "8": "문학", "9": "역사"}
열심회원_기준 = 24
두꺼운_책_쪽수 = 500


class 기록오류(Exception):
    """기록의 한 줄을 읽을 수 없을 때 난다."""

    def __init__(self, 줄번호, 까닭):
        super().__init__(f"{줄번호}번째 줄: {까닭}")
        self.줄번호 = 줄번호


def 읽기(줄들):
    """(날짜, 회원번호, 분류, 쪽수)를 하나씩 돌려준다. 빈 줄은 건너뛴다."""
    for 번호, 줄 in enumerate(줄들, start=1):
        if not 줄.strip():
            continue
        칸 = 줄.strip().split(",")
        if len(칸) != 4:
            raise 기록오류(번호, f"칸이 {len(칸)}개이다")
        if 칸[2] not in 분류이름:
            raise 기록오류(번호, f"모르는 분류 {칸[2]}")
        yield 칸[0], 칸[1], 칸[2], int(칸[3])


def 분류별_대출(기록):
    """분류 이름마다 빌린 책의 수를 많은 것부터 돌려준다."""
    세기 = Counter(분류이름[분류] for _, _, 분류, _ in 기록)
    return 세기.most_common()


def 열심회원(기록):
    """열심회원_기준 이상 빌린 회원의 번호를 돌려준다."""
    세기 = Counter(회원 for _, 회원, _, _ in 기록)
    return sorted(회원 for 회원, 수 in 세기.items() if 수 >= 열심회원_기준)


def 월별_쪽수(기록):
    """달마다 읽은 쪽수를 돌려준다. 두꺼운 책은 두꺼운_책_쪽수까지만 센다."""
    합 = defaultdict(int)
    for 날짜, _, _, 쪽수 in 기록:
        합[날짜[:7]] += min(쪽수, 두꺼운_책_쪽수)
    return dict(합)
