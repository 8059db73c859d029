"""Reads Go: functions, methods, structs and interfaces.

Three kinds of calls can be certain: of a function in the same package, of a function in an imported package of the
document, and of a method on the caller's own receiver, whose type is part of the declaration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter

from pipeline.documents.grammar.code.language import (
    DECLARATION,
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
    first_named,
    hidden_scope,
)
from pipeline.documents.names import folder_of

_QUERY = """
(function_declaration) @scope
(method_declaration) @scope
(type_spec type: (struct_type)) @scope
(type_spec type: (interface_type)) @scope
(method_elem) @scope
(func_literal) @scope
(call_expression) @call
(import_spec) @import
(package_clause) @package
(comment) @text
(interpreted_string_literal_content) @text
(raw_string_literal_content) @text
(rune_literal) @text
"""
_MEMBER = Member("selector_expression", name="field", receiver="operand")


def _read_scope(node: tree_sitter.Node, source: Source) -> Scope | None:
    if node.type == "func_literal":
        return hidden_scope(node, traits=frozenset({"anonymous"}))
    name = field_of(node, "name")
    if name is None:
        return None
    if node.type == "type_spec":
        return _type_scope(node, source, name)
    body = field_of(node, "body")
    end = body.start_byte if body is not None else node.end_byte
    receiver, owner = _receiver(field_of(node, "receiver"), source)
    return Scope(
        sort=FUNCTION if body is not None else DECLARATION,
        name=source.text(name),
        start=node.start_byte,
        end=node.end_byte,
        head=node.start_byte,
        head_end=end,
        body=end,
        name_start=name.start_byte,
        owner=owner,
        receiver=receiver,
    )


def _type_scope(node: tree_sitter.Node, source: Source, name: tree_sitter.Node) -> Scope:
    parent, kind = node.parent, field_of(node, "type")
    whole = parent if parent is not None and parent.named_child_count == 1 else node
    body = kind.start_byte if kind is not None else node.end_byte
    brace = source.data.find(b"{", body, node.end_byte)
    end = brace if brace >= 0 else body
    return Scope(
        sort="struct" if kind is not None and kind.type == "struct_type" else "interface",
        name=source.text(name),
        start=node.start_byte,
        end=node.end_byte,
        head=whole.start_byte,
        head_end=end,
        body=end,
        name_start=name.start_byte,
    )


def _receiver(node: tree_sitter.Node | None, source: Source) -> tuple[str, str]:
    """Return the name and the type of a receiver: `s` and `Server` for `(s *Server[T])`."""
    if node is None or node.named_child_count != 1:
        return "", ""
    declared = first_named(node)
    assert declared is not None, "a node with one named child has no first named child"
    name, kind = field_of(declared, "name"), field_of(declared, "type")
    while kind is not None and kind.type in ("pointer_type", "parenthesized_type", "generic_type"):
        kind = field_of(kind, "type") or first_named(kind)
    return source.text(name), source.text(kind)


def _read_call(node: tree_sitter.Node, source: Source) -> Call | None:
    function = field_of(node, "function")
    if function is not None and function.type in ("type_instantiation_expression", "index_expression"):
        function = field_of(function, "operand") or first_named(function)
    return call_of(node, source, function, _MEMBER)


def _read_imports(node: tree_sitter.Node, source: Source) -> Iterator[Import]:
    path = source.text(field_of(node, "path")).strip('"`')
    name = source.text(field_of(node, "name"))
    yield Import(local=name or path.rsplit("/", 1)[-1], name="*" if name == "." else "", module=path)


def _package(node: tree_sitter.Node, source: Source) -> str:
    return source.text(first_named(node))


def _is_call_of(site: CallSite, target: Target) -> bool:
    receiver, definition = site.call.receiver, target.definition
    if definition.owner:
        # The name is unique, so no other type has such a method. The type of the caller's receiver is known.
        giver = next((s for s in _scopes(site) if s.receiver and s.receiver == receiver), None)
        return giver is not None and giver.owner == definition.owner and _folder(site) == folder_of(target.file.path)
    if target.owner >= 0:
        return False
    if receiver is None:
        return _folder(site) == folder_of(target.file.path) and site.file.package == target.file.package
    folder = folder_of(target.file.path)
    return any(
        item.local == receiver and folder and (f"/{item.module}").endswith(f"/{folder}") for item in site.file.imports
    )


def _scopes(site: CallSite) -> Iterator[Scope]:
    return (site.file.scopes[index] for index in site.file.enclosing(site.caller))


def _folder(site: CallSite) -> str:
    return folder_of(site.file.path)


LANGUAGE = ProgrammingLanguage(
    name="go",
    suffixes=(".go",),
    family="go",
    grammar="tree_sitter_go",
    query=_QUERY,
    read_scope=_read_scope,
    read_call=_read_call,
    read_imports=_read_imports,
    is_call_of=_is_call_of,
    hint=re.compile(
        r"^(?:package \w+$|func (?:\(\w+ \*?\w+\) )?\w+\(.*\{$|type \w+ (?:struct|interface) \{|import \($"
        r"|[ \t]*\w+(?:, \w+)* := )",
        re.MULTILINE,
    ),
    package=_package,
    names=frozenset(
        {
            "append",
            "cap",
            "clear",
            "close",
            "complex",
            "copy",
            "delete",
            "imag",
            "init",
            "len",
            "main",
            "make",
            "max",
            "min",
            "new",
            "panic",
            "print",
            "println",
            "real",
            "recover",
        }
    ),
)
