"""The frozen records that stages exchange, and the vocabulary of their fields.

Every table that a build leaves has the fields of one of these. Arrow schemas (`io.arrow`) and JSON Schemas (`schemas/`)
are derived from the dataclasses, so a field added here appears everywhere at once.

Character offsets count Unicode code points of the row's own `text`, which is NFC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from annotated_types import MaxLen

from pipeline.nodes import Node

Name = Annotated[str, MaxLen(1024)]
"""A title, licence or heading. When writing it, `io.arrow` cuts it to this length and replaces control characters."""
Uri = Annotated[str, MaxLen(2048)]
"""Printable name of a source."""
Note = Annotated[str, MaxLen(2048)]
"""A sentence for people: a detail, an excerpt, an error."""


@dataclass(frozen=True, slots=True)
class KeepEnd:
    """Marks a field that keeps its end when it is cut."""


Trace = Annotated[str, MaxLen(32_768), KeepEnd()]
"""A traceback; the error is at its end."""


class Split(StrEnum):
    """Which file a row goes to. All rows of one document share it."""

    TRAIN = "train"
    VALIDATION = "validation"


class Origin(StrEnum):
    """How a question and its answer were made."""

    WRITTEN = "written"
    """A teacher model wrote them about a segment of the document."""
    STRUCTURAL = "structural"
    """A template took them from the parsed document; the answer is exact."""


class JoiningKind(StrEnum):
    """Why a corpus row joins its documents."""

    NONE = "none"
    """The row is one document, or a part of one."""
    SAME_SOURCE = "same_source"
    """They come from the same case, thread, series of files, repository or folder of a manual."""
    NEAREST = "nearest"
    """Their signatures are the most similar."""
    DISTRACTORS = "distractors"
    """They were drawn at random from one domain and language, so that a model must find the right one."""


@dataclass(frozen=True, slots=True)
class SourcePath:
    """A row of `work/sources`: the file behind a `source_uri`, which may be masked or escaped."""

    source_uri: str
    path: bytes
    """As the filesystem stores it; not always UTF-8."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text under it up to the next heading of any level.

    Sections of a document are in order, do not overlap, and together cover its text; text before the first
    heading is a section of level 0 with an empty title.
    """

    start: int
    end: int
    level: int
    title: Name


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page of the source begins."""

    start: int
    label: Name
    """Its number in the source: `12`, `iv`, `A-3`."""


@dataclass(frozen=True, slots=True)
class Document:
    """A cleaned document, before its length is known."""

    doc_id: str
    text: str
    domain: str
    language: str
    title: Name
    licence: Name
    source_uri: Uri
    source_offset: int
    """Where it starts in its source: byte offset (in the decompressed stream), or row number (parquet)."""
    sha256: str
    """Of the source bytes that the document was read from, before cleaning."""
    sections: tuple[Section, ...]
    pages: tuple[Page, ...] = ()
    """In order; empty if the source has no pages."""
    outline: tuple[Node, ...] | None = None
    """The document's nodes in order of `start`; None if it has no outline."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the documents joined in a corpus row: `text[start:end]` of the row is its complete text."""

    doc_id: str
    title: Name
    source_uri: Uri
    start: int
    end: int
    num_tokens: int
    """Of its own text, without the line above it."""


@dataclass(frozen=True, slots=True)
class Context:
    """A row of `corpus/`: a document, a part of one that was too long, or several short ones, in its length bucket.

    The file has two more columns, lists of uint32 that are read by name: `token_ids` (of the text, without special
    tokens) and `section_token_starts` (for each section, the first token that begins in it).
    """

    doc_id: str
    text: str
    domain: str
    language: str
    title: Name
    licence: Name
    source_uri: Uri
    source_offset: int
    sha256: str
    num_tokens: int
    bucket: int
    cluster_id: str
    """Rows with the same value go to the same split. It is the id of the cluster that the document survives, or the
    document's own id if it has no duplicate. For a row joined from several clusters, it is the smallest id."""
    sections: tuple[Section, ...]
    parent_id: str
    """`doc_id` of the document that this is a part of; equal to `doc_id` if it is whole or joined."""
    parent_start: int
    """Character offset of `text` in the parent's text."""
    heading_path: tuple[str, ...]
    """Titles of the sections that are open where a part begins, outermost first; empty if it begins at the top."""
    part: int
    """1 for the first part of a document."""
    num_parts: int
    """1 if the document is whole."""
    joining: str
    """A `JoiningKind`."""
    members: tuple[Member, ...]
    """The joined documents in order; empty for a single document."""
    repeats: int
    """How often training sees the row."""
    pages: tuple[Page, ...] = ()
    """In order; the row begins on the first. Empty if the source has no pages."""
    outline: tuple[Node, ...] | None = None
    """The part of the document's outline that lies in the row, in offsets of the row; None if it has no outline."""


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
    page: Name = ""
    """The page of the source on which it begins; empty if the source has no pages."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What was verified before the row was accepted. All shares are 0 to 1."""

    evidence_verbatim: bool
    """Every quote is at its offsets."""
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
    """A verified question and answer about one context, before selection; without the document's text."""

    candidate_id: str
    doc_id: str
    parent_id: str
    task: str
    form: str
    """How a structural question asks, such as `clause.text`; equal to `task` if a teacher wrote it."""
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
    is_trivial: bool
    """It only looks up a heading or its number, or who said a sentence and when."""


