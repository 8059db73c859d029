import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prose import document
from word_tokenizer import SPACE_AFTER, SPACE_BEFORE, WordTokenizer

from pipeline.documents.grammar.outline import read_outline
from pipeline.pack.boundaries import LAST_RANK, PARAGRAPH_RANK, SENTENCE_RANK, Boundary, boundaries
from pipeline.pack.split import EncodedText, Part, Unsplittable, split_text

PATTERNS = st.sampled_from([SPACE_AFTER, SPACE_BEFORE])


def split_at(
    text: str, places: list[Boundary], max_tokens: int, *, pattern: str = SPACE_AFTER, sections: tuple[int, ...] = (0,)
) -> list[Part] | Unsplittable:
    tokenizer = WordTokenizer(pattern)
    at = sorted({*sections, *(place.offset for place in places)})
    ids, tokens = tokenizer.encode(text, at)
    parts = split_text(
        EncodedText(text, ids, dict(zip(at, tokens, strict=True)), sections),
        boundaries=places,
        max_tokens=max_tokens,
        encode=tokenizer.encode,
        decode=tokenizer.decode,
    )
    if isinstance(parts, list):
        for part in parts:
            assert tokenizer.decode(part.ids) == text[part.start : part.end]
            assert part.ids.dtype == part.section_token_starts.dtype == np.uint32
    return parts


def split(
    text: str, max_tokens: int, *, domain: str = "legal", path: str = "", pattern: str = SPACE_AFTER
) -> list[Part]:
    outline = read_outline(text=text, domain=domain, language="en")
    places = boundaries(text, domain=domain, sections=(), outline=outline, path=path)
    parts = split_at(text, places, max_tokens, pattern=pattern)
    assert isinstance(parts, list)
    return parts


@given(
    language=st.sampled_from(["en", "ko"]),
    seed=st.integers(0, 50),
    num_sentences=st.integers(1, 80),
    max_tokens=st.integers(40, 400),
    pattern=PATTERNS,
)
def test_split_text_parts_concatenate_fit_and_start_at_sentences(
    language: str, seed: int, num_sentences: int, max_tokens: int, pattern: str
) -> None:
    text = document(language, seed, num_sentences=num_sentences)
    parts = split(text, max_tokens, pattern=pattern)
    assert "".join(text[part.start : part.end] for part in parts) == text
    assert all(0 < part.num_tokens <= max_tokens for part in parts)
    assert all(first.end == second.start for first, second in pairwise(parts))
    # Documents are joined from sentences by one space or a blank line, and no sentence has a mark inside it.
    for part in parts[1:]:
        assert text[: part.start].rstrip()[-1] in ".?!"


@given(seed=st.integers(0, 50), num_sentences=st.integers(20, 80), max_tokens=st.integers(60, 300))
def test_split_text_between_tokens_loses_and_doubles_none(seed: int, num_sentences: int, max_tokens: int) -> None:
    text = document("en", seed, num_sentences=num_sentences)
    parts = split(text, max_tokens, pattern=SPACE_AFTER)
    words = WordTokenizer(SPACE_AFTER).encode(text, ())[0]
    assert np.concatenate([part.ids for part in parts]).tolist() == words.tolist()


def test_split_text_inside_a_token_encodes_only_the_parts_it_cuts() -> None:
    text = document("en", 3, num_sentences=60)
    tokenizer = WordTokenizer(SPACE_BEFORE)
    places = boundaries(text, domain="legal", sections=(), outline=(), path="")
    ids, tokens = tokenizer.encode(text, [place.offset for place in places])
    token_at = {place.offset: token for place, token in zip(places, tokens, strict=True)}
    before = tokenizer.num_encoded_chars
    parts = split_text(
        EncodedText(text, ids, token_at, section_starts=()),
        boundaries=places,
        max_tokens=300,
        encode=tokenizer.encode,
        decode=tokenizer.decode,
    )
    assert isinstance(parts, list)
    assert len(parts) > 1
    assert tokenizer.num_encoded_chars - before == len(text)


@given(seed=st.integers(0, 50), num_sentences=st.integers(40, 120), max_tokens=st.integers(120, 400))
def test_split_text_leaves_no_tiny_part(seed: int, num_sentences: int, max_tokens: int) -> None:
    sizes = [part.num_tokens for part in split(document("en", seed, num_sentences=num_sentences), max_tokens)]
    if len(sizes) > 1:
        assert min(sizes) > max_tokens / 5


def test_split_text_that_fits_is_one_part() -> None:
    (part,) = split("One sentence. Another one.", 50)
    assert (part.start, part.end, part.num_tokens) == (0, 26, 4)


def test_split_text_prefers_a_higher_section_to_equal_parts() -> None:
    text = "word " * 100
    places = [Boundary(offset=5 * words, rank=rank) for words, rank in ((35, 1), (50, 2), (65, 3))]
    parts = split_at(text, places, 70)
    assert isinstance(parts, list)
    assert [part.num_tokens for part in parts] == [35, 65]


def test_split_text_takes_the_most_equal_of_like_boundaries() -> None:
    text = "word " * 100
    parts = split_at(text, [Boundary(offset=5 * words, rank=2) for words in range(1, 100)], 70)
    assert isinstance(parts, list)
    assert [part.num_tokens for part in parts] == [50, 50]


