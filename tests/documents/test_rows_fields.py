"""Every field that a row may name its words, speaker, time or licence by, and which facts stand above its turns."""

from __future__ import annotations

import pytest

from pipeline.documents.rows import RowText, join_turns, render_turn, render_turns, text_of_row


def read(row: dict[str, object], *, text_field: str = "text", title_field: str = "title") -> RowText | None:
    return text_of_row(row, text_field=text_field, title_field=title_field)


@pytest.mark.parametrize("field", ["turns", "messages", "conversations", "conversation", "dialogue", "dialog"])
def test_row_conversation_field_of_every_name_is_read(field: str) -> None:
    assert read({field: [{"from": "A", "value": "x"}]}) == RowText("A: x", "", "", True)
    assert read({field: "as text"}) == RowText("as text", "", "", False)


def test_row_text_field_comes_before_turns_and_licence_before_license() -> None:
    row: dict[str, object] = {"turns": [{"from": "A", "value": "x"}], "text": "t", "license": "ISC", "title": " T "}
    assert read(row) == RowText("t", "T", "ISC", False)
    assert read({**row, "licence": "MIT"}) == RowText("t", "T", "MIT", False)
    assert read({"text": "t", "licence": "", "license": 5}) == RowText("t", "", "5", False)
    assert read({"text": "t", "title": True}) == RowText("t", "", "", False)


@pytest.mark.parametrize("field", ["speaker", "name", "role", "from", "author", "user", "sender", "sender_name"])
def test_row_speaker_field_of_every_name_is_read(field: str) -> None:
    assert render_turns([{field: "Ann  Lee", "text": "Hi"}]) == "Ann Lee: Hi"
    assert read({"log": [{field: "A", "text": "Hi"}]}) == RowText("A: Hi", "", "", True)


@pytest.mark.parametrize("field", ["text", "content", "utterance", "value", "message"])
def test_row_words_field_of_every_name_is_read(field: str) -> None:
    assert render_turns([{"speaker": "A", field: " Hi "}]) == "A: Hi"
    assert read({"log": [{"speaker": "A", field: "Hi"}]}) == RowText("A: Hi", "", "", True)


@pytest.mark.parametrize("field", ["nickname", "display_name", "real_name", "name", "username", "login"])
def test_row_user_of_a_service_is_called_by_every_name_it_has(field: str) -> None:
    assert render_turns([{"user": {"id": 3, field: "Ann"}, "text": "Hi"}]) == "Ann: Hi"


@pytest.mark.parametrize("field", ["time", "timestamp", "at", "start"])
def test_row_time_field_of_every_name_is_read(field: str) -> None:
    assert render_turns([{"speaker": "A", field: "10:03", "text": "Hi"}]) == "[10:03] A: Hi"


def test_row_whose_list_is_no_transcript_is_none() -> None:
    assert read({"log": [{"speaker": "A", "text": "Hi"}, {"speaker": "B"}]}) is None
    assert read({"log": [{"speaker": "A", "text": "Hi"}, "x"]}) is None
    assert read({"log": []}) is None


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        ("2024-03-05T10:00:00Z", "2024-03-05 10:00:00"),
        ("2024-03-05T10:00", "2024-03-05 10:00"),
        ("2024-03-05T10:00:00.123+09:00", "2024-03-05 10:00:00"),
        ("2024-03-05T10:00:00,5-0500", "2024-03-05 10:00:00"),
        ("2024-03-05 10:00", "2024-03-05 10:00"),
        ("T10:00", "T10:00"),
    ],
)
def test_turn_time_of_iso_8601_is_shown_plainly(time: str, shown: str) -> None:
    assert render_turn(time=time, speaker="A", words="x") == f"[{shown}] A: x"


def test_turn_is_one_block_and_nothing_where_nothing_is_said() -> None:
    assert render_turn(time="", speaker="", words="a\n\n \n\nb\nc") == "a\nb\nc"
    assert render_turn(time="1", speaker="A", words=" \n") == ""
    assert join_turns(["a", "", "b"]) == "a\n\nb"


def test_turn_words_of_several_parts_stand_on_lines() -> None:
    parts = [{"type": "text", "text": "One"}, {"type": "image"}, "x", {"text": "Two"}]
    assert render_turns([{"role": "user", "content": parts}]) == "user: One\nx\nTwo"


def test_row_facts_above_the_turns_are_short_plain_and_none_of_the_ids() -> None:
    turns = [{"speaker": "A", "text": "x"}]
    row: dict[str, object] = {
        "title": "T",
        **dict.fromkeys(("id", "uuid", "hash", "split", "source", "url", "lang", "language", "domain"), "no"),
        "licence": "MIT",
        "license": "no",
        "call_date": " May 5 ",
        "count": 3,
        "share": 0.5,
        "is_open": True,
        "none": None,
        "lines": "a\nb",
        "long": "x" * 201,
        "fits": "x" * 200,
        "people": ["Ann", "Bo"],
        "mixed": ["Ann", 3],
        "empty": [],
        "many": ["y" * 300, "z" * 300],
        "turns": turns,
    }
    found = read(row)
    assert found is not None
    assert found.text.split("\n") == [
        "T",
        "Call date: May 5",
        "Count: 3",
        "Share: 0.5",
        f"Fits: {'x' * 200}",
        "People: Ann, Bo",
        f"Many: {'y' * 300}, {'z' * 98}",
        "",
        "A: x",
    ]
    assert (found.title, found.licence) == ("T", "MIT")
