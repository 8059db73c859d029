"""The records that stages exchange and that a build's tables hold: frozen dataclasses, and the types of their fields.

Arrow schemas (`io.arrow`) and JSON Schemas (`schemas/`) are derived from the dataclasses, so a field added here appears
in both. Character offsets count Unicode code points of the row's own `text`, which is NFC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from annotated_types import MaxLen

from pipeline.nodes import Node

Name = Annotated[str, MaxLen(1024)]
"""A title, licence or heading. `io.arrow` cuts it to this length and replaces control characters when writing it."""
Uri = Annotated[str, MaxLen(2048)]
"""The printable name of a source."""
Note = Annotated[str, MaxLen(2048)]
"""A text for people: a detail, an excerpt, an error."""


@dataclass(frozen=True, slots=True)
class KeepEnd:
    """Marks a field whose beginning is cut off, instead of the end, if the value is too long."""


Trace = Annotated[str, MaxLen(32_768), KeepEnd()]
"""A traceback; the error is at the end."""

IN_FOLDER_NAME: Mapping[str, bool] = MappingProxyType({"in_folder_name": True})
"""Marks an integer field that is not in the file but in the name of its folder, such as `bucket=4096`."""


class Split(StrEnum):
    """Which file a row goes to. All rows about one document go to the same file."""

    TRAIN = "train"
    VALIDATION = "validation"


class Origin(StrEnum):
    """How a question and its answer were made."""

    WRITTEN = "written"
    """A teacher model wrote both about a segment of the document."""
    STRUCTURAL = "structural"
    """A template filled from the parsed document; the answer is exact."""
    GENERATED = "generated"
    """A list of random keys and numbers with questions about it, made without a document; the answer is exact."""
    OWN = "own"
    """The user's own instruction data, used as it is; nothing was checked."""


class TaskFamily(StrEnum):
    """What a question needs from its context; a task's forms may belong to different families."""

    LOOK_UP = "look_up"
    """One place of one document."""
    MULTI_HOP = "multi_hop"
    """Two or more places, each found through the one before, such as the target of a reference."""
    AGGREGATE = "aggregate"
    """All places of a kind: a list, a count, a sum, a maximum. The answer is right only if none is missed."""
    ORDER = "order"
    """Several places, put in order, such as a timeline."""
    COMPARISON = "comparison"
    """Several documents, versions or sides of one matter."""
    NOT_ANSWERABLE = "not_answerable"
    """The document does not have what the question asks for; the answer says so, and names what it has."""
    SUMMARY = "summary"
    """The gist of a section or a document."""
    INSTRUCTION = "instruction"
    """The user's own instruction data, which needs no document."""


class JoiningKind(StrEnum):
    """Why a corpus row joins its documents."""

    NONE = "none"
    """The row is a single document, or a part of one."""
    VERSIONS = "versions"
    """The documents are versions of each other, such as two drafts of a contract."""
    COMPARISON = "comparison"
    """The documents are of the same type, such as contracts with the same clause titles."""
    SAME_SOURCE = "same_source"
    """The documents belong to the same case, thread, file series, repository or manual folder."""
    NEAREST = "nearest"
    """The documents have similar signatures."""
    DISTRACTORS = "distractors"
    """The documents were drawn at random from one domain and language, so that a model must find the right one."""


@dataclass(frozen=True, slots=True)
class SourcePath:
    """A row of `work/sources`: the file that a `source_uri` names. The URI may be masked or escaped."""

    source_uri: str
    path: bytes
    """The path as the filesystem stores it; not always UTF-8."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the text below it, up to the next heading of any level.

    The sections of a document are in order, do not overlap, and together cover the text. Text before the first heading
    is a section of level 0 with an empty title.
    """

    start: int
    end: int
    level: int
    title: Name


@dataclass(frozen=True, slots=True)
class Page:
    """The beginning of a source page in the text."""

    start: int
    label: Name
    """The page number in the source: `12`, `iv`, `A-3`."""


@dataclass(frozen=True, slots=True)
class Document:
    """A cleaned document, before its length in tokens is known."""

    doc_id: str
    text: str
    domain: str
    language: str
    title: Name
    licence: Name
    source_uri: Uri
    source_offset: int
    """Where the document starts in its source: the byte offset in the decompressed stream, or the row number in a
    parquet file."""
    sha256: str
    """The SHA-256 of the source bytes that the document was read from, before cleaning."""
    sections: tuple[Section, ...]
    pages: tuple[Page, ...] = ()
    """The pages in order; empty if the source has none."""
    outline: tuple[Node, ...] | None = None
    """The document's nodes, sorted by `start`; None if it has no outline."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the documents joined in a corpus row. Its complete text is the row's `text[start:end]`."""

    doc_id: str
    title: Name
    source_uri: Uri
    start: int
    end: int
    num_tokens: int
    """The length of the member's text, without the heading line that joining adds above it."""


