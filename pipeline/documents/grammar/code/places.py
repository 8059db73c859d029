"""Whether the module an import names is the home of a definition: paths of a document's own files, nothing outside.

In: a module as written (`..rates`, `shop.rates`, `./rates.js`) and two paths. Out: yes or no. Used by `grammars/`.
"""

from __future__ import annotations

import re


def is_home(module: str, importing: str, defining: str) -> bool:
    """Whether a dotted module, or a package that hands on what its own files define, is where a file stands.

    Leading dots are relative. What lies deeper in a package may not be handed on by it.
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
    """Whether a relative path as scripts write it (`./rates`, `../lib/index.js`) names a file."""
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
    """Folders and stem; a package's `__init__` is the package."""
    parts = re.sub(r"\.\w+$", "", path).split("/")
    return parts[:-1] if parts[-1] == "__init__" else parts
