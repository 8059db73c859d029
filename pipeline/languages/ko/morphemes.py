"""Korean words, from the morphological analyser kiwipiepy (extra `korean`).

A Korean word joins a noun or verb with particles and endings, and only an analyser parts them: 국방부와, Blur를. Used
on replies and their evidence only, because the analyser reads about 0.1 to 0.5 MB a second. Loading its model takes
seconds and happens once in a process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from pipeline.languages.ko.versions import VERSIONS
from pipeline.languages.statement_rules import Term, Word

_NOUNS = frozenset({"NNG", "NNP", "NR", "XR", "SL", "SH", "XPN", "XSN"})
_CORE = frozenset({"NNG", "NNP", "XR", "SL", "SH"})
_VERBS = frozenset({"VV", "VA", "VV-I", "VA-I", "VV-R", "VA-R"})
_MAKES_VERB = frozenset({"XSV", "XSA"})
_EMPTY_WORDS = "하 되 있 없 않 못하 아니 이 그 저 것 수 때 등 및 중 위 대하 관하 따르 의하 위하 말 경우 이하"
_EMPTY = frozenset(_EMPTY_WORDS.split())
"""Nouns, verbs and adjectives that say nothing about a subject."""
_FINAL_TAGS = frozenset({"EF", "ETN"})
"""The tags of an ending that closes a sentence, or makes a noun of it."""
_SIGNS = frozenset({"SF", "SP", "SS", "SSO", "SSC", "SE", "SO", "SW"})
"""The tags of punctuation and symbols."""
_NOT_INITIAL = frozenset({"SN", "SW", "SSO", "SF", "SP"})
_MIN_TERM_CHARS = 2
_MAX_REMEMBERED_TEXTS = 4096
_MAX_REMEMBERED_TOKENS = 64


@lru_cache(maxsize=_MAX_REMEMBERED_TEXTS)
def read_words(text: str) -> tuple[Word, ...]:
    """Return the nouns, verbs and adjectives of a text; names are marked.

    Raises:
        ImportError: kiwipiepy is not installed.
    """
    return tuple(_words(text, tokens_of(text)))


@lru_cache(maxsize=_MAX_REMEMBERED_TEXTS)
def read_terms(text: str) -> tuple[Term, ...]:
    """Return the nouns of a text with their compounds: from the beginning of a word to its particle.

    The analyser parts invented names into any words that they contain, so a compound may hold verbs: 다온엘리베이터.

    Raises:
        ImportError: kiwipiepy is not installed.
    """
    found = []
    tokens = tokens_of(text)
    start = 0
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if index and not _touches(tokens[index - 1], token):
            start = index
        if _tag(token) in _NOUNS and (following is None or _ends_term(token, following)):
            word = Term(tokens[start].start, token.start + token.len)
            if word.end - word.start >= _MIN_TERM_CHARS and _tag(tokens[start]) not in _NOT_INITIAL:
                found.append(word)
    return tuple(found)


def _ends_term(token: Any, following: Any) -> bool:
    """Return whether a noun ends its word, or a particle or copula follows."""
    return not _touches(token, following) or _tag(following)[0] == "J" or _tag(following) in {"VCP", "SF", "SP", "SSC"}


@lru_cache(maxsize=_MAX_REMEMBERED_TOKENS)
def tokens_of(text: str) -> tuple[Any, ...]:
    """Return the morphemes of a text as kiwipiepy tokens, with `form`, `tag`, `start` and `len`.

    Raises:
        ImportError: kiwipiepy is not installed.
    """
    return tuple(_analyser().tokenize(text))


def read_ending(sentence: str) -> str:
    """Return the final ending of a sentence with what is joined to it: `ᆸ니다`, `ᆫ가요`; empty if it has none.

    Raises:
        ImportError: kiwipiepy is not installed.
    """
    tokens = [token for token in _analyser().tokenize(sentence) if _tag(token) not in _SIGNS]
    joined = ""
    # The analyser parts 요 from -ㄴ가요 as a particle, and 시 from -시오 as an honorific.
    while tokens and _tag(tokens[-1]) == "JX":
        joined = tokens.pop().form + joined
    if not tokens or _tag(tokens[-1]) not in _FINAL_TAGS:
        return ""
    ending = str(tokens[-1].form) + joined
    before = tokens[-2] if len(tokens) > 1 else None
    return before.form + ending if before is not None and _tag(before) == "EP" and ending == "오" else ending


@cache
def _analyser() -> Any:  # Any: kiwipiepy is optional and has no types here
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)


def _words(text: str, tokens: Sequence[Any]) -> Iterator[Word]:
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if _tag(token) in _NOUNS:
            end = index + 1
            while end < len(tokens) and _tag(tokens[end]) in _NOUNS and _touches(tokens[end - 1], tokens[end]):
                end += 1
            yield from _nouns(text, tokens[index:end], tokens[end : end + 2])
            index = end
            continue
        if _tag(token) in _VERBS and token.form not in _EMPTY:
            yield Word(token.start, token.start + token.len, token.form, is_verb=True)
        index += 1


def _nouns(text: str, run: Sequence[Any], behind: Sequence[Any]) -> Iterator[Word]:
    start, end = run[0].start, run[-1].start + run[-1].len
    whole = text[start:end]
    is_verb = bool(behind) and _tag(behind[0]) in _MAKES_VERB and _touches(run[-1], behind[0])
    is_unknown = any(_tag(token) == "NNP" for token in run) or run[0].len == 1
    is_person = is_unknown and VERSIONS.is_personal_name(whole)
    if is_person and not is_verb:
        yield Word(start, end, whole, is_name=True)
        return
    for token in run:
        if _tag(token) not in _CORE or token.form in _EMPTY:
            continue
        is_name = _tag(token) == "NNP" and token.len > 1 and not is_verb
        is_act = is_verb and token is run[-1]
        yield Word(token.start, token.start + token.len, token.form.lower(), is_name=is_name, is_verb=is_act)


def _tag(token: Any) -> str:
    return str(token.tag)


def _touches(one: Any, other: Any) -> bool:
    return bool(one.start + one.len == other.start)
