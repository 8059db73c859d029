"""The task `absent_speaker` asks a conversation for words at a minute at which nobody speaks, or of an absent person.

The questions use the wordings of the task `speaker`. The minute lies between two turns of a speaker, and occurs nowhere
in the text as a clock time; only times without seconds are used, because recordings have speeches of many seconds. The
name of the person is made of two speakers' names, or is a common name, and occurs nowhere in the text. A conversation
with a masked or uncertain name is refused.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.identity import stable_hash64
from pipeline.languages import language_rules
from pipeline.languages.absence_rules import AbsenceRules
from pipeline.languages.rules import LanguageRules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed import absent_facts
from pipeline.synthesize.composed.absence import AbsenceReading, near_misses, recombined
from pipeline.synthesize.composed.absent_facts import LEAST_KNOWN, read_whole, refuse
from pipeline.synthesize.composed.name_parts import person_parts
from pipeline.synthesize.structural.conversation import Turn, conversation_turns
from pipeline.synthesize.structural.facts import Findings, StructuralFact, Unasked, make_fact
from pipeline.synthesize.structural.layout import quote, sentences
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

_ABSENT = frozenset({Trait.ABSENT_NAME, Trait.COMPUTED})
ABSENT_TIME = Form(
    "absent_speaker.time",
    {
        "en": (
            "what did {who} say {time}?",
            "{time}, what did {who} say?",
        ),
        "ko": (
            "{time}에 {who:은} 무엇이라고 말했습니까?",
            "{who:이} {time}에 한 말은 무엇입니까?",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=_ABSENT,
)
ABSENT_SPEAKER = Form(
    "absent_speaker.speaker",
    {
        "en": (
            "what did {name} say directly after {who} said “{said}”?",
            "after {who} said “{said}”, what did {name} say next?",
        ),
        "ko": (
            "{who:이} “{said}”{said|이라고} 말한 직후 {name:은} 무엇이라고 말했습니까?",
            "{who}의 “{said}”{said|이라는} 말에 이어 {name:은} 무엇이라고 했습니까?",
        ),
    },
    family=TaskFamily.NOT_ANSWERABLE,
    traits=_ABSENT,
)
_MAX_SPEAKERS = 12
_MINUTE = re.compile(r"(?P<begin>(?:.*[^\d:])?)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?P<end>(?:[ ]?[^\W\d_]{2})?)")
"""A clock time without seconds."""
_UNQUOTABLE = re.compile(r"[{}<>\[\]“”\"\n…|]|https?:|[,:;-]$|^[\[(]?\d")
_MIN_WORDS_CHARS, _MAX_WORDS_CHARS = 20, 140


def absent_speaker_facts(reading: Reading) -> Findings:
    """Return facts about a time at which a speaker says nothing, and about a person who does not speak."""
    return read_whole(TASK.name, reading, find_absent)


def find_absent(reading: Reading, rules: AbsenceRules) -> Iterator[StructuralFact | Unasked]:
    """Yield every such fact about a conversation; `absent_speaker_facts` keeps one or two."""
    turns = conversation_turns(reading)
    if not all(turn.is_named for turn in turns):
        yield refuse(TASK.name, reason="uncertain_speakers", detail="the name of a speaker is masked or uncertain")
        return
    yield from _times(reading, turns, rules)
    yield from _speakers(reading, turns, rules)


def _times(reading: Reading, turns: Sequence[Turn], rules: AbsenceRules) -> Iterator[StructuralFact]:
    """Yield a fact about a minute between two turns of a speaker that nobody's turn has."""
    if len({turn.session for turn in turns}) > 1 or not all(_MINUTE.fullmatch(turn.node.value) for turn in turns):
        return
    seed, frames = reading.context.doc_id, language_rules(reading.language).frames
    by_speaker: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        by_speaker[turn.speaker].append(turn)
    pairs = [pair for said in by_speaker.values() for pair in pairwise(said)]
    for before, after in sorted(pairs, key=lambda pair: stable_hash64(seed, "time", pair[0].node.start)):
        for time in _minutes_between(before.node.value, after.node.value):
            minute = _MINUTE.fullmatch(time)
            if minute is None or _shows_minute(reading.text, minute):
                continue
            speaker = before.speaker
            yield make_fact(
                form=ABSENT_TIME,
                slots={"who": speaker, "name": time, "time": frames.at_time.format(time=time)},
                answer=rules.time(speaker, time, before.node.value, after.node.value),
                spans=[before.whole, after.whole],
            )
            return


