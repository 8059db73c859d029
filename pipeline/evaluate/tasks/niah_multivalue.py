"""RULER's needles with one key: four numbers of the same key (`niah_multivalue`), in noise instead of essays."""

from __future__ import annotations

from typing import Literal

from pipeline.evaluate.haystacks.generated import GeneratedOptions, ask_at_lengths, share_found
from pipeline.evaluate.haystacks.niah import Haystack, NeedleTask, needle_prompt
from pipeline.evaluate.task import AnswerTask, Asked, Asking


class NiahMultivalueOptions(GeneratedOptions):
    """Options of the needles with one key."""

    task: Literal["niah_multivalue"] = "niah_multivalue"


def _ask(asking: Asking) -> Asked:
    needles = NeedleTask("niah_multivalue", Haystack.NOISE, num_values=4)
    makers = [needle_prompt(needles, seed=asking.seed, sample=sample) for sample in range(asking.options.samples)]
    return ask_at_lengths(asking, lambda _: makers)


TASK = AnswerTask(
    name="niah_multivalue",
    title="Four needles of one key",
    about="Finds all four numbers of a key (RULER niah_multivalue, arXiv 2404.06654; in noise instead of essays).",
    options=NiahMultivalueOptions,
    ask=_ask,
    score=share_found,
    measure="found",
    needs_build=False,
    counts_for_effective_length=True,
)
