"""What a language must say of itself: `LanguageRules`, and the small groups of it that no other module needs.

Each language has one, in `RULES` of its module. Groups with a default are silent: without them the parsers that need
them find nothing. Patterns that name a group of words hold for every document, whatever its language, and are joined
over all languages by `languages.any_of`; those that hold for documents of the language alone are compiled.
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
    """How a text is known to be in the language."""

    letters: str
    """Inside of a character class: its letters, such as `A-Za-z`."""
    scripts: tuple[str, ...] = ()
    """Scripts of `clean.language` it is written in, first the one that no other language has; empty where langdetect
    has to tell it from others."""
    is_common: bool = False
    """Exactly one language is: see `languages.common_language`."""
    legacy_encodings: tuple[str, ...] = ()
    """Codecs of old files in this language, tried where a file is no Unicode."""
    least_share: float = 0.9
    """Of its letters among those of all languages in a question or answer that is written in it."""

    @property
    def owns_script(self) -> bool:
        """Whether its script alone tells it."""
        return bool(self.scripts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRules:
    """Words in the names and first lines of documents; all but the last two are patterns."""

    title_boilerplate: str = ""
    """Lines above a title that are none: confidential, draft."""
    case_number: str = ""
    """Of a court; one group holds the number."""
    thread_label: str = ""
    """`channel` in `channel: support`."""
    language_folders: frozenset[str] = frozenset()
    """Names of folders that say the language of what is in them."""
    kind_folders: frozenset[str] = frozenset()
    """Names of folders that say the kind of document in them: `manuals`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRules:
    """Patterns that tell what kind of document a text is."""

    clause_heading: str = ""
    """At the start of a line: the heading of a clause or of a part of a judgment."""
    legal_words: str = ""
    procedure_words: str = ""
    """Words of manuals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRules:
    """Numbers, dates and names in which two versions of one text differ."""

    numeral: str = ""
    """Pattern of a number in words."""
    date_words: frozenset[str] = frozenset()
    name_labels: frozenset[str] = frozenset()
    """Words before a name: `company`."""
    is_personal_name: Callable[[str], bool] = field(default=lambda word: False)
    """Whether a word without a capital is the name of a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Wordings around questions, answers and documents; placeholders in braces."""

    about_one: tuple[str, ...]
    """How the question about a document is led in: `{question}`."""
    about_several: tuple[str, ...]
    """The same below several documents."""
    part: str
    """Note above a part of a document: `{part}`, `{num_parts}`."""
    continued: str
    """The same where the part goes on under headings: `{path}` too."""
    document_heading: str
    """Line above a document that is joined with others: `{number}`, `{title}`."""
    summary_question: str
    """Asks for a summary of the section `{title}`."""
    before_amendment: str
    """Opens a question about the original wording of a provision that is amended later."""
    provisions: str
    """What the provisions of a legal text are called together."""
    sections: str
    """What the numbered sections of a manual are called together."""
    table_under: str
    """Names a table by the heading `{name}` it stands under."""
    step_count: str
    """The answer `{count}` to how many steps there are."""
    at_time: str
    """When something was said: `{time}`."""
    module_level: str
    """Code outside every function."""
    package_level: str
    """The same in Go, where a package is what a module is elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRules:
    """Everything that depends on one language."""

    name: str
    """In English, for cards and reports."""
    detection: Detection
    words: WordRules
    questions: Mapping[str, tuple[str, ...]]
    """Wordings by `QuestionForm`, at least one each. Placeholders: see `synthesize.structural.phrasing`."""
    frames: Frames
    asking: QuestionRules
    prompts: Callable[[str], str]
    """The YAML text of the teacher's `chat.yaml` or `examples.yaml`."""
    manual: ManualRules
    join_names: Callable[[Sequence[str]], str]
    """A list as it is written in running text."""
    name_document: Callable[[str, str, int], str]
    """A question with the document it is about: question, title (empty where it names several), number from 1."""
    type_nouns: Mapping[str, str] = field(default_factory=dict)
    """Words for types of code by their keyword, such as `class`; where one is missing, questions use the keyword."""
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
    """A function that reads the text of a file beside a language's module."""
    return lambda file_name: files(package).joinpath(file_name).read_text(encoding="utf-8")


def rules_fault(rules: object) -> str:
    """The first thing that is wrong with the rules of a language, by its name; empty where nothing is."""
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