def _minutes_between(before: str, after: str) -> Iterator[str]:
    """Yield the times of the same hour between two times, beginning in the middle; the rest of both must be equal."""
    low, high = _MINUTE.fullmatch(before), _MINUTE.fullmatch(after)
    if low is None or high is None:
        return
    if (low["begin"], low["hour"], low["end"]) != (high["begin"], high["hour"], high["end"]):
        return
    first, last = int(low["minute"]) + 1, int(high["minute"])
    middle = (first + last) // 2
    for minute in (*range(middle, last), *range(first, middle)):
        yield f"{low['begin']}{low['hour']}:{minute:02d}{low['end']}"


def _shows_minute(text: str, time: re.Match[str]) -> bool:
    """Return whether a text has a clock time with the same minute, in half days or whole ones."""
    hour = int(time["hour"]) % 12
    hours = "|".join({str(hour), f"{hour:02d}", str(hour + 12), *(("12",) if hour == 0 else ())})
    return re.search(rf"(?<!\d)(?:{hours})\s*[:.\D]\s*{time['minute']}(?!\d)", text) is not None


def _speakers(reading: Reading, turns: Sequence[Turn], rules: AbsenceRules) -> Iterator[StructuralFact]:
    """Yield a fact about the reply of a person who does not speak."""
    text, seed = reading.text, reading.context.doc_id
    first: dict[str, Turn] = {}
    for turn in turns:
        first.setdefault(turn.speaker, turn)
    if not LEAST_KNOWN <= len(first) <= _MAX_SPEAKERS:
        return
    is_person = language_rules(reading.language).versions.is_personal_name

    def split(name: str) -> tuple[str, str] | None:
        return rules.split_person(name) or person_parts(name)

    made = [name for name, _, _ in recombined(list(first), split=split)]
    is_of_people = any(name.isascii() or is_person(name) for name in first)
    ranked = (made, () if made else rules.people if is_of_people else rules.roles)
    names = near_misses(ranked=ranked, reading=AbsenceReading(text), seed=seed)
    heard = [(turn, words) for turn in turns if (words := _quotable(text, turn))]
    for name in names:
        for turn, words in sorted(heard, key=lambda pair: stable_hash64(seed, "said", pair[0].node.start))[:1]:
            yield make_fact(
                form=ABSENT_SPEAKER,
                slots={"name": name, "who": turn.speaker, "said": words},
                answer=rules.speaker(name, list(first)),
                spans=[turn.whole, *(other.whole for other in first.values())],
            )


def _quotable(text: str, turn: Turn) -> str:
    """Return the first sentence of a turn if a question can quote it and it is in the text once; else nothing."""
    first = next(sentences(text, turn.words.start, turn.words.end), None)
    words = quote(text, first).rstrip(".").rstrip() if first is not None else ""
    is_fit = _MIN_WORDS_CHARS <= len(words) <= _MAX_WORDS_CHARS and not _UNQUOTABLE.search(words)
    return words if is_fit and not has_pseudonym(words) and text.count(words) == 1 else ""


def _phrases(rules: LanguageRules) -> tuple[str, ...]:
    """Return the answers with letters in the places of names, and the names that are asked for."""
    absence = rules.absence
    if absence is None:
        return ()
    return (absence.time("A", "B", "C", "D"), absence.speaker("A", ["B"]), *absence.people, *absence.roles)


TASK = StructuralTask(
    name="absent_speaker",
    order=280,
    finds={"dialogue": absent_speaker_facts},
    forms=(ABSENT_TIME, ABSENT_SPEAKER),
    thresholds=thresholds_in(globals(), vars(absent_facts)),
    frames=_phrases,
)
