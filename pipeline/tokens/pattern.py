"""Find, from a pre-tokenizer's regular expression, between which characters no match can ever reach across.

A pre-tokenizer walks over a text: it takes the leftmost match at each place, and the next search begins where that
match ended. The expression is read into the positions of its Glushkov automaton (Glushkov 1961; Berry and Sethi 1986):
every character class in it is a position, and `follow` holds the pairs of positions that can be neighbours inside one
match. These rules apply between characters x and y:

- No match reaches across if no pair (i, j) of `follow` has x in class i and y in class j. Each way of matching that has
  read x then fails on y as it fails at the end of the text.
- A lookahead `(?!C)` looks at y only if the position before it has just read x, so x must not be in such a position.
- A match begins at y if y alone matches some alternative without a lookahead. x and y are then separate for certain.

If the first two rules hold, matching x's side and y's side alone gives the matches of the whole (`local`). If the third
holds too, there is a boundary between them (`bounding`). Nothing here looks back, so y's side is matched as at the
start of a text.

Out of scope, and refused: anchors, `\\b`, lookbehind, lazy and possessive quantifiers, repetitions of two or more,
backreferences, lookaheads of more than one character, `\\w`, intersections of classes. Used by `cuts`. Cost: a
millisecond, once per tokenizer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from pipeline.tokens.letters import KINDS, Mask, in_category, is_whitespace, touching

Pairs = npt.NDArray[np.bool_]
"""Shape [kinds, kinds]: the character before a place, the character after it."""

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_BLANK = np.zeros(len(KINDS), dtype=np.bool_)


class UnsupportedPatternError(Exception):
    """The expression has a part that is not supported here; caught in `cuts`."""


@dataclass(frozen=True, slots=True)
class Adjacency:
    """What holds between two characters, by their kinds."""

    local: Pairs
    """Each side alone is split as in the whole, except for a boundary between the two."""
    bounding: Pairs
    """The pair is local, and there is always a boundary between the two."""


@dataclass(frozen=True, slots=True)
class _Class:
    members: Mask
    unsure: Mask
    """Kinds with some characters that are members and some that are not."""


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A part of the expression; its sets hold positions."""

    first: frozenset[int]
    last: frozenset[int]
    nullable: bool
    looks_ahead: bool


_EMPTY = _Fragment(frozenset(), frozenset(), nullable=True, looks_ahead=False)


def analyse_pattern(pattern: str) -> Adjacency:
    """Return between which characters an expression's matches can be computed separately.

    Raises:
        UnsupportedPatternError: The expression has a part that is out of scope.
    """
    parser = _Parser(pattern)
    alternatives = parser.parse()
    if any(alternative.nullable for alternative in alternatives):
        raise UnsupportedPatternError("matches the empty string")
    spanned = np.zeros((len(KINDS), len(KINDS)), dtype=np.bool_)
    unsure = _BLANK.copy()
    for found in parser.classes:
        unsure |= found.unsure
    for before, after in parser.follow:
        spanned |= np.outer(parser.classes[before].members, parser.classes[after].members)
    looked_from = _BLANK.copy()
    for position in parser.before_lookahead:
        looked_from |= parser.classes[position].members
    alone = _BLANK.copy()
    for alternative in alternatives:
        if not alternative.looks_ahead:
            for index in alternative.first & alternative.last:
                alone |= parser.classes[index].members
    local = ~spanned & ~looked_from[:, None] & ~unsure[:, None] & ~unsure[None, :]
    return Adjacency(local=local, bounding=local & alone[None, :])


