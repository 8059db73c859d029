"""Key-value retrieval: the value of one key among as many random pairs as fit (arXiv 2307.03172, section 3).

The prompt is the published one, word for word. The pairs are UUIDs in a JSON object. The same pair is asked for at all
lengths and positions of an item; a longer prompt has the pairs of the shorter one and further ones. The paper measures
75, 140 and 300 pairs; here, their number follows from the length.
"""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from pipeline.config.evaluate import Depth, EvaluationTaskOptions
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.identity import content_id, seeded_random
from pipeline.records import Message

NAME: Literal["key_values"] = "key_values"
MIN_PAIRS = 2
Pair = tuple[str, str]
"""A key and its value."""

_PROMPT = """Extract the value corresponding to the specified key in the JSON object below.

JSON data:
{records}

Key: "{key}"
Corresponding value:"""
_BETWEEN = ",\n "
_UUID_BITS = 128
_LEAST_TOKENS_OF_PAIR = 20
"""A pair has more tokens with any tokenizer: ten groups of random letters and figures, with signs between them."""


class KeyValuesOptions(EvaluationTaskOptions):
    """Key-value retrieval: random pairs in a JSON object, the wanted one at several positions."""

    task: Literal["key_values"] = NAME
    positions: Annotated[tuple[Depth, ...], Field(min_length=1)] = (0.0, 0.25, 0.5, 0.75, 1.0)
    """Where the wanted pair is among the pairs: 0 for the first, 1 for the last."""
    max_items: PositiveInt = 20
    """The number of pairs asked for at each length and position."""
    max_answer_tokens: PositiveInt = 64


def ask(asking: Asking) -> Asked:
    """Return the prompts of all items; a length that has no room for two pairs is skipped."""
    options: KeyValuesOptions = asking.options
    prompts: list[Prompt] = []
    skipped = 0
    for length in asking.lengths:
        room = length - options.max_answer_tokens
        for number in range(options.max_items):
            asked = _asked(number, length, room, options, asking)
            prompts += asked
            skipped += not asked
    return Asked(tuple(prompts), skipped={"length_too_short": skipped} if skipped else {})


def score(prompt: Prompt, answer: str) -> Scores:
    """Return the published accuracy: whether the value is in the answer, regardless of case."""
    return {"accuracy": float(prompt.gold[0].lower() in answer.lower())}


def key_value_prompt(pairs: Sequence[Pair], key: str) -> str:
    """Return the published prompt: one pair on each line of a JSON object."""
    records = "".join(map(_line, pairs)).removeprefix(_BETWEEN)
    return _PROMPT.format(records=f"{{{records}}}", key=key)


def random_pairs(count: int, random: Random) -> list[Pair]:
    """Return pairs of random UUIDs; the first ones do not depend on the count."""
    return [(_uuid(random), _uuid(random)) for _ in range(count)]


def _uuid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(_UUID_BITS), version=4))


def _asked(number: int, length: int, room: int, options: KeyValuesOptions, asking: Asking) -> list[Prompt]:
    """Return the prompts of one item at all positions; none if two pairs do not fit."""
    random = seeded_random("key values", asking.seed, number)
    wanted, *others = random_pairs(max(MIN_PAIRS, room // _LEAST_TOKENS_OF_PAIR), random)
    longest = _num_others(wanted, others, room, options.positions, asking.meter)
    if longest < MIN_PAIRS - 1:
        return []
    item = content_id("key values", asking.seed, number, *wanted)
    prompts = []
    for position in options.positions:
        messages = _messages(_placed(wanted, others[:longest], position), wanted[0])
        prompts.append(
            Prompt(
                item=item,
                messages=messages,
                gold=(wanted[1],),
                length=length,
                num_tokens=asking.meter.count_prompt(messages),
                cluster=item,
                depth=position,
                max_answer_tokens=options.max_answer_tokens,
                proof=(f'"{wanted[0]}": "{wanted[1]}"',),
            )
        )
    return prompts


def _num_others(wanted: Pair, others: Sequence[Pair], room: int, positions: Sequence[float], meter: Meter) -> int:
    """Return the largest number of other pairs with which the prompts of all positions fit; -1 if none fits."""

    def fits(count: int) -> bool:
        texts = (_messages(_placed(wanted, others[:count], position), wanted[0]) for position in positions)
        return all(meter.count_prompt(messages) <= room for messages in texts)

    alone = meter.count_prompt(_messages([wanted], wanted[0]))
    ends = list(accumulate(meter.count_all([_line(pair) for pair in others])))
    count = bisect_right(ends, room - alone)
    while count < len(others) and fits(count + 1):
        count += 1
    while count >= 0 and not fits(count):
        count -= 1
    return count


def _placed(wanted: Pair, others: Sequence[Pair], position: float) -> list[Pair]:
    place = round(position * len(others))
    return [*others[:place], wanted, *others[place:]]


def _line(pair: Pair) -> str:
    return f'{_BETWEEN}"{pair[0]}": "{pair[1]}"'


def _messages(pairs: Sequence[Pair], key: str) -> tuple[Message, ...]:
    return (Message(role="user", content=key_value_prompt(pairs, key)),)


TASK = AnswerTask(
    name=NAME,
    title="Key-value retrieval",
    about="Asks for the value of one of many random keys in a JSON object, at several positions (arXiv 2307.03172).",
    options=KeyValuesOptions,
    ask=ask,
    score=score,
    measure="accuracy",
    needs_build=False,
)
