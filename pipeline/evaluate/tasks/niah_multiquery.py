"""RULER's needles asked for together: the numbers of four keys (`niah_multiquery`), in noise instead of essays."""

from __future__ import annotations

from typing import Literal

from pipeline.evaluate.haystacks.generated import GeneratedOptions, ask_at_lengths, share_found
from pipeline.evaluate.haystacks.niah import Haystack, NeedleTask, needle_prompt
from pipeline.evaluate.task import AnswerTask, Asked, Asking


class NiahMultiqueryOptions(GeneratedOptions):
    """Options of the needles asked for together."""

    task: Literal["niah_multiquery"] = "niah_multiquery"


def _ask(asking: Asking) -> Asked:
    needles = NeedleTask("niah_multiquery", Haystack.NOISE, num_keys=4, num_queries=4)
    makers = [needle_prompt(needles, seed=asking.seed, sample=sample) for sample in range(asking.options.samples)]
    return ask_at_lengths(asking, lambda _: makers)


TASK = AnswerTask(
    name="niah_multiquery",
    title="Four needles asked for together",
    about="Finds the numbers of four keys (RULER niah_multiquery, arXiv 2404.06654; in noise instead of essays).",
    options=NiahMultiqueryOptions,
    ask=_ask,
    score=share_found,
    measure="found",
    needs_build=False,
    counts_for_effective_length=True,
)
