"""From the recipe to a teacher, once a process: Beam's threads share one model and take turns.

A build without written tasks never calls this, so it needs none of the teachers' packages.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Sequence

from pipeline.config.build import SynthesizeRecipe, TeacherKind, TeacherRecipe
from pipeline.errors import MissingExtraError
from pipeline.synthesize.teachers.protocol import BatchOrder, Teacher, TeacherReply, TeacherRequest

_lock = threading.Lock()
_loaded: dict[tuple[TeacherRecipe, int], Teacher] = {}


def check_teacher(recipe: SynthesizeRecipe) -> None:
    """Refuse, before anything is run, a teacher that cannot be loaded; loads no model.

    Raises:
        MissingExtraError: its package is not installed.
        InputError: the replay teacher has no recordings.
        RecipeError: the server's address is not one.
    """
    teacher = recipe.teacher
    if not recipe.written.tasks:
        return
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
            _loaded[key] = _OneAtATime(open_teacher(recipe, seed=seed))
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
                max_retries=recipe.max_retries,
                concurrency=recipe.batch_size,
            )
        case TeacherKind.TRANSFORMERS:
            from pipeline.synthesize.teachers.transformers import TransformersTeacher

            return TransformersTeacher(model=recipe.model, dtype=recipe.dtype, max_model_tokens=recipe.max_model_tokens)
        case TeacherKind.REPLAY:
            from pipeline.synthesize.teachers.replay import ReplayTeacher

            return ReplayTeacher(recordings=recipe.recordings)


class _OneAtATime:
    """A teacher behind a lock; engines are not safe to call from several threads."""

    def __init__(self, teacher: Teacher) -> None:
        self._teacher = teacher
        self._lock = threading.Lock()
        self.name = teacher.name
        self.batch_order: BatchOrder = teacher.batch_order

    def answer(self, requests: Sequence[TeacherRequest]) -> list[TeacherReply]:
        with self._lock:
            return self._teacher.answer(requests)
