"""What one programming language tells the shared walker: its grammar, what to look for, how to read what is found.

Each module of `grammars/` makes one `ProgrammingLanguage`. Offsets here are bytes of one file's UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import tree_sitter

FUNCTION = "function"
"""Sort of a definition with a body that can be called: function, method, constructor."""
DECLARATION = "declaration"
"""Sort of a method without a body: of an interface, abstract, or defined elsewhere."""
HIDDEN = ""
"""Sort of a scope that names what is inside it, or not even that, and is no definition itself."""
CALLABLE = frozenset({FUNCTION, DECLARATION})

UNKNOWN = "?"
"""Receiver of a call that is more than a dotted name."""

_MAY_BE_COMMENT = re.compile(rb"[#/\\<-]")
"""Nodes that are no arguments begin with one of these: comments, and line breaks behind a backslash."""
_DOTTED = re.compile(rb"[\w$\x80-\xff]+(?:(?:\.|::)[\w$\x80-\xff]+)*")


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes of one file."""

    data: bytes

    def text(self, node: tree_sitter.Node | None) -> str:
        """What a node covers, empty without a node."""
        return "" if node is None else self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def receiver(self, node: tree_sitter.Node | None) -> str | None:
        """A dotted name as written; `UNKNOWN` for any other expression; None without a node."""
        if node is None:
            return None
        written = self.data[node.start_byte : min(node.end_byte, node.start_byte + 200)]
        return written.decode("utf-8", "replace") if _DOTTED.fullmatch(written) else UNKNOWN


@dataclass(frozen=True, slots=True)
class Scope:
    """A definition, or a scope that only surrounds some."""

    sort: str
    """`FUNCTION`, `DECLARATION`, the keyword of a type (`class`, `struct`, …), or `HIDDEN`."""
    name: str
    """Its own name as written; empty for what has none."""
    start: int
    end: int
    head: int
    """Where the signature begins: after decorators, annotations and attributes."""
    head_end: int
    """Where the signature ends."""
    body: int
    """Where the body begins; the end if it has none."""
    name_start: int = -1
    owner: str = ""
    """The owner that the syntax names if the definition is outside it: `Server` of `func (s *Server) Run()`."""
    receiver: str = ""
    """Name of the receiver, where the function gives it one."""
    bases: tuple[str, ...] = ()
    """Names of the types it extends."""
    parameters: frozenset[str] = frozenset()
    """Names of the parameters, where the language module needs them."""
    min_arguments: int = 0
    max_arguments: int = 1 << 30
    traits: frozenset[str] = frozenset()
    """What else the language module wants to know of it when it resolves calls, such as `static`."""


class Call(NamedTuple):
    """A call by name."""

    name: str
    receiver: str | None
    """What stands before the name: None for a plain call, a dotted name, or `UNKNOWN`."""
    start: int
    arguments: int
    """Where the arguments begin."""
    end: int
    name_start: int
    num_arguments: int


@dataclass(frozen=True, slots=True)
class Import:
    """A name that a file takes from elsewhere."""

    local: str
    """What the file calls it."""
    name: str
    """What its home calls it; empty where the module itself is imported, `*` for everything."""
    module: str
    """Its home as written."""
    name_start: int = -1
    """Offset of the name in the statement, so that it is no unexplained mention; -1 if it is renamed."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """One file as its language reads it; scopes in order of their start, parents first."""

    path: str
    language: ProgrammingLanguage
    is_whole: bool
    """Whether all of it was understood. If not, only the pieces that were are here."""
    scopes: tuple[Scope, ...]
    parents: tuple[int, ...]
    """For each scope, the one around it, or -1."""
    labels: tuple[str, ...]
    """For each scope, its qualified name."""
    calls: tuple[Call, ...]
    callers: tuple[int, ...]
    """For each call, the innermost scope whose body holds it, or -1."""
    imports: tuple[Import, ...]
    package: str
    """What the file says it belongs to (Java, Go); empty elsewhere."""
    loose: frozenset[str]
    """Words in its code, outside comments and strings, that stand somewhere as anything but the name of a definition,
    of a call or in an import: variables, parameters, fields, values, words of macros and of what was not understood.
    `make_ ##` and `## _name` stand for all names that begin or end so."""

    def enclosing(self, scope: int) -> Iterator[int]:
        """A scope and those around it, inside out."""
        while scope >= 0:
            yield scope
            scope = self.parents[scope]


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call that may mean a target."""

    file: ParsedFile
    call: Call
    caller: int


