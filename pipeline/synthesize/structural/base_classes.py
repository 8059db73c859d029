"""Finds the class that a class extends, if the document defines it and nothing else can be meant.

Takes the outline of code; returns indexes of nodes. Used by the task `followed_definition`. A class counts only if its
signature names exactly one base. The base must be the only type of its name in the document, and either be in the same
file or be reached by an import whose path is that of its file. Time is linear in the number of types and the length of
their files.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator

from pipeline.synthesize.structural.code_outline import CodeOutline, simple_name

_C_LIKE = re.compile(r"\bclass\s+\w+(?:<[^<>]*>)?\s+extends\s+(\w+)(?:<[^<>]*>)?(?:\s+implements\b[^{]*)?$")
_SINGLE_BASE = {
    "python": re.compile(r"^class\s+\w+\((\w+)\)$"),
    "javascript": _C_LIKE,
    "typescript": _C_LIKE,
    "tsx": _C_LIKE,
    "java": _C_LIKE,
    "cpp": re.compile(r"^(?:class|struct)\s+\w+(?:\s+final)?\s*:\s*(?:public\s+|protected\s+|private\s+)?(\w+)$"),
}
"""The signature of a class with exactly one base, by programming language."""
_PYTHON_IMPORT = re.compile(r"^from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(?:\(([^()]*)\)|([^\n#\\]+))", re.MULTILINE)
_SCRIPT_IMPORT = re.compile(r"(?:import\s*\{([^{}]*)\}\s*from|\{([^{}]*)\}\s*=\s*require\()\s*['\"](\.[^'\"\n]*)['\"]")
_SCRIPT_ENDINGS = ("", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx")


def base_classes(outline: CodeOutline) -> Iterator[tuple[int, int]]:
    """Yield each class with the class that it extends."""
    by_name: dict[str, list[int]] = defaultdict(list)
    for index in outline.types:
        by_name[simple_name(outline.nodes[index].label)].append(index)
    begun = {simple_name(outline.nodes[index].label) for index in outline.begun_above}
    for index in outline.types:
        node = outline.nodes[index]
        pattern = _SINGLE_BASE.get(outline.nodes[outline.file_of(index)].value)
        match = pattern.search(node.value) if pattern is not None else None
        if match is None:
            continue
        named = by_name[match[1]]
        if len(named) != 1 or match[1] in begun or named[0] == index or outline.is_nested(named[0]):
            continue
        [base] = named
        own_file, base_file = outline.file_of(index), outline.file_of(base)
        is_top = outline.nodes[base].label == match[1] and node.label == simple_name(node.label)
        is_damaged = outline.is_in_damaged_file(match[1], but=-1)
        if is_top and not is_damaged and _is_reached(outline, match[1], own_file, base_file):
            yield index, base


def _is_reached(outline: CodeOutline, name: str, own_file: int, base_file: int) -> bool:
    """Return whether a name in a file certainly means the class of that name in another file or in the same one."""
    own, base = outline.nodes[own_file], outline.nodes[base_file]
    source = outline.text[own.body : own.end]
    if own.value == "python":
        modules = [
            (len(match[1]), match[2])
            for match in _PYTHON_IMPORT.finditer(source)
            if name in _imported(match[3] or match[4])
        ]
        if own_file == base_file:
            return not modules
        return len(modules) == 1 and _is_module(*modules[0], own.label, base.label)
    if own_file == base_file:
        return True
    folder = posixpath.dirname(own.label)
    if own.value == "java":
        return folder == posixpath.dirname(base.label)
    if own.value == "cpp":
        return f'"{posixpath.basename(base.label)}"' in source
    paths = [
        posixpath.normpath(posixpath.join(folder, match[3]))
        for match in _SCRIPT_IMPORT.finditer(source)
        if name in _imported(match[1] or match[2])
    ]
    return len(paths) == 1 and base.label in {paths[0] + ending for ending in _SCRIPT_ENDINGS}


def _imported(names: str) -> set[str]:
    """Return the names of an import that keep their name."""
    return {item.strip() for item in names.split(",")}


def _is_module(num_dots: int, module: str, own: str, other: str) -> bool:
    """Return whether a module, as a Python file imports it, is a file of the document."""
    path = module.replace(".", "/")
    if num_dots:
        folder = posixpath.dirname(own)
        for _ in range(num_dots - 1):
            folder = posixpath.dirname(folder)
        return bool(path) and other == posixpath.join(folder, f"{path}.py")
    return other == f"{path}.py" or ("/" in path and other.endswith(f"/{path}.py"))
