"""Finds a unit without a number that stands in the place of another: the length in feet, for in metres."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import Statement, compiled_ignoring_case


def other_bare_unit(claim: Claim) -> Dropped | None:
    """Return a fault if the answer names a unit that the evidence lacks, in place of one of the same kind; None if not.

    Units that stand behind a number are values, and are left out.
    """
    said = _units_of(claim.stated, claim.language)
    asked = _units_of(claim.asked, claim.language)
    known = _units_of(claim.evidence, claim.evidence_language)
    everywhere = {unit for units in (known, asked) for names in units.values() for unit in names}
    for kind, units in said.items():
        strange = sorted(units.keys() - everywhere)
        replaced = sorted(known.get(kind, {}).keys() - units.keys())
        if strange and replaced:
            written, proved = units[strange[0]], known[kind][replaced[0]]
            return Dropped("value_not_in_evidence", f"The answer says '{written}', the evidence '{proved}'.")
    return None


def _units_of(statement: Statement, language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the units of a text by what they measure and by their name, each as written."""
    found: dict[str, dict[str, str]] = {}
    inside = [(value.start, value.end) for value in statement.values]
    for kind, names in language_rules(language).statements.bare_units.items():
        for name, pattern in names.items():
            for match in compiled_ignoring_case(pattern).finditer(statement.text):
                if not any(start < match.end() and match.start() < end for start, end in inside):
                    found.setdefault(kind, {})[name] = match.group()
    return found
