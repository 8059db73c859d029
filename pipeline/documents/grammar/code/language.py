"""The interface between the modules of `grammars/` and the code that all programming languages share.

Each module of `grammars/` defines one `ProgrammingLanguage`: the grammar, a query for the syntax tree, and functions
that read the nodes that the query captures. A scope is a definition, or a block that contains definitions; its sort
says which. The receiver of a call is the expression before the name: `self` in `self.run()`. Languages of one family
can call each other's functions. Offsets are bytes of one file in UTF-8, but in a `ParsedFile`, the offsets of scopes
and calls are characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import tree_sitter

FUNCTION = "function"
"""The sort of a function, method or constructor with a body."""
DECLARATION = "declaration"
"""The sort of a function or method without a body: in an interface, abstract, or defined elsewhere."""
HIDDEN = ""
"""The sort of a scope that is not a definition. Its name, if it has one, is part of the names of definitions inside."""
CALLABLE = frozenset({FUNCTION, DECLARATION})

UNKNOWN = "?"
"""The receiver of a call if it is not a dotted name, as in `f().run()`."""

_MAY_BE_COMMENT = re.compile(rb"[#/\\<-]")
"""Signs with which a comment or an escaped line break may begin; these are nodes, but not arguments."""
_DOTTED = re.compile(rb"[\w$\x80-\xff]+(?:(?:\.|::)[\w$\x80-\xff]+)*")
"""A dotted name: `shop.rates`, `std::vector`."""


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one file."""

    data: bytes

    def text(self, node: tree_sitter.Node | None) -> str:
        """Return the text of a node; empty if the node is None."""
        return "" if node is None else self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def receiver(self, node: tree_sitter.Node | None) -> str | None:
        """Return the first 200 bytes of a dotted name, `UNKNOWN` for any other expression; None if the node is None."""
        if node is None:
            return None
        written = self.data[node.start_byte : min(node.end_byte, node.start_byte + 200)]
        return written.decode("utf-8", "replace") if _DOTTED.fullmatch(written) else UNKNOWN


@dataclass(frozen=True, slots=True)
class Scope:
    """A definition, or another block that can contain definitions or calls, such as a namespace or a lambda."""

    sort: str
    """`FUNCTION`, `DECLARATION`, the keyword of a type (`class`, `struct`, …), or `HIDDEN`."""
    name: str
    """The name as written, without the names of scopes around it; empty for a scope without a name."""
    start: int
    end: int
    head: int
    """The start of the signature, without decorators, annotations or attributes."""
    head_end: int
    """The end of the signature."""
    body: int
    """The start of the body, or the end of the scope if it has no body."""
    name_start: int = -1
    owner: str = ""
    """The type that the definition itself names as its owner: `Server` in `func (s *Server) Run()`."""
    receiver: str = ""
    """The name of the receiver, if the function declares one: `s` in `func (s *Server) Run()`."""
    bases: tuple[str, ...] = ()
    """The `extends` clause of a Java class, as written; empty if there is none."""
    parameters: frozenset[str] = frozenset()
    """The names of the parameters of a Python function."""
    min_arguments: int = 0
    max_arguments: int = 1 << 30
    traits: frozenset[str] = frozenset()
    """Other facts that the language's `is_call_of` needs, such as `static`."""


class Call(NamedTuple):
    """A call of a function by name."""

    name: str
    receiver: str | None
    """The expression before the name: None for a plain call, a dotted name, or `UNKNOWN`."""
    start: int
    arguments: int
    """The start of the arguments."""
    end: int
    name_start: int
    num_arguments: int


@dataclass(frozen=True, slots=True)
class Import:
    """A name that a file imports."""

    local: str
    """The name in the importing file."""
    name: str
    """The name in the imported module; empty for an import of the module itself, `*` for all names."""
    module: str
    """The module as written."""
    name_start: int = -1
    """The offset of the name in the file, or -1 if the import gives it a new name or imports a whole module.

    This mention of the name does not make it one of the `loose` words of the file.
    """


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The scopes, calls and imports of one file. Scopes are in order of `start`, parents first."""

    path: str
    language: ProgrammingLanguage
    is_whole: bool
    """True if the whole file was parsed. If False, scopes and calls are only from the pieces that were parsed."""
    scopes: tuple[Scope, ...]
    parents: tuple[int, ...]
    """For each scope, the index of the enclosing scope, or -1."""
    labels: tuple[str, ...]
    """For each scope, the qualified name: `Shop.rate`."""
    calls: tuple[Call, ...]
    callers: tuple[int, ...]
    """For each call, the index of the innermost scope whose body contains it, or -1."""
    imports: tuple[Import, ...]
    package: str
    """The package that the file declares (Java, Go); empty in other languages."""
    loose: frozenset[str]
    """Words in code with at least one mention that is not a definition, a call, an import or a `@mention`.

    Examples are variables, parameters, fields, values, and words in macros or unparsed pieces. Comments and strings do
    not count. `make_ ##` and `## _name` represent all names with that beginning or end.
    """

    def enclosing(self, scope: int) -> Iterator[int]:
        """Yield the indexes of a scope and the scopes around it, innermost first."""
        while scope >= 0:
            yield scope
            scope = self.parents[scope]


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call, with its file and the index of the scope that contains it."""

    file: ParsedFile
    call: Call
    caller: int


