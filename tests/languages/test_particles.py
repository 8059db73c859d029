import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages.ko.particles import PARTICLES, Ending, attach, ending_of


@pytest.mark.parametrize(
    ("word", "particle", "expected"),
    [
        ("보증금", "은", "보증금은"),
        ("관리비", "은", "관리비는"),
        ("계약", "이", "계약이"),
        ("류경임", "을", "류경임을"),
        ("갑", "과", "갑과"),
        ("서울", "으로", "서울로"),
        ("부산", "으로", "부산으로"),
        ("제주", "으로", "제주로"),
        ("제4조", "을", "제4조를"),
        ("제2항", "을", "제2항을"),
        ("제4조 (보증금)", "은", "제4조 (보증금)는"),
        ("“을”", "이", "“을”이"),
        ("10:03", "이라고", "10:03이라고"),
        ("E7", "으로", "E7로"),
        ("HX-36", "은", "HX-36은"),
        ("900원", "이라는", "900원이라는"),
        ("URL", "은", "URL은"),
        ("PDF", "은", "PDF는"),
        ("Konrad", "은", "Konrad는"),
        ("Mara", "이", "Mara가"),
        ("Slack", "을", "Slack을"),
        ("file", "으로", "file로"),
    ],
)
def test_attach_word_takes_particle_of_its_last_sound(word: str, particle: str, expected: str) -> None:
    assert attach(word, particle) == expected


@given(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), st.sampled_from(sorted(PARTICLES)))
def test_attach_hangul_syllable_agrees_with_its_final(syllable: str, particle: str) -> None:
    final = (ord(syllable) - 0xAC00) % 28
    after_consonant, after_vowel = PARTICLES[particle]
    expected = after_vowel if final == 0 or (final == 8 and particle == "으로") else after_consonant
    assert attach(syllable, particle) == syllable + expected


@given(st.text(max_size=20))
def test_ending_of_any_text_is_defined(word: str) -> None:
    assert ending_of(word) in Ending
