"""Adds the rows that are not about a document, in a shard of the export stage that runs before the packs are planned.

The shares of the recipe are shares of the tokens of all rows, so the shard runs after the rows about documents are
written, and counts their tokens in the shards' reports. It writes `sft/SPLIT-short.parquet` with its twin and
`tokens/SPLIT-short.parquet`, like any other shard.

The user's rows are drawn in the order of a hash of the seed and their words, until their share is reached; rows that
were not needed are counted as `own/not_drawn`, and rows that cannot be used are rejected. Fact-free rows have the
lengths of the buckets in turn. Memory: the ids of the user's rows, and the words of those that are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import cycle

from pipeline.config.export import ExportRecipe, ShortDataRecipe
from pipeline.export.fact_free import FactFreeKind, fact_free_languages, fitted_conversation
from pipeline.export.limits import kinds_without_document
from pipeline.export.own_files import own_files, own_rows
from pipeline.export.own_rows import own_conversation
from pipeline.export.rows import STAGE, RenderedRow
from pipeline.export.short_rows import fact_free_row, own_id, own_row
from pipeline.identity import content_id, stable_hash64, unit_interval
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ADDED, ShardLedger, read_shard_reports
from pipeline.io.listing import sha256_of
from pipeline.records import Dropped, Message, Rejection, Split, excerpt_of
from pipeline.stages.row_writer import RowWriter, count_row
from pipeline.tokens.conversation import TokenizedConversation, tokenize_conversation

SHORT_SHARD = "short"
"""The id of this shard; the shards of the rows about documents have ids of five digits."""
_CHARS_PER_TOKEN = 8
"""A text with fewer tokens for its length is rare, so drawing this many characters draws enough rows."""


_Reject = Callable[[str, int, Dropped, object], None]


def has_short_rows(recipe: ExportRecipe) -> bool:
    """Return whether the recipe wants rows that are not about a document."""
    return bool(recipe.short_data or recipe.fact_free_share)


def check_short_data(recipe: ExportRecipe) -> None:
    """Check that the user's own data is there, before the build starts.

    Raises:
        InputError: a path does not exist or has no data file.
    """
    for data in recipe.short_data:
        own_files(data.path)


def short_data_state(recipe: ExportRecipe) -> list[list[str]]:
    """Return the path and a hash of the content of every file of the user's own data.

    Raises:
        InputError: a path does not exist or has no data file.
    """
    return [[path, sha256_of(path)] for data in recipe.short_data for path in own_files(data.path)]


def write_short_rows(
    folder: BuildFolder,
    *,
    recipe: ExportRecipe,
    buckets: Sequence[int],
    languages: Sequence[str],
    tokenizer: str,
    seed: int,
    fingerprint: str,
    ledger: ShardLedger,
) -> None:
    """Write the user's rows and the fact-free rows of a build.

    Args:
        folder: the build folder, in which the rows about documents are complete.
        recipe: the export section of the recipe.
        buckets: the bucket edges in tokens, ascending.
        languages: the languages of the build; fact-free rows take turns between them.
        tokenizer: the reference of the student's tokenizer.
        seed: the recipe's seed.
        fingerprint: the fingerprint of the export stage.
        ledger: the shard's ledger; receives counts, rejections and files.

    Raises:
        InputError: the user's data cannot be read.
    """
    num_tokens = _tokens_about_documents(folder, fingerprint)
    without = recipe.fact_free_share + sum(data.share for data in recipe.short_data)
    total = num_tokens / (1.0 - without)
    with ExitStack() as stack:
        writers = {
            split.value: stack.enter_context(RowWriter(folder, split.value, SHORT_SHARD, tokenizer=tokenizer))
            for split in Split
        }
        shard = _ShortRows(writers, ledger, tuple(buckets), tokenizer, seed, recipe.validation_share)
        for number, data in enumerate(recipe.short_data):
            shard.add_own(data, number=number, max_tokens=round(data.share * total))
        if recipe.fact_free_share:
            shard.add_fact_free(
                round(recipe.fact_free_share * total),
                languages=fact_free_languages(languages),
                num_turns=recipe.conversations.max_turns,
            )
    ledger.add_parts(*(file for writer in writers.values() for file in writer.written()))


class _ShortRows:
    """Writes rows and counts them."""

    def __init__(
        self,
        writers: Mapping[str, RowWriter],
        ledger: ShardLedger,
        buckets: tuple[int, ...],
        tokenizer: str,
        seed: int,
        validation_share: float,
    ) -> None:
        self._writers = writers
        self._ledger = ledger
        self._buckets = buckets
        self._tokenizer = tokenizer
        self._seed = seed
        self._validation_share = validation_share

    def add_own(self, data: ShortDataRecipe, *, number: int, max_tokens: int) -> None:
        """Draw the user's rows until they have `max_tokens` tokens, and write them."""
        paths = own_files(data.path)
        drawn = self._draw(paths, max_tokens=max_tokens)
        num_tokens = 0
        for _, path, index, messages in drawn:
            if num_tokens >= max_tokens:
                self._ledger.count("own/not_drawn", 1)
                continue
            conversation = tokenize_conversation(messages, self._tokenizer)
            size = int(conversation.ids.size)
            bucket = next((edge for edge in self._buckets if size <= edge), None)
            if bucket is None:
                over = Dropped(
                    "over_bucket", f"{size} tokens do not fit the bucket of {self._buckets[-1]}.", float(size)
                )
                self._reject(path, index, over, messages)
                continue
            is_held_out = unit_interval(self._seed, "own split", own_id(messages)) < self._validation_share
            split = Split.VALIDATION if is_held_out else Split.TRAIN
            row = own_row(
                messages,
                conversation=conversation,
                language=data.language,
                bucket=bucket,
                split=split.value,
                tokenizer=self._tokenizer,
            )
            self._add(row, "own")
            num_tokens += size
        self._ledger.count(f"own/{number}/wanted_tokens", max_tokens)
        self._ledger.count(f"own/{number}/tokens", num_tokens)

    def add_fact_free(self, max_tokens: int, *, languages: Sequence[str], num_turns: int) -> None:
        """Write fact-free rows with up to `max_tokens` tokens together, of the buckets' lengths in turn."""
        kinds = cycle([(kind, language) for language in languages for kind in FactFreeKind])
        edges = [edge for edge in self._buckets if edge <= max_tokens] if languages else []
        left, number = max_tokens, 0
        while edges:
            edge = edges[number % len(edges)]
            if edge > left:
                edges = [other for other in edges if other <= left]
                continue
            kind, language = next(kinds)
            made = fitted_conversation(
                kind,
                language=language,
                num_turns=num_turns,
                max_tokens=edge,
                key=(self._seed, number),
                count_tokens=lambda messages: int(self._tokenized(messages).ids.size),
            )
            number += 1
            if made is None:
                edges = [other for other in edges if other > edge]
                continue
            row = fact_free_row(
                made, bucket=edge, split=Split.TRAIN.value, tokenizer=self._tokenizer, tokenize=self._tokenized
            )
            self._add(row, "fact_free")
            left -= row.example.num_tokens
        self._ledger.count("fact_free/wanted_tokens", max_tokens)
        self._ledger.count("fact_free/tokens", max_tokens - left)

    def _draw(self, paths: Sequence[str], *, max_tokens: int) -> list[tuple[int, str, int, tuple[Message, ...]]]:
        """Return the usable rows that may be needed, in the order in which they are drawn; reject the unusable ones."""
        ranks: dict[str, int] = {}
        sizes: dict[str, int] = {}
        for path, index, messages in _usable_rows(paths, self._reject):
            key = own_id(messages)
            if key in ranks:
                twin = Dropped("duplicate_row", "The same conversation was read before.")
                self._reject(path, index, twin, messages)
                continue
            ranks[key] = stable_hash64(self._seed, "own", key)
            sizes[key] = sum(len(message.content) for message in messages)
        needed: set[str] = set()
        num_chars = 0
        for key in sorted(ranks, key=lambda key: (ranks[key], key)):
            if num_chars > _CHARS_PER_TOKEN * max_tokens:
                break
            needed.add(key)
            num_chars += sizes[key]
        self._ledger.count("own/not_drawn", len(ranks) - len(needed))
        found: dict[str, tuple[int, str, int, tuple[Message, ...]]] = {}
        for path, index, messages in _usable_rows(paths, _ignore):
            key = own_id(messages)
            if key in needed:
                found.setdefault(key, (ranks[key], path, index, messages))
        return sorted(found.values(), key=lambda one: one[:3])

    def _reject(self, path: str, index: int, fault: Dropped, row: object) -> None:
        self._ledger.count(ADDED, 1)
        words = row[0].content if isinstance(row, tuple) and row and isinstance(row[0], Message) else str(row)
        self._ledger.reject(
            Rejection(
                stage=STAGE,
                item_id=content_id("own row", path, index),
                reason=fault.reason,
                detail=fault.detail,
                score=fault.score,
                source_uri=path,
                source_offset=index,
                excerpt=excerpt_of(words),
            )
        )

    def _tokenized(self, messages: Sequence[Message]) -> TokenizedConversation:
        return tokenize_conversation(messages, self._tokenizer)

    def _add(self, row: RenderedRow, kind: str) -> None:
        example = row.example
        self._writers[example.split].add(row)
        count_row(row, kinds_without_document(example), limits=(), ledger=self._ledger)
        self._ledger.count(f"{kind}/rows", 1)
        self._ledger.count(ADDED, len(example.turns))


def _usable_rows(paths: Sequence[str], reject: _Reject) -> Iterator[tuple[str, int, tuple[Message, ...]]]:
    """Yield path, number and conversation of every usable row, and pass the others to `reject`."""
    for path in paths:
        for index, row in own_rows(path):
            found = row if isinstance(row, Dropped) else own_conversation(row)
            if isinstance(found, Dropped):
                reject(path, index, found, row)
            else:
                yield path, index, found


def _ignore(path: str, index: int, fault: Dropped, row: object) -> None:
    """The fault was recorded when the row was read before."""


def _tokens_about_documents(folder: BuildFolder, fingerprint: str) -> int:
    reports = read_shard_reports(folder, STAGE, fingerprint)
    about_documents = [report for shard, report in reports.items() if shard != SHORT_SHARD]
    return sum(report.counters.get(f"tokens/{split}", 0) for report in about_documents for split in Split)
