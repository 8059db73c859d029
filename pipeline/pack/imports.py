"""Orders a repository's source files by imports: each file follows the files that it imports.

Takes paths and what each file imports; returns the paths in order. `stages.tokenize` reads the imports, and
`pack.joining` orders the files.

Imports are found with regular expressions, for Python, JavaScript, TypeScript, C, C++, Java, Kotlin, Scala, Rust and
Ruby. Some are not found: Rust's `use`, Scala's imports in braces, and Python's names on continuation lines.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from pipeline.documents.names import folder_of

_IMPORT = re.compile(
    r"""^[ \t]*(?:
      from[ \t]+(?P<source>[.\w]+)[ \t]+import[ \t]+(?P<names>\(?[\w ,*\t]*)
    | import[ \t]+(?:static[ \t]+)?(?P<module>[\w.]+(?:[ \t]*(?:as[ \t]+\w+)?[ \t]*,[ \t]*[\w.]+)*)
      [ \t]*(?:as[ \t]+\w+)?;?[ \t]*(?:\#.*)?$
    | \#[ \t]*include[ \t]+"(?P<include>[^"\n]+)"
    | (?:import|export)\b[^'"\n;]{0,200}?['"](?P<script>\.[^'"\n]+)['"]
    | (?:[\w{},: \t]{0,200}=[ \t]*)?require(?:_relative)?[ \t]*\(?[ \t]*['"](?P<required>\.?[^'"\n]+)['"]
    | (?:pub[ \t]+)?mod[ \t]+(?P<rust>\w+);
    )""",
    re.VERBOSE | re.MULTILINE,
)
"""An import, by named group: `from a.b import c` (`source`, `names`), `import a.b, c` (`module`), `#include "a.h"`
(`include`), `import x from './a'` (`script`), `require('a')` (`required`) or `mod a;` (`rust`)."""
_MAX_IMPORTS = 200


def imports_of(text: str) -> tuple[str, ...]:
    """Return what a file imports, as slash-separated paths without file extensions.

    A path that starts with `./` or `../` is relative to the folder of the importing file. No `./` is added to paths
    from `#include` and `require_relative`. A final `/__init__`, `/index` or `/mod` is removed from a quoted path. Each
    path is returned once, in order of first appearance; at most 200 paths are returned.
    """
    found: dict[str, None] = {}
    for match in _IMPORT.finditer(text):
        for name in _names(match):
            found.setdefault(name)
    return tuple(found)[:_MAX_IMPORTS]


def import_order(imports: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the paths in an order in which each file follows the files that it imports.

    In an import cycle, one file comes before a file that it imports. Imports that match no path, or several paths
    equally well, are ignored.

    Args:
        imports: for each path, what that file imports, as returned by `imports_of`.
    """
    by_stem: dict[str, list[str]] = defaultdict(list)
    for path in sorted(imports):
        for suffix in _suffixes(_stem(path)):
            by_stem[suffix].append(path)
    needed = {path: _resolved(path, names, by_stem) for path, names in imports.items()}
    order: list[str] = []
    state: dict[str, bool] = {}  # False while a file's imports are being placed, True once the file is placed
    for root in sorted(imports):
        waiting = [root]
        while waiting:
            path = waiting[-1]
            if path not in state:
                state[path] = False
                waiting += sorted((other for other in needed[path] if other not in state), reverse=True)
            else:
                waiting.pop()
                if not state[path]:
                    state[path] = True
                    order.append(path)
    return order


def _names(match: re.Match[str]) -> list[str]:
    if source := match["source"]:
        package = _dotted(source)
        names = [name.split()[0] for name in (match["names"] or "").strip("( \t").split(",") if name.split()]
        return [package, *(f"{package.rstrip('/')}/{name}" for name in names if name != "*")]
    if module := match["module"]:
        return [_dotted(name.split()[0]) for name in module.split(",")]
    if rust := match["rust"]:
        return [f"./{rust}"]
    path = match["include"] or match["script"] or match["required"]
    return [_stem(path)]


def _dotted(name: str) -> str:
    """Return `..a.b` as `./../a/b`, `.a.b` as `./a/b`, and `a.b` as `a/b`."""
    rest = name.lstrip(".")
    ups = len(name) - len(rest)
    return ("./" + "../" * (ups - 1) if ups else "") + rest.replace(".", "/")


def _resolved(path: str, names: Sequence[str], by_stem: Mapping[str, Sequence[str]]) -> set[str]:
    folder = folder_of(path)
    found: set[str] = set()
    for name in names:
        targets = by_stem.get(_joined(folder, name) if name.startswith(".") else name, ())
        # If several files have this name, prefer those under the importing file's folder.
        if len(targets) > 1:
            inside = f"{folder}/" if folder else ""
            targets = [target for target in targets if target.startswith(inside)] or targets
        if len(targets) == 1 and targets[0] != path:
            found.add(targets[0])
    return found


def _joined(folder: str, relative: str) -> str:
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _stem(path: str) -> str:
    stem = re.sub(r"\.[A-Za-z]{1,4}$", "", path)
    return re.sub(r"/(?:__init__|index|mod)$", "", stem)


def _suffixes(stem: str) -> list[str]:
    """Return all names by which a path can be imported, such as `src/app/models`, `app/models` and `models`."""
    parts = stem.split("/")
    return ["/".join(parts[index:]) for index in range(len(parts))]
