"""Measures tokens a second and the peak of an 8B with LoRA beside the prediction. A part of `gpu_check`."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._gpu_part import Check, Figure, Finding, Line, Setting
from benchmarks._train_8b import SPEED_TOKENS, Size, Trial, run_trials_here, utilisation

_TINY_TOKENS = 1024
_STEPS = 2
_GIB = 2**30
_SHARE_OF_PREDICTION = (0.8, 1.1)
"""Peak ÷ prediction; below, a plan refuses runs that fit, above, it starts runs that do not."""


def measure(setting: Setting) -> Iterator[Finding]:
    """Measure steps over a pack of one document, and over a pack of eight."""
    num_tokens = _TINY_TOKENS if setting.tiny else SPEED_TOKENS
    trials = [
        Trial(
            num_tokens,
            _STEPS,
            size=Size.TINY if setting.tiny else Size.LLAMA_8B,
            device=setting.device,
            document_tokens=document_tokens,
        )
        for document_tokens in (None, num_tokens // 8)
    ]
    yield Line("LoRA of rank 16 on every linear layer, bfloat16, gradient checkpointing, layer inputs on the host.\n")
    yield Line("| pack | tokens | tokens/s | MFU | peak, GiB | predicted, GiB | measured ÷ predicted |")
    yield Line("| --- | --- | --- | --- | --- | --- | --- |")
    shares = []
    for name, measured in zip(("one document", "eight documents"), run_trials_here(trials), strict=False):
        share = measured.peak_bytes / measured.predicted_bytes
        rate = measured.num_tokens / measured.seconds
        used = utilisation(num_tokens, measured.seconds) if name == "one document" and not setting.tiny else "–"
        yield Line(
            f"| {name} | {num_tokens:,} | {rate:,.0f} | {used} | {measured.peak_bytes / _GIB:.2f} | "
            f"{measured.predicted_bytes / _GIB:.2f} | {share:.2f} |"
        )
        yield Figure(f"tokens_per_second, {name}", rate)
        yield Figure(f"peak_gib, {name}", measured.peak_bytes / _GIB)
        shares.append(share)
    yield Check("both packs fit into memory", len(shares) == len(trials))
    if setting.device == "cuda" and shares:
        low, high = _SHARE_OF_PREDICTION
        yield Check(f"peaks are {low:g} to {high:g} of the prediction", all(low <= share <= high for share in shares))
