"""The first step of decontamination, in one shard: builds the index of the evaluation sets and the list of their items.

Takes the recipe's sets; writes `work/evaluation/`. The texts of items are normalised and masked as documents are, so
that both have the same words. Workers load the index once (`load_index`). Used by `stages.decontaminate`. Cost: for a
million n-grams, 3 s besides cleaning the texts, and 33 MB of memory.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from pipeline.clean.normalise import normalise_characters, normalise_line
from pipeline.clean.personal_data import clean_line, mask_name, mask_personal_data
from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.decontamination.findings import ItemFinder
from pipeline.decontamination.index import IndexBuilder
from pipeline.decontamination.items import ItemTexts
from pipeline.decontamination.sets import OWN_PROMPTS, EvaluationSet, Unread, own_prompts, read_set
from pipeline.documents.names import printable_name
from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger
from pipeline.io.parts import write_whole_part
from pipeline.records import excerpt_of
from pipeline.stages.shards import Shard
from pipeline.stages.stored_index import INDEX_STAGE, EvaluationItem, IndexArray, arrays_as_rows, limits_of

logger = logging.getLogger(__name__)

_EXCERPT_SOURCE_CHARS = 1_000
_MAX_NAMED_REASONS = 3


@dataclass(frozen=True, slots=True)
class IndexWork:
    """Turns the evaluation sets into an index. Counts every item as kept."""

    stage: ClassVar[str] = INDEX_STAGE
    sets: tuple[EvaluationSet, ...]
    recipe: DecontaminationRecipe
    personal_data: tuple[str, ...]
    fingerprint: str

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        """Write the index and the items.

        Raises:
            InputError: nothing in a set is an item.
        """
        builder = IndexBuilder(max_item_share=self.recipe.max_item_share)
        rows: list[EvaluationItem] = []
        for number, (name, items) in enumerate(self._named_items(ledger)):
            for item_id, item in items:
                builder.add(number, item)
                excerpt = item.texts[0].text[:_EXCERPT_SOURCE_CHARS] if item.texts else ""
                rows.append(EvaluationItem(name, item_id, True, excerpt_of(normalise_line(excerpt))))
        built = builder.build()
        finder = ItemFinder(built.index, limits_of(self.recipe))
        rows = [replace(row, is_testable=finder.is_testable(index)) for index, row in enumerate(rows)]
        for path in (folder.evaluation_items, folder.evaluation_index):
            files.remove_file(path)
        ledger.add_parts(
            write_whole_part(folder.evaluation_items, rows, EvaluationItem).written,
            write_whole_part(folder.evaluation_index, arrays_as_rows(built.index.arrays()), IndexArray).written,
        )
        ledger.keep(len(rows))
        for row in rows:
            ledger.count(f"items/{row.set_name}", 1)
            ledger.count(f"untestable_items/{row.set_name}", int(not row.is_testable))
        ledger.count("ngrams", len(built.index.ngrams))
        ledger.count("common_ngrams/items", built.num_common)

    def _named_items(self, ledger: ShardLedger) -> Iterator[tuple[str, Iterable[tuple[str, ItemTexts]]]]:
        if self.recipe.own_prompts:
            yield OWN_PROMPTS, [(item.item_id, item) for item in own_prompts()]
        for found in self.sets:
            name = shown_name(found, self.personal_data)
            yield name, self._items(found, name, ledger)

    def _items(self, found: EvaluationSet, name: str, ledger: ShardLedger) -> Iterator[tuple[str, ItemTexts]]:
        reasons: Counter[str] = Counter()
        num_items = 0
        for place, item in read_set(found, self.recipe):
            if isinstance(item, Unread):
                reasons[item.reason] += 1
                logger.warning("decontamination: %s has no item at %s: %s", name, place, item.reason)
                continue
            num_items += 1
            texts = tuple(replace(one, text=self._cleaned(one.text)) for one in item.texts)
            own_id = clean_line(item.item_id, self.personal_data)
            item_id = own_id or mask_name(printable_name(place), self.personal_data)
            yield item_id, ItemTexts(item.item_id, texts)
        for reason, number in reasons.items():
            ledger.count(f"unread_records/{name}/{reason}", number)
        if not num_items:
            causes = ", ".join(f"{reason} ({number})" for reason, number in reasons.most_common(_MAX_NAMED_REASONS))
            raise InputError(
                f"decontamination.against: {found.path} contains no items: {causes or 'it is empty'}.",
                remedy="Name files with items, and their fields in decontamination.question_fields and the like.",
            )

    def _cleaned(self, text: str) -> str:
        return mask_personal_data(text=normalise_characters(text), kinds=self.personal_data).text


def shown_name(found: EvaluationSet, kinds: Sequence[str]) -> str:
    """Return the name of a set for people: printable, masked, and without slashes."""
    return mask_name(printable_name(found.name), kinds).replace("/", "_")
