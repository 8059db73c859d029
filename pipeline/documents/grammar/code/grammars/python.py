"""Reads Python: functions, methods and classes.

A call can be certain if it is of a function in the same file, of an imported name, of a function in an imported module,
or of a method on `self`, `cls` or the class name inside the class.
"""

from __future__ import annotations

import builtins
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
    first_named,
)
from pipeline.documents.grammar.code.module_files import names_file

_QUERY = """
(function_definition) @scope
(class_definition) @scope
(call) @call
(import_statement) @import
(import_from_statement) @import
(comment) @text
(string_content) @text
"""
_MEMBER = Member("attribute", name="attribute", receiver="object")


def _read_scope(node: tree_sitter.Node, source: Source) -> Scope | None:
    name, body = field_of(node, "name"), field_of(node, "body")
    if name is None or body is None:
        return None
    parameters = field_of(node, "parameters")
    head_end = next((child.start_byte for child in node.children if child.type == ":"), body.start_byte)
    return Scope(
        sort="class" if node.type == "class_definition" else FUNCTION,
        name=source.text(name),
        start=node.start_byte,
        end=node.end_byte,
        head=node.start_byte,
        head_end=head_end,
        body=head_end,
        name_start=name.start_byte,
        parameters=frozenset(_parameters(parameters, source)) if parameters is not None else frozenset(),
    )


def _parameters(parameters: tree_sitter.Node, source: Source) -> Iterator[str]:
    for child in parameters.named_children:
        name = child if child.type == "identifier" else field_of(child, "name") or first_named(child)
        if name is not None:
            yield source.text(name).lstrip("*")


def _read_call(node: tree_sitter.Node, source: Source) -> Call | None:
    return call_of(node, source, field_of(node, "function"), _MEMBER)


def _read_imports(node: tree_sitter.Node, source: Source) -> Iterator[Import]:
    module_node = field_of(node, "module_name")
    module = source.text(module_node)
    for child in node.named_children:
        if module_node is not None and child.start_byte == module_node.start_byte:
            continue
        if child.type == "wildcard_import":
            yield Import(local="*", name="*", module=module)
        elif child.type == "aliased_import":
            name, alias = source.text(field_of(child, "name")), source.text(field_of(child, "alias"))
            yield Import(local=alias, name=name, module=module) if module else Import(alias, "", name)
        elif child.type == "dotted_name" and module:
            name = source.text(child)
            yield Import(local=name, name=name, module=module, name_start=child.start_byte)
        elif child.type == "dotted_name":
            name = source.text(child)
            yield Import(local=name, name="", module=name)


def _is_call_of(site: CallSite, target: Target) -> bool:
    receiver, owner = site.call.receiver, target.owner
    if owner >= 0:
        return target.file.scopes[owner].sort == "class" and _is_on_own_class(site, target)
    if receiver is None:
        return site.file is target.file or any(
            item.local == site.call.name == item.name and names_file(item.module, site.file.path, target.file.path)
            for item in site.file.imports
        )
    if any(receiver.split(".")[0] in site.file.scopes[scope].parameters for scope in site.file.enclosing(site.caller)):
        return False
    return any(
        item.local == receiver and names_file(_module(item), site.file.path, target.file.path)
        for item in site.file.imports
    )


def _is_on_own_class(site: CallSite, target: Target) -> bool:
    """Return whether a call is inside the target's class, on `self`, `cls` or the class name.

    `self` belongs to the nearest function around the call that has a parameter of that name.
    """
    owner = target.owner
    if site.file is not target.file or owner not in site.file.enclosing(site.caller):
        return False
    scopes = site.file.scopes
    around = list(site.file.enclosing(site.caller))
    innermost = next(scope for scope in around if scopes[scope].sort == "class")
    if innermost != owner:
        return False
    if site.call.receiver == scopes[owner].name:
        return True
    if site.call.receiver not in ("self", "cls"):
        return False
    giver = next((scope for scope in around if site.call.receiver in scopes[scope].parameters), -1)
    return giver >= 0 and site.file.parents[giver] == owner


def _module(item: Import) -> str:
    if not item.name:
        return item.module
    return f"{item.module}{item.name}" if item.module.endswith(".") else f"{item.module}.{item.name}"


LANGUAGE = ProgrammingLanguage(
    name="python",
    suffixes=(".py", ".pyi", ".pyw"),
    family="python",
    grammar="tree_sitter_python",
    query=_QUERY,
    read_scope=_read_scope,
    read_call=_read_call,
    read_imports=_read_imports,
    is_call_of=_is_call_of,
    hint=re.compile(
        r"^(?:[ \t]*(?:async )?def \w+\(.*\)(?: ->.*)?:|[ \t]*class \w+(?:\(.*\))?:|from [\w.]+ import [\w(*]"
        r"|if __name__ ==|import \w[\w.]*$|[ \t]+(?:elif .*|except\b.*|else|try):)[ \t]*",
        re.MULTILINE,
    ),
    unread_suffixes=(".pyx", ".pxd", ".pxi"),
    names=frozenset(dir(builtins)),
)
