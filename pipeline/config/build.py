"""The recipe sections of `pipeline build-sft`, in stage order, without those of `config.pack` and `config.export`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PlainSerializer,
    PositiveInt,
    WithJsonSchema,
    model_validator,
)

from pipeline.config.base import RecipeSection, Share
from pipeline.config.datatrove import DatatroveBlocks
from pipeline.config.gpu_worker import GpuWorkerRecipe
from pipeline.config.judge import AttemptKind, JudgeRecipe
from pipeline.config.plugins import STRUCTURAL_TASK, WRITTEN_TASK, NameOf, OneOf, all_names, default_options
from pipeline.config.prices import PriceOptions
from pipeline.config.secrets import looks_like_key
from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.domains import Domain, domains_with_versions
from pipeline.languages import Language, language_names


class Joining(StrEnum):
    """Whether each file in a folder becomes a document, or all files together become a single document."""

    AUTO = "auto"
    """Join the files of each source tree (a folder with a project file, or with a Python package and its tests); read
    all other files one by one."""
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
    """A source of documents, and what is known about it."""

    path: str
    """A file, folder, glob or URL (`s3://…`, `gs://…`, `hf://datasets/…`, `webhdfs://…`); `bundled:` reads the
    project's own documents. `hf:owner/name` reads a data set of the Hugging Face hub, and `hf:FOLDER` a local one."""
    config: str = ""
    """The configuration of a data set that has several; `hf:owner/name:CONFIG` sets it as well."""
    split: str = ""
    """The splits of a data set to read, such as `train` or `train+validation`. If empty, `train`, or the only split."""
    revision: str = ""
    """The branch, tag or commit of a data set on the hub. If empty, the latest commit of the main branch."""
    domain: Domain | Literal["auto"] = "auto"
    language: Language | Literal["auto"] = "auto"
    licence: str = "unknown"
    """The SPDX expression for every row from this source. With `unknown`, each document keeps the licence that it
    states, if any."""
    join: Joining = Joining.AUTO
    text_field: str = "text"
    """The column or key that holds the text of a record, such as a JSON line, a parquet row or a CSV row. Lists named
    `turns` or `messages` are rendered as dialogue."""
    text_fields: tuple[str, ...] = ()
    """Several columns or keys whose texts are joined in this order, instead of `text_field`."""
    turns_field: str = ""
    """The column or key that holds the list of messages of a dialogue, instead of `text_field`."""
    title_field: str = "title"
    licence_field: str = ""
    """The column or key with the licence of a record. If empty, `licence` and `license`."""
    language_field: str = ""
    """The column or key with the language of a record, such as `ko`. If empty, the language is detected."""
    url_field: str = ""
    """The column or key with the address that a record was taken from. It becomes part of the document's
    `source_uri`, and the records of one site count as one source of boilerplate."""
    follow_links: bool = False
    """Whether to follow symbolic links that point outside the folder. If not, they are counted as
    `skipped/link_outside`."""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        given = [name for name in ("config", "split", "revision") if getattr(self, name)]
        if given and not self.path.startswith("hf:"):
            raise ValueError(f"{given[0]} needs a path that starts with hf:, but path is {self.path!r}")
        if self.text_fields and self.turns_field:
            raise ValueError("set text_fields or turns_field, not both")
        return self


class IngestRecipe(RecipeSection):
    """Options for reading the inputs."""

    shard_bytes: PositiveInt = 16 * 2**20
    """The maximum number of input bytes in a shard, the unit of work of one worker. Each shard writes one file, so this
    also limits the size of the output files. An input that cannot be split may exceed it. Inputs of less than 32 such
    shards form smaller ones, down to 2 MiB, so that workers end at about the same time."""
    min_shards: PositiveInt = 4
    """The minimum number of shards, so that several workers have something to do. Inputs with fewer pieces that can be
    read separately form fewer shards."""
    max_documents: PositiveInt | None = None
    """Stop after reading this many documents, in input order, including rejected ones. They form a single shard."""
    max_record_bytes: PositiveInt = 64 * 2**20
    """Records that are larger after decompression are rejected. A record is a JSON line or list entry, a parquet row, a
    source tree, or a file of any other kind. Cleaning a record takes 12 to 20 times its size in memory."""
    max_inflation_ratio: PositiveInt = 200
    """Stop reading a compressed file when its records exceed 1 MiB and this many times the file's size. Text compresses
    3 to 30 times, logs up to 100. Records read before the limit are kept."""
    include: tuple[DocumentPart, ...] = ()
    """Parts of documents to read besides their bodies."""
    tracked_changes: TrackedChanges = TrackedChanges.FINAL
    max_parser_seconds: PositiveInt = 120
    """Time limit for parsing one file of a binary format; a parser that exceeds it is killed, and the file becomes a
    dead letter."""
    max_parser_bytes: PositiveInt = 2**30
    """Memory limit for parsing one file of a binary format."""


