from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.build import InputSource
from pipeline.documents.discovery import discover
from pipeline.documents.domain import detect_domain, num_words
from pipeline.documents.planning import plan_segments
from pipeline.documents.readers.reader import Extract, ReadLimits, ReadOptions, ReadSettings
from pipeline.documents.reading import read_segment

IRC = "\n".join(
    f"[03:{minute:02d}] <{nick}> is the driver loaded?" for minute in range(20) for nick in ("tyler", "adub")
)
STATUTE = "\n".join(f"제{number}조(목적) 이 법은 임대인의 의무에 관한 사항을 규정한다." for number in range(1, 9))
RECIPE = (
    "Install the valve, press the button and open the screen. Tighten it.\nTorque: 12 Nm\nWeight: 3 kg\nColour: red\n"
)


CHANNEL_LOG = "\n".join(
    f"#kiln 2024-03-05 10:{minute:02d} <{nick}> is the kiln hot?" for minute in range(5) for nick in ("mun__", "jo")
)
KAKAO = "\n".join(
    f"2024년 3월 5일 오후 2:{minute}, {name} : 견적서 보냈습니다"
    for minute in range(30, 35)
    for name in ("김민수", "이서연")
)
NOTES = "\n".join(f"Press the button {count} times and wait.\nNote: the pump is hot." for count in range(9))

SETTINGS = ReadSettings("text", "title", ReadLimits(2**24, 200, 60, 2**30), ReadOptions())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (IRC, "dialogue"),
        (CHANNEL_LOG, "dialogue"),
        (KAKAO, "dialogue"),
        (STATUTE, "legal"),
        (RECIPE, "manual"),
        (NOTES, "manual"),
    ],
)
def test_detect_domain_by_what_the_text_shows(text: str, expected: str) -> None:
    assert detect_domain(text=text, is_code=False, is_conversation=False) is expected


def test_detect_domain_code_and_conversations_by_their_source() -> None:
    assert detect_domain(text=STATUTE, is_code=True, is_conversation=False) == "code"
    assert detect_domain(text=STATUTE, is_code=False, is_conversation=True) == "dialogue"


def test_detect_domain_long_bundled_documents_all_and_short_ones_mostly_as_their_folders_say() -> None:
    readings = [
        (segment.item.key.split("/")[0], reading)
        for shard in plan_segments(discover([InputSource(path="bundled:")]).items, shard_bytes=2**24, min_shards=1)
        for segment in shard
        for reading in read_segment(segment, SETTINGS)
        if isinstance(reading, Extract) and reading.replaced_share < 0.01
    ]
    wrong = [
        reading
        for folder, reading in readings
        if detect_domain(text=reading.text, is_code=reading.is_code, is_conversation=reading.is_conversation) != folder
    ]
    long = [reading for _, reading in readings if len(reading.text) > 5000]
    assert len(long) >= 12 and len(readings) - len(long) >= 80
    assert [reading.uri for reading in wrong if reading in long] == []
    # Rules of a pool or a camp site that use no legal words read like instructions.
    assert len(wrong) / len(readings) < 0.1


def detect(text: str, *, is_code: bool = False, is_conversation: bool = False) -> str:
    return detect_domain(text=text, is_code=is_code, is_conversation=is_conversation)


def words(*, legal: int = 0, procedure: int = 0, others: int = 0) -> str:
    """Words in shuffled lines of ten: contract words, words of manuals, and others."""
    found = ["liability"] * legal + ["valve"] * procedure + ["blue"] * others
    return "\n".join(" ".join(found[at : at + 10]) for at in range(0, len(found), 10))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (words(legal=6, others=994), "legal"),
        (words(legal=5, others=995), "manual"),
        (words(legal=6, procedure=4, others=990), "legal"),
        (words(legal=6, procedure=5, others=989), "manual"),
        ("§ 4\n" * 5 + words(procedure=10, others=40), "legal"),
        ("§ 4\n" * 4 + words(procedure=40, others=40), "manual"),
        ("[12] A word\n" * 5 + words(others=40), "legal"),
        ("[12] A word\n" * 4 + words(others=40), "manual"),
        ("[12] A word\n" * 9 + words(procedure=1, others=4000), "manual"),
        ("", "manual"),
    ],
)
def test_detect_domain_legal_has_clauses_or_words_enough(text: str, expected: str) -> None:
    assert detect(text) is expected


def test_detect_domain_looks_at_the_beginning_of_a_long_text() -> None:
    filler = "blue sky above\n"
    far = filler * (200_000 // len(filler) + 1)
    assert detect(far + words(legal=90_000)) == "manual"
    assert detect(filler * 100 + words(legal=90_000)) == "legal"
    assert detect(filler * (40_000 // len(filler) + 1) + IRC * 20) == "manual"


def test_detect_domain_of_text_in_any_format_is_by_its_words() -> None:
    assert detect(STATUTE) == "legal"
    assert detect(STATUTE, is_conversation=True) == "dialogue"
    assert detect(IRC, is_code=True, is_conversation=True) == "code"


@given(st.text() | st.text("aé 가_9,½𝐀\ud800\n²"))
def test_num_words_counts_what_a_regular_expression_finds(text: str) -> None:
    assert num_words(text) == len(re.findall(r"\w+", text))


def test_word_characters_are_those_of_regular_expressions() -> None:
    every = [chr(code) for code in range(1 << 16) if not 0xD800 <= code < 0xE000]
    assert num_words(" ".join(every)) == len(re.findall(r"\w+", " ".join(every))) > 40_000
