"""What a language says of manuals: words that structure them, and sentences that hold a fact.

Patterns of `ManualRules` hold for documents of every language unless they say otherwise, those of `ProseRules` for
documents of the language alone. All are matched against text of limited length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.languages.legal_rules import SectionWords


@dataclass(frozen=True, slots=True, kw_only=True)
class ProseRules:
    """Sentences that can be asked about; without patterns none is."""

    bans: str = ""
    """Finds a sentence that says what must not be done."""
    weak_bans: str = ""
    """Finds all words that may say so."""
    advice: str = ""
    """Finds a sentence that recommends something."""
    weak_advice: str = ""
    """Finds all words that may do so."""
    goals: tuple[str, ...] = ()
    """Whole sentences that say how something is done; a group `case` holds the purpose as a question takes it, a group
    `rest` what is to be done."""
    cases: tuple[str, ...] = ()
    """Whole sentences about one case; the same groups."""
    to_do: str = ""
    """In the rest: it is something to do, not something that happens."""
    done: str = ""
    """In the rest of a purpose: it is told how, though not as an instruction."""
    unclear: str = ""
    """In the rest of a case: it is neither."""
    empty: str = ""
    """In the rest: it only announces what the next sentences tell, or points at what they tell."""
    vague: str = ""
    """In a case: only the sentences before explain it."""
    vague_goals: str = ""
    """In the purpose of a sentence: it names nothing that is done."""
    goes_on: str = ""
    """The start of a sentence that belongs to the one before: what it says holds in the same case."""
    adds: str = ""
    """The start of such a sentence that says what else is done or happens, so that it is told too."""
    new_matter: str = ""
    """The start of a sentence in the same paragraph that begins something else."""
    uses: tuple[str, ...] = ()
    """Whole sentences that say what something is used for; a group `term` holds its name, marked as written."""
    roles: tuple[str, ...] = ()
    """Whole sentences that say what something does; the same group."""
    traits: tuple[str, ...] = ()
    """Whole sentences that say what a purpose, an advantage or the best way is; a group `case` holds which one."""
    reasons: tuple[str, ...] = ()
    """Whole sentences that say why something is so; a group `case` holds it as a question takes it, or a group
    `clause` holds it as `reason_clause_end` goes on."""
    reason_clause_end: str = ""
    """Joins a clause to the question for its reason."""
    vague_subjects: str = ""
    """In what a use or a reason is told of: only the sentences before explain it."""
    chatty: str = ""
    """Words of a paragraph that leads through a text instead of telling something: `in this chapter`."""
    meanings: tuple[str, ...] = ()
    """Whole sentences that say what something is; a group `term` holds its name, marked as written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualRules:
    """Headings, procedures, notes, entries and tables."""

    section: SectionWords
    prose: ProseRules = field(default_factory=ProseRules)
    step_label: str = ""
    """A numbered step, such as `Step 1:`; one group holds the number."""
    instruction: re.Pattern[str] | None = None
    """Finds a sentence that tells what to do."""
    lead_in: str = ""
    """The end of a line that announces what follows, beside a colon: `다음과 같습니다.`"""
    chapter_number: str = ""
    """The number of a chapter or appendix at the start of a heading: `Chapter 3`."""
    collecting: str = ""
    """In a sentence that announces a list: its items are points, rules or ways to choose from, and no steps."""
    open_item: str = ""
    """Opens an item that goes on with the sentence above its list: `must be documented`."""
    table_caption: str = ""
    """The word before the number of a table."""
    column_words: frozenset[str] = frozenset()
    """Words that head the columns of tables, in lower case: `default`."""
    cell_words: frozenset[str] = frozenset()
    """Words that fill cells and head no column, in lower case: `yes`."""
    note_words: str = ""
    """Words that open a note: `Tip`."""
    warning_words: str = ""
    """Words that open a warning: `Caution`."""
    code_titles: str = ""
    """Words in a heading above codes: `Error codes`."""
    question_labels: str = ""
    """A word before a question that an answer follows: `Q`."""
    answer_labels: str = ""
    """The word before that answer: `A`."""
    question_end: str = ""
    """The end of a question that has no question mark."""
    alternative: str = ""
    """The word between two names of one thing: `or`."""
    default_values: tuple[str, ...] = ()
    """Patterns of a sentence that gives a default; `VALUE` stands for the pattern of a value."""
    conditions: str = ""
    """Words that make a sentence hold in some cases only: `unless`."""
    announcing: str = ""
    """Words of a line that announces what follows and names nothing: `the following`."""
    example_elsewhere: str = ""
    """Words that point at an example outside of a piece of text: `in the example`."""
    openings: str = ""
    """First words of a sentence that needs the one before it."""
    furniture: str = ""
    """Words of one link around a page: `Next`, `Back to top`."""
    furniture_line: str = ""
    """The start of a line that is no text of the document: `Copyright ©`, `Last updated`."""
    particle_apart: str = ""
    """Particles that writers set apart from a word that they mark."""
    under: str = "{name}: "
    """Opens a question about what stands under the heading `{name}`. Used in the language alone."""
