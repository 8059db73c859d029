"""Opens the recipe's teacher once in each process; all of Beam's threads share it.

A model in this process answers one call at a time; a server is called from several threads at once. A build without
written tasks opens no teacher, so it does not need the teachers' packages.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from pipeline.config.build import SynthesizeRecipe, TeacherOptions
from pipeline.errors import UnansweredError
from pipeline.synthesize.teachers import teacher_plugins
from pipeline.synthesize.teachers.protocol import (
    BatchOrder,
    BatchTeacher,
    ServerTeacher,
    Teacher,
    TeacherReply,
    TeacherRequest,
)

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_loaded: dict[tuple[TeacherOptions, int], Teacher] = {}


def check_teacher(recipe: SynthesizeRecipe) -> None:
    """Check that the teacher can be opened, before the build starts and without loading a model.

    Nothing is checked if the recipe has no written tasks. This also forgets the servers and files of earlier
    builds in this process, so that a server that one of them gave up on is tried again.

    Raises:
        MissingExtraError: the teacher's package is not installed.
        InputError, RecipeError: the teacher's options cannot be used.
    """
    _forget_servers()
    if recipe.written.tasks and recipe.judging_teacher == recipe.teacher:
        logger.warning(
            "%s judges its own rows, which is less strict than another model would be; synthesize.judge names one.",
            recipe.teacher.model,
        )
    if recipe.written.tasks:
        for options in asked_models(recipe):
            teacher_plugins()[options.kind].check(options)


def asked_models(recipe: SynthesizeRecipe) -> tuple[TeacherOptions, ...]:
    """Return the options of the models that a build asks: the teacher, and the judge if it is another model."""
    judge = recipe.judging_teacher
    return (recipe.teacher,) if judge is None or judge == recipe.teacher else (recipe.teacher, judge)


def shared_teacher(options: TeacherOptions, *, seed: int) -> Teacher:
    """Return the teacher with these options. The first caller in this process opens it; later callers share it.

    Raises:
        MissingExtraError: the teacher's package is not installed.
        TeacherError: the teacher cannot be loaded.
        InputError, RecipeError: the teacher's options cannot be used.
    """
    with _lock:
        key = (options, seed)
        if key not in _loaded:
            teacher = open_teacher(options, seed=seed)
            _loaded[key] = teacher if isinstance(teacher, ServerTeacher) else _OneAtATime(teacher)
        return _loaded[key]


def open_teacher(options: TeacherOptions, *, seed: int) -> Teacher:
    """Return a new teacher of the kind that the options name. Raises the same errors as `shared_teacher`."""
    return teacher_plugins()[options.kind].open(options, seed)


def explained(error: UnansweredError, options: TeacherOptions) -> UnansweredError:
    """Return the error about requests without an answer in the words of the teacher's kind."""
    explain = teacher_plugins()[options.kind].explain
    return explain(options, error) if explain else error


def _forget_servers() -> None:
    with _lock:
        for key in [key for key, teacher in _loaded.items() if _asks_others(key[0], teacher)]:
            del _loaded[key]


def _asks_others(options: TeacherOptions, teacher: Teacher) -> bool:
    """Return whether the answers come from outside this process, so that they may differ in the next build."""
    return isinstance(teacher, ServerTeacher) or teacher_plugins()[options.kind].is_server


class _OneAtATime:
    """A teacher that answers one call at a time, because engines are not thread-safe."""

    def __init__(self, teacher: BatchTeacher) -> None:
        self._teacher = teacher
        self._lock = threading.Lock()
        self.name = teacher.name
        self.batch_order: BatchOrder = teacher.batch_order

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        with self._lock:
            return self._teacher.answer(requests)
