"""Reads C++: functions, methods inside and outside their class, templates and namespaces.

A plain call may mean a function in a base class, or one that argument-dependent lookup finds. A call is therefore
certain only if exactly one function in the document has the name, the function takes that many arguments, and the
standard library has no such name.
"""

from __future__ import annotations

import re

import tree_sitter

from pipeline.documents.grammar.code.grammars.c import (
    MEMBER,
    FunctionName,
    function_declarator,
    function_scope,
    no_imports,
    type_scope,
)
from pipeline.documents.grammar.code.language import (
    DECLARATION,
    FUNCTION,
    HIDDEN,
    UNKNOWN,
    Call,
    CallSite,
    ProgrammingLanguage,
    Scope,
    Source,
    Target,
    call_by,
    call_of,
    field_of,
)

_QUERY = """
(function_definition) @scope
(field_declaration) @scope
(class_specifier body: (_)) @scope
(struct_specifier body: (_)) @scope
(union_specifier body: (_)) @scope
(enum_specifier body: (_)) @scope
(namespace_definition) @scope
(declaration) @scope
(call_expression) @call
(declaration declarator: (function_declarator declarator: (identifier) @mention))
(declaration declarator: (pointer_declarator (function_declarator declarator: (identifier) @mention)))
(declaration declarator: (reference_declarator (function_declarator declarator: (identifier) @mention)))
(comment) @text
(string_content) @text
(raw_string_content) @text
(character) @text
(system_lib_string) @text
"""
_TYPES = {
    "class_specifier": "class",
    "struct_specifier": "struct",
    "union_specifier": "union",
    "enum_specifier": "enum",
}
_STANDARD_NAMES = frozenset(
    {
        "abs", "accumulate", "advance", "all_of", "any_of", "apply", "assign", "async", "at", "back", "begin",
        "bind", "bitset", "cast", "cbegin", "ceil", "clamp", "clear", "close", "copy", "count", "count_if", "data",
        "distance", "emplace", "empty", "end", "equal", "erase", "exchange", "exp", "fill", "find", "find_if",
        "floor", "for_each", "forward", "front", "generate", "get", "get_if", "hash", "hex", "holds_alternative",
        "insert", "invoke", "iota", "isnan", "join", "lock", "log", "make_pair", "make_shared", "make_tuple",
        "make_unique", "max", "max_element", "merge", "min", "min_element", "mod", "move", "next", "none_of",
        "open", "pow", "prev", "print", "println", "read", "ref", "remove", "remove_if", "replace", "reset",
        "reverse", "rotate", "round", "search", "set", "size", "sort", "splice", "sqrt", "swap", "test", "tie",
        "to_string", "transform", "trim", "unique", "visit", "write",
    }
)  # fmt: skip


def _read_scope(node: tree_sitter.Node, source: Source) -> Scope | None:
    if node.type in _TYPES:
        return type_scope(node, source, _TYPES[node.type], _with_template(node))
    if node.type == "namespace_definition":
        return _namespace(node, source)
    declarator = function_declarator(field_of(node, "declarator"))
    if node.type in ("field_declaration", "declaration"):
        is_member = node.parent is not None and _is_in_class(node)
        if declarator is None or not is_member:
            return None
        return _function(node, source, DECLARATION, declarator)
    if declarator is None:
        return _conversion(node, source)
    sort = FUNCTION if field_of(node, "body") is not None else DECLARATION
    return _function(node, source, sort, declarator)


