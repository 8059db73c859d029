import pytest
from worked_examples import planned, planned_about, read, worked_examples, written_document

from pipeline.records import Dropped

(EXAMPLE,) = worked_examples("explanation", "en")
RESERVE = "".join(f"    {line}\n" for line in EXAMPLE[1][0].split("\n"))
STORE = f'''# file: shop/stock.py
class Unlisted:
    names = ("a", "b")


class Stock:
{RESERVE}

    def level(self, sku):
        return self.stock[sku]


def audit(stock):
    """Reports the goods that are missing."""
    missing = []
    for sku, count in stock.items():
        if count < 0:
            missing.append(sku)
    if not missing:
        return None
    return sorted(missing)


''' + "".join(f"SHELF_{number} = {number * 7}\n" for number in range(30))


def document(language="en"):
    return written_document(STORE, domain="code", language=language, segment_tokens=120)


def test_plan_asks_about_functions_that_decide_something_and_not_about_trivial_ones():
    doc = document()
    asked = [doc.text(item.segment).split("(")[0].strip() for item in planned(doc, "explanation")]
    assert asked == ["def reserve", "def audit"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_worked_example_passes_in_a_class(language):
    doc = document(language)
    ((_, _, reply),) = worked_examples("explanation", language)
    draft = read(doc, planned_about(doc, "explanation", "def reserve"), **reply)
    assert not isinstance(draft, Dropped), draft
    assert doc.text(draft.evidence[0]).startswith("if count > left:")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("`OutOfStock`", "`EmptyShelf`", "value_not_in_evidence"),
        ("takes 0", "takes 7", "value_not_in_evidence"),
        ("`self.orders`", "`self.requests`", "value_not_in_evidence"),
    ],
)
def test_explanation_with_values_that_the_code_lacks_is_dropped(old, new, reason):
    doc = document()
    answer = EXAMPLE[2]["answer"].replace(old, new)
    assert answer != EXAMPLE[2]["answer"]
    fault = read(doc, planned_about(doc, "explanation", "def reserve"), **{**EXAMPLE[2], "answer": answer})
    assert isinstance(fault, Dropped) and fault.reason == reason, fault


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"answer": "`reserve` raises `OutOfStock` if `count` is larger than `left`."}, "too_short"),
        ({"evidence": ["return sorted(missing)"]}, "evidence_elsewhere"),
        (
            {"question": "How does the shop take goods from its shelves, and when does it fail?"},
            "question_not_grounded",
        ),
        (
            {"answer": "It looks up the goods. It then takes what is needed and fails if too few are left."},
            "answer_not_supported",
        ),
    ],
)
def test_explanation_with_a_fault_is_dropped(change, reason):
    doc = document()
    fault = read(doc, planned_about(doc, "explanation", "def reserve"), **{**EXAMPLE[2], **change})
    assert isinstance(fault, Dropped) and fault.reason == reason, fault


def test_code_without_functions_has_no_requests():
    assert planned(written_document("LIMIT = 3\nNAMES = ['a', 'b']\n", domain="code"), "explanation") == []
