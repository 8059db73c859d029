"""Says what the workers of the teacher's step need: the resource hints of the step, and the options of its job.

Takes the recipe's section; `stages.chain` gives the result to the synthesize stage. Only a teacher in the worker's own
process that runs on GPUs needs anything; the judge counts too. Hints are Beam's; Dataflow starts machines by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.config.build import SynthesizeRecipe
from pipeline.errors import RecipeError
from pipeline.synthesize.teachers.open import asked_models


@dataclass(frozen=True, slots=True)
class GpuWorker:
    """What a worker with a teacher needs."""

    accelerator: str
    """Type and number of GPUs in the words of Beam's resource hint."""
    min_ram: str
    """The memory with its unit; empty if it does not matter."""
    image: str
    """The container image; empty if it is that of all jobs."""

    @property
    def hints(self) -> Mapping[str, str]:
        """Beam's resource hints."""
        ram = {"min_ram": self.min_ram} if self.min_ram else {}
        return {"accelerator": self.accelerator, **ram}


def gpu_worker(recipe: SynthesizeRecipe) -> GpuWorker | None:
    """Return what a worker needs that asks the recipe's teacher and judge; None if any worker will do.

    Raises:
        RecipeError: the teacher and the judge want different workers, but one worker runs both.
    """
    models = asked_models(recipe) if recipe.written.tasks else ()
    wanted = [(model.gpu_worker, model.num_gpus) for model in models if model.gpu_worker]
    if not wanted:
        return None
    workers, numbers = {worker for worker, _ in wanted}, [number for _, number in wanted]
    if len(workers) > 1:
        raise RecipeError(
            "The teacher and the judge want different workers, but one worker runs both models.",
            remedy="Give synthesize.teacher and synthesize.judge the same worker.",
        )
    (worker,) = workers
    assert worker is not None
    parts = [f"type:{worker.gpu}", f"count:{max(numbers)}"]
    parts += [f"machine_type:{worker.machine_type}"] if worker.machine_type else []
    return GpuWorker(
        accelerator=";".join([*parts, "install-nvidia-driver"]),
        min_ram=f"{worker.min_ram_gb}GB" if worker.min_ram_gb else "",
        image=worker.image,
    )
