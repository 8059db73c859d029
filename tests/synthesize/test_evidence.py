from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Page
from pipeline.synthesize.evidence import evidence_of, holds_quote, locate_quote, locate_quotes, squeezed
from pipeline.synthesize.sentences import Span

TEXT = (
    "The Board shall repair the roof\nwithin 45 days.  The Board\u00a0paints the doors.\n\n"
    "갑은 하자 통지를\n받은 날부터 교체한다."
)


def test_locate_quote_with_other_line_breaks_returns_true_offsets():
    found = locate_quote("repair the roof within 45\n days.", text=TEXT, start=0, end=len(TEXT))
    assert found is not None
    assert TEXT[slice(*found)] == "repair the roof\nwithin 45 days."


def test_locate_quote_with_other_korean_spacing_returns_true_offsets():
    found = locate_quote("하자통지를 받은 날부터", text=TEXT, start=0, end=len(TEXT))
    assert found is not None
    assert TEXT[slice(*found)] == "하자 통지를\n받은 날부터"


def test_locate_quote_outside_the_span_is_not_found():
    assert locate_quote("paints the doors", text=TEXT, start=0, end=40) is None
    assert locate_quote("paints the doors", text=TEXT, start=40, end=len(TEXT)) is not None


def test_locate_quote_with_another_word_or_nothing_is_not_found():
    assert locate_quote("repair the floor", text=TEXT, start=0, end=len(TEXT)) is None
    assert locate_quote(" \n", text=TEXT, start=0, end=len(TEXT)) is None


@given(st.text(alphabet="ab갑을 \n\t", min_size=1, max_size=60), st.data())
def test_locate_quote_of_any_part_points_at_the_same_characters(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = text[start:end].replace("\n", "  ")
    found = locate_quote(quote, text=text, start=0, end=len(text))
    if len("".join(quote.split())) < 2:
        assert found is None
        return
    assert found is not None
    located = text[slice(*found)]
    assert "".join(located.split()) == "".join(quote.split())
    assert located == located.strip()
    assert found[0] <= end


def test_locate_quote_ignores_quotation_marks_and_backticks_on_either_side():
    text = "It raises `QueueFull` (the “full” error) at once."
    found = locate_quote('raises QueueFull (the "full" error)', text=text, start=0, end=len(text))
    assert found is not None and text[slice(*found)] == "raises `QueueFull` (the “full” error)"


def test_locate_quotes_finds_each_in_the_segment_first_and_keeps_document_order():
    text = "One pays.\nTwo pays.\nOne pays."
    near = Span(start=10, end=len(text))
    assert locate_quotes(["One pays.", "Two pays."], text=text, near=near) == [Span(10, 19), Span(20, 29)]
    assert locate_quotes(["Two", "Two pays."], text=text, near=near) == [Span(10, 19)]
    assert locate_quotes(["Two pays.", "Three pays."], text=text, near=near) == "Three pays."


def test_evidence_of_a_span_holds_quote_and_depth():
    evidence = evidence_of(doc_id="d", text="abcdefgh", start=2, end=5)
    assert (evidence.quote, evidence.depth) == ("cde", 0.25)


def test_evidence_of_a_paged_document_knows_the_page_it_begins_on():
    pages = (Page(0, "iv"), Page(3, "5"))
    assert [evidence_of(doc_id="d", text="abcdefgh", start=at, end=8, pages=pages).page for at in (0, 2, 3, 7)] == [
        "iv",
        "iv",
        "5",
        "5",
    ]
    assert evidence_of(doc_id="d", text="abcdefgh", start=2, end=5).page == ""


@given(
    st.text(alphabet="ab갑을.,;“'` \n\u00a0\x1f", max_size=40), st.text(alphabet="ab갑.,“` \n", max_size=8), st.data()
)
def test_holds_quote_is_whether_locate_quote_finds_it(text, invented, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    for quote in (invented, text[start:end], text[start:end] + "."):
        found = locate_quote(quote, text=text, start=0, end=len(text))
        assert holds_quote(quote, squeezed_text=squeezed(text)) == (found is not None)
