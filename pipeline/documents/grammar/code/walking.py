"""Reads the scopes, calls and imports of one file.

Takes a path, the file's text and a language; returns a `ParsedFile` whose offsets count characters of the file. Used by
`outline`. The language's query searches the syntax tree, so no code here recurses into the tree, however deep it is.
The tree is not kept. Time grows linearly with the length of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import tree_sitter

from pipeline.documents.grammar.code.grammars import query_of
from pipeline.documents.grammar.code.language import (
    FUNCTION,
    Call,
    Import,
    ParsedFile,
    ProgrammingLanguage,
    Scope,
    Source,
)
from pipeline.documents.grammar.code.parsing import Wanted, parse

_WORD = re.compile(rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*")
"""A name in code: `rate`, `$scope`."""
_MAX_DEPTH = 500
"""The depth below which nodes are not searched. The tree of `!!!!…` is as deep as the text is long; a full search
would take quadratic time."""
_MAY_DEFINE = re.compile(
    rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*(?=\s*[(<=:{])"
    rb"|(?<=class )\w+|(?<=struct )\w+|(?<=enum )\w+|(?<=interface )\w+|(?<=trait )\w+|(?<=type )\w+"
)
"""A name that may be defined: before a bracket, colon or `=`, or after a keyword such as `class`."""
_PASTED = re.compile(rb"(\w+[ \t]*##)|(##[ \t]*\w+)")
"""A piece of a name that a C macro pastes together: `make_ ##`, `## _name`."""


def read_file(*, path: str, text: str, language: ProgrammingLanguage, wanted: Wanted) -> ParsedFile | None:
    """Return the parsed file; None if it cannot be parsed, or if `wanted` is `WHOLE` and it has a syntax error."""
    data = text.encode("utf-8", "replace")
    tree = parse(data, language, wanted)
    if tree is None or (wanted is Wanted.WHOLE and tree.root_node.has_error):
        return None
    cursor = tree_sitter.QueryCursor(query_of(language))
    cursor.set_max_start_depth(_MAX_DEPTH)
    captures = cursor.captures(tree.root_node)
    source = Source(data)
    sound = _sound_parts(tree.root_node, source)
    scopes = [scope for node in captures.get("scope", ()) if (scope := language.read_scope(node, source)) is not None]
    scopes = sorted(sound.certain(scopes), key=lambda scope: (scope.start, -scope.end))
    parents = _parents([(scope.start, scope.end) for scope in scopes])
    labels = _labels(scopes, parents, language.separator)
    calls, imports, loose, package = _uses(captures, source, language, scopes, sound)
    file = ParsedFile(
        path=path,
        language=language,
        is_whole=sound.is_whole,
        scopes=tuple(scopes),
        parents=tuple(parents),
        labels=tuple(labels),
        calls=tuple(calls),
        callers=tuple(_callers(calls, scopes, parents)),
        imports=tuple(imports),
        package=package,
        loose=loose,
    )
    return file if data.isascii() else _in_characters(file, data)


def words_of(text: str) -> frozenset[str]:
    """Return all words of a file that cannot be parsed, since each of them may be a call."""
    return _words(_WORD, [text.encode("utf-8", "replace")])


@dataclass(frozen=True, slots=True)
class _SoundParts:
    """The parts of a file that were parsed reliably.

    These are the whole file if it has no syntax error, or else the pieces at the top level that begin a line and have
    no error. An unclosed bracket would swallow the pieces after it, so a separate piece is not inside such a bracket.
    """

    is_whole: bool
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    heads: frozenset[tuple[int, int]]
    """The spans of functions with errors only in the body, whose closing brace is at the beginning of a line."""
    spoiled: frozenset[str]
    """The words in unparsed code, which may be called or renamed there."""
    defined: frozenset[str]
    """The words in unparsed code that may be defined there."""

    def holds(self, start: int, end: int) -> bool:
        """Return whether a span is inside a reliably parsed piece."""
        index = bisect_right(self.starts, start) - 1
        return self.is_whole or (index >= 0 and end <= self.ends[index])

    def certain(self, scopes: Sequence[Scope]) -> list[Scope]:
        """Return the reliably parsed scopes with a name that unparsed code cannot define a second time."""
        return [
            scope
            for scope in scopes
            if scope.name not in self.defined
            and (
                self.holds(scope.start, scope.end)
                or (scope.sort == FUNCTION and (scope.start, scope.end) in self.heads)
            )
        ]


def _sound_parts(root: tree_sitter.Node, source: Source) -> _SoundParts:
    if not root.has_error:
        return _SoundParts(True, (), (), frozenset(), frozenset(), frozenset())
    good: list[tuple[int, int]] = []
    heads: set[tuple[int, int]] = set()
    bad: list[bytes] = []
    for child in root.children if root.type != "ERROR" else [root]:
        start, end = child.start_byte, child.end_byte
        begins_line = start == 0 or source.data[start - 1 : start] == b"\n"
        if begins_line and not child.has_error and not child.is_missing:
            good.append((start, end))
        elif begins_line and (body := _damaged_body(child)) is not None and source.data[end - 2 : end] == b"\n}":
            heads.add((start, end))
            bad.append(source.data[body.start_byte : end])
        else:
            bad.append(source.data[start:end])
    return _SoundParts(
        is_whole=False,
        starts=tuple(start for start, _ in good),
        ends=tuple(end for _, end in good),
        heads=frozenset(heads),
        spoiled=_words(_WORD, bad),
        defined=_words(_MAY_DEFINE, bad),
    )


def _damaged_body(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Return the body of a node if the body contains all syntax errors of the node, else None."""
    body = node.child_by_field_name("body")
    if body is None or body.is_missing:
        return None
    damaged = [child for child in node.children if child.has_error or child.is_missing]
    return body if len(damaged) == 1 and damaged[0].start_byte == body.start_byte else None


