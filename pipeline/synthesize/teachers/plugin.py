"""A kind of teacher as the build sees it: its options in a recipe, how to check them, how to open it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pipeline.config.build import TeacherOptions
from pipeline.errors import MissingExtraError
from pipeline.synthesize.teachers.protocol import Teacher

Options = TypeVar("Options", bound=TeacherOptions)


@dataclass(frozen=True, slots=True)
class TeacherPlugin(Generic[Options]):
    """What a module of `synthesize/teachers/` holds as `TEACHER`."""

    options: type[Options]
    """The recipe's section `synthesize.teacher`; the default of its field `kind` is the name of the kind."""
    open: Callable[[Options, int], Teacher]
    """Load or connect the teacher, from the options and the recipe's seed. The teacher's name is `KIND:MODEL`."""
    check: Callable[[Options], object]
    """Raise an error, before a build starts, if the teacher could not be opened. Loads no model."""
    is_server: bool = False
    """The teacher sends text to a server, which makes the token ids: control strings in documents are broken first."""

    @property
    def kind(self) -> str:
        """The value of `synthesize.teacher.kind` that chooses this teacher."""
        kind: Any = self.options.model_fields["kind"].default
        return str(kind)


def require_package(package: str, *, kind: str, needed: str, extra: str) -> None:
    """Raise an error that names the extra to install if a package is missing.

    Raises:
        MissingExtraError: the package is not installed.
    """
    if importlib.util.find_spec(package) is None:
        raise MissingExtraError(f"The {kind} teacher needs {needed}.", extra=extra)
