"""The recipe section `clean.datatrove`: filters and taggers of datatrove that judge documents.

Each block is made and tried when the recipe is read, so a wrong name or argument is found before a build starts.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from pipeline.config.base import RecipeSection
from pipeline.datatrove_blocks.finding import BlockKind
from pipeline.datatrove_blocks.making import check_block, code_of_block
from pipeline.domains import Domain
from pipeline.errors import InputError
from pipeline.languages import Language


def _canonical(value: object) -> str:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ValueError("give a mapping from the names of arguments to values")
    try:
        return json.dumps(dict(value), ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a value cannot be written as JSON ({error})") from error


def _sorted_limits(value: object) -> object:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


_EMPTY = Field(json_schema_extra={"default": {}})
"""The default in the JSON Schema, which would otherwise be the default here."""
Arguments = Annotated[
    str, BeforeValidator(_canonical), PlainSerializer(json.loads), WithJsonSchema({"type": "object"}), _EMPTY
]
"""A mapping in a recipe; JSON here, so that the section is hashable."""
Limits = Annotated[
    tuple[tuple[str, float], ...],
    BeforeValidator(_sorted_limits),
    PlainSerializer(dict),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "number"}}),
    _EMPTY,
]
"""A mapping from tags to numbers in a recipe; hashable here."""


class DatatroveBlock(RecipeSection):
    """A filter or a tagger of datatrove, with its arguments."""

    filter: str = ""
    """A class of `datatrove.pipeline.filters` that drops documents, such as `GopherQualityFilter`, or the dotted path
    of a subclass of `BaseFilter`. Classes that download, draw at random or change texts are refused. A class of your
    own must decide from the document alone, because order and batches depend on the workers."""
    tagger: str = ""
    """Instead of a filter: a class of `datatrove.pipeline.stats` that measures documents, such as `DocStats`, or the
    dotted path of a subclass of `BaseStats`. `min` and `max` limit what it measures. Later blocks find its measures in
    the document's metadata; they are not stored."""
    args: Arguments = "{}"
    """Arguments of the class. `language: whitespace` splits words at white space, which needs no package; datatrove's
    default for English needs spaCy."""
    languages: tuple[Language, ...] = ()
    """The languages of the documents that the block judges; all if empty. Most limits of datatrove are for English."""
    domains: tuple[Domain, ...] = ()
    """The domains of the documents that the block judges; all if empty."""
    min: Limits = ()
    """The minimum of each measure of a tagger."""
    max: Limits = ()
    """The maximum of each measure of a tagger."""

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        if bool(self.filter) == bool(self.tagger):
            raise ValueError("give a filter or a tagger")
        if self.filter and (self.min or self.max):
            raise ValueError("min and max are for what a tagger measures; a filter has limits of its own in args")
        wrong = next((f"{tag}: {limit}" for tag, limit in (*self.min, *self.max) if not math.isfinite(limit)), "")
        if wrong:
            raise ValueError(f"a limit must be a finite number, and {wrong} is none")
        try:
            check_block(self.kind, self.name, self.arguments, frozenset(tag for tag, _ in (*self.min, *self.max)))
        except InputError as error:
            raise ValueError(str(error).rstrip(".")) from error  # what shows it ends the sentence
        return self

    @property
    def kind(self) -> BlockKind:
        """What the block does."""
        return BlockKind.FILTER if self.filter else BlockKind.TAGGER

    @property
    def name(self) -> str:
        """The class, as the recipe names it."""
        return self.filter or self.tagger

    @property
    def arguments(self) -> dict[str, Any]:  # Any: JSON values
        """The arguments of the class."""
        found: dict[str, Any] = json.loads(self.args)
        return found


def _check_uses(blocks: tuple[DatatroveBlock, ...]) -> tuple[DatatroveBlock, ...]:
    for index, block in enumerate(blocks):
        is_read = block.filter or block.min or block.max or any("." in later.name for later in blocks[index + 1 :])
        if not is_read:
            raise ValueError(f"nothing uses what {block.name} measures; give it min or max")
    return blocks


DatatroveBlocks = Annotated[tuple[DatatroveBlock, ...], AfterValidator(_check_uses)]
"""The blocks in their order."""


def code_of_blocks(blocks: Sequence[DatatroveBlock]) -> list[tuple[str, str]]:
    """Return what a stage's fingerprint covers of the code of the blocks; see `code_of_block`."""
    return [code_of_block(block.kind, block.name) for block in blocks]
