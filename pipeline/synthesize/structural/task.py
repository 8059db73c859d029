"""Defines a structural task: the domains it serves, how it finds its facts, and how each fact is asked about.

Each module in `synthesize/tasks/` defines one `StructuralTask`. The modules that choose, word and check facts (such as
`choose`, `phrasing`, `second_reading` and `candidates`) use the `Form` of a fact and do not know any task by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from pipeline.domains import Domain, domain_names
from pipeline.languages import Language, language_rules
from pipeline.languages.rules import LanguageRules
from pipeline.records import TaskFamily

if TYPE_CHECKING:
    from pipeline.synthesize.structural.facts import Findings
    from pipeline.synthesize.structural.reading import Reading
    from pipeline.synthesize.structural.row_reading import RowReading


class Preference(IntEnum):
    """The order in which facts are chosen: those with a higher number only if those with lower numbers are too few."""

    FIRST = 0
    FILLING = 1
    """The first paragraph of a section."""
    TRIVIAL = 2
    """A look-up of a heading or its number, or of who said a sentence and when; export limits the share of these."""


class Trait(StrEnum):
    """What the modules that check facts must know about a form; most forms have no traits."""

    QUALIFIED_NAME = "qualified_name"
    """The slot `name` holds a qualified name from code; only its last part needs to occur in the text."""
    OUTSIDE_NUMBERS = "outside_numbers"
    """The answer may contain numbers that are not in the evidence, such as those in the name of a file."""
    COMPUTED = "computed"
    """The answer is computed from the evidence, as a count, a sum or a difference is; its numbers need not occur in the
    text. The task proves it."""
    ABSENT_NAME = "absent_name"
    """The question names something that the text does not contain."""
    RANGES = "ranges"
    """The answer may name provisions inside a range that the evidence mentions."""
    DEFINED_TERM = "defined_term"
    """The slot `term` is a defined term."""
    ANSWERS_TERM = "answers_term"
    """The answer is a defined term."""
    WHOLE_PROVISION = "whole_provision"
    """The evidence is the whole text of the provision that the question names."""
    ONLY_VALUE = "only_value"
    """The answer is the only value of its kind in the provision that the question names."""
    ALL_PLACES = "all_places"
    """The answer names every place that mentions the provision in the question."""
    ALL_TARGETS = "all_targets"
    """The question names a provision; the answer names every provision that the text of that provision mentions."""
    QUOTED_NAMES = "quoted_names"
    """The answer consists of names and values, which may be in a different language."""


@dataclass(frozen=True, eq=False, slots=True)
class Form:
    """One kind of question about a structure, in several wordings."""

    name: str
    """The task and the subject of the question, such as `clause.text`."""
    wordings: Mapping[str, tuple[str, ...]]
    """The wordings by language; see `phrasing` for the placeholders. `languages` may define other wordings instead."""
    family: TaskFamily = TaskFamily.LOOK_UP
    preference: Preference = Preference.FIRST
    traits: frozenset[Trait] = frozenset()

    @property
    def task(self) -> str:
        """The name of the task that a row of this form belongs to."""
        return self.name.partition(".")[0]

    @property
    def is_trivial(self) -> bool:
        """Whether the question is only a look-up."""
        return self.preference is Preference.TRIVIAL

    def wordings_in(self, language: Language) -> tuple[str, ...]:
        """Return the questions in a language: the language's own or else the task's; may be empty."""
        return language_rules(language).questions.get(self.name) or self.wordings.get(language, ())


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class StructuralTask:
    """One way to find facts in a document's outline, with the forms of the questions about them."""

    name: str
    """The name of its file; recipes and rows use this name."""
    finds: Mapping[Domain, Callable[[Reading], Findings]]
    """The functions that find the task's facts, by domain."""
    forms: tuple[Form, ...]
    finds_across: Mapping[Domain, Callable[[RowReading], Findings]] = field(default_factory=dict)
    """The functions that find the task's facts in several documents of a joined row, by domain. The spans of these
    facts are offsets into the row's text."""
    order: int = 1000
    """The position of the task, and so of its facts and refusals, among those of all tasks."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Numbers that decide what is asked; changing one changes the version of the task."""
    frames: Callable[[LanguageRules], tuple[str, ...]] = lambda rules: ()
    """A function that returns the language's phrases that are inserted into the task's questions and answers."""

    def __post_init__(self) -> None:
        strange = [form.name for form in self.forms if form.task != self.name]
        if strange or not self.forms:
            raise ValueError(f"the forms of the task {self.name} must be named {self.name}.SOMETHING, not {strange}")
        if unknown := sorted((self.finds.keys() | self.finds_across.keys()) - set(domain_names())):
            raise ValueError(f"the task {self.name} serves unknown domains: {', '.join(unknown)}")


def thresholds_in(*modules: Mapping[str, object]) -> dict[str, float]:
    """Return the private numeric constants of modules, such as `_MAX_CHARS`, by the names of the module and constant.

    A task passes its own `globals()`, and the `vars` of shared modules whose constants decide what it asks.
    """
    return {
        f"{str(module['__name__']).rpartition('.')[2]}{name.lower()}": value
        for module in modules
        for name, value in module.items()
        if name.startswith("_") and name.isupper() and isinstance(value, int | float)
    }
