import pytest

from pipeline.pack.relations import natural_order, relation_key, source_order
from pipeline.records import Document


def key(domain: str, source_uri: str, text: str = "words", *, title: str = "", language: str = "en") -> str:
    return relation_key(Document("d", text, domain, language, title, "MIT", source_uri, 0, "0" * 64, ()))


@pytest.mark.parametrize(
    ("domain", "first", "second"),
    [
        ("legal", ("/a/x.txt", "대법원 2024. 5. 1. 선고 2021다12345 판결"), ("/b/y.txt", "사건 2021다12345 손해배상")),
        ("legal", ("/a/x.txt", "Case No. 1:20-cv-01234\nOrder"), ("/b/y.txt", "Opinion. Case No. 1:20-cv-01234")),
        ("dialogue", ("/irc/2004-12-25_ubuntu.txt", "a: hi"), ("/irc/2005-01-02_ubuntu.txt", "b: ho")),
        (
            "dialogue",
            ("/s.jsonl", "Thread: Refund 88\n\nAda: Hi"),
            ("/s.jsonl", "Date: May\nThread: refund 88\n\nBo: Ho"),
        ),
        ("manual", ("/manuals/en/git-doc/git-add.html", "x"), ("/manuals/en/git-doc/git-rm.html", "y")),
    ],
)
def test_relation_key_is_shared_by_documents_of_one_source(
    domain: str, first: tuple[str, str], second: tuple[str, str]
) -> None:
    assert key(domain, *first) == key(domain, *second) != ""
    assert key(domain, *first) != key(domain, *first, language="ko")


@pytest.mark.parametrize(
    ("domain", "first", "second"),
    [
        ("legal", ("/a/x.txt", "사건 2021다12345"), ("/a/x.txt", "사건 2021다12346")),
        ("dialogue", ("/irc/2004-12-25_ubuntu.txt", "a"), ("/irc/2004-12-25_kubuntu.txt", "a")),
        ("dialogue", ("/m/ES2002a.txt", "a: hi"), ("/m/ES2003a.txt", "b: ho")),
        ("dialogue", ("/s.jsonl", "Thread: 1\n\nAda: Hi"), ("/t.jsonl", "Thread: 1\n\nAda: Hi")),
        ("manual", ("/m/git-doc/a.html", "x"), ("/m/policy/a.html", "x")),
    ],
)
def test_relation_key_tells_sources_apart(domain: str, first: tuple[str, str], second: tuple[str, str]) -> None:
    assert key(domain, *first) != key(domain, *second)


@pytest.mark.parametrize(
    ("domain", "source_uri", "text"),
    [
        ("legal", "/a/lease.txt", "The tenant pays 2024 dollars."),
        ("dialogue", "/calls.jsonl", "Ada: Hi\n\nThread: spoken about, not named"),
        ("dialogue", "/calls-07.jsonl", "Ada: Hi"),
        ("manual", "/data/manual/en/pump.md", "x"),
        ("manual", "/data/manuals.jsonl", "x"),
        ("code", "/repo/a.py", "import b"),
    ],
)
def test_relation_key_of_a_document_whose_source_names_nothing_is_empty(
    domain: str, source_uri: str, text: str
) -> None:
    assert key(domain, source_uri, text) == ""


def test_natural_order_counts() -> None:
    pages = ["ch-10.html", "ch-2.html", "ap-1.html", "ch-2a.html"]
    assert sorted(pages, key=natural_order) == ["ap-1.html", "ch-2.html", "ch-2a.html", "ch-10.html"]


@pytest.mark.parametrize(
    ("first", "second", "are_one"),
    [
        ("/m/ES2002a.txt", "/m/ES2002b.txt", True),
        ("/m/ES2002a.txt", "/n/ES2002a.txt", False),
        ("/m/board-3.txt", "/m/board-12.txt", True),
        ("/m/board-3-a.txt", "/m/board-12-a.txt", True),
        ("/m/2024-01-05.txt", "/m/2024-02-06.txt", True),
        ("/m/20240105_x.txt", "/m/20240206_x.txt", True),
        ("/m/1804-01_x.txt", "/m/1804-02_x.txt", True),
        ("/m/log.2024-01.txt.gz", "/m/log.2024-02.txt.gz", True),
        ("/m/alpha.txt", "/m/alpha.md", False),
    ],
)
def test_dialogues_of_a_series_of_files_are_one(first: str, second: str, are_one: bool) -> None:
    assert (key("dialogue", first) == key("dialogue", second) != "") is are_one


@pytest.mark.parametrize(
    ("line", "thread"),
    [
        ("Channel: help", True),
        ("TICKET NO : 88", True),
        ("대화방: 지원", True),
        ("Channel:", False),
        ("The Channel: help", False),
        (f"Channel: {'x' * 120}", True),
        (f"Channel: {'x' * 121}", False),
    ],
)
def test_dialogue_thread_is_named_by_a_line_of_its_head(line: str, thread: bool) -> None:
    assert (key("dialogue", "/rows.jsonl", f"Date: May\n{line}\n\nAda: Hi") != "") is thread


def test_dialogue_thread_is_looked_for_in_the_first_block_of_four_thousand_characters() -> None:
    head = "x" * 3980
    assert key("dialogue", "/rows.jsonl", f"{head}\nThread: 7\n\nAda") != ""
    assert key("dialogue", "/rows.jsonl", f"{head}{'y' * 20}\nThread: 7\n\nAda") == ""


def test_case_is_looked_for_in_title_name_and_first_lines_in_this_order() -> None:
    of_title = key("legal", "/a/2021다111.txt", "2021다222", title="2021다333")
    of_name = key("legal", "/a/2021다111.txt", "2021다222")
    of_text = key("legal", "/a/x.txt", "2021다222")
    assert of_title == key("legal", "/b/y.txt", "2021다333")
    assert of_name == key("legal", "/b/y.txt", "2021다111")
    assert of_text == key("legal", "/b/y.txt", "2021다222")
    assert len({of_title, of_name, of_text}) == 3
    assert key("legal", "/b/y.txt", "x" * 590 + " 2021다222") != ""
    assert key("legal", "/b/y.txt", "x" * 600 + " 2021다222") == ""


@pytest.mark.parametrize(
    ("folder", "has_relatives"),
    [("pump", True), ("en", False), ("KO", False), ("manuals", False), ("설명서", False), ("국문", False), ("", False)],
)
def test_manual_of_a_folder_that_names_more_than_a_language_or_kind(folder: str, has_relatives: bool) -> None:
    assert (key("manual", f"{folder}/a.md" if folder else "a.md") != "") is has_relatives
    assert key("manual", f"{folder}/a.parquet") == ""


def test_source_order_is_by_name_then_by_offset() -> None:
    places = [("ch-10.md", 0), ("ch-2.md", 9), ("ch-2.md", 4)]
    assert sorted(places, key=lambda place: source_order(*place)) == [("ch-2.md", 4), ("ch-2.md", 9), ("ch-10.md", 0)]
