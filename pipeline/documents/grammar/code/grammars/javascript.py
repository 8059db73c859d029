"""Reads JavaScript: functions in all forms, classes and their methods.

The TypeScript modules use the same code, with a different grammar and additional nodes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter

from pipeline.documents.grammar.code.language import (
    DECLARATION,
    FUNCTION,
    HIDDEN,
    UNKNOWN,
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
from pipeline.documents.grammar.code.module_files import path_names_file

QUERY = """
(function_declaration) @scope
(generator_function_declaration) @scope
(function_expression) @scope
(generator_function) @scope
(arrow_function) @scope
(class_declaration) @scope
(class) @scope
(method_definition) @scope
(object) @scope
(call_expression) @call
(import_statement) @import
(variable_declarator value: (call_expression function: (identifier) @_require) (#eq? @_require "require")) @import
(export_specifier name: (identifier) @mention !alias)
(export_statement value: (identifier) @mention)
(assignment_expression left: (member_expression) @_exports right: (identifier) @mention
  (#match? @_exports "^(module\\\\.)?exports(\\\\.|$)"))
(assignment_expression left: (member_expression) @_exports
  right: (object (shorthand_property_identifier) @mention) (#match? @_exports "^module\\\\.exports$"))
(comment) @text
(string_fragment) @text
(regex_pattern) @text
"""
_HINT = re.compile(
    r"^(?:(?:export )?(?:default )?(?:async )?function\*? ?\w*\(.*\{|(?:export )?(?:const|let|var) \w+ = "
    r"|import .* from ['\"]|(?:module\.)?exports\.?\w* = |[ \t]*\}\)?;?$)",
    re.MULTILINE,
)
_GLOBAL_NAMES = frozenset(
    {"alert", "escape", "eval", "fetch", "parseFloat", "parseInt", "require", "setInterval", "setTimeout", "unescape"}
)

_ANONYMOUS = frozenset({"anonymous"})
_ARROW = frozenset({"arrow"})

_CLASSES = frozenset({"class_declaration", "class", "abstract_class_declaration"})
_MEMBER = Member("member_expression", name="property", receiver="object")
_DECLARED = frozenset({"function_signature", "method_signature", "abstract_method_signature"})
_TYPES = {"interface_declaration": "interface", "enum_declaration": "enum"}
_OWN_NAME = frozenset({"function_declaration", "generator_function_declaration", "method_definition"})


def _read_scope(node: tree_sitter.Node, source: Source) -> Scope | None:
    """Return the scope of a captured node, including TypeScript nodes, or None."""
    if node.type == "object":
        return _object_scope(node, source)
    if node.type in ("internal_module", "module"):
        return _scope(node, source, HIDDEN, field_of(node, "name"), node)
    if node.type in _TYPES:
        return _scope(node, source, _TYPES[node.type], field_of(node, "name"), _outermost(node))
    if node.type in _CLASSES:
        return _class_scope(node, source)
    if node.type in _DECLARED:
        return _scope(node, source, DECLARATION, field_of(node, "name"), _outermost(node))
    if node.type in _OWN_NAME:
        return _method_or_function(node, source)
    return _function_value(node, source)


def _scope(
    node: tree_sitter.Node,
    source: Source,
    sort: str,
    name: tree_sitter.Node | None,
    whole: tree_sitter.Node,
    *,
    owner: str = "",
    traits: frozenset[str] = frozenset(),
) -> Scope:
    body = field_of(node, "body")
    end = body.start_byte if body is not None else node.end_byte
    is_name = name is not None and name.type not in ("computed_property_name", "string", "number")
    return Scope(
        sort=sort if is_name or name is None else HIDDEN,
        name=source.text(name) if is_name else "",
        start=node.start_byte,
        end=node.end_byte,
        head=whole.start_byte,
        head_end=end,
        body=end,
        name_start=name.start_byte if name is not None and is_name else -1,
        owner=owner,
        traits=(traits or (frozenset() if is_name else _ANONYMOUS))
        | (_ARROW if node.type == "arrow_function" else frozenset()),
    )


def _outermost(node: tree_sitter.Node) -> tree_sitter.Node:
    """Return the node that includes the `export` and `const` of a declaration, unless `const` has several names."""
    parent = node.parent
    if parent is not None and parent.type in ("lexical_declaration", "variable_declaration"):
        if parent.named_child_count != 1:
            return node
        node, parent = parent, parent.parent
    if parent is not None and parent.type == "ambient_declaration":
        node, parent = parent, parent.parent
    return parent if parent is not None and parent.type == "export_statement" else node


def _method_or_function(node: tree_sitter.Node, source: Source) -> Scope:
    parent = node.parent
    is_in_object = node.type == "method_definition" and parent is not None and parent.type == "object"
    if is_in_object and not _is_in_named_object(node):
        return _scope(node, source, HIDDEN, None, node)
    return _scope(node, source, FUNCTION, field_of(node, "name"), _outermost(node))


def _class_scope(node: tree_sitter.Node, source: Source) -> Scope:
    parent = node.parent
    if field_of(node, "name") is None and parent is not None and parent.type == "variable_declarator":
        return _scope(node, source, "class", field_of(parent, "name"), _outermost(parent))
    name = field_of(node, "name")
    return _scope(node, source, "class" if name is not None else HIDDEN, name, _outermost(node))


def _object_scope(node: tree_sitter.Node, source: Source) -> Scope | None:
    """Return the scope of an object in a variable, whose name is part of its methods' names; None for other objects."""
    parent = node.parent
    if parent is not None and parent.type == "variable_declarator":
        name = field_of(parent, "name")
        if name is not None and name.type == "identifier":
            return hidden_scope(node, name=source.text(name))
    return None


def _function_value(node: tree_sitter.Node, source: Source) -> Scope:
    """Return the scope of a function expression or arrow function, with the name to which it is assigned if any."""
    parent = node.parent
    if parent is not None and parent.type == "variable_declarator":
        name = field_of(parent, "name")
        if name is not None and name.type == "identifier":
            return _scope(node, source, FUNCTION, name, _outermost(parent))
    if parent is not None and parent.type in ("public_field_definition", "field_definition"):
        return _scope(node, source, FUNCTION, field_of(parent, "name") or field_of(parent, "property"), parent)
    if parent is not None and parent.type == "pair" and _is_in_named_object(parent):
        return _scope(node, source, FUNCTION, field_of(parent, "key"), parent)
    if parent is not None and parent.type == "assignment_expression":
        left = field_of(parent, "left")
        if left is not None and left.type == "member_expression":
            owner, name = source.receiver(field_of(left, "object")), field_of(left, "property")
            if owner not in (None, UNKNOWN, "this", "module"):
                return _scope(node, source, FUNCTION, name, parent, owner=owner or "")
    traits = frozenset({"immediate"}) if _is_called_immediately(node) else _ANONYMOUS
    return _scope(node, source, HIDDEN, None, node, traits=traits)


def _is_in_named_object(pair: tree_sitter.Node) -> bool:
    around = pair.parent.parent if pair.parent is not None else None
    return around is not None and around.type == "variable_declarator"


def _is_called_immediately(node: tree_sitter.Node) -> bool:
    """Return whether a function is called where it is defined, as in `(function () { … })()`."""
    inner, parent = node, node.parent
    while parent is not None and parent.type in ("parenthesized_expression", "unary_expression"):
        inner, parent = parent, parent.parent
    if parent is not None and parent.type == "member_expression":
        inner, parent = parent, parent.parent
    function = field_of(parent, "function") if parent is not None and parent.type == "call_expression" else None
    return function is not None and function.start_byte == inner.start_byte and function.end_byte == inner.end_byte


def _read_call(node: tree_sitter.Node, source: Source) -> Call | None:
    """Return the call `name(…)` or `receiver.name(…)`, or None if the call has another form."""
    return call_of(node, source, field_of(node, "function"), _MEMBER)


def _read_imports(node: tree_sitter.Node, source: Source) -> Iterator[Import]:
    """Yield the names that `import … from` or `const … = require(…)` imports."""
    if node.type == "identifier":
        return
    if node.type == "variable_declarator":
        yield from _required(node, source)
        return
    module = source.text(field_of(node, "source")).strip("'\"`")
    clause = next((child for child in node.named_children if child.type == "import_clause"), None)
    for child in clause.named_children if clause is not None else ():
        if child.type == "identifier":
            yield Import(local=source.text(child), name="default", module=module, name_start=child.start_byte)
        elif child.type == "namespace_import":
            yield Import(local=source.text(first_named(child)), name="", module=module)
        elif child.type == "named_imports":
            for one in child.named_children:
                name, alias = field_of(one, "name"), field_of(one, "alias")
                if name is not None and alias is None:
                    written = source.text(name)
                    yield Import(local=written, name=written, module=module, name_start=name.start_byte)
                elif name is not None:
                    yield Import(local=source.text(alias), name=source.text(name), module=module)


def _required(node: tree_sitter.Node, source: Source) -> Iterator[Import]:
    value, name = field_of(node, "value"), field_of(node, "name")
    if value is None or name is None or source.text(field_of(value, "function")) != "require":
        return
    module = source.text(field_of(value, "arguments")).strip("() \n\t'\"`")
    if name.type == "identifier":
        written = source.text(name)
        # The name may mean the only export of the module, or the module itself. Its definition decides.
        yield Import(local=written, name="default", module=module, name_start=name.start_byte)
        yield Import(local=written, name="", module=module)
    elif name.type == "object_pattern":
        for child in name.named_children:
            if child.type == "shorthand_property_identifier_pattern":
                written = source.text(child)
                yield Import(local=written, name=written, module=module, name_start=child.start_byte)


def _is_call_of(site: CallSite, target: Target) -> bool:
    """Return whether a call certainly refers to a target.

    Four forms are certain: a plain call in the target's file or in a file that imports the name from it;
    `module.name(…)` in a file that imports the module; `this.name(…)` in the target's class; and `object.name(…)` in
    the file that defines the object.
    """
    receiver, definition = site.call.receiver, target.definition
    owner = target.owner
    if owner >= 0 and target.file.scopes[owner].sort == "class":
        return receiver == "this" and _is_this(site, target)
    if owner >= 0 or definition.owner:
        return site.file is target.file and receiver == _path_of(target)
    if receiver is None:
        return site.file is target.file or any(
            item.local == definition.name
            and item.name in (definition.name, "default")
            and path_names_file(item.module, site.file.path, target.file.path)
            for item in site.file.imports
        )
    return any(
        item.local == receiver and not item.name and path_names_file(item.module, site.file.path, target.file.path)
        for item in site.file.imports
    )


def _path_of(target: Target) -> str:
    return target.file.labels[target.scope].rpartition(".")[0]


def _is_this(site: CallSite, target: Target) -> bool:
    """Return whether `this` at a call is an object of the target's class; only arrow functions do not rebind `this`."""
    scopes, parents = site.file.scopes, site.file.parents
    if site.file is not target.file:
        return False
    for index in site.file.enclosing(site.caller):
        if parents[index] == target.owner and scopes[index].sort == FUNCTION:
            return True
        is_function = scopes[index].sort != HIDDEN or scopes[index].traits
        if is_function and "arrow" not in scopes[index].traits:
            return False
    return False


LANGUAGE = ProgrammingLanguage(
    name="javascript",
    suffixes=(".js", ".mjs", ".cjs", ".jsx"),
    family="javascript",
    grammar="tree_sitter_javascript",
    query=QUERY,
    read_scope=_read_scope,
    read_call=_read_call,
    read_imports=_read_imports,
    is_call_of=_is_call_of,
    hint=_HINT,
    unread_suffixes=(".vue", ".svelte"),
    names=_GLOBAL_NAMES,
)
