"""Source trees made by a generator, whose classes, callers and exceptions are known by construction."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import TREE, findings, refused, slots_of

from pipeline.synthesize.structural.facts import Findings, StructuralFact
from pipeline.synthesize.tasks.followed_definition import (
    BASE_METHODS,
    CALLER_RAISES,
    CALLER_SIGNATURE,
    TWICE_BASE_METHODS,
    TWICE_CALLER_SIGNATURE,
)

FILLER = "".join(f"# Line {number} says that the river is quiet today.\n" for number in range(12))


def followed(text: str) -> Findings:
    return findings(text, "followed_definition", domain="code", language="en")


def by_start(found: Findings, form: object) -> dict[str, StructuralFact]:
    return {slots_of(fact)["name"]: fact for fact in found.facts if fact.form is form}


@dataclass(frozen=True)
class Tree:
    """A tree of one module a class: class `n` extends `bases[n]`, and has `n` + 2 methods."""

    bases: dict[int, int | None]

    @property
    def text(self) -> str:
        return "\n".join(self._module(number) for number in sorted(self.bases))

    def methods(self, number: int) -> list[str]:
        return [f"row_{number}_{at}" for at in range(number + 2)]

    def _module(self, number: int) -> str:
        base = self.bases[number]
        imports = f"from boats.ferry_{base} import Ferry{base}\n\n\n" if base is not None else "\n\n"
        head = f"class Ferry{number}(Ferry{base}):\n" if base is not None else f"class Ferry{number}:\n"
        methods = "".join(f"    def {name}(self, boat):\n        return boat\n\n" for name in self.methods(number))
        return f"# file: boats/ferry_{number}.py\n\n{imports}{head}{methods}\n{FILLER}"

    def answer(self, path: list[int]) -> str:
        way = " → ".join(f"`Ferry{number}` (boats/ferry_{number}.py)" for number in path)
        return f"{way}: {', '.join(f'`{name}`' for name in self.methods(path[-1]))}"


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    count = draw(st.integers(2, 5))
    return Tree({number: draw(st.sampled_from([None, *range(number)])) for number in range(count)})


@settings(max_examples=15, deadline=None)
@given(trees())
def test_followed_definition_of_a_generated_tree_follows_every_base_class(tree: Tree) -> None:
    found = followed(tree.text)
    once = {f"Ferry{number}": tree.answer([base]) for number, base in tree.bases.items() if base is not None}
    twice = {
        f"Ferry{number}": tree.answer([base, above])
        for number, base in tree.bases.items()
        if base is not None and (above := tree.bases[base]) is not None
    }
    assert {name: fact.answer for name, fact in by_start(found, BASE_METHODS).items()} == once
    assert {name: fact.answer for name, fact in by_start(found, TWICE_BASE_METHODS).items()} == twice


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from boats.ferry_0 import Ferry0", "from rafts.ferry_0 import Ferry0"),
        ("from boats.ferry_0 import Ferry0", "from boats.ferry_0 import Ferry0 as Raft"),
        ("class Ferry1(Ferry0):", "class Ferry1(Ferry0, Raft):"),
        ("class Ferry1(Ferry0):", "class Ferry1(raft.Ferry0):"),
        ("class Ferry1(Ferry0):", "class Ferry0:\n    pass\n\n\nclass Ferry1(Ferry0):"),
    ],
)
def test_followed_definition_of_a_base_class_that_may_be_another_one_is_not_asked(old: str, new: str) -> None:
    text = Tree({0: None, 1: 0}).text
    assert by_start(followed(text), BASE_METHODS)
    assert not by_start(followed(text.replace(old, new)), BASE_METHODS)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "# file: lib/boat.js\n\nexport class Boat {\n  row(a) { return a }\n  sail(b) { return b }\n}\n",
            "# file: lib/raft.js\n\nimport { Boat } from './boat'\n\nexport class Raft extends Boat {\n"
            "  drift(c) { return c }\n}\n",
        ),
        (
            "# file: org/Boat.java\n\nclass Boat {\n  int row(int a) { return a; }\n"
            "  int sail(int b) { return b; }\n}\n",
            "# file: org/Raft.java\n\nclass Raft extends Boat {\n  int drift(int c) { return c; }\n}\n",
        ),
    ],
)
def test_followed_definition_of_other_programming_languages(first: str, second: str) -> None:
    filler = FILLER.replace("#", "//")
    [fact] = by_start(followed(f"{first}\n{filler}\n{second}"), BASE_METHODS).values()
    assert fact.answer.endswith("`row`, `sail`") and fact.answer.startswith("`Boat` (")


CALLS = f'''# file: dock.py

def moor(boat):
    return boat


{FILLER}
def land(boat, pier=3):
    if pier > 9:
        raise ValueError("no such pier")
    if boat is None:
        raise errors.BoatError
    return moor(boat)


{FILLER}
def arrive(boat, *, at):
    """Raises: KeyError, as this text says, but no statement does."""
    return land(boat)
'''


def test_followed_definition_of_the_only_caller() -> None:
    found = followed(CALLS)
    assert {name: fact.answer for name, fact in by_start(found, CALLER_SIGNATURE).items()} == {
        "moor": "`land` (dock.py): def land(boat, pier=3)",
        "land": "`arrive` (dock.py): def arrive(boat, *, at)",
    }
    assert by_start(found, TWICE_CALLER_SIGNATURE)["moor"].answer == (
        "`land` (dock.py) → `arrive` (dock.py): def arrive(boat, *, at)"
    )
    [raised] = by_start(found, CALLER_RAISES).values()
    assert raised.answer == "`land` (dock.py): `ValueError`, `errors.BoatError`"
    quotes = [CALLS[span.start : span.end] for span in raised.spans]
    assert 'raise ValueError("no such pier")' in quotes and "raise errors.BoatError" in quotes


@pytest.mark.parametrize(
    "statement",
    [
        "    try:\n        pass\n    except KeyError:\n        raise\n",
        "    raise error\n",
        "    def inner():\n        raise KeyError\n",
    ],
)
def test_followed_definition_of_exceptions_that_are_not_certain_is_not_asked(statement: str) -> None:
    assert by_start(followed(CALLS), CALLER_RAISES)
    uncertain = CALLS.replace("    return moor(boat)\n", f"{statement}    return moor(boat)\n")
    assert by_start(followed(uncertain), CALLER_SIGNATURE)
    assert not by_start(followed(uncertain), CALLER_RAISES)


def test_followed_definition_of_a_second_caller_is_not_asked() -> None:
    found = followed(CALLS + "\n\ndef leave(boat):\n    return moor(boat)\n")
    assert "moor" not in by_start(found, CALLER_SIGNATURE)
    at_the_top = followed(CALLS + "\n\nmoor(None)\n")
    assert "moor" not in by_start(at_the_top, CALLER_SIGNATURE)


def test_followed_definition_in_a_text_that_does_not_name_its_file_has_no_file_in_the_answer() -> None:
    found = followed(CALLS.partition("\n")[2])
    assert by_start(found, CALLER_SIGNATURE)["moor"].answer == "`land`: def land(boat, pier=3)"


def test_followed_definition_in_sight_is_refused() -> None:
    assert ("near_target", "_base") in refused(followed(TREE))
