"""Rules of a language for manuals: words that structure them, and sentences that state a fact.

Patterns of `ManualRules` apply to documents of every language unless they say otherwise. Patterns of `ProseRules` apply
only to documents of their own language. All are matched against text of limited length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.languages.legal_rules import SectionWords


@dataclass(frozen=True, slots=True, kw_only=True)
class ProseRules:
    """Sentences that questions are made from; an empty pattern finds none."""

    bans: str = ""
    """Pattern to find a sentence that says what must not be done."""
    weak_bans: str = ""
    """Pattern to find all words that may express a ban."""
    advice: str = ""
    """Pattern to find a sentence that recommends something."""
    weak_advice: str = ""
    """Pattern to find all words that may express advice."""
    goals: tuple[str, ...] = ()
    """Whole sentences that say how something is done. A group `case` holds the purpose in the form of a question, and a
    group `rest` holds what to do."""
    cases: tuple[str, ...] = ()
    """Whole sentences about one case, with the same groups."""
    to_do: str = ""
    """Words in `rest` that make it an action, not something that happens."""
    done: str = ""
    """Words in the `rest` of a purpose that say how it is done, but not as an instruction."""
    unclear: str = ""
    """Words in the `rest` of a case that is neither an action nor something that happens."""
    empty: str = ""
    """Words in a `rest` that only announces or points to what the next sentences say."""
    vague: str = ""
    """Words in a case that only earlier sentences explain."""
    vague_goals: str = ""
    """Words in the purpose of a sentence that does not name an action."""
    goes_on: str = ""
    """The start of a sentence that belongs to the one before, because it applies to the same case."""
    adds: str = ""
    """The start of such a sentence that says what else is done or happens. The answer then includes it."""
    new_matter: str = ""
    """The start of a sentence in the same paragraph that begins another subject."""
    uses: tuple[str, ...] = ()
    """Whole sentences that say what something is used for. A group `term` holds its name, with its marks."""
    roles: tuple[str, ...] = ()
    """Whole sentences that say what something does, with the same group."""
    traits: tuple[str, ...] = ()
    """Whole sentences that say what a purpose, an advantage or the best way is. A group `case` says of what."""
    reasons: tuple[str, ...] = ()
    """Whole sentences that say why something is so. A group `case` holds it in the form of a question, or a group
    `clause` holds it in a form that `reason_clause_end` continues."""
    reason_clause_end: str = ""
    """The text that joins a clause to the question for its reason."""
    vague_subjects: str = ""
    """Words in the subject of a use or a reason that only earlier sentences explain."""
    chatty: str = ""
    """Words of a paragraph that guides readers through a text instead of stating something: `in this chapter`."""
    meanings: tuple[str, ...] = ()
    """Whole sentences that say what something is. A group `term` holds its name, with its marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualRules:
    """Rules for headings, procedures, notes, entries and tables."""

    section: SectionWords
    prose: ProseRules = field(default_factory=ProseRules)
    step_label: str = ""
    """A numbered step, such as `Step 1:`; one group holds the number."""
    instruction: re.Pattern[str] | None = None
    """Pattern to find a sentence that says what to do."""
    lead_in: str = ""
    """The end of a line that announces what follows, other than a colon: `다음과 같습니다.`"""
    chapter_number: str = ""
    """The number of a chapter or appendix at the start of a heading: `Chapter 3`."""
    collecting: str = ""
    """Words in a sentence that announces a list of points, rules or options instead of steps."""
    open_item: str = ""
    """The opening of an item that continues the sentence above its list: `must be documented`."""
    table_caption: str = ""
    """The word before the number of a table."""
    column_words: frozenset[str] = frozenset()
    """Words in the headings of table columns, in lower case: `default`."""
    cell_words: frozenset[str] = frozenset()
    """Words of cells that are never the heading of a column, in lower case: `yes`."""
    note_words: str = ""
    """Words that open a note: `Tip`."""
    warning_words: str = ""
    """Words that open a warning: `Caution`."""
    code_titles: str = ""
    """Words in a heading above a list of codes: `Error codes`."""
    question_labels: str = ""
    """A word before a question that an answer follows: `Q`."""
    answer_labels: str = ""
    """The word before such an answer: `A`."""
    question_end: str = ""
    """The end of a question that has no question mark."""
    alternative: str = ""
    """The word between two names of one thing: `or`."""
    default_values: tuple[str, ...] = ()
    """Patterns of a sentence that gives a default; `VALUE` is replaced by the pattern of a value."""
    conditions: str = ""
    """Words that limit a sentence to some cases: `unless`."""
    announcing: str = ""
    """Words of a line that announces what follows but does not name it: `the following`."""
    example_elsewhere: str = ""
    """Words that point to an example outside the piece of text: `in the example`."""
    openings: str = ""
    """First words of a sentence that needs the sentence before it."""
    furniture: str = ""
    """Words of a single navigation link of a page: `Next`, `Back to top`."""
    furniture_line: str = ""
    """The start of a line that is not part of the document's text: `Copyright ©`, `Last updated`."""
    particle_apart: str = ""
    """Particles that may follow a marked word after a space."""
    under: str = "{name}: "
    """The opening of a question about the text under the heading `{name}`. Applies only to this language."""
