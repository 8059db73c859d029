"""RULER's needle among needles: words and numbers (`niah_multikey_2`), and UUIDs (`niah_multikey_3`)."""

from __future__ import annotations

from typing import Literal

from pipeline.evaluate.haystacks.generated import GeneratedOptions, ask_at_lengths, share_found
from pipeline.evaluate.haystacks.niah import Haystack, NeedleKind, NeedleTask, needle_prompt
from pipeline.evaluate.task import AnswerTask, Asked, Asking

_KINDS = (
    NeedleTask("niah_multikey_2", Haystack.NEEDLES),
    NeedleTask("niah_multikey_3", Haystack.NEEDLES, keys=NeedleKind.UUIDS, values=NeedleKind.UUIDS),
)


class NiahMultikeyOptions(GeneratedOptions):
    """Options of the needle among needles. There are `samples` questions of each of the two kinds."""

    task: Literal["niah_multikey"] = "niah_multikey"


def _ask(asking: Asking) -> Asked:
    makers = [
        needle_prompt(needles, seed=asking.seed, sample=sample)
        for needles in _KINDS
        for sample in range(asking.options.samples)
    ]
    return ask_at_lengths(asking, lambda _: makers)


TASK = AnswerTask(
    name="niah_multikey",
    title="One needle among needles",
    about="Finds the value of a key among many keys (RULER niah_multikey_2 and _3, arXiv 2404.06654).",
    options=NiahMultikeyOptions,
    ask=_ask,
    score=share_found,
    measure="found",
    needs_build=False,
    counts_for_effective_length=True,
)