@dataclass(frozen=True, slots=True)
class Target:
    """A definition whose simple name no other definition of its family has."""

    file: ParsedFile
    scope: int

    @property
    def definition(self) -> Scope:
        """The scope itself."""
        return self.file.scopes[self.scope]

    @property
    def owner(self) -> int:
        """The nearest scope around it that is named, or -1."""
        around = self.file.enclosing(self.file.parents[self.scope])
        return next((index for index in around if self.file.scopes[index].name), -1)


ReadScope = Callable[[tree_sitter.Node, Source], Scope | None]
ReadCall = Callable[[tree_sitter.Node, Source], Call | None]
ReadImports = Callable[[tree_sitter.Node, Source], Iterator[Import]]
IsCallOf = Callable[[CallSite, Target], bool]


@dataclass(frozen=True, slots=True)
class ProgrammingLanguage:
    """Everything the walker and the resolver ask of a language."""

    name: str
    suffixes: tuple[str, ...]
    """Of its files; where two languages share one, the first by `order` is tried first."""
    family: str
    """Languages that call each other by plain names share one."""
    load: Callable[[], object]
    """The grammar's wheel, imported when it is first needed."""
    query: str
    """Captures `@scope`, `@call`, `@import`, `@mention` (names that stand for themselves: exports, prototypes), and
    `@text` (comments and what strings hold)."""
    read_scope: ReadScope
    read_call: ReadCall
    read_imports: ReadImports
    is_call_of: IsCallOf
    """Whether a call certainly means a target; asked only where every mention of its name in the document is a
    definition, a call or an import."""
    hint: re.Pattern[str]
    """Lines that hardly any other language has, for texts whose name says nothing."""
    separator: str = "."
    has_generics: bool = False
    """Whether `<` may open something, so that many open ones make many readings."""
    runs_at_top: bool = True
    """Whether code stands outside functions, so that a call there has a caller: the module."""
    unread_suffixes: tuple[str, ...] = ()
    """Files that may call its functions and that no grammar here reads."""
    order: int = 0
    package: Callable[[tree_sitter.Node, Source], str] | None = field(default=None)
    """What the file says it belongs to, from a captured `@package`."""
    names: frozenset[str] = frozenset()
    """Names that the language itself or its standard library gives, which are not asked about."""


def field_of(node: tree_sitter.Node, name: str) -> tree_sitter.Node | None:
    """A child by the name of its field."""
    return node.child_by_field_name(name)


def first_named(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Its first child that is no punctuation, or None."""
    return node.named_child(0) if node.named_child_count else None


def start_after(node: tree_sitter.Node, skipped: frozenset[str]) -> int:
    """Where a node begins without its leading children of some types (annotations, attributes)."""
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
    """How many arguments a call gives."""
    if arguments is None:
        return 0
    if _MAY_BE_COMMENT.search(source.data, arguments.start_byte, arguments.end_byte) is None:
        return arguments.named_child_count
    return sum(not child.is_extra for child in arguments.named_children)


@dataclass(frozen=True, slots=True)
class Member:
    """How a grammar writes `receiver.name`: the type of the node, and its fields."""

    type: str
    name: str
    receiver: str


def call_of(node: tree_sitter.Node, source: Source, function: tree_sitter.Node | None, member: Member) -> Call | None:
    """`name(…)` and `receiver.name(…)`; None if `function`, what is called, is neither."""
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
    """A call from its pieces; None where it has no name."""
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
