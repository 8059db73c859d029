"""The interface between one programming language and the shared walker.

It holds the language's grammar, its query, and functions that read the query's captures. Each module of `grammars/`
defines one `ProgrammingLanguage`. Offsets are bytes of one file's UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import tree_sitter

FUNCTION = "function"
"""Sort of a callable definition with a body: function, method, constructor."""
DECLARATION = "declaration"
"""Sort of a method without a body: an interface method, an abstract method, or one defined elsewhere."""
HIDDEN = ""
"""Sort of a scope that is not a definition. It may name the definitions inside it, or not even that."""
CALLABLE = frozenset({FUNCTION, DECLARATION})

UNKNOWN = "?"
"""Receiver of a call that is not a dotted name."""

_MAY_BE_COMMENT = re.compile(rb"[#/\\<-]")
"""Signs that may begin a node that is not an argument: a comment, or a line break after a backslash."""
_DOTTED = re.compile(rb"[\w$\x80-\xff]+(?:(?:\.|::)[\w$\x80-\xff]+)*")


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one file."""

    data: bytes

    def text(self, node: tree_sitter.Node | None) -> str:
        """Return the text of a node; empty without a node."""
        return "" if node is None else self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def receiver(self, node: tree_sitter.Node | None) -> str | None:
        """Return a dotted name as written, `UNKNOWN` for any other expression, or None without a node."""
        if node is None:
            return None
        written = self.data[node.start_byte : min(node.end_byte, node.start_byte + 200)]
        return written.decode("utf-8", "replace") if _DOTTED.fullmatch(written) else UNKNOWN


@dataclass(frozen=True, slots=True)
class Scope:
    """A definition, or a scope that only contains definitions."""

    sort: str
    """`FUNCTION`, `DECLARATION`, the keyword of a type (`class`, `struct`, …), or `HIDDEN`."""
    name: str
    """Name as written, without its owner; empty for a scope without a name."""
    start: int
    end: int
    head: int
    """Start of the signature, after decorators, annotations and attributes."""
    head_end: int
    """End of the signature."""
    body: int
    """Start of the body; the scope's end if it has no body."""
    name_start: int = -1
    owner: str = ""
    """Owner named in the syntax of a definition outside it: `Server` of `func (s *Server) Run()`."""
    receiver: str = ""
    """Name of the receiver, if the function declares one."""
    bases: tuple[str, ...] = ()
    """Names of the types that it extends."""
    parameters: frozenset[str] = frozenset()
    """Names of the parameters, if the language module needs them."""
    min_arguments: int = 0
    max_arguments: int = 1 << 30
    traits: frozenset[str] = frozenset()
    """Further facts that the language module needs to resolve calls, such as `static`."""


class Call(NamedTuple):
    """A call by name."""

    name: str
    receiver: str | None
    """Expression before the name: None for a plain call, a dotted name, or `UNKNOWN`."""
    start: int
    arguments: int
    """Start of the arguments."""
    end: int
    name_start: int
    num_arguments: int


