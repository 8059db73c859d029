"""KakaoTalk exports of PC, Android and iOS, in Korean and English.

    [김민수] [오후 2:31] 견적서 보냈습니다                 PC
    2024년 3월 5일 오후 2:31, 김민수 : 견적서 보냈습니다    Android
    2024. 3. 5. 오후 2:31, 김민수 : 견적서 보냈습니다       iOS

The words of the exports (dates, halves of the day, names of attachments, notices of the room) are data of the format.
"""

from __future__ import annotations

import re

from pipeline.documents.grammar.turns.clocks import CLOCK, DATE, day_of
from pipeline.documents.grammar.turns.family import Reading, TurnFamily
from pipeline.documents.grammar.turns.lines import Lines
from pipeline.documents.grammar.turns.messages import Aside, Head, read_messages

_PC = re.compile(rf"\[(?P<name>[^\n]{{1,60}}?)\] \[(?P<time>{CLOCK})\](?:[ ]|$)")
_STAMP = rf"{DATE}(?:,| at)? {CLOCK}"
_PHONE = re.compile(rf"(?P<time>{_STAMP}), (?P<name>[^\n]{{1,60}}?) ?: ")
_NOTICE_OF_PHONE = re.compile(rf"{_STAMP}(?:, .*|[ \t]*|: .*)")
_SAVED = re.compile(r"(?:저장한 날짜|Date Saved) ?: .*")
_NOTICE_OF_ROOM = re.compile(
    r".{1,60}(?:님이 (?:들어왔습니다|나갔습니다|.{1,200}(?:초대|내보냈|임명)\S*|방장이 되었\S*)|님을 내보냈습니다"
    r"| (?:joined|left) (?:this|the) chatroom| invited .{1,200} to this chatroom)\.?"
    r"|채팅방 관리자가 메시지를 가렸습니다\."
)
_ATTACHMENT = re.compile(
    r"(?:사진(?: \d+장)?|동영상|이모티콘|음성\s?메시지|삭제된 메시지입니다\.?"
    r"|라이브톡 .{0,20}|(?:보이스톡|페이스톡).{0,30}"
    r"|(?:파일|지도|연락처|프로필|투표|일정|샵검색)\s?: ?.*|<사진 읽지 않음>"
    r"|Photos?|\d+ photos|Video|Emoticons?|Voice (?:Note|Call|Message)|This message was deleted\.?"
    r"|(?:File|Map|Contact|Profile|Poll)\s?: .*"
    r"|\S{1,80}\.(?:jpe?g|png|gif|mp4|m4a|pdf|hwpx?|xlsx?|docx?|pptx?|zip))[ \t]*"
)


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
        words=match.end(),
        is_empty=not words.strip() or _ATTACHMENT.fullmatch(words) is not None,
    )


def _aside(line: str) -> Aside | None:
    if day := day_of(line):
        return Aside(day=day)
    is_notice = (
        _SAVED.fullmatch(line)
        or (line[0].isalnum() and _NOTICE_OF_PHONE.fullmatch(line))
        or (len(line) < 400 and ("님" in line or "chat" in line or "채팅" in line) and _NOTICE_OF_ROOM.fullmatch(line))
    )
    return Aside() if is_notice else None


FAMILY = TurnFamily(name="kakaotalk", order=5, looks_right=_looks_right, read=_read, min_share=0.2, is_certain=True)
