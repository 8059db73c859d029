"""The observer of processes that are not the first: all see the same, one tells."""

from __future__ import annotations

from pipeline.train.metrics import ProbeMetrics, StagePlan, StepMetrics, TrainingPlan, ValidationMetrics


class SilentObserver:
    """Is told and says nothing."""

    def on_phase(self, description: str) -> None:
        """Nothing."""

    def on_plan(self, plan: TrainingPlan) -> None:
        """Nothing."""

    def on_step(self, metrics: StepMetrics) -> None:
        """Nothing."""

    def on_validation(self, metrics: ValidationMetrics) -> None:
        """Nothing."""

    def on_probe(self, metrics: ProbeMetrics) -> None:
        """Nothing."""

    def on_stage(self, stage: StagePlan) -> None:
        """Nothing."""

    def on_checkpoint(self, step: int) -> None:
        """Nothing."""
