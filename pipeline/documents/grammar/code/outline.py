"""Reads the outline of a code document: files, definitions, and the calls whose target is certain.

Takes the text and the document's name; returns nodes. Used by the grammar of the code domain. A document may join the
files of a source tree; each then follows a line `# file: PATH`. A file that is larger than 4 MB, extremely nested or
repetitive, or not in a supported language becomes a `FILE` node without children. Speed: 3 MB/s for Python, more for
other languages; time grows linearly with the text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents.grammar.code.language import HIDDEN, ParsedFile
from pipeline.documents.grammar.code.parsing import Wanted
from pipeline.documents.grammar.code.recognising import candidate_languages, families_of
from pipeline.documents.grammar.code.resolving import certain_calls
from pipeline.documents.grammar.code.walking import read_file, words_of
from pipeline.nodes import ROOT, Node, NodeKind

DAMAGED = "damaged"
"""The `numbering` of a file whose name or text shows a supported language family, but which was not parsed whole."""
_FILE_LINE = re.compile(r"# file: (?P<path>\S.*)")
"""The line above a file in a joined source tree: `# file: src/shop.py`."""
_STRINGS = r"""\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"""
_HASH_COMMENTS = re.compile(rf"(?P<gap>(?:\s|\#[^\n]*|\\\n)+)|\"\"\".*?\"\"\"|'''.*?'''|{_STRINGS}", re.DOTALL)
_SLASH_COMMENTS = re.compile(rf"(?P<gap>(?:\s|//[^\n]*|/\*.*?\*/|\\\n)+)|{_STRINGS}", re.DOTALL)
"""Strings, which are kept, and gaps: white space, comments and escaped line breaks.

