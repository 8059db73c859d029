"""Reads Java: methods, constructors and types.

A call can be certain if it is inside the class of the method, without a receiver or on `this`, or if it is a call of a
static method by class name or static import.
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
    ProgrammingLanguage,
    Scope,
    Source,
    Target,
    call_by,
    field_of,
    hidden_scope,
    listed,
)

_QUERY = """
(class_declaration) @scope
(interface_declaration) @scope
(enum_declaration) @scope
(record_declaration) @scope
(annotation_type_declaration) @scope
(method_declaration) @scope
(constructor_declaration) @scope
(object_creation_expression (class_body)) @scope
(enum_constant (class_body)) @scope
(lambda_expression) @scope
(method_invocation) @call
(import_declaration) @import
(package_declaration) @package
(line_comment) @text
(block_comment) @text
(string_fragment) @text
(character_literal) @text
"""
_ANNOTATIONS = frozenset({"marker_annotation", "annotation"})
_TYPES = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "enum_declaration": "enum",
    "record_declaration": "record",
    "annotation_type_declaration": "annotation",
}
_ANONYMOUS = frozenset({"object_creation_expression", "enum_constant", "lambda_expression"})


def _read_scope(node: tree_sitter.Node, source: Source) -> Scope | None:
    if node.type in _ANONYMOUS:
        kind = frozenset({"lambda" if node.type == "lambda_expression" else "anonymous class"})
        return hidden_scope(node, traits=kind)
    name, body, parameters = field_of(node, "name"), field_of(node, "body"), field_of(node, "parameters")
    around = node.parent.parent if node.parent is not None else None
    if name is None or (around is not None and around.type in _ANONYMOUS):
        return None  # a method of an anonymous class has no qualified name
    end = body.start_byte if body is not None else node.end_byte
    sort = _TYPES.get(node.type) or (FUNCTION if body is not None else DECLARATION)
    given = listed(parameters)
    is_open = any(child.type == "spread_parameter" for child in given)
    num_given = sum(child.type != "receiver_parameter" for child in given)
    superclass = field_of(node, "superclass")
    return Scope(
        sort=sort,
        name=source.text(name),
        start=node.start_byte,
        end=node.end_byte,
        head=_start_after(node, _ANNOTATIONS),
        head_end=end - (source.data[end - 1 : end] == b";"),
        body=end,
        name_start=name.start_byte,
        bases=(source.text(superclass),) if superclass is not None else (),
        min_arguments=num_given - is_open,
        max_arguments=1 << 30 if is_open else num_given,
    )


def _start_after(node: tree_sitter.Node, skipped: frozenset[str]) -> int:
    """Return the start of a node without leading children of the given types, such as annotations."""
    start = node.start_byte
    for child in node.children:
        if child.type == "modifiers":
            inner = _start_after(child, skipped)
            if inner < child.end_byte:
                return inner
            continue
        if child.type not in skipped and not child.is_extra:
            return child.start_byte
    return start


def _read_call(node: tree_sitter.Node, source: Source) -> Call | None:
    return call_by(
        node,
        source,
        name=field_of(node, "name"),
        receiver=field_of(node, "object"),
        arguments=field_of(node, "arguments"),
    )


def _read_imports(node: tree_sitter.Node, source: Source) -> Iterator[Import]:
    path = next((child for child in node.named_children if child.type in ("scoped_identifier", "identifier")), None)
    if path is None:
        return
    is_all = any(child.type == "asterisk" for child in node.named_children)
    module, _, last = source.text(path).rpartition(".")
    name = field_of(path, "name")
    if is_all:
        yield Import(local="*", name="*", module=source.text(path))
    else:
        yield Import(local=last, name=last, module=module, name_start=name.start_byte if name is not None else -1)


def _package(node: tree_sitter.Node, source: Source) -> str:
    return source.text(node.named_child(node.named_child_count - 1))


def _is_call_of(site: CallSite, target: Target) -> bool:
    owner = target.owner
    if owner < 0:
        return False
    receiver, scopes = site.call.receiver, target.file.scopes
    if receiver in (None, "this"):
        if site.file is target.file and _innermost_type(site) == owner:
            return True
        static = f"{target.file.package}.{target.file.labels[owner]}".lstrip(".")
        return (
            receiver is None
            and _innermost_type(site) >= 0
            and any(
                item.name == site.call.name and item.module == static and not _has_bases(site)
                for item in site.file.imports
            )
        )
    if receiver != scopes[owner].name or target.file.parents[owner] >= 0:
        return False
    if receiver in site.file.loose:  # a variable may have the same name as the class
        return False
    imported = [item for item in site.file.imports if item.local == receiver]
    if imported:
        return all(item.module == target.file.package for item in imported)
    return site.file.package == target.file.package


def _innermost_type(site: CallSite) -> int:
    """Return the index of the type that contains a call; -1 in an anonymous class, which may inherit the method."""
    for index in site.file.enclosing(site.caller):
        if "anonymous class" in site.file.scopes[index].traits:
            return -1
        if site.file.scopes[index].sort in _TYPES.values():
            return index
    return -1


def _has_bases(site: CallSite) -> bool:
    return bool(site.file.scopes[_innermost_type(site)].bases)


LANGUAGE = ProgrammingLanguage(
    name="java",
    suffixes=(".java",),
    family="jvm",
    grammar="tree_sitter_java",
    query=_QUERY,
    read_scope=_read_scope,
    read_call=_read_call,
    read_imports=_read_imports,
    has_generics=True,
    is_call_of=_is_call_of,
    hint=re.compile(
        r"^(?:package [\w.]+;|import (?:static )?[\w.]+\.\*?;?|(?:public |private |protected |final |abstract )+"
        r"(?:class|interface|enum|record|static|void|\w+(?:<.*>)?) \w+|[ \t]+@Override$)",
        re.MULTILINE,
    ),
    runs_at_top=False,
    unread_suffixes=(".kt", ".kts", ".scala", ".groovy", ".gradle"),
    package=_package,
)
