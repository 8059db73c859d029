"""Starts experiment trackers by name, like transformers' `report_to`: TensorBoard, Weights & Biases, MLflow and others.

Takes the recipe's names and the run. Returns `Trackers`, which receive every new record of the log. The tracker classes
come from accelerate. Values are named after the records in `metrics.jsonl`: `step/loss`, `validation/sft/loss`,
`probe/4096/0.5/hits`. Each tracker reads its own settings (keys, servers, offline mode) from environment variables.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any

from accelerate.tracking import LOGGER_TYPE_TO_CLASS, GeneralTracker

from pipeline.errors import InputError, MissingExtraError
from pipeline.train.run.metrics import AnswersMetrics, Metrics, ProbeMetrics, StepMetrics, ValidationMetrics, event_of
from pipeline.train.run.training_run import TrainingRun

_NONE, _ALL = "none", "all"
_EXTRAS = {"tensorboard": "train"}
_LABELS = {"step", "stage", "data", "length", "depth", "documents", "answers"}
"""Fields that are not sent as values. `data`, `length` and `depth` are parts of a value's name, `step` is its position
on the axis; `stage` and what belongs to single documents and questions are not sent."""


def resolve_trackers(report_to: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the trackers that a recipe requests, after checking that each is known and installed.

    Args:
        report_to: tracker names, or only `none`, or only `all` for every installed tracker.

    Raises:
        InputError: accelerate has no tracker with that name, or `none` or `all` is combined with other names.
        MissingExtraError: the tracker's package is not installed.
    """
    if tuple(report_to) == (_NONE,):
        return ()
    if tuple(report_to) == (_ALL,):
        return tuple(name for name in sorted(LOGGER_TYPE_TO_CLASS) if find_spec(name) is not None)
    for name in report_to:
        if name in (_NONE, _ALL):
            raise InputError(
                f"finetune.report_to combines '{name}' with other names ({', '.join(report_to)}).",
                remedy=f"Set finetune.report_to to only {name}, or remove it.",
            )
        if name not in LOGGER_TYPE_TO_CLASS:
            raise InputError(
                f"finetune.report_to names '{name}', which is not a tracker.",
                remedy=f"Choose from {', '.join(sorted(LOGGER_TYPE_TO_CLASS))}, or set it to {_ALL} or {_NONE}.",
            )
        if find_spec(name) is None:  # every tracker is named after its package
            raise MissingExtraError(
                f"finetune.report_to names {name}, but the package {name} is not installed.",
                extra=_EXTRAS.get(name, ""),
                remedy=f"Install it with: pip install {name}, or remove {name} from finetune.report_to.",
            )
    return tuple(report_to)


class Trackers:
    """The trackers that were started for one run."""

    def __init__(self, trackers: Sequence[GeneralTracker]) -> None:
        self._trackers = tuple(trackers)

    def log(self, metrics: Metrics) -> None:
        """Send the values of a record to all trackers."""
        values = {f"{_prefix(metrics)}/{name}": value for name, value in asdict(metrics).items() if name not in _LABELS}
        for tracker in self._trackers:
            tracker.log(values, step=metrics.step)

    def finish(self) -> None:
        """Close all trackers."""
        for tracker in self._trackers:
            tracker.finish()


def start_trackers(run: TrainingRun, *, resumed_step: int) -> Trackers:
    """Start the trackers that a run's recipe names. A resumed run continues its curves if the tracker supports this.

    Args:
        run: the run. All trackers but TensorBoard also store its `finetune` settings.
        resumed_step: the last step to keep; TensorBoard drops all later values.

    Raises:
        InputError, MissingExtraError: see `resolve_trackers`.
    """
    started = []
    for name in resolve_trackers(run.settings.report_to):
        tracker = _tracker(name, run, resumed_step)
        tracker.start()
        if name != "tensorboard":  # TensorBoard would create a new folder on each call
            tracker.store_init_configuration(_flat(run.settings.model_dump(mode="json")))
        started.append(tracker)
    return Trackers(started)


def _tracker(name: str, run: TrainingRun, resumed_step: int) -> GeneralTracker:
    kind = LOGGER_TYPE_TO_CLASS[name]
    if name == "tensorboard":
        return kind("", str(run.logs), purge_step=resumed_step + 1)
    run_id = run.identity.fingerprint[:16]
    options: dict[str, dict[str, Any]] = {
        "wandb": {"id": run_id, "name": run.root.name, "resume": "allow", "dir": str(run.logs)},
        "trackio": {"name": run_id, "resume": "allow"},
        "mlflow": {"run_name": run_id},
        "aim": {"logging_dir": str(run.logs)},
    }
    return kind(run.name, **options.get(name, {}))


def _prefix(metrics: Metrics) -> str:
    event = event_of(metrics)
    match metrics:
        case StepMetrics() | AnswersMetrics():
            return event
        case ValidationMetrics(data=data):
            return f"{event}/{data}"
        case ProbeMetrics(length=length, depth=depth):
            return f"{event}/{length}/{depth:g}"


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, str | int | float | bool | None]:
    flat: dict[str, str | int | float | bool | None] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value if isinstance(value, str | int | float | bool | None) else json.dumps(value)
    return flat
