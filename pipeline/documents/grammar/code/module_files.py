"""Decides whether an import names a certain file of the same document.

Takes the module as written (`..rates`, `shop.rates`, `./rates.js`), the path of the importing file and the path of the
other file. Used by the grammars of Python and JavaScript.
"""

from __future__ import annotations

import re

_SCRIPT_SUFFIX = re.compile(r"\.(?:d\.ts|[cm]?[jt]sx?)$")


def names_file(module: str, importing: str, defining: str) -> bool:
    """Return whether a dotted module name means the file `defining`, or the package that directly contains the file.

    A package may re-export the names of its modules, but is not assumed to re-export names from deeper levels. Leading
    dots are relative to the importing file.
    """
    target = _segments(defining)
    names = [name for name in module.split(".") if name]
    num_dots = len(module) - len(module.lstrip("."))
    if num_dots:
        folder = importing.split("/")[:-1]
        if num_dots - 1 > len(folder):
            return False
        start = [*folder[: len(folder) - num_dots + 1], *names]
        return target[: len(start)] == start and len(target) <= len(start) + 1
    stop = len(target) - len(names)
    return bool(names) and any(target[at : at + len(names)] == names for at in range(max(0, stop - 1), stop + 1))


def path_names_file(module: str, importing: str, defining: str) -> bool:
    """Return whether a relative path in JavaScript (`./rates`, `../lib/index.js`) means the file `defining`."""
    if not module.startswith("."):
        return False
    parts = importing.split("/")[:-1]
    for part in module.split("/"):
        if part == "..":
            if not parts:
                return False
            parts = parts[:-1]
        elif part not in ("", "."):
            parts = [*parts, part]
    found = _SCRIPT_SUFFIX.sub("", "/".join(parts))
    target = _SCRIPT_SUFFIX.sub("", defining)
    return target in (found, f"{found}/index".lstrip("/"))


def _segments(path: str) -> list[str]:
    """Return the folders and the name of a file without its suffix; only the folders if the name is `__init__`."""
    parts = re.sub(r"\.\w+$", "", path).split("/")
    return parts[:-1] if parts[-1] == "__init__" else parts
