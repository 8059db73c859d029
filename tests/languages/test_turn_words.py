"""Words of turns that languages give: as the families of formats look for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from pipeline.documents.grammar.turns.reading import read_turns
from pipeline.languages import all_rules


def patterns(rules: object, path: str) -> Iterator[tuple[str, str]]:
    """Every string inside, with the names of the fields it is in."""
    if is_dataclass(rules):
        for field in fields(rules):
            yield from patterns(getattr(rules, field.name), f"{path}.{field.name}")
    elif isinstance(rules, str):
        yield path, rules


@pytest.mark.parametrize(
    ("path", "pattern"), [found for name, rules in all_rules() for found in patterns(rules.turns, name)]
)
def test_patterns_of_turns_compile_and_match_no_empty_text(path: str, pattern: str) -> None:
    assert pattern == "" or re.compile(pattern).fullmatch("") is None, path


@pytest.mark.parametrize(("name", "labels"), [(name, rules.turns.labels) for name, rules in all_rules()])
def test_labels_are_written_as_they_are_looked_for(name: str, labels: frozenset[str]) -> None:
    assert len(labels) > 50, name
    assert {label for label in labels if label != label.casefold() or len(label.split()) != 1} == set()


@pytest.mark.parametrize("notice", ["이서연님이 들어왔습니다.", "Tom Reed joined this chatroom."])
def test_words_of_two_languages_are_read_in_one_chat(notice: str) -> None:
    text = (
        f"[김민수] [오후 2:31] 견적서 보냈습니다\n{notice}\n[Tom Reed] [3:02 PM] Photo\n[Tom Reed] [3:02 PM] Got it\n"
    )
    turns = read_turns(text)
    assert [(turn.label, text[turn.body : turn.end]) for turn in turns] == [
        ("김민수", "견적서 보냈습니다"),
        ("Tom Reed", "Got it"),
    ]
