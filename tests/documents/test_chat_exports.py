from __future__ import annotations

import json
from pathlib import Path

from pipeline.config.build import InputSource
from pipeline.documents.chat_exports import chat_export
from pipeline.documents.discovery import discover
from pipeline.documents.grammar.turns.reading import read_turns
from pipeline.documents.planning import plan_segments
from pipeline.documents.reading import Extract, ReadLimits, read_segment

SLACK = [
    {
        "type": "message",
        "user": "U2",
        "ts": "1709633045.0002",
        "text": "Look at <https://e.example/p|the plan>, <@U1> &amp; all",
    },
    {
        "type": "message",
        "user": "U1",
        "ts": "1709632985.0001",
        "text": "The pump is hot.\n\nStop it.",
        "user_profile": {"real_name": "Mara Lind", "display_name": "mara"},
    },
    {"type": "message", "subtype": "channel_join", "user": "U3", "ts": "1709633000.0001", "text": "<@U3> has joined"},
    {"type": "message", "user": "U3", "ts": "1709633105.0003", "text": "", "files": [{"name": "a.png"}]},
    {"type": "message", "user": "U2", "ts": "1709633105.0004", "text": "네", "user_profile": {"real_name": "김서연"}},
]
DISCORD = {
    "guild": {"name": "Kiln"},
    "channel": {"id": "7", "name": "support"},
    "messages": [
        {
            "type": "Default",
            "timestamp": "2024-03-05T10:00:00.123+00:00",
            "content": "The printer jams.",
            "author": {"id": "1", "name": "dana", "nickname": "Dana (night)"},
        },
        {"type": "GuildMemberJoin", "timestamp": "2024-03-05T10:01:00", "content": "Joined", "author": {"name": "eli"}},
        {"timestamp": "2024-03-05T10:02:00", "content": "", "author": {"name": "eli"}},
        {"type": "Reply", "timestamp": "2024-03-05T10:03:00", "content": "Which one?", "author": {"name": "eli"}},
    ],
}
TELEGRAM = {
    "name": "Kiln crew",
    "messages": [
        {"type": "service", "date": "2024-03-05T09:00:00", "actor": "Mara", "action": "create_group", "text": ""},
        {"type": "message", "date": "2024-03-05T10:00:00", "from": "Mara Lind", "text": "The kiln is hot."},
        {
            "type": "message",
            "date": "2024-03-05T10:01:00",
            "from": "Jo",
            "text": ["See ", {"type": "link", "text": "https://e.example"}, " now"],
        },
    ],
}


def said(value: object) -> list[tuple[str, str, str]]:
    found = chat_export(value)
    assert found is not None
    assert found.is_conversation
    return [(turn.label, turn.value, found.text[turn.body : turn.end]) for turn in read_turns(found.text)]


def test_chat_export_slack_day_is_one_dialogue_in_order_with_names() -> None:
    assert said(SLACK) == [
        ("Mara Lind", "2024-03-05 10:03:05", "The pump is hot.\nStop it."),
        ("김서연", "2024-03-05 10:04:05", "Look at the plan, @Mara Lind & all"),
        ("김서연", "2024-03-05 10:05:05", "네"),
    ]


def test_chat_export_discord_names_are_those_that_were_shown() -> None:
    assert said(DISCORD) == [
        ("Dana (night)", "2024-03-05 10:00:00", "The printer jams."),
        ("eli", "2024-03-05 10:03:00", "Which one?"),
    ]
    found = chat_export(DISCORD)
    assert found is not None
    assert found.title == "Kiln / support"
    assert found.text.startswith("Kiln / support\n\n[")


def test_chat_export_telegram_words_may_be_pieces() -> None:
    assert said(TELEGRAM) == [
        ("Mara Lind", "2024-03-05 10:00:00", "The kiln is hot."),
        ("Jo", "2024-03-05 10:01:00", "See https://e.example now"),
    ]


def test_chat_export_rows_of_texts_and_settings_are_none() -> None:
    assert chat_export([{"text": "A long report", "author": "Lind", "date": "2024-03-05"}]) is None
    assert chat_export([{"ts": "1709632985.0001", "value": 3}]) is None
    assert chat_export({"messages": [{"role": "user", "content": "Hi"}]}) is None
    assert chat_export({"messages": "none"}) is None
    assert chat_export([]) is None
    assert chat_export("text") is None


def test_read_segment_chat_export_is_one_record(tmp_path: Path) -> None:
    (tmp_path / "2024-03-05.json").write_text(json.dumps(SLACK), encoding="utf-8")
    (tmp_path / "support.json").write_text(json.dumps(DISCORD), encoding="utf-8")
    units = plan_segments(discover([InputSource(path=str(tmp_path))]).items, unit_bytes=2**20, min_units=1)
    readings = [
        reading
        for unit in units
        for segment in unit
        for reading in read_segment(
            segment=segment, text_field="text", title_field="title", limits=ReadLimits(2**20, 200)
        )
    ]
    assert [isinstance(reading, Extract) and reading.is_conversation for reading in readings] == [True, True]
