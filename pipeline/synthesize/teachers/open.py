"""From the recipe to a teacher, once a process: Beam's threads share one model and take turns, and share a server.

A build without written tasks never calls this, so it needs none of the teachers' packages.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Sequence

from pipeline.config.build import SynthesizeRecipe, TeacherKind, TeacherRecipe
from pipeline.errors import MissingExtraError, RecipeError
from pipeline.synthesize.teachers.protocol import (
    BatchOrder,
    BatchTeacher,
    ServerTeacher,
    Teacher,
    TeacherReply,
    TeacherRequest,
)

_lock = threading.Lock()
_loaded: dict[tuple[TeacherRecipe, int], Teacher] = {}
_SHORTEST_KEY_CHARS = 8
"""A shorter value may be part of a model's name by chance."""


def check_teacher(recipe: SynthesizeRecipe) -> None:
    """Refuse, before anything is run, a teacher that cannot be loaded; loads no model.

    Servers that an earlier build in this process gave up are forgotten.

    Raises:
        MissingExtraError: its package is not installed.
        InputError: the replay teacher has no recordings.
        RecipeError: the server's address is not one, or the key is in the recipe.
    """
    teacher = recipe.teacher
    _forget_servers()
    if not recipe.written.tasks:
        return
    _refuse_key_in(teacher)
    if teacher.kind is TeacherKind.VLLM and importlib.util.find_spec("vllm") is None:
        raise MissingExtraError("The vllm teacher needs vLLM.", extra="vllm")
    if teacher.kind is TeacherKind.TRANSFORMERS and importlib.util.find_spec("torch") is None:
        raise MissingExtraError("The transformers teacher needs torch.", extra="train")
    if teacher.kind in (TeacherKind.OPENAI, TeacherKind.REPLAY):
        open_teacher(teacher, seed=0)


def shared_teacher(recipe: TeacherRecipe, *, seed: int) -> Teacher:
    """The teacher of a recipe, loaded by the first caller in this process and shared by all.

    Raises:
        MissingExtraError: its package is not installed.
        TeacherError: it cannot be loaded.
        InputError: the replay teacher has no recordings.
    """
    with _lock:
        key = (recipe, seed)
        if key not in _loaded:
            teacher = open_teacher(recipe, seed=seed)
            _loaded[key] = teacher if isinstance(teacher, ServerTeacher) else _OneAtATime(teacher)
        return _loaded[key]


def open_teacher(recipe: TeacherRecipe, *, seed: int) -> Teacher:
    """A new teacher of the recipe's kind; see `shared_teacher` for what it raises."""
    # Each back end is imported when it is chosen: torch and vLLM take seconds and may be absent.
    match recipe.kind:
        case TeacherKind.VLLM:
            from pipeline.synthesize.teachers.vllm import VllmTeacher

            return VllmTeacher(
                model=recipe.model,
                dtype=recipe.dtype,
                max_model_tokens=recipe.max_model_tokens,
                max_concurrent_requests=recipe.batch_size,
                gpu_memory_utilization=recipe.gpu_memory_utilization,
                cpu_kv_cache_gib=recipe.cpu_kv_cache_gib,
                tensor_parallel_size=recipe.tensor_parallel_size,
                seed=seed,
            )
        case TeacherKind.OPENAI:
            from pipeline.synthesize.teachers.openai import OpenAITeacher

            return OpenAITeacher(
                model=recipe.model,
                base_url=recipe.base_url,
                api_key_env=recipe.api_key_env,
                timeout_seconds=recipe.timeout_seconds,
                max_wait_seconds=recipe.max_wait_seconds,
                concurrency=recipe.batch_size,
            )
        case TeacherKind.TRANSFORMERS:
            from pipeline.synthesize.teachers.transformers import TransformersTeacher

            return TransformersTeacher(model=recipe.model, dtype=recipe.dtype, max_model_tokens=recipe.max_model_tokens)
        case TeacherKind.REPLAY:
            from pipeline.synthesize.teachers.replay import ReplayTeacher

            return ReplayTeacher(recordings=recipe.recordings, batch_size=recipe.batch_size)


def _forget_servers() -> None:
    with _lock:
        for key in [key for key, teacher in _loaded.items() if isinstance(teacher, ServerTeacher)]:
            del _loaded[key]


def _refuse_key_in(recipe: TeacherRecipe) -> None:
    """The recipe is written into the manifest, so the key must not be in it."""
    key = os.environ.get(recipe.api_key_env, "").strip()
    if len(key) < _SHORTEST_KEY_CHARS:
        return
    for name, value in recipe.model_dump(mode="json").items():
        if isinstance(value, str) and key in value:
            raise RecipeError(
                f"synthesize.teacher.{name} holds the key of the environment variable {recipe.api_key_env}.",
                remedy="Take it out; the key is read from the environment.",
            )


class _OneAtATime:
    """A teacher behind a lock; engines are not safe to call from several threads."""

    def __init__(self, teacher: BatchTeacher) -> None:
        self._teacher = teacher
        self._lock = threading.Lock()
        self.name = teacher.name
        self.batch_order: BatchOrder = teacher.batch_order

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        with self._lock:
            return self._teacher.answer(requests)