def _words(pattern: re.Pattern[bytes], pieces: Sequence[bytes]) -> frozenset[str]:
    return frozenset(word.decode("utf-8", "replace") for piece in pieces for word in pattern.findall(piece))


def _uses(
    captures: dict[str, list[tree_sitter.Node]],
    source: Source,
    language: ProgrammingLanguage,
    scopes: Sequence[Scope],
    sound: _SoundParts,
) -> tuple[list[Call], list[Import], frozenset[str], str]:
    """Return the calls, the imports, the loose words (see `ParsedFile`) and the package of a file."""
    found_calls = (language.read_call(node, source) for node in captures.get("call", ()))
    calls = [call for call in found_calls if call is not None and sound.holds(call.start, call.end)]
    calls.sort(key=lambda call: call.name_start)
    imports = [found for node in captures.get("import", ()) for found in language.read_imports(node, source)]
    packages = captures.get("package", ())
    package = language.package(packages[0], source) if packages and language.package else ""
    explained = {scope.name_start: scope.name for scope in scopes if scope.name_start >= 0}
    explained |= {call.name_start: call.name for call in calls}
    explained |= {found.name_start: found.name for found in imports if found.name_start >= 0}
    explained |= {node.start_byte: source.text(node) for node in captures.get("mention", ())}
    silent = sorted((node.start_byte, node.end_byte) for node in captures.get("text", ()))
    return calls, imports, _loose(source.data, silent, Counter(explained.values())) | sound.spoiled, package


def _loose(data: bytes, silent: Sequence[tuple[int, int]], explained: Counter[str]) -> frozenset[str]:
    """Return the words with more mentions than `explained` counts, and the pieces of names that macros paste.

    Mentions in `silent` spans (comments and strings) do not count.
    """
    pieces, position = [], 0
    for start, end in silent:
        if start > position:
            pieces.append(data[position:start])
        position = max(position, end)
    pieces.append(data[position:])
    code = b" ".join(pieces)
    counted = Counter(_WORD.findall(code))
    words = ((word.decode("utf-8", "replace"), number) for word, number in counted.items())
    loose = frozenset(word for word, number in words if number > explained[word])
    return loose | _pasted(code) if b"##" in code else loose


def _pasted(code: bytes) -> frozenset[str]:
    return frozenset(
        part.decode("utf-8", "replace") for match in _PASTED.finditer(code) for part in match.groups() if part
    )


def _parents(spans: Sequence[tuple[int, int]]) -> list[int]:
    """Return, for each span, the index of the span around it, or -1. Spans are sorted by start, outer spans first."""
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
    """Return, for each call, the index of the innermost scope whose body contains it, or -1."""
    starts = [scope.start for scope in scopes]
    callers = []
    for call in calls:
        index = bisect_right(starts, call.name_start) - 1
        while index >= 0 and not scopes[index].body <= call.name_start < scopes[index].end:
            index = parents[index]
        callers.append(index)
    return callers


def _in_characters(file: ParsedFile, data: bytes) -> ParsedFile:
    """Return the file with offsets in characters instead of bytes."""
    is_start = (np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80
    before = np.concatenate([[0], np.cumsum(is_start, dtype=np.int64)])

    def to(offset: int) -> int:
        return int(before[offset])

    scopes = (
        replace(
            scope,
            start=to(scope.start),
            end=to(scope.end),
            head=to(scope.head),
            head_end=to(scope.head_end),
            body=to(scope.body),
            name_start=to(scope.name_start) if scope.name_start >= 0 else -1,
        )
        for scope in file.scopes
    )
    calls = (
        call._replace(
            start=to(call.start), arguments=to(call.arguments), end=to(call.end), name_start=to(call.name_start)
        )
        for call in file.calls
    )
    return replace(file, scopes=tuple(scopes), calls=tuple(calls))
