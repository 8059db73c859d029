from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document

from pipeline.config.build import Overflow
from pipeline.identity import content_id, sha256_hex
from pipeline.pack.buckets import bucket_for
from pipeline.pack.contexts import pack_document, sections_within
from pipeline.records import Context, Document, Rejection, Section

BUCKETS = (64, 128, 256)
ROOM = 16


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def with_headings(language: str, seed: int, num_sections: int, num_sentences: int) -> Document:
    text, sections = "", []
    for number in range(1, num_sections + 1):
        body = f"# {number}\n\n" + document(language, seed + number, num_sentences=num_sentences) + "\n\n"
        sections.append(Section(start=len(text), end=len(text) + len(body), level=1, title=str(number)))
        text += body
    return Document(
        doc_id=content_id(language, seed),
        text=text,
        domain="manual",
        language=language,
        title="Guide",
        licence="CC0-1.0",
        source_uri="/data/guide.md",
        source_offset=7,
        sha256=sha256_hex(text.encode()),
        sections=tuple(sections),
    )


def pack(
    source: Document, *, overflow: Overflow = Overflow.SPLIT_AT_SECTION, min_tokens: int = 1
) -> list[Context] | Rejection:
    return pack_document(
        source,
        num_tokens=count_words([source.text])[0],
        cluster_id="c" * 16,
        buckets=BUCKETS,
        room_tokens=ROOM,
        min_tokens=min_tokens,
        overflow=overflow,
        count_tokens=count_words,
    )


@given(num_tokens=st.integers(0, 300))
def test_bucket_for_is_the_smallest_that_holds_document_and_room(num_tokens: int) -> None:
    fitting = [bucket for bucket in BUCKETS if num_tokens + ROOM <= bucket]
    assert bucket_for(num_tokens, buckets=BUCKETS, room_tokens=ROOM) == (fitting[0] if fitting else None)


@given(
    language=st.sampled_from(["en", "ko"]),
    seed=st.integers(0, 20),
    num_sections=st.integers(1, 8),
    num_sentences=st.integers(1, 25),
)
def test_pack_document_parts_keep_every_character_and_their_provenance(
    language: str, seed: int, num_sections: int, num_sentences: int
) -> None:
    source = with_headings(language, seed, num_sections, num_sentences)
    contexts = pack(source)
    assert isinstance(contexts, list)
    assert "".join(context.text for context in contexts) == source.text
    assert len({context.doc_id for context in contexts}) == len(contexts)
    for context in contexts:
        assert context.num_tokens == count_words([context.text])[0]
        assert context.bucket == bucket_for(context.num_tokens, buckets=BUCKETS, room_tokens=ROOM)
        assert source.text[context.parent_start :].startswith(context.text)
        assert (context.parent_id, context.source_uri, context.source_offset, context.sha256) == (
            source.doc_id,
            source.source_uri,
            source.source_offset,
            source.sha256,
        )
        assert context.cluster_id == "c" * 16
        assert "".join(context.text[s.start : s.end] for s in context.sections) == context.text
        for section in context.sections:
            parent = source.sections[int(section.title) - 1]
            start = section.start + context.parent_start
            assert parent.start <= start < parent.end


def test_pack_document_that_fits_keeps_its_id() -> None:
    source = with_headings("en", 1, 1, 3)
    contexts = pack(source)
    assert isinstance(contexts, list)
    assert [(c.doc_id, c.parent_id, c.parent_start, c.sections) for c in contexts] == [
        (source.doc_id, source.doc_id, 0, source.sections)
    ]


def test_pack_document_cuts_at_sections_where_they_fit() -> None:
    source = with_headings("en", 4, 6, 6)
    contexts = pack(source)
    assert isinstance(contexts, list)
    assert len(contexts) > 1
    assert {context.parent_start for context in contexts} <= {section.start for section in source.sections}


@pytest.mark.parametrize(
    ("source", "overflow", "reason"),
    [
        (with_headings("en", 1, 1, 1), Overflow.SPLIT_AT_SECTION, "too_short_tokens"),
        (with_headings("ko", 1, 9, 20), Overflow.DROP, "too_long"),
    ],
)
def test_pack_document_out_of_range_is_rejected(source: Document, overflow: Overflow, reason: str) -> None:
    rejection = pack(source, overflow=overflow, min_tokens=30)
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.item_id, rejection.source_offset) == (reason, source.doc_id, 7)
    assert str(count_words([source.text])[0]) in rejection.detail


def test_pack_document_with_an_endless_sentence_is_rejected() -> None:
    text = "and so on " * 200
    source = Document("d" * 16, text, "legal", "en", "", "unknown", "/data/x.txt", 0, sha256_hex(text.encode()), ())
    rejection = pack(source)
    assert isinstance(rejection, Rejection)
    assert rejection.reason == "unsplittable"
    assert rejection.score == 600


def test_sections_within_clip_and_shift() -> None:
    sections = (Section(0, 10, 1, "a"), Section(10, 20, 2, "b"), Section(20, 30, 1, "c"))
    assert sections_within(sections, start=5, end=20) == (Section(0, 5, 1, "a"), Section(5, 15, 2, "b"))
