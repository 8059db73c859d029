"""The types of the rules for manuals: words that structure a manual, and sentences that state a fact.

The patterns of `ManualRules` apply to documents in every language, unless the attribute says otherwise. The patterns of
`ProseRules` apply only to documents in their own language. All patterns run on text of limited length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.languages.legal_rules import SectionWords


@dataclass(frozen=True, slots=True, kw_only=True)
class ProseRules:
    """Patterns for sentences from which questions are made. An empty pattern finds nothing."""

    bans: str = ""
    """Finds a sentence that says what must not be done."""
    weak_bans: str = ""
    """Finds words that may express a ban. If they also occur elsewhere in a section, the section's ban is not asked
    about."""
    advice: str = ""
    """Finds a sentence that recommends something."""
    weak_advice: str = ""
    """Finds words that may express advice. If they also occur elsewhere in a section, its advice is not asked about."""
    goals: tuple[str, ...] = ()
    """Match whole sentences that say how to reach a goal: `To stop the pump, press the red button.` The group `case`
    holds the goal as a question names it; the group `rest` holds what to do."""
    cases: tuple[str, ...] = ()
    """Match whole sentences that say what applies under a condition: `If it is red, …`. The group `case` holds the
    condition, the group `rest` what applies. An optional group `opening` holds the first word of the condition, which a
    question writes in lower case."""
    to_do: str = ""
    """Finds words which show that `rest` is something to do, and not something that happens."""
    done: str = ""
    """Finds words which show that the `rest` of a goal says how the goal is reached, but not as an instruction."""
    unclear: str = ""
    """Finds words which show that the `rest` of a condition is neither something to do nor something that happens."""
    empty: str = ""
    """Finds words which show that `rest` only announces, or refers to, what other sentences say."""
    vague: str = ""
    """Finds words in a goal or condition that only earlier sentences explain."""
    vague_goals: str = ""
    """Finds words in a goal that does not name an action."""
    goes_on: str = ""
    """Matches the beginning of a sentence that applies to the same goal or condition as the sentence before it."""
    adds: str = ""
    """Matches the beginning of such a sentence if the sentence says what else is done or happens. The answer then
    includes the sentence."""
    new_matter: str = ""
    """Matches the beginning of a sentence that starts a new subject in the same paragraph."""
    uses: tuple[str, ...] = ()
    """Match whole sentences that say what a thing is used for. The group `term` holds the thing's name, including its
    markup."""
    roles: tuple[str, ...] = ()
    """Match whole sentences that say what a thing does, with the same group."""
    traits: tuple[str, ...] = ()
    """Match whole sentences that state a purpose, an advantage, the best way or the like. The group `case` holds what
    is asked: `purpose of the valve`."""
    reasons: tuple[str, ...] = ()
    """Match whole sentences that give a reason. What is explained is either in the group `case`, as a question names
    it, or in the group `clause`, to which `reason_clause_end` is appended."""
    reason_clause_end: str = ""
    """The text that joins a clause to the question about its reason."""
    vague_subjects: str = ""
    """Finds words in the subject of a use, role, trait or reason that only earlier sentences explain."""
    chatty: str = ""
    """Finds words of a paragraph that guides the reader instead of stating something: `in this chapter`."""
    meanings: tuple[str, ...] = ()
    """Match whole sentences that say what a thing is. The group `term` holds the thing's name, including its markup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualRules:
    """Rules for headings, procedures, notes, entries and tables."""

    section: SectionWords
    prose: ProseRules = field(default_factory=ProseRules)
    step_label: str = ""
    """The label of a numbered step, such as `Step 1:`; the only group holds the number."""
    instruction: re.Pattern[str] | None = None
    """Finds a sentence that says what to do. Used only if the rules of the document's own language have one."""
    lead_in: str = ""
    """The end of a line, other than a colon, that announces what follows: `다음과 같습니다.`"""
    chapter_number: str = ""
    """The number of a chapter or appendix at the start of a heading: `Chapter 3`."""
    collecting: str = ""
    """Words of a sentence that announces a list of points, rules or options instead of steps."""
    open_item: str = ""
    """The first words of a list item that continues the sentence above the list: `must be documented`."""
    table_caption: str = ""
    """The word before a table number: `Table`."""
    column_words: frozenset[str] = frozenset()
    """Words of table column headings, in lower case: `default`."""
    cell_words: frozenset[str] = frozenset()
    """Words of table cells that are never a column heading, in lower case: `yes`."""
    total_rows: str = ""
    """The key of a table row that adds up or averages the rows above it: `Total`."""
    numbering_columns: str = ""
    """Words of a column heading whose numbers name things and are not compared: `No.`, `Year`."""
    additive: str = ""
    """A unit, or a word of a column heading, whose numbers may be added up: `hours`."""
    note_words: str = ""
    """Words that introduce a note: `Tip`."""
    warning_words: str = ""
    """Words that introduce a warning: `Caution`."""
    code_titles: str = ""
    """Words in a heading above a list of codes: `Error codes`."""
    question_labels: str = ""
    """The label before a question that is followed by an answer: `Q`."""
    answer_labels: str = ""
    """The label before such an answer: `A`."""
    question_end: str = ""
    """The end of a question that has no question mark."""
    alternative: str = ""
    """The word between two names of the same thing: `or`."""
    default_values: tuple[str, ...] = ()
    """Patterns of sentences that give a default value; `VALUE` is replaced by the pattern of a value."""
    conditions: str = ""
    """Words that limit a sentence to some cases: `unless`."""
    announcing: str = ""
    """Words that announce what follows without naming it: `the following`."""
    example_elsewhere: str = ""
    """Words that refer to an example outside the piece of text: `in the example`."""
    openings: str = ""
    """The first words of a sentence that depends on the sentence before it."""
    furniture: str = ""
    """The text of a navigation link on a web page: `Next`, `Back to top`."""
    furniture_line: str = ""
    """The beginning of a line that is not part of the document's text: `Copyright ©`, `Last updated`."""
    particle_apart: str = ""
    """Particles, such as the Korean 은, that may follow a word in markup after a space."""
    under: str = "{name}: "
    """The beginning of a question about the text under the heading `{name}`. Applies only to this language."""
