"""English words that may differ between two versions of a text: dates and names."""

from __future__ import annotations

from pipeline.languages.rules import VersionRules

_DATE_WORDS = """
january february march april may june july august september october november december monday tuesday wednesday
thursday friday saturday sunday
"""

VERSIONS = VersionRules(
    date_words=frozenset(_DATE_WORDS.split()),
    name_labels=frozenset({"mr", "mrs", "ms", "dr", "name", "company", "inc", "ltd", "llc"}),
)
