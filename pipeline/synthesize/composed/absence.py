"""Derives names that a text does not contain, from names that it does, and proves that they are absent.

`AbsenceReading` takes a text and says whether a name is absent in every spelling: white space, punctuation, letter case
and width do not count, and a name that occurs inside a longer word is present. So a Korean particle, a plural or a
hyphen cannot hide a name. `recombined` yields near misses. Used by the tasks `absent_…`. A text is
squeezed once; each name costs one search in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.identity import stable_hash64

_NOT_A_LETTER = re.compile(r"[\W_]+")
_JOINT = re.compile(r"[-_ ]+|(?<=[a-z0-9])(?=[A-Z])")
"""What separates the parts of a name."""
_MIN_SQUEEZED = 3
"""The minimum number of letters and digits in a name; a shorter one is part of other words."""


def squeezed(text: str) -> str:
    """Return the letters and digits of a text, without case, width or anything between them."""
    return _NOT_A_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold())


@dataclass(frozen=True)
class AbsenceReading:
    """One text, which is searched for names that it must not contain."""

    text: str

    @cached_property
    def _squeezed(self) -> str:
        return squeezed(self.text)

    def is_absent(self, name: str) -> bool:
        """Return whether no spelling of a name, or of its singular, is in the text; False for a very short name."""
        letters = squeezed(name)
        single = letters.removesuffix("s") if letters.isascii() else letters
        return len(single) >= _MIN_SQUEEZED and single not in self._squeezed


def near_misses(
    *, ranked: Iterable[Iterable[str]], reading: AbsenceReading, seed: str, count: int = 1
) -> tuple[str, ...]:
    """Return the first absent names.

    Args:
        ranked: Groups of names, the nearest misses first. Within a group, the seed decides the order.
        reading: The text that must not contain them.
        seed: The document's id.
        count: The maximum number of names.
    """
    found: list[str] = []
    for group in ranked:
        for name in sorted(set(group), key=lambda name: (stable_hash64(seed, "absent", name), name)):
            if len(found) == count:
                return tuple(found)
            if name not in found and reading.is_absent(name):
                found.append(name)
    return tuple(found)


def recombined(
    names: Sequence[str], *, split: Callable[[str], tuple[str, str] | None]
) -> Iterator[tuple[str, str, str]]:
    """Yield names made of the beginning of one name and the end of another, with the two names.

    Both names must have equally many parts, so that `--max-size` and `--min-depth` give `--max-depth`.

    Args:
        names: Names of one kind, such as options.
        split: Returns the two parts of a name, which together are the name; None for a name of one part.
    """
    parts = [(name, pair) for name in dict.fromkeys(names) if (pair := split(name)) is not None]
    for first, (begin, own_end) in parts:
        for second, (own_begin, end) in parts:
            is_alike = _num_joints(first) == _num_joints(second)
            if is_alike and squeezed(begin) != squeezed(own_begin) and squeezed(end) != squeezed(own_end):
                yield begin + end, first, second


def _num_joints(name: str) -> int:
    return len(_JOINT.findall(name))


def nearest(name: str, names: Sequence[str], *, count: int) -> list[str]:
    """Return the names that share most with a name, in their own order.

    Names share what they have in common at the beginning and at the end, in letters and digits.
    """
    wanted = squeezed(name)
    ranked = sorted(range(len(names)), key=lambda index: (-_shared(wanted, squeezed(names[index])), index))
    return [names[index] for index in sorted(ranked[:count])]


def _shared(one: str, other: str) -> int:
    return _common_start(one, other) + _common_start(one[::-1], other[::-1])


def _common_start(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
