"""The rules that tell documents from junk: what each measures, and which limit of a domain it compares.

Takes a `Window` and the `QualityRules` of a domain; a rule returns what is wrong, or None. Used by `clean.quality`. To
add a rule, add it to `RULES`, its limit to `QualityRules`, and its name to `config.build.QualityFilter`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.clean import measures
from pipeline.clean.measures import Window
from pipeline.clean.repetition import find_repetition
from pipeline.domains.quality_rules import QualityRules


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a window breaks."""

    rule: Rule
    measured: str
    """What was measured, in words."""
    value: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A measure of a window, and the limit for it."""

    name: str
    """The name in recipes, a member of `QualityFilter`."""
    reason: str
    """The reason of the rejection."""
    find: Callable[[Window, QualityRules, Rule], Broken | None]
    is_minimum: bool = False
    """Whether the limit is the smallest accepted value."""
    needs_language: bool = False
    """Whether the measure depends on the function words of the document's language."""

    def judge(self, window: Window, limits: QualityRules) -> Broken | None:
        """Return what is wrong with a window; None if nothing is, or if the domain has no limit."""
        return self.find(window, limits, self)


def _at_most(
    measure: Callable[[Window], float], limit_of: Callable[[QualityRules], float | None], measured: str
) -> Callable[[Window, QualityRules, Rule], Broken | None]:
    def find(window: Window, limits: QualityRules, rule: Rule) -> Broken | None:
        limit = limit_of(limits)
        if limit is None or (value := measure(window)) <= limit:
            return None
        return Broken(rule, measured, value, limit)

    return find


def _at_least(
    measure: Callable[[Window], float], limit_of: Callable[[QualityRules], float | None], measured: str
) -> Callable[[Window, QualityRules, Rule], Broken | None]:
    def find(window: Window, limits: QualityRules, rule: Rule) -> Broken | None:
        limit = limit_of(limits)
        if limit is None or (value := measure(window)) >= limit:
            return None
        return Broken(rule, measured, value, limit)

    return find


def _repetition(window: Window, limits: QualityRules, rule: Rule) -> Broken | None:
    if limits.repetition is None or (found := find_repetition(window.text, limits.repetition)) is None:
        return None
    return Broken(rule, found.rule, found.value, found.limit)


RULES = (
    Rule(name="gopher_repetition", reason="repetitive", find=_repetition),
    Rule(
        name="similar_lines",
        reason="repetitive",
        find=_at_most(
            measures.similar_lines, lambda limits: limits.max_similar_lines, "lines that differ in digits only"
        ),
    ),
    Rule(
        name="log_lines",
        reason="machine_text",
        find=_at_most(measures.log_lines, lambda limits: limits.max_log_lines, "lines with a time to the second"),
    ),
    Rule(
        name="encoded",
        reason="machine_text",
        find=_at_most(measures.encoded, lambda limits: limits.max_encoded, "characters in encoded words"),
    ),
    Rule(
        name="long_lines",
        reason="machine_text",
        find=_at_most(measures.long_lines, lambda limits: limits.max_long_lines, "characters in very long lines"),
    ),
    Rule(
        name="few_letters",
        reason="machine_text",
        find=_at_least(measures.letters, lambda limits: limits.min_letters, "characters in words without digits"),
        is_minimum=True,
    ),
    Rule(
        name="broken_words",
        reason="broken_text",
        find=_at_most(measures.broken_words, lambda limits: limits.max_broken_words, "broken words"),
    ),
    Rule(
        name="placeholders",
        reason="placeholder_text",
        find=_at_most(measures.placeholders, lambda limits: limits.max_placeholders, "words of Lorem ipsum"),
    ),
    Rule(
        name="no_sentences",
        reason="no_sentences",
        find=_at_least(measures.meaning, lambda limits: limits.min_meaning, "words in sentences, tables or values"),
        is_minimum=True,
        needs_language=True,
    ),
    Rule(
        name="compressible",
        reason="repetitive",
        find=_at_least(measures.compressed, lambda limits: limits.min_compressed, "size after compression"),
        is_minimum=True,
    ),
)
"""In the order in which a window is judged; the first that it breaks is named."""
