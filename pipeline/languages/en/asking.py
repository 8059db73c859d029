"""English questions: first words, signs of faults, and the verb forms used to judge a small teacher's questions."""

from __future__ import annotations

import re

from pipeline.languages.en.words import irregular_forms
from pipeline.languages.question_rules import QuestionRules, VerbGrammar

_MODAL = re.compile(r"\b(shall|must|will|may|can)\b")
"""A modal verb."""
_BE = re.compile(r"\b(is|are|was|were)\b")
"""A form of `be` that a question can begin with."""


def question_opening(before: str, kind: str, unit: str) -> str:
    """Return the first words of a question about a fact, such as `How many days`, `On what date` or `How much is`."""
    before = before.lower()
    verb = _verb_before(before)
    match kind:
        case "money":
            return f"How much {verb}".rstrip()
        case "date":
            preposition = "By what date" if before.endswith(" by") else "On what date"
            return f"{preposition} {verb}".rstrip()
        case "share":
            return "What percentage of"
        case "duration":
            return f"Within what time {verb}".rstrip() if before.endswith("within") else f"How long {verb}".rstrip()
        case _:
            return f"How many {unit}"


def _verb_before(before: str) -> str:
    """Return the auxiliary verb for a question about the last clause of a text, or an empty string.

    It is the last modal verb of that clause or, if the clause has none, of the text (`shall` becomes `must`). If the
    text has no modal verb, it is the last form of `be` in the last clause.
    """
    clause = re.split(r"[;:,]", before)[-1]
    modal = _MODAL.findall(clause) or _MODAL.findall(before)
    if modal:
        return "must" if modal[-1] == "shall" else modal[-1]
    be = _BE.findall(clause)
    return be[-1] if be else ""


ASKING = QuestionRules(
    asks=re.compile(r"\b(?:what|which|who|whom|whose|when|where|why|how)\b", re.IGNORECASE),
    ends=re.compile(r"\?$"),
    how=re.compile(r"how\b", re.IGNORECASE),
    requests=re.compile(
        r"^(?:please\s)?(?:name|list|explain|describe|state|give|compare|identify|outline|say|tell)\b.*\.$",
        re.IGNORECASE,
    ),
    refers=(
        r"\b(?:this|the|that|given|above|following|provided)\s+(?:given |above |provided |following )?"
        r"(?:sentence|passage|segment|paragraph|excerpt|text|quote|question|answer|statement|options?)\b(?! of\b)"
        r"|\bin the (?:above|text|passage)\b|\b(?:as|is) (?:mentioned|stated|described) (?:here|above|below)\b"
        r"|\b(?:mentioned|shown|described|given|stated|listed|quoted|named) (?:here|above|below)\b|\bthe above\b"
        r"|\bin th(?:is|ese) (?:section|article|clause|part|table|code|example|snippet|excerpt|conversation|dialogue)\b"
        r"|\bthe answer\b"
    ),
    pronoun=re.compile(
        r"\b(?:he|she|him|they|them|these|those|i|we|us|my|our|me|you|your)\b"
        r"|\b(?:does|did|is|was|must|can|may|will|has|of|to|for|by|in|about) (?:it|this|that)\b"
        r"(?!\s+(?:take|took|possible|necessary)\b)",
        re.IGNORECASE,
    ),
    opening=question_opening,
    grammar=VerbGrammar(
        auxiliary=re.compile(r"\b(did|does|do|must|will|can|may)\b (.*)\?$"),
        be_question=re.compile(r"^(?:on|by|within|how|at|after)\b.*?\b(is|are|was|were)\b (.*)\?$", re.IGNORECASE),
        past=re.compile(r"[a-z]{2,}[^e]ed$"),
        before_base=frozenset({"shall", "must", "will", "can", "may", "to", "and", "or", "then", "be"}),
        adverb_ending="ly",
        past_auxiliary="did",
        inflecting_auxiliaries={"does": True, "do": False},
        passive_marks=frozenset({"be", "been", "is", "was", "are", "were"}),
        measure_word="how",
        present_ending="s",
        irregular=irregular_forms,
    ),
    negation=r"\b(?:not|no|never|nor|neither|unless|except|without|cannot|until|otherwise|instead)\b|n['’]t\b",
    points_back_first=(
        r"it|its|this|that|these|those|they|he|she|his|her|their|there|then|here|such|so|and|but|or|both|each|one|"
        r"the third"
    ),
    points_back=r"\b(?:I|we|us|our|my|me|you|your|said|above|latter|former|he|she|they|him|them)\b",
    clause_openers=r"that|which|who|whom|whose|because|while|when|where|whether|if",
    bounds_time=r"from|through|until|between|before|after|since|than|and|ending|beginning",
    ends_of_change=(" from ", " than ", " to "),
    measured=(" of ",),
)