class PersonalData(StrEnum):
    """The kinds of personal data that are found by pattern and checksum and replaced by `[KIND-1]`, `[KIND-2]`, ….

    The number is the same for the same value throughout a document.
    """

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    RRN = "rrn"
    """A Korean resident registration number, or the registration number of a foreigner in Korea."""
    BRN = "brn"
    """The registration number of a Korean business or corporation."""
    PASSPORT = "passport"
    """A passport number that the text identifies as one."""
    DRIVING_LICENCE = "driving_licence"
    """A Korean driving licence number."""
    NATIONAL_ID = "national_id"
    """A US social security number or a British national insurance number."""
    ACCOUNT = "account"
    """A bank account number that the text identifies as one, or an IBAN."""
    IP = "ip"


class QualityFilter(StrEnum):
    """The rules that tell documents from junk. Each domain sets limits for some of them. A document is rejected if more
    than three quarters of its windows of 2,500 characters break a rule."""

    GOPHER_REPETITION = "gopher_repetition"
    """Repeated lines, paragraphs and phrases. The reason of the rejection is `repetitive`."""
    SIMILAR_LINES = "similar_lines"
    """Lines that differ in digits only; `repetitive`."""
    LOG_LINES = "log_lines"
    """Lines with a time to the second; `machine_text`."""
    ENCODED = "encoded"
    """Base64, hashes, links; `machine_text`."""
    LONG_LINES = "long_lines"
    """Minified source code; `machine_text`."""
    FEW_LETTERS = "few_letters"
    """Numbers, identifiers, dumps of data; `machine_text`."""
    BROKEN_WORDS = "broken_words"
    """What a scanner reads from stains, or text in a wrong encoding; `broken_text`."""
    PLACEHOLDERS = "placeholders"
    """Lorem ipsum; `placeholder_text`."""
    NO_SENTENCES = "no_sentences"
    """Menus, tags, lists of search words; `no_sentences`."""
    COMPRESSIBLE = "compressible"
    """Logs of bots and generated code, which compress to almost nothing; `repetitive`."""


class BoilerplateRecipe(RecipeSection):
    """Options for removing boilerplate: lines that many documents of one source repeat, such as site menus, mail
    footers, page numbers and disclaimers. A source is an input, and also each web site and folder in it, at any
    depth."""

    min_documents: int = Field(default=10, ge=2)
    """The minimum number of a source's surveyed documents that must have a line. Smaller sources lose nothing."""
    min_share: float = Field(default=0.3, gt=0, le=1)
    """The minimum share of a source's surveyed documents that must have a line."""
    max_removed_share: Share = 0.6
    """The maximum share of a document that is removed. If more of it is boilerplate, nothing is removed: it may be a
    form. Menu and footer of a site are often more than half of a short page."""
    max_surveyed: int = Field(default=2000, ge=0)
    """The maximum number of an input's files or records that are read twice, first to count their lines. They are drawn
    by hash: at most 200 files of each folder. If 0, no boilerplate is removed."""


class CleanRecipe(RecipeSection):
    """Options for normalising, masking and rejecting documents."""

    languages: tuple[Language, ...] = language_names()
    """The languages to keep; documents in other languages are rejected."""
    min_chars: int = Field(default=200, ge=1)
    """Shorter documents are rejected. A Hangul, Han or Kana character counts as 2.5 characters, because it says as
    much as two or three letters."""
    max_replacement_share: Share = 0.01
    """The maximum share of undecodable characters; a document with more is rejected."""
    personal_data: tuple[PersonalData, ...] = tuple(PersonalData)
    boilerplate: BoilerplateRecipe = BoilerplateRecipe()
    """How lines that the documents of one source have in common are found and removed."""
    quality_filters: tuple[QualityFilter, ...] = tuple(QualityFilter)
    datatrove: DatatroveBlocks = ()
    """Filters and taggers of datatrove, such as `[{filter: C4ParagraphFilter}]`. They judge what all other rules keep,
    one after the other, and see the text as it is stored: normalised, without boilerplate, and masked. They only judge:
    a text that one of them changes becomes a dead letter. Needs the extra `datatrove`."""


class ExcerptRule(StrEnum):
    """What happens to a document that a longer document contains."""

    DROP = "drop"
    MARK = "mark"
    """Keep it, with the `cluster_id` of the document that contains it."""


