"""English deeds: who does what to whom, from word order, auxiliary verbs and `by`.

Takes a text; returns its deeds for `synthesize.verify`. There is no part-of-speech tagger: a word counts as a verb if an
auxiliary or `to` stands before it, or if it has a verb's ending and directly follows a noun. Time is linear in the
length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.languages.en.words import WORDS, irregular_forms
from pipeline.languages.statement_rules import Deed

_TOKEN = re.compile(r"(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)|(?P<end>[.;:!?](?=\s|$)|\n|\s[–—-]\s)|(?P<mark>[,()])|\d+")
_BE = frozenset("is are was were be been being get gets got isn't aren't wasn't weren't".split())
_AUXILIARIES = _BE | frozenset(
    "shall must may can could will would should might do does did has have had cannot can't don't doesn't didn't won't "
    "hasn't haven't hadn't shouldn't wouldn't couldn't mustn't".split()
)
_NEGATIONS = frozenset("not never cannot nobody nothing neither nor no none".split())
_ADVERBS = frozenset("not never then also always only first still already yet therefore thus hereby again".split())
_DETERMINERS = frozenset("the a an any each every no this that these those its their his her our your all both".split())
_RELATIVES = frozenset({"who", "which", "that"})
_COORDINATORS = frozenset({"and", "or", "but", "then"})
_PREPOSITIONS = frozenset(
    "of in on at for from with without within by under over to into before after during until about against between".split()
)
_NOUN_ENDINGS = ("ss", "tion", "sion", "ment", "ity", "ness", "ance", "ence", "ing", "tions", "ments")
_OPENERS = frozenset("if when while because whereas although unless where once as since though whether".split())


@dataclass(frozen=True, slots=True)
class _Verb:
    place: int
    subject: frozenset[str]
    is_passive: bool
    is_denied: bool


def read_deeds(text: str) -> tuple[Deed, ...]:
    """Return who does what in a text."""
    return tuple(deed for tokens in _sentences(text) for deed in _deeds(tokens))


def _sentences(text: str) -> Iterator[list[str]]:
    tokens: list[str] = []
    for match in _TOKEN.finditer(text):
        if match["end"]:
            yield tokens
            tokens = []
        else:
            tokens.append(match.group().replace("’", "'"))
    yield tokens


def _deeds(tokens: Sequence[str]) -> Iterator[Deed]:
    verbs: list[_Verb] = []
    for place in range(len(tokens)):
        verb = _verb(tokens, place, verbs)
        if verb is not None:
            verbs.append(verb)
    for index, verb in enumerate(verbs):
        end = verbs[index + 1].place if index + 1 < len(verbs) else len(tokens)
        objects, doers = _behind(tokens, verb.place + 1, end)
        agents = doers if verb.is_passive else verb.subject
        others = objects | (verb.subject if verb.is_passive else doers)
        denied = verb.is_denied != any(_denies(token) for token in tokens[verb.place + 1 : verb.place + 2])
        yield Deed(_stem(tokens[verb.place]), agents, others - agents, denied)


def _verb(tokens: Sequence[str], place: int, earlier: Sequence[_Verb]) -> _Verb | None:
    word = tokens[place]
    if not word.islower() or _is_function_word(word):
        return None
    left = place - 1
    while left >= 0 and (tokens[left].lower() in _ADVERBS or tokens[left].endswith("ly")):
        left -= 1
    before = tokens[left].lower() if left >= 0 else ""
    following = tokens[place + 1].lower() if place + 1 < len(tokens) else ""
    if before in _AUXILIARIES:
        start = left
        while start >= 0 and (tokens[start].lower() in _AUXILIARIES | _ADVERBS or tokens[start].endswith("ly")):
            start -= 1
        negated = any(_denies(token) for token in tokens[start + 1 : place])
        is_passive = before in _BE and _is_participle(word)
        if before in _BE and not is_passive and not word.endswith("ing"):
            return None
        subject, is_negative = _subject(tokens, start, earlier)
        return _Verb(place, subject, is_passive, negated != is_negative)
    if before == "to" and left == place - 1 and not word.endswith(_NOUN_ENDINGS):
        return _infinitive(tokens, place, earlier)
    if not _is_finite(word) or following in _AUXILIARIES:
        return None
    if following == "by" and _is_participle(word) and _is_content(before):
        subject, is_negative = _subject(tokens, left, earlier)
        return _Verb(place, subject, is_passive=True, is_denied=is_negative)
    if _is_content(before) or before in _RELATIVES:
        if earlier and earlier[-1].place == left:
            return None
        negated = any(_denies(token) for token in tokens[left + 1 : place])
        subject, is_negative = _subject(tokens, left, earlier)
        return _Verb(place, subject, is_passive=False, is_denied=negated != is_negative)
    if before in _COORDINATORS and earlier and not earlier[-1].is_passive:
        return _Verb(place, earlier[-1].subject, is_passive=False, is_denied=False)
    return None


def _infinitive(tokens: Sequence[str], place: int, earlier: Sequence[_Verb]) -> _Verb | None:
    """Return the verb behind `to`: the court orders the buyer to pay, the buyer agrees to pay."""
    if not earlier or place < 2:
        return None
    governor = earlier[-1]
    denied = _denies(tokens[place - 2])
    last = place - 3 if denied else place - 2
    if last == governor.place:
        return _Verb(place, governor.subject, is_passive=False, is_denied=denied or governor.is_denied)
    subject, _ = _subject(tokens, last, ())
    return _Verb(place, subject, is_passive=False, is_denied=denied)


def _subject(tokens: Sequence[str], place: int, earlier: Sequence[_Verb]) -> tuple[frozenset[str], bool]:
    """Return the stems of the noun phrase that ends at a place, and whether it denies its verb: `no tenant`."""
    if place >= 0 and tokens[place].lower() in _RELATIVES:
        place -= 2 if place > 0 and tokens[place - 1] == "," else 1
    if place >= 0 and tokens[place].lower() in _COORDINATORS and earlier:
        return earlier[-1].subject, False
    found: list[str] = []
    verb_places = {verb.place for verb in earlier}
    while place >= 0:
        token = tokens[place]
        lowered = token.lower()
        if lowered == "of" and found and found[-1][0].isupper() and place and tokens[place - 1][0].isupper():
            pass
        elif lowered in _COORDINATORS and found and place and _is_content(tokens[place - 1]):
            pass
        elif lowered in _DETERMINERS and place > 1 and tokens[place - 1].lower() == "and":
            pass
        elif not _is_content(token) or place in verb_places:
            break
        else:
            found.append(token)
        place -= 1
    stopped = tokens[place].lower() if place >= 0 else ""
    outer = tokens[place - 1].lower() if place > 0 else ""
    is_attribute = stopped in _PREPOSITIONS or (stopped in _DETERMINERS and outer in _PREPOSITIONS)
    if is_attribute:
        return frozenset(), False  # the cost of inspections: the head stands further to the left
    return frozenset(_stem(token) for token in found), _denies(stopped)


def _behind(tokens: Sequence[str], start: int, end: int) -> tuple[frozenset[str], frozenset[str]]:
    """Return the stems of the nouns behind a verb, and of those behind `by`."""
    objects: set[str] = set()
    doers: set[str] = set()
    inside_by, is_dropped = False, False
    for place in range(start, end):
        lowered = tokens[place].lower()
        if lowered == "by":
            is_dropped = _denies(tokens[place - 1])
            inside_by = True
        elif lowered in _OPENERS:
            break
        elif lowered in _PREPOSITIONS or tokens[place] in ",()":
            inside_by = is_dropped = inside_by and lowered == "of" and is_dropped
            inside_by = inside_by or (lowered == "of" and bool(doers))
        elif _denies(tokens[place]):
            continue
        elif _is_content(tokens[place]) and not is_dropped:
            (doers if inside_by else objects).add(_stem(tokens[place]))
    return frozenset(objects), frozenset(doers)


def _denies(token: str) -> bool:
    return token.lower() in _NEGATIONS or token.lower().endswith("n't")


def _is_content(token: str) -> bool:
    return bool(token) and token[0].isalpha() and not _is_function_word(token)


def _is_function_word(token: str) -> bool:
    lowered = token.lower()
    return lowered in _AUXILIARIES or lowered in _ADVERBS or lowered in _OPENERS or WORDS.is_stop_word(lowered)


def _is_finite(word: str) -> bool:
    if word in irregular_forms() or word.endswith("ed"):
        return True
    return word.endswith("s") and not word.endswith(("ss", "tions", "ments", "'s"))


def _is_participle(word: str) -> bool:
    return word.endswith(("ed", "en")) or word in irregular_forms()


def _stem(token: str) -> str:
    return WORDS.stem(token)
