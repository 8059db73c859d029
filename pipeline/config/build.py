"""Recipe sections of `pipeline build-sft`, in the order of its stages; `config.pack` holds that of the pack stage."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import ConfigDict, Field, PositiveInt, model_validator

from pipeline.config.base import RecipeSection
from pipeline.config.plugins import NameOf, OneOf, all_names, default_options
from pipeline.config.secrets import looks_like_key
from pipeline.domains import Domain, domains_with_versions
from pipeline.languages import Language, language_names

STRUCTURAL_TASK = "structural task"
"""The family of plug-ins in `synthesize/tasks/`; see `config.plugins`."""
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Joining(StrEnum):
    """Whether each file of a folder becomes a document, or all files together become one."""

    AUTO = "auto"
    """Join source trees (folders with a project file); read everything else file by file."""
    FILE = "file"
    TREE = "tree"


class DocumentPart(StrEnum):
    """A part of an office document or a page besides its body."""

    HEADERS = "headers"
    """Page headers and footers."""
    NOTES = "notes"
    """Speaker notes of slides."""
    COMMENTS = "comments"
    HIDDEN = "hidden"
    """Hidden text, rows, columns, sheets and slides."""


class TrackedChanges(StrEnum):
    """Which version of a text with tracked changes is read."""

    FINAL = "final"
    """With all changes accepted."""
    ORIGINAL = "original"
    """With all changes rejected."""


class InputSource(RecipeSection):
    """The source of documents, and what is known about them."""

    path: str
    """File, folder, glob or fsspec URL (`s3://…`, `gs://…`); `bundled:` reads the project's own documents."""
    domain: Domain | Literal["auto"] = "auto"
    language: Language | Literal["auto"] = "auto"
    licence: str = "unknown"
    """SPDX expression written on every row of this source."""
    join: Joining = Joining.AUTO
    text_field: str = "text"
    """Column or key that holds the text in jsonl and parquet; `turns` or `messages` lists are rendered as dialogue."""
    title_field: str = "title"
    follow_links: bool = False
    """Follow symbolic links that point outside the folder; otherwise they are counted as `skipped/link_…`."""


class IngestRecipe(RecipeSection):
    """Options for reading the inputs."""

    shard_bytes: PositiveInt = 16 * 2**20
    """Input bytes that one worker reads at a time. Each shard writes one file, so this also sets the size of parts."""
    min_shards: PositiveInt = 4
    """Least number of shards, if there are enough files, so that several workers have something to do."""
    max_documents: PositiveInt | None = None
    """Stop after this many documents, in the order of the inputs. All inputs then form one shard."""
    max_record_bytes: PositiveInt = 64 * 2**20
    """Larger records are rejected, measured after decompression. A record is a line or list entry of JSON, a row of
    parquet, a source tree or a file of any other kind. Cleaning a record takes 12 to 20 times its size in memory."""
    max_inflation_ratio: PositiveInt = 200
    """Stop reading a compressed file whose records exceed this many times its size; text compresses 3 to 30 times, logs
    up to 100. Records read before the limit are kept."""
    include: tuple[DocumentPart, ...] = ()
    """Parts of documents to read besides their bodies."""
    tracked_changes: TrackedChanges = TrackedChanges.FINAL
    max_parser_seconds: PositiveInt = 120
    """Time limit for parsing one file of a binary format; a parser that exceeds it is killed and the file is dead."""
    max_parser_bytes: PositiveInt = 2**30
    """Memory limit for parsing one file of a binary format."""


