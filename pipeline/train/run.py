"""One run of a training: what it is made of, which folder it owns, and what an earlier call left there. No torch here.

A folder belongs to the run whose fingerprint stands in its `run.json`, written before anything else. A run goes on only
in its own folder. A folder that is finished is held against its record: what is missing or damaged is named, set aside
and made again from the last checkpoint.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.recipe import Recipe
from pipeline.config.stages import StageData
from pipeline.config.start import FolderAccess, Start
from pipeline.errors import DamagedFileError, InputError
from pipeline.identity import content_id, fingerprint
from pipeline.io import files
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.checksums import find_problems
from pipeline.io.finished_build import check_finished_build
from pipeline.io.folders import open_output_folder, refuse_inside_build
from pipeline.io.lease import hold_folder
from pipeline.io.models import EMBEDDED_PREFIX, resolve_model
from pipeline.train.corpus_packs import corpus_fingerprint
from pipeline.train.metrics import LOG_FOLDER
from pipeline.train.record import RECORD_FILE, TrainingRecord, read_record
from pipeline.train.rope.scaling import RopeScaling
from pipeline.train.rows import data_fingerprint
from pipeline.train.stages import Stage, resolve_stages

if TYPE_CHECKING:
    from pipeline.train.ranks import Ranks

logger = logging.getLogger(__name__)

_RUN_FILE = "run.json"
_MARKS = (_RUN_FILE, f"{_RUN_FILE}.damaged", RECORD_FILE)
"""At least one of them is in a folder of ours; the second where the first was damaged."""
_CHECKPOINTS = "checkpoints"
_TOKENS = "tokens"
_EMBEDDED_LICENCE = "apache-2.0"

# Settings that change how a run is kept, watched or computed, not what is learnt; a resumed run may change them. Those
# of memory, kernels and processes change rounding, and which numbers dropout draws.
_NOT_OF_THE_RUN: dict[str, Any] = {  # Any: of pydantic, a name or the names below it
    **dict.fromkeys(("save_every_steps", "keep_checkpoints", "report_to", "device", "model", "distributed"), True),
    **dict.fromkeys(("memory", "deterministic", "probe", "validate_every_steps", "max_validation_packs"), True),
    "attention": {"kernel", "evaluate_with"},
    "loss": {"chunk_tokens"},
}


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """What a run is made of."""

    fingerprint: str
    data_fingerprint: str
    model_fingerprint: str


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A run whose input is possible and whose folder is its own."""

    name: str
    """Of the recipe."""
    settings: FinetuneRecipe
    seed: int
    base_model: str
    data: str
    stages: tuple[Stage, ...]
    """At least one."""
    identity: RunIdentity
    root: Path
    """The model folder."""
    finished: TrainingRecord | None
    """Of this very run, where an earlier call ended it."""

    @property
    def scaling(self) -> RopeScaling:
        """Of the last stage, which is the exported model's."""
        return self.stages[-1].scaling

    def for_stage(self, stage: Stage) -> TrainingRun:
        """The run as if one of its stages were the only one."""
        return replace(self, settings=stage.settings, stages=(stage,))

    @property
    def checkpoints(self) -> Path:
        """Resumable states; may be deleted once the run is finished."""
        return self.root / _CHECKPOINTS

    @property
    def tokens(self) -> Path:
        """The rows' ids, where the model's tokenizer is not the build's; may be deleted once the run is finished."""
        return self.root / _TOKENS

    @property
    def logs(self) -> Path:
        """`metrics.jsonl` and TensorBoard files."""
        return self.root / LOG_FOLDER


def open_run(recipe: Recipe, *, data: str, base_model: str, output: str, start: Start) -> TrainingRun:
    """Check what can be checked before anything is loaded, and make the output folder this run's own.

    Raises:
        InputError: no data, an unusable model, packs longer than the scaled context, or a folder that belongs to
            another run, holds something else or cannot be written.
    """
    settings = recipe.finetune
    data_id = stages_fingerprint(settings, data)
    stages = resolve_stages(settings, base_model=base_model)
    identity = run_identity(recipe, base_model=base_model, data_id=data_id)
    root = claim_folder(output, identity.fingerprint, start)
    return TrainingRun(
        name=recipe.name,
        settings=settings,
        seed=recipe.seed,
        base_model=base_model,
        data=data,
        stages=stages,
        identity=identity,
        root=root,
        finished=_finished(root, identity.fingerprint, output),
    )


def stages_fingerprint(settings: FinetuneRecipe, data: str) -> str:
    """16 hex digits of the rows, the documents, or both, whatever the stages train on.

    Raises:
        InputError: a stage trains on rows and there are none.
        FolderBusyError: a build is at work in the folder.
        DamagedFileError: a file of the build is missing or is not what was written.
    """
    kinds = {stage.data for stage in settings.stages} or {StageData.SFT}
    rows = () if kinds == {StageData.CORPUS} else ("sft", "tokens")
    documents = () if kinds == {StageData.SFT} else ("corpus",)
    check_finished_build(data, (*rows, *documents, "packs.parquet"))
    if kinds == {StageData.SFT}:
        return data_fingerprint(data)
    of_rows = [] if kinds == {StageData.CORPUS} else [data_fingerprint(data)]
    return content_id(*of_rows, corpus_fingerprint(data))


