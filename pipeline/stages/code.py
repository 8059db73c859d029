"""The code a stage runs, found by following imports: so that a stage whose code changed runs again, and no other.

In: modules of this project. Out: a fingerprint of their source, of every module of the project they import, directly or
not, also inside functions, and of the word lists and templates beside those. Cost: each source file is searched once
a process.

Nothing imports a module of `languages/` by name. Of these a stage runs the subjects it reads: `rules.masking` in a
module that imports `pipeline.languages` brings in the files that each language takes its `masking` from.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from pipeline.languages import language_names

_PACKAGE = "pipeline"
_ROOT = Path(__file__).parent.parent
_LANGUAGES = _ROOT / "languages"
_READS_RULES = re.compile(r"^from pipeline\.languages import ", re.MULTILINE)
_BESIDE_LANGUAGES = re.compile(r"^from (pipeline\.languages\.\w+) import ", re.MULTILINE)
_ATTRIBUTE = re.compile(r"\.([a-z_]+)")
_IMPORT = re.compile(
    r"^[ \t]*(?:from (?P<module>pipeline[\w.]*) import (?P<names>\([^)]*\)|[^\n]*)|import (?P<plain>pipeline[\w.]*))",
    re.MULTILINE,
)
"""Import statements as this project writes them: absolute. Parsing every file whole would take fifty times as long."""
_LISTS_ITS_MODULES = "iter_modules(__path__)"
"""In a package that imports whatever modules its folder holds, as a newcomer's file."""


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
    found = _reached({_existing(_source_of(f"{_PACKAGE}.{name}"), modules) for name in modules})
    if _LANGUAGES / "__init__.py" in found:
        subjects = frozenset(subject for path in found for subject in _subjects_read(path))
        found |= _reached({path for name in language_names() for path in _language_files(name, subjects)})
    folders = {path.parent for path in found} - {_ROOT, *(_LANGUAGES / name for name in language_names())}
    return sorted(found | {own for folder in folders for own in _data_files(folder)})


def _reached(starts: set[Path]) -> set[Path]:
    found: set[Path] = set()
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported_files(path) if path.suffix == ".py" and not _is_language(path) else ()
    return found


def _existing(path: Path | None, modules: Sequence[str]) -> Path:
    if path is None:
        raise FileNotFoundError(f"one of the modules {', '.join(modules)} does not exist")
    return path


def _is_language(path: Path) -> bool:
    """Whether a file is the module of a language itself, whose imports are followed subject by subject."""
    return path.name == "__init__.py" and path.parent.parent == _LANGUAGES


@cache
def _subjects_read(path: Path) -> frozenset[str]:
    """Attributes that a module uses, if it reads rules of languages; some of them are subjects of `LanguageRules`.

    What it takes from a module beside the languages, such as `heading_rules`, may read rules for it.
    """
    if path.suffix != ".py" or _LANGUAGES in path.parents:
        return frozenset()
    source = path.read_text(encoding="utf-8")
    beside = [found for name in _BESIDE_LANGUAGES.findall(source) if (found := _source_of(name)) is not None]
    read = [source] if _READS_RULES.search(source) else []
    read += [module.read_text(encoding="utf-8") for module in beside]
    return frozenset(name for text in read for name in _ATTRIBUTE.findall(_IMPORT.sub("", text)))


def _language_files(language: str, subjects: frozenset[str]) -> Iterator[Path]:
    """The module of a language, and of its package the files that it takes the subjects from."""
    top = _existing(_source_of(f"{_PACKAGE}.languages.{language}"), [f"languages.{language}"])
    yield top
    if _is_language(top):
        for subject, files in _files_by_subject(top):
            if subject in subjects:
                yield from files


@cache
def _files_by_subject(module: Path) -> tuple[tuple[str, tuple[Path, ...]], ...]:
    """Subjects of the `LanguageRules` of a module, with the modules its values are imported from or the data beside."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
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


@cache
def _imported_files(path: Path) -> tuple[Path, ...]:
    source = path.read_text(encoding="utf-8")
    found = {_source_of(name) for name in _imported_names(source)}
    if path.name == "__init__.py" and _LISTS_ITS_MODULES in source:
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
