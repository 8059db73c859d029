"""The rules that a language must provide: `LanguageRules`, and its small groups that no other module needs.

Each language has one `LanguageRules`, in `RULES` of its module. A group with a default is optional; without it, the
parsers that need it find nothing. Patterns that name a group of words apply to every document, in any language;
`languages.any_of` joins them over all languages. Patterns for documents of one language are compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.resources import files
from string import Formatter

from pipeline.languages.heading_rules import HeadingRules
from pipeline.languages.legal_rules import LegalRules
from pipeline.languages.manual_rules import ManualRules
from pipeline.languages.masking import MaskingRules
from pipeline.languages.question_rules import FactRules, MentionRules, QuestionRules
from pipeline.languages.text_rules import SentenceRules, WordRules
from pipeline.languages.turn_rules import TurnRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """How to recognise that a text is in the language."""

    letters: str
    """Inside of a character class: the letters of the language, such as `A-Za-z`."""
    scripts: tuple[str, ...] = ()
    """Scripts of `clean.language` that the language is written in, starting with one that no other language has. Empty
    if langdetect must distinguish the language from others."""
    is_common: bool = False
    """True for exactly one language, see `languages.common_language`."""
    legacy_encodings: tuple[str, ...] = ()
    """Codecs of old files in this language, tried if a file is not Unicode."""
    least_share: float = 0.9
    """In a question or answer in the language, the least share of its letters among the letters of all languages."""

    @property
    def owns_script(self) -> bool:
        """Whether the script alone identifies the language."""
        return bool(self.scripts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRules:
    """Words in the names and first lines of documents; all fields except the last two are patterns."""

    title_boilerplate: str = ""
    """Lines above a title that are not the title: confidential, draft."""
    case_number: str = ""
    """The case number of a court; one group holds the number."""
    thread_label: str = ""
    """A label such as `channel` in `channel: support`."""
    language_folders: frozenset[str] = frozenset()
    """Names of folders that give the language of their contents."""
    kind_folders: frozenset[str] = frozenset()
    """Names of folders that give the kind of their documents: `manuals`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRules:
    """Patterns that show what kind of document a text is."""

    clause_heading: str = ""
    """At the start of a line: the heading of a clause or of a part of a judgment."""
    legal_words: str = ""
    procedure_words: str = ""
    """Words of manuals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRules:
    """Numbers, dates and names that may differ between two versions of a text."""

    numeral: str = ""
    """Pattern of a number in words."""
    date_words: frozenset[str] = frozenset()
    name_labels: frozenset[str] = frozenset()
    """Words before a name: `company`."""
    is_personal_name: Callable[[str], bool] = field(default=lambda word: False)
    """Whether a word without a capital is the name of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Wordings around questions, answers and documents, with placeholders in braces."""

    about_one: tuple[str, ...]
    """The frames of a question about one document: `{question}`."""
    about_several: tuple[str, ...]
    """The frames of a question about several documents."""
    part: str
    """The note above a part of a document: `{part}`, `{num_parts}`."""
    continued: str
    """The same note for a part that continues under headings; also `{path}`."""
    document_heading: str
    """The line above a document that is joined with others: `{number}`, `{title}`."""
    summary_question: str
    """The question for a summary of the section `{title}`."""
    before_amendment: str
    """The opening of a question about the original wording of a provision that is amended later."""
    provisions: str
    """The common noun for provisions of a legal text."""
    sections: str
    """The common noun for numbered sections of a manual."""
    table_under: str
    """The name of a table by the heading `{name}` above it."""
    step_count: str
    """The answer `{count}` to the question how many steps a procedure has."""
    at_time: str
    """The time when something was said: `{time}`."""
    module_level: str
    """The name of code outside all functions."""
    package_level: str
    """The same in Go, where a package corresponds to a module elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRules:
    """Everything that depends on one language."""

    name: str
    """The name in English, for cards and reports."""
    detection: Detection
    words: WordRules
    frames: Frames
    asking: QuestionRules
    prompts: Callable[[str], str]
    """The YAML text of the teacher's `chat.yaml` or `examples.yaml`."""
    manual: ManualRules
    join_names: Callable[[Sequence[str]], str]
    """Names as a list in running text."""
    name_document: Callable[[str, str, int], str]
    """A question with the name of its document; from the question, the document's title (empty if it names several
    documents) and its number, from 1."""
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Wordings by the name of their form, such as `clause.text`. The form's task must have those that are missing. For
    placeholders see `synthesize.structural.phrasing`."""
    type_nouns: Mapping[str, str] = field(default_factory=dict)
    """Words for types of code by keyword, such as `class`. Questions use the keyword if a word is missing."""
    attach: Callable[[str, str], str] | None = None
    """A word with the form of a particle that fits it; None in a language without such particles."""
    sentences: SentenceRules = field(default_factory=SentenceRules)
    facts: FactRules = field(default_factory=FactRules)
    mentions: MentionRules = field(default_factory=MentionRules)
    headings: HeadingRules = field(default_factory=HeadingRules)
    legal: LegalRules = field(default_factory=LegalRules)
    masking: MaskingRules = field(default_factory=MaskingRules)
    sources: SourceRules = field(default_factory=SourceRules)
    domains: DomainRules = field(default_factory=DomainRules)
    turns: TurnRules = field(default_factory=TurnRules)
    versions: VersionRules = field(default_factory=VersionRules)


_FRAME_SLOTS: Mapping[str, frozenset[str]] = {
    "about_one": frozenset({"question"}),
    "about_several": frozenset({"question"}),
    "part": frozenset({"part", "num_parts"}),
    "continued": frozenset({"part", "num_parts", "path"}),
    "document_heading": frozenset({"number", "title"}),
    "summary_question": frozenset({"title"}),
    "table_under": frozenset({"name"}),
    "step_count": frozenset({"count"}),
    "at_time": frozenset({"time"}),
}


def read_beside(package: str) -> Callable[[str], str]:
    """Return a function that reads the text of a file in a language's package."""
    return lambda file_name: files(package).joinpath(file_name).read_text(encoding="utf-8")


def rules_fault(rules: object) -> str:
    """Return the first fault in the rules of a language; empty if they have none."""
    if not isinstance(rules, LanguageRules):
        return "RULES must be a LanguageRules"
    for frame in fields(Frames):
        wordings = getattr(rules.frames, frame.name)
        for wording in [wordings] if isinstance(wordings, str) else wordings or [""]:
            slots = {slot for _, slot, _, _ in Formatter().parse(wording) if slot is not None}
            if not wording or slots != _FRAME_SLOTS.get(frame.name, frozenset()):
                wanted = sorted(_FRAME_SLOTS.get(frame.name, ()))
                return f"the frame {frame.name} must be a wording with the placeholders {wanted}, not {wording!r}"
    for form, wordings in rules.questions.items():
        if not wordings or not all(wordings):
            return f"the question form {form} has no wording, or an empty one"
    return ""
