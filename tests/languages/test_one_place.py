"""What depends on a language is in `languages/` and nowhere else: no comparison with one, no name of one, no Hangul.

Exceptions: the wordings of a task's questions are in the task's own file, inside of `Form(…)`; and readers of formats.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline
from pipeline.languages import all_rules, language_names

ROOT = Path(pipeline.__file__).parent
OUTSIDE = sorted(
    path
    for path in ROOT.rglob("*.py")
    if not {"languages", "bundled"} & {part for part in path.relative_to(ROOT).parts if part != path.name}
)
CODES = frozenset(language_names())
TITLES = frozenset(rules.name.lower() for _, rules in all_rules())
DEFAULT_OF_WRITTEN_LANGUAGES = {("config/build.py", "en"), ("config/build.py", "ko")}
LETTERS_OF_A_SCRIPT = {"tokens/letters.py", "tokens/pieces.py"}
"""Tables of Unicode, for every language that is written with them."""


OF_FORMATS = ("documents/pdf/", "documents/readers/")
"""Readers of formats: what office programs write in a language (numbers, dates, names of styles and fonts), and the
words by which the PDF reader tells headings, page numbers and sentences apart."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


class WithoutWordings(ast.NodeTransformer):
    """Takes the wordings out of the forms of a task."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node:
            case ast.Call(func=ast.Name(id="Form"), args=[name, ast.Dict()]):
                node.args = [name]
        return self.generic_visit(node)


def tree_of(path: Path) -> ast.Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if name_of(path).startswith("synthesize/tasks/"):
        tree = WithoutWordings().visit(tree)
    return tree


def identifiers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
                yield name


def strings(tree: ast.Module) -> Iterator[str]:
    """String constants of the program; statements that are only a string document it."""
    documenting = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documenting:
            yield node.value


def test_there_are_modules_and_languages_to_look_at() -> None:
    assert len(OUTSIDE) > 250
    assert {"en", "ko"} <= CODES and {"english", "korean"} <= TITLES


OUTSIDE_FORMATS = [path for path in OUTSIDE if not name_of(path).startswith(OF_FORMATS)]


@pytest.mark.parametrize("path", OUTSIDE_FORMATS, ids=name_of)
def test_module_outside_names_no_language(path: Path) -> None:
    tree, name = tree_of(path), name_of(path)
    codes = {(name, text) for text in strings(tree) if text in CODES}
    assert codes <= DEFAULT_OF_WRITTEN_LANGUAGES
    named = {word for word in identifiers(tree) if any(title in word.lower() for title in TITLES)}
    named |= {text for text in strings(tree) if text.lower() in TITLES}
    assert named == set()


@pytest.mark.parametrize("path", OUTSIDE_FORMATS, ids=name_of)
def test_module_outside_holds_no_words_of_a_language_with_its_own_script(path: Path) -> None:
    if name_of(path) in LETTERS_OF_A_SCRIPT:
        return
    own = [re.compile(f"[{rules.detection.letters}]") for _, rules in all_rules() if rules.detection.owns_script]
    assert own
    assert [text for text in strings(tree_of(path)) if any(letters.search(text) for letters in own)] == []


def test_sources_outside_write_no_constant_of_a_language() -> None:
    capitals = re.compile("|".join(sorted(title.upper() for title in TITLES)))
    found = {name_of(path) for path in OUTSIDE_FORMATS if capitals.search(path.read_text(encoding="utf-8"))}
    assert found == set()


def test_pages_style_no_language() -> None:
    styles = (ROOT / "report" / "templates" / "style.css").read_text(encoding="utf-8")
    assert ".shade-1" in styles
    assert re.findall(rf"\.(?:{'|'.join(sorted(CODES))})\b", styles) == []


def test_exceptions_exist() -> None:
    names = {name_of(path) for path in OUTSIDE}
    assert names >= LETTERS_OF_A_SCRIPT
    assert all(any(name.startswith(folder) for name in names) for folder in OF_FORMATS)
