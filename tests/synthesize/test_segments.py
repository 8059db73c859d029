from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from synthesis_documents import CONTRACT_KO, LEASE, LEASE_EN, LOG, context_of

from pipeline.records import Section
from pipeline.synthesize.segmenting.heading_path import heading_path
from pipeline.synthesize.segments import (
    choose_spread,
    concreteness,
    document_segments,
    segment_chars,
    titled_sections,
)
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


def shown(context, max_chars):
    return [context.text[s.start : s.end] for s in document_segments(context, max_chars=max_chars)]


def test_document_segments_fit_and_stay_in_their_section_while_they_are_long_enough():
    segments = document_segments(LEASE_EN, max_chars=300)
    assert len(segments) == 3
    assert all(200 <= s.end - s.start <= 300 for s in segments)
    for segment in segments:
        assert any(s.start <= segment.start and segment.end <= s.end for s in LEASE_EN.sections)
    assert LEASE[segments[0].start :].startswith("1. PARTIES AND TERM\n\nThis lease is made")


def test_document_segments_join_short_sections_of_one_level_and_leave_none():
    titles = [f"{number}. Rule {number}" for number in range(1, 41)]
    text = "\n\n".join(f"{t}\n\nThe member pays a fee of {9 + i} pounds for the boat." for i, t in enumerate(titles))
    segments = shown(context_of(text, titles=titles), 400)
    assert all(200 <= len(segment) <= 400 for segment in segments[:-1])
    assert "\n\n".join(segments) == text


def test_document_segments_cut_a_long_paragraph_between_sentences():
    paragraph = " ".join(f"Sentence number {i} tells of the harbour and its boats." for i in range(40))
    segments = shown(context_of(paragraph), 200)
    assert len(segments) > 5
    assert all(s.startswith("Sentence number") and s.endswith("boats.") for s in segments)
    assert paragraph.startswith(" ".join(segments))


def test_document_segments_keep_a_sentence_that_a_page_break_cuts():
    lines = (
        "The tenant keeps the roof, the walls and the doors\n\nin good order and tells the owner of damage in 5 days."
    )
    text = "\n\n".join([lines] * 30)
    assert all(s.startswith("The tenant") and s.endswith("days.") for s in shown(context_of(text), 300))


def test_document_segments_leave_out_titles_contents_signatures_and_bare_tables():
    terms = "The Board shall repair the roof within 45 days after notice. The Club shall paint the doors in May."
    text = f"""LEASE OF A BOAT SHED
between
Harbour Board and Rowing Club

CONTENTS

Terms and conditions .... 2
Payment of the rent ..... 3

Terms and conditions

{terms}

Payment of the rent

| year | rent |
| --- | --- |
| 2021 | 4,800 |
| 2022 | 4,950 |

By: ______________
Name: Owain Tudor
Title: Treasurer
"""
    context = context_of(text, titles=("CONTENTS", "Terms and conditions\n\nThe", "Payment of the rent\n\n|"))
    assert shown(context, 600) == [f"Terms and conditions\n\n{terms}"]


def test_document_segments_show_a_table_with_the_sentence_above_it():
    table = "| year | rent |\n| --- | --- |\n| 2021 | 4,800 |\n| 2022 | 4,950 |"
    above = "The Club shall pay the Board the annual rent that the following table gives for each year of the term:"
    assert shown(context_of(f"{above}\n\n{table}"), 600) == [f"{above}\n\n{table}"]


def test_document_segments_leave_out_a_notice_of_a_licence_except_where_it_is_the_document():
    notice = (
        "Permission is hereby granted, free of charge, to any person who obtains a copy of this software, to use it."
    )
    body = "Press the red button until the pump stops. The pump then stays off for ten minutes and cools down."
    text = f"{notice}\n\n{body}"
    assert shown(context_of(text, domain="manual"), 400) == [body]
    assert shown(context_of(text, domain="legal"), 400) == [text]


def test_document_segments_of_a_dialogue_are_whole_turns_and_keep_a_question_with_its_answer():
    turns = [
        f"{'Rhiannon Pryce' if i % 2 else 'Owain Tudor'}: "
        + (f"How many floats are on shelf {i}?" if i % 4 == 0 else f"There are {i} floats on that shelf in the shed.")
        for i in range(60)
    ]
    segments = shown(context_of("\n\n".join(turns), domain="dialogue"), 400)
    assert len(segments) > 4
    assert [turn for segment in segments for turn in segment.split("\n\n")] == turns
    assert not any(segment.endswith("?") for segment in segments)


