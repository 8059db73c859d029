"""Describes the subjects of an evaluation and opens them: the one place that knows all ways of running a model.

Takes the references that the user gave; see `subject`. What runs in this process is imported when it is needed, so an
evaluation of servers needs no torch.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import replace

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import InputError, MissingExtraError
from pipeline.evaluate.subjects.references import VLLM_PREFIX, is_server, short_name, way_of
from pipeline.evaluate.subjects.subject import Answering, Role, Subject


def describe(references: Sequence[str], *, settings: EvaluateRecipe) -> tuple[Subject, ...]:
    """Return the subjects of an evaluation: first the bases of tuned models, then the others, in the given order.

    The base of a model is added if it was not given. It runs in the same way as the model.

    Raises:
        InputError: there is no reference, one does not lead to a model, or the same model is given twice.
        DamagedFileError: a model's `training.json` is damaged.
        MissingExtraError: a model runs in this process, and its package is not installed.
    """
    if not references:
        raise InputError("No model to evaluate.", remedy="Give at least one model.")
    given: dict[tuple[str, str], Subject] = {}
    for reference in references:
        subject = _describe(reference, settings)
        key = _key(subject)
        if key in given:
            raise InputError(
                f"{reference} and {given[key].reference} are the same model.", remedy="Give each model once."
            )
        given[key] = subject
    found = dict(given)
    base_keys: dict[tuple[str, str], tuple[str, str]] = {}
    for key, subject in given.items():
        base = _base_reference(subject.reference, settings)
        if base is None:
            continue
        described = next((one for one in found.values() if one.reference == base), None) or _describe(base, settings)
        base_keys[key] = _key(described)
        found.setdefault(_key(described), described)
    subjects = [replace(one, role=_role(key, base_keys)) for key, one in found.items()]
    return _named(sorted(subjects, key=lambda subject: subject.role is not Role.BASE))


def open_subject(subject: Subject, settings: EvaluateRecipe) -> Answering:
    """Return a subject that is ready to answer. One that runs in this process loads its weights.

    Raises:
        InputError: the model cannot be loaded, or the device does not exist.
        RunError: the weights do not fit into memory.
    """
    if is_server(subject.reference):
        from pipeline.evaluate.subjects.server import ServerAnswering

        return ServerAnswering(subject, settings)
    if subject.reference.startswith(VLLM_PREFIX):
        from pipeline.evaluate.subjects.vllm_engine import VllmAnswering

        return VllmAnswering(subject, settings)
    from pipeline.evaluate.subjects.huggingface import open_model

    return open_model(subject, settings)


def _describe(reference: str, settings: EvaluateRecipe) -> Subject:
    name = short_name(reference)
    if is_server(reference):
        from pipeline.evaluate.subjects.server import describe_server

        return describe_server(reference, settings, name=name, role=Role.OTHER)
    if reference.startswith(VLLM_PREFIX):
        _require("vllm", reference, needed="vLLM", extra="vllm")
        from pipeline.evaluate.subjects.vllm_engine import describe_vllm

        return describe_vllm(reference, settings, name=name, role=Role.OTHER)
    _require("torch", reference, needed="torch", extra="train")
    from pipeline.evaluate.subjects.huggingface import describe_model

    return describe_model(reference, name=name, role=Role.OTHER, template_options=settings.chat_template_kwargs)


def _named(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return subjects with a number after each name that another subject before has too, in any case of letters."""
    taken: set[str] = set()
    named = []
    for subject in subjects:
        numbers = (str(number) for number in range(2, len(subjects) + 2))
        names = [subject.name, *(f"{subject.name}-{number}" for number in numbers)]
        name = next(name for name in names if name.casefold() not in taken)
        taken.add(name.casefold())
        named.append(replace(subject, name=name))
    return tuple(named)


def _base_reference(reference: str, settings: EvaluateRecipe) -> str | None:
    way = way_of(reference)
    base: str | None = settings.base_model
    if not base:
        if is_server(reference):
            return None
        from pipeline.evaluate.subjects.huggingface import base_of

        base = base_of(reference.removeprefix(VLLM_PREFIX), configured="")
    return base if base is None or way != VLLM_PREFIX or way_of(base) else f"{VLLM_PREFIX}{base}"


def _role(key: tuple[str, str], base_keys: dict[tuple[str, str], tuple[str, str]]) -> Role:
    if base_keys.get(key, key) != key:
        return Role.TUNED
    return Role.BASE if key in base_keys.values() else Role.OTHER


def _key(subject: Subject) -> tuple[str, str]:
    """Return what makes two references the same subject: how it runs, and the model."""
    return (way_of(subject.reference), subject.fingerprint)


def _require(package: str, reference: str, *, needed: str, extra: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise MissingExtraError(f"Evaluating {reference} in this process needs {needed}.", extra=extra)
