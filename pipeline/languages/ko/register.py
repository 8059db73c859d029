"""Korean registers by the ending of a sentence: 합쇼체 (formal), 해요체 (polite), and all others (plain).

The endings are those that the morphological analyser kiwipiepy finds (extra `korean`), because a noun may look like
one: 개요 and 필요 end in 요, 바다 ends in 다. Questions in -나요, -가요 and -까요 are polite, those in -ㅂ니까 formal.
"""

from __future__ import annotations

from functools import lru_cache

from pipeline.languages.ko.morphemes import read_ending
from pipeline.languages.register_rules import RegisterRules

_FORMAL = "formal"
_POLITE = "polite"
_PLAIN = "plain"
_FORMAL_ENDINGS = ("니다", "니까", "시오", "시다", "니다만", "니까만")
_POLITE_ENDINGS = ("요", "죠")
_NOMINAL_ENDINGS = frozenset({"음", "ᆷ", "기", "ㅁ"})
"""Endings that make a noun of a sentence, as minutes and tables have it: 지급함."""
_MAX_REMEMBERED_SENTENCES = 4096


@lru_cache(maxsize=_MAX_REMEMBERED_SENTENCES)
def register_of(sentence: str) -> str | None:
    """Return `formal`, `polite` or `plain`, or None for a fragment that ends in a noun, a number or a connective.

    Raises:
        ImportError: kiwipiepy is not installed.
    """
    ending = read_ending(sentence)
    if not ending or ending in _NOMINAL_ENDINGS:
        return None
    if ending.endswith(_FORMAL_ENDINGS):
        return _FORMAL
    return _POLITE if ending.endswith(_POLITE_ENDINGS) else _PLAIN


REGISTER = RegisterRules(registers=(_FORMAL, _POLITE), register_of=register_of)
