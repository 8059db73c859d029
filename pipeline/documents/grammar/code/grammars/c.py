"""C: functions, structs and unions. Prototypes count as mentions. Names inside macros are never certain."""

from __future__ import annotations

import re
from collections.abc import Iterator

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


def _load() -> object:
    import tree_sitter_c

    return tree_sitter_c.language()


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
    return function_scope(node, source, FUNCTION, name, declarator, whole=node)


def function_declarator(node: tree_sitter.Node | None) -> tree_sitter.Node | None:
    """Return the part with name and parameters inside `*` and `&`; None if the function returns a function pointer."""
    while node is not None and node.type in ("pointer_declarator", "reference_declarator"):
        node = next((child for child in node.named_children if child.type.endswith("_declarator")), None)
    return node if node is not None and node.type == "function_declarator" else None


def function_scope(
    node: tree_sitter.Node,
    source: Source,
    sort: str,
    name: tree_sitter.Node,
    declarator: tree_sitter.Node,
    *,
    whole: tree_sitter.Node,
    owner: str = "",
    written: str = "",
) -> Scope:
    """Return the scope of a function from its pieces. `whole` begins the signature; `written` overrides the name."""
    body = field_of(node, "body")
    end = body.start_byte if body is not None else node.end_byte
    parameters = field_of(declarator, "parameters")
    given = [child for child in parameters.named_children if not child.is_extra] if parameters is not None else []
    # `variadic_parameter` is the `...` of C. The C++ grammar has no named node for it.
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
        name=written or source.text(name),
        start=whole.start_byte,
        end=node.end_byte,
        head=whole.start_byte,
        head_end=_head_end(node, end),
        body=end,
        name_start=name.start_byte,
        owner=owner,
        min_arguments=0 if is_unknown else num_given - num_optional,
        max_arguments=1 << 30 if is_unknown else num_given,
        traits=frozenset({"static"}) if is_static else frozenset(),
    )


def type_scope(node: tree_sitter.Node, source: Source, sort: str, whole: tree_sitter.Node) -> Scope | None:
    """Return the scope of a struct with a name and a body, or None. A `typedef` may provide the name."""
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
    """Return the end of a signature: before a constructor's initialisers and before a declaration's semicolon."""
    for child in node.children:
        if child.type in ("field_initializer_list", ";", "default_method_clause", "delete_method_clause"):
            return child.start_byte
    return end


def _begins_with_type(node: tree_sitter.Node) -> bool:
    """Return whether a definition begins with a type. `MACRO(x) { … }` looks like a function but does not."""
    return field_of(node, "type") is not None


def read_call(node: tree_sitter.Node, source: Source) -> Call | None:
    """Return the call `name(…)`. A call through a field is not a call of the function with that name."""
    return call_of(node, source, field_of(node, "function"), MEMBER)


def no_imports(_node: tree_sitter.Node, _source: Source) -> Iterator[Import]:
    """Return no imports: headers are included, so names are not imported."""
    return iter(())


def _is_call_of(site: CallSite, target: Target) -> bool:
    if site.call.receiver is not None or target.file.language is not LANGUAGE:
        return False
    return site.file is target.file or "static" not in target.definition.traits


LANGUAGE = ProgrammingLanguage(
    name="c",
    suffixes=(".c", ".h"),
    family="c",
    load=_load,
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
