"""RULER's single needle: one key and its number in repeated noise (`niah_single_1`)."""

from __future__ import annotations

from typing import Literal

from pipeline.evaluate.haystacks.generated import GeneratedOptions, ask_at_lengths, share_found
from pipeline.evaluate.haystacks.niah import Haystack, NeedleTask, needle_prompt
from pipeline.evaluate.task import AnswerTask, Asked, Asking


class NiahSingleOptions(GeneratedOptions):
    """Options of the single needle."""

    task: Literal["niah_single"] = "niah_single"


def _ask(asking: Asking) -> Asked:
    needles = NeedleTask("niah_single_1", Haystack.NOISE)
    makers = [needle_prompt(needles, seed=asking.seed, sample=sample) for sample in range(asking.options.samples)]
    return ask_at_lengths(asking, lambda _: makers)


TASK = AnswerTask(
    name="niah_single",
    title="One needle",
    about="Finds the number of a key in repeated noise (RULER niah_single_1, arXiv 2404.06654).",
    options=NiahSingleOptions,
    ask=_ask,
    score=share_found,
    measure="found",
    needs_build=False,
    counts_for_effective_length=True,
)
