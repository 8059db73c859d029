"""datatrove's n-gram decontamination, in this process: items in, a test of a text out. Used by `decontamination`.

datatrove's own tokenizers need spaCy and kiwipiepy, and its indexer insists on lighteval even if it reads no lighteval
task, so the two steps are made without their constructors; hashing, normalising and the filter itself are datatrove's.
With `str.split` as the tokenizer, it needs no other package.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from benchmarks._decontamination_truth import Item
from benchmarks._results import MissingPeerError

Contains = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Peer:
    """A decontaminator."""

    name: str
    version: str
    index: Callable[[Sequence[Item]], Contains]
    """Return a test of whether a text contains an item."""
    language: str
    """The language that it is for; empty for all."""


class _Whitespace:
    """A tokenizer that needs no model."""

    def word_tokenize(self, text: str) -> list[str]:
        """Return the words of a text."""
        return text.split()


def load_peers() -> list[Peer]:
    """Return datatrove with whitespace, and with its own tokenizers where they are installed.

    Raises:
        MissingPeerError: datatrove cannot be imported, or does not run with what is installed.
    """
    try:
        from datatrove.utils.word_tokenizers import load_word_tokenizer
    except ImportError as error:
        raise MissingPeerError(
            f"datatrove cannot be imported ({error}). Install it with: pip install datatrove"
        ) from error
    peers = [
        _peer("datatrove", _Whitespace(), language="", finds_questions=False),
        _peer("datatrove, find_query_ngrams", _Whitespace(), language="", finds_questions=True),
    ]
    for language in ("en", "ko"):
        try:
            tokenizer = load_word_tokenizer(language)
            tokenizer.word_tokenize("a b")
        except (ImportError, OSError):
            continue
        name = f"datatrove, find_query_ngrams, its {language} tokenizer"
        peers.append(_peer(name, tokenizer, language=language, finds_questions=True))
    return peers


def _peer(name: str, tokenizer: Any, *, language: str, finds_questions: bool) -> Peer:  # Any: of another package
    from datatrove.data import Document
    from datatrove.pipeline.decont import n_grams
    from datatrove.utils.hashing import create_hash_func

    config = n_grams.NGramsDecontConfig(find_query_ngrams=finds_questions)
    hash_function = create_hash_func(config.hash_config)
    try:
        hash_function("a")
    except TypeError as error:
        raise MissingPeerError(
            f"datatrove does not work with the installed xxhash ({error}). Install: pip install 'xxhash<4'"
        ) from error

    def index(items: Sequence[Item]) -> Contains:
        indexer = object.__new__(n_grams.NGramsDecontIndexer)
        search = object.__new__(n_grams.NGramsDecontFilter)
        for step in (indexer, search):
            step.config, step.tokenizer = config, tokenizer
            step.hash_func = hash_function
            step.stat_update = lambda *_, **__: None
        hashes = {number: "task" for item in items for number in indexer.compute_hashes(item.answer, item.question)}
        search._index_hashes = hashes

        def contains(text: str) -> bool:
            return search.filter(Document(text=text, id="")) is not True

        return contains

    return Peer(name, version("datatrove"), index, language)
