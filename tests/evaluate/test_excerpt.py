from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from row_build import lease, sentences_of
from structural_documents import make_context
from synthesis_documents import LEASE_EN

from pipeline.evaluate.documents.excerpt import LEFT_OUT, excerpt, merged_spans, proof_spans, title_spans
from pipeline.nodes import Node, NodeKind
from pipeline.records import Member
from pipeline.synthesize.sentences import Span

TEXT = LEASE_EN.text
spans = st.tuples(st.integers(0, len(TEXT)), st.integers(1, 60)).map(lambda at: Span(at[0], min(len(TEXT), sum(at))))


def span_of(text: str, quote: str) -> Span:
    return Span(text.index(quote), text.index(quote) + len(quote))


@given(st.lists(spans, max_size=8))
def test_merged_spans_are_apart_in_order_and_lose_nothing(given_spans: list[Span]) -> None:
    merged = merged_spans(TEXT, given_spans)
    assert all(TEXT[one.end : other.start].strip() for one, other in pairwise(merged))
    for span in given_spans:
        assert span.start == span.end or any(one.start <= span.start and span.end <= one.end for one in merged)


@given(st.lists(spans, min_size=1, max_size=8))
def test_excerpt_has_each_part_and_a_mark_for_each_gap(given_spans: list[Span]) -> None:
    shown = excerpt(TEXT, given_spans)
    assert all(TEXT[span.start : span.end] in shown for span in given_spans)
    assert shown.count(LEFT_OUT) == max(0, len(merged_spans(TEXT, given_spans)) - 1)


@given(st.lists(spans, min_size=1, max_size=4))
def test_proof_contains_every_quote(quotes: list[Span]) -> None:
    shown = excerpt(TEXT, proof_spans(LEASE_EN, quotes))
    assert all(TEXT[quote.start : quote.end].strip() in shown for quote in quotes)


def test_proof_is_the_paragraph_and_the_heading_above_it() -> None:
    shown = excerpt(TEXT, proof_spans(LEASE_EN, [span_of(TEXT, "6 percent per year")]))
    assert shown == (
        "2. RENT\n\n[…]\n\nA late payment bears interest at 6 percent per year. The Board may waive the interest for\n"
        "a first delay."
    )


def test_proof_of_a_quote_over_two_paragraphs_is_both() -> None:
    context = lease(3)
    first = sentences_of(context)[0]
    after = context.text.index("\n\n", context.text.index(first)) + 12
    shown = excerpt(context.text, proof_spans(context, [Span(context.text.index(first), after)]))
    assert shown.startswith(f"1. Rent\n\n{first}\n\n") and shown.count("\n\n") == 2


def test_proof_in_a_long_run_of_lines_is_the_lines_with_the_quote() -> None:
    lines = [f"[10:{minute:02d}] Kim: The pump on deck {minute} was checked at noon." for minute in range(60)]
    context = lease(1)
    log = replace(context, text="\n".join(lines), sections=())
    quotes = [span_of(log.text, "deck 7 was"), span_of(log.text, "[10:40] Kim")]
    assert excerpt(log.text, proof_spans(log, quotes)) == f"{lines[7]}\n\n[…]\n\n{lines[40]}"


def test_proof_in_source_code_is_below_its_class_and_function() -> None:
    body = "\n\n".join(f"        self.step_{number}(order)" for number in range(4))
    methods = f"    def start(self, order):\n{body}\n\n    def stop(self):\n        pass\n"
    text = f"class Pump(Machine):\n\n    size = 3\n\n{methods}"
    signatures = ("class Pump(Machine)", "def start(self, order)", "def stop(self)")
    starts = [text.index(signature) for signature in signatures]
    ends = (len(text), starts[2], len(text))
    outline = tuple(
        Node(NodeKind.DEFINITION, start, end, start + len(signature))
        for start, end, signature in zip(starts, ends, signatures, strict=True)
    )
    context = replace(lease(1), text=text, sections=(), outline=outline)
    assert excerpt(text, proof_spans(context, [span_of(text, "self.step_2(order)")])) == (
        "class Pump(Machine)\n\n[…]\n\ndef start(self, order)\n\n[…]\n\nself.step_2(order)"
    )


def test_titles_of_joined_documents_are_their_first_lines() -> None:
    text = "Document 1: a lease\n\nLEASE\n\nThe rent is due.\n\nDocument 2: a licence\n\nLICENCE\n\nUse it."
    one, two = text.index("LEASE"), text.index("LICENCE")
    members = (
        Member("a", "lease", "a", one, text.index("\n\nDocument 2"), 9),
        Member("b", "licence", "b", two, len(text), 9),
    )
    context = replace(make_context(text, domain="legal", language="en"), members=members)
    shown = [text[span.start : span.end] for span in title_spans(context)]
    assert shown == ["Document 1: a lease", "LEASE", "Document 2: a licence", "LICENCE"]
    assert title_spans(replace(context, members=())) == []
