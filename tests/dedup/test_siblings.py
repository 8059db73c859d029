"""Siblings are made from one template for two subjects; edited copies, editions and spellings are none."""

from __future__ import annotations

import pytest
from prose import document, edited

from pipeline.dedup.siblings import are_siblings

DEVICES = [
    "The {} delivers up to {} volts at its front terminals.",
    "Switch the {} on with the key beside the display, and wait for the green lamp.",
    "If the fan of the {} stops, switch it off at once and call a technician.",
]
BILL = ["{} 일부를 다음과 같이 개정한다.", "{} 제63조제2항을 신설한다.", "이 법은 {} 개정일부터 시행한다."]


def filled(lines: list[str], *values: str, language: str) -> str:
    return "\n".join(line.format(*values) for line in lines) + "\n" + document(language, 3, num_sentences=30)


@pytest.mark.parametrize(
    ("lines", "language", "first", "second"),
    [
        (DEVICES, "en", ("X100", "30"), ("X200", "60")),
        (DEVICES, "en", ("DS-40", "30"), ("DS-60", "30")),
        (DEVICES, "en", ("nginx", "30"), ("httpd", "30")),
        (BILL, "ko", ("지방공무원법",), ("교육공무원법",)),
    ],
)
def test_texts_in_which_one_subject_is_replaced_throughout_are_siblings(
    lines: list[str], language: str, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    texts = filled(lines, *first, language=language), filled(lines, *second, language=language)
    assert are_siblings(*texts, similarity=0.6)
    assert are_siblings(*reversed(texts), similarity=0.6)
    assert are_siblings(*texts, similarity=0.9)
    assert not are_siblings(texts[0], texts[0], similarity=1.0)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("license", "licence"),
        ("v2", "v3"),
        ("March", "October"),
        ("4.8", "5.1"),
        ("[EMAIL-1]", "[EMAIL-2]"),
        ("Whitfield", "[name]"),
        ("Whitfield", "(cid:302)(cid:88)"),
        ("休職", "휴직"),
    ],
)
def test_spellings_editions_blanks_and_masks_are_no_subject(first: str, second: str) -> None:
    texts = (filled(DEVICES, value, "30", language="en") for value in (first, second))
    assert not are_siblings(*texts, similarity=0.6)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("seed", range(5))
def test_edits_at_random_make_no_siblings(language: str, share: float, seed: int) -> None:
    text = document(language, seed, num_sentences=60)
    changed = edited(text, share=share, seed=seed)
    assert changed != text
    assert not are_siblings(text, changed, similarity=0.6)


def test_one_replacement_among_many_other_changes_makes_no_siblings() -> None:
    first, second = (filled(DEVICES, name, "30", language="en") for name in ("nginx", "httpd"))
    rewritten = second + "\n".join(f"{word} added clause" for word in document("en", 9, num_sentences=99).split())
    longer = first + "\n".join(f"{word} former sentence" for word in document("en", 8, num_sentences=99).split())
    assert are_siblings(first, second, similarity=0.6)
    assert not are_siblings(longer, rewritten, similarity=0.9)
