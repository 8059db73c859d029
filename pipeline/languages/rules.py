"""`LanguageRules`, the rules that a language must provide, and the small groups of rules that it contains.

Each language module has one `LanguageRules`, named `RULES`. A group with a default is optional; without it, the parsers
that need it find nothing. Most patterns that are strings are joined over all languages (`languages.any_of`) and applied
to every document. Most compiled patterns apply only to documents in their own language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib.resources import files
from string import Formatter

from pipeline.languages.absence_rules import AbsenceRules
from pipeline.languages.answer_rules import AnswerRules
from pipeline.languages.boilerplate_rules import BoilerplateRules
from pipeline.languages.comparison_rules import ComparisonWords
from pipeline.languages.cue_rules import CueRules
from pipeline.languages.decision_rules import DecisionRules
from pipeline.languages.fact_free_rules import FactFreeRules
from pipeline.languages.heading_rules import HeadingRules
from pipeline.languages.legal_rules import LegalRules
from pipeline.languages.manual_rules import ManualRules
from pipeline.languages.masking import MaskingRules
from pipeline.languages.question_rules import FactRules, MentionRules, QuestionRules
from pipeline.languages.register_rules import RegisterRules
from pipeline.languages.standing_rules import StandingRules
from pipeline.languages.statement_rules import StatementRules
from pipeline.languages.text_rules import SentenceRules, WordRules
from pipeline.languages.turn_rules import TurnRules
from pipeline.languages.value_rules import ValueRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """How to recognise that a text is in the language."""

    letters: str
    """The letters of the language in the form of a character class, without its brackets: `A-Za-z`."""
    scripts: tuple[str, ...] = ()
    """The scripts of the language, by their names in `clean.language`, beginning with one that no other language uses.
    Empty if langdetect must distinguish the language from others."""
    small_words: frozenset[str] = frozenset()
    """Small words, in lower case, that are frequent in the language and rare in others that share its script: `the`."""
    sentence_endings: str = ""
    """For a language with its own script: the pattern of a particle or ending that shows that a sentence is in the
    language, even if most of its words are foreign."""
    is_common: bool = False
    """True for exactly one language; see `languages.common_language`."""
    legacy_encodings: tuple[str, ...] = ()
    """The codecs of old files in this language, which are tried if a file is not Unicode."""
    least_share: float = 0.9
    """The minimum share of this language's letters, among the letters of all languages, in a question or answer."""

    @property
    def owns_script(self) -> bool:
        """Whether the script alone identifies the language."""
        return bool(self.scripts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRules:
    """Words in the names and first lines of documents. All attributes except the last two are patterns."""

    title_boilerplate: str = ""
    """Words of a paragraph above the title: `confidential`, `대외비`. A paragraph with such words is not the title."""
    numbered_titles: str = ""
    """The name of a kind of document and its number, if that is a whole line: `INVOICE 2024-0815`."""
    title_stamps: str = ""
    """A word on a line above the title, or in brackets before it, that says which copy this is: `DRAFT`, `사본`."""
    case_number: str = ""
    """A court's case number. The group that matches holds the number."""
    thread_label: str = ""
    """A label such as `channel` in `channel: support`."""
    language_folders: frozenset[str] = frozenset()
    """Names of folders that say which language their contents are in: `english`."""
    kind_folders: frozenset[str] = frozenset()
    """Names of folders that say what kind of documents they contain: `manuals`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRules:
    """Patterns that show which domain a text belongs to."""

    clause_heading: str = ""
    """The heading of a clause, or of a part of a judgment, at the start of a line."""
    legal_words: str = ""
    """Words of legal texts, in lower case."""
    procedure_words: str = ""
    """Words of manuals, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRules:
    """Numbers, dates and names that may differ between two versions of a text."""

    numeral: str = ""
    """The pattern of a number in words."""
    date_words: frozenset[str] = frozenset()
    name_labels: frozenset[str] = frozenset()
    """Words that may come before a name: `company`."""
    is_personal_name: Callable[[str], bool] = field(default=lambda word: False)
    """Returns whether a word without a capital letter is a person's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Wordings around questions, answers and documents, with placeholders in braces."""

    about_one: tuple[str, ...]
    """The wordings around a question about one document, which comes before it: `{question}`."""
    about_several: tuple[str, ...]
    """The wordings around a question about several documents, which come before it: `{question}`."""
    ahead_of_one: tuple[str, ...]
    """The wordings around a question about one document, which comes after it: `{question}`."""
    ahead_of_several: tuple[str, ...]
    """The wordings around a question about several documents, which come after it: `{question}`."""
    part: str
    """The note above a part of a document: `{part}`, `{num_parts}`."""
    continued: str
    """The note above a part that begins below headings: `{part}`, `{num_parts}`, `{path}`."""
    document_heading: str
    """The line above each document in a joined row: `{number}`, `{title}`."""
    summary_question: str
    """The question that asks for a summary of the section `{title}`."""
    document_summary_question: str
    """The question that asks for a summary of the whole document."""
    before_amendment: str
    """The beginning of a question about the original wording of a provision that is amended later."""
    provisions: str
    """The plural noun for the provisions of a legal text."""
    sections: str
    """The plural noun for the numbered sections of a manual."""
    table_under: str
    """How a question refers to a table below the heading `{name}`."""
    step_count: str
    """The answer to the question how many steps a procedure has: `{count}`."""
    at_time: str
    """How a question gives the time when something was said: `{time}`."""
    module_level: str
    """The name for code outside all functions."""
    package_level: str
    """The same name for Go, which has packages instead of modules."""
    in_all: str
    """The line above a list that gives the number of its items: `{count}`."""


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
    """Returns the YAML text of the file `chat.yaml` or `examples.yaml`, which hold the teacher's prompts."""
    manual: ManualRules
    comparison: ComparisonWords
    join_names: Callable[[Sequence[str]], str]
    """Returns names as a list in running text."""
    name_document: Callable[[str, str, int], str]
    """Returns a question that names its document. Takes the question, the document's title (empty if it is missing
    or not unique in the row) and the document's number, from 1."""
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Question wordings by the name of their form, such as `clause.text`. For a form that is missing here, the task's
    file must have wordings in this language. `synthesize.structural.phrasing` describes the placeholders."""
    type_nouns: Mapping[str, str] = field(default_factory=dict)
    """Nouns for code types by keyword, such as `class`. Questions use the keyword itself if it has no noun here."""
    attach: Callable[[str, str], str] | None = None
    """Returns a word with the matching form of a particle; None for a language without such particles."""
    chars_per_token: float = 4.0
    """How many characters of ordinary text hold as much as one token of a tokenizer that serves all languages alike.
    Lengths of segments are set with it, because a student's tokenizer may need many tokens for one of its languages:
    four characters of English, and of any other language as many as their translation has."""
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
    boilerplate: BoilerplateRules = field(default_factory=BoilerplateRules)
    standing: StandingRules = field(default_factory=StandingRules)
    statements: StatementRules = field(default_factory=StatementRules)
    values: ValueRules = field(default_factory=ValueRules)
    answers: AnswerRules = field(default_factory=AnswerRules)
    register: RegisterRules = field(default_factory=RegisterRules)
    cues: CueRules = field(default_factory=CueRules)
    decisions: DecisionRules | None = None
    """Without it, no question asks about the decisions that minutes record."""
    absence: AbsenceRules | None = None
    """Without it, no question asks about something that the document does not have."""
    fact_free: FactFreeRules | None = None
    """Without it, there are no fact-free rows in this language."""


_FRAME_SLOTS: Mapping[str, frozenset[str]] = {
    "about_one": frozenset({"question"}),
    "about_several": frozenset({"question"}),
    "ahead_of_one": frozenset({"question"}),
    "ahead_of_several": frozenset({"question"}),
    "part": frozenset({"part", "num_parts"}),
    "continued": frozenset({"part", "num_parts", "path"}),
    "document_heading": frozenset({"number", "title"}),
    "summary_question": frozenset({"title"}),
    "table_under": frozenset({"name"}),
    "step_count": frozenset({"count"}),
    "in_all": frozenset({"count"}),
    "at_time": frozenset({"time"}),
}


def read_beside(package: str) -> Callable[[str], str]:
    """Return a function that takes a file name and returns the text of that file in a language's package."""
    return lambda file_name: files(package).joinpath(file_name).read_text(encoding="utf-8")


def rules_fault(rules: object) -> str:
    """Return the first fault in the type of a language's rules, its frames or its question wordings; empty if none."""
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
