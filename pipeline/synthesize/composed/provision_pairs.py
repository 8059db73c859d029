"""Pairs the provisions of two versions of a legal text, and finds the sentences in which a pair differs.

Takes two `Reading`s; returns pairs, or the reason why the provisions cannot be paired with certainty. Only the
outermost provisions are paired, such as the articles of a contract, each with everything inside it. Provisions of a
part, such as an annex, are paired within the part of this name. Titled provisions are paired by title, so that a
provision inserted above does not break the pairs below; untitled ones by label. `pair_provisions` pairs all of them or
none, for questions about the texts as a whole; `certain_pairs` leaves out what is uncertain. Used by `version_change`.
Cost: the sentences of a pair are compared with `difflib`, which is quadratic in the sentences that differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import is_damaged, quote, sentences
from pipeline.synthesize.structural.provisions import ENTRY, WHOLE, Outline, Provision
from pipeline.synthesize.structural.reading import Reading

_MARKUP = re.compile(r"[*_#`>|“”\"‘’']")
_LAST_NUMBER = re.compile(r"(\d+)\D*$")
_LETTER = re.compile(r"[^\W\d_]")
_LEAST_SIMILAR = 0.5
"""Minimum share of equal words in two untitled provisions with one label; below it, the numbering may have shifted."""
_MIN_PAIRED = 3
"""Minimum number of pairs; texts with fewer provisions in common are not treated as versions."""
_MIN_MOVED_CHARS = 24
_OPEN_END = ":：—"


@dataclass(frozen=True, slots=True)
class Pair:
    """A provision of one version with its counterpart in the other; one of the two is None if it has none."""

    first: Provision | None
    second: Provision | None

    @property
    def named(self) -> str:
        """The label with the heading; both labels if the number differs."""
        if self.first is None or self.second is None or self.first.label == self.second.label:
            one = self.first or self.second
            assert one is not None
            return one.named
        return f"{self.first.label} / {self.second.named}"


@dataclass(frozen=True, slots=True)
class Changed:
    """The sentences in which a pair differs, as spans of each document; one side may be empty."""

    first: tuple[Span, ...]
    second: tuple[Span, ...]


class UnpairedError(ValueError):
    """The provisions of two texts cannot be paired with certainty; holds the reason code and a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def pair_provisions(first: Reading, second: Reading) -> tuple[Pair, ...]:
    """Return all outermost provisions of two texts in pairs, in the order of the first text, then of the second.

    Raises:
        UnpairedError: some provision is not certain in one of the texts, or may have another counterpart.
    """
    ours, theirs = _outermost(first), _outermost(second)
    outlines = first.provisions, second.provisions
    partner: dict[int, Provision] = {}
    by_key = {_key(outlines[1], one): one for one in theirs}
    for index, one in enumerate(ours):
        if (other := by_key.get(_key(outlines[0], one))) is not None:
            if not one.title and not _are_similar(_text(first, one), _text(second, other)):
                raise UnpairedError("uncertain_pairs", f"{one.label} of the two documents have little in common")
            partner[index] = other
    if len(partner) < _MIN_PAIRED:
        raise UnpairedError(
            "few_pairs", f"the documents share {len(partner)} provisions; at least {_MIN_PAIRED} needed"
        )
    kept = [partner[index].start for index in sorted(partner)]
    if kept != sorted(kept):
        raise UnpairedError("uncertain_pairs", "the provisions of the two documents are in different orders")
    taken = {other.start for other in partner.values()}
    only_first = [one for index, one in enumerate(ours) if index not in partner]
    only_second = [other for other in theirs if other.start not in taken]
    for one in only_first:
        for other in only_second:
            if one.label == other.label or _are_similar(_text(first, one), _text(second, other)):
                raise UnpairedError("uncertain_pairs", f"{one.named} may be {other.named} under a new heading")
    _check_absent(first, only_first, second)
    _check_absent(second, only_second, first)
    pairs = [Pair(one, partner.get(index)) for index, one in enumerate(ours)]
    return (*pairs, *(Pair(None, other) for other in only_second))


def certain_pairs(first: Reading, second: Reading) -> tuple[Pair, ...]:
    """Return the outermost provisions of two texts that are certain by themselves and have certain counterparts.

    Used if `pair_provisions` fails: the answer about one such pair does not depend on the rest of the texts. Texts with
    fewer than three such pairs have none.
    """
    ours, theirs = (_alone(reading) for reading in (first, second))
    found = tuple(
        Pair(one, theirs[key])
        for key, one in ours.items()
        if key in theirs
        and one.label == theirs[key].label
        and one.title.casefold() == theirs[key].title.casefold()
        and _are_similar(_text(first, one), _text(second, theirs[key]))
    )
    return found if len(found) >= _MIN_PAIRED else ()


