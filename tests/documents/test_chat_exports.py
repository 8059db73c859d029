from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.config.build import InputSource
from pipeline.documents.chat_exports import chat_export
from pipeline.documents.discovery import discover
from pipeline.documents.grammar.turns.reading import read_turns
from pipeline.documents.planning import plan_segments
from pipeline.documents.readers.reader import Extract, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment
from pipeline.documents.rows import RowText

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

SETTINGS = ReadSettings("text", "title", ReadLimits(2**20, 200, 60, 2**30), ReadOptions())


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
    shards = plan_segments(discover([InputSource(path=str(tmp_path))]).items, shard_bytes=2**20, min_shards=1)
    readings = [reading for shard in shards for segment in shard for reading in read_segment(segment, SETTINGS)]
    assert [isinstance(reading, Extract) and reading.is_conversation for reading in readings] == [True, True]


def slack(*entries: dict[str, object]) -> str:
    timed = [{"ts": f"170963298{number}.0001", "user": "U1", **entry} for number, entry in enumerate(entries)]
    found = chat_export(timed)
    return found.text if found else ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@U1>", "@U1"),
        ("<@U1|ann>", "@ann"),
        ("<#C1|general>", "#general"),
        ("<#C1>", "#C1"),
        ("<!here>", "here"),
        ("<!subteam^S1|@team>", "@team"),
        ("<https://e.example>", "https://e.example"),
        ("<https://e.example|words>", "words"),
        ("a < b &gt; c", "a < b > c"),
    ],
)
def test_chat_export_slack_links_are_shown_as_their_words(text: str, said: str) -> None:
    assert slack({"text": text}) == f"[2024-03-05 10:03:00] U1: {said}"


@pytest.mark.parametrize(
    ("subtype", "is_said"),
    [
        ("", True),
        ("thread_broadcast", True),
        ("bot_message", True),
        ("me_message", True),
        ("file_share", True),
        ("channel_leave", False),
        ("channel_topic", False),
    ],
)
def test_chat_export_slack_notices_are_said_by_nobody(subtype: str, is_said: bool) -> None:
    assert (slack({"text": "Hi", "subtype": subtype}) != "") is is_said


def test_chat_export_slack_speaker_is_called_by_the_best_name_there_is() -> None:
    assert slack({"text": "a", "user": "", "username": "bot"}).endswith("] bot: a")
    assert slack({"text": "a", "user": "", "bot_id": "B1"}).endswith("] B1: a")
    for profile, name in (
        ({"real_name": "Ann", "display_name": "an", "name": "a"}, "Ann"),
        ({"real_name": "", "display_name": "an", "name": "a"}, "an"),
        ({"name": "a"}, "a"),
        ({}, "U1"),
    ):
        assert slack({"text": "x", "user_profile": profile}).endswith(f"] {name}: x")


def test_chat_export_slack_needs_nine_timed_entries_in_ten() -> None:
    timed = [{"ts": f"170963298{number}.0001", "text": "a"} for number in range(9)]
    assert chat_export([*timed, {"text": "b"}]) is not None
    assert chat_export([*timed[:8], {"text": "b"}]) is None
    assert chat_export([*timed, "b"]) is not None


@pytest.mark.parametrize(
    ("kind", "is_said"),
    [("", True), ("Default", True), ("Reply", True), (0, True), (19, True), ("Call", False), (7, False)],
)
def test_chat_export_discord_messages_of_a_kind_with_words_are_said(kind: object, is_said: bool) -> None:
    entry = {"type": kind, "timestamp": "10:00", "content": "Hi", "author": {"username": "ann"}}
    found = chat_export({"channel": {"name": "help"}, "messages": [entry]})
    assert (found.text if found else "") == ("help\n\n[10:00] ann: Hi" if is_said else "")


def test_chat_export_telegram_title_and_kinds() -> None:
    entry = {"date": "2024-03-05T10:00:00", "from": "Jo", "text": "Hi"}
    found = chat_export({"name": "Crew", "messages": [entry, {**entry, "type": "service"}]})
    assert found == RowText("Crew\n\n[2024-03-05 10:00:00] Jo: Hi", "Crew", "", True)
    assert chat_export({"messages": [{**entry, "text": ""}]}) is None