@dataclass(frozen=True, slots=True)
class SftExample:
    """A row of `sft/`: the user's message is the document and a question, the assistant's the verified answer."""

    messages: tuple[Message, ...]
    id: str
    task: str
    origin: str
    domain: str
    language: str
    bucket: int
    num_tokens: int
    """Tokens of the conversation rendered with the chat template of `tokenizer`."""
    control_strings: int
    """Places in the messages that `tokenizer`, or one of a common family, would read as a control token (`<|im_end|>`,
    `</s>`). In `tokens/` they are text; other trainers may parse them."""
    tokenizer: str
    doc_ids: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    checks: Checks
    teacher: str
    prompt_version: str
    loss_weight: float
    split: str


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """Tokens `start` to `end` of a conversation, an assistant's turn that counts in the loss."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ConversationTokens:
    """A row of `tokens/`, without its column `token_ids` (uint32): a row of `sft/` as the model reads it."""

    row_id: str
    """`id` of the row of `sft/`."""
    num_tokens: int
    answer_spans: tuple[AnswerSpan, ...]
    loss_weight: float


class RowSource(StrEnum):
    """Where the rows of a pack are stored."""

    SFT = "sft"
    """Conversations: `row_ids` are ids of `sft/` and `tokens/`."""
    CORPUS = "corpus"
    """Documents for continued pre-training: `row_ids` are `doc_id`s of `corpus/`."""


@dataclass(frozen=True, slots=True)
class TrainingPack:
    """A row of `packs.parquet`: rows that are trained as one sequence, in which no row sees another.

    A corpus row counts as its `token_ids` and one end-of-text token, if the tokenizer has one. `offsets` and `lengths`
    count in that sequence, so the parts of a row that was cut concatenate to it.
    """

    pack: int
    """Number of the pack in the file, from 0."""
    source: str
    split: str
    max_tokens: int
    """Capacity: the edge that the pack was planned for; Σ `lengths` is at most this."""
    row_ids: tuple[str, ...]
    offsets: tuple[int, ...]
    """First token used of each row; 0 unless a corpus row was cut."""
    lengths: tuple[int, ...]
    cost: int
    """Σ length²: the cost of attention over the rows."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Why a document, a question or an answer is dropped. With its source it becomes a `Rejection`."""

    reason: str
    """Snake-case code."""
    detail: str
    """One sentence for a person."""
    score: float | None = None
    """The measured value, if one was measured."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document or candidate that a rule dropped, with the reason. A row of `rejected/`."""

    stage: str
    item_id: Uri
    """`doc_id` or `candidate_id`; the source URI if the item never became a document."""
    reason: str
    """Snake-case code, such as `too_short`, `near_duplicate`, `evidence_not_found`."""
    detail: Note
    """One sentence for people: the measured value, the limit, the survivor's id."""
    score: float | None
    source_uri: Uri
    source_offset: int
    excerpt: Note
    """First characters of the dropped item, with personal data masked."""


def excerpt_of(text: str) -> str:
    """Return the excerpt for a rejection: the first 200 characters."""
    return text[:200]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An item that failed unexpectedly. A row of `dead/`."""

    stage: str
    item_id: Uri
    source_uri: Uri
    source_offset: int
    error: Note
    """`ExceptionType: message`."""
    traceback: Trace
