"""Compares what an answer says of each of several identifiers with evidence in another script, sentence by sentence.

`foreign_claims` compares evidence of one sentence. Evidence of several may deny something of one identifier and state
it of another: claiming adds one, renewing does not. A clause of the answer that has one identifier is compared with the
one sentence that begins with it, also as a form of a verb.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.records import Dropped
from pipeline.synthesize.sentences import sentence_spans
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.foreign import read_source, shared_script
from pipeline.synthesize.verify.foreign_claims import other_denial_of_foreign
from pipeline.synthesize.verify.reading import read_statement

_MIN_STEM_CHARS = 4
_MIN_SENTENCES = 2
_MIN_COMPARED = 2


def other_denial_of_identifier(claim: Claim) -> Dropped | None:
    """Return a fault if a clause denies of an identifier what its sentence states, or the reverse; None if not."""
    if not claim.is_foreign:
        return None
    text = claim.evidence.text
    sentences = [text[span.start : span.end] for span in sentence_spans(text, start=0, end=len(text))]
    if len(sentences) < _MIN_SENTENCES:
        return None
    parts: dict[str, Claim] = {}
    for clause in claim.stated.clauses:
        stated = read_statement(claim.stated.text[clause.start : clause.end], claim.language)
        named = [word for word in shared_script(stated, claim.language) if len(word) >= _MIN_STEM_CHARS]
        own = [sentence for sentence in sentences if len(named) == 1 and _begins_with(sentence, named[0])]
        if len(own) == 1:
            parts[named[0]] = replace(claim, stated=stated, evidence=read_source(own[0], claim.language))
    if len(parts) < _MIN_COMPARED:
        return None
    return next((fault for part in parts.values() if (fault := other_denial_of_foreign(part)) is not None), None)


def _begins_with(sentence: str, name: str) -> bool:
    """Return whether a sentence begins with a name or a verb of it: claiming, claims, of `claim`."""
    stem = name.lower().removesuffix("e")
    return sentence.lower().lstrip("`'\"([ ").startswith(stem)
