"""The task `signature` asks how a function is declared, in which file it is defined, and which methods a type has.

A function is refused if its file declares the name more than once (overloads, property setters, platform branches).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from pipeline.languages import Language, language_rules
from pipeline.nodes import Node
from pipeline.synthesize.structural.code_outline import CodeOutline, simple_name
from pipeline.synthesize.structural.facts import Findings, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

SIGNATURE_OF = Form(
    "signature.of",
    {
        "en": (
            "what is the signature of `{name}` in `{file}`?",
            "how is `{name}` declared in `{file}`? Give its signature.",
        ),
        "ko": (
            "`{file}`에 있는 `{name}`의 시그니처는 무엇입니까?",
            "`{file}`에서 `{name}` 함수는 어떻게 선언되어 있습니까? 시그니처를 적어 주십시오.",
        ),
    },
    traits=frozenset({Trait.QUALIFIED_NAME}),
)
SIGNATURE_FILE = Form(
    "signature.file",
    {
        "en": (
            "in which file is `{name}` defined?",
            "which file contains the definition of `{name}`?",
        ),
        "ko": (
            "`{name}` 함수는 어느 파일에 정의되어 있습니까?",
            "`{name}`의 정의가 들어 있는 파일은 무엇입니까?",
        ),
    },
    traits=frozenset({Trait.QUALIFIED_NAME}),
)
SIGNATURE_METHODS = Form(
    "signature.methods",
    {
        "en": (
            "which methods does the {noun} `{name}` in `{file}` define? List them in order.",
            "list the methods of the {noun} `{name}` (`{file}`) in the order of their definition.",
        ),
        "ko": (
            "`{file}`의 `{name}` {noun}에 정의된 메서드를 순서대로 모두 적어 주십시오.",
            "`{name}` {noun}(`{file}`){noun|은} 어떤 메서드들을 정의합니까? 나오는 순서대로 답해 주십시오.",
        ),
    },
    traits=frozenset({Trait.QUALIFIED_NAME}),
)
_MAX_METHODS = 14
_EMPTY_PARAMETERS = frozenset({"self", "cls", "&self", "&mut self", "mut self", "void", "*", "/"})
"""Parameters that carry no information: receivers, C's `void`, and the separators `*` and `/` of Python."""
_TYPES = frozenset({"class", "struct", "interface", "trait", "enum", "record", "union"})


def signature_facts(reading: Reading) -> Findings:
    """Return facts about the functions and types of source code; facts about tests only if no others are found."""
    outline = reading.code
    functions = [index for index in outline.callables if not outline.is_nested(index)]
    per_file = Counter((outline.file_of(index), outline.nodes[index].label) for index in functions)
    facts: list[StructuralFact] = []
    of_tests: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for index in functions:
        node, file = outline.nodes[index], outline.nodes[outline.file_of(index)]
        count = per_file[outline.file_of(index), node.label]
        if count > 1:
            unasked.append(_refuse(outline, index, file.label, count))
        elif not _says_nothing(node):
            (of_tests if _is_test(node) else facts).extend(_facts_about(outline, index))
    for index, fact in _method_lists(outline, reading.language):
        (of_tests if _is_test(outline.nodes[index]) else facts).append(fact)
    return Findings(facts=tuple(facts or of_tests), unasked=tuple(unasked))


def _facts_about(outline: CodeOutline, index: int) -> Iterator[StructuralFact]:
    node, file = outline.nodes[index], outline.nodes[outline.file_of(index)]
    yield make_fact(
        form=SIGNATURE_OF,
        slots={"name": node.label, "file": file.label},
        answer=node.value,
        spans=[outline.head(index)],
    )
    if _has_certain_file(outline, index):
        yield make_fact(
            form=SIGNATURE_FILE,
            slots={"name": node.label},
            answer=file.label,
            spans=[outline.header(outline.file_of(index)), outline.head(index)],
        )


def _is_test(node: Node) -> bool:
    return simple_name(node.label).lower().startswith("test")


