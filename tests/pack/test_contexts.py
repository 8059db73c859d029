from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document

from pipeline.identity import content_id, sha256_hex
from pipeline.pack.contexts import Placement, bucket_for, joined_context, joined_heading, part_context, sections_within
from pipeline.records import Context, Document, JoiningKind, Section

BUCKETS = (64, 128, 256)
ROOM = 16
PLACEMENT = Placement(num_tokens=50, bucket=128, cluster_id="c" * 16, repeats=2)


def guide(
    title: str, *, language: str = "en", num_sections: int = 2, preface: str = "", licence: str = "MIT"
) -> Document:
    text, sections = preface, [Section(0, len(preface), 0, "")] if preface else []
    for number in range(1, num_sections + 1):
        body = f"# {number}\n\n" + document(language, len(title) + number, num_sentences=3)
        body += "\n\n" if number < num_sections else ""
        sections.append(Section(start=len(text), end=len(text) + len(body), level=1, title=str(number)))
        text += body
    return Document(
        doc_id=content_id(title, language),
        text=text,
        domain="manual",
        language=language,
        title=title,
        licence=licence,
        source_uri=f"/data/{title}.md",
        source_offset=7,
        sha256=sha256_hex(text.encode()),
        sections=tuple(sections),
    )


def join(documents: list[Document]) -> Context:
    return joined_context(
        documents,
        num_tokens=[len(document.text) // 4 for document in documents],
        joining=JoiningKind.SAME_SOURCE,
        placement=PLACEMENT,
    )


@given(num_tokens=st.integers(0, 1200))
def test_bucket_for_is_the_smallest_that_holds_document_and_room_and_doubles_past_the_top(num_tokens: int) -> None:
    edges = [*BUCKETS, 512, 1024, 2048]
    assert bucket_for(num_tokens, buckets=BUCKETS, room_tokens=ROOM) == next(
        edge for edge in edges if num_tokens + ROOM <= edge
    )


def test_part_context_of_a_whole_document_keeps_its_id() -> None:
    source = guide("Pump")
    row = part_context(source, start=0, end=len(source.text), part=1, num_parts=1, placement=PLACEMENT)
    assert (row.doc_id, row.parent_id, row.parent_start, row.sections) == (
        source.doc_id,
        source.doc_id,
        0,
        source.sections,
    )
    assert (row.heading_path, row.part, row.num_parts, row.joining, row.members) == ((), 1, 1, "none", ())
    assert (row.num_tokens, row.bucket, row.cluster_id, row.repeats) == (50, 128, "c" * 16, 2)


def test_part_context_of_a_part_knows_its_document_and_where_it_stands() -> None:
    source = guide("Pump", num_sections=3)
    start, end = source.sections[1].start + 20, source.sections[2].end
    row = part_context(source, start=start, end=end, part=2, num_parts=2, placement=PLACEMENT)
    assert row.text == source.text[start:end]
    assert row.doc_id == content_id(source.doc_id, start) != row.parent_id == source.doc_id
    assert (row.parent_start, row.part, row.num_parts, row.heading_path) == (start, 2, 2, ("2",))
    assert [(s.title, row.text[s.start : s.start + 3]) for s in row.sections] == [("2", row.text[:3]), ("3", "# 3")]
    assert (row.source_uri, row.source_offset, row.sha256) == (source.source_uri, source.source_offset, source.sha256)


@given(
    titles=st.lists(st.sampled_from(["Pump", "Filter", "펌프", ""]), min_size=2, max_size=5),
    language=st.sampled_from(["en", "ko"]),
    preface=st.sampled_from(["", "Read this first.\n\n"]),
)
def test_joined_context_holds_every_document_whole_under_a_line_with_its_title(
    titles: list[str], language: str, preface: str
) -> None:
    documents = [
        guide(f"{title}{number}" if title else "", language=language, num_sections=number % 3, preface=preface)
        for number, title in enumerate(titles, start=1)
    ]
    row = join(documents)
    assert [row.text[member.start : member.end] for member in row.members] == [one.text for one in documents]
    assert [member.doc_id for member in row.members] == [one.doc_id for one in documents]
    headings = [joined_heading(language=language, number=n, title=d.title) for n, d in enumerate(documents, start=1)]
    assert row.text == "".join(heading + one.text for heading, one in zip(headings, documents, strict=True))
    assert "".join(row.text[section.start : section.end] for section in row.sections) == row.text
    assert [section.title for section in row.sections if section.level == 1] == [one.title for one in documents]
    assert (row.parent_id, row.parent_start, row.num_parts, row.joining) == (row.doc_id, 0, 1, "same_source")


def test_joined_heading_is_in_the_language_of_the_row() -> None:
    assert joined_heading(language="en", number=1, title="Lease\nof a shed") == "Document 1: Lease of a shed\n\n"
    assert joined_heading(language="ko", number=12, title="임대차 계약서") == "\n\n문서 12: 임대차 계약서\n\n"
    assert joined_heading(language="en", number=2, title="") == "\n\nDocument 2\n\n"


def test_joined_context_of_several_licences_is_under_all_of_them() -> None:
    documents = [guide("a"), guide("b", licence="CC0-1.0 OR MIT"), guide("c")]
    assert join(documents).licence == "(CC0-1.0 OR MIT) AND MIT"
    assert join([documents[0], documents[2]]).licence == "MIT"


def test_joined_context_has_an_id_of_its_own_that_depends_on_the_order() -> None:
    first, second = guide("a"), guide("b")
    ids = {join([first, second]).doc_id, join([second, first]).doc_id, first.doc_id, second.doc_id}
    assert len(ids) == 4
    assert join([first, second]).doc_id == join([first, replace(second, title="other")]).doc_id


def test_sections_within_clip_and_shift() -> None:
    sections = (Section(0, 10, 1, "a"), Section(10, 20, 2, "b"), Section(20, 30, 1, "c"))
    assert sections_within(sections, start=5, end=20) == (Section(0, 5, 1, "a"), Section(5, 15, 2, "b"))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 10, [Section(0, 10, 1, "a")]),
        (10, 20, [Section(0, 10, 2, "b")]),
        (9, 21, [Section(0, 1, 1, "a"), Section(1, 11, 2, "b"), Section(11, 12, 1, "c")]),
        (10, 30, [Section(0, 10, 2, "b"), Section(10, 20, 1, "c")]),
        (20, 30, [Section(0, 10, 1, "c")]),
        (29, 30, [Section(0, 1, 1, "c")]),
    ],
)
def test_sections_within_a_part_that_begins_at_an_edge_has_none_that_is_empty(
    start: int, end: int, expected: list[Section]
) -> None:
    sections = (Section(0, 10, 1, "a"), Section(10, 20, 2, "b"), Section(20, 30, 1, "c"))
    assert sections_within(sections, start=start, end=end) == tuple(expected)
