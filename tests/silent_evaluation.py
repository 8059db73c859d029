"""Watches an evaluation and says nothing."""

from __future__ import annotations

from pipeline.evaluate.asking import Step


class SilentEvaluation:
    def on_phase(self, description: str) -> None:
        pass

    def on_plan(self, num_steps: int, num_tokens: int) -> None:
        pass

    def on_more(self, num_steps: int, num_tokens: int) -> None:
        pass

    def on_step(self, step: Step) -> None:
        pass
