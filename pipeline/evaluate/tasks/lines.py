"""LongEval's lines: a record of lines with a number each; asks for the number of one (DachengLi1/LongChat, longeval).

The published words and the published kind of line index, an adjective and a noun; the words come from an own list. A
line's place is drawn, as published.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from pipeline.evaluate.haystacks.generated import GeneratedOptions, ask_at_lengths, drawn, item_id, user
from pipeline.evaluate.haystacks.haystack import MakePrompt, Needle, interleaved
from pipeline.evaluate.haystacks.word_list import ADJECTIVES, NOUNS
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking

_ANSWER_TOKENS = 100
_NUMBERS = (1, 50_000)
_HEADER = (
    "Below is a record of lines I want you to remember. Each line begins with 'line <line index>' and contains "
    "a '<REGISTER_CONTENT>' at the end of the line as a numerical value. For each line index, memorize its "
    "corresponding <REGISTER_CONTENT>. At the end of the record, I will ask you to retrieve the corresponding "
    "<REGISTER_CONTENT> of a certain line index. Now the record start:\n\n"
)
_LINE = "line {index}: REGISTER_CONTENT is <{number}>\n"
_QUESTION = "\nNow the record is over. Tell me what is the <REGISTER_CONTENT> in line {index}? I need the number."
_LINES_AT_ONCE = 1024
_MOST_LINES = len(set(ADJECTIVES)) * len(set(NOUNS)) - 1
"""There are so many indices besides the one that is asked for: enough for about seven million tokens."""


class LinesOptions(GeneratedOptions):
    """Options of the lines."""

    task: Literal["lines"] = "lines"


def _ask(asking: Asking) -> Asked:
    makers = [_lines_prompt(asking.seed, sample) for sample in range(asking.options.samples)]
    return ask_at_lengths(asking, lambda _: makers, max_units=_MOST_LINES)


def _lines_prompt(seed: int, sample: int) -> MakePrompt:
    item = item_id("lines", seed, sample)
    source = drawn(item, "line")
    index = f"{source.choice(ADJECTIVES)}-{source.choice(NOUNS)}"
    number = str(source.randint(*_NUMBERS))
    needle = Needle(source.random(), _LINE.format(index=index, number=number))

    def make(num_units: int) -> Prompt:
        # Rounded up, so that the guesses of one search share their lines.
        num_lines = min(_MOST_LINES, -(-num_units // _LINES_AT_ONCE) * _LINES_AT_ONCE)
        lines = _other_lines(item, index, num_lines)[:num_units]
        return Prompt(
            item=item,
            messages=user("".join([_HEADER, *interleaved(lines, [needle]), _QUESTION.format(index=index)])),
            gold=(number,),
            length=0,
            num_tokens=0,
            cluster=item,
            depth=needle.share,
            max_answer_tokens=_ANSWER_TOKENS,
            proof=(needle.unit.strip(),),
        )

    return make


@lru_cache(maxsize=8)
def _other_lines(item: str, asked: str, number: int) -> tuple[str, ...]:
    """Return the first of a question's other lines, at most `_MOST_LINES`. All indices differ."""
    source = drawn(item, "lines")
    lines: dict[str, str] = {}
    while len(lines) < number:
        index = f"{source.choice(ADJECTIVES)}-{source.choice(NOUNS)}"
        if index != asked and index not in lines:
            lines[index] = _LINE.format(index=index, number=source.randint(*_NUMBERS))
    return tuple(lines.values())


def _score(prompt: Prompt, answer: str) -> Scores:
    """Return whether the last number of the answer is the line's, as published."""
    numbers = re.findall(r"\d+", answer)
    return {"found": float(bool(numbers) and int(numbers[-1]) == int(prompt.gold[0]))}


TASK = AnswerTask(
    name="lines",
    title="Lines",
    about="Finds the number of one line in a record of lines (LongEval, DachengLi1/LongChat).",
    options=LinesOptions,
    ask=_ask,
    score=_score,
    measure="found",
    needs_build=False,
)