class SectionRule(StrEnum):
    """What happens to a section or passage that two documents share, if the rest of the documents differs."""

    CUT = "cut"
    """Remove it from the shorter document."""
    MARK = "mark"
    """Keep it in both documents, and list it in `work/clusters/passages-00000.parquet`."""
    IGNORE = "ignore"


class DedupRecipe(RecipeSection):
    """Options for exact and near duplicates, versions, excerpts and shared sections. Of the duplicates in a cluster,
    one document is kept."""

    threshold: Share = 0.48
    """The minimum Jaccard similarity of two duplicates' shingle sets, verified on the full sets.

    A document with 5% of its words edited keeps .6 to .8 of its shingles; with 10% edited, it keeps .4 to .6. Texts
    that share only boilerplate, even if it is 60% of each, stay below .45."""
    false_negative_target: Share = 0.02
    """The share of pairs with exactly the threshold's similarity that LSH may fail to find. It determines the numbers
    of bands and rows."""
    num_permutations: int = Field(default=128, ge=16, le=1024)
    word_shingle: int = Field(default=5, ge=1, le=32)
    """The number of items in a shingle that starts with a word. An item is a word, or a single Hangul, Han or Kana
    character."""
    hangul_shingle: int = Field(default=8, ge=2, le=64)
    """The number of items in a shingle that starts with a Hangul, Han or Kana character."""
    versions_kept: tuple[Domain, ...] = Field(default_factory=lambda: domains_with_versions())
    """The domains in which near duplicates that differ in numbers, dates or names are all kept, with the same
    `cluster_id`. Two leases made from one form, for example, are two documents."""
    excerpt_threshold: Share = 0.8
    """A document is an excerpt if a longer document contains at least this share of its shingles. After editing 1% of
    the words, .94 of them remain."""
    min_excerpt_chars: PositiveInt = 500
    """The minimum length of an excerpt. All sentences of a shorter document may occur in a longer one by accident."""
    excerpts: ExcerptRule = ExcerptRule.DROP
    sections: SectionRule = SectionRule.MARK
    """Cutting suits books and manuals. Contracts share standard clauses that belong in each contract."""
    min_passage_chars: PositiveInt = 1200
    """The minimum length of a shared section or passage."""
    against: tuple[str, ...] = ()
    """Folders of earlier builds. A duplicate of a document that an earlier build kept is dropped. The earlier
    signatures must have been made with this recipe's shingles and permutations."""
    max_local_documents: PositiveInt = 20_000_000
    """The maximum number of documents that one worker clusters alone. For more documents, all workers find the clusters
    together."""


class PromptForm(StrEnum):
    """The form of a request to the teacher."""

    CHAT = "chat"
    """Chat messages with a JSON answer; for instruct models."""
    COMPLETION = "completion"
    """Worked examples that the model continues; for base and very small models."""


TemplateValue = bool | int | float | str
"""A value of a chat template's option."""


def _sorted_options(value: object) -> object:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


TemplateOptions = Annotated[
    tuple[tuple[str, TemplateValue], ...],
    BeforeValidator(_sorted_options),
    PlainSerializer(dict),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": ["boolean", "integer", "number", "string"]}}),
]
"""Options of a chat template: a mapping in a recipe, hashable here."""


class ModelOptions(RecipeSection):
    """Which model answers, and how it is asked."""

    model_config = ConfigDict(hide_input_in_errors=True)  # a refused value may be a secret
    kind: str
    model: str = "embedded:smollm2-135m-instruct"
    prompt_form: PromptForm = PromptForm.CHAT
    max_model_tokens: PositiveInt = 8192
    """The teacher's context length, which the prompt and the answer must fit together."""
    max_answer_tokens: PositiveInt = 512
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    chat_template_kwargs: TemplateOptions = ()
    """Options for the model's chat template, such as `{enable_thinking: false}` for a model that reasons before it
    answers. A server gets them as `chat_template_kwargs`; vLLM and SGLang know them."""
    batch_size: PositiveInt = 32
    """The number of requests in flight at a time. A teacher in this process also caches the answers of these requests
    together."""
    max_failed_share: Share = 0.0
    """The share of a shard's requests that may fail and become dead letters. If more fail, the build ends with an
    error."""

    @model_validator(mode="after")
    def _holds_no_secret(self) -> Self:
        # A validator of the whole section, because the error message of a field validator would show the value.
        for name, value in self:
            if isinstance(value, str) and looks_like_key(value):
                raise ValueError(f"{name} looks like a key; set the key in an environment variable, not in a recipe")
        return self


