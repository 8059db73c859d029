import pytest

from pipeline.pack.relations import natural_order, relation_key
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
