"""A document's standing: the properties by which a person chooses which of several duplicates to keep.

`dedup.appraisal` reads a standing from a document once; a signature and a `DocumentRef` store it as one integer below
2^63. Higher values are better, and the properties are compared in the order of `Standing`, so the order of integers is
the order of standings. `dedup.clusters` ranks the members of a cluster with `rank_of`, and `reason` says which property
decided.

The order puts first what no later property can make up for: a text that cannot be read or that lacks its end is kept
only if nothing better is there. Then comes what the parties did (drafted, finished, signed), then what replaced what,
then how the file came about, and at the end the details of the text.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

EPOCH = date(1899, 12, 31).toordinal()
"""The day before day 1 of `Standing.revision_day`."""
_MUCH_SHORTER = 0.85
"""A duplicate shorter than this share of the longest one in its cluster probably lacks a part."""
_SHORTER = 0.95
"""A duplicate longer than this share lacks nothing that counts: edits make a text longer as often as shorter."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The properties in the order in which they decide; of each, the higher value is better."""

    legibility: int
    """2: readable; 1: many garbled words; 0: mostly garbled."""
    wholeness: int
    """0 if the text stops in a sentence or says that its rest is missing; otherwise 1."""
    status: int
    """0: draft or template; 1: not marked; 2: final; 3: signed; 4: signed, and named signed or final."""
    validity: int
    """0: superseded; 1: not marked; 2: in force, or amended."""
    authorship: int
    """0 if the text forwards another text; otherwise 1."""
    purity: int
    """0 if the text contains control strings of a chat model, such as the end of a turn; otherwise 1."""
    version: int
    """256 × major + minor version; 256 without a number."""
    revision_day: int
    """The latest date of effect or change, or in the name, in days since 1899-12-31; 0 without such a date."""
    originality: int
    """0: copy or backup; 1: not marked; 2: marked as the original."""
    place: int
    """0 if the file was inside another file, such as an attachment; otherwise 1."""
    completion: int
    """7 without blanks to fill in; each doubling of their number takes one off."""
    is_dated: int
    cleanness: int
    """15 without garbled words; each doubling of their share takes one off."""
    nativeness: int
    """0: scan; 1: PDF; 2: any other format."""
    description: int
    """How many of title and licence are known."""


_WIDTHS = {
    "legibility": 2,
    "wholeness": 1,
    "status": 3,
    "validity": 2,
    "authorship": 1,
    "purity": 1,
    "version": 16,
    "revision_day": 16,
    "originality": 2,
    "place": 1,
    "completion": 3,
    "is_dated": 1,
    "cleanness": 4,
    "nativeness": 2,
    "description": 2,
}
"""The number of bits of each property."""
_BEFORE_LENGTH = "place"
"""The last property that decides before a document counts as much shorter than another."""


def packed_standing(standing: Standing) -> int:
    """Return the standing as an integer below 2^63; too large values are lowered to the largest that fits."""
    packed = 0
    for name, width in _WIDTHS.items():
        packed = (packed << width) | min(getattr(standing, name), (1 << width) - 1)
    return packed


def unpacked_standing(packed: int) -> Standing:
    """Return the standing from the integer that `packed_standing` returned."""
    values = {}
    for name in reversed(_WIDTHS):
        values[name] = packed & ((1 << _WIDTHS[name]) - 1)
        packed >>= _WIDTHS[name]
    return Standing(**values)


def with_equal_claims(packed: int, other: int) -> bool:
    """Return whether two documents are equal in all properties that decide before their lengths do."""
    return packed >> _DETAIL_BITS == other >> _DETAIL_BITS


def has_weaker_claim(packed: int, other: int) -> bool:
    """Return whether a document loses to another one by the properties that decide before their lengths do."""
    return packed >> _DETAIL_BITS < other >> _DETAIL_BITS


