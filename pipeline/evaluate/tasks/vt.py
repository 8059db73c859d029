"""RULER's variable tracking: a value is assigned through a chain of variables; asks for all variables that have it.

One chain of four hops in repeated noise, after one worked example of at most 500 tokens (Hsieh et al. 2024,
arXiv 2404.06654, section 3 and appendix B; NVIDIA/RULER).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Literal

from pipeline.evaluate.haystacks.generated import GeneratedOptions, ask_at_lengths, drawn, item_id, share_found, user
from pipeline.evaluate.haystacks.haystack import MakePrompt, Needle, fill, interleaved
from pipeline.evaluate.haystacks.niah import NOISE
from pipeline.evaluate.meter import Meter
from pipeline.evaluate.prompt import Prompt
from pipeline.evaluate.task import AnswerTask, Asked, Asking

_NUM_HOPS = 4
_NAME_LETTERS, _EXAMPLE_NAME_LETTERS = 5, 3
_EXAMPLE_TOKENS = 500
_ANSWER_TOKENS = 30
_TEMPLATE = (
    "Memorize and track the chain(s) of variable assignment hidden in the following text.\n\n{context}\n"
    "Question: Find all variables that are assigned the value {value} in the text above."
)
_ANSWER = (
    " Answer: According to the chain(s) of variable assignment in the text above, "
    "{num_variables} variables are assigned the value {value}, they are: "
)


class VtOptions(GeneratedOptions):
    """Options of variable tracking."""

    task: Literal["vt"] = "vt"


@dataclass(frozen=True, slots=True)
class _Chain:
    value: str
    names: tuple[str, ...]
    shares: tuple[float, ...]
    """Where the assignments are in the noise, ascending."""

    def assignments(self) -> list[str]:
        first, *others = self.names
        # The space at the end is in the published prompts.
        return [
            f"VAR {first} = {self.value}",
            *(f"VAR {b} = VAR {a} " for a, b in zip(self.names, others, strict=False)),
        ]

    def question(self, num_lines: int) -> str:
        needles = [Needle(share, text) for share, text in zip(self.shares, self.assignments(), strict=True)]
        return _TEMPLATE.format(context="\n".join(interleaved((NOISE,) * num_lines, needles)), value=self.value)

    def answer_start(self) -> str:
        return _ANSWER.format(num_variables=len(self.names), value=self.value)


def _ask(asking: Asking) -> Asked:
    makers = [_chain_prompt(asking, sample) for sample in range(asking.options.samples)]
    return ask_at_lengths(asking, lambda _: makers)


def _chain_prompt(asking: Asking, sample: int) -> MakePrompt:
    item = item_id("vt", asking.seed, sample)
    chain = _drawn_chain(drawn(item, "chain"), num_letters=_NAME_LETTERS)
    example = _worked_example(_drawn_chain(drawn(item, "example"), num_letters=_EXAMPLE_NAME_LETTERS), asking.meter)

    def make(num_units: int) -> Prompt:
        return Prompt(
            item=item,
            messages=user(f"{example}\n{chain.question(num_units)}"),
            gold=chain.names,
            length=0,
            num_tokens=0,
            cluster=item,
            depth=chain.shares[0],
            answer_start=chain.answer_start(),
            max_answer_tokens=_ANSWER_TOKENS,
            proof=tuple(text.strip() for text in chain.assignments()),
        )

    return make


def _drawn_chain(source: random.Random, *, num_letters: int) -> _Chain:
    names: dict[str, None] = {}
    while len(names) <= _NUM_HOPS:
        names["".join(source.choices(ascii_uppercase, k=num_letters))] = None
    shares = sorted(source.random() for _ in names)
    return _Chain(str(source.randint(10_000, 99_998)), tuple(names), tuple(shares))


def _worked_example(chain: _Chain, meter: Meter) -> str:
    filled = fill(lambda lines: meter.count(chain.question(lines) + chain.answer_start()), room=_EXAMPLE_TOKENS)
    num_lines = filled.num_units if filled else 0
    return f"{chain.question(num_lines)}{chain.answer_start()} {' '.join(chain.names)}\n"


TASK = AnswerTask(
    name="vt",
    title="Variable tracking",
    about="Follows a value through a chain of five variables in repeated noise (RULER vt, arXiv 2404.06654).",
    options=VtOptions,
    ask=_ask,
    score=share_found,
    measure="found",
    needs_build=False,
    counts_for_effective_length=True,
)
