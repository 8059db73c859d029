"""Computes a fingerprint of the code that a stage runs, so that only stages whose code changed run again.

Takes a module of this project; returns a fingerprint of the module, of all modules of the project that it imports
(directly or indirectly, including imports inside functions), and of the data files in their folders. Comments and
docstrings are ignored. If a package imports all modules in its folder with `iter_modules`, all of them are included.
The fingerprint is the same for every version of Python. Used by `stages.chain`. Cost: 0.3 s for the six stages of a
build, which run about 500 files; each source file is searched once per process.

A *subject* is one field of `LanguageRules`, such as `masking`. No module imports a language by name, so the fingerprint
covers only the subjects that the stage reads: if a module imports `pipeline.languages` and reads `rules.masking`, the
fingerprint covers the files from which each language takes its `masking`.
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
_PUBLIC_NAMES = {_ROOT / "__init__.py", _ROOT / "transforms" / "__init__.py"}
"""Packages whose names are imported when they are first used; a stage imports from their modules."""
_LANGUAGE_IMPORT = re.compile(r"^[ \t]*from (pipeline\.languages[\w.]*) import ", re.MULTILINE)
"""An import from the languages, such as `from pipeline.languages import all_rules`."""
_ATTRIBUTE = re.compile(r"\.([a-z_]+)")
"""An attribute, such as `.masking`."""
_IMPORT = re.compile(
    r"^[ \t]*(?:from (?P<module>pipeline[\w.]*) import (?P<names>\([^)]*\)|[^\n]*)|import (?P<plain>pipeline[\w.]*))",
    re.MULTILINE,
)
"""An absolute import from this project; the project has no other style. Parsing would take fifty times as long."""
_LISTS_MODULES = re.compile(r"\biter_modules\(")
"""A call in the `__init__` of a package that imports all modules in its folder."""

_Contents = dict[Path, str]
"""The relevant content of each file: the source of a module without comments or docstrings, or all of a data file."""


def code_of(module: str) -> str:
    """Return the fingerprint of the code and data files that a module runs.

    Args:
        module: the module's full name, such as `pipeline.stages.pack`.

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
    """Return the sorted paths of a module's own file, of all files that it imports, and of data files beside them.

    Raises:
        FileNotFoundError: the module does not exist.
    """
    return sorted(_contents_of(module))


def _contents_of(module: str) -> _Contents:
    if _source_of(module) is None:
        raise FileNotFoundError(f"the module {module} does not exist")
    found = _reached(_sources_of(_with_packages(module)))
    if _LANGUAGES / "__init__.py" in found:
        subjects = {subject for path, text in found.items() for subject in _subjects_read(path, text)}
        found |= _reached(path for name in language_names() for path in _language_files(name, subjects))
    # The data files of a language belong to subjects, so they are included with these subjects.
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
    """Return whether a file is a language's main module; only its imports for the subjects read are followed."""
    return path.name == "__init__.py" and path.parent.parent == _LANGUAGES


def _subjects_read(path: Path, source: str) -> Iterator[str]:
    """Yield the names of all attributes that a module uses, if it imports languages; some of them are subjects.

    The attributes in those modules of `pipeline.languages` that the module imports are included as well.
    """
    if path.suffix == ".py" and _LANGUAGES not in path.parents and (modules := _LANGUAGE_IMPORT.findall(source)):
        yield from _attributes(source)
        for beside in _sources_of(modules) - {_LANGUAGES / "__init__.py"}:
            yield from _attributes(_content(beside))


@cache
def _attributes(source: str) -> frozenset[str]:
    return frozenset(_ATTRIBUTE.findall(_IMPORT.sub("", source)))


def _language_files(language: str, subjects: Iterable[str]) -> Iterator[Path]:
    """Yield a language's main module, and the files from which it takes the given subjects."""
    for top in _sources_of([f"pipeline.languages.{language}"]):
        yield top
        if _is_language(top):
            for subject, files in _files_by_subject(top, _content(top)):
                if subject in subjects:
                    yield from files


@cache
def _files_by_subject(module: Path, source: str) -> tuple[tuple[str, tuple[Path, ...]], ...]:
    """Return each subject in a language's main module, with the modules and data files that its value comes from."""
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
    """Return the imported modules, their packages, and the full imported names, which may be modules as well."""
    found: set[str] = set()
    for match in _IMPORT.finditer(source):
        module = match["module"] or match["plain"]
        found |= _with_packages(module)
        for name in (match["names"] or "").strip("()").replace("\n", ",").split(","):
            found.add(f"{module}.{name.split(' as ')[0].strip()}")
    return frozenset(found)


def _with_packages(module: str) -> set[str]:
    """Return a module and its packages, because Python runs the `__init__` of each package first."""
    names = module.split(".")
    return {".".join(names[:count]) for count in range(1, len(names) + 1)}


def _sources_of(names: Iterable[str]) -> set[Path]:
    """Return the source files of those names that are modules, except packages that have only public names."""
    return {path for name in names if (path := _source_of(name)) is not None} - _PUBLIC_NAMES


@cache
def _source_of(module: str) -> Path | None:
    path = _ROOT.joinpath(*module.split(".")[1:])
    if path.with_suffix(".py").is_file():
        return path.with_suffix(".py")
    return path / "__init__.py" if (path / "__init__.py").is_file() else None


def _data_files(folder: Path) -> Iterator[Path]:
    """Yield the files in a package's folder that are not modules, including those in subfolders without modules."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "__pycache__")):
            continue
        if path.is_dir() and not (path / "__init__.py").is_file():
            yield from _data_files(path)
        elif path.is_file() and path.suffix != ".py":
            yield path
