"""The code a stage runs, found by following imports: so that a stage whose code changed runs again, and no other.

In: modules of this project. Out: a fingerprint of their source, of every module of the project they import, directly or
not, also inside functions, and of the word lists and templates beside those. Cost: each source file is searched once
a process.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

_PACKAGE = "pipeline"
_ROOT = Path(__file__).parent.parent
_IMPORT = re.compile(
    r"^[ \t]*(?:from (?P<module>pipeline[\w.]*) import (?P<names>\([^)]*\)|[^\n]*)|import (?P<plain>pipeline[\w.]*))",
    re.MULTILINE,
)
"""Import statements as this project writes them: absolute. Parsing every file whole would take fifty times as long."""
_DISCOVERS = "iter_modules(__path__)"
"""In the `__init__.py` of a package whose modules are all imported, whatever their names."""


def code_of(modules: Sequence[str]) -> str:
    """Fingerprint of the code and data files that some modules run.

    Args:
        modules: names such as `stages.pack`, without the package's own.

    Raises:
        FileNotFoundError: there is no such module.
    """
    digest = hashlib.blake2b(digest_size=16)
    for path in files_of(modules):
        digest.update(path.relative_to(_ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def files_of(modules: Sequence[str]) -> list[Path]:
    """Source files that some modules import, themselves included, and the data files in their folders, sorted."""
    waiting = [_source_of(f"{_PACKAGE}.{name}") for name in modules]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path is None:
            raise FileNotFoundError(f"one of the modules {', '.join(modules)} does not exist")
        if path not in found:
            found.add(path)
            waiting += _imported_files(path)
    data = {own for folder in {path.parent for path in found} - {_ROOT} for own in _data_files(folder)}
    return sorted(found | data)


@cache
def _imported_files(path: Path) -> tuple[Path, ...]:
    source = path.read_text(encoding="utf-8")
    found = {_source_of(name) for name in _imported_names(source)}
    if _DISCOVERS in source:
        found |= set(path.parent.glob("*.py"))
    return tuple(sorted(path for path in found if path is not None and path != _ROOT / "__init__.py"))


def _imported_names(source: str) -> Iterator[str]:
    """Modules of the project that are imported, and names that are taken from them, which may be modules too."""
    for match in _IMPORT.finditer(source):
        module = match["module"] or match["plain"]
        yield module
        for name in (match["names"] or "").strip("()").replace("\n", ",").split(","):
            yield f"{module}.{name.split('#')[0].split(' as ')[0].strip()}"


@cache
def _source_of(module: str) -> Path | None:
    path = _ROOT.joinpath(*module.split(".")[1:])
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py")
    return path / "__init__.py" if (path / "__init__.py").is_file() else None


def _data_files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and path.suffix in (".yaml", ".json", ".txt")]