def run_identity(recipe: Recipe, *, base_model: str, data_id: str) -> RunIdentity:
    """Fingerprint recipe, seed, data and base model."""
    settings = recipe.finetune.model_dump(mode="json", exclude=_NOT_OF_THE_RUN)
    of_model = model_fingerprint(base_model)
    parts = {"finetune": settings, "seed": recipe.seed, "data": data_id, "model": of_model}
    return RunIdentity(fingerprint(parts), data_id, of_model)


def model_fingerprint(reference: str) -> str:
    """16 hex digits of a local model's config and weights, or of a hub name; reads the weights once (about 1 GB/s)."""
    resolved = Path(resolve_model(reference))
    if not resolved.is_dir():
        return content_id(reference)
    parts: list[str] = []
    for path in sorted([resolved / "config.json", *resolved.glob("*.safetensors")]):
        if path.is_file():
            with path.open("rb") as file:
                parts += [path.name, hashlib.file_digest(file, "sha256").hexdigest()]
    return content_id(*parts)


def base_licence(reference: str) -> str:
    """The licence named in a local base model's own card; empty if there is none."""
    if reference.startswith(EMBEDDED_PREFIX):
        return _EMBEDDED_LICENCE
    card = Path(resolve_model(reference)) / "README.md"
    if not card.is_file():
        return ""
    _, _, rest = card.read_text(encoding="utf-8").partition("---\n")
    try:
        front_matter = yaml.safe_load(rest.partition("\n---")[0])
    except yaml.YAMLError:
        return ""
    return str(front_matter.get("license", "")) if isinstance(front_matter, dict) else ""


@contextmanager
def hold_model_folder(output: str, ranks: Ranks) -> Iterator[None]:
    """Own the model folder while the block runs; the first process does, for all.

    Raises:
        InputError: it is not local, lies in a build folder, holds something else or cannot be written.
        FolderBusyError: another run holds it.
    """
    with ExitStack() as stack:

        def hold() -> None:
            _check_folder(output)
            stack.enter_context(hold_folder(output, command="finetune"))

        ranks.once(hold)
        yield


def claim_folder(output: str, run_fingerprint: str, start: Start) -> Path:
    """Make the output folder this run's own.

    Args:
        output: local path of the model folder.
        run_fingerprint: of the run about to start.
        start: `FRESH` removes what an earlier run of this project left there.

    Raises:
        InputError: the folder belongs to another run, holds something else, or cannot be written.
    """
    root = _check_folder(output)
    open_output_folder(str(root), start=start, marks=_MARKS, access=FolderAccess.UMASK)
    owner = _read_owner(root)
    if owner is not None and owner != run_fingerprint:
        raise _another_run(output)
    if owner is None:
        write_checked(str(root / _RUN_FILE), {"fingerprint": run_fingerprint})
    return root


def _finished(root: Path, run_fingerprint: str, output: str) -> TrainingRecord | None:
    """The record of a folder that is finished and whole; None if there is something left to do."""
    try:
        record = read_record(str(root))
    except DamagedFileError as error:
        _set_aside(root / RECORD_FILE, error.message)
        return None
    if record is None:
        return None
    if record.fingerprint != run_fingerprint:
        raise _another_run(output)
    problems = find_problems(root, record.files)
    if problems and not any((root / _CHECKPOINTS).glob("step-*")):
        name, problem = next(iter(problems.items()))
        raise DamagedFileError(
            f"{root / name} {problem}, and there is no checkpoint to make it again from.",
            remedy="Take the file from a copy of the folder, or train again with --fresh.",
        )
    for name, problem in problems.items():
        _set_aside(root / name, f"{root / name} {problem}.")
    return None if problems else record


def _set_aside(path: Path, message: str) -> None:
    if path.exists():
        message += f" It is kept as {Path(files.set_aside(str(path))).name}."
    logger.warning("%s Made again from the last checkpoint, if there is one.", message)


def _another_run(output: str) -> InputError:
    return InputError(
        f"{output} holds a training with another recipe, data or base model.",
        remedy="Start over with --fresh, or choose another folder with --output.",
    )


def _check_folder(output: str) -> Path:
    if "://" in output:
        raise InputError(
            f"The model folder {output} is not a local path.", remedy="Choose a local folder with --output."
        )
    root = Path(output).expanduser()
    refuse_inside_build(output, what="model folder")
    # --fresh deletes a folder; it must not be somebody's home.
    if root.exists() and (not root.is_dir() or (_holds_files(root) and not _is_marked(root))):
        raise InputError(
            f"{root} exists and is not a model folder of this command.", remedy="Choose another folder with --output."
        )
    return root


def _is_marked(root: Path) -> bool:
    return any((root / mark).is_file() for mark in _MARKS)


def _holds_files(root: Path) -> bool:
    return any(path.name != files.LEASE_FILE for path in root.iterdir())


def _read_owner(root: Path) -> str | None:
    path = root / _RUN_FILE
    if not path.is_file():
        return None
    try:
        return str(read_checked(str(path))["fingerprint"])
    except DamagedFileError as error:
        kept_as = Path(files.set_aside(str(path))).name
        logger.warning("%s It is kept as %s and written again.", error.message, kept_as)
        return None
