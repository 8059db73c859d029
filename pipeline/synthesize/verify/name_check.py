"""Checks that each name of an answer is at the evidence, and that no acting party was exchanged for another."""

from __future__ import annotations

import re

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.sentences import sentence_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import compiled_ignoring_case
from pipeline.synthesize.verify.surroundings import DIALOGUE
from pipeline.synthesize.words import is_stop_word

_MIN_STEM_CHARS = 2
_ALIAS = re.compile(r"[(（][^()\n]{0,30}?[\"“'‘「](?P<alias>[^\"”'’」\n]{1,30})[\"”'’」]")
"""Another name in brackets and quotation marks."""
_MAX_ALIAS_CHARS = 90
_CLASS = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+")
"""The name of a class or exception, in any language: `TimeoutError`."""
_CAPITALS = re.compile(r"\b[A-Z]{3,}\b")
_SPELT = re.compile(r"(?<![a-z0-9])(?:[a-z0-9][._]){2,}[a-z0-9]?(?![a-z0-9])")
"""Initials with points or underscores between them, as transcripts have them: `l_c_d_`."""


def missing_name(claim: Claim) -> Dropped | None:
    """Return the first name of the answer that is neither at the evidence nor in the question; None if there is none.

    At the evidence means in its whole lines, in the headings above it or in the title.
    """
    sources = [source.text for source in (claim.evidence, claim.around, claim.asked)]
    known = frozenset(word.stem for source in (claim.evidence, claim.around, claim.asked) for word in source.words)
    joined = "\n".join(sources).lower()
    squeezed = "".join(joined.split())
    titles = compiled_ignoring_case(language_rules(claim.language).statements.titles)
    for word in claim.stated.words:
        written = claim.stated.text[word.start : word.end]
        if (
            not (word.is_name or _CLASS.fullmatch(written) or _is_name_in(written, claim.document))
            or len(word.stem) < _MIN_STEM_CHARS
            or is_stop_word(written)
            or titles.fullmatch(written)
        ):
            continue
        plain = written.lower()
        if word.stem in known or plain in joined or "".join(plain.split()) in squeezed:
            continue
        if (
            _has_alias_in(written, claim.document, joined)
            or _is_party_in(written, claim, joined)
            or _is_common_word(written, claim.document)
            or _is_abbreviation(written, joined)
            or _is_meant_by_either(written, claim)
        ):
            continue
        return Dropped("name_not_in_evidence", f"'{written}' of the answer is not at the evidence.")
    return _other_label(claim) or _other_speaker(claim) or _exchanged_role(claim)


def _other_label(claim: Claim) -> Dropped | None:
    """Return a fault if the answer has a word in capitals, such as a key, in place of one in the evidence."""
    sources = "\n".join(source.text for source in (claim.evidence, claim.around, claim.asked))
    said = set(_CAPITALS.findall(claim.stated.text))
    strange = sorted(word for word in said if word not in sources)
    replaced = sorted(set(_CAPITALS.findall(claim.evidence.text)) - said)
    if strange and replaced and strange[0] in claim.stated.text and not claim.stated.text.isupper():
        return Dropped("name_not_in_evidence", f"The answer says '{strange[0]}', the evidence '{replaced[0]}'.")
    return None


def _other_speaker(claim: Claim) -> Dropped | None:
    """Return a fault if the answer has a name from beside the evidence, in place of one in it."""
    if claim.domain != DIALOGUE or not claim.asked.words:
        return None
    asked, quoted = claim.asked.text.lower(), claim.evidence.text.lower()
    stated = [word.stem for word in claim.stated.words if word.is_name]
    strange = [name for name in stated if name not in quoted and name not in asked]
    replaced = [
        word.stem
        for word in claim.evidence.words
        if word.is_name and word.stem not in claim.stated.text.lower() and word.stem not in asked
    ]
    if strange and replaced:
        return Dropped("name_not_in_evidence", f"The answer says '{strange[0]}', the evidence '{replaced[0]}'.")
    return None


def _exchanged_role(claim: Claim) -> Dropped | None:
    """Return a fault if the answer has a party that the evidence lacks, in place of one that it has."""
    pattern = compiled_ignoring_case(language_rules(claim.language).statements.roles)
    stated = {found.lower().rstrip("s") for found in pattern.findall(claim.stated.text)}
    asked = {found.lower().rstrip("s") for found in pattern.findall(claim.asked.text)}
    compared = claim.evidence.text if claim.asked.words else _nearest_sentence(claim)
    in_evidence = {found.lower().rstrip("s") for found in pattern.findall(compared)}
    whole = {found.lower().rstrip("s") for found in pattern.findall(claim.evidence.text)}
    strange = sorted(stated - whole - asked)
    replaced = in_evidence - stated - asked
    strange = [party for party in strange if not _is_meant_by_either(party, claim)]
    if (
        strange
        and replaced
        and not _have_one_name(strange[0], min(replaced), claim)
        and strange[0] in claim.document.lower()
    ):
        return Dropped("name_not_in_evidence", f"The answer says '{strange[0]}', the evidence '{min(replaced)}'.")
    return None