@dataclass(frozen=True, slots=True)
class Context:
    """A row of `corpus/`: a document, a part of a long document, or several short documents joined.

    The file has two more columns, which are lists of uint32: `token_ids` holds the tokens of the text without special
    tokens, and `section_token_starts` holds, for each section, the index of the first token that begins in it.
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
    bucket: int = field(metadata=IN_FOLDER_NAME)
    """The largest number of tokens of a row in the same length bucket."""
    cluster_id: str
    """Rows with the same value go to the same split. The value is the id of the document's duplicate cluster, or the
    document's own id if it is in no cluster. If joined rows connect several clusters, all their rows have the smallest
    of these ids."""
    sections: tuple[Section, ...]
    parent_id: str
    """The `doc_id` of the document that this row is a part of; equal to `doc_id` if the row is not a part."""
    parent_start: int
    """The character offset of `text` in the parent's text."""
    heading_path: tuple[str, ...]
    """The titles of the sections that begin before a part and continue in it, outermost first. Empty for a whole
    document or a joined row."""
    part: int
    """The number of the part, from 1."""
    num_parts: int
    """The number of parts of the document; 1 if it was not split."""
    joining: str
    """A `JoiningKind`."""
    members: tuple[Member, ...]
    """The joined documents in order; empty for a single document."""
    repeats: int
    """How often training sees the row."""
    pages: tuple[Page, ...] = ()
    """The pages in order; the row begins on the first. Empty if the source has no pages."""
    outline: tuple[Node, ...] | None = None
    """The nodes of the document's outline that lie in the row, with offsets in the row; None without an outline."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a training conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote that supports an answer: `text[start:end] == quote` in the corpus row `doc_id`."""

    doc_id: str
    start: int
    end: int
    quote: str
    depth: float
    """`start` ÷ length of the text, from 0 to 1."""
    page: Name = ""
    """The source page on which the quote begins; empty if the source has no pages."""
    turn: int = 0
    """The turn of the conversation whose answer the quote supports, from 0."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The results of the checks that a row had to pass. All shares are between 0 and 1. A check that was not made is
    None."""

    evidence_verbatim: bool | None
    """Whether every quote is found at its offsets."""
    answer_support: float | None
    """The share of the answer's content words and numbers that occur in the evidence."""
    numbers_supported: bool | None
    """Whether every number in the answer occurs in the evidence, or was computed from what occurs there. For a teacher
    in chat form, numbers are compared as values with their units."""
    question_grounded: float | None
    """The share of the question's content words that occur in the segment around the evidence; for a teacher in chat
    form, in the document. For a structural row, only the words that were filled into the template count. None for a
    summary, whose question is a template."""
    language_match: bool | None
    """Whether question and answer are in the row's language."""
    answer_unique: bool | None
    """Whether the document gives no second, different answer to the question. Parsing proves it for structural rows.
    For written rows, a judge says so who saw the whole document; it is None without one, since words cannot tell."""
    judge: str = ""
    """The model that judged the answer by its meaning, such as `openai:Qwen/Qwen3-32B`; empty if none did. The two
    shares below are None then."""
    judged_support: float | None = None
    """The mean rating of the answer's claims by the judge: 1 if the document says it, 0.5 if in part, 0 if not."""
    complete: float | None = None
    """The supported claims of the answer, as a share of these and of the important points that it leaves out: of what
    the question asks for or, for a summary, of its section."""
    answered_from_document: bool | None = None
    """Whether a second answer, given from the whole document, agrees with the answer at least in part."""
    needs_document: bool | None = None
    """Whether an answer given without the document does not agree with the answer, or only in part."""
    needs_every_hop: bool | None = None
    """Whether answers given without one of the segments that the question is about do not agree, or only in part, for
    each segment. None for a question about one segment."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A verified question and answer about one context, before selection. It does not hold the document's text."""

    candidate_id: str
    doc_id: str
    parent_id: str
    task: str
    family: str
    """A `TaskFamily`."""
    form: str
    """The form of a structural question, such as `clause.text`; equal to `task` if a teacher wrote the question."""
    origin: str
    domain: str
    language: str
    bucket: int
    question: str
    answer: str
    evidence: tuple[Evidence, ...]
    checks: Checks
    teacher: str
    """`structural`, or the teacher's kind and model, such as `vllm:Qwen/Qwen3-32B`."""
    prompt_version: str
    is_trivial: bool
    """Whether the question only looks up a heading or its number, or who said a sentence and when."""
    follows: str = ""
    """The `candidate_id` of the question that must come directly before this one in a conversation, because this one
    takes up what was asked and answered there; empty for a question that stands alone."""


