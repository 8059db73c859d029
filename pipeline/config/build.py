"""Recipe sections of `pipeline build-sft`, in the order of its stages; that of the pack stage is in `config.pack`."""

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
    """Whether files of a folder become one document each, or one document together."""

    AUTO = "auto"
    """Source trees (a folder with a project file) together, everything else file by file."""
    FILE = "file"
    TREE = "tree"


class InputSource(RecipeSection):
    """Where documents come from, and what is known about them."""

    path: str
    """File, folder, glob or fsspec URL (`s3://…`, `gs://…`); `bundled:` names the documents of the project."""
    domain: Domain | Literal["auto"] = "auto"
    language: Language | Literal["auto"] = "auto"
    licence: str = "unknown"
    """SPDX expression written on every row of this source."""
    join: Joining = Joining.AUTO
    text_field: str = "text"
    """Column or key that holds the text in jsonl and parquet; `turns` or `messages` lists are rendered as dialogue."""
    title_field: str = "title"
    follow_links: bool = False
    """Read also what symbolic links outside the folder point to; links are counted as `skipped/link_…` otherwise."""


class IngestRecipe(RecipeSection):
    """Reading."""

    unit_bytes: PositiveInt = 16 * 2**20
    """Input bytes one worker reads at a time; one unit writes one file, so this also sets the size of the parts."""
    min_units: PositiveInt = 4
    """At least this many units where there are as many files, so that several workers have something to do."""
    max_documents: PositiveInt | None = None
    """Stop after this many documents, in the order of the inputs; everything is then one unit."""
    max_record_bytes: PositiveInt = 64 * 2**20
    """A larger record is rejected: a line or list entry of JSON, a row of parquet, a file of any other kind, a source
    tree; all of it after decompression. A record takes 12 to 20 times its size in memory while it is cleaned."""
    max_inflation_ratio: PositiveInt = 200
    """A compressed file is left when its records are more than this many times its size; text compresses 3 to 30 times,
    logs up to 100. What was read before stands."""


class PersonalData(StrEnum):
    """Kinds of personal data that are found by pattern and checksum, and replaced by `[KIND]`."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    RRN = "rrn"
    """Korean resident registration number."""
    BRN = "brn"
    """Korean business registration number."""
    ACCOUNT = "account"
    """Bank account number that is named as such."""
    IP = "ip"


class QualityFilter(StrEnum):
    """Document filters of datatrove, applied to prose domains."""

    GOPHER_REPETITION = "gopher_repetition"


class CleanRecipe(RecipeSection):
    """Normalising, masking, rejecting."""

    languages: tuple[Language, ...] = language_names()
    """Documents in other languages are rejected."""
    min_chars: int = Field(default=200, ge=1)
    """Shorter documents are rejected."""
    max_replacement_share: Share = 0.01
    """Share of undecodable characters above which a document is rejected as broken."""
    personal_data: tuple[PersonalData, ...] = tuple(PersonalData)
    quality_filters: tuple[QualityFilter, ...] = (QualityFilter.GOPHER_REPETITION,)


class ExcerptRule(StrEnum):
    """What happens to a document that is contained in a longer one."""

    DROP = "drop"
    MARK = "mark"
    """Kept, with the `cluster_id` of what contains it."""


class SectionRule(StrEnum):
    """What happens to a section or passage that also stands in another document, while the rest of it does not."""

    CUT = "cut"
    """Left out of the shorter document."""
    MARK = "mark"
    """Kept, and listed in `work/clusters/passages-00000.parquet`."""
    IGNORE = "ignore"


class DedupRecipe(RecipeSection):
    """Exact and near duplicates, versions, excerpts and shared sections; one survivor a cluster."""

    threshold: Share = 0.48
    """Jaccard similarity of shingle sets from which two documents are duplicates; verified on the sets themselves.

    A document with 5 % of its words edited has .6 to .8 of its shingles left, one with 10 % .4 to .6; texts that share
    only boilerplate, up to 60 % of them, stay below .45."""
    false_negative_target: Share = 0.02
    """Share of pairs at the threshold that banding may miss; decides bands and rows."""
    num_permutations: int = Field(default=128, ge=16, le=1024)
    word_shingle: int = Field(default=5, ge=1, le=32)
    """Words a shingle, for scripts with spaces."""
    hangul_shingle: int = Field(default=8, ge=2, le=64)
    """Characters of a shingle that starts with a Hangul, Han or Kana character."""
    versions_kept: tuple[Domain, ...] = Field(default_factory=lambda: domains_with_versions())
    """Domains in which near duplicates stay apart, in one marked cluster, where they differ in numbers, dates or names;
    two leases of one form are two documents."""
    excerpt_threshold: Share = 0.8
    """Share of a document's shingles in a longer one from which it is an excerpt; edits of 1 % leave .94."""
    min_excerpt_chars: PositiveInt = 500
    """A shorter document may consist of sentences that a longer one has too, by accident."""
    excerpts: ExcerptRule = ExcerptRule.DROP
    sections: SectionRule = SectionRule.MARK
    """Cutting suits books and manuals; contracts share standard clauses that belong in each of them."""
    min_passage_chars: PositiveInt = 1200
    """Shortest passage that counts as a shared section."""
    against: tuple[str, ...] = ()
    """Folders of earlier builds; what one of them kept is not kept again. Their signatures must be of this recipe's
    shingles and permutations."""
    max_local_documents: PositiveInt = 20_000_000
    """Above this many documents clusters are found by the workers together instead of in one of them."""


