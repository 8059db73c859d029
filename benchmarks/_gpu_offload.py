"""Checks that layer inputs on the host change no loss and leave the device, with an 8B of random weights.

The same steps run twice with deterministic kernels, so the losses must be equal bit for bit. If this torch cannot run
the steps with deterministic kernels, that is said, and the losses may differ by rounding. A part of `gpu_check`.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._gpu_part import Check, Figure, Finding, Line, Setting
from benchmarks._train_8b import Measured, Size, Trial, run_trials_here
from pipeline.config.memory import LayerInputs

_TOKENS, _TINY_TOKENS = 16384, 1024
_STEPS = 2
_GIB = 2**30
_ROUNDING = 1e-3
"""Relative; how far losses may differ if kernels are not deterministic."""


def measure(setting: Setting) -> Iterator[Finding]:
    """Measure both places."""
    try:
        found = _both(setting, deterministic=True)
        allowed = 0.0
    except RuntimeError as error:
        yield Line(f"With deterministic kernels the steps failed ({str(error).strip().splitlines()[0]}); without:\n")
        found = _both(setting, deterministic=False)
        allowed = _ROUNDING
    yield Line("| layer inputs | tokens/s | peak, GiB | predicted, GiB | pinned, GiB | losses |")
    yield Line("| --- | --- | --- | --- | --- | --- |")
    for place, measured in found.items():
        yield Line(
            f"| {place.value} | {measured.num_tokens / measured.seconds:,.0f} | {measured.peak_bytes / _GIB:.2f} | "
            f"{measured.predicted_bytes / _GIB:.2f} | {measured.pinned_bytes / _GIB:.2f} | "
            f"{', '.join(f'{loss:.6f}' for loss in measured.losses)} |"
        )
    if set(found) != set(LayerInputs):
        yield Check("both places fit into memory", False)
        return
    device, host = found[LayerInputs.DEVICE], found[LayerInputs.HOST]
    apart = max(abs(one / other - 1.0) for one, other in zip(host.losses, device.losses, strict=True))
    yield Figure("largest_difference_of_losses", apart)
    yield Check(f"losses are equal{'' if allowed == 0.0 else f' within {allowed:g}'}", apart <= allowed)
    if setting.device == "cuda":
        saved, predicted = (getattr(device, key) - getattr(host, key) for key in ("peak_bytes", "predicted_bytes"))
        yield Figure("saved_gib", saved / _GIB)
        yield Check(
            f"the host takes {saved / _GIB:.2f} GiB off the device ({predicted / _GIB:.2f} predicted)",
            saved >= 0.8 * predicted > 0,
        )


def _both(setting: Setting, *, deterministic: bool) -> dict[LayerInputs, Measured]:
    trials = {
        place: Trial(
            _TINY_TOKENS if setting.tiny else _TOKENS,
            _STEPS,
            size=Size.TINY if setting.tiny else Size.LLAMA_8B,
            device=setting.device,
            settings={"memory": {"layer_inputs": place.value}, "deterministic": deterministic},
        )
        for place in (LayerInputs.HOST, LayerInputs.DEVICE)  # the one that needs more is last
    }
    return dict(zip(trials, run_trials_here(list(trials.values())), strict=False))
