"""The errors this project raises on purpose, and the exit code of each.

    PipelineError                 an error with an explanation       exit 1
    ├── UserError                 the user can fix it                exit 2
    │   ├── RecipeError           a recipe is not valid
    │   ├── InputError            a path, document set or option is not usable
    │   ├── MissingExtraError     an optional package is not installed
    │   └── FolderBusyError       another process works in the output folder
    └── RunError                  the run itself failed              exit 1
        ├── DamagedFileError      a file of this project is damaged
        ├── DiskFullError         a file does not fit on its disk
        ├── FolderLostError       another process took the output folder over
        ├── StageError            a stage of a build did not finish
        ├── TeacherError          the teacher cannot be loaded or reached
        │   └── UnansweredError   requests failed; their shard stays unfinished
        ├── TrainingError         training cannot continue (NaN, out of memory)
        └── ExportError           the exported model differs when it is read back

Every message says what was wrong and with which value; `remedy` says what to do about it. Each is one sentence, because
the command line prints them unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping


class PipelineError(Exception):
    """Base of every deliberate error. `str(error)` is the message and the remedy."""

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
    """The user's recipe, path or option is wrong; nothing was run."""

    exit_code = 2


class RecipeError(UserError):
    """A recipe cannot be read, has an unknown key or an impossible value."""


class InputError(UserError):
    """A path does not exist, cannot be read or written, or holds nothing usable."""


class MissingExtraError(UserError):
    """A package that belongs to an optional extra is not installed."""

    def __init__(self, message: str, *, remedy: str = "", extra: str = "") -> None:
        if extra:
            remedy = f"Install it with: pip install 'longdoc-pipeline[{extra}]'"
        super().__init__(message, remedy=remedy)


class FolderBusyError(UserError):
    """Another process works in the output folder."""


class RunError(PipelineError):
    """The input was valid, but the run failed."""


class DamagedFileError(RunError):
    """A file that this project wrote is cut off, changed or unreadable."""


class DiskFullError(RunError):
    """A file does not fit on its disk, into a quota, or under a limit on the size of files."""


class FolderLostError(RunError):
    """Another process took the output folder over, so this one must no longer write there."""


class StageError(RunError):
    """A stage of `build-sft` did not finish."""


class TeacherError(RunError):
    """The teacher cannot be loaded or reached, so it can answer no request."""


class UnansweredError(TeacherError):
    """Requests of one shard failed, so the shard stays unfinished and a later run asks them again.

    Args:
        message: one sentence.
        remedy: one sentence.
        reasons: what the server or the connection reported, and for how many requests.
        num_requests: requests of the shard, including answered ones.
        num_unasked: requests that were not sent because the teacher gave up.
        gave_up: the server answers nothing, so other shards need not try.
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
    """Exported data differs from the original when it is read back."""


def _rebuild(kind: type[PipelineError], message: str, remedy: str) -> PipelineError:
    return kind(message, remedy=remedy)
