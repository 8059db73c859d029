"""Korean words: stop words, and the Korean particles and endings that are removed from the end of a word."""

from __future__ import annotations

import re

from pipeline.languages.text_rules import WordRules

_STOP_WORDS = """
무엇 무엇입니까 무엇인가요 얼마 얼마입니까 얼마인가요 언제 언제까지 언제입니까 언제인가요 누구 누구입니까
어디 어디입니까 어떤 어떻게 몇 몇일 며칠 왜 어느 문서 따르면 따라 대하여 대한 관하여 관한 있습니까
있나요 합니까 하나요 됩니까 되나요 입니까 인가요 그리고 그러나 또는 및 등 이 그 저 것 수 때 중 위
경우 해야 하여야 한다 합니다 있다 있습니다 입니다 이다 된다 됩니다 하는 있는 되는 하여 이며
"""
_STOP = frozenset(_STOP_WORDS.split())
_JOSA = """
으로부터 에게서 으로써 으로서 에서는 에서의 까지는 까지의 부터는 에게는 으로는 이라는 이라고 입니다
습니다 합니다 됩니다 하였다 되었다 입니까 인가요 로부터 로써 로서 에서 에게 까지 부터 으로 라는 라고
하고 하는 하여 한다 된다 되는 이나 이란 이며 이고 처럼 보다 마다 조차 밖에 에는 에도 와의 과의
들이 들은 들을 들의 께서 했다 됐다 은 는 이 가 을 를 의 에 로 와 과 도 만 나 란 들
"""
_PARTICLES = tuple(sorted(set(_JOSA.split()), key=lambda particle: (-len(particle), particle)))


_KNOWN_PARTICLES = frozenset(_PARTICLES)
_LONGEST_PARTICLE = max(map(len, _PARTICLES))


def _stem(word: str) -> str:
    for length in range(min(_LONGEST_PARTICLE, len(word) - 2), 0, -1):
        if word[-length:] in _KNOWN_PARTICLES:
            return word[:-length]
    # Words of two syllables stay whole, so that nouns such as 회의 keep their last syllable. Therefore 갑은 and 을이
    # keep their particle.
    return word


def _is_stop_word(word: str) -> bool:
    return word in _STOP or _stem(word) in _STOP


_FUNCTION_ENDING = re.compile(
    r"[가-힣)\]”’」』A-Za-z0-9](?:은|는|을|를|에|와|과|에서|에게|까지|부터|으로|로서|로써|니다|세요|십시오|하며|되며|이며|면|거나"
    r"|든지|지만|는데|어서|아서|하여|되어|하고|한다|된다|이다|있다|없다|해야|하는|되는|있는|없는)$"
    r"|[가-힣)\]”’」』A-Za-z0-9]{2}(?:이|가|의|로|도|만|나|고|며|지|게|서|다|요|한|할|된|될|인|던|까|라)$"
)
"""Endings of words in sentences. The short ones of the second line also end nouns of two syllables, such as 공지."""


def _is_function_word(word: str) -> bool:
    return "가" <= word[-1] <= "힣" and (
        word in _STOP or _FUNCTION_ENDING.search(word, max(0, len(word) - 8)) is not None
    )


WORDS = WordRules(
    token=r"[가-힣]+",
    stem=_stem,
    is_stop_word=_is_stop_word,
    is_function_word=_is_function_word,
    particles=_PARTICLES,
)
