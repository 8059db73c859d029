"""Asks filters and taggers of datatrove about a cleaned text.

Takes a document, whose text is normalised and masked, and the blocks of a recipe; returns why the first block objects,
or None. The blocks only judge: marks, headings and pages point into the text, so a
block that changes it has failed. A measure of a tagger is in the metadata that later blocks see, and is gone after
that. Used by `clean.document`. Memory: the blocks of one recipe for each thread.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from pipeline.config.datatrove import DatatroveBlock
from pipeline.datatrove_blocks.making import Block, make_block, new_document
from pipeline.documents.archives import MEMBER
from pipeline.records import Document, Dropped, excerpt_of

_INNER_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_made = threading.local()
"""The blocks of the last recipe, one set for each thread: datatrove's blocks count what they do without a lock."""


class FailedBlockError(Exception):
    """A filter or tagger raised an error about a document, or changed its text. The document becomes a dead letter."""


def find_objection_of_blocks(document: Document, *, blocks: Sequence[DatatroveBlock]) -> Dropped | None:
    """Return why the first block that objects drops a document, or None.

    Args:
        document: the document, of which blocks see the text, the id and `facts_of`.
        blocks: the blocks of the recipe.

    Raises:
        FailedBlockError: a block raised an error, changed the text or did not measure what the recipe limits.
        InputError, MissingExtraError: a block cannot be made on this machine.
    """
    if not blocks:
        return None
    made = make_blocks(blocks)
    shown = new_document(document.text, id_=document.doc_id, facts=facts_of(document))
    for section, block in zip(blocks, made, strict=True):
        if not _judges(section, document):
            continue
        dropped = _ask(section, block, shown)
        if shown.text != document.text:
            raise FailedBlockError(f"{block.name} of datatrove changed the text, which a filter may not do here")
        if dropped is not None:
            return dropped
    return None


def make_blocks(blocks: Sequence[DatatroveBlock]) -> tuple[Block, ...]:
    """Return the blocks of this thread; they are made when it first asks for them.

    Raises:
        InputError, MissingExtraError: a block cannot be made on this machine.
    """
    key = tuple(blocks)
    if getattr(_made, "key", None) != key:
        _made.blocks = tuple(make_block(one.kind, one.name, one.arguments) for one in key)
        _made.key = key
    found: tuple[Block, ...] = _made.blocks
    return found


def facts_of(document: Document) -> dict[str, str]:
    """Return what blocks find in the metadata of a document; `url` only if the document has an address in the web."""
    facts = {
        "title": document.title,
        "licence": document.licence,
        "domain": document.domain,
        "language": document.language,
        "source_uri": document.source_uri,
    }
    address = web_address(document.source_uri)
    return {**facts, "url": address} if address else facts


def web_address(source_uri: str) -> str:
    """Return the web address that a record was taken from; empty if its input names none.

    Example:
        >>> web_address("crawl/00000.jsonl!/https://www.example.com/lease"), web_address("crawl.zip!/lease.txt")
        ('https://www.example.com/lease', '')
    """
    last = source_uri.rpartition(MEMBER)[2]
    return last if last.startswith(("http://", "https://")) else ""


def _judges(section: DatatroveBlock, document: Document) -> bool:
    is_language = not section.languages or document.language in section.languages
    return is_language and (not section.domains or document.domain in section.domains)


def _ask(section: DatatroveBlock, block: Block, document: Any) -> Dropped | None:  # Any: a document of datatrove
    try:
        reason = block.ask(document)
        if reason is not None:
            said = excerpt_of(reason) or "it gives no reason"
            return Dropped(_code(block), f"{block.name}: {said}.")
        for tag, limit in section.min:
            if (value := float(document.metadata[tag])) < limit:
                return Dropped(_code(block), f"{block.name}: {tag} is {value:.4g}, less than {limit:g}.", value)
        for tag, limit in section.max:
            if (value := float(document.metadata[tag])) > limit:
                return Dropped(_code(block), f"{block.name}: {tag} is {value:.4g}, more than {limit:g}.", value)
    except Exception as error:
        raise FailedBlockError(f"{block.name} of datatrove failed ({type(error).__name__}: {error})") from error
    return None


def _code(block: Block) -> str:
    """Return the reason in `rejected/`, such as `datatrove_gopher_quality_filter`."""
    return f"datatrove_{_INNER_CAPITAL.sub('_', block.name).lower()}"
