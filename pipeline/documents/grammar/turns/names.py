"""What can stand where a speaker's name stands, and the labels of forms, notes and logs that cannot.

The labels are words of both languages: no document is asked which it is in.
"""

from __future__ import annotations

import re
from functools import cache

MAX_NAME_WORDS = 6
MASK = r"\[[A-Z][A-Z_]{2,24}\]"
"""A name or number that masking took out."""
NAME = rf"(?:{MASK}|[^\W\d]|@)[^:：\n\[\]<>{{}}|\"“”\\=]{{0,47}}?(?:{MASK})?"
"""Begins with a letter, `_` or `@`; holds no colon, bracket, quotation mark or sign of code."""

_LABEL_LIST = """
    absent action actions address agenda amount amounts answer apologies attendees author bcc cause caution cc
    channel comment comments conclusion contact contents critical danger date debug decision decisions default
    description duration email error example examples fatal fax fig figure file filename fix format from hint
    http https important info input item items keywords language level licence license link location mailto
    message method minutes name note notes notice number observation option options order output page
    parameters participants phone place present price priority problem purpose quantity question reason ref
    reference references remark remarks requirements result results return returns see severity size solution
    source status step subject summary syntax table tag tags tel ticket time tip title to todo topic trace
    type updated url usage value venue version via warn warning web website weight where
    가격 결과 결석 결정 경고 계 구분 규격 기간 기록 기록자 기타 날짜 내용 담당 담당자 대상 덧붙임 메일 목적 문서번호
    문의 문의유형 발신 방법 배경 번호 불참 불참자 붙임 비고 비용 상담번호 상태 성명 소속 수량 수신 시간 시행 시행일
    쓰임 안건 알림 예 예시 요약 유의 유의사항 이름 일시 일자 작성 작성자 장소 전화 전화번호 접수번호 제목 종류 주
    주소 주의 주의사항 주제 직위 참가자 참고 참석 참석자 참조 채널 첨부 출석 출처 특징 팁 팩스 항목 해설서 형식
    회의명 효과
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
    """Whether it can be a speaker's: not too many words, none of them the end of a sentence or the level of a log."""
    words = name.split()
    if not 0 < len(words) <= MAX_NAME_WORDS or is_label(name) or _INNER_END.search(name):
        return False
    return words[0] not in _LOG_LEVELS


_INNER_END = re.compile(r"[!?;…]|,\s.*,\s|[^\W\d_]{5,}\.\s")
"""Signs that a sentence ended before the colon; `Mr.`, `Prof.` and `Hon.` are shorter."""
