from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document
from word_tokenizer import SPACE_AFTER, SPACE_BEFORE, WordTokenizer

from pipeline.config.pack import Overflow
from pipeline.identity import content_id, sha256_hex
from pipeline.pack.encoding import Unplaced, encode_document, heading_path
from pipeline.pack.split import Part
from pipeline.records import Document, Dropped, Section

MAX_TOKENS = 240


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


def encode(
    source: Document, tokenizer: WordTokenizer, overflow: Overflow = Overflow.SPLIT_AT_SECTION
) -> list[Part] | Unplaced:
    return encode_document(
        source, max_tokens=MAX_TOKENS, overflow=overflow, encode=tokenizer.encode, decode=tokenizer.decode
    )


@given(
    language=st.sampled_from(["en", "ko"]),
    seed=st.integers(0, 20),
    num_sections=st.integers(1, 8),
    num_sentences=st.integers(1, 25),
    pattern=st.sampled_from([SPACE_AFTER, SPACE_BEFORE]),
)
def test_encode_document_parts_keep_every_character_and_know_their_tokens(
    language: str, seed: int, num_sections: int, num_sentences: int, pattern: str
) -> None:
    source, tokenizer = with_headings(language, seed, num_sections, num_sentences), WordTokenizer(pattern)
    parts = encode(source, tokenizer)
    assert isinstance(parts, list)
    assert (len(parts) > 1) == (tokenizer.count(source.text) > MAX_TOKENS)
    assert "".join(tokenizer.decode(part.ids) for part in parts) == source.text
    for part in parts:
        assert 0 < part.num_tokens <= MAX_TOKENS
        assert tokenizer.decode(part.ids) == source.text[part.start : part.end]
        cut = [s for s in source.sections if s.start < part.end and s.end > part.start]
        assert len(part.section_token_starts) == len(cut)


def test_encode_document_that_fits_is_encoded_once() -> None:
    source, tokenizer = with_headings("en", 1, 2, 3), WordTokenizer(SPACE_BEFORE)
    parts = encode(source, tokenizer)
    assert isinstance(parts, list)
    assert len(parts) == 1
    assert tokenizer.num_encoded_chars == len(source.text)


def test_encode_document_that_is_split_between_tokens_is_encoded_once() -> None:
    source, tokenizer = with_headings("en", 1, 9, 9), WordTokenizer(SPACE_AFTER)
    parts = encode(source, tokenizer)
    assert isinstance(parts, list)
    assert len(parts) > 1
    assert tokenizer.num_encoded_chars == len(source.text)


def test_encode_document_cuts_at_sections_where_they_fit() -> None:
    source = with_headings("en", 4, 6, 6)
    parts = encode(source, WordTokenizer(SPACE_AFTER))
    assert isinstance(parts, list)
    assert len(parts) > 1
    assert {part.start for part in parts} <= {section.start for section in source.sections}


@pytest.mark.parametrize(
    ("overflow", "num_parts"), [(Overflow.NEXT_BUCKET, 1), (Overflow.SPLIT_AT_SECTION, 9)], ids=str
)
def test_encode_document_too_long_is_kept_whole_or_split(overflow: Overflow, num_parts: int) -> None:
    source = with_headings("ko", 1, 9, 20)
    parts = encode(source, WordTokenizer(SPACE_AFTER), overflow)
    assert isinstance(parts, list)
    assert len(parts) == num_parts


def test_encode_document_too_long_is_dropped_where_the_recipe_says_so() -> None:
    source, tokenizer = with_headings("ko", 1, 9, 20), WordTokenizer(SPACE_AFTER)
    num_tokens = tokenizer.count(source.text)
    assert encode(source, tokenizer, Overflow.DROP) == Unplaced(
        Dropped("too_long", f"{num_tokens} tokens; the top bucket holds {MAX_TOKENS}.", float(num_tokens)), num_tokens
    )


def test_encode_document_with_an_endless_sentence_is_unsplittable() -> None:
    source = replace(with_headings("en", 1, 1, 1), text="and so on " * 200, sections=())
    found = encode(source, WordTokenizer(SPACE_AFTER))
    assert isinstance(found, Unplaced)
    assert (found.why.reason, found.why.score, found.num_tokens) == ("unsplittable", 600.0, 600)


def source_tree(*bodies: str) -> Document:
    text, sections = "", []
    for number, body in enumerate(bodies):
        piece = f"# file: f{number}.txt\n\n{body}\n\n"
        sections.append(Section(start=len(text), end=len(text) + len(piece), level=1, title=f"f{number}.txt"))
        text += piece
    return replace(with_headings("en", 1, 1, 1), domain="code", text=text, sections=tuple(sections))


def test_encode_document_leaves_out_the_files_of_a_tree_that_fit_no_bucket() -> None:
    endless, code = "and so on " * 200, "\n\n".join("a line of code here" for _ in range(20))
    source, tokenizer = source_tree(code, endless, code, code, endless, code), WordTokenizer(SPACE_AFTER)
    parts = encode(source, tokenizer)
    assert isinstance(parts, list)
    spans = [(part.start, part.end) for part in parts]
    kept = [section for number, section in enumerate(source.sections) if number not in (1, 4)]
    assert "".join(source.text[start:end] for start, end in spans) == "".join(
        source.text[section.start : section.end] for section in kept
    )
    assert all(part.num_tokens == tokenizer.count(source.text[part.start : part.end]) <= MAX_TOKENS for part in parts)
    assert sum(len(part.section_token_starts) for part in parts) == len(kept)


def test_encode_document_of_nothing_but_files_that_fit_no_bucket_is_unsplittable() -> None:
    found = encode(source_tree("and so on " * 200, "and so on " * 300), WordTokenizer(SPACE_AFTER))
    assert isinstance(found, Unplaced)
    assert found.why.reason == "unsplittable"


def test_heading_path_names_the_sections_open_above_an_offset() -> None:
    sections = (
        Section(0, 10, 0, ""),
        Section(10, 20, 1, "Chapter 1"),
        Section(20, 30, 2, "Section 1.1"),
        Section(30, 40, 2, "Section 1.2"),
        Section(40, 50, 1, "Chapter 2"),
    )
    assert heading_path(sections, start=0) == heading_path(sections, start=10) == ()
    assert heading_path(sections, start=20) == ("Chapter 1",)
    assert heading_path(sections, start=25) == ("Chapter 1", "Section 1.1")
    assert heading_path(sections, start=30) == ("Chapter 1",)
    assert heading_path(sections, start=35) == ("Chapter 1", "Section 1.2")
    assert heading_path(sections, start=40) == ()
