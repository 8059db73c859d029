import unicodedata

from pipeline.tokens.letters import KINDS, NO_KIND, composes_with_next, kind_of


def test_every_character_of_a_kind_is_stable_and_of_the_kind_s_category():
    for kind, (first, last) in enumerate(KINDS):
        category = unicodedata.category(first)
        for letter in map(chr, range(ord(first), ord(last) + 1)):
            assert kind_of(letter) == kind and unicodedata.category(letter) == category
            assert unicodedata.is_normalized("NFC", letter) and unicodedata.combining(letter) == 0
            assert letter.isspace() == first.isspace()


def test_no_character_of_a_kind_composes_with_the_one_before():
    seconds = {
        chr(int(parts[1], 16))
        for point in range(0x110000)
        if len(parts := unicodedata.decomposition(chr(point)).split()) == 2 and not parts[0].startswith("<")
    }
    assert len(seconds) > 50 and all(kind_of(letter) == NO_KIND for letter in seconds)
    assert all(kind_of(chr(point)) == NO_KIND for point in range(0x1100, 0x1200))  # Jamo


def test_composing_kinds_are_those_that_nfc_changes_before_a_mark():
    composing = composes_with_next()
    for letter, mark in (("e", "\u0301"), ("=", "\u0338"), ("하", "\u11ab"), ("か", "\u3099")):
        assert len(unicodedata.normalize("NFC", letter + mark)) == 1 and composing[kind_of(letter)]
    assert not any(composing[kind_of(letter)] for letter in " \n.,1契。")