def rank_of(packed: int, *, num_chars: int, longest: int, agreement: float) -> tuple[int, int, int, int, float, int]:
    """Return a sort key; the document to keep has the largest.

    Args:
        packed: the document's standing.
        num_chars: the length of the document.
        longest: the length of the longest document in the cluster.
        agreement: how much the other duplicates agree with the document. Of several edits of one text, the text itself
            is the most similar to all others.
    """
    description = packed & ((1 << _WIDTHS["description"]) - 1)
    details = (packed & ((1 << _DETAIL_BITS) - 1)) >> _WIDTHS["description"]
    return (
        packed >> _DETAIL_BITS,
        int(num_chars >= _MUCH_SHORTER * longest),
        details,
        int(num_chars >= _SHORTER * longest),
        agreement,
        description,
    )


def reason(
    kept: int, dropped: int, *, kept_chars: int, dropped_chars: int, longest: int, agreements: tuple[float, float]
) -> str:
    """Return why the first of two duplicates is kept: one clause about each, or one about both.

    Args:
        kept: the standing of the document that is kept.
        dropped: the standing of the other, whose rank is not higher.
        kept_chars: the length of the document that is kept.
        dropped_chars: the length of the other.
        longest: the length of the longest document in the cluster.
        agreements: how much the other duplicates agree with the one that is kept, and with the other.
    """
    ours, theirs = unpacked_standing(kept), unpacked_standing(dropped)
    for name in _NAMES[: _NAMES.index("description")]:
        if (pair := (getattr(ours, name), getattr(theirs, name)))[0] != pair[1]:
            return _difference(name, *pair)
        if name == _BEFORE_LENGTH and dropped_chars < _MUCH_SHORTER * longest <= kept_chars:
            return f"it has {kept_chars:,} characters, this one only {dropped_chars:,}"
    if dropped_chars < _SHORTER * longest <= kept_chars:
        return f"it is longer: {kept_chars:,} characters, this one {dropped_chars:,}"
    if agreements[0] > agreements[1]:
        return "the other duplicates agree more with it than with this one"
    if ours.description != theirs.description:
        return "its title or licence is known, this one's is not"
    return "nothing distinguishes them, and its id is smaller"


_NAMES = tuple(field.name for field in fields(Standing))
_DETAIL_BITS = sum(_WIDTHS[name] for name in _NAMES[_NAMES.index(_BEFORE_LENGTH) + 1 :])
_WORDS: dict[str, tuple[str, ...]] = {  # by value; empty for the value of a document without a mark
    "legibility": ("mostly garbled", "garbled in many words", "readable"),
    "wholeness": ("cut off at the end", "whole"),
    "status": ("marked as a draft or template", "", "final", "signed", "named as signed or final"),
    "validity": ("superseded", "", "in force or amended"),
    "authorship": ("forwarded in another text", ""),
    "purity": ("mixed with control strings of a chat model", ""),
    "originality": ("a copy or backup", "", "marked as the original"),
    "place": ("inside another file", ""),
    "is_dated": ("undated", "dated"),
    "nativeness": ("a scan", "a PDF file", "in an editable format"),
}


def _difference(name: str, kept: int, dropped: int) -> str:
    if words := _WORDS.get(name):
        clauses = [f"it is {words[kept]}"] if words[kept] else []
        return ", ".join([*clauses, f"this one is {words[dropped] or 'not'}"])
    match name:
        case "version":
            return f"it is version {_version(kept)}, this one is version {_version(dropped)}"
        case "revision_day":
            return f"it is dated {_day(kept)}, this one {_day(dropped)}" if dropped else "it states when it was changed"
        case "completion":
            return "it has fewer blanks than this one"
        case _:
            return "it has fewer garbled words than this one"


def _version(number: int) -> str:
    major, minor = divmod(number, 256)
    return f"{major}.{minor}" if minor else str(major)


def _day(number: int) -> str:
    return date.fromordinal(EPOCH + number).isoformat()