def _is_in_class(node: tree_sitter.Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type in ("template_declaration", "preproc_if", "preproc_ifdef"):
        parent = parent.parent
    return parent is not None and parent.type == "field_declaration_list"


def _with_template(node: tree_sitter.Node) -> tree_sitter.Node:
    parent = node.parent
    while parent is not None and parent.type == "template_declaration":
        node, parent = parent, parent.parent
    return node


def _function(node: tree_sitter.Node, source: Source, sort: str, declarator: tree_sitter.Node) -> Scope | None:
    """Return the scope of a function with a name such as `f`, `Class::f`, `~Class` or `operator==`, or None."""
    name, owner = _split_owner(field_of(declarator, "declarator"), source)
    if name is not None and name.type == "template_function":
        name = field_of(name, "name")
    if name is None or name.type not in (
        "identifier", "field_identifier", "destructor_name", "operator_name", "type_identifier", "operator_cast",
    ):  # fmt: skip
        return None
    has_type = field_of(node, "type") is not None
    is_special = name.type in ("destructor_name", "operator_name", "operator_cast")
    if not has_type and not is_special and not owner and not _is_in_class(node):
        return None  # `MACRO(x) { … }` looks like a function
    written = FunctionName(name, " ".join(source.text(name).split()), owner)
    return function_scope(node, source, sort, written, declarator, whole=_with_template(node))


def _split_owner(name: tree_sitter.Node | None, source: Source) -> tuple[tree_sitter.Node | None, str]:
    """Return the last name of `Shop::Cart::add`, and the names before it joined by `::`."""
    owners: list[str] = []
    while name is not None and name.type == "qualified_identifier":
        owner = field_of(name, "scope")
        if owner is not None:
            owners.append(_without_template(source.text(owner)))
        name = field_of(name, "name")
    return name, "::".join(owners)


def _conversion(node: tree_sitter.Node, source: Source) -> Scope | None:
    """Return the scope of a conversion operator, such as `operator bool() const { … }`, or None."""
    name, owner = _split_owner(field_of(node, "declarator"), source)
    if name is None or name.type != "operator_cast" or field_of(node, "body") is None:
        return None
    written = FunctionName(name, f"operator {source.text(field_of(name, 'type'))}", owner)
    return function_scope(node, source, FUNCTION, written, name, whole=node)


def _namespace(node: tree_sitter.Node, source: Source) -> Scope | None:
    name, body = field_of(node, "name"), field_of(node, "body")
    if body is None:
        return None
    written = "".join(source.text(name).split())
    return Scope(HIDDEN, written, node.start_byte, node.end_byte, node.start_byte, body.start_byte, body.start_byte)


def _without_template(owner: str) -> str:
    """Return `Box` for `Box<T>`."""
    return re.sub(r"<.*", "", owner, flags=re.DOTALL).strip()


def _read_call(node: tree_sitter.Node, source: Source) -> Call | None:
    function, arguments = field_of(node, "function"), field_of(node, "arguments")
    receiver = None
    while function is not None and function.type in ("qualified_identifier", "template_function"):
        if function.type == "qualified_identifier":
            receiver = function
        function = field_of(function, "name")
    if function is None:
        return None
    if receiver is None:
        return call_of(node, source, function, MEMBER)
    if function.type != "identifier":
        return None
    call = call_by(node, source, name=function, receiver=receiver, arguments=arguments)
    if call is None:
        return None
    written = (
        source.data[receiver.start_byte : function.start_byte].decode("utf-8", "replace").strip().removesuffix("::")
    )
    return call._replace(receiver=_without_template(written))


def _is_call_of(site: CallSite, target: Target) -> bool:
    label = target.file.labels[target.scope].split("::")
    owner, receiver = label[:-1], site.call.receiver
    if target.definition.name in _STANDARD_NAMES or not target.definition.name.isidentifier():
        return False
    if receiver == "this":
        return _class_of(site) == owner
    if receiver == UNKNOWN:
        return False
    if receiver is not None:
        named = [part for part in receiver.split("::") if part]
        return bool(owner) and owner[-len(named) :] == named
    if site.file is not target.file and "static" in target.definition.traits and not owner:
        return False
    return _class_of(site)[: len(owner)] == owner


def _class_of(site: CallSite) -> list[str]:
    """Return the namespaces and classes around the function that contains a call, outermost first."""
    for index in site.file.enclosing(site.caller):
        if site.file.scopes[index].sort == FUNCTION:
            return site.file.labels[index].split("::")[:-1]
    return []


LANGUAGE = ProgrammingLanguage(
    name="cpp",
    suffixes=(".cc", ".cpp", ".cxx", ".hpp", ".hh", ".hxx", ".h", ".ipp", ".tpp", ".inl", ".cu", ".cuh"),
    family="c",
    grammar="tree_sitter_cpp",
    query=_QUERY,
    read_scope=_read_scope,
    read_call=_read_call,
    read_imports=no_imports,
    has_generics=True,
    is_call_of=_is_call_of,
    hint=re.compile(
        r"^(?:#[ \t]*include <\w+>|using namespace \w+;|namespace [\w:]* ?\{|template ?<.*>|class \w+.*\{?$"
        r"|[ \t]*(?:public|private|protected):$|.*\b\w+::\w+\()",
        re.MULTILINE,
    ),
    separator="::",
    runs_at_top=False,
    order=1,
)
