"""Calls whose target is certain, over all files of one document.

In: the files that were read, by language family. Out: for each target, every call of it. A target is a function or
method with a name that no other definition of its family has. Its calls are given only where they are complete: every
mention of the name in code is its definition, a call or an import, none stands in a file or a piece of one that was
not understood, and every call is certain by the rules of its language. Otherwise none of them is given. Linear in the
files.
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
    """Targets of one family with all their calls.

    Args:
        files: every file of the family that was read.
        unread: words of those that were not.
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
    """Functions by simple name, where nothing else in the family is called so but prototypes of the function."""
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
    """Not what the language names itself, and nothing that is defined anew with each call of what surrounds it."""
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
    """Whether the call is in a function with a name, or, if the language allows it, in no function at all."""
    around = [site.file.scopes[index] for index in site.file.enclosing(site.caller)]
    if any(scope.sort == FUNCTION for scope in around):
        return True
    if not site.file.language.runs_at_top or not site.file.is_whole:  # a function may have been closed too early
        return False
    return not any("anonymous" in scope.traits for scope in around)
