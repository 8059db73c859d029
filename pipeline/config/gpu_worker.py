"""The recipe section that says which machine a worker with an engine needs, for runners that start the machines."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from pipeline.config.base import RecipeSection


class GpuWorkerRecipe(RecipeSection):
    """The worker of a teacher that runs on GPUs, for runners that start workers themselves, such as Dataflow.

    It changes no answer and no row, so a build with another worker stays valid.
    """

    gpu: str = Field(default="nvidia-l4", pattern=r"^[a-z0-9-]*$")
    """The type of GPU, as the runner names it. If empty, the teacher's job asks for no GPU."""
    machine_type: str = Field(default="", pattern=r"^[a-z0-9-]*$")
    """The type of machine, such as `g2-standard-8`. If empty, the runner chooses."""
    min_ram_gb: PositiveInt | None = None
    """The memory of the machine, at least. If empty, the runner chooses."""
    image: str = ""
    """The container image of the teacher's job, with CUDA and vLLM. If empty, that of all jobs
    (`--sdk_container_image`)."""
