"""Several identical requests in one long conversation; asks for the answer to one of them, by its number.

Like MRCR (Vodrahalli et al. 2024, arXiv 2409.12640; OpenAI 2025, huggingface.co/datasets/openai/mrcr), with texts that
are put together from lists of words. The last question and the score are OpenAI's: the answer must begin with a given
string, and is then compared with the right text by `difflib`. Other requests ask for the same kind of text about other
things, and for other kinds about the same thing.
"""

from __future__ import annotations

import random
import re
import string
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from pipeline.evaluate.haystacks.generated import GeneratedOptions, ask_at_lengths, drawn, item_id
from pipeline.evaluate.haystacks.haystack import MakePrompt, Needle, interleaved
from pipeline.evaluate.haystacks.word_list import ADJECTIVES, NOUNS
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.records import Message

_ANSWER_TOKENS = 160
_PREFIX_CHARS = 10
_TURNS_AT_ONCE = 64
_NUM_LINES = 4
_REQUEST = "Write a {form} about the {topic}."
_LAST = (
    "Prepend {prefix} to the {ordinal} (1 indexed) {form} about the {topic}. "
    "Do not include any other text in your response."
)
_ORDINAL_ENDS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeio]|hon(?:est|o)|hour|u(?!ni[^n]|s))")
"""An article before a vowel sound: `a opera` and `a honest`, but not `a uniform` and `a usual`."""
_LINES = {
    "poem": (
        "O {topic}, you sleep {a} beside the {n}.",
        "Around you every {m} grows {b}.",
        "No {n} sings as {a} as you.",
        "The {m} has heard your {b} name.",
        "A {m} carries word of you past every {n}.",
        "Tonight all the {a} hills turn {b}.",
        "A {a} wind asks the {n} for you.",
        "The {b} evening only hums of {m}.",
        "Remember, {topic}, the {n} we lost.",
        "How {a} it was, how {b}, how true!",
    ),
    "short story": (
        "Nobody in the village owned a {n} until the {topic} arrived.",
        "On the first morning, a {a} {m} knocked at the door and asked for the {n}.",
        "The old {m} warned everyone that such {b} luck would not last.",
        "They hid it under the {n}, where only a {a} child would look.",
        "Years later, a {b} traveller paid for it with a single {m}.",
        "When the {n} was opened at last, it held nothing but a {a} {m}.",
        "So the {topic} went back to the {n}, and the {b} nights grew quiet.",
        "Even now, they say, the {m} will not pass the {a} {n} alone.",
    ),
    "news report": (
        "Officials confirmed on Monday that the {topic} has been moved to the {n}.",
        "A witness described a {a} noise, followed by a {b} silence near the {m}.",
        "The {n} remains closed while a {a} team examines the {m}.",
        "Critics called the plan {b} and asked who would pay for the {n}.",
        "A spokesman for the {m} said that a {a} solution was close.",
        "Visitors had queued past the {n} since dawn to see the {b} {m}.",
        "The damage is put at the price of a {a} {n}.",
        "A report on the {b} {m} is expected before winter.",
    ),
    "letter": (
        "Dear {m}, I write to you about the {topic}, which has become {a}.",
        "Since the {n} broke, our {b} evenings are not the same.",
        "Please send the {a} {m} by the next ship, and do not forget the {n}.",
        "My {m} still speaks of you whenever the {n} turns {b}.",
        "I have kept the {a} {n} in the drawer, as you wished.",
        "Do not believe what the {b} {m} told you at the wedding.",
        "If you come in spring, bring a {n} and a {a} coat.",
        "Yours, from beside the {b} {n}, your {m}.",
    ),
    "riddle": (
        "I am {a} by day and {b} by night, yet no {n} has seen me sleep.",
        "The {topic} fears me, but the {m} calls me friend.",
        "I carry a {n} on my back and never feel its weight.",
        "Give me a {m} and I grow {a}; give me water and I am gone.",
        "My brother is a {b} {n}, my mother a {m}.",
        "Kings have lost a {n} to me, and found a {a} {m} instead.",
        "You may hold me in a {n}, but never in a {b} hand.",
        "Who am I, if neither {m} nor {n} can answer?",
    ),
}


class CoreferenceOptions(GeneratedOptions):
    """Options of the identical requests. There are `samples` questions for each number of requests."""

    task: Literal["coreference"] = "coreference"
    requests: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)] = (2, 4)
    """How often the same thing is asked for in a conversation."""