class PromptForm(StrEnum):
    """How a request is put to the teacher."""

    CHAT = "chat"
    """Chat messages with a JSON answer; for instruct models."""
    COMPLETION = "completion"
    """Worked examples and a continuation; for base and very small models."""


class TeacherOptions(RecipeSection):
    """What every teacher has. Each kind adds its own options, in its file in `synthesize/teachers/`."""

    model_config = ConfigDict(hide_input_in_errors=True)  # a value that is refused may be a secret
    kind: str
    model: str = "embedded:smollm2-135m-instruct"
    prompt_form: PromptForm = PromptForm.CHAT
    max_model_tokens: PositiveInt = 8192
    """Window of the teacher: prompt and answer together."""
    max_answer_tokens: PositiveInt = 512
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    batch_size: PositiveInt = 32
    """Requests in flight together; a teacher in this process also caches their answers together."""
    max_failed_share: Share = 0.0
    """Share of a unit's requests that may fail and be left as dead letters; above it the build ends with an error."""

    @model_validator(mode="after")
    def _holds_no_secret(self) -> Self:
        # A validator of the whole section: the message of a field's own would show the value.
        for name, value in self:
            if isinstance(value, str) and looks_like_key(value):
                raise ValueError(f"{name} looks like a key; a recipe holds none: set it in an environment variable")
        return self


class WrittenTask(StrEnum):
    """Rows that a teacher writes."""

    QA = "qa"
    SUMMARY = "summary"


class WrittenRecipe(RecipeSection):
    """Rows written by the teacher."""

    tasks: tuple[WrittenTask, ...] = (WrittenTask.QA, WrittenTask.SUMMARY)
    """Empty: no written rows, and no teacher is loaded."""
    languages: tuple[Language, ...] = ("en", "ko")
    """Languages the teacher can write; documents in others get structural rows only."""
    questions_per_document: PositiveInt = 4
    """Segments asked about, spread over the depth of the document."""
    segment_tokens: PositiveInt = 512
    """Length of the segment a question is asked about (IN2, arXiv 2404.16811, uses 128)."""
    min_answer_support: Share = 0.6
    """Least share of the answer's content words found in the evidence."""
    min_question_grounding: Share = 0.4
    """Least share of the question's content words found in the segment."""


class StructuralRecipe(RecipeSection):
    """Rows made by parsing."""

    tasks: tuple[Annotated[str, NameOf(STRUCTURAL_TASK)], ...] = Field(default_factory=all_names(STRUCTURAL_TASK))
    """All tasks by default; empty: no structural rows. Answers are read off the parsed document, so they are exact."""
    questions_per_10k_chars: float = Field(default=6.0, gt=0)
    """Candidates for each 10,000 characters of a document; more than become rows, so that export can choose."""
    min_questions: PositiveInt = 6
    """Candidates of a document too short for as many, where it has as many facts."""
    max_answer_tokens: PositiveInt = 384
    """A longer exact answer (a clause of several pages) is rejected."""
    renamed: ClassVar[Mapping[str, str]] = {
        "questions_per_document": "questions_per_10k_chars, and min_questions for short documents"
    }


class SynthesizeRecipe(RecipeSection):
    """Questions, answers, summaries, and their verification."""

    teacher: Annotated[TeacherOptions, OneOf("teacher", key="kind")] = Field(default_factory=default_options("teacher"))
    """Who writes questions, answers and summaries."""
    written: WrittenRecipe = WrittenRecipe()
    structural: StructuralRecipe = Field(default_factory=StructuralRecipe)


class ExportRecipe(RecipeSection):
    """Which verified candidates become rows, and in which files."""

    validation_share: Share = 0.1
    """Share of documents (not rows) whose rows go to validation."""
    max_written_share: Share = 1.0
    """Most of the rows that may be written ones; the surplus is rejected with reason `mix`."""
    max_rows_per_10k_chars: float = Field(default=4.0, gt=0)
    """Most rows for each 10,000 characters of a context; a long document gives more rows than a short one."""
    short_context_rows: PositiveInt = 4
    """Most rows of a context that is too short for as many."""
    depth_bins: PositiveInt = 10
    """Equal parts of the depth of a context, among which the rows of the build are spread evenly."""
    max_trivial_share: Share = 0.05
    """Most of the rows that may be look-ups of a heading, or of who said a sentence and when."""
    max_task_share: Share = 0.25
    """Most of the rows that may be of one task. This cap and the next three yield where the candidates do not allow
    them, or where they would drop more than `max_balance_loss`."""
    max_domain_share: Share = 0.4
    """Most of the rows that may be of one domain."""
    max_language_share: Share = 0.9
    """Most of the rows that may be in one language."""
    max_depth_share: Share = 0.125
    """Most of the rows whose evidence may begin in one of the depth bins; raised to what an even spread needs."""
    max_balance_loss: Share = 0.5
    """Most of the rows that balancing tasks, domains, languages and depths may drop."""
    renamed: ClassVar[Mapping[str, str]] = {
        "max_rows_per_document": "max_rows_per_10k_chars, and short_context_rows for short contexts"
    }
