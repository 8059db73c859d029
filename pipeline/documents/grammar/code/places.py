"""Whether an imported module is the file that holds a definition. Only paths inside the document count.

In: a module as written (`..rates`, `shop.rates`, `./rates.js`) and two paths. Out: yes or no. Used by `grammars/`.
"""

from __future__ import annotations

import re


def is_home(module: str, importing: str, defining: str) -> bool:
    """Return whether a dotted module is a file, or a package directly around the file that re-exports its names.

    Leading dots are relative. A package is not assumed to re-export names from deeper levels.
    """
    home = _segments(defining)
    names = [name for name in module.split(".") if name]
    num_dots = len(module) - len(module.lstrip("."))
    if num_dots:
        folder = importing.split("/")[:-1]
        if num_dots - 1 > len(folder):
            return False
        start = [*folder[: len(folder) - num_dots + 1], *names]
        return home[: len(start)] == start and len(home) <= len(start) + 1
    stop = len(home) - len(names)
    return bool(names) and any(home[at : at + len(names)] == names for at in range(max(0, stop - 1), stop + 1))


def is_relative_home(module: str, importing: str, defining: str) -> bool:
    """Return whether a relative path of a script (`./rates`, `../lib/index.js`) names a file."""
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
    home = _SCRIPT_SUFFIX.sub("", defining)
    return home in (found, f"{found}/index".lstrip("/"))


_SCRIPT_SUFFIX = re.compile(r"\.(?:d\.ts|[cm]?[jt]sx?)$")


def _segments(path: str) -> list[str]:
    """Return folders and stem of a path; `__init__` maps to its package."""
    parts = re.sub(r"\.\w+$", "", path).split("/")
    return parts[:-1] if parts[-1] == "__init__" else parts
