"""The frozen records that travel between stages, and the vocabulary of their fields.

Every file a build leaves behind is a table of one of these. Arrow schemas (`io.arrow`) and JSON Schemas
(`schemas/`) are derived from the dataclasses, so a field added here appears everywhere at once.

Character offsets count Unicode code points of the row's own `text`, which is NFC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Domain(StrEnum):
    """What kind of document it is; decides cleaning profile, section grammar and question templates."""

    LEGAL = "legal"
    MANUAL = "manual"
    CODE = "code"
    DIALOGUE = "dialogue"


class Language(StrEnum):
    """Main natural language of a document (ISO 639-1). For code: of its comments."""

    ENGLISH = "en"
    KOREAN = "ko"


class Split(StrEnum):
    """Which file a row goes to. All rows of one document share it."""

    TRAIN = "train"
    VALIDATION = "validation"


class Origin(StrEnum):
    """How a question and its answer were made."""

    WRITTEN = "written"
    """A teacher model wrote them about a segment of the document."""
    STRUCTURAL = "structural"
    """Read off the parsed document by a template; the answer is exact."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text under it up to the next heading of any level.

    Sections of a document are in order, do not overlap, and together cover its text; text before the first
    heading is a section of level 0 with an empty title.
    """

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Document:
    """A cleaned document, before its length is known."""

    doc_id: str
    text: str
    domain: str
    language: str
    title: str
    licence: str
    source_uri: str
    source_offset: int
    """Where it starts in its source: byte offset (in the decompressed stream), or row number (parquet)."""
    sha256: str
    """Of the source bytes the document was read from, before cleaning."""
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Context:
    """A row of `corpus/`: a document, or a part of one that was too long, in its length bucket."""

    doc_id: str
    text: str
    domain: str
    language: str
    title: str
    licence: str
    source_uri: str
    source_offset: int
    sha256: str
    num_tokens: int
    bucket: int
    cluster_id: str
    """Id of the duplicate cluster the document survives; its own parent document's id where it has no duplicate."""
    sections: tuple[Section, ...]
    parent_id: str
    """`doc_id` of the document this is a part of; equal to `doc_id` where it is whole."""
    parent_start: int
    """Character offset of `text` in the parent's text."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a training conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote that supports an answer: `text[start:end] == quote` of the corpus row `doc_id`."""

    doc_id: str
    start: int
    end: int
    quote: str
    depth: float
    """`start` ÷ length of the text, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What was verified before the row was accepted. All shares are 0 to 1."""

    evidence_verbatim: bool
    """Every quote stands at its offsets."""
    answer_support: float
    """Share of the answer's content words and numbers that occur in the evidence."""
    numbers_supported: bool
    """Every number in the answer occurs in the evidence."""
    question_grounded: float
    """Share of the question's content words that occur in the evidence's segment."""
    language_match: bool
    """Question and answer are in the row's language."""
    answer_unique: bool
    """The document gives no second, different answer to the same question (structural rows prove it by parsing)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A verified question and answer about one context, before selection; carries no document text."""

    candidate_id: str
    doc_id: str
    parent_id: str
    task: str
    origin: str
    domain: str
    language: str
    bucket: int
    question: str
    answer: str
    evidence: tuple[Evidence, ...]
    checks: Checks
    teacher: str
    """`structural`, or kind and model of the teacher, such as `vllm:Qwen/Qwen3-32B`."""
    prompt_version: str


@dataclass(frozen=True, slots=True)
class SftExample:
    """A row of `sft/`: the whole document and a question to the user's side, the verified answer to the other."""

    messages: tuple[Message, ...]
    id: str
    task: str
    origin: str
    domain: str
    language: str
    bucket: int
    num_tokens: int
    """Tokens of the conversation rendered with the chat template of `tokenizer`."""
    tokenizer: str
    doc_ids: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    checks: Checks
    teacher: str
    prompt_version: str
    loss_weight: float
    split: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document or candidate we chose to drop, with the reason. A row of `rejected/`."""

    stage: str
    item_id: str
    """`doc_id` or `candidate_id`; the source URI where the item never became a document."""
    reason: str
    """Snake-case code, such as `too_short`, `near_duplicate`, `evidence_not_found`."""
    detail: str
    """One sentence for a person: the measured value, the limit, the survivor's id."""
    score: float | None
    source_uri: str
    source_offset: int
    excerpt: str
    """First characters of what was dropped, personal data masked."""


def excerpt_of(text: str) -> str:
    """The excerpt of a rejection: the first 200 characters."""
    return text[:200]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An item that failed unexpectedly. A row of `dead/`."""

    stage: str
    item_id: str
    source_uri: str
    source_offset: int
    error: str
    """`ExceptionType: message`."""
    traceback: str
