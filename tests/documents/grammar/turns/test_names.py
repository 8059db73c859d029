from __future__ import annotations

import pytest

from pipeline.documents.grammar.turns.names import is_name


@pytest.mark.parametrize(
    "name",
    [
        "mun__",
        "김 과장(구매팀)",
        "Dr. Jo Park",
        "MR. SMITH",
        "의장",
        "Hon. Mary Park (Minister of Health, Sport, Culture and the North of the Land)",
    ],
)
def test_is_name_of_people_and_offices(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Note",
        "주의",
        "참고",
        "Fixed",
        "WARNING pump.valve",
        "We went home. Then",
        "so what? he said",
        "one two three four five six seven",
    ],
)
def test_is_name_of_labels_and_sentences_is_false(name: str) -> None:
    assert not is_name(name)
