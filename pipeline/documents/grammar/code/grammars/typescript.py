"""Reads TypeScript: everything in JavaScript, plus interfaces, enums, namespaces, overloads and abstract methods."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.documents.grammar.code.grammars import javascript
from pipeline.documents.grammar.code.language import ProgrammingLanguage

QUERY = f"""{javascript.QUERY}
(abstract_class_declaration) @scope
(interface_declaration) @scope
(enum_declaration) @scope
(internal_module) @scope
(function_signature) @scope
(method_signature) @scope
(abstract_method_signature) @scope
"""
_HINT = re.compile(
    r"^(?:export )?(?:abstract class|interface|enum|namespace|type|declare) \w+|^import type "
    r"|^(?:export )?(?:async )?function \w+\(.*\w: .*\)|^(?:export )?const \w+: \w"
    r"|^[ \t]*(?:private|public|readonly) \w+",
    re.MULTILINE,
)


LANGUAGE: ProgrammingLanguage = replace(
    javascript.LANGUAGE,
    name="typescript",
    suffixes=(".ts", ".mts", ".cts"),
    grammar="tree_sitter_typescript",
    grammar_function="language_typescript",
    query=QUERY,
    has_generics=True,
    hint=_HINT,
    unread_suffixes=(),
)
