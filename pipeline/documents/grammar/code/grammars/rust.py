"""Reads Rust: functions, methods in `impl` blocks and traits, structs, enums and unions.

The arguments of a macro are tokens, which the grammar does not parse. A call among them can be certain only in the
macros of the standard library that take expressions.
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
    ParsedFile,
    ProgrammingLanguage,
    Scope,
    Source,
    Target,
    call_by,
    call_of,
    field_of,
    first_named,
    hidden_scope,
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
(token_tree (identifier) @call . (token_tree))
(use_declaration) @import
(line_comment) @text
(block_comment) @text
(string_content) @text
(char_literal) @text
"""
_EXPRESSION_MACROS = frozenset(
    {
        "assert",
        "assert_eq",
        "assert_ne",
        "dbg",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "eprint",
        "eprintln",
        "format",
        "panic",
        "print",
        "println",
        "vec",
        "write",
        "writeln",
    }
)
_MEMBER = Member("field_expression", name="field", receiver="value")
_TYPES = {"struct_item": "struct", "enum_item": "enum", "union_item": "union", "trait_item": "trait"}


def _read_scope(node: tree_sitter.Node, source: Source) -> Scope | None:
    body, start = field_of(node, "body"), node.start_byte
    end = body.start_byte if body is not None else node.end_byte
    if node.type == "closure_expression":
        return hidden_scope(node)
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
    """Return the name of the type of an `impl` block; empty if the type is not a plain name."""
    kind = field_of(node, "type")
    if kind is not None and kind.type == "generic_type":
        kind = field_of(kind, "type")
    return source.text(kind) if kind is not None and kind.type in ("type_identifier", "scoped_type_identifier") else ""


def _read_call(node: tree_sitter.Node, source: Source) -> Call | None:
    if node.type == "identifier":
        return _macro_call(node, source)
    function, arguments = field_of(node, "function"), field_of(node, "arguments")
    if function is not None and function.type == "generic_function":
        function = field_of(function, "function")
    if function is not None and function.type == "scoped_identifier":
        return _scoped_call(node, source, function, arguments)
    return call_of(node, source, function, _MEMBER)


def _scoped_call(
    node: tree_sitter.Node, source: Source, function: tree_sitter.Node, arguments: tree_sitter.Node | None
) -> Call | None:
    """Return the call `path::name(…)`, or None. If the path is `Server::<u8>`, the receiver is `Server`."""
    path = field_of(function, "path")
    call = call_by(node, source, name=field_of(function, "name"), receiver=None, arguments=arguments)
    if call is None or path is None:
        return None
    if path.type in ("generic_type", "generic_type_with_turbofish"):
        path = field_of(path, "type")
    return call._replace(receiver=source.receiver(path))


def _macro_call(node: tree_sitter.Node, source: Source) -> Call | None:
    """Return the call of a name before brackets in the arguments of a macro that takes expressions, or None."""
    arguments, around = node.next_sibling, node.parent
    while around is not None and around.type == "token_tree":
        around = around.parent
    macro = source.text(field_of(around, "macro")) if around is not None and around.type == "macro_invocation" else ""
    if macro not in _EXPRESSION_MACROS or arguments is None or source.data[arguments.start_byte] != ord("("):
        return None
    before = node.prev_sibling
    is_plain = before is None or source.text(before) not in (".", "::", "fn", "!")
    call = call_by(node, source, name=node, receiver=None, arguments=arguments)
    return call._replace(receiver=None if is_plain else UNKNOWN, end=arguments.end_byte) if call is not None else None


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
    module = _module_path(target.file.path, _modules(target.file, target.scope))
    here = _module_path(site.file.path, _modules(site.file, site.caller))
    if receiver is None:
        return (site.file is target.file and here == module) or any(
            item.name in (site.call.name, "*")
            and item.local in (site.call.name, "*")
            and _leads_to(item.module, here, module)
            for item in site.file.imports
        )
    return receiver != UNKNOWN and "." not in receiver and _leads_to(receiver, here, module)


def _is_on_own_type(site: CallSite, target: Target) -> bool:
    """Return whether a call is on the name of the target's type, or on `self` or `Self` in an `impl` block of the type.

    False for a target in a trait, or in an `impl` block for a trait.
    """
    scopes, owner = target.file.scopes, target.owner
    if "inherent" not in scopes[owner].traits:
        return False
    name = scopes[owner].name
    if site.call.receiver == name.split("::")[-1]:
        return True
    if site.call.receiver not in ("self", "Self"):
        return False
    around = (site.file.scopes[index] for index in site.file.enclosing(site.caller))
    block = next((scope for scope in around if scope.traits & {"inherent", "trait"}), None)
    return block is not None and block.name == name


def _modules(file: ParsedFile, scope: int) -> list[str]:
    """Return the names of the `mod { … }` blocks around a scope, outermost first."""
    around = [file.scopes[index] for index in file.enclosing(scope)]
    return [found.name for found in reversed(around) if "module" in found.traits]


def _module_path(path: str, modules: list[str]) -> list[str]:
    """Return the path of a module: `net`, `http`, `tests` for `mod tests` in `src/net/http.rs`."""
    parts = [part for part in re.sub(r"\.rs$", "", path).split("/") if part not in ("src", "mod", "lib", "main")]
    return [*parts, *modules]


def _leads_to(written: str, here: list[str], module: list[str]) -> bool:
    """Return whether a path written in the module `here` leads to `module`."""
    parts = written.split("::")
    if parts[0] in ("self", "super"):
        start = list(here)
        while parts and parts[0] in ("self", "super"):
            if parts.pop(0) == "super":
                if not start:
                    return False
                start.pop()
        return [*start, *parts] == module
    parts = [part for part in parts if part not in ("crate", "")]
    return module[-len(parts) :] == parts if parts else len(module) <= 1


LANGUAGE = ProgrammingLanguage(
    name="rust",
    suffixes=(".rs",),
    family="rust",
    grammar="tree_sitter_rust",
    query=_QUERY,
    read_scope=_read_scope,
    read_call=_read_call,
    read_imports=_read_imports,
    has_generics=True,
    is_call_of=_is_call_of,
    hint=re.compile(
        r"^(?:[ \t]*(?:pub(?:\(\w+\))? )?(?:async |const |unsafe )*fn \w+|use (?:crate|std|super|\w+)::"
        r"|impl(?:<.*>)? \w+|#\[\w+|[ \t]*let (?:mut )?\w+)",
        re.MULTILINE,
    ),
    separator="::",
    runs_at_top=False,
)
