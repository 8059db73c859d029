from __future__ import annotations

from pipeline.documents.rows import render_turns, text_of_row


def test_text_of_row_reads_the_named_fields() -> None:
    row = text_of_row({"body": "본문", "name": "제목", "license": "MIT"}, text_field="body", title_field="name")
    assert row is not None
    assert (row.text, row.title, row.licence, row.is_conversation) == ("본문", "제목", "MIT", False)


def test_text_of_row_turns_become_lines_under_their_facts() -> None:
    row = text_of_row(
        {
            "id": "chat-7",
            "title": "교환 문의",
            "date": "2025-03-18",
            "turns": [
                {"time": "10:12", "speaker": "상담사 유하린", "text": "어떤 점이 불편하신가요?"},
                {"time": "10:13", "speaker": "조민규", "text": "빨간불이 안 꺼져요."},
            ],
        },
        text_field="text",
        title_field="title",
    )
    assert row is not None
    assert row.is_conversation
    assert row.text == (
        "교환 문의\nDate: 2025-03-18\n\n"
        "[10:12] 상담사 유하린: 어떤 점이 불편하신가요?\n\n[10:13] 조민규: 빨간불이 안 꺼져요."
    )
    assert "chat-7" not in row.text


def test_text_of_row_role_and_content_messages_with_parts_are_rendered() -> None:
    row = text_of_row(
        {
            "messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": [{"type": "text", "text": "Hello"}]},
            ]
        },
        text_field="text",
        title_field="title",
    )
    assert row is not None
    assert row.text == "user: Hi\n\nassistant: Hello"


def test_text_of_row_text_field_may_name_a_list_of_turns() -> None:
    row = text_of_row({"transcript": [{"speaker": "A", "content": "x"}]}, text_field="transcript", title_field="title")
    assert row is not None
    assert row.text == "A: x"


def test_text_of_row_without_text_is_none() -> None:
    assert text_of_row({"id": 1, "q": "why"}, text_field="text", title_field="title") is None


def test_render_turns_list_of_something_else_is_empty() -> None:
    assert render_turns(["a", "b"]) == ""
    assert render_turns("a: b") == ""
    assert render_turns([]) == ""


def test_text_of_row_transcript_under_a_name_of_its_own_is_found() -> None:
    row = text_of_row(
        {"topics": [{"topic": "remote"}], "meeting_transcripts": [{"speaker": "PM", "content": "Okay, let's start."}]},
        text_field="text",
        title_field="title",
    )
    assert row is not None
    assert row.text == "PM: Okay, let's start."


def test_render_turns_name_of_a_user_and_plain_time_are_shown() -> None:
    turns = [
        {"author": {"id": 7, "name": "dana"}, "timestamp": "2024-03-05T10:00:00.123Z", "content": "One.\n\n\nTwo."},
        {"sender": "eli", "time": "10:01", "text": "Three."},
        {"sender_name": "fay", "content": "  "},
    ]
    assert render_turns(turns) == "[2024-03-05 10:00:00] dana: One.\nTwo.\n\n[10:01] eli: Three."