class TeacherOptions(PriceOptions, ModelOptions):
    """The options that all teachers share. Each kind adds more options in its file in `synthesize/teachers/`."""

    @property
    def gpu_worker(self) -> GpuWorkerRecipe | None:
        """The machine that a worker with the teacher needs; None if any machine will do."""
        return None

    @property
    def num_gpus(self) -> int:
        """The number of GPUs of that machine."""
        return 0


class WrittenRecipe(RecipeSection):
    """Options for rows that the teacher writes."""

    tasks: tuple[Annotated[str, NameOf(WRITTEN_TASK)], ...] = Field(default_factory=all_names(WRITTEN_TASK))
    """The kinds of written rows: all by default. A task is asked about the domains that it serves; in completion form,
    only `qa` and `summary` are asked. If empty, the build has no written rows and loads no teacher."""
    languages: tuple[Language, ...] = ("en", "ko")
    """The languages in which the teacher can write. Documents in other languages get only structural rows."""
    questions_per_document: PositiveInt = 4
    """The maximum number of requests for a document in the first round, spread over its depth. Documents that are
    joined in one context share them."""
    merges_per_document: NonNegativeInt = 2
    """The maximum number of requests for a document in the second round, which are made of the kept answers of the
    first: questions that need two segments, comparisons, whole-document summaries, follow-up questions."""
    segment_tokens: PositiveInt = 512
    """The maximum length of the segment that a question is about (IN2, arXiv 2404.16811, uses 128), and of a section to
    summarise. Counted in tokens of a tokenizer that serves all languages alike, which have four characters of English
    and two of Korean, so that segments of all languages hold about as much. The student's tokenizer may need several
    times as many for a language that it hardly knows."""
    min_section_tokens: PositiveInt = 100
    """The minimum length of the sentences of a section to summarise. A shorter one has nothing to leave out."""
    checks: WrittenChecksRecipe = WrittenChecksRecipe()
    """Thresholds of the checks of rows in chat form."""
    attempts: tuple[AttemptKind, ...] = tuple(AttemptKind)
    """The ways in which a question in chat form is answered again, to check its answer."""
    judged: bool = True
    """Whether a judge rates every row in chat form: `synthesize.judge` or, without one, the teacher itself. If not,
    only values, names and words are compared, and the row's checks say that there was no judge."""
    verdicts: JudgeRecipe = JudgeRecipe()
    """Limits on the judge's ratings and on the agreement of attempts, for rows in chat form."""
    min_answer_support: Share = 0.6
    """The minimum share of the answer's content words that must be in the evidence, for rows in completion form."""
    min_question_grounding: Share = 0.4
    """The minimum share of the question's content words that must be in the segment, for rows in completion form."""


class StructuralRecipe(RecipeSection):
    """Options for rows made by parsing documents."""

    tasks: tuple[Annotated[str, NameOf(STRUCTURAL_TASK)], ...] = Field(default_factory=all_names(STRUCTURAL_TASK))
    """The kinds of structural rows: all by default, none if empty. Answers are taken from the parsed document, so they
    are exact."""
    questions_per_10k_chars: float = Field(default=18.0, gt=0)
    """The number of candidates for each 10,000 characters of a document. There should be more candidates than rows, so
    that export can choose."""
    min_questions: PositiveInt = 12
    """The number of candidates for a short document, if the document has that many facts."""
    max_answer_tokens: PositiveInt = 384
    """The maximum length of an exact answer. A longer answer, such as a clause of several pages, is rejected."""
    renamed: ClassVar[Mapping[str, str]] = {
        "questions_per_document": "questions_per_10k_chars, and min_questions for short documents"
    }


class SynthesizeRecipe(RecipeSection):
    """Options for making and verifying questions, answers and summaries."""

    teacher: Annotated[TeacherOptions, OneOf("teacher", key="kind")] = Field(default_factory=default_options("teacher"))
    """The model that writes questions, answers and summaries."""
    judge: Annotated[TeacherOptions, OneOf("teacher", key="kind")] | None = None
    """The model that judges what the teacher wrote. By default, the teacher judges its own rows; another model is
    stricter. Two models in this process need memory for both."""
    written: WrittenRecipe = Field(default_factory=WrittenRecipe)
    structural: StructuralRecipe = Field(default_factory=StructuralRecipe)

    @property
    def judging_teacher(self) -> TeacherOptions | None:
        """The options of the model that judges rows in chat form; None if the recipe wants no judge."""
        if not self.written.judged or self.teacher.prompt_form is not PromptForm.CHAT:
            return None
        return self.judge or self.teacher