def differing_sentences(first: Reading, second: Reading, pair: Pair) -> Changed:
    """Return the sentences of a complete pair that the other provision does not have at the same place.

    White space, quotation marks, Markdown marks and the numbers of provisions inside are ignored. Both sides are empty
    if the wording is the same.
    """
    assert pair.first is not None
    assert pair.second is not None
    ours = _sentences(first, pair.first)
    theirs = _sentences(second, pair.second)
    matcher = SequenceMatcher(
        None,
        [_wording(quote(first.text, one), pair.first) for one in ours],
        [_wording(quote(second.text, one), pair.second) for one in theirs],
        False,
    )
    found: tuple[list[Span], list[Span]] = ([], [])
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag != "equal":
            found[0].extend(ours[start:end])
            found[1].extend(theirs[other_start:other_end])
    return Changed(tuple(found[0]), tuple(found[1]))


def plain(words: str) -> str:
    """Return words in a form in which only the wording counts."""
    return "".join(_MARKUP.sub("", unicodedata.normalize("NFKC", words)).split())


def _outermost(reading: Reading) -> list[Provision]:
    """Return the outermost provisions of all parts that are not containers.

    Raises:
        UnpairedError: two parts have one name, or the label or end of a provision is uncertain.
    """
    outline = reading.provisions
    found = _outermost_in(outline)
    for one in found:
        problem = _problem(reading, one)
        if problem is not None:
            raise problem
    names = Counter(_part_name(outline, at) for at in {one.part for one in found})
    if repeated_name := next((name for name, count in names.items() if count > 1), None):
        raise UnpairedError("ambiguous_part", f"several parts are named {repeated_name or 'nothing'}")
    keys = Counter(_key(outline, one) for one in found)
    if repeated := next((one for one in found if keys[_key(outline, one)] > 1), None):
        raise UnpairedError("ambiguous_heading", f"several provisions are named {repeated.named}")
    return found


def _outermost_in(outline: Outline) -> list[Provision]:
    return [one for one in outline.provisions if not one.is_container and _is_outermost(outline, one)]


def _alone(reading: Reading) -> dict[tuple[str, str], Provision]:
    """Return the outermost provisions that are certain by themselves, by a key that no other provision has."""
    outline = reading.provisions
    found = _outermost_in(outline)
    keys = Counter(_key(outline, one) for one in found)
    labels = Counter(one.label for one in found)
    return {
        _key(outline, one): one
        for one in found
        if keys[_key(outline, one)] == labels[one.label] == 1 and _problem(reading, one) is None
    }


def _check_absent(reading: Reading, provisions: Sequence[Provision], other: Reading) -> None:
    """Check that no sentence of provisions without a counterpart is in the other text.

    Raises:
        UnpairedError: a sentence is, so it may have been moved to another provision.
    """
    whole = plain(other.text)
    for one in provisions:
        for span in _sentences(reading, one):
            if len(words := plain(quote(reading.text, span))) >= _MIN_MOVED_CHARS and words in whole:
                raise UnpairedError("uncertain_pairs", f"the other document has a sentence of {one.named} elsewhere")


def _problem(reading: Reading, one: Provision) -> UnpairedError | None:
    if one.noun == ENTRY or (one.noun == WHOLE and not reading.provisions.parts[one.part].name):
        return UnpairedError("no_provisions", f"{one.label} has no number")
    if one.doubt:
        return UnpairedError(one.doubt.value, one.doubt_detail)
    if is_damaged(reading.text, one.body):
        return UnpairedError("damaged_text", f"the text of {one.label} is interrupted")
    if has_pseudonym(_text(reading, one)):
        return UnpairedError(
            "masked_personal_data", f"personal data was masked in {one.label}, which may hide a change"
        )
    if _text(reading, one).rstrip().endswith(tuple(_OPEN_END)):
        return UnpairedError("unfinished_text", f"the text of {one.label} ends before the list it announces")
    return None


def _is_outermost(outline: Outline, one: Provision) -> bool:
    parent = one.parent
    while parent >= 0:
        if not outline.provisions[parent].is_container:
            return False
        parent = outline.provisions[parent].parent
    return True


def _part_name(outline: Outline, part: int) -> str:
    """Return the name by which the part of one version is found in the other; empty for the main part."""
    return plain(outline.parts[part].name).casefold()


def _key(outline: Outline, one: Provision) -> tuple[str, str]:
    return _part_name(outline, one.part), plain(one.title).casefold() or one.label.casefold()


def _text(reading: Reading, one: Provision) -> str:
    return quote(reading.text, one.body)


def _wording(sentence: str, one: Provision) -> str:
    """Return a sentence in plain form, without the number of a provision inside at its start: `4.1 ` in Section 4."""
    number = _LAST_NUMBER.search(one.label)
    inside = re.match(rf"{number[1]}(?:\.\d{{1,3}}){{1,3}}\.?\s+(?=[^\W\d_a-z])", sentence) if number else None
    return plain(sentence[inside.end() :] if inside else sentence)


def _sentences(reading: Reading, one: Provision) -> Sequence[Span]:
    """Return the sentences of a provision, without numbers of list items that are alone on a line."""
    found = sentences(reading.text, one.body.start, one.body.end)
    return [span for span in found if _LETTER.search(reading.text, span.start, span.end)]


def _are_similar(first: str, second: str) -> bool:
    words, others = first.split(), second.split()
    matcher = SequenceMatcher(None, words, others, False)
    return matcher.quick_ratio() >= _LEAST_SIMILAR and matcher.ratio() >= _LEAST_SIMILAR
