"""Finds the pairs of characters that no match of a pre-tokenizer's regular expression contains side by side.

A pre-tokenizer searches a text from left to right: it takes the first match, then continues at the end of that match.
The expression is parsed into the positions of its Glushkov automaton (Glushkov 1961; Berry and Sethi 1986): every
character class in it is a position, and `follow` holds the pairs of positions that can be neighbours inside one match.
These rules apply between a character x and the next character y:

- No match contains both if no pair (i, j) of `follow` has x in class i and y in class j. A match that has read x then
  fails on y just as it fails at the end of the text.
- A lookahead `(?!C)` reads y only when the position before the lookahead has just read x. So x must not be in the class
  of such a position.
- A match begins at y if y alone matches some alternative that has no lookahead. The text is then always split there.

If the conditions of the first two rules are met, matching the text up to x and the text from y separately gives the
same matches as matching the whole (`local`). If that of the third rule is met as well, there is always a boundary
between x and y (`bounding`). Nothing in the supported syntax looks back, so the text from y is matched as if it were at
the start of a text.

Refused, among others: anchors, `\\b`, `\\w`, capturing groups, lookbehind, lookaheads of more than one character,
backreferences, lazy and possessive quantifiers, a minimum count of two or more, and intersections of classes. Used by
`cuts`. Cost: a millisecond, once per tokenizer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from pipeline.tokens.letters import KINDS, Mask, in_category, is_whitespace, touching

Pairs = npt.NDArray[np.bool_]
"""A set of pairs of kinds, shape [kinds, kinds]: the character before an offset, the character after it."""

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_NO_KINDS = np.zeros(len(KINDS), dtype=np.bool_)


class UnsupportedPatternError(Exception):
    """Some part of the expression is not supported here. Caught in `cuts`."""


@dataclass(frozen=True, slots=True)
class Adjacency:
    """How an expression splits a text between two neighbouring characters, by their kinds."""

    local: Pairs
    """Pairs where the text on each side is split just as in the whole, except for a boundary between the characters."""
    bounding: Pairs
    """Local pairs that always have a boundary between the characters."""


@dataclass(frozen=True, slots=True)
class _Class:
    """A character class of the expression, as kinds."""

    members: Mask
    unsure: Mask
    """Kinds that have some characters in the class and some outside it."""


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A part of the expression. A position is an index into `_Parser.classes`."""

    first: frozenset[int]
    """Positions with which a match can start."""
    last: frozenset[int]
    """Positions with which a match can end."""
    nullable: bool
    """Whether the part matches the empty string."""
    looks_ahead: bool
    """Whether the part contains a lookahead."""


_EMPTY = _Fragment(frozenset(), frozenset(), nullable=True, looks_ahead=False)


def analyse_pattern(pattern: str) -> Adjacency:
    """Return between which characters the matches of an expression can be computed separately.

    Raises:
        UnsupportedPatternError: Some part of the expression is not supported.
    """
    parser = _Parser(pattern)
    alternatives = parser.parse()
    if any(alternative.nullable for alternative in alternatives):
        raise UnsupportedPatternError("matches the empty string")
    spanned = np.zeros((len(KINDS), len(KINDS)), dtype=np.bool_)
    unsure = _NO_KINDS.copy()
    for character_class in parser.classes:
        unsure |= character_class.unsure
    for before, after in parser.follow:
        spanned |= np.outer(parser.classes[before].members, parser.classes[after].members)
    looked_from = _NO_KINDS.copy()
    for position in parser.before_lookahead:
        looked_from |= parser.classes[position].members
    alone = _NO_KINDS.copy()
    for alternative in alternatives:
        if not alternative.looks_ahead:
            for index in alternative.first & alternative.last:
                alone |= parser.classes[index].members
    local = ~spanned & ~looked_from[:, None] & ~unsure[:, None] & ~unsure[None, :]
    return Adjacency(local=local, bounding=local & alone[None, :])


