from __future__ import annotations

from pipeline.documents.chat_exports import chat_exports, is_chat_directory
from pipeline.documents.chat_pages import chat_page
from pipeline.documents.grammar.turns.reading import read_turns
from pipeline.documents.readers import readers
from pipeline.documents.readers.reader import ReadOptions

TELEGRAM = """<html><head><title>Exported Data</title></head><body><div class="history">
<div class="message service"><div class="body details">5 March 2024</div></div>
<div class="message default clearfix"><div class="body">
<div class="pull_right date details" title="05.03.2024 10:00:00">
10:00</div><div class="from_name">Mara Lind</div><div class="text">가마가 뜨겁다.<br>Stop it.</div></div></div>
<div class="message default clearfix joined"><div class="body"><div class="pull_right date details">10:01</div>
<div class="text">Now.</div></div></div>
<div class="message default clearfix"><div class="body"><div class="pull_right date details">10:02</div>
<div class="from_name">Jo</div><div class="text">네</div></div></div></div></body></html>"""
TEAMS = """<html><body>{}</body></html>""".format(
    "".join(
        f'<div class="chat-message"><span class="sender">{name}</span> <span class="timestamp">{time}</span>'
        f'<div class="message-body"><p>{words}</p></div></div>'
        for name, time, words in [("Mara", "2024-03-05 10:00", "Hi"), ("Jo", "10:01", "네"), ("Mara", "10:02", "Bye")]
    )
)
DISCORD = """<html><head><title>Kiln - support</title></head><body>
<div class="chatlog__message-group"><div class="chatlog__message-container"><div class="chatlog__message">
<span class="chatlog__author">dana</span><span class="chatlog__timestamp"><a>5 Mar 10:00</a></span>
<div class="chatlog__content chatlog__markdown"><span>It jams.</span></div></div></div>
<div class="chatlog__message-container"><div class="chatlog__message"><div class="chatlog__short-timestamp">10:01</div>
<div class="chatlog__content chatlog__markdown"><span>Again.</span></div></div></div></div>
<div class="chatlog__message-group"><div class="chatlog__message-container"><div class="chatlog__message">
<span class="chatlog__author">eli</span><span class="chatlog__timestamp">10:02</span>
<div class="chatlog__content chatlog__markdown"><span>Which one?</span></div></div></div></div></body></html>"""


def said(text: str) -> list[tuple[str, str]]:
    return [(turn.label, text[turn.body : turn.end]) for turn in read_turns(text)]


def test_chat_page_of_telegram_keeps_authors_and_times() -> None:
    found = chat_page(TELEGRAM)
    assert found is not None and found.is_conversation
    assert said(found.text) == [("Mara Lind", "가마가 뜨겁다.\nStop it."), ("Mara Lind", "Now."), ("Jo", "네")]
    assert "[05.03.2024 10:00:00] Mara Lind: " in found.text


def test_chat_page_of_teams_and_discord_keeps_authors() -> None:
    teams, discord = chat_page(TEAMS), chat_page(DISCORD)
    assert teams is not None and discord is not None
    assert said(teams.text) == [("Mara", "Hi"), ("Jo", "네"), ("Mara", "Bye")]
    assert [words for _, words in said(discord.text)] == ["It jams.", "Again.", "Which one?"]
    assert [name for name, _ in said(discord.text)] == ["dana", "dana", "eli"]
    assert discord.title == "Kiln - support"


def test_chat_page_ordinary_pages_are_none() -> None:
    article = '<div class="message"><p class="content">One.</p></div>' * 5
    assert chat_page(f"<html><body>{article}</body></html>") is None
    assert chat_page("<p>One</p>" * 10) is None
    assert chat_page('<div class="error-message">a</div>' * 10 + '<span class="author">Lind</span>') is None


def test_html_reader_marks_a_chat_as_a_conversation() -> None:
    reader = readers()["html"]
    assert reader.convert is not None
    assert reader.convert(TEAMS.encode(), ReadOptions()).is_conversation
    assert not reader.convert(b"<p>One</p>", ReadOptions()).is_conversation


def test_chat_exports_of_teams_are_one_dialogue_a_chat() -> None:
    def message(chat: str, minute: int, name: str, content: str, kind: str = "message") -> dict[str, object]:
        return {
            "chatId": chat,
            "createdDateTime": f"2024-03-05T10:{minute:02}:00.12Z",
            "messageType": kind,
            "from": {"user": {"displayName": name}},
            "body": {"contentType": "html", "content": content},
        }

    listed = [
        message("a", 1, "Jo", "<p>네&nbsp;&amp; go</p>"),
        message("a", 0, "Mara Lind", "<p>One</p><p>Two</p>"),
        message("b", 2, "Eli", "Other"),
        message("a", 3, "", "<systemEventMessage/>", "systemEventMessage"),
    ]
    for value in (listed, {"value": listed}, {"messages": listed}):
        first, second = chat_exports(value)
        assert said(first.text) == [("Mara Lind", "One\nTwo"), ("Jo", "네 & go")]
        assert "[2024-03-05 10:01:00] Jo: " in first.text
        assert second.text.endswith("Eli: Other")
    personal = {
        "conversations": [
            {
                "displayName": "Kiln",
                "MessageList": [
                    {"displayName": "Jo", "originalarrivaltime": "2024-03-05T10:01:00Z", "content": "<b>Hi</b>"},
                    {"displayName": "Jo", "messagetype": "Event/Call", "content": "call"},
                ],
            },
            {"displayName": None, "MessageList": []},
        ]
    }
    (only,) = chat_exports(personal)
    assert only.text == "Kiln\n\n[2024-03-05 10:01:00] Jo: Hi"


def test_chat_exports_of_all_telegram_chats_are_apart() -> None:
    entry = {"type": "message", "date": "2024-03-05T10:00:00", "from": None, "from_id": "user7", "text": "Hi"}
    chats = [{"name": name, "messages": [entry]} for name in ("A", "B")]
    assert [found.title for found in chat_exports({"chats": {"list": chats}})] == ["A", "B"]
    assert chat_exports({"chats": {"list": chats}})[0].text == "A\n\n[2024-03-05 10:00:00] user7: Hi"


def test_chat_exports_words_of_bots_are_in_attachments_and_embeds() -> None:
    (slack,) = chat_exports(
        [{"ts": "1709632985.0001", "username": "bot", "attachments": [{"fallback": "Build failed"}]}]
    )
    assert slack.text.endswith("bot: Build failed")
    embed = {"title": "Build", "description": "failed"}
    entry = {"timestamp": "10:00", "content": "", "embeds": [embed], "author": {"name": "bot"}}
    (discord,) = chat_exports({"messages": [entry]})
    assert discord.text == "[10:00] bot: Build\nfailed"


def test_is_chat_directory_lists_of_users_and_channels_are_told_from_rows() -> None:
    assert is_chat_directory([{"id": "U01ABC", "name": "mara", "profile": {}}])
    assert is_chat_directory([{"id": "C01ABC", "name": "general", "members": []}])
    assert not is_chat_directory([{"id": "U01ABC", "text": "a report", "created": 1}])
    assert not is_chat_directory([{"id": "row-1", "body": "x"}])
    assert not is_chat_directory([])
