"""Finds a name or term of the answer that stands where the evidence has another.

Compares terms by their place: a term of the answer that neither the quotes nor the question have, and a term of the
quotes that the answer does not have, next to the same word, in clauses that also share other words. A term is a name;
in a language whose names have no sign of their own, it is a noun with its compounds. It abstains if the document does
not have the answer's term, because it may then be another word for the same; but not if the two terms differ only
between the same first and last syllables, as the names of two courts of one town do. It also abstains for summaries,
which join sentences, and for code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from pipeline.languages import language_rules
from pipeline.languages.statement_rules import Term
from pipeline.records import Dropped
from pipeline.synthesize.sentences import piece_at
from pipeline.synthesize.verify.actors import names_of_document
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.common_items import joined_words
from pipeline.synthesize.verify.name_check import is_alias_in, is_known_party
from pipeline.synthesize.verify.owners import CODE
from pipeline.synthesize.verify.reading import Statement

_MIN_SHARED_STEMS = 2
_MIN_SAME_CHARS = 2
_NAME_CHARS = 3


@dataclass(frozen=True, slots=True)
class _Placed:
    """A term with the words around it in its clause."""

    text: str
    """The term in lower case without spaces."""
    written: str
    before: str
    behind: str
    clause: frozenset[str]

    def is_beside_same_word(self, other: _Placed) -> bool:
        """Return whether the same word follows both, or stands before both if none follows."""
        if self.behind or other.behind:
            return self.behind == other.behind
        return bool(self.before) and self.before == other.before


def replaced_term(claim: Claim) -> Dropped | None:
    """Return a fault if a term of the answer replaces another one; None if not."""
    if not claim.asked.words or claim.domain == CODE:
        return None
    said = _squeezed(claim.stated.text)
    proved = _squeezed(claim.evidence.text, claim.asked.text)
    document = _squeezed(claim.document)
    strange = [term for term in _placed(claim.stated, claim.language, claim.document) if term.text not in proved]
    if not strange:
        return None
    replaced = [term for term in _placed(claim.evidence, claim.language, claim.document) if term.text not in said]
    names = {_squeezed(claim.evidence.text[w.start : w.end]) for w in claim.evidence.words if w.is_name}
    is_any_noun = language_rules(claim.language).statements.read_terms is not None
    for term in strange:
        if is_any_noun and is_known_party(term.written, claim):
            continue  # what it replaces may be any noun, and it is the name of a party
        for other in replaced:
            is_misspelt = other.text in names and term.text not in document and _is_misspelt(term.text, other.text)
            is_variant = _is_variant(term.text, other.text) or (is_misspelt and bool(term.clause & other.clause))
            if term.text not in document and not is_variant:
                continue
            shares = len(term.clause & other.clause) >= _MIN_SHARED_STEMS and term.is_beside_same_word(other)
            if (shares or is_variant) and not is_alias_in(term.written, other.written, claim):
                return Dropped("name_not_in_evidence", f"The answer says '{term.text}', the evidence '{other.text}'.")
    return None


def _placed(statement: Statement, language: str, document: str) -> Iterator[_Placed]:
    read = language_rules(language).statements.read_terms
    terms = read(statement.text) if read else _names(statement, names_of_document(document))
    for term in terms:
        clause = piece_at(statement.clauses, term.start)
        if clause is None:
            continue
        words = [word for word in statement.words if clause.start <= word.start < clause.end]
        before = [word.stem for word in words if word.end <= term.start]
        behind = [word.stem for word in words if word.start >= term.end]
        inside = {word.stem for word in words if term.start <= word.start < term.end}
        yield _Placed(
            _squeezed(statement.text[term.start : term.end]),
            statement.text[term.start : term.end],
            before[-1] if before else "",
            behind[0] if behind else "",
            frozenset({*before, *behind} - inside),
        )


def _names(statement: Statement, names: Set[str]) -> Sequence[Term]:
    """Return the names of a text; names that follow each other after one space are one.

    A word at the beginning of a sentence is a name if it is one of the document's `names`.
    """
    return joined_words(
        statement, lambda word: word.is_name or (statement.text[word.start].isupper() and word.stem in names)
    )


def _is_variant(one: str, other: str) -> bool:
    """Return whether two terms have the same beginning and end, and another middle: 수원지방법원, 수원고등법원."""
    head, tail = _MIN_SAME_CHARS, -_MIN_SAME_CHARS
    return (
        not one.isascii()
        and min(len(one), len(other)) > head - tail
        and one[:head] == other[:head]
        and one[tail:] == other[tail:]
        and one not in other
        and other not in one
    )


def _is_misspelt(one: str, other: str) -> bool:
    """Return whether two names of three syllables differ in one that is not the first: 백도현, 백도훈."""
    if one.isascii() or not len(one) == len(other) == _NAME_CHARS or one[0] != other[0]:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _squeezed(*texts: str) -> str:
    return "".join("\n".join(texts).lower().split())
