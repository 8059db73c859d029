"""Reads KakaoTalk exports from PC, Android and iOS, in Korean and English.

    [김민수] [오후 2:31] 견적서 보냈습니다                 PC
    2024년 3월 5일 오후 2:31, 김민수 : 견적서 보냈습니다    Android
    2024. 3. 5. 오후 2:31, 김민수 : 견적서 보냈습니다       iOS

The words that KakaoTalk writes (dates, halves of the day, attachments, room notices) come from `pipeline.languages`.
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.clocks import CLOCK, DATE, day_of
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages
from pipeline.languages import any_of, together

_PC = re.compile(rf"\[(?P<name>[^\n]{{1,60}}?)\] \[(?P<time>{CLOCK})\](?:[ ]|$)")
"""`[김민수] [오후 2:31] `"""
_STAMP = rf"{DATE}(?:,| at)? {CLOCK}"
_PHONE = re.compile(rf"(?P<time>{_STAMP}), (?P<name>[^\n]{{1,60}}?) ?: ")
"""`2024년 3월 5일 오후 2:31, 김민수 : `"""
_NOTICE_OF_PHONE = re.compile(rf"{_STAMP}(?:, .*|[ \t]*|: .*)")
"""A line with date and time that is not a message: `2024년 3월 5일 오후 2:31`."""
_SAVED = re.compile(rf"{any_of(lambda rules: rules.turns.kakaotalk.saved)} ?: .*")
"""The line with the time of the export."""
_NOTICE_OF_ROOM = re.compile(any_of(lambda rules: rules.turns.kakaotalk.notice))
"""A notice of who joined or left the room."""
_NOTICE_MARKS = sorted(together(lambda rules: rules.turns.kakaotalk.notice_marks))
_ATTACHMENT = re.compile(
    rf"(?:{any_of(lambda rules: rules.turns.kakaotalk.attachment)}"
    r"|\S{1,80}\.(?:jpe?g|png|gif|mp4|m4a|pdf|hwpx?|xlsx?|docx?|pptx?|zip))[ \t]*"
)
"""A message without words: the name of a file, or a text such as `사진`."""


def _looks_right(line: str) -> bool:
    return ("] [" in line or " : " in line) and _head(line) is not None


def _read(lines: Lines) -> Reading:
    return read_messages(lines, head=_head, aside=_aside, has_captions=False)


def _head(line: str) -> Head | None:
    is_of_pc = line[0] == "["
    match = _PC.match(line) if is_of_pc else _PHONE.match(line)
    if match is None:
        return None
    words = line[match.end() :]
    return Head(
        speaker=match["name"].strip(),
        time=match["time"],
        body=match.end(),
        is_empty=not words.strip() or _ATTACHMENT.fullmatch(words) is not None,
    )


def _aside(line: str) -> Aside | None:
    if day := day_of(line):
        return Aside(day=day)
    is_notice = (
        _SAVED.fullmatch(line)
        or (line[0].isalnum() and _NOTICE_OF_PHONE.fullmatch(line))
        or (len(line) < 400 and any(mark in line for mark in _NOTICE_MARKS) and _NOTICE_OF_ROOM.fullmatch(line))
    )
    return Aside() if is_notice else None


FAMILY = TurnFamily(name="kakaotalk", order=5, looks_right=_looks_right, read=_read, min_share=0.2, is_certain=True)
