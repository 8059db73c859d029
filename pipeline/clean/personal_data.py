"""Replaces personal data by pseudonyms: `[PHONE-1]`, `[PHONE-2]`, …, one for each value of a document.

Takes texts and the kinds to look for; returns the masked texts and the number of replacements of each kind. A `Masker`
masks the text of one document, and then its title, names and marks with the same numbers. Used by the ingest stage for
documents, titles and file names, and for the excerpts and errors that it writes; and by `build` for the paths in the
recipe. Masking is idempotent. What is found is decided in `clean.personal_values`; personal names and postal addresses
are not. Speed: see `benchmarks/results/personal_data.md`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.clean.masking_rules import masking_rules
from pipeline.clean.normalise import normalise_line
from pipeline.clean.personal_values import (
    PersonalValue,
    compact,
    find_known_values,
    find_personal_values,
    may_reveal_more,
)
from pipeline.clean.places import Edit, PlacedText
from pipeline.config.build import PersonalData
from pipeline.documents.pseudonyms import number_of, pseudonym, pseudonyms_in

MAX_NAME_CHARS = 200
"""The maximum length of a title or licence; longer ones are cut."""
_NOT_NUMBERS = frozenset([PersonalData.EMAIL, PersonalData.IP])
"""Kinds that are found by their shape in all places."""
_MIN_KNOWN_CHARS = 9
_UNDERSCORE = "\ue000"
"""A private-use character that temporarily replaces underscores in names.

