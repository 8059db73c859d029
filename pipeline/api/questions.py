"""`pipeline.structural_questions`: questions about a text with exact answers, made without a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.api.arguments import is_single, listed
from pipeline.api.documents import AUTO, document_of, require_language
from pipeline.api.sections import section_of
from pipeline.config.build import DedupRecipe, StructuralRecipe
from pipeline.config.recipe import Recipe
from pipeline.dedup.clusters import Role
from pipeline.dedup.in_memory import find_related
from pipeline.errors import InputError
from pipeline.pack.contexts import Placement, joined_context, whole_context
from pipeline.records import Candidate, Context, Document, Evidence, JoiningKind
from pipeline.transforms.asking import StructuralAsker


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim quote that proves an answer: `questions.text[start:end] == text`."""

    start: int
    end: int
    text: str
    document: int = 0
    """The index of the quote's text among those that were given."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its exact answer and the quotes that prove it."""

    question: str
    answer: str
    evidence: tuple[Quote, ...]
    task: str
    """The structural task, such as `cross_reference`."""
    family: str
    """What the question needs of the text, such as `look_up`, `multi_hop` or `aggregate`."""
    language: str


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Something in a text that is not asked about, because the answer would not be certain."""

    reason: str
    detail: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Questions:
    """The questions about a text, in document order. A loop over it gets the questions."""

    text: str
    """The text that was asked about; of several texts, the row that joins them, each below a line with its title."""
    questions: tuple[Question, ...]
    not_asked: tuple[NotAsked, ...]

    def __iter__(self) -> Iterator[Question]:
        return iter(self.questions)

    def __len__(self) -> int:
        return len(self.questions)


def structural_questions(
    text: str | Document | Sequence[str | Document],
    *,
    domain: str = AUTO,
    language: str = AUTO,
    seed: int | None = None,
    tokenizer: str = "",
    **settings: Any,  # Any: values of a recipe
) -> Questions:
    """Return questions about the structure of a text, each with its answer and evidence; no model is asked.

    With several texts, each question names its document, and some need several: what changed between two versions, the
    same field of each, which document says something.

    Args:
        text: a clean text, or a document of `clean_text`; or several of one domain and language.
        domain: such as `legal`; by default detected.
        language: such as `ko`; by default detected.
        seed: decides which questions are chosen if there are more than asked for, and how they are worded; by
            default the recipe's.
        tokenizer: the model whose tokenizer measures `max_answer_tokens`; if empty, answers may have any length.
        settings: keys of `synthesize.structural` in a recipe, such as `tasks` or `min_questions`.

    Raises:
        InputError: there is no text, one is no text or in no known language, the texts differ in domain or language, or
            the domain or language is unknown.
        RecipeError: a setting is unknown or not allowed.

    Example:
        >>> import pipeline
        >>> text = (
        ...     "SUPPLY AGREEMENT\\n\\n1. Term. This Agreement runs for two years from 1 May 2021.\\n\\n"
        ...     "2. Price. The price is USD 9,600, payable as Section 1 provides.\\n\\n"
        ...     "3. Notice. The Buyer shall notify the Seller of a defect within five (5) days.\\n"
        ... )
        >>> found = pipeline.structural_questions(text, domain="legal", language="en", tasks=["cross_reference"])
        >>> found.questions[0].answer
        'Section 2'
        >>> quote = found.questions[0].evidence[0]
        >>> text[quote.start : quote.end] == quote.text
        True
    """
    recipe = section_of(StructuralRecipe, settings, function=structural_questions)
    documents = [
        document_of(
            one,
            function="structural_questions",
            domain=domain,
            language=language,
            index=None if is_single(text) else index,
        )
        for index, one in enumerate(listed(text))
    ]
    if not documents:
        raise InputError("structural_questions: the list has no texts.", remedy="Give at least one text.")
    for document in documents:
        require_language(document, function="structural_questions")
    row = whole_context(documents[0]) if len(documents) == 1 else _joined(documents)

    used = Recipe.model_fields["seed"].default if seed is None else seed
    candidates, rejections = StructuralAsker(recipe, tokenizer, used).about_all(row)
    return Questions(
        row.text,
        tuple(_question(candidate, row) for candidate in candidates),
        tuple(NotAsked(one.reason, one.detail, one.excerpt) for one in rejections),
    )


def _joined(documents: Sequence[Document]) -> Context:
    """Return the texts as one row of a corpus, joined as the pack stage would."""
    first = documents[0]
    if any((one.domain, one.language) != (first.domain, first.language) for one in documents):
        kinds = ", ".join(f"{one.domain} in {one.language}" for one in documents)
        raise InputError(
            f"structural_questions: the texts differ in domain or language ({kinds}).",
            remedy="Give texts of one kind, or name the domain and the language that they share.",
        )
    numbered = [replace(one, doc_id=f"{number:012d}") for number, one in enumerate(documents)]
    related = find_related(numbered, DedupRecipe())
    are_versions = len(related) == len(documents) and any(member.role is Role.VERSION for member in related)
    return joined_context(
        documents,
        num_tokens=[0] * len(documents),
        joining=JoiningKind.VERSIONS if are_versions else JoiningKind.COMPARISON,
        placement=Placement(num_tokens=0, bucket=0, cluster_id=first.doc_id, repeats=1),
    )


def _question(candidate: Candidate, row: Context) -> Question:
    return Question(
        question=candidate.question,
        answer=candidate.answer,
        evidence=tuple(_quote(one, row) for one in candidate.evidence),
        task=candidate.task,
        family=candidate.family,
        language=candidate.language,
    )


def _quote(evidence: Evidence, row: Context) -> Quote:
    document = sum(member.end <= evidence.start for member in row.members)
    return Quote(evidence.start, evidence.end, evidence.quote, document)
