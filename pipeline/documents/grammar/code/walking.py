"""One file to what its language finds in it: scopes with their qualified names, calls with their callers, imports.

In: a path, the file's text and a language. Out: a `ParsedFile` with offsets in characters of the file, and whether the
tree is whole. Used by `outline`. The tree is searched by a query, so nothing here descends, however deep it is. Cost:
one parse, one query, one pass over the words; the tree is dropped on return.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import tree_sitter

from pipeline.documents.grammar.code.language import (
    CALLABLE,
    Call,
    Import,
    ParsedFile,
    ProgrammingLanguage,
    Scope,
    Source,
)
from pipeline.documents.grammar.code.parsing import parse, query_of

_WORD = re.compile(rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one language makes of one file."""

    file: ParsedFile
    is_whole: bool
    """Whether nothing of it was misunderstood. Otherwise the file holds the definitions that are certain all the same,
    and no calls."""


def read_file(*, path: str, text: str, language: ProgrammingLanguage) -> Reading | None:
    """What a language finds in a file; None where it cannot be parsed at all."""
    data = text.encode("utf-8", "replace")
    tree = parse(data, language)
    if tree is None:
        return None
    root = tree.root_node
    captures = tree_sitter.QueryCursor(query_of(language)).captures(root)
    source = Source(data)
    scopes = [scope for node in captures.get("scope", ()) if (scope := language.read_scope(node, source)) is not None]
    scopes.sort(key=lambda scope: (scope.start, -scope.end))
    is_whole = not root.has_error
    if not is_whole:
        scopes = _certain(scopes, root, source)
    parents = _parents([(scope.start, scope.end) for scope in scopes])
    calls, imports, loose, package = (
        _uses(captures, source, language, scopes) if is_whole else ([], [], frozenset(), "")
    )
    labels = _labels(scopes, parents, language.separator)
    callers = _callers(calls, scopes, parents)
    to_characters = _character_offsets(data)
    file = ParsedFile(
        path=path,
        language=language,
        scopes=tuple(_moved_scope(scope, to_characters) for scope in scopes),
        parents=tuple(parents),
        labels=tuple(labels),
        calls=tuple(_moved_call(call, to_characters) for call in calls),
        callers=tuple(callers),
        imports=tuple(imports),
        package=package,
        loose=loose,
    )
    return Reading(file=file, is_whole=is_whole)


def _uses(
    captures: dict[str, list[tree_sitter.Node]],
    source: Source,
    language: ProgrammingLanguage,
    scopes: Sequence[Scope],
) -> tuple[list[Call], list[Import], frozenset[str], str]:
    calls = [call for node in captures.get("call", ()) if (call := language.read_call(node, source)) is not None]
    calls.sort(key=lambda call: call.name_start)
    imports = [found for node in captures.get("import", ()) for found in language.read_imports(node, source)]
    packages = captures.get("package", ())
    package = language.package(packages[0], source) if packages and language.package else ""
    explained = {scope.name_start: scope.name for scope in scopes if scope.name_start >= 0}
    explained |= {call.name_start: call.name for call in calls}
    explained |= {found.name_start: found.name for found in imports if found.name_start >= 0}
    explained |= {node.start_byte: source.text(node) for node in captures.get("mention", ())}
    silent = sorted((node.start_byte, node.end_byte) for node in captures.get("text", ()))
    return calls, imports, _loose(source.data, silent, Counter(explained.values())), package


def _loose(data: bytes, silent: Sequence[tuple[int, int]], explained: Counter[str]) -> frozenset[str]:
    """Words outside `silent` that stand there more often than is explained."""
    pieces, position = [], 0
    for start, end in silent:
        if start > position:
            pieces.append(data[position:start])
        position = max(position, end)
    pieces.append(data[position:])
    counted = Counter(_WORD.findall(b" ".join(pieces)))
    words = ((word.decode("utf-8", "replace"), number) for word, number in counted.items())
    return frozenset(word for word, number in words if number > explained[word])


def _certain(scopes: Sequence[Scope], root: tree_sitter.Node, source: Source) -> list[Scope]:
    """Of a file with errors, the definitions inside top-level pieces that have none and begin a line.

    A piece after an unclosed bracket would be swallowed by it, so what is still a piece of its own was closed before.
    A name that an erroneous piece mentions too may be defined there again, so it is left out.
    """
    if root.type == "ERROR":
        return []
    good: list[tuple[int, int]] = []
    bad = bytearray()
    for child in root.children:
        at_line = child.start_byte == 0 or source.data[child.start_byte - 1 : child.start_byte] == b"\n"
        if child.has_error or child.is_missing or not at_line:
            bad += b" " + source.data[child.start_byte : child.end_byte]
        else:
            good.append((child.start_byte, child.end_byte))
    spoiled = {word.decode("utf-8", "replace") for word in _WORD.findall(bad)}
    starts = [start for start, _ in good]
    kept = []
    for scope in scopes:
        index = bisect_right(starts, scope.start) - 1
        if index >= 0 and scope.end <= good[index][1] and scope.name not in spoiled:
            kept.append(scope)
    return kept


def _parents(spans: Sequence[tuple[int, int]]) -> list[int]:
    """For each span in order of start, outer first, the one it lies in, or -1."""
    open_spans: list[int] = []
    parents = []
    for index, (start, _end) in enumerate(spans):
        while open_spans and spans[open_spans[-1]][1] <= start:
            open_spans.pop()
        parents.append(open_spans[-1] if open_spans else -1)
        open_spans.append(index)
    return parents


def _labels(scopes: Sequence[Scope], parents: Sequence[int], separator: str) -> list[str]:
    labels: list[str] = []
    for scope, parent in zip(scopes, parents, strict=True):
        around = labels[parent] if parent >= 0 else ""
        labels.append(separator.join(part for part in (around, scope.owner, scope.name) if part))
    return labels


def _callers(calls: Sequence[Call], scopes: Sequence[Scope], parents: Sequence[int]) -> list[int]:
    """The innermost scope whose body a call stands in: what runs it. Calls in order of their names."""
    starts = [scope.start for scope in scopes]
    callers = []
    for call in calls:
        index = bisect_right(starts, call.name_start) - 1
        while index >= 0 and not scopes[index].body <= call.name_start < scopes[index].end:
            index = parents[index]
        callers.append(index)
    return callers


def _character_offsets(data: bytes) -> Callable[[int], int]:
    if data.isascii():
        return lambda offset: offset
    is_start = (np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80
    before = np.concatenate([[0], np.cumsum(is_start, dtype=np.int64)])
    return lambda offset: int(before[offset])


def _moved_scope(scope: Scope, to: Callable[[int], int]) -> Scope:
    return replace(
        scope,
        start=to(scope.start),
        end=to(scope.end),
        head=to(scope.head),
        head_end=to(scope.head_end),
        body=to(scope.body),
        name_start=to(scope.name_start) if scope.name_start >= 0 else -1,
    )


def _moved_call(call: Call, to: Callable[[int], int]) -> Call:
    return replace(
        call, start=to(call.start), arguments=to(call.arguments), end=to(call.end), name_start=to(call.name_start)
    )


def callable_children(file: ParsedFile) -> Iterator[int]:
    """Functions and methods of a file, by index."""
    return (index for index, scope in enumerate(file.scopes) if scope.sort in CALLABLE)
