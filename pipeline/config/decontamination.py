"""The recipe section that says which evaluation sets the corpus is checked against, and what happens to a match."""

from __future__ import annotations

from enum import StrEnum

from pydantic import PositiveInt

from pipeline.config.base import RecipeSection, Share


class ContaminationRule(StrEnum):
    """What happens to a document that contains an evaluation item."""

    AUTO = "auto"
    """Drop it if items make up at least `drop_share` of its text; cut them from any other. So a page of questions is
    dropped, and a book that quotes one is not."""
    DROP = "drop"
    """Reject it with the reason `contaminated`."""
    CUT = "cut"
    """Remove the passages with items. If less than `clean.min_chars` is left, reject the document."""
    MARK = "mark"
    """Keep it, and list it in `decontamination/`."""


class ContextRule(StrEnum):
    """What happens to a document that contains only the text that an evaluation item asks about."""

    MARK = "mark"
    """Keep it, and list it in `decontamination/`. A statute that an item quotes stays in the corpus."""
    ACT = "act"
    """Treat it like a document that contains a question."""


class DecontaminationRecipe(RecipeSection):
    """Options for finding the items of evaluation sets in the documents, and in what a teacher writes about them.

    With `against`, a written question that contains an item together with its answer is rejected, by the same
    thresholds and with the reason `contaminated`, unless `action` is `mark`.
    """

    against: tuple[str, ...] = ()
    """The evaluation sets: files, folders, globs or fsspec URLs, in any format that inputs may have. Of a build folder,
    its `sft/`, or an evaluation of a model of the build, the validation rows are read."""
    own_prompts: bool = True
    """Whether to check against the prompts of `pipeline evaluate` that do not come from documents: the passkey test."""
    action: ContaminationRule = ContaminationRule.AUTO
    drop_share: Share = 0.1
    contexts: ContextRule = ContextRule.MARK
    min_words: PositiveInt = 13
    """The minimum number of an item's words that a document must contain, in runs of at least 8 words. Two Hangul, Han
    or Kana characters count as one word. A shorter question counts only whole, and along with its answer if it has
    one."""
    min_share: Share = 0.5
    """The minimum share of an item's words that a document must contain close together. Of the copies in which 10% of
    the words were edited, .5 finds 90%, and .7 finds 69%. Of the documents that quote a third of a question, .5 takes
    2% for the item, and .3 takes 12% (`benchmarks/results/decontamination.md`)."""
    max_item_share: Share = 0.03
    """A run of words that a larger share of a set's items have, such as an instruction, is ignored. Runs that fewer
    than 5 items have always count."""
    max_document_share: Share = 0.05
    """A run of words that a larger share of the documents contain, such as a licence, is ignored. Runs that at most 50
    documents contain always count."""
    question_fields: tuple[str, ...] = (
        "question",
        "query",
        "prompt",
        "instruction",
        "input",
        "problem",
        "goal",
        "stem",
        "ctx",
        "sentence",
    )
    """The fields of a set's rows that hold the question. In a list of messages, the question is the last paragraph of a
    user's message; what precedes it is a context if the message is long."""
    answer_fields: tuple[str, ...] = (
        "answer",
        "answers",
        "choices",
        "options",
        "endings",
        "target",
        "output",
        "response",
        "completion",
        "solution",
        "canonical_solution",
        "best_answer",
        "correct_answer",
        "reference",
    )
    context_fields: tuple[str, ...] = (
        "context",
        "contexts",
        "passage",
        "document",
        "documents",
        "article",
        "story",
        "background",
        "evidence",
    )
    text_fields: tuple[str, ...] = ("text", "content")
    """The fields of texts that are scored as they are, such as held-out documents for perplexity. If a row has none of
    these four kinds of fields, all its strings together count as a question."""
