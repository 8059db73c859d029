"""What the workers of a build must reach, and what would stop them: addresses in the recipe and in Beam's options.

Takes the recipe, the output folder, Beam's options and the planned jobs; opens no connection. On Dataflow, a worker has
the container image and a network, and nothing of this machine. The workers of a cluster may mount this machine's disks,
so a local path is said and no error. Used by `build-sft --plan`; `build` checks the addresses before it starts.
"""

from __future__ import annotations

import importlib.util
import ipaddress
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from apache_beam.options.pipeline_options import (
    GoogleCloudOptions,
    PipelineOptions,
    PortableOptions,
    StandardOptions,
)

from pipeline.config.build import TeacherOptions
from pipeline.config.recipe import Recipe
from pipeline.documents.bundled import is_bundled
from pipeline.documents.datasets.names import is_dataset
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.models import EMBEDDED_PREFIX
from pipeline.stages.job_options import RunnerKind, runner_kind
from pipeline.stages.job_plans import PLACEHOLDERS, JobPlan
from pipeline.synthesize.teachers.open import asked_models

EVERY_JOB = "every job"
_ON_THIS_MACHINE = "LOOPBACK"
"""Beam's environment whose workers are threads of this process."""
_BEAM_IMAGES = ("apache/beam_", "gcr.io/cloud-dataflow/")
"""How the names begin of Beam's own images, which lack this package."""
_OPTION_MEANINGS = {
    "project": "the project of Google Cloud",
    "region": "the region in which workers start",
    "temp_location": "a folder in Cloud Storage for the job's files",
}


class Place(StrEnum):
    """Where an address is."""

    STORE = "store"
    HUB = "hub"
    """The Hugging Face hub, or a cache of it in the image."""
    SERVER = "server"
    IMAGE = "image"
    """In the wheel or next to it."""
    LOCAL = "local"
    """A path or a server of this machine."""


_OFFLINE = "images of the Dockerfile are offline, and need it in their hub cache"


@dataclass(frozen=True, slots=True)
class Reach:
    """Something that workers must reach."""

    job: str
    """The stage whose workers need it, or `EVERY_JOB`."""
    what: str
    """The recipe key or the option that names it."""
    address: str
    place: Place
    note: str = ""
    """What else is needed; empty if nothing is."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that would stop the build."""

    problem: str
    remedy: str


def reach_of(recipe: Recipe, *, output: str, options: PipelineOptions, jobs: Sequence[JobPlan]) -> list[Reach]:
    """Return what the workers must reach."""
    shared = runner_kind(options) is RunnerKind.CLUSTER
    found = [*_of_recipe(recipe, output), *_of_options(options, jobs)]
    mounted = "every worker must mount it at this path"
    return [
        Reach(one.job, one.what, one.address, one.place, one.note or mounted)
        if shared and one.place is Place.LOCAL and "://" not in one.address
        else one
        for one in found
    ]


def obstacles_of(reach: Sequence[Reach], *, options: PipelineOptions, jobs: Sequence[JobPlan]) -> list[Obstacle]:
    """Return what would stop the build on the runner that the options name."""
    is_dataflow = runner_kind(options) is RunnerKind.DATAFLOW
    found = list(_of_dataflow(options)) if is_dataflow else list(_of_cluster(options))
    for image in sorted({image for job in jobs for image in job.images if image.startswith(_BEAM_IMAGES)}):
        option = (
            "--sdk_container_image=IMAGE" if is_dataflow else "--environment_type=DOCKER --environment_config=IMAGE"
        )
        found.append(
            Obstacle(
                f"Workers would run {image}, which does not have this package.",
                f"Build an image with the Dockerfile, and give {option} after --.",
            )
        )
    found += _of_addresses(reach, options)
    return list(dict.fromkeys(found))


def check_reach(recipe: Recipe, *, output: str, options: PipelineOptions) -> None:
    """Check the addresses of a build before it starts. Workers of `LOOPBACK` are on this machine, in this folder.

    Raises:
        InputError: workers that are not on this machine would look for a path or server of this machine.
    """
    kind = runner_kind(options)
    if kind is RunnerKind.LOCAL or options.view_as(PortableOptions).environment_type == _ON_THIS_MACHINE:
        return
    for one in _of_addresses(reach_of(recipe, output=output, options=options, jobs=()), options):
        raise InputError(one.problem, remedy=one.remedy)


def _of_recipe(recipe: Recipe, output: str) -> Iterator[Reach]:
    yield _path(EVERY_JOB, "--output", output)
    for source in recipe.inputs:
        yield _path("ingest", "inputs", source.path)
    for path in recipe.decontamination.against:
        yield _path("decontaminate", "decontamination.against", path)
    for path in recipe.dedup.against:
        yield _path("dedup", "dedup.against", path)
    yield _model("pack, synthesize, export", "pack.tokenizer", recipe.pack.tokenizer)
    if recipe.synthesize.written.tasks:
        for key, options in zip(("teacher", "judge"), asked_models(recipe.synthesize), strict=False):
            yield from _of_teacher(f"synthesize.{key}", options)
    for data in recipe.export.short_data:
        yield _path("export", "export.short_data", data.path)


