"""Makes fact-free conversations: a list of random keys or numbers, and questions about some of its entries.

Finding one of many alike entries trains retrieval over the whole context and teaches no facts (Artificial Needles,
arXiv 2406.19292; key-value pairs of Lost in the Middle, arXiv 2307.03172, section 3; lines of LongEval). The answers
are exact by construction. Two kinds take turns: a JSON object whose keys and values are random hex digits, and named
lines with numbers. The questions are spread evenly over the depth; one asks about an entry that is not there.

Used by `stages.short_rows`. Pure: all randomness derives from the given key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from pipeline.identity import seeded_random
from pipeline.languages import language_rules
from pipeline.languages.fact_free_rules import FactFreeRules
from pipeline.records import Message, TaskFamily

_MIN_ENTRIES = 8
_KEY_DIGITS = 12
_FIRST_ENTRIES = 32
_MOST_OF_FIVE_DIGITS = 45_000
_MAX_FITS = 12
"""Number of times that a list is measured before it is taken as it is, one below the limit."""


class FactFreeKind(StrEnum):
    """The kinds of lists, which are also the names of the tasks."""

    KEY_VALUE = "key_value"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class FactFreeTurn:
    """A question about a list, and its answer."""

    question: str
    answer: str
    family: TaskFamily
    depth: float
    """Where the entry is in the list, from 0 to 1; 0 if it is not there."""


@dataclass(frozen=True, slots=True)
class FactFreeConversation:
    """A list and its questions."""

    kind: FactFreeKind
    language: str
    num_entries: int
    messages: tuple[Message, ...]
    turns: tuple[FactFreeTurn, ...]


def fact_free_languages(languages: Sequence[str]) -> list[str]:
    """Return those of the languages that have wordings."""
    return [language for language in languages if language_rules(language).fact_free is not None]


def fitted_conversation(
    kind: FactFreeKind,
    *,
    language: str,
    num_turns: int,
    max_tokens: int,
    key: Sequence[str | int],
    count_tokens: Callable[[Sequence[Message]], int],
) -> FactFreeConversation | None:
    """Return the conversation with the longest list that fits; None if not even a short list fits.

    Args:
        kind: the kind of the list.
        language: the language of the words; it has `fact_free` rules.
        num_turns: the number of questions; lowered to half the number of entries.
        max_tokens: the limit of the rendered conversation.
        key: what the random entries derive from.
        count_tokens: returns the length of a rendered conversation in tokens.
    """

    def made(num_entries: int) -> tuple[FactFreeConversation, int]:
        one = conversation(kind, language=language, num_entries=num_entries, num_turns=num_turns, key=key)
        return one, count_tokens(one.messages)

    fitting: FactFreeConversation | None = None
    least, least_tokens = _MIN_ENTRIES, 0
    number = max(_MIN_ENTRIES, _FIRST_ENTRIES)
    too_many = max_tokens + 1
    for _ in range(_MAX_FITS):
        one, num_tokens = made(number)
        if num_tokens <= max_tokens:
            fitting, least, least_tokens = one, number, num_tokens
        else:
            too_many = number
        if too_many - least <= 1 or (too_many <= _MIN_ENTRIES):
            break
        # A line costs nearly the same everywhere, so the list's length follows from that of the last one measured.
        guess = number + round((max_tokens - num_tokens) * number / max(1, num_tokens))
        number = min(max(guess, least + bool(least_tokens)), too_many - 1)
    return fitting


def conversation(
    kind: FactFreeKind, *, language: str, num_entries: int, num_turns: int, key: Sequence[str | int]
) -> FactFreeConversation:
    """Return a conversation about a list of `num_entries` entries; see `fitted_conversation` for the arguments."""
    rules = language_rules(language).fact_free
    assert rules is not None, f"{language} has no fact-free wordings"
    random = seeded_random("fact free", kind.value, language, *key)
    names = _different(lambda found: _name(kind, rules, random, found), num_entries + 1)
    values = _different(lambda found: _value(kind, random, num_entries), num_entries)
    absent = names.pop(random.randrange(len(names)))
    text = _text(kind, rules, names, values)
    num_turns = max(1, min(num_turns, num_entries // 2))
    asked: list[int | None] = list(_spread(num_entries, num_turns, random))
    random.shuffle(asked)
    if num_turns >= 4:
        asked[random.randrange(1, num_turns)] = None
    turns = tuple(
        _present(kind, rules, names[index], values[index], index / num_entries, random)
        if index is not None
        else _absent(kind, rules, absent, num_entries, random)
        for index in asked
    )
    return FactFreeConversation(kind, language, num_entries, tuple(_messages(text, turns)), turns)


def _messages(text: str, turns: Sequence[FactFreeTurn]) -> Iterator[Message]:
    for number, turn in enumerate(turns):
        yield Message("user", turn.question if number else f"{text}\n\n{turn.question}")
        yield Message("assistant", turn.answer)


def _spread(num_entries: int, num_turns: int, random: Random) -> Iterator[int]:
    """Yield one place from each of `num_turns` equal parts of the list."""
    for part in range(num_turns):
        yield random.randrange(part * num_entries // num_turns, (part + 1) * num_entries // num_turns)


def _different(draw: Callable[[int], str], count: int) -> list[str]:
    """Return different drawn strings, in the order in which they were drawn.

    Args:
        draw: draws a string; takes the number of strings found so far.
        count: how many to return.
    """
    found: dict[str, None] = {}
    while len(found) < count:
        found.setdefault(draw(len(found)))
    return list(found)


def _name(kind: FactFreeKind, rules: FactFreeRules, random: Random, number: int) -> str:
    if kind is FactFreeKind.KEY_VALUE:
        return _digits(random)
    words = f"{random.choice(rules.adjectives)} {random.choice(rules.nouns)}"
    # Long lists need more names than there are pairs of words.
    return words if number < len(rules.adjectives) * len(rules.nouns) // 4 else f"{words} {random.randrange(2, 10_000)}"


def _value(kind: FactFreeKind, random: Random, count: int) -> str:
    if kind is FactFreeKind.KEY_VALUE:
        return _digits(random)
    # Five digits as in LongEval, while they leave most numbers unused.
    return str(random.randrange(10_000, 100_000) if count <= _MOST_OF_FIVE_DIGITS else random.randrange(10**6, 10**7))


def _digits(random: Random) -> str:
    return f"{random.getrandbits(4 * _KEY_DIGITS):0{_KEY_DIGITS}x}"


def _text(kind: FactFreeKind, rules: FactFreeRules, names: Sequence[str], values: Sequence[str]) -> str:
    pairs = list(zip(names, values, strict=True))
    if kind is FactFreeKind.KEY_VALUE:
        entries = ",\n".join(f'  "{name}": "{value}"' for name, value in pairs)
        return f"{rules.pairs_heading}\n\n{{\n{entries}\n}}"
    return "\n".join([rules.lines_heading, "", *(rules.line.format(name=name, value=value) for name, value in pairs)])


def _present(
    kind: FactFreeKind, rules: FactFreeRules, name: str, value: str, depth: float, random: Random
) -> FactFreeTurn:
    is_pair = kind is FactFreeKind.KEY_VALUE
    answer = (
        rules.pair_answer.format(key=name, value=value) if is_pair else rules.line_answer.format(name=name, value=value)
    )
    return FactFreeTurn(_question(kind, rules, name, random), answer, TaskFamily.LOOK_UP, depth)


def _absent(kind: FactFreeKind, rules: FactFreeRules, name: str, count: int, random: Random) -> FactFreeTurn:
    is_pair = kind is FactFreeKind.KEY_VALUE
    answer = rules.no_pair.format(key=name, count=count) if is_pair else rules.no_line.format(name=name, count=count)
    return FactFreeTurn(_question(kind, rules, name, random), answer, TaskFamily.NOT_ANSWERABLE, 0.0)


def _question(kind: FactFreeKind, rules: FactFreeRules, name: str, random: Random) -> str:
    if kind is FactFreeKind.KEY_VALUE:
        return random.choice(rules.pair_questions).format(key=name)
    return random.choice(rules.line_questions).format(name=name)