class PersonalData(StrEnum):
    """Kinds of personal data that are found by pattern and checksum and replaced by `[KIND]`."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    RRN = "rrn"
    """Korean resident registration number."""
    BRN = "brn"
    """Korean business registration number."""
    ACCOUNT = "account"
    """Bank account number that the text names as one."""
    IP = "ip"


class QualityFilter(StrEnum):
    """Document filters of datatrove for prose domains."""

    GOPHER_REPETITION = "gopher_repetition"


class CleanRecipe(RecipeSection):
    """Options for normalising, masking and rejecting documents."""

    languages: tuple[Language, ...] = language_names()
    """Documents in other languages are rejected."""
    min_chars: int = Field(default=200, ge=1)
    """Shorter documents are rejected."""
    max_replacement_share: Share = 0.01
    """Largest share of undecodable characters; a document with more is rejected."""
    personal_data: tuple[PersonalData, ...] = tuple(PersonalData)
    quality_filters: tuple[QualityFilter, ...] = (QualityFilter.GOPHER_REPETITION,)


class ExcerptRule(StrEnum):
    """What happens to a document that a longer one contains."""

    DROP = "drop"
    MARK = "mark"
    """Keep it, with the `cluster_id` of the document that contains it."""


class SectionRule(StrEnum):
    """What happens to a section or passage that another document shares, if the rest of the document differs."""

    CUT = "cut"
    """Remove it from the shorter document."""
    MARK = "mark"
    """Keep it, and list it in `work/clusters/passages-00000.parquet`."""
    IGNORE = "ignore"


class DedupRecipe(RecipeSection):
    """Exact and near duplicates, versions, excerpts and shared sections; one document per cluster survives."""

    threshold: Share = 0.48
    """Least Jaccard similarity of shingle sets at which two documents are duplicates; verified on the full sets.

    A document with 5 % of its words edited keeps .6 to .8 of its shingles, one with 10 % keeps .4 to .6. Texts that
    share only boilerplate, even if it is 60 % of each, stay below .45."""
    false_negative_target: Share = 0.02
    """Share of pairs at the threshold that banding may miss; sets the numbers of bands and rows."""
    num_permutations: int = Field(default=128, ge=16, le=1024)
    word_shingle: int = Field(default=5, ge=1, le=32)
    """Words per shingle, for scripts with spaces."""
    hangul_shingle: int = Field(default=8, ge=2, le=64)
    """Characters of a shingle that starts with a Hangul, Han or Kana character."""
    versions_kept: tuple[Domain, ...] = Field(default_factory=lambda: domains_with_versions())
    """Domains in which near duplicates that differ in numbers, dates or names are all kept, marked as one cluster. Two
    leases made from one form are two documents."""
    excerpt_threshold: Share = 0.8
    """Least share of its shingles that a longer document must contain to make a document an excerpt. Editing 1 % leaves
    .94."""
    min_excerpt_chars: PositiveInt = 500
    """Least length of an excerpt. A longer document may contain all sentences of a shorter one by accident."""
    excerpts: ExcerptRule = ExcerptRule.DROP
    sections: SectionRule = SectionRule.MARK
    """Cutting suits books and manuals. Contracts share standard clauses that belong in each of them."""
    min_passage_chars: PositiveInt = 1200
    """Shortest passage that counts as a shared section."""
    against: tuple[str, ...] = ()
    """Folders of earlier builds. A document that one of them kept is not kept again. Those builds must have used this
    recipe's shingles and permutations for their signatures."""
    max_local_documents: PositiveInt = 20_000_000
    """Most documents that one worker clusters alone; above this, all workers find the clusters together."""


class PromptForm(StrEnum):
    """The form of a request to the teacher."""

    CHAT = "chat"
    """Chat messages with a JSON answer; for instruct models."""
    COMPLETION = "completion"
    """Worked examples and a continuation; for base and very small models."""


class TeacherOptions(RecipeSection):
    """The options of every teacher. Each kind adds its own options in its file in `synthesize/teachers/`."""

    model_config = ConfigDict(hide_input_in_errors=True)  # a refused value may be a secret
    kind: str
    model: str = "embedded:smollm2-135m-instruct"
    prompt_form: PromptForm = PromptForm.CHAT
    max_model_tokens: PositiveInt = 8192
    """Window of the teacher: tokens of prompt and answer together."""
    max_answer_tokens: PositiveInt = 512
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    batch_size: PositiveInt = 32
    """Requests in flight at a time. A teacher in this process also caches the answers of a batch together."""
    max_failed_share: Share = 0.0
    """Share of a shard's requests that may fail and become dead letters. If more fail, the build ends with an error."""

    @model_validator(mode="after")
    def _holds_no_secret(self) -> Self:
        # This validates the whole section because the error message of a field validator would show the value.
        for name, value in self:
            if isinstance(value, str) and looks_like_key(value):
                raise ValueError(f"{name} looks like a key; set the key in an environment variable, not in a recipe")
        return self


