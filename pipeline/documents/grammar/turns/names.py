"""What can stand where a speaker's name stands, and the labels of forms, notes and logs that cannot.

The labels are words of both languages: no document is asked which it is in.
"""

from __future__ import annotations

import re
from functools import cache

MAX_NAME_WORDS = 6
MASK = r"\[[A-Z][A-Z_]{2,24}\]"
"""A name or number that masking took out."""
FIRST = rf"(?:{MASK}|[^\W\d]|[@$~]|\+\d|[\u2600-\u27bf\U0001f300-\U0001faff])"
"""What a name begins with: a letter, a sign that services put before names, or an emoji."""
NAME = rf"{FIRST}[^:：\n\[\]<>{{}}|\"“”\\=]{{0,47}}?(?:{MASK}|\([^()\n:]{{1,80}}\))?"
"""Holds no colon, bracket, quotation mark or sign of code; round brackets at its end may be long."""

_LABEL_LIST = """
absent abstract action actions actual added address advantages agenda amount amounts answer antonyms apologies args
arguments attendees attributes author bcc bug bugfix bugs build by category cause caution cc changed channel chore
ci class comment comments conclusion conflicts cons contact contents copyright corollary critical danger date debug
decision decisions default definition definitions depends deprecated description diagnostics difficulty
disadvantages docs duration email environment error example examples exercise expected fatal fax feat feature
features fields fig figure file filename files fix fixed format from given hint history http https important
improved improvement improvements info input item items its keywords language lemma level licence license link
location mailto maintainer message method methods minutes module name new no note notes notice number observation
option options order output page parameters participants path perf phone place prerequisites present price priority
problem proof properties pros provides purpose quantity question reason ref refactor reference references remark
remarks removed required requirements requires result results return returns security see severity since size
solution source standards status step style subject summary synonyms synopsis syntax table tag tags tel test tests
then theorem ticket time tip title to todo topic trace type types update updated url usage value venue version via
warn warning web website weight what when where who why yes
가격 개선 결과 결석 결정 경고 계 관련 관련법령 구분 규격 근거 금지 기간 기능 기록 기록자 기타 날짜 내용 단점
담당 담당자 대상 덧붙임 메일 모델 모델명 목적 문서번호 문의 문의유형 문제 발신 방법 배경 번호 변경 보기 불참
불참자 붙임 비고 비용 사양 삭제 상담번호 상태 성명 소속 수량 수수료 수신 수정 순서 시간 시행 시행일 신청방법
신청서류 쓰임 안건 알림 예 예시 요건 요약 용도 원산지 위험 유의 유의사항 이름 일시 일자 작성 작성자 장소 장점
재료 전화 전화번호 절차 접수번호 정답 정리 정의 제목 제조사 조건 종류 주 주소 주의 주의사항 주제 준비물 중요
중요사항 증명 직위 참가자 참고 참석 참석자 참조 채널 처리기한 첨부 추가 출석 출처 특징 팁 팩스 풀이 항목 해설서
형식 회의명 효과
"""
_LOG_LEVELS = frozenset(["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "SEVERE"])
_ASKING = frozenset(["q", "a", "q.", "a.", "질문", "답변"])
"""Of questions and answers that nobody said, as of a page of frequently asked questions."""


@cache
def _labels() -> frozenset[str]:
    return frozenset(_LABEL_LIST.split())


def is_label(name: str) -> bool:
    """Whether a word before a colon is the label of a form, a note or a log, whose lines nobody says."""
    return name.casefold() in _labels()


def is_of_questions(name: str) -> bool:
    """Whether it is the `Q` or `A` of a list of questions."""
    return name.casefold() in _ASKING


def is_name(name: str) -> bool:
    """Whether it can be a speaker's: not too many words, none of them the end of a sentence or the level of a log.

    What brackets say behind a name may be as long as it likes: `Hon. Mary Park (Minister of Health, North)`.
    """
    plain = _BRACKETS.sub("", name)
    words = plain.split()
    if not 0 < len(words) <= MAX_NAME_WORDS or is_label(name) or _INNER_END.search(plain):
        return False
    return words[0] not in _LOG_LEVELS


_BRACKETS = re.compile(r"\([^()\n]*\)")
_INNER_END = re.compile(r"[!?;…]|,\s.*,\s|[^\W\d_]{5,}\.\s|(?<![^\W\d_])[a-z가-힣]{3,}\.\s")
"""Signs that a sentence ended before the colon; `Mr.`, `Prof.` and `Hon.` are shorter."""
