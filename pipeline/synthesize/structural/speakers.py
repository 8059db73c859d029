"""Facts of the task `speaker`: who said what, when, and in answer to whom.

Comes in: text and where its sections start; goes out: `Findings`. Reads `[10:04] Name: words`, `[09:14] <nick> words`,
`Name (10:04): words` and `Name: words`. A turn ends at a blank line or at the next turn. Words that are said twice are
not asked about, nor are minutes that occur twice (two days in one document). Linear.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.build import StructuralTask
from pipeline.languages import Language, language_rules
from pipeline.records import Section
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import Line, is_masked, one_line, quote, sentences, split_lines
from pipeline.synthesize.structural.references import join_names

_TIME = r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}[ T])?(?:(?:오전|오후)\s?)?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp][Mm])?"
_NAME = r"(?!https?\b)[A-Za-zÀ-ɏ가-힣][^:：\n\[\]<>{}|\"“”]{0,48}?"
_TIMED = re.compile(
    rf"[ \t*_]*(?:[\[(](?P<time>{_TIME})[\])]|(?P<plain>{_TIME})(?=\s+[^\d\s]))[ \t*_]*"
    rf"(?:<(?P<nick>[^<>\s]{{1,32}})>[ \t]+|(?P<name>{_NAME})[ \t*_]*[:：][ \t*_]+)(?=\S)"
)
_TIME_AFTER = re.compile(rf"[ \t*_]*(?P<name>{_NAME})[ \t*_]*[\[(](?P<time>{_TIME})[\])][ \t*_]*[:：][ \t*_]+(?=\S)")
_UNTIMED = re.compile(rf"[ \t*_]*(?P<name>{_NAME})[ \t*_]*[:：][ \t*_]+(?=\S)")
_SYSTEM = re.compile(r"[ \t]*(?:===|\*\*\*|---|-!-|#{1,6} )")
_LABELS = frozenset(
    [
        "date",
        "time",
        "place",
        "venue",
        "location",
        "present",
        "attendees",
        "participants",
        "apologies",
        "absent",
        "chair",
        "minutes",
        "subject",
        "agenda",
        "item",
        "note",
        "notes",
        "topic",
        "channel",
        "ticket",
        "status",
        "priority",
        "title",
        "duration",
        "decision",
        "decisions",
        "action",
        "actions",
        "amounts",
        "summary",
        "일시",
        "날짜",
        "일자",
        "시간",
        "장소",
        "참석",
        "참석자",
        "불참",
        "불참자",
        "출석",
        "결석",
        "안건",
        "제목",
        "주제",
        "상담번호",
        "접수번호",
        "채널",
        "비고",
        "작성",
        "작성자",
        "기록",
        "기록자",
        "배경",
        "결과",
        "결정",
        "참고",
        "서기",
        "의장",
        "사회",
        "회의명",
        "문의",
        "문의유형",
        "상태",
        "요약",
    ]
)
_MIN_TIMED = 3
_MIN_TURNS_OF_UNTIMED = 2
_MAX_NAME_WORDS = 6
_MAX_SPEAKERS = 12
_MIN_WORDS, _MIN_CHARS = 5, 14
_MAX_QUOTE_CHARS = 160
_MIN_ANSWER_CHARS = 12


@dataclass(frozen=True, slots=True)
class _Turn:
    speaker: str
    time: str
    session: int
    """Counts up whenever the clock goes back."""
    whole: Span
    words: Span
    is_whole: bool
    """Nothing after it looks like more of the same turn."""


def speaker_facts(*, text: str, sections: Sequence[Section], language: Language) -> Findings:
    """Facts about the turns of a conversation."""
    turns = _turns(text, frozenset(section.start for section in sections))
    said = Counter(
        one_line(quote(text, span)) for turn in turns for span in sentences(text, turn.words.start, turn.words.end)
    )
    facts: list[StructuralFact] = []
    for index, turn in enumerate(turns):
        opening = _quotable(text, turn, said)
        if not opening:
            continue
        facts.append(
            make_fact(form=QuestionForm.SPEAKER_WHO, slots={"words": opening}, answer=turn.speaker, spans=[turn.whole])
        )
        if turn.time:
            slots = {"speaker": turn.speaker, "words": opening}
            facts.append(make_fact(form=QuestionForm.SPEAKER_WHEN, slots=slots, answer=turn.time, spans=[turn.whole]))
        reply = turns[index + 1] if index + 1 < len(turns) else None
        if reply is not None and reply.speaker != turn.speaker and _is_answer(text, reply) and turn.is_whole:
            facts.append(
                make_fact(
                    form=QuestionForm.SPEAKER_REPLY,
                    slots={"speaker": turn.speaker, "words": opening, "reply": reply.speaker},
                    answer=quote(text, reply.words),
                    spans=[turn.whole, reply.whole],
                )
            )
    timed, refusals = _timed_facts(text, turns, language)
    return Findings(facts=(*facts, *timed, *_all_speakers(turns, language)), refusals=tuple(refusals))


def _timed_facts(text: str, turns: Sequence[_Turn], language: Language) -> tuple[list[StructuralFact], list[Refusal]]:
    """What a speaker said in one minute: all turns of that minute, unless the minute comes twice."""
    by_minute: dict[tuple[str, str], list[_Turn]] = defaultdict(list)
    for turn in turns:
        if turn.time:
            by_minute[turn.speaker, turn.time].append(turn)
    facts = []
    refusals = []
    for (speaker, time), said in by_minute.items():
        if len({turn.session for turn in said}) > 1:
            refusals.append(
                Refusal(
                    task=StructuralTask.SPEAKER,
                    subject=f"{speaker} {time}",
                    reason="ambiguous_time",
                    detail=f"{speaker!r} speaks at {time} on more than one occasion",
                    span=said[0].whole,
                )
            )
        elif all(_is_answer(text, turn) for turn in said):
            facts.append(
                make_fact(
                    form=QuestionForm.SPEAKER_AT,
                    slots={"speaker": speaker, "time": language_rules(language).frames.at_time.format(time=time)},
                    answer="\n".join(quote(text, turn.words) for turn in said),
                    spans=[turn.whole for turn in said],
                )
            )
    return facts, refusals


def _all_speakers(turns: Sequence[_Turn], language: Language) -> list[StructuralFact]:
    first: dict[str, _Turn] = {}
    for turn in turns:
        first.setdefault(turn.speaker, turn)
    if not 1 < len(first) <= _MAX_SPEAKERS:
        return []
    return [
        make_fact(
            form=QuestionForm.SPEAKER_ALL,
            slots={},
            answer=join_names(list(first), language),
            spans=[turn.whole for turn in first.values()],
        )
    ]


def _turns(text: str, headings: frozenset[int]) -> list[_Turn]:
    lines = split_lines(text)
    timed = [_timed(line) for line in lines]
    if sum(match is not None for match in timed) >= _MIN_TIMED:
        heads = timed
    else:
        heads = [_untimed(line) for line in lines]
        frequent = Counter(_speaker(match) for match in heads if match)
        heads = [match if match and frequent[_speaker(match)] >= _MIN_TURNS_OF_UNTIMED else None for match in heads]
    turns: list[_Turn] = []
    session, previous = 0, ""
    for index, (line, match) in enumerate(zip(lines, heads, strict=True)):
        if match is None:
            continue
        stop, is_whole = _turn_end(lines, heads, index, headings)
        time = one_line((match.groupdict().get("time") or match.groupdict().get("plain") or "").strip())
        session += bool(previous and time and _clock(time) < _clock(previous))
        previous = time or previous
        words_start = line.start + match.end()
        words_end = words_start + len(text[words_start : lines[stop].end].rstrip())
        lead = len(line.text) - len(line.text.lstrip())
        turns.append(
            _Turn(
                speaker=_speaker(match),
                time=time,
                session=session,
                whole=Span(line.start + lead, words_end),
                words=Span(words_start, words_end),
                is_whole=is_whole,
            )
        )
    return turns


def _turn_end(
    lines: Sequence[Line], heads: Sequence[re.Match[str] | None], index: int, headings: frozenset[int]
) -> tuple[int, bool]:
    """Last line of a turn, and whether what follows its blank line is another turn, a heading or a system line."""
    stop = index
    while stop + 1 < len(lines) and heads[stop + 1] is None and _continues(lines[stop + 1], headings):
        stop += 1
    after = stop + 1
    while after < len(lines) and not lines[after].text.strip():
        after += 1
    ends = after >= len(lines) or heads[after] is not None or not _continues(lines[after], headings)
    return stop, ends


def _continues(line: Line, headings: frozenset[int]) -> bool:
    return bool(line.text.strip()) and line.start not in headings and not _SYSTEM.match(line.text)


def _timed(line: Line) -> re.Match[str] | None:
    match = _TIMED.match(line.text) or _TIME_AFTER.match(line.text)
    return match if match and len(_speaker(match).split()) <= _MAX_NAME_WORDS else None


def _untimed(line: Line) -> re.Match[str] | None:
    match = None if _SYSTEM.match(line.text) else _UNTIMED.match(line.text)
    if match is None or len(_speaker(match).split()) > _MAX_NAME_WORDS:
        return None
    return None if _speaker(match).casefold() in _LABELS else match


def _speaker(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return one_line((groups.get("nick") or groups.get("name") or "").strip(" \t*_"))


def _clock(time: str) -> tuple[str, int]:
    """Sortable form of a time: its date, then its seconds."""
    clock = re.search(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", time)
    assert clock is not None, f"no clock time in {time!r}"
    hour = int(clock[1])
    is_afternoon = re.search(r"오후|[Pp][Mm]", time) is not None
    if re.search(r"오전|오후|[AaPp][Mm]", time):
        hour = hour % 12 + (12 if is_afternoon else 0)
    date = time[: clock.start()].replace("오전", "").replace("오후", "").strip()
    return date, hour * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)


def _quotable(text: str, turn: _Turn, said: Counter[str]) -> str:
    """The first sentence of a turn, where it is long enough to find it by and was said once only."""
    first = next(sentences(text, turn.words.start, turn.words.end), None)
    if first is None:
        return ""
    words = one_line(quote(text, first))
    is_long_enough = len(words) >= _MIN_CHARS and len(words.split()) >= min(
        _MIN_WORDS, 3 if _is_korean(words) else _MIN_WORDS
    )
    if not is_long_enough or len(words) > _MAX_QUOTE_CHARS or said[words] > 1 or re.search(r"[{}<>“”\"]", words):
        return ""
    return "" if words.endswith(("..", "…")) else words.rstrip(".").rstrip()


def _is_korean(words: str) -> bool:
    return re.search(r"[가-힣]", words) is not None


def _is_answer(text: str, turn: _Turn) -> bool:
    words = quote(text, turn.words)
    return turn.is_whole and len(words) >= _MIN_ANSWER_CHARS and not is_masked(words) and not re.search(r"[{}]", words)
