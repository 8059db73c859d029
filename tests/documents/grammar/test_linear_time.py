"""Outlines take work in proportion to the text: twice the lines, about twice the function calls.

Calls are counted instead of seconds, so that the test says the same on a busy machine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from pipeline.documents.grammar.outline import read_outline

NUM_LINES = 120
MAX_GROWTH = 2.6

LINES: dict[str, Callable[[int], str]] = {
    "items with blank lines": lambda n: f"- item number {n} of the list\n\n",
    "items with nested items": lambda n: f"- item number {n}\n\n  - nested thing {n}\n\n",
    "items in turn with nested terms": lambda n: "- a\n\n" if n % 2 else "    - b: c\n\n",
    "deep items": lambda n: f"{' ' * (2 * (n % 40))}- level {n}\n",
    "steps": lambda n: f"{n % 7 + 1}. Turn the knob {n}.\n",
    "rows of a table": lambda n: f"| {n} | value {n} |\n" if n else "| a | b |\n| --- | --- |\n",
    "aligned columns": lambda n: f"name{n:<8}   value{n:<8}   third{n}\n",
    "words": lambda n: f"word{n}\n",
    "headings": lambda n: f"# Heading {n}\n",
    "numbered titles": lambda n: f"{n + 1}. Title number {n}\n\nText follows here.\n\n",
    "definitions": lambda n: f"term{n}\n    meaning of the term {n}\n\n",
    "terms with colons": lambda n: f"term{n}::\n  meaning\n",
    "labels": lambda n: f"Label {n}: value {n}\n",
    "equal labels": lambda n: f"Label {n % 5}: value {n}\n",
    "questions without answers": lambda n: f"Q: What is {n}?\n",
    "questions": lambda n: f"Q: What is {n}?\nA: It is {n}.\n\n",
    "notes": lambda n: f"Text with a note[^{n}].\n\n[^{n}]: The note.\n\n",
    "warnings": lambda n: f"WARNING: Do not touch {n}.\n\n",
    "turns": lambda n: f"Speaker {n % 5}: words number {n}\n",
    "messages": lambda n: f"[10:{n % 60:02d}] name{n % 9}: hello {n}\n",
    "articles": lambda n: f"Article {n + 1}. Title\n\nThe party shall pay.\n\n",
    "provisions": lambda n: f"§ {n + 1}. The person shall.\n(a) First.\n(1) Second.\n",
    "functions": lambda n: f"def f{n}(a):\n    return f{n - 1}(a)\n\n",
}


def calls_of(text: str, domain: str) -> int:
    """Return the number of function calls, of Python and of C, that the outline of a text takes."""
    count = 0

    def on_event(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(on_event)
    try:
        read_outline(text=text, domain=domain, language="en", name="a.py")
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("domain", ["legal", "manual", "dialogue", "code"])
@pytest.mark.parametrize("shape", LINES)
def test_outline_of_twice_the_lines_takes_about_twice_the_calls(shape: str, domain: str) -> None:
    short, long = ("".join(map(LINES[shape], range(number))) for number in (NUM_LINES, 2 * NUM_LINES))
    calls_of(short, domain)  # Patterns are compiled in the first.
    num_short, num_long = calls_of(short, domain), calls_of(long, domain)
    if domain != "code":  # A parser in C reads code.
        assert num_short > NUM_LINES
    assert num_long <= MAX_GROWTH * num_short