def _is_meant_by_either(party: str, claim: Claim) -> bool:
    """Return whether the evidence has a word for all parties, such as `either party`, and the document has this one."""
    rules = language_rules(claim.language).statements
    if compiled_ignoring_case(rules.any_party).search(claim.evidence.text) is None:
        return False
    is_role = compiled_ignoring_case(rules.roles).fullmatch(party) is not None
    label = rf"[(（][^()\n]{{0,30}}?[\"“'‘「]{re.escape(party)}[\"”'’」]"
    return (is_role and party.lower() in claim.document.lower()) or re.search(label, claim.document) is not None


def _have_one_name(one: str, other: str, claim: Claim) -> bool:
    """Return whether a line of the document names one person or body as both: Respondent: Acme Ltd (landlord)."""
    first, second = re.escape(one), re.escape(other)
    return any(
        re.search(rf"(?<!\w){left}[^\n.;()（）]{{0,60}}[(（][^()\n]{{0,30}}?{right}", claim.document, re.IGNORECASE)
        for left, right in ((first, second), (second, first))
    )


def _nearest_sentence(claim: Claim) -> str:
    """Return the sentence of a section that has the most words of a summary's sentence; '' if it has under half."""
    text, stems = claim.evidence.text, claim.stated.stems
    best, shared = "", 0
    for span in sentence_spans(text, start=0, end=len(text)):
        count = len(stems & {word.stem for word in claim.evidence.words if span.start <= word.start < span.end})
        if count > shared:
            best, shared = text[span.start : span.end], count
    return best if 2 * shared >= len(stems) else ""


def _has_alias_in(written: str, document: str, known: str) -> bool:
    """Return whether the document gives a name another name that the evidence has: Acme Ltd (the "Company")."""
    for match in re.finditer(re.escape(written), document):
        alias = _ALIAS.search(document, match.end(), match.end() + _MAX_ALIAS_CHARS)
        if alias is not None and alias["alias"].lower() in known:
            return True
    return False


def _is_party_in(written: str, claim: Claim, known: str) -> bool:
    """Return whether the document puts a name beside a noun of a party that the evidence has: 원고 오세진."""
    roles = language_rules(claim.language).statements.roles
    if not roles:
        return False
    name = re.escape(written)
    words = r"(?:[^\W\d_][\w.&]*\s){0,3}"
    beside = compiled_ignoring_case(
        rf"(?P<before>{roles})[ \t:,(]{{1,3}}{words}{name}"
        rf"|{name}(?:\s{words})?[ \t,(]{{1,3}}(?:the\s)?(?P<behind>{roles})"
    )
    return any((match["before"] or match["behind"]).lower() in known for match in beside.finditer(claim.document))


def is_alias_in(one: str, other: str, claim: Claim) -> bool:
    """Return whether a document gives one as another name of the other, or puts a name beside the noun of a party."""
    return any(
        _has_alias_in(first, claim.document, second.lower()) or _is_party_in(first, claim, second.lower())
        for first, second in ((one, other), (other, one))
    )


def is_known_party(written: str, claim: Claim) -> bool:
    """Return whether the document gives a name to a party that the evidence has, by its noun or its short name."""
    known = claim.evidence.text.lower()
    return _is_party_in(written, claim, known) or _has_alias_in(written, claim.document, known)


def _is_common_word(written: str, document: str) -> bool:
    """Return whether a capitalised word is a common word: the document has it with a small letter."""
    return written[:1].isupper() and not written.isupper() and f" {written.lower()}" in document


def _is_name_in(written: str, document: str) -> bool:
    """Return whether a word that begins a sentence is a name in a document: a label, or a capital inside a sentence."""
    if not written[:1].isupper() or f" {written.lower()}" in document.replace("\n", " "):
        return False
    inside = rf"(?:[^\W\d_],? {re.escape(written)}\b|^[\W\d]*{re.escape(written)}:)"
    return re.search(inside, document, re.MULTILINE) is not None


def _is_abbreviation(written: str, known: str) -> bool:
    """Return whether capital letters are the initials of consecutive words in a text, or spelt there: `L.C.D.`."""
    if not written.isupper() or not written.isascii():
        return False
    initials = "".join(word[:1] for word in known.replace("-", " ").split())
    spelt = {re.sub(r"[._]", "", match.group()) for match in _SPELT.finditer(known)}
    return written.lower() in initials or written.lower() in spelt