@dataclass(frozen=True, slots=True)
class Target:
    """A function with a name that no other definition of its language family has in the document."""

    file: ParsedFile
    scope: int

    @property
    def definition(self) -> Scope:
        """The scope of the definition."""
        return self.file.scopes[self.scope]

    @property
    def owner(self) -> int:
        """The index of the nearest named scope around the definition, or -1."""
        around = self.file.enclosing(self.file.parents[self.scope])
        return next((index for index in around if self.file.scopes[index].name), -1)


ReadScope = Callable[[tree_sitter.Node, Source], Scope | None]
ReadCall = Callable[[tree_sitter.Node, Source], Call | None]
ReadImports = Callable[[tree_sitter.Node, Source], Iterator[Import]]
IsCallOf = Callable[[CallSite, Target], bool]


@dataclass(frozen=True, slots=True)
class ProgrammingLanguage:
    """A programming language. Each module of `grammars/` defines one as `LANGUAGE`."""

    name: str
    suffixes: tuple[str, ...]
    """The suffixes of file names. If two languages share a suffix, the one with the lower `order` is tried first."""
    family: str
    """The language family. Languages whose code can call each other by plain names are in one family."""
    grammar: str
    """The Python package of the grammar, which is imported when the grammar is first needed."""
    query: str
    """A query that captures `@scope`, `@call`, `@import`, `@package`, `@mention` and `@text`.

    `@mention` captures other harmless mentions of a name, in exports and prototypes; `@text` captures comments and the
    contents of strings.
    """
    read_scope: ReadScope
    read_call: ReadCall
    read_imports: ReadImports
    is_call_of: IsCallOf
    """A function that returns whether a call certainly refers to a target.

    It is called only if every mention of the name in the document is a definition, a call, an import or a `@mention`.
    """
    hint: re.Pattern[str]
    """A pattern of lines that rarely occur in other languages, for files whose name does not show the language."""
    grammar_function: str = "language"
    """The function of the grammar's package that returns the grammar."""
    separator: str = "."
    """The separator in qualified names."""
    has_generics: bool = False
    """True if `<` may open a bracket, in which case a file with many open ones is costly to parse."""
    runs_at_top: bool = True
    """True if code outside functions runs, in which case a file can be the caller."""
    unread_suffixes: tuple[str, ...] = ()
    """The suffixes of files that may call functions of this language although no grammar here parses them."""
    order: int = 0
    package: Callable[[tree_sitter.Node, Source], str] | None = field(default=None)
    """A function that returns the package that a file declares, from the node captured as `@package`."""
    names: frozenset[str] = frozenset()
    """Names of the language or its standard library, about which no question is asked."""


def field_of(node: tree_sitter.Node, name: str) -> tree_sitter.Node | None:
    """Return the child of a node in a named field, or None."""
    return node.child_by_field_name(name)


def first_named(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Return the first named child, or None; punctuation and keywords have no name."""
    return node.named_child(0) if node.named_child_count else None


def listed(node: tree_sitter.Node | None) -> list[tree_sitter.Node]:
    """Return the parameters or arguments in a list node, without comments; empty if the node is None."""
    return [child for child in node.named_children if not child.is_extra] if node is not None else []


def hidden_scope(node: tree_sitter.Node, *, name: str = "", traits: frozenset[str] = frozenset()) -> Scope:
    """Return a scope that is not a definition and whose body is the whole node, such as a lambda."""
    start = node.start_byte
    return Scope(HIDDEN, name, start, node.end_byte, start, start, start, traits=traits)


def num_arguments(arguments: tree_sitter.Node | None, source: Source) -> int:
    """Return the number of arguments in a call."""
    if arguments is None:
        return 0
    if _MAY_BE_COMMENT.search(source.data, arguments.start_byte, arguments.end_byte) is None:
        return arguments.named_child_count
    return len(listed(arguments))


@dataclass(frozen=True, slots=True)
class Member:
    """How a grammar represents `receiver.name`: the type of the node, and the fields with the two pieces."""

    type: str
    name: str
    receiver: str


def call_of(node: tree_sitter.Node, source: Source, function: tree_sitter.Node | None, member: Member) -> Call | None:
    """Return the call `name(…)` or `receiver.name(…)`; None if `function`, the expression called, has another form."""
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
