"""Facts of the task `signature`: how a function is declared, in which file, and which methods a class has.

Comes in: the files of a source tree; goes out: `Findings`. Python by `ast`; JavaScript and C by their first lines.
Functions that are defined twice in a file (overloads, property setters, platform branches) are refused.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.config.build import StructuralTask
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.sources import PythonModule, SourceFile

_C_HEAD = re.compile(
    r"^(?!(?:if|for|while|switch|return|else|do|typedef|using)\b)"
    r"[A-Za-z_][\w \t*]{0,80}?[ \t*](?P<name>[A-Za-z_]\w*)[ \t]?\(",
    re.MULTILINE,
)
_JS_HEAD = re.compile(
    r"^[ \t]*(?P<all>(?:export[ \t]+(?:default[ \t]+)?)?(?:async[ \t]+)?function[ \t]*\*?[ \t]*"
    r"(?P<name>[A-Za-z_$][\w$]*)[ \t]*\()",
    re.MULTILINE,
)
_C_FILES = (".c", ".h", ".cc", ".cpp", ".hpp")
_JS_FILES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx")
_MAX_HEADER_CHARS = 1500
_MAX_METHODS = 14


@dataclass(frozen=True, slots=True)
class _Declared:
    name: str
    path: str
    signature: Span
    is_trivial: bool
    """A test or a special method other than `__init__`, whose signature says nothing."""


def signature_facts(*, text: str, files: Sequence[SourceFile], modules: Sequence[PythonModule]) -> Findings:
    """Facts about the functions and classes of a source tree."""
    declared = [item for module in modules for item in _python_functions(module)]
    declared += [item for file in files for item in _other_functions(file)]
    headers = {file.path: file.header for file in files}
    per_file = Counter((item.path, item.name) for item in declared)
    in_tree = Counter(item.name for item in declared)
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    for item in declared:
        if per_file[item.path, item.name] > 1:
            refusals.append(_refuse(item, per_file[item.path, item.name]))
            continue
        if item.is_trivial:
            continue
        facts.append(
            make_fact(
                form=QuestionForm.SIGNATURE_OF,
                slots={"name": item.name, "file": item.path},
                answer=text[item.signature.start : item.signature.end].rstrip(),
                spans=[item.signature],
            )
        )
        header = headers[item.path]
        if len(files) > 1 and in_tree[item.name] == 1 and header.end > header.start and not item.name.startswith("_"):
            facts.append(
                make_fact(
                    form=QuestionForm.SIGNATURE_FILE,
                    slots={"name": item.name},
                    answer=item.path,
                    spans=[header, item.signature],
                )
            )
    for module in modules:
        facts.extend(_method_lists(module))
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _python_functions(module: PythonModule) -> Iterator[_Declared]:
    for function in module.functions:
        if isinstance(function.owner, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        last = function.name.rpartition(".")[2]
        is_special = last.startswith("__") and last != "__init__"
        arguments = function.node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        says_nothing = all(argument.arg in ("self", "cls") for argument in named) and not function.node.returns
        yield _Declared(
            name=function.name,
            path=module.file.path,
            signature=module.signature(function.node),
            is_trivial=is_special or last.startswith("test") or says_nothing,
        )


def _method_lists(module: PythonModule) -> Iterator[StructuralFact]:
    classes = [node for node in module.tree.body if isinstance(node, ast.ClassDef)]
    counts = Counter(node.name for node in classes)
    for node in classes:
        methods = [child for child in node.body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)]
        names = [method.name for method in methods]
        if (
            counts[node.name] > 1
            or node.name.startswith("Test")
            or not 1 < len(names) <= _MAX_METHODS
            or len(set(names)) < len(names)
        ):
            continue
        head = Span(module.offset(node.lineno, node.col_offset), _line_end(module, node.lineno))
        yield make_fact(
            form=QuestionForm.SIGNATURE_METHODS,
            slots={"name": node.name, "file": module.file.path},
            answer=", ".join(f"`{name}`" for name in names),
            spans=[head, *(module.signature(method) for method in methods)],
        )


def _line_end(module: PythonModule, line: int) -> int:
    start = module.line_starts[line - 1] - module.file.start
    end = module.file.code.find("\n", start)
    return module.file.start + (end if end >= 0 else len(module.file.code))


def _other_functions(file: SourceFile) -> Iterator[_Declared]:
    heads = _C_HEAD if file.path.endswith(_C_FILES) else _JS_HEAD if file.path.endswith(_JS_FILES) else None
    if heads is None:
        return
    for match in heads.finditer(file.code):
        start = match.start("all") if heads is _JS_HEAD else match.start()
        end = _closing_bracket(file.code, match.end() - 1)
        if end < 0 or file.code[end : end + 200].lstrip()[:1] != "{":
            continue
        yield _Declared(
            name=match["name"],
            path=file.path,
            signature=Span(file.start + start, file.start + end),
            is_trivial=file.code[match.end() : end - 1].strip() in ("", "void"),
        )


def _closing_bracket(code: str, opening: int) -> int:
    """Position after the bracket that closes the one at `opening`, -1 where it is too far away."""
    depth = 0
    for position in range(opening, min(len(code), opening + _MAX_HEADER_CHARS)):
        depth += (code[position] == "(") - (code[position] == ")")
        if depth == 0:
            return position + 1
    return -1


def _refuse(item: _Declared, count: int) -> Refusal:
    return Refusal(
        task=StructuralTask.SIGNATURE,
        subject=item.name,
        reason="overloaded_name",
        detail=f"{item.path} defines {item.name} {count} times",
        span=item.signature,
    )
