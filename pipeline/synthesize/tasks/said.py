"""The task `said` lists what was said: by one speaker, in one hour, as questions, or with one word in it.

A list is asked about only if it is certain to be complete: the names and the ends of all its turns are certain, the
document is not cut, no other name differs only in case or in brackets, and a plain search of the text finds the name at
the beginning of as many lines as there are turns. A word must occur in the same turns as part of a longer word and
alone. A speaker with many turns is asked about by the hour. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.languages import Language, language_rules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed.counted_list import counted_list
from pipeline.synthesize.composed.spread import spread_over
from pipeline.synthesize.structural.conversation import LINE_NUMBER, Turn, conversation_turns
from pipeline.synthesize.structural.facts import Findings, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

_TRAITS = frozenset({Trait.COMPUTED})
SAID_ALL = Form(
    "said.all",
    {
        "en": (
            "what does {speaker} say in this conversation? Give the number of turns, then quote each one in order.",
            "quote everything that {speaker} says, turn by turn, and begin with how many turns there are.",
        ),
        "ko": (
            "이 대화에서 {speaker:이} 한 말을 모두 순서대로 적고, 먼저 발언의 개수를 밝혀 주십시오.",
            "{speaker}의 발언은 모두 몇 개입니까? 개수를 밝히고 발언을 차례대로 그대로 옮겨 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_TRAITS,
)
SAID_MESSAGES = Form(
    "said.messages",
    {
        "en": (
            "what does {speaker} write in this conversation? Give the number of messages, then quote each in order.",
            "quote all messages of {speaker} in order, and begin with how many there are.",
        ),
        "ko": (
            "이 대화에서 {speaker:이} 쓴 메시지를 모두 순서대로 적고, 먼저 개수를 밝혀 주십시오.",
            "{speaker:은} 메시지를 모두 몇 개 남겼습니까? 개수를 밝히고 차례대로 그대로 옮겨 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_TRAITS,
)
SAID_HOUR = Form(
    "said.hour",
    {
        "en": (
            "what does {speaker} write from {first} to {last}? Give the number of messages, then quote each in order.",
            "quote all messages of {speaker} with a time from {first} to {last}, and begin with their number.",
        ),
        "ko": (
            "{first}부터 {last}까지 {speaker:이} 쓴 메시지를 개수와 함께 순서대로 모두 적어 주십시오.",
            "{speaker:은} {first}부터 {last} 사이에 메시지를 몇 개 남겼습니까? 개수를 밝히고 모두 옮겨 적어 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_TRAITS,
)
SAID_QUESTIONS = Form(
    "said.questions",
    {
        "en": (
            "which questions does {speaker} ask? Give the number of sentences that end with a question mark, then list "
            "them in order.",
            "list every sentence of {speaker} that ends with a question mark, in order, and begin with their number.",
        ),
        "ko": (
            "{speaker:이} 한 질문, 곧 물음표로 끝나는 문장을 개수와 함께 순서대로 모두 적어 주십시오.",
            "{speaker}의 말 가운데 물음표로 끝나는 문장은 몇 개입니까? 개수를 밝히고 차례대로 옮겨 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_TRAITS,
)
SAID_WORD = Form(
    "said.word",
    {
        "en": (
            "who mentions “{word}”, and in what words? Give the number of remarks, then quote each with its speaker.",
            "quote every remark that contains “{word}”, with its speaker, in order, and begin with their number.",
        ),
        "ko": (
            "“{word}”{word|이라는} 말이 들어 있는 발언을 말한 사람과 함께 모두 적고, 먼저 개수를 밝혀 주십시오.",
            "“{word}”{word|이} 언급되는 발언은 몇 개입니까? 개수와 함께 누가 한 말인지 순서대로 옮겨 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_TRAITS,
)
_MIN_TURNS = 3
_MAX_TURNS = 14
_MIN_OF_HOUR = 3
_MIN_CHARS = 80
_MAX_CHARS = 1100
_MAX_WORDS = 24
_MIN_WORD_WEIGHT = 6
"""The minimum length of a word; a character that is not ASCII counts `_WIDE_WEIGHT` times."""
_WIDE_WEIGHT = 3
_CLOCK = re.compile(r"(?P<hour>\d\d):\d\d")
_NOT_SPOKEN = re.compile(r"[{}<>]|\[[^\[\]\n]*\]")
"""Notes in a transcript, masked values and markup."""
_QUESTION_MARKS = re.compile(r"[?？]+")


def said_facts(reading: Reading) -> Findings:
    """Return facts about what the speakers of a conversation said, listed completely."""
    turns = conversation_turns(reading)
    if not turns or reading.context.num_parts > 1:
        return Findings(facts=(), unasked=())
    by_speaker: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        by_speaker[turn.speaker].append(turn)
    folded = Counter(_plain_name(speaker) for speaker in by_speaker)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for speaker, own in by_speaker.items():
        if len(own) < _MIN_TURNS:
            continue
        problem = _speaker_problem(reading.text, speaker, own, is_shared=folded[_plain_name(speaker)] > 1)
        if problem:
            unasked.append(_refuse(speaker, own[0], *problem))
            continue
        facts.extend(_facts_of(reading, speaker, own))
    facts.extend(_word_facts(reading, turns))
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _speaker_problem(text: str, speaker: str, own: Sequence[Turn], *, is_shared: bool) -> tuple[str, str] | None:
    """Return why the turns of a speaker may be incomplete, and a detail; None if they are certain."""
    if is_shared:
        return "ambiguous_name", f"another name differs from {speaker!r} only in case or in brackets"
    if not all(turn.is_named and turn.is_whole for turn in own):
        return "uncertain_turn", f"it is uncertain who speaks, or where a turn ends, in a turn of {speaker!r}"
    lines = _lines_begun(text, speaker)
    if lines != len(own):
        return "uncertain_turn", f"{lines} lines begin with {speaker!r}, which has {len(own)} turns"
    return None


def _lines_begun(text: str, speaker: str) -> int:
    """Return the number of lines that begin with a name and the mark after it, found without the grammar of turns."""
    name = re.escape(speaker)
    begun = re.compile(rf"^[^\w\n]{{0,4}}(?:[\d:./ \-,APMapm]{{1,24}})?[^\w\n]{{0,4}}{name}[^\w\n]{{0,3}}[:>\]]", re.M)
    return sum(1 for _ in begun.finditer(text))


def _facts_of(reading: Reading, speaker: str, own: Sequence[Turn]) -> Iterator[StructuralFact]:
    """Yield the facts about one speaker: everything, each hour, and the questions."""
    if len(own) <= _MAX_TURNS:
        form = SAID_MESSAGES if all(turn.node.value for turn in own) else SAID_ALL
        yield from _listed(reading, form, {"speaker": speaker}, own)
    else:
        for hour, said in _by_hour(own):
            slots = {"speaker": speaker, "first": f"{hour}:00", "last": f"{hour}:59"}
            yield from _listed(reading, SAID_HOUR, slots, said)
    asked = [(turn, sentence) for turn in own for sentence in _questions(reading.text, turn)]
    marks = sum(len(_QUESTION_MARKS.findall(quote(reading.text, turn.words))) for turn in own)
    if marks != len(asked) or not _MIN_TURNS <= len(asked) <= _MAX_TURNS or len({turn for turn, _ in asked}) < 2:
        return
    lines = [sentence for _, sentence in asked]
    if _MIN_CHARS <= sum(map(len, lines)) <= _MAX_CHARS and not any(map(_NOT_SPOKEN.search, lines)):
        yield make_fact(
            form=SAID_QUESTIONS,
            slots={"speaker": speaker},
            answer=counted_list(lines, reading.language),
            spans=[turn.whole for turn, _ in asked],
        )


def _by_hour(own: Sequence[Turn]) -> Iterator[tuple[str, list[Turn]]]:
    """Yield the turns of each hour on the clock; nothing if a turn has no such time, or if an hour comes twice."""
    hours: dict[str, list[Turn]] = defaultdict(list)
    for turn in own:
        clock = _CLOCK.fullmatch(turn.node.value)
        if clock is None:
            return
        hours[clock["hour"]].append(turn)
    for hour, said in hours.items():
        if _MIN_OF_HOUR <= len(said) <= _MAX_TURNS and len({turn.session for turn in said}) == 1:
            yield hour, said


def _listed(reading: Reading, form: Form, slots: dict[str, str], said: Sequence[Turn]) -> Iterator[StructuralFact]:
    """Yield the fact that lists turns, if together they say enough and not too much."""
    lines = [one_line(quote(reading.text, turn.words)) for turn in said]
    is_clean = all(lines) and not any(map(_NOT_SPOKEN.search, lines)) and _are_apart(said)
    if is_clean and _MIN_CHARS <= sum(map(len, lines)) <= _MAX_CHARS:
        answer = counted_list(lines, reading.language)
        yield make_fact(form=form, slots=slots, answer=answer, spans=[turn.whole for turn in said])


def _are_apart(said: Sequence[Turn]) -> bool:
    """Return whether no two of the turns might be counted as one: without times, one directly after the other."""
    return not any(
        other.follows and not other.node.value and one.speaker == other.speaker and one.node.end >= other.node.start - 2
        for one, other in pairwise(said)
    )


def _questions(text: str, turn: Turn) -> Iterator[str]:
    """Yield the sentences of a turn that end with a question mark and contain no other."""
    for span in sentences(text, turn.words.start, turn.words.end):
        sentence = one_line(quote(text, span))
        has_words = any(map(str.isalpha, sentence))
        if has_words and sentence.endswith(("?", "？")) and len(_QUESTION_MARKS.findall(sentence)) == 1:
            yield sentence


def _word_facts(reading: Reading, turns: Sequence[Turn]) -> list[StructuralFact]:
    """Return facts about words that a few turns contain, spread over the conversation.

    A word that is part of a longer name somewhere, `falcon` of `falcon28`, is left out.
    """
    text = reading.text
    if not all(turn.is_named and turn.is_whole for turn in turns) or LINE_NUMBER.search(text):
        return []
    words = [one_line(quote(text, turn.words)).casefold() for turn in turns]
    everything = "\n".join(words)
    found = [
        (word, places)
        for word, places in _turns_by_noun(words, reading.language).items()
        if _MIN_TURNS <= len(places) <= _MAX_TURNS // 2
        and everything.count(word) <= 2 * len(places)
        and places == [at for at, said in enumerate(words) if word in said]
        and not re.search(rf"[\d_]{re.escape(word)}|{re.escape(word)}[\d_]", everything)
    ]
    facts = []
    for word, places in spread_over(found, _MAX_WORDS):
        said = [turns[at] for at in places]
        lines = [f"{turn.speaker}: {one_line(quote(text, turn.words))}" for turn in said]
        if any(map(_NOT_SPOKEN.search, lines)) or not _MIN_CHARS <= sum(map(len, lines)) <= _MAX_CHARS:
            continue
        if len(set(lines)) < len(lines) or not _are_apart(said):
            continue
        answer = counted_list(lines, reading.language)
        facts.append(
            make_fact(
                form=SAID_WORD,
                slots={"word": _as_written(word, lines)},
                answer=answer,
                spans=[turn.whole for turn in said],
            )
        )
    return facts


def _as_written(word: str, lines: Sequence[str]) -> str:
    """Return a word as all lines write it, `Norrgård`; in lower case if they write it in several ways."""
    written = {match.group() for line in lines for match in re.finditer(re.escape(word), line, re.IGNORECASE)}
    return next(iter(written)) if len(written) == 1 else word


def _turns_by_noun(words: Sequence[str], language: Language) -> dict[str, list[int]]:
    """Return, for each long content word, the turns that have it, in order.

    A word is used if all its forms are the word itself; in a language with particles, if it occurs alone and with one.
    """
    rules = language_rules(language).words
    token = re.compile(rules.token)
    turns: dict[str, list[int]] = defaultdict(list)
    forms: dict[str, set[str]] = defaultdict(set)
    for at, said in enumerate(words):
        for word in dict.fromkeys(token.findall(said)):
            stem = rules.stem(word) if rules.particles else word
            if rules.is_stop_word(word) or _weight(stem) < _MIN_WORD_WEIGHT:
                continue
            forms[stem].add(word)
            if turns[stem][-1:] != [at]:
                turns[stem].append(at)
    wanted = 2 if rules.particles else 1
    return {stem: places for stem, places in turns.items() if stem in forms[stem] and len(forms[stem]) >= wanted}


def _weight(word: str) -> int:
    return sum(1 if char.isascii() else _WIDE_WEIGHT for char in word)


def _plain_name(speaker: str) -> str:
    return speaker.partition(" (")[0].casefold().strip("_ ")


def _refuse(speaker: str, first: Turn, reason: str, detail: str) -> Unasked:
    return not_asked(task=TASK.name, subject=speaker, reason=reason, detail=detail, span=first.whole)


TASK = StructuralTask(
    name="said",
    order=200,
    finds={"dialogue": said_facts},
    forms=(SAID_ALL, SAID_MESSAGES, SAID_HOUR, SAID_QUESTIONS, SAID_WORD),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.in_all,),
)
