"""Rows of evaluation sets become questions, answers, contexts and texts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.decontamination.items import ItemPart, items_of_value

RECIPE = DecontaminationRecipe()
NAMES = ["question", "answer", "context", "messages", "data", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["question", "answer", "context", "messages", "data", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def parts_of(value: object) -> list[dict[str, list[str]]]:
    found = []
    for item in items_of_value(value, RECIPE):
        parts: dict[str, list[str]] = {}
        for one in item.texts:
            parts.setdefault(one.part, []).append(one.text)
        found.append(parts)
    return found


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"question": "Q", "answer": 4}, {"question": ["Q"], "answer": ["4"]}),
        ({"Question": "Q", "choices": {"text": ["A", "B"], "label": ["1", "2"]}}, {"question": ["Q"]}),
        ({"context": "C", "question": "Q", "answers": {"text": ["A"], "answer_start": [3]}}, {"context": ["C"]}),
        ({"prompt": "Q", "completion": "A"}, {"question": ["Q"], "answer": ["A"]}),
        ({"text": "T", "meta": {"x": 1}}, {"text": ["T"]}),
        ({"premise": "P", "hypothesis": "H", "id": "7"}, {"question": ["P", "H"]}),
        ("A whole text.", {"text": ["A whole text."]}),
        (
            {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Q"}, {"role": "x"}]},
            {"question": ["Q"]},
        ),
        ({"conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]}, {"answer": ["A"]}),
    ],
)
def test_row_of_a_published_form_has_its_parts(row: object, expected: dict[str, list[str]]) -> None:
    (parts,) = parts_of(row)
    assert {name: parts.get(name) for name in expected} == expected


def test_questions_nested_below_a_context_each_have_it() -> None:
    paragraph = {"context": "C", "qas": [{"id": "a", "question": "Q1"}, {"id": "b", "question": "Q2"}]}
    value = {"version": "1", "data": [{"title": "t", "paragraphs": [paragraph]}]}
    items = list(items_of_value(value, RECIPE))
    assert [item.item_id for item in items] == ["a", "b"]
    assert parts_of(value) == [{"question": [q], "context": ["C"]} for q in ("Q1", "Q2")]


def test_question_of_a_long_message_is_its_last_paragraph() -> None:
    document = "A clause of a lease. " * 80
    row = {"messages": [{"role": "user", "content": f"{document}\n\nWhat is due?"}]}
    assert parts_of(row) == [{"context": [document], "question": ["What is due?"]}]
    own = row | {"evidence": [], "doc_ids": ["d"]}
    assert parts_of(own) == [{"text": [document], "question": ["What is due?"]}], "a held-out document is evaluated"


@given(JSON)
def test_any_value_gives_items_of_its_own_strings(value: object) -> None:
    written = json.dumps(value, ensure_ascii=False)
    for item in items_of_value(value, RECIPE):
        for one in item.texts:
            assert one.part in ItemPart
            assert json.dumps(one.text, ensure_ascii=False)[1:-1].split("\\n")[0] in written
