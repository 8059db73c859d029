"""English deeds: who does what to whom, from word order, auxiliary verbs and `by`.

Takes a text; returns its deeds for `synthesize.verify`. There is no part-of-speech tagger: a word counts as a verb if
an auxiliary or `to` stands before it, or if it has a verb's ending and directly follows a noun. Time is linear in
the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pipeline.languages.en.deed_words import (
    ADVERBS,
    AUXILIARIES,
    BE,
    BEFORE_GERUNDS,
    COORDINATORS,
    DETERMINERS,
    INVERTED,
    KEEPS_FROM,
    NEGATIONS,
    NO_OBJECT,
    OPENERS,
    OPPOSITES,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    REFUSALS,
    RELATIVES,
    SYNONYMS,
)
from pipeline.languages.en.words import WORDS, irregular_forms
from pipeline.languages.statement_rules import Deed

_TOKEN = re.compile(r"(?P<word>[^\W\d_]+(?:['’-][^\W\d_]+)*)|(?P<end>[.;:!?](?=\s|$)|\n|\s[–—-]\s)|(?P<mark>[,()])|\d+")
_WHO = re.compile(
    r"(?:who|which (?:party|person|company|team|body|court|authority|of \w+(?: \w+)?))\s(?P<rest>[^?]+)\?",
    re.IGNORECASE,
)
_NOUN_ENDINGS = ("ss", "tion", "sion", "ment", "ity", "ness", "ance", "ence", "ing", "tions", "ments")
_NO_LONGER = ("no", "longer")
_MAX_NAMED_WORDS = 5
_MAX_SUBJECT_WORDS = 6
_MAX_DENIED_WORDS = 4
_MAX_REMEMBERED_TEXTS = 64


@dataclass(frozen=True, slots=True)
class _Verb:
    place: int
    subject: frozenset[str]
    is_passive: bool
    is_denied: bool


@lru_cache(maxsize=_MAX_REMEMBERED_TEXTS)
def read_deeds(text: str) -> tuple[Deed, ...]:
    """Return who does what in a text."""
    return tuple(deed for tokens, starts in _sentences(text) for deed in _deeds(tokens, starts))


def completed(question: str, answer: str) -> str:
    """Return a short answer to who does something as a sentence; '' for any other question or answer."""
    match = _WHO.match(question.strip())
    named = answer.strip().rstrip(".")
    if match is None or len(named.split()) > _MAX_NAMED_WORDS or named[:1].islower():
        return ""
    return f"{named} {match['rest']}"


def _sentences(text: str) -> Iterator[tuple[list[str], list[int]]]:
    tokens: list[str] = []
    starts: list[int] = []
    for match in _TOKEN.finditer(text):
        if match["end"]:
            yield tokens, starts
            tokens, starts = [], []
        else:
            tokens.append(match.group().replace("’", "'"))
            starts.append(match.start())
    yield tokens, starts


def _deeds(tokens: Sequence[str], starts: Sequence[int]) -> Iterator[Deed]:
    verbs: list[_Verb] = []
    for place in range(len(tokens)):
        verb = _verb(tokens, place, verbs)
        if verb is not None:
            verbs.append(verb)
        elif _is_denied_noun(tokens, place):
            nobody: frozenset[str] = frozenset()
            yield Deed(_stem(tokens[place]), nobody, nobody, is_denied=True, start=starts[place], is_noun=True)
    governing = {
        verb.place
        for verb, infinitive in pairwise(verbs)
        if _stem(tokens[verb.place]) in REFUSALS and tokens[infinitive.place - 1].lower() == "to"
    }
    for index, verb in enumerate(verbs):
        if verb.place in governing and verbs[index + 1].place - verb.place <= _MAX_DENIED_WORDS:
            continue  # fails to pay is one deed, paying, which is denied
        end = verbs[index + 1].place if index + 1 < len(verbs) else len(tokens)
        objects, doers = _behind(tokens, verb.place + 1, end)
        agents = doers if verb.is_passive else verb.subject
        others = objects | (verb.subject if verb.is_passive else doers)
        denied = verb.is_denied != any(_denies_object(token) for token in tokens[verb.place + 1 : verb.place + 2])
        act = _stem(tokens[verb.place])
        act, is_opposite = OPPOSITES.get(act, SYNONYMS.get(act, act)), act in OPPOSITES
        yield Deed(act, agents, others - agents, denied != is_opposite, starts[verb.place])


def _is_denied_noun(tokens: Sequence[str], place: int) -> bool:
    """Return whether a noun is denied: without penalty, no penalty."""
    if not _is_content(tokens[place]) or tokens[place].endswith("ing") or not place:
        return False
    before = place - 1
    while before > 0 and (tokens[before].lower() in DETERMINERS - {"no"} or _is_content(tokens[before])):
        before -= 1
    if tokens[before].lower() == "no" and any(
        token.lower() in AUXILIARIES - {"be"} for token in tokens[place + 1 : place + 1 + _MAX_SUBJECT_WORDS]
    ):
        return False  # no vessel may leave: its verb is denied
    if tokens[before].lower() == "no" and tokens[before + 1].lower() == "longer":
        return False
    return tokens[before].lower() in {"without", "no"} and place - before <= _MAX_DENIED_WORDS


def _verb(tokens: Sequence[str], place: int, earlier: Sequence[_Verb]) -> _Verb | None:
    word = tokens[place]
    if not word.islower() or (_is_function_word(word) and word not in irregular_forms()):
        return None
    left = place - 1
    while left >= 0 and _is_adverb(tokens, left):
        left -= 1
    before = tokens[left].lower() if left >= 0 else ""
    following = tokens[place + 1].lower() if place + 1 < len(tokens) else ""
    if before in AUXILIARIES and word not in AUXILIARIES:
        start = left
        while start >= 0 and (tokens[start].lower() in AUXILIARIES or _is_adverb(tokens, start)):
            start -= 1
        negated = any(_denies(token) for token in tokens[start + 1 : place])
        is_passive = before in BE and _is_participle(word)
        subject, is_negative = _subject(tokens, start, earlier)
        return _Verb(place, subject, is_passive, negated != is_negative)
    if before == "from" and word.endswith("ing") and earlier and _stem(tokens[earlier[-1].place]) in KEEPS_FROM:
        return _Verb(place, earlier[-1].subject, is_passive=False, is_denied=not earlier[-1].is_denied)
    if word.endswith("ing") and before in BEFORE_GERUNDS:
        return _Verb(place, frozenset(), is_passive=False, is_denied=before not in {"after", "before", "by"})
    if before == "to" and left == place - 1 and not word.endswith(_NOUN_ENDINGS):
        return _infinitive(tokens, place, earlier)
    if not earlier and _follows_inversion(tokens, place):
        negated = any(_denies(token) for token in tokens[:place])
        return _Verb(place, frozenset(), is_passive=False, is_denied=negated)
    is_plural = _is_content(before) and before.endswith("s") and not before.endswith(("ss", "'s"))
    if is_plural and following in DETERMINERS | PREPOSITIONS | {"to"} and not _is_finite(word):
        subject, is_negative = _subject(tokens, left, earlier)
        return _Verb(place, subject, is_passive=False, is_denied=is_negative)
    if not _is_finite(word) or following in AUXILIARIES:
        return None
    if following == "by" and _is_participle(word) and _is_content(before):
        subject, is_negative = _subject(tokens, left, earlier)
        return _Verb(place, subject, is_passive=True, is_denied=is_negative)
    if _is_content(before) or before in RELATIVES or before in PRONOUNS:
        if earlier and earlier[-1].place == left:
            return None
        negated = any(_denies(token) for token in tokens[left + 1 : place])
        subject, is_negative = _subject(tokens, left, earlier)
        return _Verb(place, subject, is_passive=False, is_denied=negated != is_negative)
    if before in COORDINATORS and earlier and not earlier[-1].is_passive:
        return _Verb(place, earlier[-1].subject, is_passive=False, is_denied=False)
    return None


def _is_adverb(tokens: Sequence[str], place: int) -> bool:
    """Return whether a word may stand between an auxiliary and its verb: also, no longer."""
    lowered = tokens[place].lower()
    pair = [token.lower() for token in tokens[max(0, place - 1) : place + 2]]
    return (
        lowered in ADVERBS or lowered.endswith("ly") or (lowered in _NO_LONGER and "".join(_NO_LONGER) in "".join(pair))
    )


def _follows_inversion(tokens: Sequence[str], place: int) -> bool:
    """Return whether a word may be the verb of a question: what must the tenant pay?"""
    auxiliary = next((at for at in range(place - 1, -1, -1) if tokens[at].lower() in INVERTED), -1)
    opens = auxiliary == 0 or (auxiliary > 0 and (tokens[0].lower() in QUESTION_WORDS))
    return opens and 1 < place - auxiliary <= _MAX_SUBJECT_WORDS and _is_content(tokens[place - 1])


def _infinitive(tokens: Sequence[str], place: int, earlier: Sequence[_Verb]) -> _Verb | None:
    """Return the verb behind `to`: the court orders the buyer to pay, the buyer agrees to pay."""
    if not earlier or place < 2:
        return None
    governor = earlier[-1]
    denied = _denies(tokens[place - 2])
    last = place - 3 if denied else place - 2
    if last == governor.place:
        refused = _stem(tokens[governor.place]) in REFUSALS
        return _Verb(place, governor.subject, is_passive=False, is_denied=(denied or governor.is_denied) != refused)
    subject, _ = _subject(tokens, last, ())
    return _Verb(place, subject, is_passive=False, is_denied=denied)


def _subject(tokens: Sequence[str], place: int, earlier: Sequence[_Verb]) -> tuple[frozenset[str], bool]:
    """Return the stems of the noun phrase that ends at a place, and whether it denies its verb: `no tenant`."""
    is_relative = place >= 0 and tokens[place].lower() in RELATIVES
    if is_relative:
        place -= 2 if place > 0 and tokens[place - 1] == "," else 1
    if place >= 0 and tokens[place].lower() in COORDINATORS and earlier:
        return earlier[-1].subject, False
    found: list[str] = []
    verb_places = {verb.place for verb in earlier}
    while place >= 0:
        token = tokens[place]
        lowered = token.lower()
        if (
            (lowered == "of" and found and found[-1][0].isupper() and place and tokens[place - 1][0].isupper())
            or (lowered in COORDINATORS and found and place and _is_content(tokens[place - 1]))
            or (lowered in DETERMINERS - {"no"} and place > 1 and tokens[place - 1].lower() == "and")
        ):
            pass
        elif not _is_content(token) or place in verb_places:
            break
        else:
            found.append(token)
        place -= 1
    stopped = tokens[place].lower() if place >= 0 else ""
    outer = tokens[place - 1].lower() if place > 0 else ""
    is_attribute = (
        stopped in PREPOSITIONS
        or (stopped in DETERMINERS and outer in PREPOSITIONS)
        or (stopped.isdigit() and outer in PREPOSITIONS)
    )
    if is_attribute:
        # the cost of inspections: the head stands further to the left, and may be denied: no vessel under 12 metres
        return frozenset(), _has_denied_head(tokens, place)
    is_negative = not is_relative and (_denies(stopped) or stopped == "unless")  # not vinegar, which damages
    return frozenset(_stem(token) for token in found), is_negative


def _has_denied_head(tokens: Sequence[str], place: int) -> bool:
    """Return whether the noun before a preposition at or just before a place is denied: no vessel under."""
    while place >= 0 and tokens[place].lower() not in PREPOSITIONS:
        place -= 1
    place -= 1
    while place >= 0 and _is_content(tokens[place]):
        place -= 1
    return place >= 0 and tokens[place].lower() == "no"


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
        elif lowered in OPENERS:
            break
        elif lowered in PREPOSITIONS or tokens[place] in ",()":
            inside_by = is_dropped = inside_by and lowered == "of" and is_dropped
            inside_by = inside_by or (lowered == "of" and bool(doers))
        elif _denies(tokens[place]):
            continue
        elif _is_content(tokens[place]) and not is_dropped:
            (doers if inside_by else objects).add(_stem(tokens[place]))
    return frozenset(objects), frozenset(doers)


def _denies(token: str) -> bool:
    return token.lower() in NEGATIONS or token.lower().endswith("n't")


def _denies_object(token: str) -> bool:
    """Return whether a word behind a verb denies it: pays nothing. `None` with a capital is a value of a language."""
    return token != "None" and token.lower() in NO_OBJECT


def _is_content(token: str) -> bool:
    return bool(token) and token[0].isalpha() and not _is_function_word(token)


def _is_function_word(token: str) -> bool:
    lowered = token.lower()
    special = AUXILIARIES | ADVERBS | OPENERS | NEGATIONS
    return lowered in special or WORDS.is_stop_word(lowered)


def _is_finite(word: str) -> bool:
    if word in irregular_forms() or word.endswith("ed"):
        return True
    return word.endswith("s") and not word.endswith(("ss", "tions", "ments", "'s"))


def _is_participle(word: str) -> bool:
    return word.endswith(("ed", "en")) or word in irregular_forms()


def _stem(token: str) -> str:
    return WORDS.stem(token)
