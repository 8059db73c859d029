"""The outline of a code document: its files, their definitions, and the calls whose target is certain.

In: cleaned text and the document's name. Out: `Node`s. Used by `grammar.outline`. Cost: 3 MB/s for Python, more for the
other languages, linear in the text. A file above 4 MB, or with extreme nesting, yields only a FILE node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents.grammar.code.files import SourceFile, split_files
from pipeline.documents.grammar.code.language import HIDDEN, ParsedFile
from pipeline.documents.grammar.code.parsing import Wanted
from pipeline.documents.grammar.code.recognising import candidate_languages, families_of
from pipeline.documents.grammar.code.resolving import certain_calls
from pipeline.documents.grammar.code.signature import on_one_line
from pipeline.documents.grammar.code.walking import read_file, words_of
from pipeline.nodes import ROOT, Node, NodeKind

DAMAGED = "damaged"
"""`numbering` of a file in a supported language that could not be parsed as a whole."""


@dataclass(frozen=True, slots=True)
class _Read:
    source: SourceFile
    file: ParsedFile | None
    families: frozenset[str]
    """Language families that the code may belong to; empty for prose and configuration."""

    @property
    def is_whole(self) -> bool:
        return self.file is not None and self.file.is_whole


def outline_code(*, text: str, name: str) -> list[Node]:
    """Return the files, definitions and calls of a document in order, each parent before its children.

    A file's `label` is its path, its `value` the programming language, its `numbering` `DAMAGED` if it was not parsed
    as a whole. A definition's `label` is its qualified name, its `value` the signature on one line, its `numbering` its
    sort: `function`, `declaration` (a method without a body), or the keyword of a type. A call's `label` is the label
    of its target. Either all calls of a definition are returned or none.

    Args:
        text: Text of the document, each file of a joined tree below its `# file:` line.
        name: Name of the document's source, for text before the first such line.
    """
    read = [_read(source, text) for source in split_files(text, name)]
    certain = _calls_by_file(read, text)
    nodes: list[Node] = []
    for index, one in enumerate(read):
        nodes += _file_nodes(one, certain.get(index, ()), text, len(nodes))
    return nodes


@dataclass(frozen=True, slots=True)
class _FoundCall:
    start: int
    body: int
    end: int
    caller: int
    label: str


def _read(source: SourceFile, text: str) -> _Read:
    code = text[source.body : source.end]
    best: ParsedFile | None = None
    candidates = candidate_languages(source.path, code)
    for number, language in enumerate(candidates.languages):
        wanted = Wanted.ANY if candidates.is_named and number == 0 else Wanted.WHOLE
        file = read_file(path=source.path, text=code, language=language, wanted=wanted)
        best = file if file is not None else best
        if file is not None and file.is_whole:
            break
    return _Read(source, best, frozenset({best.language.family}) if best is not None else families_of(source.path))


def _calls_by_file(read: Sequence[_Read], text: str) -> dict[int, list[_FoundCall]]:
    unread: dict[str, set[str]] = defaultdict(set)
    by_family: dict[str, list[ParsedFile]] = defaultdict(list)
    places: dict[int, int] = {}
    for index, one in enumerate(read):
        if one.file is not None:
            by_family[one.file.language.family].append(one.file)
            places[id(one.file)] = index
        else:
            for family in one.families:
                unread[family] |= words_of(text[one.source.body : one.source.end])
    found: dict[int, list[_FoundCall]] = defaultdict(list)
    for family, files in by_family.items():
        for calls in certain_calls(files, unread[family]):
            label = calls.target.file.labels[calls.target.scope]
            for site in calls.sites:
                call = site.call
                found[places[id(site.file)]].append(
                    _FoundCall(call.start, call.arguments, call.end, site.caller, label)
                )
    return found


def _file_nodes(one: _Read, calls: Sequence[_FoundCall], text: str, first: int) -> Iterator[Node]:
    source = one.source
    language = one.file.language.name if one.file is not None else ""
    is_damaged = bool(one.families) and not one.is_whole
    yield Node(
        kind=NodeKind.FILE,
        start=source.start,
        end=source.end,
        body=source.body,
        parent=ROOT,
        label=source.path,
        value=language,
        numbering=DAMAGED if is_damaged else "",
    )
    if one.file is None:
        return
    file, shift = one.file, source.body
    entries: list[tuple[int, int, int]] = [
        (scope.start, 0, index) for index, scope in enumerate(file.scopes) if scope.sort != HIDDEN
    ]
    entries += [(call.start, 1, index) for index, call in enumerate(calls)]
    placed: dict[int, int] = {}
    number = first
    for _start, is_call, index in sorted(entries):
        number += 1
        if is_call:
            call = calls[index]
            yield Node(
                kind=NodeKind.CALL,
                start=call.start + shift,
                end=call.end + shift,
                body=call.body + shift,
                parent=_placed_around(file, call.caller, placed, first),
                label=call.label,
            )
            continue
        scope = file.scopes[index]
        placed[index] = number
        yield Node(
            kind=NodeKind.DEFINITION,
            start=scope.head + shift,
            end=scope.end + shift,
            body=scope.body + shift,
            parent=_placed_around(file, file.parents[index], placed, first),
            label=file.labels[index],
            value=on_one_line(text[scope.head + shift : scope.head_end + shift], file.language.name),
            numbering=scope.sort,
        )


def _placed_around(file: ParsedFile, scope: int, placed: dict[int, int], first: int) -> int:
    return next((placed[index] for index in file.enclosing(scope) if index in placed), first)