The patterns treat an underscore as part of a word. They do not treat this character as a letter, digit or space, so it
separates words.
"""


@dataclass(frozen=True, slots=True)
class Masked:
    """The masked text, and the number of replacements for each kind."""

    text: str
    counts: Mapping[str, int]
    places: tuple[int, ...] = ()
    """The given places (see `clean.places`), as offsets in the masked text."""


class Masker:
    """Masks the texts of one document, so that a value has the same pseudonym in all of them.

    The values of a kind are numbered in the order in which they first appear. Numbers of pseudonyms that a text already
    contains are not given to other values. A number or IPv4 address that is personal in one place is masked in all
    later places, and in the whole of the same text, also if nothing names it there.
    """

    def __init__(self, kinds: Sequence[str]) -> None:
        """Create a masker for the given kinds (values of `config.build.PersonalData`).

        Raises:
            KeyError: `kinds` contains an unknown kind.
        """
        unknown = set(kinds) - set(masking_rules())
        if unknown:
            raise KeyError(sorted(unknown)[0])
        self._kinds = tuple(kind for kind in masking_rules() if kind in kinds)
        self._numbers: dict[tuple[str, str], int] = {}
        self._used: set[tuple[str, int]] = set()
        self._last = dict.fromkeys(self._kinds, 0)
        self._known: dict[str, tuple[str, str]] = {}

    def mask(self, text: str, places: tuple[int, ...] = ()) -> Masked:
        """Replace the personal data in a text.

        Args:
            text: the text to mask.
            places: ascending offsets in the text, to be translated to offsets in the masked text.
        """
        self._used |= pseudonyms_in(text)
        values: list[PersonalValue] = []
        found = find_personal_values(text, self._kinds) or find_known_values(text, self._known)
        masked, labels = text, list[str]()
        # A pseudonym can bring a word such as "Tel." closer to another number, so the search is repeated until it finds
        # nothing. The reach of words is limited, so a few rounds are enough.
        while found:
            values = sorted([*values, *_moved_back(found, values, labels)], key=lambda value: value.start)
            labels = self._labels(values)
            masked = _replaced(text, values, labels)
            self._known |= _by_compact_form(text, values)
            found = find_personal_values(masked, self._kinds) if may_reveal_more(text, values) else []
            found = found or find_known_values(masked, self._known)
        self._keep_numbers(values, labels)
        counts = Counter(value.kind for value in values)
        return Masked(masked, {kind: counts[kind] for kind in self._kinds}, _moved(places, text, values, labels))

    def name(self, name: str) -> str:
        """Return a file name or path with personal data masked. Unlike in text, an underscore separates words."""
        masked = self.mask(name).text
        if "_" not in masked or not any(char.isdigit() for char in masked):
            return masked
        return self.mask(masked.replace("_", _UNDERSCORE)).text.replace(_UNDERSCORE, "_")

    def line(self, text: str) -> str:
        """Return a title or licence as one normalised and masked line of at most `MAX_NAME_CHARS` characters."""
        return self.mask(normalise_line(text)).text[:MAX_NAME_CHARS].rstrip()

    def _labels(self, values: Sequence[PersonalValue]) -> list[str]:
        """Return the pseudonym of each value, in order. New values get the next numbers."""
        new: dict[tuple[str, str], int] = {}
        last = dict(self._last)
        labels = []
        for value in values:
            number = self._numbers.get((value.kind, value.key)) or new.get((value.kind, value.key))
            if number is None:
                number = last[value.kind] + 1
                while (value.kind, number) in self._used:
                    number += 1
                new[value.kind, value.key] = last[value.kind] = number
            labels.append(pseudonym(value.kind, number))
        return labels

    def _keep_numbers(self, values: Sequence[PersonalValue], labels: Sequence[str]) -> None:
        for value, label in zip(values, labels, strict=True):
            number = number_of(label)
            self._numbers[value.kind, value.key] = number
            self._last[value.kind] = max(self._last[value.kind], number)


def mask_personal_data(*, text: str, kinds: Sequence[str], places: tuple[int, ...] = ()) -> Masked:
    """Mask a text that stands alone; see `Masker.mask`.

    Raises:
        KeyError: `kinds` contains an unknown kind.
    """
    return Masker(kinds).mask(text, places)


def mask_name(name: str, kinds: Sequence[str]) -> str:
    """Mask a file name or path that stands alone; see `Masker.name`."""
    return Masker(kinds).name(name)


def clean_line(text: str, kinds: Sequence[str]) -> str:
    """Clean and mask a line that stands alone; see `Masker.line`."""
    return Masker(kinds).line(text)


def _by_compact_form(text: str, values: Sequence[PersonalValue]) -> dict[str, tuple[str, str]]:
    """Return kind and key of the numbers that are long enough to mean the same thing wherever they are."""
    forms = ((compact(text[value.start : value.end]), value) for value in values if value.kind not in _NOT_NUMBERS)
    known = {form: (value.kind, value.key) for form, value in forms if len(form) >= _MIN_KNOWN_CHARS}
    addresses = (value for value in values if value.kind == PersonalData.IP and "." in value.key)
    return known | {value.key: (value.kind, value.key) for value in addresses}


def _replaced(text: str, values: Sequence[PersonalValue], labels: Sequence[str]) -> str:
    pieces: list[str] = []
    end = 0
    for value, label in zip(values, labels, strict=True):
        pieces += (text[end : value.start], label)
        end = value.end
    pieces.append(text[end:])
    return "".join(pieces)


def _moved_back(
    found: Sequence[PersonalValue], values: Sequence[PersonalValue], labels: Sequence[str]
) -> list[PersonalValue]:
    """Return values found in the text that `_replaced` returned, with their places in the text before."""
    ends, shifts = [], []
    shift = 0
    for value, label in zip(values, labels, strict=True):
        shift += value.end - value.start - len(label)
        shifts.append(shift)
        ends.append(value.end - shift)
    moved = []
    for one in found:
        index = bisect_right(ends, one.start) - 1
        by = shifts[index] if index >= 0 else 0
        moved.append(replace(one, start=one.start + by, end=one.end + by))
    return moved


def _moved(
    places: tuple[int, ...], text: str, values: Sequence[PersonalValue], labels: Sequence[str]
) -> tuple[int, ...]:
    """Return places of a text as offsets in the masked text."""
    edits = (Edit(value.start, value.end, label) for value, label in zip(values, labels, strict=True))
    return PlacedText(text, places).edited(edits).places if places else places
