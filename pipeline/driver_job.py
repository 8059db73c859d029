"""One Beam job, of one step, that runs a whole build.

A build is several jobs, one after the other, and a program must start each and wait for it. A service that starts one
job and must not wait, such as a Dataflow Flex Template, starts this one instead: its only step runs
`pipeline build-sft` in a process of its own, on a worker, and that command starts the jobs of the build. If the worker
is lost, the runner repeats the step elsewhere, and the build goes on from its finished shards. The step only waits, so
one small worker is enough.

Takes what a template's launcher gives: parameters of the template, and Beam options for all other names. The recipe is
read and checked when the job is built, and travels in the job, so workers need not reach its file.
"""

from __future__ import annotations

import argparse
import logging
import shlex
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.config.load import bundled_recipes, load_recipe
from pipeline.errors import InputError, StageError
from pipeline.io.files import exists, is_local, open_binary
from pipeline.stages.runner import check_beam_options, pipeline_options

logger = logging.getLogger(__name__)

_COMMAND = (
    "from pipeline.processes import end_with_parent; end_with_parent(); from pipeline.__main__ import main; main()"
)
"""Runs the command line, and ends it if Beam's worker ends: the step is then repeated, and only one may build."""
_LAST_LINES = 20
_OF_THE_LAUNCH = ("template_location", "dataflow_job_file", "job_name", "labels")
"""Beam options that are about the one job that the launcher starts."""
_WORKERS = ("num_workers", "max_num_workers", "worker_machine_type", "machine_type", "autoscaling_algorithm")
"""Beam options that size the workers of the build's jobs, but not the driver."""


@dataclass(frozen=True, slots=True)
class BuildOrder:
    """What to build. It is the element of the job, so it holds text alone."""

    recipe: str
    """YAML."""
    fragments: tuple[str, ...]
    """YAML of the files that override recipe keys."""
    arguments: tuple[str, ...]
    """The other arguments of `pipeline build-sft`."""
    beam_options: tuple[str, ...]
    """Options of the build's jobs."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise an error of this project, because argparse would end the process."""
        raise InputError(f"The parameters cannot be read: {message}.", remedy="See the template's parameters.")


