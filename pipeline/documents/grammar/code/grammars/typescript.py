"""TypeScript: JavaScript's rules, plus interfaces, enums, namespaces, overloads and abstract methods."""

from __future__ import annotations

import re

from pipeline.documents.grammar.code.grammars.javascript import (
    COMMON_QUERY,
    NAMES,
    is_call_of,
    read_call,
    read_imports,
    read_scope,
)
from pipeline.documents.grammar.code.language import ProgrammingLanguage

QUERY = f"""{COMMON_QUERY}
(abstract_class_declaration) @scope
(interface_declaration) @scope
(enum_declaration) @scope
(internal_module) @scope
(function_signature) @scope
(method_signature) @scope
(abstract_method_signature) @scope
"""
HINT = re.compile(
    r"^(?:export )?(?:abstract class|interface|enum|namespace|type|declare) \w+|^import type "
    r"|^(?:export )?(?:async )?function \w+\(.*\w: .*\)|^(?:export )?const \w+: \w"
    r"|^[ \t]*(?:private|public|readonly) \w+",
    re.MULTILINE,
)


def _load() -> object:
    import tree_sitter_typescript

    return tree_sitter_typescript.language_typescript()


LANGUAGE = ProgrammingLanguage(
    name="typescript",
    suffixes=(".ts", ".mts", ".cts"),
    family="javascript",
    load=_load,
    query=QUERY,
    read_scope=read_scope,
    read_call=read_call,
    read_imports=read_imports,
    has_generics=True,
    is_call_of=is_call_of,
    hint=HINT,
    names=NAMES,
)
