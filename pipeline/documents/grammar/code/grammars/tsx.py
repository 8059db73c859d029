"""Reads TypeScript with embedded markup, and JavaScript files with type annotations.

A `.js` file is read here if the grammar of JavaScript finds syntax errors in it.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.documents.grammar.code.grammars import typescript
from pipeline.documents.grammar.code.language import ProgrammingLanguage

_QUERY = f"{typescript.QUERY}\n(jsx_text) @text\n"
_HINT = re.compile(
    r"^(?:export )?(?:const|function) [A-Z]\w*.*props|^[ \t]*return \($|^[ \t]*</?[A-Z]\w+", re.MULTILINE
)


LANGUAGE: ProgrammingLanguage = replace(
    typescript.LANGUAGE,
    name="tsx",
    suffixes=(".tsx", ".js", ".jsx"),
    grammar_function="language_tsx",
    query=_QUERY,
    hint=_HINT,
    order=1,
)