def parameters_parser() -> argparse.ArgumentParser:
    """Return the parser of the template's parameters; `deploy/flex_template/metadata.json` describes the same ones."""
    parser = _Parser(allow_abbrev=False, add_help=False)
    parser.add_argument("--recipe", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--inputs", default="")
    parser.add_argument("--fragments", default="")
    parser.add_argument("--settings", default="")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--max_requests", type=int)
    parser.add_argument("--max_cost", type=float)
    parser.add_argument("--beam_options", default="")
    parser.add_argument("--driver_machine_type", default="e2-standard-2")
    return parser


def run_driver_job(arguments: Sequence[str]) -> beam.runners.runner.PipelineResult:
    """Start the job and return without waiting for it, unless the runner itself waits.

    Args:
        arguments: `--NAME=VALUE` for each parameter of the template and each Beam option.

    Raises:
        InputError: a parameter is missing or cannot be used, a file does not exist, or an option is unknown to Beam.
        RecipeError: the recipe is not valid.
    """
    order, options = read_arguments(arguments)
    try:
        job = beam.Pipeline(options=options)
    except ValueError as error:  # Beam checks the options against each other
        raise InputError(f"Beam cannot use its options: {error}", remedy="Correct these options.") from error
    _ = job | "Order" >> beam.Create([order]) | "RunBuild" >> beam.ParDo(RunBuild())
    return job.run()


def read_arguments(arguments: Sequence[str]) -> tuple[BuildOrder, PipelineOptions]:
    """Return what to build, and the options of the driver's job. Raises the errors of `run_driver_job`."""
    given, beam_options = parameters_parser().parse_known_args(list(arguments))
    beam_options += _split(given.beam_options)
    if not _has(beam_options, "sdk_location"):
        beam_options.append("--sdk_location=container")  # the image holds Beam; there is nothing to stage
    check_beam_options(beam_options)
    options = pipeline_options(beam_options)
    runner = str(options.get_all_options()["runner"])
    if is_local(given.output) and runner.casefold().endswith("dataflowrunner"):
        raise InputError(
            f"The output '{given.output}' is a folder of one machine.", remedy="Give a gs:// or s3:// folder."
        )
    own = ["--output", given.output]
    own += [word for path in _listed(given.inputs) for word in ("--input", path)]
    own += [word for setting in _listed(given.settings) for word in ("--set", setting)]
    limits = {"--limit": given.limit, "--max-requests": given.max_requests, "--max-cost": given.max_cost}
    own += [word for name, value in limits.items() if value is not None for word in (name, str(value))]
    stages = _without(beam_options, _OF_THE_LAUNCH)
    if job_name := options.get_all_options().get("job_name"):
        # One name for all, so that Dataflow refuses a second job while one of a lost driver still runs.
        stages.append(f"--job_name={job_name}-stage")
    order = BuildOrder(
        recipe=_text_of(given.recipe),
        fragments=tuple(_text_of(path) for path in _listed(given.fragments)),
        arguments=tuple(own),
        beam_options=tuple(stages),
    )
    with tempfile.TemporaryDirectory(prefix="order-") as folder:
        recipe, fragments = _write_recipe(order, Path(folder))
        load_recipe(recipe, fragments=fragments, overrides=_listed(given.settings))
    driver = [*_without(beam_options, _WORKERS), "--num_workers=1", "--max_num_workers=1"]
    driver += ["--autoscaling_algorithm=NONE", f"--worker_machine_type={given.driver_machine_type}"]
    driver.append("--no_save_main_session")  # by default, Beam sends Dataflow a pickle of the launcher's program
    return order, pipeline_options(driver)


class RunBuild(beam.DoFn):  # type: ignore[misc]  # Beam has no types
    """Runs the build of an order. Element: a `BuildOrder`; output: the arguments of a build that ended well."""

    def process(self, order: BuildOrder) -> Iterator[tuple[str, ...]]:
        """Run the build, log each line that it prints, and wait for its end.

        Raises:
            StageError: the build failed; the message ends with the last lines that it printed.
        """
        with tempfile.TemporaryDirectory(prefix="order-") as folder:
            recipe, fragments = _write_recipe(order, Path(folder))
            words = [word for path in fragments for word in ("--with", path)]
            command = [sys.executable, "-c", _COMMAND, "build-sft", recipe, *words, *order.arguments]
            last: deque[str] = deque(maxlen=_LAST_LINES)
            with subprocess.Popen(
                [*command, "--", *order.beam_options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            ) as build:
                assert build.stdout is not None
                for line in build.stdout:
                    last.append(line.rstrip())
                    logger.info("%s", last[-1])
        if build.returncode:
            raise StageError(
                f"The build ended with exit code {build.returncode}. It said last: {' / '.join(last)}.",
                remedy="Start the job again with the same output to go on from the last finished shard.",
            )
        yield order.arguments


def _write_recipe(order: BuildOrder, folder: Path) -> tuple[str, list[str]]:
    """Write the recipe and its fragments to files, and return their paths."""
    recipe = folder / "recipe.yaml"
    recipe.write_text(order.recipe, encoding="utf-8")
    paths = [folder / f"fragment-{number}.yaml" for number in range(len(order.fragments))]
    for path, text in zip(paths, order.fragments, strict=True):
        path.write_text(text, encoding="utf-8")
    return str(recipe), [str(path) for path in paths]


def _text_of(reference: str) -> str:
    path = str(bundled_recipes().get(reference, reference))
    if not exists(path):
        raise InputError(
            f"'{reference}' is neither a file nor a recipe of the project.",
            remedy=f"Give the path of a YAML file, or one of: {', '.join(bundled_recipes())}.",
        )
    with open_binary(path) as file:
        content = file.read()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: {error}.", remedy="Save it as UTF-8.") from error


def _split(options: str) -> list[str]:
    try:
        return shlex.split(options)
    except ValueError as error:
        raise InputError(
            f"beam_options cannot be read: {error}: {options}", remedy="Quote values as in a shell."
        ) from error


def _listed(values: str) -> list[str]:
    """Return the values of a parameter that holds several, separated by semicolons."""
    return [value.strip() for value in values.split(";") if value.strip()]


def _has(options: Sequence[str], name: str) -> bool:
    return any(option.partition("=")[0] == f"--{name}" for option in options)


def _without(options: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return Beam options without those of some names, in the forms `--name=value` and `--name value`."""
    kept: list[str] = []
    dropping = False
    for word in options:
        if word.startswith("--"):
            dropping = word.removeprefix("--").partition("=")[0] in names
        if not dropping:
            kept.append(word)
    return kept
