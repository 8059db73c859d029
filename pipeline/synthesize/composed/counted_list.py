"""Words an answer that counts and lists: the number on the first line, then one item a line.

Used by the tasks that list everything of a kind in a scope.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.layout import one_line


def counted_list(items: Sequence[str], language: Language) -> str:
    """Return the number of items and the items, each on a line of its own."""
    lines = [one_line(item) for item in items]
    assert lines and all(lines), "a list has no item, or an empty one"
    return "\n".join((language_rules(language).frames.in_all.format(count=len(lines)), *lines))
