"""Answers about Python code computed a second time, by a walk over the syntax tree of the raw text.

Shares no code with the tasks `callers`, `exceptions`, `followed_definition` and `absent_function`. Each check takes a
question, an answer and the text, and returns whether they agree; None where this reading cannot decide, as for a text
that is not Python. Used by `composed_truth`.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

_NAME = re.compile(r"`([^`]+)`")
_FILE = re.compile(r"^# file: (.*)$", re.MULTILINE)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def callers(question: str, answer: str, text: str) -> bool | None:
    """Compare the list of the functions that call another one."""
    tree = _parsed(text)
    listed = [_NAME.findall(line)[:1] for line in answer.split("\n")]
    return None if tree is None else _agrees(tree, _asked(question), {name[0] for name in listed if name})


def exceptions(question: str, answer: str, text: str) -> bool | None:
    """Compare the list of the functions that raise an exception, or name it in an `except` clause."""
    tree = _parsed(text)
    if tree is None:
        return None
    wanted = _last(next(name for name in _NAME.findall(question) if name not in ("raise", "except")))
    reads = _caught if "`except`" in question else _raised
    found = [function.name for function in _functions(tree) if wanted in reads(function)]
    listed = [_last(name) for line in answer.split("\n")[1:] for name in _NAME.findall(line)[:1]]
    return sorted(found) == sorted(listed) and re.search(rf"\b{len(found)}\b|{len(found)}개", answer) is not None


def followed_definition(question: str, answer: str, text: str) -> bool | None:
    """Compare the chain of callers or base classes, and what is at its end."""
    tree = _parsed(text)
    if tree is None:
        return None
    path, _, told = answer.partition(": ")
    steps = [_asked(question), *_NAME.findall(path)]
    if any(_last(steps[0]) == cls.name for cls in _classes(tree)):
        return _inherits(tree, steps, _NAME.findall(told))
    agreed = [_agrees(tree, name, {caller}) for name, caller in pairwise(steps)]
    if None in agreed:
        return None
    (ends,) = [[function for function in _functions(tree) if function.name == _last(steps[-1])]]
    if len(ends) != 1:
        return None
    if told.startswith(("def ", "async def ")):
        return all(agreed) and _squeezed(told) in _squeezed(text)
    return all(agreed) and _raised(ends[0]) == [_last(name) for name in _NAME.findall(told)]


def absent_function(question: str, answer: str, text: str) -> bool | None:
    """Compare the claim that a function is nowhere, and that those named instead are defined."""
    tree = _parsed(text)
    if tree is None:
        return None
    defined = {function.name for function in _functions(tree)}
    file, asked, *others = dict.fromkeys(_NAME.findall(answer))
    assert file in question or asked in question
    return _last(asked) not in text and all(_last(name) in defined for name in others)


@lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module | None:
    """Return the tree of a file, or of all Python files of a project, whose names are in lines `# file: NAME`."""
    pieces = _FILE.split(text)
    files = zip(pieces[1::2], pieces[2::2], strict=True) if len(pieces) > 1 else [("text.py", text)]
    trees = [_tree(source) for name, source in files if name.strip().endswith(".py")]
    body = [statement for tree in trees if tree is not None for statement in tree.body]
    return ast.Module(body, []) if trees and None not in trees else None


def _tree(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _functions(tree: ast.AST) -> list[_Function]:
    return [node for node in ast.walk(tree) if isinstance(node, _Function)]


def _classes(tree: ast.AST) -> list[ast.ClassDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of the functions and classes inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, _Function | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def _agrees(tree: ast.Module, called: str, listed: set[str]) -> bool | None:
    """Compare callers by the last part of their names; None if the last part of the called name is that of several."""
    name = _last(called)
    targets = [node for node in [*_functions(tree), *_classes(tree)] if node.name == name]
    if len(targets) > 1:
        return None
    found = {
        function.name
        for function in _functions(tree)
        if any(isinstance(node, ast.Call) and _name_of(node.func) == name for node in _own(function))
    }
    return found == {_last(one) for one in listed}


def _inherits(tree: ast.Module, steps: Sequence[str], methods: Sequence[str]) -> bool | None:
    by_name = {cls.name: cls for cls in _classes(tree)}
    if len(by_name) < len(_classes(tree)) or any(_last(step) not in by_name for step in steps):
        return None
    for name, base in pairwise(steps):
        if [_name_of(one) for one in by_name[_last(name)].bases] != [_last(base)]:
            return False
    own = [node.name for node in by_name[_last(steps[-1])].body if isinstance(node, _Function)]
    return list(dict.fromkeys(own)) == list(methods)


def _raised(function: ast.AST) -> list[str]:
    found = []
    for node in _own(function):
        if isinstance(node, ast.Raise) and node.exc is not None:
            found.append(_name_of(node.exc.func if isinstance(node.exc, ast.Call) else node.exc))
    return list(dict.fromkeys(name for name in found if name))


def _caught(function: ast.AST) -> list[str]:
    found: list[str] = []
    for node in _own(function):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            found += [_name_of(kind) for kind in kinds]
    return found


def _name_of(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return str(name)
        case _:
            return ""


def _asked(question: str) -> str:
    return str(next(name for name in _NAME.findall(question) if name not in ("raise", "except")))


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _squeezed(text: str) -> str:
    return re.sub(r"[\s,]+", "", text)