CODE = (
    '"""Rates of a shop."""\n\n# Copyright (c) 2024 The Shop\n\nimport os\nfrom decimal import (\n    Decimal,\n)\n\n'
    + "\n\n".join(
        f"# Adds the tax of year {i}.\ndef total_{i}(price):\n    rate = {i} / 100\n\n    return price * (1 + rate)\n"
        for i in range(12)
    )
)


def test_document_segments_of_code_are_whole_functions_with_their_comments_without_imports_and_notices():
    segments = shown(context_of(CODE, domain="code"), 400)
    assert len(segments) >= 3
    assert all(s.startswith(("# Adds the tax", '"""Rates')) and s.endswith("(1 + rate)") for s in segments)
    assert sum(s.count("def total_") for s in segments) == 12
    assert not any("import" in s or "Copyright" in s for s in segments)


def test_document_segments_of_a_class_that_is_too_long_are_whole_methods_under_its_name():
    methods = "\n".join(
        f"    def step_{i}(self):\n        self.count += {i}\n        self.log('step {i}')\n        return self.count\n"
        for i in range(12)
    )
    context = context_of(f"class Pump:\n    count = 0\n\n{methods}", domain="code")
    spans = document_segments(context, max_chars=300)
    assert all(context.text[s.start : s.end].endswith("return self.count") for s in spans)
    assert len(spans) > 3
    assert {heading_path(context, span) for span in spans} == {("Pump",)}


def test_segment_chars_give_korean_half_of_the_characters_of_english_and_mixed_text_more():
    assert segment_chars(512, LEASE_EN) == 2048
    assert segment_chars(512, context_of("갑은 부품을 교체한다.", language="ko")) == 1075
    assert segment_chars(512, context_of("return total", language="ko", domain="code")) == 2048
    assert 1075 < segment_chars(512, context_of("`git commit` 명령을 실행한다.", language="ko")) < 2048


@given(
    st.text(alphabet="Aab .:\n갑다는|#-1\t", max_size=300),
    st.integers(20, 200),
    st.sampled_from(["legal", "code", "dialogue"]),
)
def test_document_segments_ascend_inside_the_text_and_fit(text, max_chars, domain):
    context = context_of(f"{text}x", domain=domain)
    spans = document_segments(context, max_chars=max_chars)
    assert all(0 <= s.start < s.end <= len(context.text) for s in spans)
    assert all(s.end - s.start <= max_chars for s in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


def test_titled_sections_leave_out_repeated_titles_and_sections_that_tell_little():
    told = "The Club pays the Board a rent for the shed. " * 5
    parts = ["Rent\n" + told, "Rent\n" + told, "Repairs\n" + told, "Plan\n| 1 | 2 |\n" * 20, "Short\nNo."]
    text = "\n\n".join(parts)
    starts = [text.index(parts[0]), len(parts[0]) + 2, *(text.index(part) for part in parts[2:])]
    titles = ["Rent", "Rent", "Repairs", "Plan", "Short"]
    sections = tuple(Section(a, b, 1, t) for a, b, t in zip(starts, [*starts[1:], len(text)], titles, strict=True))
    context = replace(context_of(text), sections=sections)
    assert [s.title for s in titled_sections(context, max_chars=500, min_tokens=40)] == ["Repairs"]
    assert titled_sections(context, max_chars=200, min_tokens=40) == []


def test_heading_path_is_that_of_all_sections_that_hold_the_span():
    text = "Part 1\nText one.\n\nA\nText two.\n\nB\nText three.\n\nPart 2\nText four."
    starts = [text.index(title) for title in ("Part 1", "A\n", "B\n", "Part 2")]
    ends = [*starts[1:], len(text)]
    sections = tuple(
        Section(a, b, level, title)
        for a, b, level, title in zip(starts, ends, (1, 2, 2, 1), ("Part 1", "A", "B", "Part 2"), strict=True)
    )
    context = replace(context_of(text), sections=sections)
    assert heading_path(context, Span(text.index("Text two"), text.index("B\n") - 2)) == ("Part 1", "A")
    assert heading_path(context, Span(text.index("A\n"), text.index("Part 2") - 2)) == ("Part 1",)
    assert heading_path(context, Span(text.index("Text four"), len(text))) == ("Part 2",)
    part = replace(context, heading_path=("Book", "Old chapter"))
    assert heading_path(part, Span(text.index("Text four"), len(text))) == ("Part 2",)
    assert heading_path(replace(part, sections=()), Span(0, 6)) == ("Book", "Old chapter")


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
