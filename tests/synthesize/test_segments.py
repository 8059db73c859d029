from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import CONTRACT_KO, LEASE, LEASE_EN, LOG

from pipeline.records import Section
from pipeline.synthesize.segments import choose_spread, concreteness, paragraph_segments, titled_sections
from pipeline.synthesize.sentences import Span, is_prose_sentence, sentence_spans


def sentences(text):
    return [text[s.start : s.end] for s in sentence_spans(text, start=0, end=len(text))]


def test_sentence_spans_do_not_break_at_abbreviations_numbers_or_wrapped_lines():
    text = (
        "Mr. A. Pryce paid No. 4 Ltd. on time, and the rest of the long invoice\nwas paid at 7.5 percent. Then he left."
    )
    assert sentences(text) == [text[: text.index(" Then")], "Then he left."]


def test_sentence_spans_leave_labels_out():
    assert sentences("3.1 The Board repairs.\n[10:04] Owain Tudor: It leaks.\n- Dry the floats.\n") == [
        "The Board repairs.",
        "It leaks.",
        "Dry the floats.",
    ]
    assert sentences("제2조 (대금)\n\n제3조 갑은 부품을 교체한다. 을은 확인한다.")[-2:] == [
        "갑은 부품을 교체한다.",
        "을은 확인한다.",
    ]


@given(st.text(alphabet="Aab 1.?\n갑다[]:-", max_size=120))
def test_sentence_spans_ascend_inside_the_text_without_outer_space(text):
    spans = sentence_spans(text, start=0, end=len(text))
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(text[s.start : s.end] == text[s.start : s.end].strip() for s in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_is_prose_sentence_refuses_headings_tables_and_code():
    assert is_prose_sentence("The Board shall repair the roof within 45 days after notice.")
    assert is_prose_sentence("갑은 하자 통지를 받은 날부터 부품을 교체한다.")
    for text in (
        "ARTICLE 3. REPAIRS",
        "| 12 | bar | 4.5 | x |.",
        "return self.rate * days(4) + fee_cents.",
        "1 2 3 4 5 6 7 8 9 10.",
    ):
        assert not is_prose_sentence(text)


def test_paragraph_segments_fit_and_stay_in_their_section():
    segments = paragraph_segments(LEASE, sections=LEASE_EN.sections, max_chars=250)
    assert len(segments) >= 4
    assert all(80 <= s.end - s.start <= 250 for s in segments)
    for segment in segments:
        assert any(s.start <= segment.start and segment.end <= s.end for s in LEASE_EN.sections)


def test_paragraph_segments_cut_a_long_paragraph_between_sentences():
    paragraph = " ".join(f"Sentence number {i} tells of the harbour and its boats." for i in range(40))
    segments = paragraph_segments(paragraph, sections=(), max_chars=200)
    assert len(segments) > 5
    assert all(paragraph[s.start : s.end].endswith(".") for s in segments)


def test_titled_sections_leave_out_repeated_titles_and_unfitting_bodies():
    text = "x" * 1000
    sections = [Section(0, 10, 0, ""), Section(10, 300, 1, "Rent"), Section(300, 600, 1, "Rent"),
                Section(600, 900, 1, "Repairs"), Section(900, 1000, 1, "Short")]  # fmt: skip
    assert [s.title for s in titled_sections(text, sections=sections, max_chars=500)] == ["Repairs"]
    assert titled_sections(text, sections=sections, max_chars=200) == []


def test_choose_spread_visits_every_depth_before_any_twice():
    spans = [Span(start=i * 10, end=i * 10 + 9) for i in range(100)]
    chosen = choose_spread(spans, scores=[1.0] * 100, count=5, text_length=1000, seed=1, doc_id="d")
    assert [index // 20 for index in chosen] == [0, 1, 2, 3, 4]
    again = choose_spread(spans, scores=[1.0] * 100, count=5, text_length=1000, seed=1, doc_id="d")
    other = choose_spread(spans, scores=[1.0] * 100, count=5, text_length=1000, seed=2, doc_id="d")
    assert chosen == again != other


def test_choose_spread_fills_up_from_other_depths_and_skips_what_scores_nothing():
    spans = [Span(start=i, end=i + 1) for i in range(6)]
    assert choose_spread(spans, scores=[1, 1, 1, 0, 0, 0], count=3, text_length=6, seed=1, doc_id="d") == [0, 1, 2]
    assert choose_spread(spans, scores=[0] * 6, count=3, text_length=6, seed=1, doc_id="d") == []


def test_concreteness_prefers_facts():
    plain = "The parties wish each other well and hope for a long and happy time together by the sea, whatever comes."
    assert concreteness(LEASE, "en") > concreteness(plain, "en")
    assert concreteness(CONTRACT_KO, "ko") > 0
    assert concreteness(LOG, "en") > 0
