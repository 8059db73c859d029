"""The errors that this project raises on purpose, with their exit codes.

    PipelineError                 an error with an explanation       exit 1
    ├── UserError                 the user can fix it                exit 2
    │   ├── RecipeError           a recipe is not valid
    │   ├── InputError            a path, document set or option is not usable
    │   ├── MissingExtraError     an optional package is not installed
    │   └── FolderBusyError       another process is working in the folder
    └── RunError                  the run itself failed              exit 1
        ├── DamagedFileError      a file of this project is damaged
        ├── DiskFullError         a file does not fit on its disk
        ├── FolderLostError       another process took over the output folder
        ├── StoreError            an object store does not answer, or answers with errors
        ├── StageError            a stage of a build did not finish
        ├── LimitReachedError     a run has asked as much of teachers as it may
        ├── TeacherError          the teacher cannot be loaded or reached
        │   └── UnansweredError   requests failed; their shard stays unfinished
        ├── TrainingError         training cannot continue (NaN, out of memory)
        └── ExportError           exported rows or an exported model differ when read back

Every message says what was wrong and names the value; `remedy` says what to do about it. The command line prints both
unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

ONLY_REASONING = "it contains reasoning and no answer"
"""What the failure of a request says if a server returned a model's reasoning alone."""


class PipelineError(Exception):
    """The base class of all errors raised on purpose. `str(error)` is the message followed by the remedy."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        # Beam pickles worker errors, and the default protocol loses keyword arguments.
        return (_rebuild, (type(self), self.message, self.remedy))


class UserError(PipelineError):
    """The user can fix the cause: a recipe, path, option or installation."""

    exit_code = 2


class RecipeError(UserError):
    """A recipe cannot be parsed, has an unknown key, or has a value that is not allowed."""


class InputError(UserError):
    """A path, document set or option is not usable."""


class MissingExtraError(UserError):
    """A package of an optional extra is not installed. If `extra` is given, the remedy is the command to install it."""

    def __init__(self, message: str, *, remedy: str = "", extra: str = "") -> None:
        if extra:
            remedy = f"Install it with: pip install 'longdoc-pipeline[{extra}]'"
        super().__init__(message, remedy=remedy)


@contextmanager
def needing_extra(extra: str, *, what: str) -> Iterator[None]:
    """Explain an import that fails inside the block: a package of an optional extra is not installed.

    Args:
        extra: the name of the extra.
        what: what needs its packages, as the beginning of a sentence: `Planning`.

    Raises:
        MissingExtraError: a package is not installed. A module of this project that is missing is an error of ours.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] == __package__:
            raise
        raise MissingExtraError(
            f"{what} needs the package '{error.name}', which is not installed.", extra=extra
        ) from error


class FolderBusyError(UserError):
    """Another process is working in a folder that the command would write to or read."""


class RunError(PipelineError):
    """The input was valid, but the run failed."""


class DamagedFileError(RunError):
    """A file that this project wrote is truncated, changed or unreadable."""


class DiskFullError(RunError):
    """A file does not fit on the disk, exceeds a quota, or exceeds a limit on file size."""


class FolderLostError(RunError):
    """Another process took over the output folder, so this process must stop writing to it."""


class StoreError(RunError):
    """An object store does not answer, or answers with errors that last."""


class StageError(RunError):
    """A stage of `build-sft` did not finish."""


class LimitReachedError(RunError):
    """A run has asked as many requests, or spent as much, as its limits allow. A later run goes on from there."""


class TeacherError(RunError):
    """The teacher cannot be loaded or reached, so it can answer no request."""


class UnansweredError(TeacherError):
    """Requests of a shard failed. The shard stays unfinished, and a later run sends the failed requests again.

    Args:
        message: what failed.
        remedy: what to do about it.
        reasons: the number of failed requests by the reason that the server or the connection reported.
        num_requests: the number of requests in the shard, including answered ones.
        num_unasked: the number of requests that were not sent because the teacher gave up.
        gave_up: whether the server answers no request at all, so that other shards need not try.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        reasons: Mapping[str, int] | None = None,
        num_requests: int = 0,
        num_unasked: int = 0,
        gave_up: bool = False,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.reasons = dict(reasons or {})
        self.num_requests = num_requests
        self.num_unasked = num_unasked
        self.gave_up = gave_up


class TrainingError(RunError):
    """Training cannot continue."""


class ExportError(RunError):
    """Exported rows or an exported model differ from the original when they are read back."""


def _rebuild(kind: type[PipelineError], message: str, remedy: str) -> PipelineError:
    return kind(message, remedy=remedy)