MIXED = "mixed"
"""The value of a row's `task`, `origin`, `teacher` or `prompt_version` if its turns differ."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The candidate behind one question and answer of a row."""

    candidate_id: str
    task: str
    family: str
    """A `TaskFamily`."""
    origin: str
    teacher: str
    prompt_version: str
    checks: Checks


@dataclass(frozen=True, slots=True)
class SftExample:
    """A row of `sft/`: a conversation about one context.

    The first user message holds the document and a question, after the document or before it; later ones hold only a
    question. Each assistant message is a verified answer; all of them count in the loss. Rows of origin `generated` and
    `own` have no document: `doc_ids` and `evidence` are empty, and the checks of `own` rows, which nobody made, are
    all 0.
    """

    messages: tuple[Message, ...]
    id: str
    """Derived from the ids of the turns' candidates, in order."""
    turns: tuple[Turn, ...]
    """One for each pair of a question and an answer in `messages`."""
    task: str
    """The task of all turns, or `mixed`; likewise `origin`, `teacher` and `prompt_version`."""
    origin: str
    domain: str
    language: str
    bucket: int
    num_tokens: int
    """The number of tokens in the conversation, rendered with the chat template of `tokenizer`."""
    num_loss_tokens: int
    """The number of these tokens that are answers, with their end-of-turn tokens."""
    control_strings: int
    """The number of strings in the messages, such as `<|im_end|>` or `</s>`, that `tokenizer` or a widely used one
    would read as a control token. In `tokens/` they are encoded as text; other trainers may read them as control
    tokens."""
    tokenizer: str
    doc_ids: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    """The quotes of all turns, in the order of the turns."""
    checks: Checks
    """The minimum of each check over the turns."""
    teacher: str
    prompt_version: str
    loss_weight: float
    split: str


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """Tokens `start` to `end` of a conversation: an assistant's turn, which counts in the loss."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ConversationTokens:
    """A row of `tokens/`: an `sft/` row as token ids. The file has one more column, `token_ids` (a list of uint32)."""

    row_id: str
    """The `id` of the `sft/` row."""
    num_tokens: int
    answer_spans: tuple[AnswerSpan, ...]
    loss_weight: float


class RowSource(StrEnum):
    """The tables that hold the rows of a pack."""

    SFT = "sft"
    """Conversations; `row_ids` are ids of `sft/` and `tokens/`."""
    CORPUS = "corpus"
    """Documents for continued pre-training; `row_ids` are `doc_id`s of `corpus/`."""


@dataclass(frozen=True, slots=True)
class TrainingPack:
    """A row of `packs.parquet`: rows that are trained as one sequence, in which no row attends to another.

    For a corpus row, the tokens are its `token_ids`, plus an end-of-text token if the tokenizer has one. `offsets` and
    `lengths` count these tokens, so the pieces of a row that was cut concatenate to the whole row.
    """

    pack: int
    """The number of the pack in the file, from 0."""
    source: str
    split: str
    max_tokens: int
    """The capacity that the pack was planned for; Σ `lengths` is at most this."""
    row_ids: tuple[str, ...]
    offsets: tuple[int, ...]
    """The first token that is used from each row; 0 unless a corpus row was cut."""
    lengths: tuple[int, ...]
    cost: int
    """Σ length²: the cost of attention over the rows."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Why a document, question or answer is dropped. With the item's source, it becomes a `Rejection`."""

    reason: str
    """A snake-case code."""
    detail: str
    """One sentence for people."""
    score: float | None = None
    """The measured value, if there is one."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row of `rejected/`: a document or candidate that a rule dropped, with the reason."""

    stage: str
    item_id: Uri
    """The `doc_id` or `candidate_id`; the source URI if the item never became a document."""
    reason: str
    """A snake-case code, such as `too_short`, `near_duplicate`, `evidence_not_found`."""
    detail: Note
    """One sentence for people, such as the measured value and the limit, or the survivor's id."""
    score: float | None
    source_uri: Uri
    source_offset: int
    excerpt: Note
    """The first characters of the dropped item, with personal data masked."""


def excerpt_of(text: str) -> str:
    """Return the excerpt for a rejection: the first 200 characters."""
    return text[:200]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A row of `dead/`: an item that failed unexpectedly."""

    stage: str
    item_id: Uri
    source_uri: Uri
    source_offset: int
    error: Note
    """`ExceptionType: message`."""
    traceback: Trace
