"""TypeScript with embedded markup. It also reads JavaScript files with types, which JavaScript's grammar cannot."""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.documents.grammar.code.grammars import typescript
from pipeline.documents.grammar.code.language import ProgrammingLanguage

_QUERY = f"{typescript.QUERY}\n(jsx_text) @text\n"
_HINT = re.compile(
    r"^(?:export )?(?:const|function) [A-Z]\w*.*props|^[ \t]*return \($|^[ \t]*</?[A-Z]\w+", re.MULTILINE
)


def _load() -> object:
    import tree_sitter_typescript

    return tree_sitter_typescript.language_tsx()


LANGUAGE: ProgrammingLanguage = replace(
    typescript.LANGUAGE,
    name="tsx",
    suffixes=(".tsx", ".js", ".jsx"),
    load=_load,
    query=_QUERY,
    hint=_HINT,
    order=1,
)