The first pattern is for Python, the second for all other languages.
"""
_STRING_OR_COMMENT_SIGN = re.compile(r"[\"'`#/\\]")
_HASH_LANGUAGES = frozenset({"python"})


@dataclass(frozen=True, slots=True)
class _SourceFile:
    """A file, `text[start:end]`; its code begins at `body`, after the `# file:` line."""

    path: str
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class _ReadFile:
    """A file and its parsed contents; `file` is None if it was not parsed."""

    source: _SourceFile
    file: ParsedFile | None
    families: frozenset[str]
    """The language families that the code may belong to; empty for prose and configuration."""

    @property
    def is_whole(self) -> bool:
        return self.file is not None and self.file.is_whole


def outline_code(*, text: str, name: str) -> list[Node]:
    """Return the files, definitions and calls of a document in order, each parent before its children.

    The `label` of a file is its path, `value` is the programming language, empty if the file was not parsed, and
    `numbering` is `DAMAGED` or empty. The `label` of a definition is its qualified name, `value` is the signature on
    one line, and `numbering` is `function`, `declaration` (a function or method without a body) or the keyword of a
    type. The `label` of a call is the label of its target. The outline contains either all calls to a definition or
    none.

    Args:
        text: the text of the document.
        name: the name of the document, which becomes the path of text before the first `# file:` line.
    """
    read = [_read(source, text) for source in _split_files(text, name)]
    certain = _calls_by_file(read, text)
    nodes: list[Node] = []
    for index, one in enumerate(read):
        nodes += _file_nodes(one, certain.get(index, ()), text, len(nodes))
    return nodes


@dataclass(frozen=True, slots=True)
class _FoundCall:
    """A call whose target is certain, with the label of the target."""

    start: int
    body: int
    end: int
    caller: int
    label: str


def _split_files(text: str, name: str) -> Iterator[_SourceFile]:
    """Yield the files of a document in order. Text before the first `# file:` line becomes a file called `name`."""
    headers = [line for line in _FILE_LINE.finditer(text) if text[line.start() - 1 : line.start()] in ("", "\n")]
    first = headers[0].start() if headers else len(text)
    if text[:first].strip():
        yield _SourceFile(path=name, start=0, body=0, end=first)
    for index, header in enumerate(headers):
        end = headers[index + 1].start() if index + 1 < len(headers) else len(text)
        body = min(header.end() + 1, end)
        yield _SourceFile(path=header["path"].strip(), start=header.start(), body=body, end=end)


def _read(source: _SourceFile, text: str) -> _ReadFile:
    """Parse a file, in each likely language until one can parse all of it."""
    code = text[source.body : source.end]
    best: ParsedFile | None = None
    candidates = candidate_languages(source.path, code)
    for number, language in enumerate(candidates.languages):
        wanted = Wanted.ANY if candidates.is_named and number == 0 else Wanted.WHOLE
        file = read_file(path=source.path, text=code, language=language, wanted=wanted)
        best = file if file is not None else best
        if file is not None and file.is_whole:
            break
    return _ReadFile(source, best, frozenset({best.language.family}) if best is not None else families_of(source.path))


def _calls_by_file(read: Sequence[_ReadFile], text: str) -> dict[int, list[_FoundCall]]:
    """Return the calls whose target is certain, by the index of their file."""
    unread: dict[str, set[str]] = defaultdict(set)
    by_family: dict[str, list[ParsedFile]] = defaultdict(list)
    positions: dict[int, int] = {}
    for index, one in enumerate(read):
        if one.file is not None:
            by_family[one.file.language.family].append(one.file)
            positions[id(one.file)] = index
        else:
            for family in one.families:
                unread[family] |= words_of(text[one.source.body : one.source.end])
    found: dict[int, list[_FoundCall]] = defaultdict(list)
    for family, files in by_family.items():
        for calls in certain_calls(files, unread[family]):
            label = calls.target.file.labels[calls.target.scope]
            for site in calls.sites:
                call = site.call
                found[positions[id(site.file)]].append(
                    _FoundCall(call.start, call.arguments, call.end, site.caller, label)
                )
    return found


def _file_nodes(one: _ReadFile, calls: Sequence[_FoundCall], text: str, first: int) -> Iterator[Node]:
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
    node_of_scope: dict[int, int] = {}
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
                parent=_node_around(file, call.caller, node_of_scope, first),
                label=call.label,
            )
            continue
        scope = file.scopes[index]
        node_of_scope[index] = number
        yield Node(
            kind=NodeKind.DEFINITION,
            start=scope.head + shift,
            end=scope.end + shift,
            body=scope.body + shift,
            parent=_node_around(file, file.parents[index], node_of_scope, first),
            label=file.labels[index],
            value=_on_one_line(text[scope.head + shift : scope.head_end + shift], file.language.name),
            numbering=scope.sort,
        )


def _node_around(file: ParsedFile, scope: int, node_of_scope: dict[int, int], first: int) -> int:
    """Return the node of the nearest scope that has one, or the file's node."""
    return next((node_of_scope[index] for index in file.enclosing(scope) if index in node_of_scope), first)


def _on_one_line(header: str, language: str) -> str:
    """Return a signature on one line, as written but without comments and with single spaces.

    A line break after an opening bracket or before a closing bracket or comma leaves no space. A `;` or `,` at the end
    and the comma after the last parameter are removed.
    """
    if header.isprintable() and _STRING_OR_COMMENT_SIGN.search(header) is None:  # the usual case, which is faster
        return " ".join(header.split()).rstrip(";,")
    pattern = _HASH_COMMENTS if language in _HASH_LANGUAGES else _SLASH_COMMENTS

    def shorter(match: re.Match[str]) -> str:
        gap = match["gap"]
        if gap is None:
            return match.group()
        before, after = header[match.start() - 1 : match.start()], header[match.end() : match.end() + 1]
        if not gap.strip(" \t"):
            return " "
        return "" if before in ("(", "[", "") or after in (")", "]", ",", "") else " "

    return _without_last_comma(pattern.sub(shorter, header).strip().rstrip(";,"), header)


def _without_last_comma(line: str, header: str) -> str:
    """Remove a comma after the last parameter, but not the comma in a tuple such as `(int,)`."""
    if "\n" not in header:
        return line
    depth = 0
    for position, character in enumerate(line):
        if character == ")" and depth == 1 and line[position - 1] == "," and "->" not in line[:position]:
            return line[: position - 1] + line[position:]
        depth += (character in "([{") - (character in ")]}")
    return line
