"""Facts of the task `callers`: every function that calls a given one, by static analysis of a Python source tree.

Comes in: parsed modules; goes out: `Findings`. A list of callers is given only where it is provably complete and right:
the name is defined once in the tree, nothing shadows or renames it, and every call is a plain `name(…)` under an
import, `module.name(…)`, or `self.name(…)` inside its own class. The rest is refused. Linear in the syntax tree.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.config.build import StructuralTask
from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.sources import FunctionNode, PythonFunction, PythonModule

_MAX_CALLERS = 12
_BUILTINS = frozenset(dir(builtins))
_FunctionTypes = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class _Call:
    module: PythonModule
    caller: str
    """Qualified name of the innermost function; empty at module level."""
    caller_head: Span | None
    class_name: str
    """Class whose method makes the call, empty elsewhere."""
    receiver: str | None
    """What stands before the dot: a name, `?` for any other expression; None for a plain call."""
    span: Span


@dataclass(frozen=True, slots=True)
class _Names:
    """What the modules of a tree define, bind and import."""

    definitions: Counter[str]
    bound: frozenset[str]
    """Names that an assignment, a parameter, a loop or an import with `as` gives."""
    imported: dict[str, frozenset[str]]
    """By path: names that `from … import` brings in."""


def caller_facts(*, modules: Sequence[PythonModule], language: Language) -> Findings:
    """Facts about who calls the functions of a source tree."""
    names = _names(modules)
    calls: dict[str, list[_Call]] = defaultdict(list)
    for module in modules:
        for name, call in _calls(module):
            calls[name].append(call)
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    for module in modules:
        for function in module.functions:
            name = function.node.name
            if name not in calls or name.startswith("__") or isinstance(function.owner, _FunctionTypes):
                continue
            if names.definitions[name] > 1 or name in _BUILTINS:
                detail = f"the tree defines {name} {names.definitions[name]} times, or it is a builtin"
                refusals.append(_refuse(module, function, "ambiguous_name", detail))
                continue
            found = [call for call in calls[name] if call.caller != function.name or call.module is not module]
            if not found:
                continue
            problem = _problem(module, function, found, names)
            if problem:
                refusals.append(_refuse(module, function, *problem))
                continue
            facts.append(
                make_fact(
                    form=QuestionForm.CALLERS_OF,
                    slots={"name": function.name},
                    answer="\n".join(dict.fromkeys(_caller_name(call, language) for call in found)),
                    spans=[span for call in _first_by_caller(found) for span in _evidence(call)],
                )
            )
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _problem(
    module: PythonModule, function: PythonFunction, calls: Sequence[_Call], names: _Names
) -> tuple[str, str] | None:
    name = function.node.name
    if name in names.bound:
        return "shadowed_name", f"{name} is also the name of a variable, a parameter or an alias"
    wrong = next((call for call in calls if not _is_call_of(module, function, call, names)), None)
    if wrong is not None:
        return "ambiguous_call", f"a call of {name} in {wrong.module.file.path} may mean another function"
    if len({(call.module.file.path, call.caller) for call in calls}) > _MAX_CALLERS:
        return "list_too_long", f"more than {_MAX_CALLERS} functions call {name}"
    return None


def _is_call_of(module: PythonModule, function: PythonFunction, call: _Call, names: _Names) -> bool:
    name = function.node.name
    if isinstance(function.owner, ast.ClassDef):
        is_own_class = call.module is module and call.class_name == function.owner.name
        return is_own_class and call.receiver in ("self", "cls", function.owner.name)
    if call.receiver is None:
        return call.module is module or name in names.imported[call.module.file.path]
    stem = module.file.path.rpartition("/")[2].removesuffix(".py")
    return call.receiver == stem and stem in names.imported[call.module.file.path]


def _names(modules: Sequence[PythonModule]) -> _Names:
    definitions: Counter[str] = Counter()
    bound: set[str] = set()
    imported: dict[str, frozenset[str]] = {}
    for module in modules:
        own: set[str] = set()
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                definitions[node.name] += 1
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
                bound.add(node.id)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                own.update(alias.name.rpartition(".")[2] for alias in node.names if alias.asname in (None, alias.name))
                # Renamed in or out, a name no longer shows at its calls what it means.
                bound.update(name for alias in node.names if alias.asname for name in (alias.asname, alias.name))
        imported[module.file.path] = frozenset(own)
    return _Names(definitions=definitions, bound=frozenset(bound), imported=imported)


def _calls(module: PythonModule) -> Iterator[tuple[str, _Call]]:
    by_node = {id(function.node): function for function in module.functions}
    stack: list[tuple[ast.AST, PythonFunction | None, str]] = [(module.tree, None, "")]
    found: list[tuple[str, _Call]] = []
    while stack:
        node, caller, class_name = stack.pop()
        if isinstance(node, ast.Call):
            call = _call(module, node, caller, class_name)
            if call is not None:
                found.append(call)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = by_node[id(node)]
            # Decorators, defaults and annotations run where the function is defined, not when it is called.
            stack.extend((child, caller, class_name) for child in _outside(node))
            stack.extend((child, inside, class_name) for child in node.body)
        elif isinstance(node, ast.ClassDef):
            stack.extend((child, caller, class_name) for child in (*node.decorator_list, *node.bases, *node.keywords))
            stack.extend((child, caller, node.name) for child in node.body)
        else:
            stack.extend((child, caller, class_name) for child in ast.iter_child_nodes(node))
    yield from sorted(found, key=lambda item: item[1].span)


def _outside(node: FunctionNode) -> list[ast.AST]:
    return [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]


def _call(
    module: PythonModule, node: ast.Call, caller: PythonFunction | None, class_name: str
) -> tuple[str, _Call] | None:
    if isinstance(node.func, ast.Name):
        name, receiver = node.func.id, None
    elif isinstance(node.func, ast.Attribute):
        name = node.func.attr
        receiver = node.func.value.id if isinstance(node.func.value, ast.Name) else "?"
    else:
        return None
    return name, _Call(
        module=module,
        caller=caller.name if caller else "",
        caller_head=module.signature(caller.node) if caller else None,
        class_name=class_name,
        receiver=receiver,
        span=module.span(node.func),
    )


def _first_by_caller(calls: Sequence[_Call]) -> list[_Call]:
    first: dict[tuple[str, str], _Call] = {}
    for call in calls:
        first.setdefault((call.module.file.path, call.caller), call)
    return list(first.values())


def _evidence(call: _Call) -> list[Span]:
    """The file line, the caller's signature and the call."""
    header = call.module.file.header
    spans = [call.span, *([call.caller_head] if call.caller_head else [])]
    return [*spans, header] if header.end > header.start else spans


def _caller_name(call: _Call, language: Language) -> str:
    if call.caller:
        return f"`{call.caller}` ({call.module.file.path})"
    level = language_rules(language).frames.module_level
    return f"{level} ({call.module.file.path})"


def _refuse(module: PythonModule, function: PythonFunction, reason: str, detail: str) -> Refusal:
    return Refusal(
        task=StructuralTask.CALLERS,
        subject=f"{function.name} ({module.file.path})",
        reason=reason,
        detail=detail,
        span=module.signature(function.node),
    )
