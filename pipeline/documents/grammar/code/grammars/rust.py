"""Rust: functions, methods of `impl` blocks and traits, structures and enumerations.

What stands inside the arguments of a macro is words, not syntax, so a name mentioned there is never certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter

from pipeline.documents.grammar.code.language import (
    DECLARATION,
    FUNCTION,
    HIDDEN,
    Call,
    CallSite,
    Import,
    ProgrammingLanguage,
    Scope,
    Source,
    Target,
    call_by,
    field_of,
    first_named,
)

_QUERY = """
(function_item) @scope
(function_signature_item) @scope
(impl_item) @scope
(trait_item) @scope
(struct_item) @scope
(enum_item) @scope
(union_item) @scope
(mod_item body: (_)) @scope
(closure_expression) @scope
(call_expression) @call
(use_declaration) @import
(line_comment) @text
(block_comment) @text
(string_content) @text
(char_literal) @text
"""
_TYPES = {"struct_item": "struct", "enum_item": "enum", "union_item": "union", "trait_item": "trait"}


def _load() -> object:
    import tree_sitter_rust

    return tree_sitter_rust.language()


def _read_scope(node: tree_sitter.Node, source: Source) -> Scope | None:
    body, start = field_of(node, "body"), node.start_byte
    end = body.start_byte if body is not None else node.end_byte
    if node.type == "closure_expression":
        return Scope(HIDDEN, "", start, node.end_byte, start, start, start)
    if node.type == "impl_item":
        name = _implementor(node, source)
        traits = frozenset({"trait"}) if field_of(node, "trait") is not None else frozenset({"inherent"})
        return Scope(HIDDEN, name, start, node.end_byte, start, end, end, traits=traits)
    name_node = field_of(node, "name")
    if name_node is None:
        return None
    sort = _TYPES.get(node.type) or (HIDDEN if node.type == "mod_item" else FUNCTION)
    if node.type == "function_signature_item":
        sort = DECLARATION
    return Scope(
        sort=sort,
        name=source.text(name_node),
        start=start,
        end=node.end_byte,
        head=start,
        head_end=end - (source.data[end - 1 : end] == b";"),
        body=end,
        name_start=name_node.start_byte,
        traits=frozenset({"module"}) if node.type == "mod_item" else frozenset(),
    )


def _implementor(node: tree_sitter.Node, source: Source) -> str:
    kind = field_of(node, "type")
    if kind is not None and kind.type == "generic_type":
        kind = field_of(kind, "type")
    return source.text(kind) if kind is not None and kind.type in ("type_identifier", "scoped_type_identifier") else ""


def _read_call(node: tree_sitter.Node, source: Source) -> Call | None:
    function, arguments = field_of(node, "function"), field_of(node, "arguments")
    if function is not None and function.type == "generic_function":
        function = field_of(function, "function")
    if function is None:
        return None
    if function.type == "identifier":
        return call_by(node, source, name=function, receiver=None, arguments=arguments)
    if function.type == "field_expression":
        name, receiver = field_of(function, "field"), field_of(function, "value")
        return call_by(node, source, name=name, receiver=receiver, arguments=arguments)
    if function.type == "scoped_identifier":
        name, receiver = field_of(function, "name"), field_of(function, "path")
        return call_by(node, source, name=name, receiver=receiver, arguments=arguments)
    return None


def _read_imports(node: tree_sitter.Node, source: Source) -> Iterator[Import]:
    waiting = [(child, "") for child in node.named_children if child.type != "visibility_modifier"]
    while waiting:
        item, path = waiting.pop()
        if item.type == "scoped_use_list":
            inner = _joined(path, source.text(field_of(item, "path")))
            listed = field_of(item, "list")
            waiting += [(child, inner) for child in (listed.named_children if listed is not None else ())]
        elif item.type == "use_list":
            waiting += [(child, path) for child in item.named_children]
        elif item.type == "use_as_clause":
            whole = _joined(path, source.text(field_of(item, "path")))
            module, _, name = whole.rpartition("::")
            yield Import(local=source.text(field_of(item, "alias")), name=name, module=module)
        elif item.type == "use_wildcard":
            yield Import(local="*", name="*", module=_joined(path, source.text(first_named(item))))
        elif item.type == "scoped_identifier":
            name_node = field_of(item, "name")
            module = _joined(path, source.text(field_of(item, "path")))
            name = source.text(name_node)
            yield Import(name, name, module, name_node.start_byte if name_node is not None else -1)
        elif item.type == "identifier":
            yield Import(source.text(item), source.text(item), path, item.start_byte)


def _joined(path: str, more: str) -> str:
    return f"{path}::{more}" if path and more else path or more


def _is_call_of(site: CallSite, target: Target) -> bool:
    receiver, owner = site.call.receiver, target.owner
    scopes = target.file.scopes
    if owner >= 0 and "module" not in scopes[owner].traits:
        return _is_on_own_type(site, target)
    module = _module_path(target)
    if receiver is None:
        if site.file is target.file and _modules(site) == [scopes[i].name for i in _module_scopes(target)]:
            return True
        return any(
            item.local == site.call.name == item.name and _leads_to(item.module, module) for item in site.file.imports
        )
    return receiver != "?" and "." not in receiver and _leads_to(receiver, module)


def _is_on_own_type(site: CallSite, target: Target) -> bool:
    scopes, owner = target.file.scopes, target.owner
    if "inherent" not in scopes[owner].traits or site.file.labels is None:
        return False
    name = scopes[owner].name
    if site.call.receiver == name.split("::")[-1]:
        return True
    if site.call.receiver not in ("self", "Self"):
        return False
    around = next(
        (
            site.file.scopes[i]
            for i in site.file.enclosing(site.caller)
            if site.file.scopes[i].traits & {"inherent", "trait"}
        ),
        None,
    )
    return around is not None and around.name == name


def _modules(site: CallSite) -> list[str]:
    found = [site.file.scopes[i] for i in site.file.enclosing(site.caller)]
    return [scope.name for scope in reversed(found) if "module" in scope.traits]


def _module_scopes(target: Target) -> list[int]:
    around = list(target.file.enclosing(target.file.parents[target.scope]))
    return [index for index in reversed(around) if "module" in target.file.scopes[index].traits]


def _module_path(target: Target) -> list[str]:
    """`src/net/http.rs` with `mod tests` as `net`, `http`, `tests`."""
    stem = re.sub(r"\.rs$", "", target.file.path)
    parts = [part for part in stem.split("/") if part not in ("src", "mod", "lib", "main")]
    return [*parts, *(target.file.scopes[i].name for i in _module_scopes(target))]


def _leads_to(written: str, module: list[str]) -> bool:
    parts = [part for part in written.split("::") if part not in ("crate", "self", "super", "")]
    return bool(parts) and module[-len(parts) :] == parts


LANGUAGE = ProgrammingLanguage(
    name="rust",
    suffixes=(".rs",),
    family="rust",
    load=_load,
    query=_QUERY,
    read_scope=_read_scope,
    read_call=_read_call,
    read_imports=_read_imports,
    is_call_of=_is_call_of,
    hint=re.compile(
        r"^(?:[ \t]*(?:pub(?:\(\w+\))? )?(?:async |const |unsafe )*fn \w+|use (?:crate|std|super|\w+)::|impl(?:<.*>)? \w+"
        r"|#\[\w+|[ \t]*let (?:mut )?\w+)",
        re.MULTILINE,
    ),
    separator="::",
    runs_at_top=False,
)
