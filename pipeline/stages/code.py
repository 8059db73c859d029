"""Fingerprint the code a stage runs by following imports, so that only stages whose code changed run again.

In: a module of this project. Out: a fingerprint of the module, of every module of the project that it imports, directly
or indirectly and also inside functions, and of the data files in their folders. Comments and docstrings do not count. A
package that lists its modules includes all of them. The fingerprint is the same on every version of Python. Cost: 0.2 s
for the five stages of a build, which run 350 files; each source file is searched once per process.

No module imports a language by name, so a stage's fingerprint covers only the language subjects that the stage reads:
if a module imports `pipeline.languages` and reads `rules.masking`, it covers the files from which each language takes
its `masking`.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from pipeline.languages import language_names
from pipeline.stages.bare_source import bare_source

_ROOT = Path(__file__).parent.parent
_LANGUAGES = _ROOT / "languages"
_OF_LANGUAGES = re.compile(r"^[ \t]*from (pipeline\.languages[\w.]*) import ", re.MULTILINE)
_ATTRIBUTE = re.compile(r"\.([a-z_]+)")
_IMPORT = re.compile(
    r"^[ \t]*(?:from (?P<module>pipeline[\w.]*) import (?P<names>\([^)]*\)|[^\n]*)|import (?P<plain>pipeline[\w.]*))",
    re.MULTILINE,
)
"""Import statements in this project's style: absolute. Parsing every file would take fifty times as long."""
_LISTS_MODULES = re.compile(r"\biter_modules\(")
"""Found in the `__init__` of a package that imports every module of its folder."""

_Contents = dict[Path, str]
"""The relevant content of each file: a module without comments and docstrings, a data file unchanged."""


def code_of(module: str) -> str:
    """Return the fingerprint of the code and data files that a module runs.

    Args:
        module: the full name, such as `pipeline.stages.pack`.

    Raises:
        FileNotFoundError: the module does not exist.
    """
    digest = hashlib.blake2b(digest_size=16)
    for path, text in sorted(_contents_of(module).items()):
        content = text.encode("utf-8", "surrogateescape")
        digest.update(f"{path.relative_to(_ROOT).as_posix()} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def files_of(module: str) -> list[Path]:
    """Return the source files that a module imports, including its own, and the data files in their folders, sorted.

    Raises:
        FileNotFoundError: the module does not exist.
    """
    return sorted(_contents_of(module))


def _contents_of(module: str) -> _Contents:
    if _source_of(module) is None:
        raise FileNotFoundError(f"there is no module {module}")
    found = _reached(_sources_of(_with_packages(module)))
    if _LANGUAGES / "__init__.py" in found:
        subjects = {subject for path, text in found.items() for subject in _subjects_read(path, text)}
        found |= _reached(path for name in language_names() for path in _language_files(name, subjects))
    # The data of a language belongs to a subject and is included with that subject.
    folders = {path.parent for path in found} - {_ROOT, *(_LANGUAGES / name for name in language_names())}
    return found | {path: _content(path) for folder in folders for path in _data_files(folder)}


def _reached(starts: Iterable[Path]) -> _Contents:
    found: _Contents = {}
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = _content(path)
            waiting += () if _is_language(path) else _imported_files(path, found[path])
    return found


def _content(path: Path) -> str:
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    return _bare(text) if path.suffix == ".py" else text


_bare = cache(bare_source)


def _is_language(path: Path) -> bool:
    """Return whether a file is a language's own module, whose imports are followed subject by subject."""
    return path.name == "__init__.py" and path.parent.parent == _LANGUAGES


def _subjects_read(path: Path, source: str) -> Iterator[str]:
    """Yield the attributes a module uses, if it reads language rules; some of them are subjects of `LanguageRules`.

    A module that it imports along with the languages, such as `heading_rules`, may read rules for it.
    """
    if path.suffix == ".py" and _LANGUAGES not in path.parents and (modules := _OF_LANGUAGES.findall(source)):
        yield from _attributes(source)
        for beside in _sources_of(modules) - {_LANGUAGES / "__init__.py"}:
            yield from _attributes(_content(beside))


@cache
def _attributes(source: str) -> frozenset[str]:
    return frozenset(_ATTRIBUTE.findall(_IMPORT.sub("", source)))


def _language_files(language: str, subjects: Iterable[str]) -> Iterator[Path]:
    """Yield a language's module and the files of its package from which it takes the subjects."""
    for top in _sources_of([f"pipeline.languages.{language}"]):
        yield top
        if _is_language(top):
            for subject, files in _files_by_subject(top, _content(top)):
                if subject in subjects:
                    yield from files


@cache
def _files_by_subject(module: Path, source: str) -> tuple[tuple[str, tuple[Path, ...]], ...]:
    """Return each subject of a module's `LanguageRules`, with the modules or data files its value comes from."""
    tree = ast.parse(source)
    origins = {
        alias.asname or alias.name: _source_of(f"{node.module}.{alias.name}") or _source_of(node.module or "")
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found = []
    for keyword in (keyword for node in ast.walk(tree) if isinstance(node, ast.Call) for keyword in node.keywords):
        names = {node.id for node in ast.walk(keyword.value) if isinstance(node, ast.Name)}
        sources = tuple(sorted(path for name in names if (path := origins.get(name)) is not None))
        reads_data = "read_beside" in names
        found.append((keyword.arg or "", sources + (tuple(_data_files(module.parent)) if reads_data else ())))
    return tuple(found)


def _imported_files(path: Path, source: str) -> set[Path]:
    if path.suffix != ".py":
        return set()
    found = _sources_of(_imported_names(source))
    if path.name == "__init__.py" and _LISTS_MODULES.search(source):
        found.update(path.parent.glob("*.py"), path.parent.glob("*/__init__.py"))
    return found


@cache
def _imported_names(source: str) -> frozenset[str]:
    """Return imported modules, the packages they are in, and the names taken from them, which may be modules too."""
    found: set[str] = set()
    for match in _IMPORT.finditer(source):
        module = match["module"] or match["plain"]
        found |= _with_packages(module)
        for name in (match["names"] or "").strip("()").replace("\n", ",").split(","):
            found.add(f"{module}.{name.split(' as ')[0].strip()}")
    return frozenset(found)


def _with_packages(module: str) -> set[str]:
    """Return a module and its packages; Python runs the `__init__` of each package on the way to the module."""
    names = module.split(".")
    return {".".join(names[:count]) for count in range(1, len(names) + 1)}


def _sources_of(names: Iterable[str]) -> set[Path]:
    """Return the source files of the names that are modules. The root, which lists the public names, is left out."""
    return {path for name in names if (path := _source_of(name)) is not None} - {_ROOT / "__init__.py"}


@cache
def _source_of(module: str) -> Path | None:
    path = _ROOT.joinpath(*module.split(".")[1:])
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py")
    return path / "__init__.py" if (path / "__init__.py").is_file() else None


def _data_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a package that are not modules, including those in folders that are not packages."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__pycache__")):
            continue
        if path.is_dir() and not (path / "__init__.py").is_file():
            yield from _data_files(path)
        elif path.is_file() and path.suffix != ".py":
            yield path
