import pytest
from worked_examples import planned, read, worked_examples, written_document

from pipeline.nodes import NodeKind
from pipeline.records import Dropped
from pipeline.synthesize.written.code import names_function

(EXAMPLE,) = worked_examples("what_breaks", "en")
SHOP = (
    "\n\n\n".join(EXAMPLE[1])
    + "\n\n\n"
    + "\n\n\n".join(f"def unused_{n}(config):\n    limit = {n}\n    return config.host, limit\n" for n in range(12))
)


def document(language="en"):
    return written_document("# file: net/ports.py\n" + SHOP, domain="code", language=language)


def only_request(language="en"):
    doc = document(language)
    (item,) = planned(doc, "what_breaks")
    return doc, item


def test_plan_asks_about_functions_whose_callers_are_known_and_shows_every_caller():
    doc, item = only_request()
    assert doc.text(item.segment).startswith("def parse_port(value):")
    prompt = item.request.prompt.messages[1].content
    below = prompt[prompt.rindex("SEGMENT 1") :]
    assert "SEGMENT 3" in below and "SEGMENT 4" not in below
    assert "def connect" in below and "def check" in below and "unused_3" not in below
    assert sum(node.kind is NodeKind.CALL for node in doc.outline) == 2


@pytest.mark.parametrize("language", ["en", "ko"])
def test_worked_example_passes_and_has_every_call_as_evidence(language):
    doc, item = only_request(language)
    ((_, _, reply),) = worked_examples("what_breaks", language)
    draft = read(doc, item, **reply)
    assert not isinstance(draft, Dropped), draft
    quotes = [doc.text(span) for span in draft.evidence]
    assert any("parse_port(config.port)))" in quote for quote in quotes)
    assert any("def check(config)" in quote for quote in quotes)
    assert draft.segments == (item.segment,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"affected": ["connect"]}, "caller_missing"),
        ({"affected": ["connect", "check", "unused_3"]}, "not_a_caller"),
        ({"question": "What happens in the rest of the code if ports are not checked?"}, "generic_question"),
        ({"evidence": ["raise TypeError(port)"]}, "evidence_not_found"),
        ({"evidence": ["limit = 3"]}, "evidence_elsewhere"),
        ({"evidence": ["raise ValueError(port)"] * 4}, "wrong_fields"),
        ({"affected": []}, "wrong_fields"),
    ],
)
def test_reply_with_a_fault_is_dropped(change, reason):
    doc, item = only_request()
    fault = read(doc, item, **{**EXAMPLE[2], **change})
    assert isinstance(fault, Dropped) and fault.reason == reason, fault


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("`check` would", "`verify` would", "caller_missing"),
        ("`False`", "`None`", "value_not_in_evidence"),
        ("`sock.connect`", "`sock.send_all`", "value_not_in_evidence"),
    ],
)
def test_answer_with_other_names_than_the_code_is_dropped(old, new, reason):
    doc, item = only_request()
    answer = EXAMPLE[2]["answer"].replace(old, new)
    assert answer != EXAMPLE[2]["answer"]
    fault = read(doc, item, **{**EXAMPLE[2], "answer": answer})
    assert isinstance(fault, Dropped) and fault.reason == reason, fault


def test_a_function_called_from_the_top_of_a_file_is_not_asked_about():
    text = "# file: a.py\n" + EXAMPLE[1][0] + "\n\n\nprint(parse_port('80'))\n"
    assert planned(written_document(text, domain="code"), "what_breaks") == []


@pytest.mark.parametrize(
    ("written", "name", "expected"),
    [("`total()`", "Cart.total", True), ("Cart.total", "shop.Cart.total", True), ("otal", "Cart.total", False)],
)
def test_names_function_accepts_qualified_and_simple_names(written, name, expected):
    assert names_function(written, name) is expected