def test_split_text_cuts_inside_a_definition_only_where_it_is_too_long_by_itself() -> None:
    text = "word " * 200
    deep = [Boundary(offset=5 * words, rank=SENTENCE_RANK) for words in range(1, 200) if words not in (20, 80)]
    top = [Boundary(offset=5 * words, rank=PARAGRAPH_RANK) for words in (20, 80)]
    places = sorted([*deep, *top], key=lambda place: place.offset)
    parts = split_at(text, places, 70)
    assert isinstance(parts, list)
    starts = [part.start // 5 for part in parts]
    assert {20, 80} <= set(starts), "whole definitions stay whole"
    assert all(start > 80 for start in set(starts) - {0, 20, 80}), "only the last one has 120 words"


def test_split_text_without_a_place_to_cut_is_unsplittable() -> None:
    text = "word " * 100
    assert split_at(text, [Boundary(offset=50, rank=LAST_RANK)], 70) == Unsplittable(start=50, num_tokens=90)


@pytest.mark.parametrize("pattern", [SPACE_AFTER, SPACE_BEFORE])
def test_split_text_tells_where_the_sections_of_a_part_begin(pattern: str) -> None:
    text = "".join(f"# {number}\n\n" + document("en", number, num_sentences=9) + "\n\n" for number in range(1, 7))
    starts = [match.start() for match in re.finditer(r"^# ", text, re.MULTILINE)]
    parts = split_at(text, [Boundary(start, 1) for start in starts], 420, pattern=pattern, sections=tuple(starts))
    assert isinstance(parts, list)
    assert len(parts) > 1
    for part in parts:
        inside = [start for start in starts if part.start <= start < part.end]
        tokenizer = WordTokenizer(pattern)
        _, expected = tokenizer.encode(text[part.start : part.end], [start - part.start for start in inside])
        assert part.section_token_starts.tolist() == expected


TURN = re.compile(r"^\w+: ", re.MULTILINE)


@given(seed=st.integers(0, 30), num_turns=st.integers(12, 40), max_tokens=st.integers(90, 300))
def test_split_text_of_dialogue_cuts_between_turns_only(seed: int, num_turns: int, max_tokens: int) -> None:
    turns = [
        f"{'Ada' if i % 2 else 'Karl'}: {document('en', seed + i, num_sentences=1 + i % 3)}" for i in range(num_turns)
    ]
    text = "\n".join(" ".join(turn.split("\n")) for turn in turns)
    parts = split(text, max_tokens, domain="dialogue")
    assert "".join(text[part.start : part.end] for part in parts) == text
    assert all(TURN.match(text, part.start) for part in parts)


def python_module(seed: int, num_definitions: int) -> str:
    blocks = ["import os\nfrom typing import Any"]
    for number in range(num_definitions):
        body = "\n".join(f"    value_{line} = {seed + line} + {number}" for line in range(3 + (seed + number) % 9))
        docstring = f'    """Does {number}.\n\ndef not_a_definition(): pass\n\nFlush left inside a string.\n    """'
        table = "TABLE = {\n\n    'a': 1,\n\n'b': 2,\n}"
        blocks.append(f"@cache\ndef step_{number}(x: int) -> int:\n{docstring}\n{body}\n    return x")
        if number % 4 == 0:
            blocks.append(table)
    return "\n\n\n".join(blocks) + "\n"


@given(seed=st.integers(0, 20), num_definitions=st.integers(8, 25), max_tokens=st.integers(120, 400))
def test_split_text_of_python_cuts_between_top_level_definitions_only(
    seed: int, num_definitions: int, max_tokens: int
) -> None:
    text = python_module(seed, num_definitions)
    parts = split(text, max_tokens, domain="code", path="steps.py")
    assert len(parts) > 1
    assert "".join(text[part.start : part.end] for part in parts) == text
    for part in parts[1:]:
        assert text.startswith(("@cache\ndef ", "TABLE = {"), part.start)
        compile(text[part.start : part.end], "part", "exec")


def java_class(seed: int, num_methods: int) -> str:
    methods = []
    for number in range(num_methods):
        body = "\n".join(
            f"    total += {line} * {seed + number}; // }} not a brace" for line in range(2 + (seed + number) % 7)
        )
        methods.append(f"static int step{number}(int x) {{\n    int total = x;\n\n{body}\n    return total;\n}}")
    return "package steps;\n\n/* A comment {\n\n with an open brace */\n\n" + "\n\n".join(methods) + "\n"


@given(seed=st.integers(0, 20), num_methods=st.integers(10, 25), max_tokens=st.integers(120, 300))
def test_split_text_of_languages_with_braces_cuts_outside_of_them(seed: int, num_methods: int, max_tokens: int) -> None:
    text = java_class(seed, num_methods)
    parts = split(text, max_tokens, domain="code", path="steps.java")
    assert len(parts) > 1
    assert "".join(text[part.start : part.end] for part in parts) == text
    for part in parts[1:]:
        assert text.startswith(("static int step", "/* A comment"), part.start)
