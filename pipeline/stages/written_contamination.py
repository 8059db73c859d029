"""Finds the items of evaluation sets in what a teacher writes: a document may be clean, and its question an exam's own.

`evaluated_items` says which sets a build was compared with; `ContaminationCheck` compares a draft with them, by the
index and the thresholds of decontamination. Without sets, there is neither, and nothing is loaded. Used by the
synthesize stage and by `preview`. Cost: the index in each worker process that writes questions, and 1 ms a draft.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pipeline.clean.normalise import normalise_characters
from pipeline.config.decontamination import ContaminationRule, DecontaminationRecipe
from pipeline.decontamination.findings import ItemFinder, ItemFinding
from pipeline.decontamination.index import NGramIndex
from pipeline.decontamination.ngrams import read_text
from pipeline.identity import fingerprint
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import read_shard_reports
from pipeline.io.manifest import read_manifest
from pipeline.records import Dropped
from pipeline.stages.contamination import CONTAMINATED, STAGE, contained, is_acted_on
from pipeline.stages.stored_index import (
    COMMON_STAGE,
    INDEX_STAGE,
    EvaluationItem,
    limits_of,
    load_distinctive_index,
    read_items,
)
from pipeline.synthesize.written.draft import Draft


@dataclass(frozen=True, slots=True)
class EvaluatedItems:
    """The items of evaluation sets that a build's documents were compared with. Small, so that workers can get it."""

    recipe: DecontaminationRecipe
    fingerprint: str
    """That of the decontamination stage, which wrote the index."""
    state: str
    """Fingerprint of the index: equal states mean equal items."""


def evaluated_items(folder: BuildFolder, recipe: DecontaminationRecipe) -> EvaluatedItems | None:
    """Return the items that nothing written may repeat.

    Returns:
        None if the recipe names no evaluation set or keeps what contains items (`action: mark`), and for a folder whose
        documents were not compared with any set.
    """
    if not recipe.against or recipe.action is ContaminationRule.MARK:
        return None
    manifest = read_manifest(folder)
    if manifest is None or STAGE not in manifest.stages:
        return None
    written_by = manifest.stages[STAGE].fingerprint
    reports = [read_shard_reports(folder, stage, written_by) for stage in (INDEX_STAGE, COMMON_STAGE)]
    hashes = [part.sha256 for found in reports for report in found.values() for part in report.parts]
    return EvaluatedItems(recipe, written_by, fingerprint(hashes))


class ContaminationCheck:
    """Tells which drafts repeat an evaluation item. The index is loaded when the first draft is compared."""

    def __init__(self, folder: BuildFolder, items: EvaluatedItems) -> None:
        self._folder = folder
        self._evaluated = items

    def __call__(self, draft: Draft) -> Dropped | None:
        """Return a fault if the question and the answer together contain as much of an item as a document must not."""
        # A document is read in the same form, and a short answer counts only near its question.
        text = read_text(normalise_characters(f"{draft.question}\n\n{draft.answer}"))
        hits = self._index.find(text)
        contexts = self._evaluated.recipe.contexts
        findings = [found for found in self._finder.find(text, hits) if is_acted_on(found, contexts)]
        if not findings:
            return None
        worst = max(findings, key=lambda found: (found.share, -found.item))
        return Dropped(CONTAMINATED, f"{self._said(worst)}.", worst.share)

    def _said(self, finding: ItemFinding) -> str:
        return contained(finding, self._items[finding.item])

    @cached_property
    def _index(self) -> NGramIndex:
        return load_distinctive_index(self._folder, self._evaluated.fingerprint)

    @cached_property
    def _finder(self) -> ItemFinder:
        return ItemFinder(self._index, limits_of(self._evaluated.recipe))

    @cached_property
    def _items(self) -> list[EvaluationItem]:
        return read_items(self._folder)