@dataclass(frozen=True, slots=True)
class _Turn:
    form: str
    topic: str
    text: str

    def messages(self) -> tuple[Message, Message]:
        request = _REQUEST.format(form=self.form, topic=self.topic)
        return Message("user", request), Message("assistant", self.text)


def _ask(asking: Asking) -> Asked:
    makers = [
        _conversation_prompt(item_id("coreference", asking.seed, requests, sample), requests)
        for requests in asking.options.requests
        for sample in range(asking.options.samples)
    ]
    return ask_at_lengths(asking, lambda _: makers)


def _conversation_prompt(item: str, requests: int) -> MakePrompt:
    source = drawn(item, "question")
    form, topic = source.choice(sorted(_LINES)), _topic(source)
    turns = _distinct_turns(form, topic, requests, source)
    needles = [Needle(share, turn) for share, turn in zip(sorted(source.random() for _ in turns), turns, strict=True)]
    asked = source.randrange(requests)
    prefix = "".join(source.choices(string.ascii_letters + string.digits, k=_PREFIX_CHARS))
    last = Message("user", _LAST.format(prefix=prefix, ordinal=_ordinal(asked + 1), form=form, topic=topic))

    def make(num_units: int) -> Prompt:
        # Rounded up, so that the guesses of one search share their turns.
        filler = _filler(item, form, topic, -(-num_units // _TURNS_AT_ONCE) * _TURNS_AT_ONCE)[:num_units]
        said = [message for turn in interleaved(filler, needles) for message in turn.messages()]
        return Prompt(
            item=item,
            messages=(*said, last),
            gold=(f"{prefix}{turns[asked].text}",),
            length=0,
            num_tokens=0,
            cluster=item,
            kind=f"{requests} requests",
            depth=needles[asked].share,
            max_answer_tokens=_ANSWER_TOKENS,
            proof=(turns[asked].text,),
            notes={"prefix": prefix},
        )

    return make


def _ordinal(number: int) -> str:
    end = "th" if number % 100 in _TEENS else _ORDINAL_ENDS.get(number % 10, "th")
    return f"{number}{end}"


def _distinct_turns(form: str, topic: str, number: int, source: random.Random) -> list[_Turn]:
    turns: dict[_Turn, None] = {}
    while len(turns) < number:
        turns[_Turn(form, topic, _text(form, topic, source))] = None
    return list(turns)


@lru_cache(maxsize=8)
def _filler(item: str, form: str, topic: str, number: int) -> tuple[_Turn, ...]:
    """Return the first of a question's other turns. None asks for the same form about the same topic."""
    source = drawn(item, "filler")
    turns: list[_Turn] = []
    while len(turns) < number:
        kind = source.choice(("same form", "same topic", "neither"))
        own_form = form if kind == "same form" else source.choice(sorted(_LINES))
        own_topic = topic if kind == "same topic" else _topic(source)
        if (own_form, own_topic) != (form, topic):
            turns.append(_Turn(own_form, own_topic, _text(own_form, own_topic, source)))
    return tuple(turns)


def _topic(source: random.Random) -> str:
    return f"{source.choice(ADJECTIVES)} {source.choice(NOUNS)}"


def _text(form: str, topic: str, source: random.Random) -> str:
    """Return a text of four lines; its lines and its words are drawn."""
    lines = _LINES[form]
    numbers = sorted(source.sample(range(len(lines)), _NUM_LINES))
    return "\n".join(_line(lines[number], topic, source) for number in numbers)


def _line(line: str, topic: str, source: random.Random) -> str:
    a, b = source.sample(ADJECTIVES, 2)
    n, m = source.sample(NOUNS, 2)
    return _ARTICLE.sub(r"\1n ", line.format(topic=topic, a=a, b=b, n=n, m=m))


def _score(prompt: Prompt, answer: str) -> Scores:
    """Return how similar the answer is to the right text; 0 if it does not begin with the given string."""
    prefix, spoken = prompt.notes["prefix"], answer.strip()
    if not spoken.startswith(prefix):
        return {"similarity": 0.0}
    right = prompt.gold[0].removeprefix(prefix)
    return {"similarity": SequenceMatcher(None, spoken.removeprefix(prefix), right).ratio()}


TASK = AnswerTask(
    name="coreference",
    title="Identical requests",
    about="Repeats the answer to one of several identical requests in a conversation (like MRCR, arXiv 2409.12640).",
    options=CoreferenceOptions,
    ask=_ask,
    score=_score,
    measure="similarity",
    needs_build=False,
)