@dataclass(frozen=True, slots=True)
class Import:
    """A name that a file imports."""

    local: str
    """Name in the importing file."""
    name: str
    """Name in its module; empty for an import of the module itself, `*` for all names."""
    module: str
    """Module as written."""
    name_start: int = -1
    """Offset of the name in the statement, so that it counts as an explained mention; -1 if it is renamed."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One file as its language reads it. Scopes are in order of `start`, parents first."""

    path: str
    language: ProgrammingLanguage
    is_whole: bool
    """True if the whole file was parsed. Otherwise only the parsed pieces are included."""
    scopes: tuple[Scope, ...]
    parents: tuple[int, ...]
    """For each scope, the index of the enclosing scope, or -1."""
    labels: tuple[str, ...]
    """For each scope, its qualified name."""
    calls: tuple[Call, ...]
    callers: tuple[int, ...]
    """For each call, the innermost scope whose body holds it, or -1."""
    imports: tuple[Import, ...]
    package: str
    """Package that the file declares (Java, Go); empty in other languages."""
    loose: frozenset[str]
    """Words in code, outside comments and strings, with at least one mention that is not the name of a definition or
    call or part of an import: variables, parameters, fields, values, and words of macros and unparsed pieces.
    `make_ ##` and `## _name` represent all names with that beginning or end."""

    def enclosing(self, scope: int) -> Iterator[int]:
        """Yield a scope and the scopes around it, innermost first."""
        while scope >= 0:
            yield scope
            scope = self.parents[scope]


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call that may refer to a target."""

    file: ParsedFile
    call: Call
    caller: int


@dataclass(frozen=True, slots=True)
class Target:
    """A definition whose simple name is unique in its language family."""

    file: ParsedFile
    scope: int

    @property
    def definition(self) -> Scope:
        """The scope of the definition."""
        return self.file.scopes[self.scope]

    @property
    def owner(self) -> int:
        """The nearest named scope around the definition, or -1."""
        around = self.file.enclosing(self.file.parents[self.scope])
        return next((index for index in around if self.file.scopes[index].name), -1)


ReadScope = Callable[[tree_sitter.Node, Source], Scope | None]
ReadCall = Callable[[tree_sitter.Node, Source], Call | None]
ReadImports = Callable[[tree_sitter.Node, Source], Iterator[Import]]
IsCallOf = Callable[[CallSite, Target], bool]


@dataclass(frozen=True, slots=True)
class ProgrammingLanguage:
    """A language as the walker and the resolver use it."""

    name: str
    suffixes: tuple[str, ...]
    """Suffixes of its files. If two languages share a suffix, the one with the lower `order` is tried first."""
    family: str
    """Language family; languages whose code can call each other by plain names share one."""
    load: Callable[[], object]
    """Loader of the grammar's package, called when the grammar is first needed."""
    query: str
    """Query that captures `@scope`, `@call`, `@import`, `@mention` (harmless mentions: exports, prototypes), and
    `@text` (comments and contents of strings)."""
    read_scope: ReadScope
    read_call: ReadCall
    read_imports: ReadImports
    is_call_of: IsCallOf
    """Predicate: whether a call certainly refers to a target. Called only if every mention of the name in the document
    is a definition, a call or an import."""
    hint: re.Pattern[str]
    """Lines that rarely occur in other languages, for texts whose name does not show the language."""
    separator: str = "."
    has_generics: bool = False
    """True if `<` may open a bracket, so that many open ones make parsing ambiguous."""
    runs_at_top: bool = True
    """True if code outside functions runs, so that the module can be the caller of a call."""
    unread_suffixes: tuple[str, ...] = ()
    """Suffixes of files that may call its functions but that no grammar here parses."""
    order: int = 0
    package: Callable[[tree_sitter.Node, Source], str] | None = field(default=None)
    """Reader of the package that a file declares, from a captured `@package`."""
    names: frozenset[str] = frozenset()
    """Names of the language or its standard library, which no question asks about."""


def field_of(node: tree_sitter.Node, name: str) -> tree_sitter.Node | None:
    """Return the child in a field, or None."""
    return node.child_by_field_name(name)


def first_named(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Return the first child that is not punctuation, or None."""
    return node.named_child(0) if node.named_child_count else None


def start_after(node: tree_sitter.Node, skipped: frozenset[str]) -> int:
    """Return where a node begins after its leading children of some types (annotations, attributes)."""
    start = node.start_byte
    for child in node.children:
        if child.type == "modifiers":
            inner = start_after(child, skipped)
            if inner < child.end_byte:
                return inner
            continue
        if child.type not in skipped and not child.is_extra:
            return child.start_byte
    return start


def num_arguments(arguments: tree_sitter.Node | None, source: Source) -> int:
    """Return the number of arguments of a call."""
    if arguments is None:
        return 0
    if _MAY_BE_COMMENT.search(source.data, arguments.start_byte, arguments.end_byte) is None:
        return arguments.named_child_count
    return sum(not child.is_extra for child in arguments.named_children)


@dataclass(frozen=True, slots=True)
class Member:
    """The form of `receiver.name` in a grammar: the type of the node, and its fields."""

    type: str
    name: str
    receiver: str


def call_of(node: tree_sitter.Node, source: Source, function: tree_sitter.Node | None, member: Member) -> Call | None:
    """Return the call `name(…)` or `receiver.name(…)`, or None if `function`, the callee, is neither."""
    written = function.type if function is not None else ""
    if function is None or written not in ("identifier", member.type):
        return None
    is_member = written == member.type
    return call_by(
        node,
        source,
        name=function.child_by_field_name(member.name) if is_member else function,
        receiver=function.child_by_field_name(member.receiver) if is_member else None,
        arguments=node.child_by_field_name("arguments"),
    )


def call_by(
    node: tree_sitter.Node,
    source: Source,
    *,
    name: tree_sitter.Node | None,
    receiver: tree_sitter.Node | None,
    arguments: tree_sitter.Node | None,
) -> Call | None:
    """Return a call from its pieces, or None if it has no name."""
    if name is None:
        return None
    start, end = name.start_byte, name.end_byte
    return Call(
        source.data[start:end].decode("utf-8", "replace"),
        source.receiver(receiver) if receiver is not None else None,
        node.start_byte,
        arguments.start_byte if arguments is not None else end,
        node.end_byte,
        start,
        num_arguments(arguments, source),
    )
