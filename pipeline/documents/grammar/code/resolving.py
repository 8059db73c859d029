"""Calls whose target is certain, over all files of one document.

In: the parsed files, by language family. Out: for each target, every call of it. Used by `outline`. A target is a
function or method whose name no other definition of its family has. Its calls are returned only if they are complete:
every mention of the name in code is its definition, a call or an import; no mention is in code that could not be
parsed; and every call is certain by the rules of its language. Otherwise none of its calls is returned. Cost: linear in
the files.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from pipeline.documents.grammar.code.language import (
    DECLARATION,
    FUNCTION,
    HIDDEN,
    CallSite,
    ParsedFile,
    Target,
)


@dataclass(frozen=True, slots=True)
class CertainCalls:
    """A definition and every call of it in the document."""

    target: Target
    sites: tuple[CallSite, ...]


def certain_calls(files: Sequence[ParsedFile], unread: Set[str]) -> Iterator[CertainCalls]:
    """Yield the targets of one family with all their calls.

    Args:
        files: Every parsed file of the family.
        unread: Words of its files that could not be parsed.
    """
    loose = frozenset().union(unread, *(file.loose for file in files))
    pasted = [word for word in loose if "##" in word]
    begins = tuple({word[:-2].rstrip() for word in pasted if word.endswith("##")})
    ends = tuple({word[2:].lstrip() for word in pasted if word.startswith("##")})
    definitions = _definitions(files)
    sites: dict[str, list[CallSite]] = defaultdict(list)
    for file in files:
        for call, caller in zip(file.calls, file.callers, strict=True):
            if call.name in definitions and call.name not in loose:
                sites[call.name].append(CallSite(file, call, caller))
    for name, target in definitions.items():
        found = sites.get(name, ())
        if not found or name.startswith(begins) or name.endswith(ends):
            continue
        if _may_be_asked(target) and all(_is_certain(site, target) for site in found):
            yield CertainCalls(target=target, sites=tuple(found))


def _definitions(files: Sequence[ParsedFile]) -> dict[str, Target]:
    """Return functions by simple name, if nothing else in the family has the name except their prototypes."""
    named: Counter[str] = Counter()
    functions: dict[str, Target] = {}
    declared: dict[str, set[str]] = defaultdict(set)
    for file in files:
        for index, scope in enumerate(file.scopes):
            if scope.sort == DECLARATION:
                declared[scope.name].add(file.labels[index])
            elif scope.name and scope.sort != HIDDEN:
                named[scope.name] += 1
                if scope.sort == FUNCTION:
                    functions[scope.name] = Target(file, index)
    return {
        name: target
        for name, target in functions.items()
        if named[name] == 1 and declared[name] <= {target.file.labels[target.scope]}
    }


def _may_be_asked(target: Target) -> bool:
    """Return whether questions may be asked about a target.

    Excluded are names of the language itself, and functions defined inside another function.
    """
    scopes = target.file.scopes
    name = target.definition.name
    if name.startswith("__") or name in target.file.language.names:
        return False
    around = target.file.enclosing(target.file.parents[target.scope])
    return all(scopes[index].sort != FUNCTION for index in around)


def _is_certain(site: CallSite, target: Target) -> bool:
    definition = target.definition
    if not definition.min_arguments <= site.call.num_arguments <= definition.max_arguments:
        return False
    return _has_nameable_caller(site) and site.file.language.is_call_of(site, target)


def _has_nameable_caller(site: CallSite) -> bool:
    """Return whether the call is in a named function, or at the top level if the language runs code there."""
    around = [site.file.scopes[index] for index in site.file.enclosing(site.caller)]
    if any(scope.sort == FUNCTION for scope in around):
        return True
    if not site.file.language.runs_at_top or not site.file.is_whole:  # an error may have ended a function too early
        return False
    return not any("anonymous" in scope.traits for scope in around)