class _Parser:
    """Parses an expression from left to right and collects its positions, and which position can follow which."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._offset = 0
        self._ignores_case = False
        self.classes: list[_Class] = []
        self.follow: set[tuple[int, int]] = set()
        self.before_lookahead: set[int] = set()

    def parse(self) -> list[_Fragment]:
        alternatives = self._alternatives()
        if self._offset < len(self._pattern):
            raise self._refusal("an unmatched closing bracket")
        return alternatives

    def _alternatives(self) -> list[_Fragment]:
        alternatives = [self._sequence()]
        while self._take("|"):
            alternatives.append(self._sequence())
        return alternatives

    def _sequence(self) -> _Fragment:
        whole = _EMPTY
        while self._offset < len(self._pattern) and self._pattern[self._offset] not in "|)":
            whole = self._joined(whole, self._repeated())
        return whole

    def _joined(self, left: _Fragment, right: _Fragment) -> _Fragment:
        self.follow.update(product(left.last, right.first))
        if right.looks_ahead:
            self.before_lookahead |= left.last
        return _Fragment(
            first=left.first | right.first if left.nullable else left.first,
            last=left.last | right.last if right.nullable else right.last,
            nullable=left.nullable and right.nullable,
            looks_ahead=left.looks_ahead or right.looks_ahead,
        )

    def _repeated(self) -> _Fragment:
        part = self._atom()
        bounds = self._bounds()
        if bounds is None:
            return part
        if part.looks_ahead:
            raise self._refusal("a repeated lookahead")
        if self._peek() in ("?", "+", "*", "{"):
            raise self._refusal("a lazy or possessive quantifier")
        least, repeats = bounds
        if repeats:
            self.follow.update(product(part.last, part.first))
        return _Fragment(part.first, part.last, part.nullable or least == 0, looks_ahead=False)

    def _bounds(self) -> tuple[int, bool] | None:
        """Return the minimum count and whether the part can repeat; None if no quantifier follows."""
        for sign, bounds in (("?", (0, False)), ("*", (0, True)), ("+", (1, True))):
            if self._take(sign):
                return bounds
        if not self._take("{"):
            return None
        end = self._pattern.find("}", self._offset)
        least, comma, most = self._pattern[self._offset : end].partition(",")
        if end < 0 or least not in ("0", "1") or not (most.isdigit() or not most):
            raise self._refusal("a repetition of two or more, or an unreadable one")
        self._offset = end + 1
        return int(least), most != "1" if comma else False

    def _atom(self) -> _Fragment:
        if self._take("(?!") or self._take("(?="):
            self._class()  # the class decides whether there is a match, but not where the match ends
            self._expect(")")
            return _Fragment(frozenset(), frozenset(), nullable=True, looks_ahead=True)
        if self._take("(?i:"):
            return self._group(ignores_case=True)
        if self._take("(?:"):
            return self._group(ignores_case=self._ignores_case)
        self.classes.append(self._class())
        position = frozenset({len(self.classes) - 1})
        return _Fragment(position, position, nullable=False, looks_ahead=False)

    def _group(self, *, ignores_case: bool) -> _Fragment:
        outside, self._ignores_case = self._ignores_case, ignores_case
        alternatives = self._alternatives()
        self._ignores_case = outside
        self._expect(")")
        return _Fragment(
            first=frozenset().union(*(part.first for part in alternatives)),
            last=frozenset().union(*(part.last for part in alternatives)),
            nullable=any(part.nullable for part in alternatives),
            looks_ahead=any(part.looks_ahead for part in alternatives),
        )

    def _class(self) -> _Class:
        if not self._take("["):
            return self._member()
        negated = self._take("^")
        members, unsure = _NO_KINDS.copy(), _NO_KINDS.copy()
        start = self._offset
        while self._offset == start or self._peek() != "]":
            if self._peek() in ("", "["):
                raise self._refusal("a class within a class, or a class without an end")
            if self._pattern.startswith("&&", self._offset):
                raise self._refusal("an intersection of classes")
            part = self._range() or (self._escape() if self._take("\\") else self._literal())
            members |= part.members
            unsure |= part.unsure
        self._expect("]")
        return _Class(~members if negated else members, unsure)

    def _range(self) -> _Class | None:
        """Read a range such as `a-z`; return None if no range begins here."""
        piece = self._pattern[self._offset : self._offset + 3]
        if len(piece) < 3 or piece[1] != "-" or piece[2] in "]\\" or piece[0] == "\\":
            return None
        self._offset += 3
        if self._ignores_case:
            raise self._refusal("a range that ignores case")
        return _class_of_ranges({(piece[0], piece[2])})

    def _member(self) -> _Class:
        if self._take("\\"):
            return self._escape()
        if self._peek() in tuple(".^$()*+?{}|[]") or not self._peek():
            raise self._refusal(f"'{self._peek()}'")
        return self._literal()

    def _literal(self) -> _Class:
        letter = self._peek()
        self._offset += 1
        forms = {letter.lower(), letter.upper()} if self._ignores_case else {letter}
        return _class_of_ranges({(form, form) for form in forms})

    def _escape(self) -> _Class:
        letter = self._peek()
        self._offset += 1
        named: dict[str, Callable[[], Mask]] = {
            "s": is_whitespace,
            "S": lambda: ~is_whitespace(),
            "d": lambda: in_category("Nd"),
        }
        if letter in named:
            return _Class(named[letter](), _NO_KINDS)
        if letter in ("p", "P"):
            return self._property(negated=letter == "P")
        if letter in _ESCAPES or (letter and not letter.isalnum()):
            return _class_of_ranges({(_ESCAPES.get(letter, letter),) * 2})
        raise self._refusal(f"'\\{letter}'")

    def _property(self, *, negated: bool) -> _Class:
        self._expect("{")
        end = self._pattern.find("}", self._offset)
        name = self._pattern[self._offset : end]
        if end < 0 or name not in _CATEGORIES:
            raise self._refusal(f"the property '{name}'")
        self._offset = end + 1
        mask = in_category(name)
        return _Class(~mask if negated else mask, _NO_KINDS)

    def _peek(self) -> str:
        return self._pattern[self._offset : self._offset + 1]

    def _take(self, text: str) -> bool:
        """Skip the text if it comes next, and return whether it did."""
        is_next = self._pattern.startswith(text, self._offset)
        self._offset += len(text) * is_next
        return is_next

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._refusal(f"no '{text}'")

    def _refusal(self, what: str) -> UnsupportedPatternError:
        return UnsupportedPatternError(f"{what} at character {self._offset}")


_CATEGORIES = frozenset(
    {"L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "S", "Z", "Zs", "C"}
    | {"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"}
)


def _class_of_ranges(ends: set[tuple[str, str]]) -> _Class:
    members, unsure = _NO_KINDS.copy(), _NO_KINDS.copy()
    for first, last in ends:
        whole, partly = touching(first, last)
        members |= whole
        unsure |= partly
    return _Class(members, unsure)
