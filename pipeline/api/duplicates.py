"""`pipeline.find_duplicates`: which texts of a list a build would drop as duplicates of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.api.arguments import require_list
from pipeline.api.documents import AUTO, document_of
from pipeline.api.sections import section_of
from pipeline.config.build import DedupRecipe
from pipeline.dedup.clusters import Role
from pipeline.dedup.in_memory import find_related
from pipeline.errors import InputError
from pipeline.records import Document


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A text that is a duplicate, an excerpt or a version of another one."""

    index: int
    """The text's index in the list."""
    of: int
    """The index of the text that survives."""
    kind: str
    """`exact`, `near`, `excerpt` or `version`."""
    is_kept: bool
    """Whether a build keeps the text: true of versions, and of excerpts if the settings say so."""
    similarity: float
    """For a near duplicate and a version, the Jaccard similarity of shingles; for an excerpt, the share of it that the
    other text has; 1 for an exact copy."""
    why: str
    """Why the other text is kept instead, if both were equal in content; else empty."""


def find_duplicates(
    texts: Sequence[str | Document],
    *,
    names: Sequence[str] = (),
    domain: str = AUTO,
    language: str = AUTO,
    **settings: Any,  # Any: values of a recipe
) -> list[Duplicate]:
    """Return the duplicates among texts, in the order of the list.

    Finds what the dedup stage of a build finds: exact and near copies, excerpts of longer texts, and versions of a
    contract. Of equal texts, the one that a person would keep survives, such as the signed contract; else the first.
    For some thousand texts; larger sets are for `build_sft`. Memory: all texts, and about 10 kB a text.

    Args:
        texts: texts, or documents of `clean_text`.
        names: the file names of the texts; words such as `draft` or `v2` in them help to choose.
        domain: the domain of all texts; by default detected for each.
        language: the language of all texts; by default detected for each.
        settings: keys of `dedup` in a recipe, such as `threshold` or `min_excerpt_chars`.

    Raises:
        InputError: the texts are no list of texts, there are names but not one for each text, or the domain or the
            language is unknown.
        RecipeError: a setting is unknown or not allowed.

    Example:
        >>> import pipeline
        >>> text = " ".join(f"Clause {n}: the supplier shall deliver part {n * 7} in week {n + 3}." for n in range(40))
        >>> other = " ".join(f"Step {n}: turn screw {n * 5} and measure gap {n + 2}." for n in range(40))
        >>> [(one.index, one.of, one.kind) for one in pipeline.find_duplicates([text, other, text + "\\n"])]
        [(2, 0, 'exact')]
    """
    recipe = section_of(DedupRecipe, settings, function=find_duplicates)
    require_list(texts, argument="find_duplicates: texts")
    require_list(names, argument="find_duplicates: names")
    if names and len(names) != len(texts):
        raise InputError(
            f"find_duplicates got {len(names)} names for {len(texts)} texts.", remedy="Give one name for each text."
        )
    shown = list(names) or [""] * len(texts)
    documents = [
        # The id is the place in the list, so of texts that nothing else decides, the first survives.
        replace(
            document_of(text, function="find_duplicates", domain=domain, language=language, name=name, index=index),
            doc_id=f"{index:012d}",
        )
        for index, (text, name) in enumerate(zip(texts, shown, strict=True))
    ]
    return [
        Duplicate(
            index=int(member.document.doc_id),
            of=int(member.survivor.doc_id),
            kind=member.role.value,
            is_kept=member.is_kept,
            similarity=member.similarity,
            why=member.decided_by,
        )
        for member in find_related(documents, recipe)
        if member.role is not Role.SURVIVOR
    ]