class WrittenTask(StrEnum):
    """Rows that a teacher writes."""

    QA = "qa"
    SUMMARY = "summary"


class WrittenRecipe(RecipeSection):
    """Rows written by the teacher."""

    tasks: tuple[WrittenTask, ...] = (WrittenTask.QA, WrittenTask.SUMMARY)
    """Kinds of written rows. If empty, the build writes none and loads no teacher."""
    languages: tuple[Language, ...] = ("en", "ko")
    """Languages that the teacher can write. Documents in other languages get only structural rows."""
    questions_per_document: PositiveInt = 4
    """Number of segments to ask about, spread over the depth of the document."""
    segment_tokens: PositiveInt = 512
    """Length of the segment that a question is about (IN2, arXiv 2404.16811, uses 128)."""
    min_answer_support: Share = 0.6
    """Least share of the answer's content words that must be in the evidence."""
    min_question_grounding: Share = 0.4
    """Least share of the question's content words that must be in the segment."""


class StructuralRecipe(RecipeSection):
    """Rows made by parsing documents."""

    tasks: tuple[Annotated[str, NameOf(STRUCTURAL_TASK)], ...] = Field(default_factory=all_names(STRUCTURAL_TASK))
    """Kinds of structural rows: all by default, none if empty. Answers are read from the parsed document, so they are
    exact."""
    questions_per_10k_chars: float = Field(default=6.0, gt=0)
    """Candidates for each 10,000 characters of a document: more than become rows, so that export can choose."""
    min_questions: PositiveInt = 6
    """Least number of candidates of a short document, if it has that many facts."""
    max_answer_tokens: PositiveInt = 384
    """A longer exact answer (a clause of several pages) is rejected."""
    renamed: ClassVar[Mapping[str, str]] = {
        "questions_per_document": "questions_per_10k_chars, and min_questions for short documents"
    }


class SynthesizeRecipe(RecipeSection):
    """Questions, answers, summaries, and their verification."""

    teacher: Annotated[TeacherOptions, OneOf("teacher", key="kind")] = Field(default_factory=default_options("teacher"))
    """The model that writes questions, answers and summaries."""
    written: WrittenRecipe = WrittenRecipe()
    structural: StructuralRecipe = Field(default_factory=StructuralRecipe)


class ExportRecipe(RecipeSection):
    """Options for choosing which verified candidates become rows, and in which files."""

    validation_share: Share = 0.1
    """Share of documents (not rows) whose rows go to validation."""
    max_written_share: Share = 1.0
    """Largest share of rows that a teacher wrote; the surplus is rejected with reason `mix`."""
    max_rows_per_10k_chars: float = Field(default=4.0, gt=0)
    """Most rows for each 10,000 characters of a context, so that a long document gives more rows than a short one."""
    short_context_rows: PositiveInt = 4
    """Most rows of a short context, for which the limit by length would be lower."""
    depth_bins: PositiveInt = 10
    """Number of equal parts of a context's depth, over which the rows of the build are spread evenly."""
    max_trivial_share: Share = 0.05
    """Largest share of rows that look up a heading, or who said a sentence and when."""
    max_task_share: Share = 0.25
    """Largest share of rows of one task. This cap and the next three are relaxed if the candidates cannot meet them, or
    if they would drop more than `max_balance_loss`."""
    max_domain_share: Share = 0.4
    """Largest share of rows of one domain."""
    max_language_share: Share = 0.9
    """Largest share of rows in one language."""
    max_depth_share: Share = 0.125
    """Largest share of rows whose evidence begins in one depth bin; raised to the share that an even spread needs."""
    max_balance_loss: Share = 0.5
    """Largest share of rows that balancing tasks, domains, languages and depths may drop."""
    renamed: ClassVar[Mapping[str, str]] = {
        "max_rows_per_document": "max_rows_per_10k_chars, and short_context_rows for short contexts"
    }
