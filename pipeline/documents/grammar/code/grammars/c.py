"""Reads C: functions, structs, unions and enums.

A prototype does not make the calls of its function uncertain. A name in a macro definition does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter

from pipeline.documents.grammar.code.language import (
    FUNCTION,
    Call,
    CallSite,
    Import,
    Member,
    ProgrammingLanguage,
    Scope,
    Source,
    Target,
    call_of,
    field_of,
    listed,
)

_QUERY = """
(function_definition) @scope
(struct_specifier body: (_)) @scope
(union_specifier body: (_)) @scope
(enum_specifier body: (_)) @scope
(call_expression) @call
(declaration declarator: (function_declarator declarator: (identifier) @mention))
(declaration declarator: (pointer_declarator (function_declarator declarator: (identifier) @mention)))
(declaration declarator: (pointer_declarator (pointer_declarator (function_declarator
  declarator: (identifier) @mention))))
(comment) @text
(string_content) @text
(character) @text
(system_lib_string) @text
"""
_TYPES = {"struct_specifier": "struct", "union_specifier": "union", "enum_specifier": "enum"}
_VARIADIC = "variadic_parameter"
MEMBER = Member("field_expression", name="field", receiver="argument")


@dataclass(frozen=True, slots=True)
class FunctionName:
    """The name of a function in its definition."""

    node: tree_sitter.Node
    text: str
    """The name without its owners."""
    owner: str = ""
    """The classes and namespaces before the name: `Shop` in `Shop::rate`."""


def _read_scope(node: tree_sitter.Node, source: Source) -> Scope | None:
    body = field_of(node, "body")
    if body is None:
        return None
    if node.type in _TYPES:
        return type_scope(node, source, _TYPES[node.type], node)
    declarator = function_declarator(field_of(node, "declarator"))
    name = field_of(declarator, "declarator") if declarator is not None else None
    if declarator is None or name is None or name.type != "identifier" or not _begins_with_type(node):
        return None
    return function_scope(node, source, FUNCTION, FunctionName(name, source.text(name)), declarator, whole=node)


def function_declarator(node: tree_sitter.Node | None) -> tree_sitter.Node | None:
    """Return the node with a function's name and parameters, without `*` and `&` around it; None for other nodes."""
    while node is not None and node.type in ("pointer_declarator", "reference_declarator"):
        node = next((child for child in node.named_children if child.type.endswith("_declarator")), None)
    return node if node is not None and node.type == "function_declarator" else None


def function_scope(
    node: tree_sitter.Node,
    source: Source,
    sort: str,
    name: FunctionName,
    declarator: tree_sitter.Node,
    *,
    whole: tree_sitter.Node,
) -> Scope:
    """Return the scope of a function. `declarator` contains the parameters; `whole` is the node with the signature."""
    body = field_of(node, "body")
    end = body.start_byte if body is not None else node.end_byte
    parameters = field_of(declarator, "parameters")
    given = listed(parameters)
    # The C grammar has a node `variadic_parameter` for `...`; the C++ grammar has none.
    is_open = any(child.type == _VARIADIC for child in given) or "..." in source.text(parameters)
    is_void = len(given) == 1 and source.text(given[0]) == "void"
    num_given = 0 if is_void else sum(child.type != _VARIADIC for child in given)
    num_optional = sum(child.type == "optional_parameter_declaration" for child in given)
    is_unknown = is_open or any(child.type == "identifier" for child in given) or (not given and not is_void)
    is_static = any(
        child.type == "storage_class_specifier" and source.text(child) == "static" for child in node.children
    )
    return Scope(
        sort=sort,
        name=name.text,
        start=whole.start_byte,
        end=node.end_byte,
        head=whole.start_byte,
        head_end=_head_end(node, end),
        body=end,
        name_start=name.node.start_byte,
        owner=name.owner,
        min_arguments=0 if is_unknown else num_given - num_optional,
        max_arguments=1 << 30 if is_unknown else num_given,
        traits=frozenset({"static"}) if is_static else frozenset(),
    )


def type_scope(node: tree_sitter.Node, source: Source, sort: str, whole: tree_sitter.Node) -> Scope | None:
    """Return the scope of a type with a name and a body, or None. The name may be in a `typedef` around the type."""
    name, body = field_of(node, "name"), field_of(node, "body")
    parent = node.parent
    if name is None and parent is not None and parent.type == "type_definition":
        declared = field_of(parent, "declarator")
        name = declared if declared is not None and declared.type == "type_identifier" else None
    if name is None or body is None:
        return None
    return Scope(
        sort=sort,
        name=source.text(name),
        start=whole.start_byte,
        end=node.end_byte,
        head=whole.start_byte,
        head_end=body.start_byte,
        body=body.start_byte,
        name_start=name.start_byte,
    )


def _head_end(node: tree_sitter.Node, end: int) -> int:
    """Return the end of a signature: before initialisers, `= default`, `= delete` or a semicolon, or else `end`."""
    for child in node.children:
        if child.type in ("field_initializer_list", ";", "default_method_clause", "delete_method_clause"):
            return child.start_byte
    return end


def _begins_with_type(node: tree_sitter.Node) -> bool:
    """Return whether a definition begins with a type. `MACRO(x) { … }` looks like a function but has no type."""
    return field_of(node, "type") is not None


def read_call(node: tree_sitter.Node, source: Source) -> Call | None:
    """Return the call `name(…)` or `object.name(…)`, or None if the call has another form."""
    return call_of(node, source, field_of(node, "function"), MEMBER)


def no_imports(_node: tree_sitter.Node, _source: Source) -> Iterator[Import]:
    """Return no imports, since C includes headers and does not import names."""
    return iter(())


def _is_call_of(site: CallSite, target: Target) -> bool:
    if site.call.receiver is not None or target.file.language is not LANGUAGE:
        return False
    return site.file is target.file or "static" not in target.definition.traits


LANGUAGE = ProgrammingLanguage(
    name="c",
    suffixes=(".c", ".h"),
    family="c",
    grammar="tree_sitter_c",
    query=_QUERY,
    read_scope=_read_scope,
    read_call=read_call,
    read_imports=no_imports,
    is_call_of=_is_call_of,
    hint=re.compile(
        r"^(?:#[ \t]*(?:include|define|ifdef|ifndef|endif)\b.*|(?:static |const |unsigned |struct )*\w+ \**\w+\([^;]*\)"
        r"[ \t]*\{?$|typedef (?:struct|enum|union)\b.*)",
        re.MULTILINE,
    ),
    runs_at_top=False,
    unread_suffixes=(".m", ".mm", ".s", ".asm", ".cs"),
)