def _has_certain_file(outline: CodeOutline, index: int) -> bool:
    """Return whether the file of a function is certain and worth asking for.

    The document must have several files, and a line must name the file of the function. The function must have the only
    body with its qualified name, which must not begin with `_`. No other file that is damaged may mention the name.
    """
    node = outline.nodes[index]
    return (
        outline.num_files > 1
        and outline.has_header(outline.file_of(index))
        and outline.is_function(index)
        and outline.num_defined(node.label) == 1
        and not node.label.startswith("_")
        and not outline.is_in_damaged_file(simple_name(node.label), but=outline.file_of(index))
    )


def _says_nothing(node: Node) -> bool:
    """Return whether a signature says too little: neither parameters nor a result, or a special method.

    `__init__` is not treated as special.
    """
    name = simple_name(node.label)
    if name.startswith("__") and name.endswith("__") and name != "__init__":
        return True
    at = node.value.find(name)
    opening = node.value.find("(", at + len(name))
    if at < 0 or opening < 0:
        return False
    closing = _closing(node.value, opening)
    parameters = {part.strip() for part in node.value[opening + 1 : closing].split(",")} - {""}
    result = node.value[closing + 1 :].strip(" ;{=>")
    return parameters <= _EMPTY_PARAMETERS and not re.match(r"->|:|\w|\*|\(|\[", result)


def _closing(text: str, opening: int) -> int:
    """Return the offset of the bracket that closes the one at an offset; the length of the text if it stays open."""
    depth = 0
    for position in range(opening, len(text)):
        depth += (text[position] in "([{") - (text[position] in ")]}")
        if depth == 0:
            return position
    return len(text)


def _method_lists(outline: CodeOutline, language: Language) -> Iterator[tuple[int, StructuralFact]]:
    """Yield the index of each type that can be asked about, with a fact about its methods."""
    types = [index for index in outline.types if not outline.is_nested(index)]
    counts = Counter((outline.file_of(index), outline.nodes[index].label) for index in types)
    for index in types:
        node, file = outline.nodes[index], outline.nodes[outline.file_of(index)]
        methods = _methods(outline, index)
        names = [simple_name(outline.nodes[method].label) for method in methods]
        if (
            counts[outline.file_of(index), node.label] > 1
            or node.numbering not in _TYPES
            or not 1 < len(names) <= _MAX_METHODS
            or len(set(names)) < len(names)
        ):
            continue
        noun = language_rules(language).type_nouns.get(node.numbering, node.numbering)
        fact = make_fact(
            form=SIGNATURE_METHODS,
            slots={"name": node.label, "file": file.label, "noun": noun},
            answer=", ".join(f"`{name}`" for name in names),
            spans=[outline.head(index), *(outline.head(method) for method in methods)],
        )
        yield index, fact


def _methods(outline: CodeOutline, index: int) -> list[int]:
    """Return the methods inside a type, without constructors named like the type and without destructors.

    In Go, return the methods with the type as receiver; none if one of them is in a different file.
    """
    own = simple_name(outline.nodes[index].label)
    inside = list(outline.methods_in.get(index, ()))
    if not inside and outline.nodes[outline.file_of(index)].value == "go":
        inside = list(outline.methods_of.get(outline.nodes[index].label, ()))
        if any(outline.file_of(other) != outline.file_of(index) for other in inside):
            return []
    return [child for child in inside if simple_name(outline.nodes[child].label) not in (own, f"~{own}")]


def _refuse(outline: CodeOutline, index: int, path: str, count: int) -> Unasked:
    name = outline.nodes[index].label
    return not_asked(
        task=TASK.name,
        subject=name,
        reason="overloaded_name",
        detail=f"{path} defines {name} {count} times",
        span=outline.head(index),
    )


TASK = StructuralTask(
    name="signature",
    order=150,
    finds={"code": signature_facts},
    forms=(SIGNATURE_OF, SIGNATURE_FILE, SIGNATURE_METHODS),
    thresholds=thresholds_in(globals()),
)
