"""Each measure on windows whose share can be counted by hand, and its bounds on any text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clean import measures
from pipeline.clean.measures import Window, window_of
from pipeline.clean.words import kind_of

SHARES = [
    measures.similar_lines,
    measures.log_lines,
    measures.encoded,
    measures.broken_words,
    measures.placeholders,
    measures.long_lines,
    measures.letters,
    measures.meaning,
]


@pytest.mark.parametrize("measure", SHARES, ids=lambda measure: measure.__name__)
@given(text=st.text(alphabet="aI1는다_.:|-[] \n#é\u3141", max_size=200) | st.text(max_size=60))
def test_measure_of_any_text_is_a_share(measure: Callable[[Window], float], text: str) -> None:
    lines = [line.strip() for line in text.split("\n")]
    assert 0 <= measure(window_of("\n".join(lines))) <= 1


@pytest.mark.parametrize(
    ("measure", "text", "share"),
    [
        (measures.similar_lines, "Part 12\nPart 13\nPart  140\nLast", 12 / 22),
        (measures.similar_lines, "one\ntwo", 0),
        (measures.log_lines, "10:00:01 up\n[ 12.3456] down\n1700000000 in\nat 10:00", 3 / 4),
        (measures.encoded, "short " + "0aB/" * 20, 80 / 85),
        (measures.encoded, "a" * 90 + " 계약" + "서" * 60, 0),
        (measures.broken_words, "a l I x¦y b0b1b0 제3조(목적) and/or 60335-1 ; -", 4 / 9),
        (measures.broken_words, "| l | i |\nword", 0),
        (measures.placeholders, "Lorem ipsum of mine", 2 / 4),
        (measures.long_lines, "x" * 501 + "\n" + "y" * 498, 0.501),
        (measures.letters, "abc 12 a1 10:30 제3조", 3 / 10),
        (measures.meaning, "Home\nAbout us\nTrack my order", 0),
        (measures.meaning, "Close the lid.\nHome\nAbout", 3 / 5),
        (measures.meaning, "Voltage: 220 V\nHome", 3 / 4),
        (measures.meaning, "| Bolt | M8 |\nHome", 2 / 3),
        (measures.meaning, "Name ______\nHome", 1 / 3),
        (measures.meaning, "• Slower growth in Europe\n• Home", 4 / 5),
        (measures.meaning, "- 경쟁사 신제품 출시\n- 찾아오시는 길", 3 / 5),
        (measures.meaning, "tags (12)\nwords (7)", 0),
        (measures.meaning, "임차인은 보증금을 매월 말일까지", 3 / 4),
        (measures.meaning, "cheap loan, the bank, of loans, loan in town, to the point, a loan, the rest", 0),
    ],
)
def test_measure_is_the_share_that_a_person_counts(measure: Callable[[Window], float], text: str, share: float) -> None:
    assert measure(window_of(text)) == pytest.approx(share)


def test_compressed_lines_that_differ_in_digits_only_are_small() -> None:
    repeated = "\n".join(f"bot: build {number} finished" for number in range(200))
    assert measures.compressed(window_of(repeated)) < 0.05
    assert measures.compressed(window_of("Every word of this line is new, so it stays long.")) > 0.8


def test_kind_of_a_very_long_word_is_read_in_part() -> None:
    kind = kind_of("x1" * 50_000)
    assert kind.counted_chars == kind.encoded_chars == 80
    assert kind.alphanumeric_chars <= 100
