"""The plug-in interface for a kind of teacher: its options in a recipe, how to check them, how to open the teacher."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pipeline.config.build import TeacherOptions
from pipeline.errors import MissingExtraError, UnansweredError
from pipeline.synthesize.teachers.protocol import Teacher

Options = TypeVar("Options", bound=TeacherOptions)


@dataclass(frozen=True, slots=True)
class TeacherPlugin(Generic[Options]):
    """The value of `TEACHER` in a module of `synthesize/teachers/`."""

    options: type[Options]
    """Model of the recipe section `synthesize.teacher`; the default of its field `kind` is the name of the kind."""
    open: Callable[[Options, int], Teacher]
    """Function that opens a teacher, given the options and the recipe's seed.

    The teacher's name is `KIND:MODEL`; a `replay` teacher has the name of the recorded teacher.
    """
    check: Callable[[Options], object]
    """Function that is called before a build and raises an error if the teacher cannot be opened; it loads no model."""
    is_server: bool = False
    """Whether a server encodes the prompts. If so, strings that look like control tokens are broken before sending."""
    sends: bool = True
    """Whether the teacher answers during the run. If not, a run can have no limits of requests or cost."""
    explain: Callable[[Options, UnansweredError], UnansweredError] | None = None
    """Function that is called after a build in which requests have no answer; returns the error for the user."""

    @property
    def kind(self) -> str:
        """The value of `synthesize.teacher.kind` that chooses this teacher."""
        kind: Any = self.options.model_fields["kind"].default
        return str(kind)


def require_package(package: str, *, kind: str, needed: str, extra: str) -> None:
    """Raise an error if a package is missing; the error names the extra to install.

    Raises:
        MissingExtraError: the package is not installed.
    """
    if importlib.util.find_spec(package) is None:
        raise MissingExtraError(f"The {kind} teacher needs {needed}.", extra=extra)
