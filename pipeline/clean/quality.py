"""Decides whether a document is good enough to keep.

Takes text and the recipe's limits; returns the first objection, or None. `clean.document` calls `find_objection` with
the normalised text, then masks and outlines the text, and calls `find_junk` at the end.

`find_junk` judges windows of a fixed size, because the shares that it measures depend on the length of a text: the
share of repeated 5-grams in whole laws grows with their length. Each domain states its own limits
(`domains.quality_rules`). A document is rejected if more than `_MAX_JUNK_SHARE` of its windows break one.
`benchmarks/results/quality.md` lists what is dropped from real documents and from junk.

Cost: about 0.6 ms for a window of prose, 0.3 ms for one of speech or code. Windows are judged until the others cannot
change the verdict. Of a good document that is a quarter of them, at most 8.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pipeline.clean.junk_rules import RULES, Broken, Rule
from pipeline.clean.length import is_shorter, letter_length
from pipeline.clean.measures import window_of
from pipeline.clean.windows import windows_of
from pipeline.clean.words import knows_function_words
from pipeline.domains import domain_rules
from pipeline.records import Dropped

_MAX_LINES = 3_000_000
"""The maximum number of line breaks in a text.

A book of 60 MB has one million. The outline of thirty million lines that contain only `a` would take 4 GB.
"""
_MAX_JUNK_SHARE = 0.75
"""The largest accepted share of windows that break a rule.

Parts of a good document may be tables of numbers, indexes or forms.
"""


def find_objection(
    *,
    text: str,
    language: str,
    replaced_share: float,
    accepted_languages: Sequence[str],
    min_chars: int,
    max_replaced_share: float,
) -> Dropped | None:
    """Return the first objection that can be found before the text is outlined, or None.

    Args:
        text: the normalised text.
        language: the language that the input states, or the result of `detect_language`.
        replaced_share: the share of characters in the raw text that could not be decoded, from 0 to 1.
        accepted_languages: the language codes that the recipe accepts.
        min_chars: the minimum length of the text, as `letter_length` counts it.
        max_replaced_share: the largest accepted `replaced_share`.
    """
    if replaced_share > max_replaced_share:
        detail = f"{replaced_share:.1%} of the characters could not be decoded; the limit is {max_replaced_share:.1%}."
        return Dropped("undecodable", detail, replaced_share)
    if not text.strip():
        return Dropped("empty", "No text is left after cleaning.", 0.0)
    if (num_lines := text.count("\n")) > _MAX_LINES:
        return Dropped("too_many_lines", f"The text has {num_lines} line breaks; the limit is {_MAX_LINES}.")
    if is_shorter(text, min_chars):
        length = letter_length(text)
        counted = f"{len(text)}, counted as {length} letters" if length > len(text) else f"{length}"
        return Dropped(
            "too_short", f"Characters after cleaning: {counted}; required: at least {min_chars}.", float(length)
        )
    if language not in accepted_languages:
        return Dropped("language", f"The language is {language}; the recipe accepts {', '.join(accepted_languages)}.")
    return None


def find_junk(*, text: str, domain: str, language: str, quality_filters: Sequence[str]) -> Dropped | None:
    """Return an objection if too much of a text breaks the rules of its domain, or None.

    Args:
        text: the cleaned text, which is not empty.
        domain: the domain of the document; its limits apply.
        language: the language of the document. The rule `no_sentences` needs the function words of the language.
        quality_filters: the names of the enabled rules, see `config.build.QualityFilter`.
    """
    limits = domain_rules(domain).quality
    if not quality_filters or len(text) < limits.min_chars:
        return None
    is_understood = knows_function_words(language)
    rules = [rule for rule in RULES if rule.name in quality_filters and (is_understood or not rule.needs_language)]
    windows = windows_of(text)
    broken: list[Broken] = []
    for num_judged, window in enumerate(map(window_of, windows), 1):
        fault = next((fault for rule in rules if (fault := rule.judge(window, limits))), None)
        if fault is not None:
            broken.append(fault)
        if num_judged - len(broken) >= (1 - _MAX_JUNK_SHARE) * len(windows):
            return None
    return _objection(broken, len(windows))


def _objection(broken: Sequence[Broken], num_windows: int) -> Dropped:
    """Return the objection that names the rule which most windows break, and the median of its measure."""
    by_rule: dict[tuple[Rule, str], list[Broken]] = defaultdict(list)
    for fault in broken:
        by_rule[fault.rule, fault.measured].append(fault)
    (rule, measured), worst = max(by_rule.items(), key=lambda item: len(item[1]))
    median = sorted(worst, key=lambda fault: fault.value)[len(worst) // 2]
    bound = "at least" if rule.is_minimum else "at most"
    detail = (
        f"{len(broken) / num_windows:.0%} of the sampled text breaks a quality rule of its domain, most often "
        f"{rule.name}: {measured} {median.value:.0%}, allowed: {bound} {median.limit:.0%}."
    )
    return Dropped(rule.reason, detail, len(broken) / num_windows)
