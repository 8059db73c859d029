"""Finds the class of a block that a recipe names, and says which classes cannot be used here and what to do instead.

Takes a name: a class of `datatrove.pipeline.filters` or `datatrove.pipeline.stats`, or the dotted path of a subclass.
Used by `datatrove_blocks.making`. Cost: importing datatrove takes 0.4 s of CPU time, once per process.
"""

from __future__ import annotations

import difflib
import inspect
from enum import StrEnum
from functools import cache
from pkgutil import resolve_name
from typing import Any

from pipeline.errors import InputError, needing_extra

EXTRA = "datatrove"
OUTSIDE = "Run it before the build: see examples/datatrove_pipeline.py."
"""The remedy for a block that works in a pipeline of datatrove, but not here."""


class BlockKind(StrEnum):
    """What a block does with a document."""

    FILTER = "filter"
    """Keeps or drops it: a `BaseFilter`."""
    TAGGER = "tagger"
    """Measures it: a `BaseStats`."""


_HOMES = {
    BlockKind.FILTER: ("datatrove.pipeline.filters", "base_filter", "BaseFilter"),
    BlockKind.TAGGER: ("datatrove.pipeline.stats", "base", "BaseStats"),
}
_REFUSED = {
    "C4BadWordsFilter": ("downloads lists of words", OUTSIDE),
    "C4QualityFilter": ("removes lines, and a filter of a recipe only judges", OUTSIDE),
    "CCNetPerplexityStats": ("downloads a model", OUTSIDE),
    "FastTextClassifierFilter": ("downloads a model, or keeps a copy of it that never changes again", OUTSIDE),
    "LambdaFilter": (
        "takes a function, which a recipe cannot hold",
        "Write a subclass of datatrove's BaseFilter, and give its dotted path.",
    ),
    "LangStats": ("downloads a model", OUTSIDE),
    "LanguageFilter": ("downloads a model", f"Set clean.languages, which needs none. {OUTSIDE}"),
    "SamplerFilter": (
        "draws documents in the order in which they arrive, so two builds would differ",
        "Set ingest.max_documents or the shares of export.",
    ),
    "TokenStats": ("downloads a tokenizer", "Set the buckets of pack, which counts the student's tokens."),
    "URLFilter": ("downloads the list of public suffixes", OUTSIDE),
    "UnigramLogProbFilter": ("downloads the frequencies of words", OUTSIDE),
}
"""Classes that datatrove has and a recipe may not name, each with the reason and the remedy."""


def find_class(kind: BlockKind, name: str) -> Any:  # Any: a class of datatrove
    """Return the class that a recipe names.

    Args:
        kind: what the block does.
        name: the name of a class of datatrove, or the dotted path of a class that Python can import.

    Raises:
        InputError: there is no such class, it is of another kind, or it cannot be used here.
        MissingExtraError: datatrove is not installed.
    """
    known = usable_classes(kind)
    if name in known:
        return known[name]
    found = _imported(name) if "." in name else None
    short = name.rpartition(".")[2]
    if short in _REFUSED and (found is None or found.__module__.startswith("datatrove.")):
        why, remedy = _REFUSED[short]
        raise InputError(f"{short} {why}.", remedy=remedy)
    if found is None:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        raise InputError(
            f"datatrove has no {kind} '{name}'.",
            remedy=f"{hint}Give one of {', '.join(known)}, or the dotted path of a class of your own.",
        )
    base = _base(kind)
    if not (isinstance(found, type) and issubclass(found, base)) or inspect.isabstract(found):
        raise InputError(
            f"{name} cannot be used as a {kind}.",
            remedy=f"Give a subclass of {base.__module__}.{base.__name__} that defines its abstract methods.",
        )
    return found


@cache
def usable_classes(kind: BlockKind) -> dict[str, Any]:  # Any: classes of datatrove
    """Return the classes of datatrove that a recipe may name, by name.

    Raises:
        MissingExtraError: datatrove is not installed.
    """
    base = _base(kind)
    members = vars(resolve_name(_HOMES[kind][0]))
    return {
        name: members[name]
        for name in sorted(members.keys() - _REFUSED.keys())
        if inspect.isclass(members[name]) and issubclass(members[name], base) and not inspect.isabstract(members[name])
    }


def _base(kind: BlockKind) -> type:
    package, module, name = _HOMES[kind]
    with needing_extra(EXTRA, what=f"`clean.datatrove` with a {kind}"):
        found = resolve_name(f"{package}.{module}:{name}")
    assert isinstance(found, type)
    return found


def _imported(path: str) -> Any:
    module, _, name = path.rpartition(".")
    try:
        return resolve_name(f"{module}:{name}")
    except Exception as error:  # the module is not ours
        raise InputError(
            f"{path} cannot be imported ({type(error).__name__}: {error}).",
            remedy="Check the path, and install its package or add its folder to PYTHONPATH, on all workers.",
        ) from error
