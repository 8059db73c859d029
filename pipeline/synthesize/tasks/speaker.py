"""The task `speaker` asks who said what and when, what was replied, and who takes part in a conversation.

A question is asked only if its answer is certain. Left out are words that are said twice, replies without content,
turns that may continue after a blank line or after the end of the text, and names without a time that occur only once.
A time at which a speaker speaks in several sessions is refused. `structural.conversation` reads the turns. Time is
linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline.languages import Language, language_rules
from pipeline.records import Context, TaskFamily
from pipeline.synthesize.structural.conversation import LINE_NUMBER, Turn, conversation_turns
from pipeline.synthesize.structural.facts import Findings, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, Preference, StructuralTask, thresholds_in

SPEAKER_AT = Form(
    "speaker.at",
    {
        "en": (
            "what did {speaker} say {time}?",
            "{time}, what did {speaker} say?",
        ),
        "ko": (
            "{time}에 {speaker:은} 무엇이라고 말했습니까?",
            "{speaker:이} {time}에 한 말은 무엇입니까?",
        ),
    },
)
SPEAKER_WHO = Form(
    "speaker.who",
    {
        "en": (
            "who said “{words}”?",
            "which participant said “{words}”?",
        ),
        "ko": (
            "“{words}”{words|이라고} 말한 사람은 누구입니까?",
            "누가 “{words}”{words|이라고} 말했습니까?",
        ),
    },
    preference=Preference.TRIVIAL,
)
SPEAKER_WHEN = Form(
    "speaker.when",
    {
        "en": (
            "when did {speaker} say “{words}”?",
            "at what time did {speaker} say “{words}”?",
        ),
        "ko": (
            "{speaker:이} “{words}”{words|이라고} 말한 시각은 언제입니까?",
            "{speaker:은} 몇 시 몇 분에 “{words}”{words|이라고} 말했습니까?",
        ),
    },
    preference=Preference.TRIVIAL,
)
SPEAKER_REPLY = Form(
    "speaker.reply",
    {
        "en": (
            "what did {reply} say directly after {speaker} said “{words}”?",
            "after {speaker} said “{words}”, what did {reply} say next?",
        ),
        "ko": (
            "{speaker:이} “{words}”{words|이라고} 말한 직후 {reply:은} 무엇이라고 말했습니까?",
            "{speaker}의 “{words}”{words|이라는} 말에 이어 {reply:은} 무엇이라고 했습니까?",
        ),
    },
)
SPEAKER_ALL = Form(
    "speaker.all",
    {
        "en": (
            "who speaks in this conversation? List everyone in the order of their first words.",
            "name all the speakers, in the order in which they first speak.",
        ),
        "ko": (
            "이 대화에서 발언한 사람을 처음 말한 순서대로 모두 적어 주십시오.",
            "누가 이 대화에 참여합니까? 처음 발언한 순서대로 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
)
_MAX_SPEAKERS = 12
_MAX_QUOTE_CHARS = 160
_MAX_TURNS_OF_REPLY = 6
_MAX_OF_TALK = 6
"""With more speakers, a line in a chat is taken as a reply only if it names the speaker of the line above."""
_MIN_WRAPPED_CHARS = 56
_MIN_CONTENT = 16
_MIN_CONTENT_WORDS = 3
_URL = re.compile(r"\b(?:https?://|www\.)\S+")
_IN_BRACKETS = re.compile(r"\{[^{}\n]*\}|\[[^\[\]\n]*\]|<[^<>\n]*>")
_WORD = re.compile(r"[^\W_]+")
_UNQUOTABLE = re.compile(r"[{}<>“”\"]|^[\[(]?\d{1,4}[:/.-]\d|\b(?:uh|um|uhm|erm|mm|hmm)\b", re.IGNORECASE)
"""What makes words unfit for quoting: `{}`, `<>`, quotation marks, a date or time at the start, hesitation sounds."""
_TRANSCRIPT_NOTE = re.compile(r"\{[a-z_ ]{2,30}\}")
"""A note in a transcript that is not spoken: `{disfmarker}`, `{vocalsound}`."""
_STUTTER = re.compile(
    r"\b(?!(?:very|really|no|yes|yeah|so|bye|ha|hey|many|much|far|more|had|that|okay|ok)\b)([^\W\d_]+)"
    r"(?:[ ,.]{1,3}| - )\1\b"
    r"|(?<![\w'’.-])(?![AIaiOo]\b|[A-Z]\.)[A-Za-z](?= [a-z])",
    re.IGNORECASE,
)
"""A word said twice in a row (`the the`), or the first letter of an unfinished word (`b but`)."""
_ADDRESSED = re.compile(r"(?P<name>[^\s:,]{2,24})[:,]\s")
"""The person addressed at the start of a turn: `Ana, …` or `Ana: …`."""


def speaker_facts(reading: Reading) -> Findings:
    """Return facts about the turns of a conversation."""
    text, language = reading.text, reading.language
    turns = conversation_turns(reading)
    said = Counter(
        _plain(quote(text, span)) for turn in turns for span in sentences(text, turn.words.start, turn.words.end)
    )
    facts: list[StructuralFact] = []
    speakers = frozenset(turn.speaker for turn in turns)
    for index, turn in enumerate(turns):
        opening = _quotable(text, turn, said)
        if not opening:
            continue
        facts.append(make_fact(form=SPEAKER_WHO, slots={"words": opening}, answer=turn.speaker, spans=[turn.whole]))
        if turn.node.value:
            slots = {"speaker": turn.speaker, "words": opening}
            answer = turn.node.value
            facts.append(make_fact(form=SPEAKER_WHEN, slots=slots, answer=answer, spans=[turn.whole]))
        if reply := _reply(text, turns, index, speakers):
            facts.append(
                make_fact(
                    form=SPEAKER_REPLY,
                    slots={"speaker": turn.speaker, "words": opening, "reply": reply[0].speaker},
                    answer="\n".join(quote(text, part.words) for part in reply),
                    spans=[turn.whole, *(part.whole for part in reply)],
                )
            )
    timed, unasked = _timed_facts(text, turns, language)
    return Findings(facts=(*facts, *timed, *_all_speakers(reading.context, turns, language)), unasked=tuple(unasked))


def _reply(text: str, turns: Sequence[Turn], index: int, speakers: frozenset[str]) -> list[Turn]:
    """Return the reply to a turn: all turns of the next speaker directly after it; empty if the reply is uncertain."""
    turn = turns[index]
    run: list[Turn] = []
    for reply in turns[index + 1 : index + 2 + _MAX_TURNS_OF_REPLY]:
        if run and (reply.speaker != run[0].speaker or reply.node.numbering != run[0].node.numbering):
            break
        if not reply.follows or not reply.is_whole or len(run) == _MAX_TURNS_OF_REPLY:
            return []
        run.append(reply)
    if not run or run[0].speaker == turn.speaker or not run[0].is_named or not turn.is_whole:
        return []
    words = " ".join(quote(text, part.words) for part in run)
    if not _has_content(words) or not _is_clean(words) or _goes_on(text, turns, index, run[0]):
        return []
    if turn.node.value and len(speakers) > _MAX_OF_TALK and turn.speaker.casefold() not in words.casefold():
        return []  # in a chat with many speakers, a line rarely answers the line above
    return [] if _is_to_another(words, turn, speakers) else run


def _is_clean(words: str) -> bool:
    """Return whether words can be an answer: they contain neither transcript notes nor stuttering."""
    return not _TRANSCRIPT_NOTE.search(words) and not _STUTTER.search(words)


def _goes_on(text: str, turns: Sequence[Turn], index: int, reply: Turn) -> bool:
    """Return whether a reply continues a sentence that the same speaker began before the turn at `index`."""
    before = quote(text, turns[index - 1].words).rstrip() if index else ""
    is_same = bool(before) and turns[index - 1].speaker == reply.speaker
    return is_same and quote(text, reply.words)[:1].islower() and not before.endswith((".", "?", "!"))


def _is_to_another(words: str, turn: Turn, speakers: frozenset[str]) -> bool:
    """Return whether a reply addresses someone other than the speaker of `turn`.

    It then opens with the name of a different speaker, or with any other word and a colon.
    """
    addressed = _ADDRESSED.match(words)
    if addressed is None or addressed["name"] == turn.speaker:
        return False
    return addressed["name"] in speakers or words[addressed.end("name")] == ":"


def _timed_facts(text: str, turns: Sequence[Turn], language: Language) -> tuple[list[StructuralFact], list[Unasked]]:
    """Return facts about what a speaker said at a time; refuse a time at which a speaker speaks in several sessions."""
    by_time: dict[tuple[str, str], list[Turn]] = defaultdict(list)
    for turn in turns:
        if turn.node.value and turn.is_named:
            by_time[turn.speaker, turn.node.value].append(turn)
    facts = []
    unasked = []
    for (speaker, time), said in by_time.items():
        if len({turn.session for turn in said}) > 1:
            unasked.append(
                not_asked(
                    task=TASK.name,
                    subject=f"{speaker} {time}",
                    reason="ambiguous_time",
                    detail=f"{speaker!r} speaks at {time} on more than one occasion",
                    span=said[0].whole,
                )
            )
            continue
        words = "\n".join(quote(text, turn.words) for turn in said)
        if all(turn.is_whole for turn in said) and _has_content(words) and _is_clean(words):
            facts.append(
                make_fact(
                    form=SPEAKER_AT,
                    slots={"speaker": speaker, "time": language_rules(language).frames.at_time.format(time=time)},
                    answer=words,
                    spans=[turn.whole for turn in said],
                )
            )
    return facts, unasked


def _all_speakers(context: Context, turns: Sequence[Turn], language: Language) -> list[StructuralFact]:
    """Return a fact about everyone who speaks, if all names are certain.

    Return none for a later part of a document if it has words before its first turn.
    """
    first: dict[str, Turn] = {}
    for turn in turns:
        first.setdefault(turn.speaker, turn)
    if not 1 < len(first) <= _MAX_SPEAKERS or not all(turn.is_named for turn in turns):
        return []
    if context.part > 1 and context.text[: turns[0].node.start].strip():
        return []
    if not all(_WORD.search(_IN_BRACKETS.sub(" ", quote(context.text, turn.words))) for turn in first.values()):
        return []  # a first turn with only notes makes the order of the speakers uncertain
    return [
        make_fact(
            form=SPEAKER_ALL,
            slots={},
            answer=language_rules(language).join_names(list(first)),
            spans=[turn.whole for turn in first.values()],
        )
    ]


def _quotable(text: str, turn: Turn, said: Counter[str]) -> str:
    """Return the first sentence of a turn if it says enough and was said only once; otherwise an empty string.

    If the sentence has several lines and the first is too short to be wrapped, as in verse, return the first line only.
    """
    first = next(sentences(text, turn.words.start, turn.words.end), None) if turn.is_named else None
    if first is None or (first.end == turn.words.end and not turn.is_whole):
        return ""
    sentence = quote(text, first)
    line = sentence.partition("\n")[0].rstrip()
    is_line = len(line) < min(len(sentence), _MIN_WRAPPED_CHARS)
    words = line if is_line else one_line(sentence)
    if not _has_content(words) or len(words) > _MAX_QUOTE_CHARS or said[_plain(words)] > (0 if is_line else 1):
        return ""
    if _UNQUOTABLE.search(words) or _STUTTER.search(words) or LINE_NUMBER.search(text, first.start, first.end):
        return ""
    return "" if words.endswith(("..", "…", ",", ":", ";", "-")) else words.rstrip(".").rstrip()


def _has_content(words: str) -> bool:
    """Return whether words say enough to ask about, unlike `ok`, `네.`, an emoji, a link or masked text.

    Different words and their letters are counted, without words of fewer than three letters (two if not ASCII). The
    letters of a word that is not ASCII count twice.
    """
    plain = _IN_BRACKETS.sub(" ", _URL.sub(" ", words))
    content = {word.casefold() for word in _WORD.findall(plain) if len(word) >= (3 if word.isascii() else 2)}
    weight = sum(len(word) if word.isascii() else 2 * len(word) for word in content)
    return len(content) >= _MIN_CONTENT_WORDS and weight >= _MIN_CONTENT


def _plain(words: str) -> str:
    """Return a sentence in lower case and without punctuation, so that equal words match."""
    return " ".join(_WORD.findall(words)).casefold()


TASK = StructuralTask(
    name="speaker",
    order=140,
    finds={"dialogue": speaker_facts},
    forms=(SPEAKER_AT, SPEAKER_WHO, SPEAKER_WHEN, SPEAKER_REPLY, SPEAKER_ALL),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.at_time,),
)
