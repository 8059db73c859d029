"""Finds the calls whose target is certain, in all files of one document.

Takes the parsed files of one language family; returns each target with all its calls. Used by `outline`. A target is a
function or method with a name that no other definition in the family has. Its calls are returned only if they are
complete: every mention of the name in code is the definition, a call, an import, an export or a prototype; the name is
not mentioned in code that could not be parsed; and every call is certain by the rules of its language. Otherwise none
of the target's calls is returned. Time grows linearly with the size of the files.
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
    """A definition and all its calls in the document."""

    target: Target
    sites: tuple[CallSite, ...]


def certain_calls(files: Sequence[ParsedFile], unread: Set[str]) -> Iterator[CertainCalls]:
    """Yield each target of one family with all its calls, if there are any and all are certain.

    Args:
        files: all parsed files of the family.
        unread: the words in files of the family that could not be parsed.
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
    """Return functions by simple name, without the names that several definitions have.

    A declaration without a body does not count as a second definition if its qualified name is the same.
    """
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

    They may not if the name belongs to the language or its library or begins with two underscores, or if the function
    is inside another function.
    """
    scopes = target.file.scopes
    name = target.definition.name
    if name.startswith("__") or name in target.file.language.names:
        return False
    around = target.file.enclosing(target.file.parents[target.scope])
    return all(scopes[index].sort != FUNCTION for index in around)


def _is_certain(site: CallSite, target: Target) -> bool:
    """Return whether a call certainly refers to a target and has a caller that can be named."""
    definition = target.definition
    if not definition.min_arguments <= site.call.num_arguments <= definition.max_arguments:
        return False
    return _has_nameable_caller(site) and site.file.language.is_call_of(site, target)


def _has_nameable_caller(site: CallSite) -> bool:
    """Return whether a call is in a named function, or outside functions in a language that runs such code."""
    around = [site.file.scopes[index] for index in site.file.enclosing(site.caller)]
    if any(scope.sort == FUNCTION for scope in around):
        return True
    # In a file with a syntax error, a function may seem to end too early.
    if not site.file.language.runs_at_top or not site.file.is_whole:
        return False
    return not any("anonymous" in scope.traits for scope in around)
