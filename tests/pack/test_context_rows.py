"""Whole rows of a part and of joined documents, every field written out."""

from __future__ import annotations

from pipeline.identity import content_id, sha256_hex
from pipeline.nodes import Cut, Node, NodeKind
from pipeline.pack.contexts import Placement, joined_context, joined_id, part_context, part_outlines, sections_within
from pipeline.records import Context, Document, JoiningKind, Member, Page, Section

PLACEMENT = Placement(num_tokens=50, bucket=128, cluster_id="c" * 16, repeats=2)


def pump(doc_id: str = "p" * 16, *, title: str = "Pump", licence: str = "MIT") -> Document:
    text = "Intro.\n# One\nText of one.\n# Two\nText of two.\n"
    return Document(
        doc_id=doc_id,
        text=text,
        domain="manual",
        language="en",
        title=title,
        licence=licence,
        source_uri=f"/data/{doc_id[:1]}.md",
        source_offset=7,
        sha256=sha256_hex(doc_id.encode()),
        sections=(Section(0, 7, 0, ""), Section(7, 26, 1, "One"), Section(26, 45, 1, "Two")),
        pages=(Page(0, "1"), Page(20, "2")),
        outline=(Node(NodeKind.HEADING, 7, 26, 13, level=1, value="One"),),
    )


def test_row_of_a_part_holds_everything_of_its_document() -> None:
    source = pump()
    assert part_context(source, start=13, end=45, part=2, num_parts=3, placement=PLACEMENT) == Context(
        doc_id=content_id("p" * 16, 13),
        text="Text of one.\n# Two\nText of two.\n",
        domain="manual",
        language="en",
        title="Pump",
        licence="MIT",
        source_uri="/data/p.md",
        source_offset=7,
        sha256=source.sha256,
        num_tokens=50,
        bucket=128,
        cluster_id="c" * 16,
        sections=(Section(0, 13, 1, "One"), Section(13, 32, 1, "Two")),
        parent_id="p" * 16,
        parent_start=13,
        heading_path=("One",),
        part=2,
        num_parts=3,
        joining="none",
        members=(),
        repeats=2,
        pages=(Page(0, "1"), Page(7, "2")),
        outline=None,
    )


def test_row_of_one_part_that_does_not_begin_its_document_has_an_id_of_its_own() -> None:
    def row(start: int, num_parts: int) -> Context:
        return part_context(pump(), start=start, end=45, part=1, num_parts=num_parts, placement=PLACEMENT)

    assert row(0, 1).doc_id == "p" * 16
    assert row(7, 1).doc_id == content_id("p" * 16, 7)
    assert row(0, 2).doc_id == content_id("p" * 16, 0)
    assert row(7, 1).parent_id == row(0, 2).parent_id == "p" * 16


def test_row_of_joined_documents_holds_everything_of_all_of_them() -> None:
    first, second = pump(), pump("q" * 16, title="Filter\n set", licence="CC0-1.0")
    heading, between = "Document 1: Pump\n\n", "\n\nDocument 2: Filter set\n\n"
    start, end = len(heading), len(heading) + 45
    other = end + len(between)
    row = joined_context([first, second], num_tokens=[11, 12], joining=JoiningKind.NEAREST, placement=PLACEMENT)
    assert row == Context(
        doc_id=content_id("joined", "p" * 16, "q" * 16),
        text=heading + first.text + between + second.text,
        domain="manual",
        language="en",
        title="Pump · Filter\n set",
        licence="CC0-1.0 AND MIT",
        source_uri="/data/p.md",
        source_offset=7,
        sha256=sha256_hex((first.sha256 + second.sha256).encode()),
        num_tokens=50,
        bucket=128,
        cluster_id="c" * 16,
        sections=(
            Section(0, start + 7, 1, "Pump"),
            Section(start + 7, start + 26, 2, "One"),
            Section(start + 26, end, 2, "Two"),
            Section(end, other + 7, 1, "Filter\n set"),
            Section(other + 7, other + 26, 2, "One"),
            Section(other + 26, other + 45, 2, "Two"),
        ),
        parent_id=row.doc_id,
        parent_start=0,
        heading_path=(),
        part=1,
        num_parts=1,
        joining="nearest",
        members=(
            Member("p" * 16, "Pump", "/data/p.md", start, end, 11),
            Member("q" * 16, "Filter\n set", "/data/q.md", other, other + 45, 12),
        ),
        repeats=2,
        pages=(Page(start, "1"), Page(start + 20, "2"), Page(other, "1"), Page(other + 20, "2")),
        outline=(
            Node(NodeKind.HEADING, start + 7, start + 26, start + 13, level=1, value="One"),
            Node(NodeKind.HEADING, other + 7, other + 26, other + 13, level=1, value="One"),
        ),
    )
    assert joined_id(["p" * 16, "q" * 16]) == row.doc_id


def test_title_of_joined_documents_leaves_out_those_without_one_and_has_120_characters() -> None:
    def title(*titles: str) -> str:
        documents = [pump(f"{number}" * 16, title=one) for number, one in enumerate(titles)]
        joining = JoiningKind.SAME_SOURCE
        return joined_context(documents, num_tokens=[1] * len(titles), joining=joining, placement=PLACEMENT).title

    assert title("A", "", "B") == "A · B"
    assert title("x" * 119, "y") == "x" * 119 + " "


def test_sections_of_a_part_touch_its_ends_and_none_is_empty() -> None:
    sections = (Section(0, 10, 1, "a"), Section(10, 20, 2, "b"), Section(20, 30, 1, "c"))
    assert sections_within(sections, start=10, end=20) == (Section(0, 10, 2, "b"),)
    assert sections_within(sections, start=9, end=21) == (
        Section(0, 1, 1, "a"),
        Section(1, 11, 2, "b"),
        Section(11, 12, 1, "c"),
    )


def test_outline_of_a_whole_document_is_its_own_and_that_of_parts_is_cut() -> None:
    source = pump()
    assert list(part_outlines(source, [(0, 45)])) == [source.outline]
    assert list(part_outlines(source, [(0, 20), (20, 45)])) == [
        (Node(NodeKind.HEADING, 7, 20, 13, level=1, value="One", cut=Cut.BELOW),),
        (),
    ]
