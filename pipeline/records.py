"""The frozen records that travel between stages, and the vocabulary of their fields.

Every file a build leaves behind is a table of one of these. Arrow schemas (`io.arrow`) and JSON Schemas
(`schemas/`) are derived from the dataclasses, so a field added here appears everywhere at once.

Character offsets count Unicode code points of the row's own `text`, which is NFC.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from annotated_types import MaxLen

from pipeline.nodes import Node

Name = Annotated[str, MaxLen(1024)]
"""A title, licence or heading. `io.arrow` cuts it to this length and replaces control characters when it is written."""
Uri = Annotated[str, MaxLen(2048)]
"""A source's printable name."""
Note = Annotated[str, MaxLen(2048)]
"""A sentence for a person: a detail, an excerpt, an error."""


@dataclass(frozen=True, slots=True)
class KeepEnd:
    """Marks a field whose end matters more than its beginning when it is cut."""


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
    """Read off the parsed document by a template; the answer is exact."""


class JoiningKind(StrEnum):
    """Why the documents of one corpus row stand together."""

    NONE = "none"
    """The row is one document, or a part of one."""
    SAME_SOURCE = "same_source"
    """Same case, thread, series of files, repository or folder of a manual."""
    NEAREST = "nearest"
    """Most similar by their signatures."""
    DISTRACTORS = "distractors"
    """Drawn at random from one domain and language, so that the right one has to be found."""


@dataclass(frozen=True, slots=True)
class SourcePath:
    """A row of `work/sources`: the file behind a `source_uri`, which may be masked or escaped."""

    source_uri: str
    path: bytes
    """As the filesystem spells it; not always UTF-8."""


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
    """Its number as the source counts: `12`, `iv`, `A-3`."""


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
    """Of the source bytes the document was read from, before cleaning."""
    sections: tuple[Section, ...]
    pages: tuple[Page, ...] = ()
    """In order; empty where the source has none."""
    outline: tuple[Node, ...] | None = None
    """What the document is made of, in order of `start`; None where nobody has outlined it."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the documents joined in a corpus row: `text[start:end]` of the row is its whole text."""

    doc_id: str
    title: Name
    source_uri: Uri
    start: int
    end: int
    num_tokens: int
    """Of its own text; the line above it comes on top."""


@dataclass(frozen=True, slots=True)
class Context:
    """A row of `corpus/`: a document, a part of one that was too long, or several short ones, in its length bucket.

    The file has two columns more, lists of uint32 that are read by name: `token_ids` (of the text, without special
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
    """Rows with one of these go to the same split: the id of the duplicate cluster the document survives, its own
    document's id where it has no duplicate, and the smallest of them where rows were joined of several clusters."""
    sections: tuple[Section, ...]
    parent_id: str
    """`doc_id` of the document this is a part of; equal to `doc_id` where it is whole or joined."""
    parent_start: int
    """Character offset of `text` in the parent's text."""
    heading_path: tuple[str, ...]
    """Titles of the sections that are open where a part begins, outermost first; empty where it begins at the top."""
    part: int
    """1 for the first part of a document."""
    num_parts: int
    """1 where the document is whole."""
    joining: str
    """A `JoiningKind`."""
    members: tuple[Member, ...]
    """The joined documents in order; empty where the row is of one."""
    repeats: int
    """How often training sees the row."""
    pages: tuple[Page, ...] = ()
    """In order; the first is the one that the row begins on. Empty where the source has none."""
    outline: tuple[Node, ...] | None = None
    """The document's outline as far as it lies in the row, in offsets of the row; None where nobody has outlined it."""


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
    """The page of the source that it begins on; empty where the source has none."""


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
    form: str
    """How a structural question asks, such as `clause.text`; equal to `task` where a teacher wrote it."""
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
    """Tokens `start` to `end` of a conversation are an assistant's turn: what the loss counts."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ConversationTokens:
    """A row of `tokens/`, beside its column `token_ids` (uint32): a row of `sft/` as the model reads it."""

    row_id: str
    """`id` of the row of `sft/`."""
    num_tokens: int
    answer_spans: tuple[AnswerSpan, ...]
    loss_weight: float


class RowSource(StrEnum):
    """Where the rows of a pack stand."""

    SFT = "sft"
    """Conversations: `row_ids` are ids of `sft/` and `tokens/`."""
    CORPUS = "corpus"
    """Documents for continued pre-training: `row_ids` are `doc_id`s of `corpus/`."""


@dataclass(frozen=True, slots=True)
class TrainingPack:
    """A row of `packs.parquet`: rows that are trained as one sequence, each seeing itself alone.

    A corpus row counts as its `token_ids` and one end-of-text token, where the tokenizer has one; `offsets` and
    `lengths` count in that sequence, so the parts of a row that was cut concatenate to it.
    """

    pack: int
    """From 0 over the whole file."""
    source: str
    split: str
    max_tokens: int
    """Capacity: the edge the pack was planned for; Σ `lengths` is at most this."""
    row_ids: tuple[str, ...]
    offsets: tuple[int, ...]
    """First token used of each row; not 0 only where a corpus row was cut."""
    lengths: tuple[int, ...]
    cost: int
    """Σ length²: what attention over the rows costs."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document or candidate we chose to drop, with the reason. A row of `rejected/`."""

    stage: str
    item_id: Uri
    """`doc_id` or `candidate_id`; the source URI where the item never became a document."""
    reason: str
    """Snake-case code, such as `too_short`, `near_duplicate`, `evidence_not_found`."""
    detail: Note
    """One sentence for a person: the measured value, the limit, the survivor's id."""
    score: float | None
    source_uri: Uri
    source_offset: int
    excerpt: Note
    """First characters of what was dropped, personal data masked."""


def excerpt_of(text: str) -> str:
    """The excerpt of a rejection: the first 200 characters."""
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