def _of_teacher(key: str, options: TeacherOptions) -> Iterator[Reach]:
    """Yield the addresses in the options of a teacher, whatever its kind calls them."""
    values: dict[str, Any] = dict(options)
    if url := values.get("base_url"):
        variable = values.get("api_key_env", "")
        note = f"a key, if the server wants one, in the workers' environment variable {variable}" if variable else ""
        place = Place.LOCAL if _is_this_machine(url) else Place.SERVER
        yield Reach("synthesize", f"{key}.base_url", url, place, note)
        return
    folders = [name for name in ("folder", "recordings") if values.get(name)]
    for name in folders:
        yield _path("synthesize", f"{key}.{name}", values[name])
    if folders:
        return
    own_image = getattr(values.get("worker"), "image", "")
    if own_image and options.model.startswith("/"):
        yield Reach("synthesize", f"{key}.model", options.model, Place.IMAGE, f"{own_image} must have this folder")
    else:
        yield _model("synthesize", f"{key}.model", options.model)


def _of_options(options: PipelineOptions, jobs: Sequence[JobPlan]) -> Iterator[Reach]:
    for image in sorted({image for job in jobs for image in job.images}):
        users = [job.stage for job in jobs if image in job.images]
        yield Reach(EVERY_JOB if len(users) == len(jobs) else ", ".join(users), "container image", image, Place.STORE)
    cloud = options.view_as(GoogleCloudOptions)
    if runner_kind(options) is RunnerKind.DATAFLOW:
        for name in ("temp_location", "staging_location"):
            if address := getattr(cloud, name):
                yield _path(EVERY_JOB, f"--{name}", address)
        return
    if endpoint := options.view_as(PortableOptions).job_endpoint:
        yield Reach(EVERY_JOB, "--job_endpoint", endpoint, Place.SERVER, "from this machine, not from the workers")
    for workers in sorted({job.workers for job in jobs if job.workers}):
        yield Reach(EVERY_JOB, "workers", workers, Place.SERVER, "from the runner; they import the wheel")


def _of_dataflow(options: PipelineOptions) -> Iterator[Obstacle]:
    cloud = options.view_as(GoogleCloudOptions)
    for name in PLACEHOLDERS:
        if not getattr(cloud, name):
            yield Obstacle(f"Dataflow needs --{name}, {_OPTION_MEANINGS[name]}.", f"Give --{name} after --.")
    if importlib.util.find_spec("google.cloud") is None or importlib.util.find_spec("google.cloud.dataflow") is None:
        yield Obstacle(
            "Beam's package for Dataflow is not installed, so the job of Dataflow is not shown and cannot be sent.",
            "Install it with: pip install 'longdoc-pipeline[gcp]'",
        )


def _of_cluster(options: PipelineOptions) -> Iterator[Obstacle]:
    name = (options.view_as(StandardOptions).runner or "").rsplit(".", 1)[-1].lower()
    if name == "portablerunner" and not options.view_as(PortableOptions).job_endpoint:
        yield Obstacle("PortableRunner needs the address of a job server.", "Give --job_endpoint=HOST:PORT after --.")


def _of_addresses(reach: Sequence[Reach], options: PipelineOptions) -> Iterator[Obstacle]:
    """Yield what is on this machine; for workers that may mount its disks, only paths that they would not find."""
    here = [one for one in reach if one.place is Place.LOCAL]
    if runner_kind(options) is RunnerKind.DATAFLOW:
        for one in here:
            yield Obstacle(f"{one.what} is {one.address}, which only this machine can reach.", _remedy(one))
        return
    for one in here:
        if "://" not in one.address and not one.address.removeprefix("hf:").startswith("/"):
            yield Obstacle(
                f"{one.what} is {one.address}, and workers have other working folders and homes.",
                "Give a whole path, which begins with a slash and which every worker mounts.",
            )


def _path(job: str, what: str, address: str) -> Reach:
    if is_bundled(address):
        return Reach(job, what, address, Place.IMAGE)
    if is_dataset(address):
        name = address.partition(":")[2]
        is_folder = name.startswith(("/", ".", "~")) or Path(name).exists()
        return Reach(job, what, address, Place.LOCAL if is_folder else Place.HUB)
    return Reach(job, what, address, Place.LOCAL if files.is_local(address) else Place.STORE)


def _model(job: str, what: str, reference: str) -> Reach:
    if reference.startswith(EMBEDDED_PREFIX):
        return Reach(job, what, reference, Place.IMAGE)
    is_folder = reference.startswith(("/", ".", "~")) or Path(reference).is_dir()
    return Reach(job, what, reference, Place.LOCAL) if is_folder else Reach(job, what, reference, Place.HUB, _OFFLINE)


def _is_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


def _remedy(one: Reach) -> str:
    if one.what == "--output":
        return "Name a folder in a store: --output gs://BUCKET/FOLDER."
    if one.what.endswith("base_url"):
        return "Name the server by an address that the workers' network reaches."
    if one.what.endswith(("tokenizer", "model")):
        worker = f", or set {one.what.removesuffix('model')}worker.image to an image that has the folder"
        return f"Name a model of the hub{worker if one.what.endswith('model') else ''}."
    if one.what.startswith("--"):
        return f"Name a folder in Cloud Storage: {one.what}=gs://BUCKET/FOLDER."
    return f"Copy it to a store, such as gs://BUCKET/FOLDER, and set {one.what} to it."
