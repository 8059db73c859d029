"""The recipe section of the export stage: conversations, the mix, rows without a document, the split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, PositiveInt, model_validator

from pipeline.config.base import RecipeSection, Share
from pipeline.config.shares import ShareRule
from pipeline.languages import Language

MAX_SHARE_WITHOUT_DOCUMENT = 0.9
"""The maximum share of the tokens of rows that are not about a document."""


class ConversationRecipe(RecipeSection):
    """Options for asking several questions about a context in one row."""

    max_turns: PositiveInt = 8
    """The maximum number of questions in a row. With 1, each question is a row of its own, and its document is repeated
    for each."""
    single_share: Share = 0.1
    """The share of rows that ask a single question, so that a model also learns to answer at once. Such a row costs
    nearly as many tokens as one with `max_turns` questions."""
    written_share: Share = 0.5
    """The share of written questions in rows that have both written and structural ones, as far as the questions about
    a context allow it without further rows. With 0 or 1, no row has both."""
    question_first_share: Share = 0.25
    """The share of rows whose first question comes before the document instead of after it. LongAlpaca (arXiv
    2309.12307) asks after the document; a user may do either. With the question first, a model knows what to look for
    while it reads, so most rows ask afterwards."""


class ShortDataRecipe(RecipeSection):
    """Short instruction data of the user's own that is mixed into the rows, so that a model keeps what it could do.

    ProLong (arXiv 2410.02660) finds that short instruction data suffices after training on long documents; the user
    says how much there is.
    """

    path: str
    """A file in JSON Lines, JSON or Parquet, perhaps compressed, or a folder of such files. A row has `messages` or
    `conversations`, `prompt` and `completion`, or `instruction`, `input` and `output`. They are used as they are."""
    share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    """The share of the tokens of all rows. The seed draws the rows; if there are too few, all are taken, once each."""
    licence: str = ""
    """The licence, for the dataset card."""
    language: Language | None = None
    """The language of the rows; by default it is detected row by row."""


class ExportRecipe(RecipeSection):
    """Options for choosing which verified candidates become rows, and which file each row goes to.

    A limit that yields is raised if there are too few other candidates to meet it, or if meeting it would drop more
    than `max_balance_loss`. The report and the dataset card say which shares were reached.
    """

    validation_share: Share = 0.1
    """The share of documents (not rows) whose rows go to validation."""
    max_written_share: Share = 1.0
    """The maximum share of rows that a teacher wrote; the surplus is rejected with the reason `mix`."""
    conversations: ConversationRecipe = ConversationRecipe()
    """How the questions about a context share rows."""
    short_data: tuple[ShortDataRecipe, ...] = ()
    """The user's own short instruction data."""
    fact_free_share: Annotated[float, Field(ge=0.0, le=0.2)] = 0.0
    """The share of the tokens of all rows that lists of random keys and numbers have. Finding one of them trains
    retrieval and teaches no facts; 350 such samples help (Artificial Needles, arXiv 2406.19292). They have the lengths
    of the buckets."""
    max_turns_per_10k_chars: float = Field(default=12.0, gt=0)
    """The maximum number of questions for each 10,000 characters of a context. A long document thus gets more turns
    than a short one."""
    short_context_turns: PositiveInt = 8
    """The maximum number of questions about a short context, whose limit by length would be lower."""
    max_rows_per_context: PositiveInt = 8
    """The maximum number of full rows about one context. Without it, a context of 100,000 tokens would be read fifty
    times, and a few long documents would be most of the training data."""
    max_same_answer: PositiveInt = 2
    """The maximum number of questions about a context that have the same answer."""
    max_same_question: PositiveInt = 20
    """The maximum number of contexts of which a teacher asks a question in the same words. Summaries, whose questions
    are templates, and follow-up questions are not counted."""
    max_question_likeness: Share = 0.85
    """The maximum share of words that two written questions about versions or parts of a document have in common, if
    their numbers, names and negations are equal and the words of one include all that matter in the other."""
    depth_bins: PositiveInt = 10
    """The number of equal parts into which a context's depth is divided; rows are spread evenly over them."""
    max_trivial_share: Share = 0.05
    """The maximum share of rows that look up a heading or its number, or who said a sentence and when."""
    max_task_share: Share = 0.25
    """The maximum share of questions of one structural task. This limit and all that follow yield, except
    `max_not_answerable_share`."""
    max_look_up_share: Share = 0.4
    """The maximum share of structural questions that one place answers: all their evidence lies within 1,000
    characters, and they are neither aggregates nor unanswerable. In IN2 (arXiv 2404.16811) it is 63%; LongMIT (arXiv
    2409.01893) finds that multi-hop questions teach more."""
    min_not_answerable_share: Share = 0.05
    """The share of questions that the document does not answer, if there are as many and the maximum allows it. They
    come first until the share is reached."""
    max_not_answerable_share: Share = 0.1
    """The maximum share of questions that the document does not answer."""
    max_domain_share: Share = 0.4
    """The maximum share of tokens of one domain."""
    max_language_share: Share = 0.9
    """The maximum share of tokens in one language."""
    max_bucket_share: Share = 0.5
    """The maximum share of tokens of one length bucket. IN2 spreads its contexts evenly from 4,000 to 32,000 tokens."""
    max_depth_share: Share = 0.125
    """The maximum share, among the questions of a length bucket, of those whose evidence lies in one depth bin; at
    least 1.25 times the share of an even spread. Questions with evidence in several bins are not limited."""
    shares: tuple[ShareRule, ...] = ()
    """Minimum and maximum shares of single groups, such as long contexts, Korean or one task family."""
    max_balance_loss: Share = 0.5
    """The maximum share of questions, and of their tokens, that the limits that yield may drop."""
    renamed: ClassVar[Mapping[str, str]] = {
        "max_rows_per_document": "max_turns_per_10k_chars, and short_context_turns for short contexts",
        "max_rows_per_10k_chars": "max_turns_per_10k_chars",
        "short_context_rows": "short_context_turns",
    }

    @model_validator(mode="after")
    def _documents_keep_most_tokens(self) -> Self:
        without = self.fact_free_share + sum(data.share for data in self.short_data)
        if without > MAX_SHARE_WITHOUT_DOCUMENT:
            raise ValueError(
                f"fact_free_share and the shares of short_data are {without:g} together; at most "
                f"{MAX_SHARE_WITHOUT_DOCUMENT:g} leaves enough rows about documents"
            )
        return self