class _Parser:
    """A parser that reads an expression from left to right and collects its positions and which may follow which."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._place = 0
        self._ignores_case = False
        self.classes: list[_Class] = []
        self.follow: set[tuple[int, int]] = set()
        self.before_lookahead: set[int] = set()

    def parse(self) -> list[_Fragment]:
        alternatives = self._alternatives()
        if self._place < len(self._pattern):
            raise self._refusal("an unmatched closing bracket")
        return alternatives

    def _alternatives(self) -> list[_Fragment]:
        found = [self._sequence()]
        while self._take("|"):
            found.append(self._sequence())
        return found

    def _sequence(self) -> _Fragment:
        whole = _EMPTY
        while self._place < len(self._pattern) and self._pattern[self._place] not in "|)":
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
        """Return the least count and whether there may be more than one; None if no quantifier follows."""
        for sign, bounds in (("?", (0, False)), ("*", (0, True)), ("+", (1, True))):
            if self._take(sign):
                return bounds
        if not self._take("{"):
            return None
        end = self._pattern.find("}", self._place)
        least, comma, most = self._pattern[self._place : end].partition(",")
        if end < 0 or least not in ("0", "1") or not (most.isdigit() or not most):
            raise self._refusal("a repetition of two or more, or an unreadable one")
        self._place = end + 1
        return int(least), most != "1" if comma else False

    def _atom(self) -> _Fragment:
        if self._take("(?!") or self._take("(?="):
            self._class()  # the class decides only whether there is a match, not how far it reaches
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
        members, unsure = _BLANK.copy(), _BLANK.copy()
        start = self._place
        while self._place == start or self._peek() != "]":
            if self._peek() in ("", "["):
                raise self._refusal("a class within a class, or one that does not end")
            if self._pattern.startswith("&&", self._place):
                raise self._refusal("an intersection of classes")
            part = self._range() or (self._escape() if self._take("\\") else self._literal())
            members |= part.members
            unsure |= part.unsure
        self._expect("]")
        return _Class(~members if negated else members, unsure)

    def _range(self) -> _Class | None:
        """Return the range at this place, such as `a-z`; None if no range begins here."""
        piece = self._pattern[self._place : self._place + 3]
        if len(piece) < 3 or piece[1] != "-" or piece[2] in "]\\" or piece[0] == "\\":
            return None
        self._place += 3
        if self._ignores_case:
            raise self._refusal("a range that ignores case")
        return _of_ranges({(piece[0], piece[2])})

    def _member(self) -> _Class:
        if self._take("\\"):
            return self._escape()
        if self._peek() in tuple(".^$()*+?{}|[]") or not self._peek():
            raise self._refusal(f"'{self._peek()}'")
        return self._literal()

    def _literal(self) -> _Class:
        letter = self._peek()
        self._place += 1
        forms = {letter.lower(), letter.upper()} if self._ignores_case else {letter}
        return _of_ranges({(form, form) for form in forms})

    def _escape(self) -> _Class:
        letter = self._peek()
        self._place += 1
        named: dict[str, Callable[[], Mask]] = {
            "s": is_whitespace,
            "S": lambda: ~is_whitespace(),
            "d": lambda: in_category("Nd"),
        }
        if letter in named:
            return _Class(named[letter](), _BLANK)
        if letter in ("p", "P"):
            return self._property(negated=letter == "P")
        if letter in _ESCAPES or (letter and not letter.isalnum()):
            return _of_ranges({(_ESCAPES.get(letter, letter),) * 2})
        raise self._refusal(f"'\\{letter}'")

    def _property(self, *, negated: bool) -> _Class:
        self._expect("{")
        end = self._pattern.find("}", self._place)
        name = self._pattern[self._place : end]
        if end < 0 or name not in _CATEGORIES:
            raise self._refusal(f"the property '{name}'")
        self._place = end + 1
        mask = in_category(name)
        return _Class(~mask if negated else mask, _BLANK)

    def _peek(self) -> str:
        return self._pattern[self._place : self._place + 1]

    def _take(self, text: str) -> bool:
        found = self._pattern.startswith(text, self._place)
        self._place += len(text) * found
        return found

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise self._refusal(f"no '{text}'")

    def _refusal(self, what: str) -> UnsupportedPatternError:
        return UnsupportedPatternError(f"{what} at character {self._place}")


_CATEGORIES = frozenset(
    {"L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "S", "Z", "Zs", "C"}
    | {"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So"}
)


def _of_ranges(ends: set[tuple[str, str]]) -> _Class:
    members, unsure = _BLANK.copy(), _BLANK.copy()
    for first, last in ends:
        whole, partly = touching(first, last)
        members |= whole
        unsure |= partly
    return _Class(members, unsure)
