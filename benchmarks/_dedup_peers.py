"""The peers of the deduplication benchmark behind one protocol: a text in, a signature out; signatures in, pairs out.

Each peer runs with the parameters of its own documentation. Peers that bring no normalisation get the one that ours
does anyway: NFC, folded case, runs of letters and digits. text-dedup is not among them: its wheel (0.4.0) needs Spark,
rich < 14 and urllib3 <= 2.0 and cannot be installed beside this project; datasketch is what it signs like. Used by
`benchmarks.dedup`.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from itertools import combinations
from typing import Any

from benchmarks._results import MissingPeerError
from pipeline.dedup.clusters import components

_WORD = re.compile(r"\w+")
_NUM_PERMUTATIONS = 128
_MAX_BUCKET = 200
"""Members of a bucket that are paired with each other; a larger bucket is paired with its first member."""

Pairs = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Peer:
    """A near-duplicate finder."""

    name: str
    version: str
    parameters: str
    sign: Callable[[str], Any]
    """Normalise, shingle and sign one text."""
    find: Callable[[Mapping[str, Any]], Pairs]
    """Pairs of ids found to be duplicates, among signatures by id."""


def load_peers() -> list[Peer]:
    """All peers.

    Raises:
        MissingPeerError: one of them cannot be imported or does not run with what is installed.
    """
    return [_datatrove_whitespace(), _datatrove_default(), _rensa(), _datasketch()]


def shingle_words(text: str) -> list[str]:
    """Five-word shingles of a text, as a user of a signature library writes it."""
    words = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    if len(words) < 5:
        return [" ".join(words)] if words else []
    return [" ".join(gram) for gram in zip(words, words[1:], words[2:], words[3:], words[4:], strict=False)]


def banded_pairs(bands: Mapping[str, Iterable[Hashable]]) -> Pairs:
    """Ids that share a band key."""
    buckets: dict[Hashable, list[str]] = defaultdict(list)
    for doc_id, keys in bands.items():
        for key in keys:
            buckets[key].append(doc_id)
    found: Pairs = set()
    for members in buckets.values():
        some = combinations(members, 2) if len(members) <= _MAX_BUCKET else ((members[0], m) for m in members[1:])
        found.update((min(pair), max(pair)) for pair in some)
    return found


def _import(module: str, package: str) -> tuple[Any, str]:
    try:
        return importlib.import_module(module), installed_version(package)
    except ImportError as error:
        raise MissingPeerError(
            f"The peer {package} cannot be imported ({error}). Install it with: pip install 'longdoc-pipeline[bench]'"
        ) from error


class _Whitespace:
    """datatrove's word tokenizer protocol on str.split, the fastest there is."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()


def _datatrove_signer(tokenizer: Any) -> tuple[Callable[[str], Any], str]:
    module, version = _import("datatrove.pipeline.dedup.minhash", "datatrove")
    step = module.MinhashDedupSignature.__new__(module.MinhashDedupSignature)
    step.config = module.MinhashConfig()
    step.num_hashes = step.config.num_buckets * step.config.hashes_per_bucket
    step._parameters = None
    step._hash_func = module.create_hash_func(step.config.hash_config)
    step.word_tokenizer = tokenizer
    try:
        step._hash_func("a")
    except TypeError as error:
        raise MissingPeerError(
            f"datatrove {version} does not work with the installed xxhash ({error}). Install: pip install 'xxhash<4'"
        ) from error
    return (lambda text: step.get_signature(step.get_shingles(text))), version


def _datatrove_bands(signatures: Mapping[str, Any]) -> Pairs:
    bands = {doc_id: [(i, *row) for i, row in enumerate(rows)] for doc_id, rows in signatures.items()}
    return banded_pairs(bands)


def _datatrove_whitespace() -> Peer:
    sign, version = _datatrove_signer(_Whitespace())
    return Peer("datatrove, whitespace", version, "14 bands of 8, str.split", sign, _datatrove_bands)


def _datatrove_default() -> Peer:
    tokenizers, _ = _import("datatrove.utils.word_tokenizers", "datatrove")
    try:
        tokenizer = tokenizers.load_word_tokenizer("eng")
        tokenizer.word_tokenize("a b")
    except (ImportError, OSError) as error:
        raise MissingPeerError(
            f"datatrove's default tokenizer needs spaCy ({error}). Install it with: pip install spacy"
        ) from error
    sign, version = _datatrove_signer(tokenizer)
    return Peer("datatrove, default", version, "14 bands of 8, English tokenizer", sign, _datatrove_bands)


def _verified(signatures: Mapping[str, Any], candidates: Pairs, threshold: float) -> Pairs:
    return {(a, b) for a, b in candidates if signatures[a].jaccard(signatures[b]) >= threshold}


def _rensa() -> Peer:
    module, version = _import("rensa", "rensa")

    def sign(text: str) -> Any:
        minhash = module.RMinHash(num_perm=_NUM_PERMUTATIONS, seed=42)
        minhash.update(shingle_words(text))
        return minhash

    def find(signatures: Mapping[str, Any]) -> Pairs:
        lsh = module.RMinHashLSH(threshold=0.8, num_perm=_NUM_PERMUTATIONS, num_bands=16)
        names = list(signatures)
        for index, name in enumerate(names):
            lsh.insert(index, signatures[name])
        found = {
            (min(name, names[other]), max(name, names[other]))
            for name in names
            for other in lsh.query(signatures[name])
            if names[other] != name
        }
        return _verified(signatures, found, 0.8)

    return Peer("rensa", version, "RMinHash 128, 16 bands, threshold .8", sign, find)


def _datasketch() -> Peer:
    module, version = _import("datasketch", "datasketch")

    def sign(text: str) -> Any:
        minhash = module.MinHash(num_perm=_NUM_PERMUTATIONS)
        minhash.update_batch([shingle.encode() for shingle in shingle_words(text)])
        return minhash

    def find(signatures: Mapping[str, Any]) -> Pairs:
        lsh = module.MinHashLSH(threshold=0.9, num_perm=_NUM_PERMUTATIONS)
        for name, minhash in signatures.items():
            lsh.insert(name, minhash)
        return {
            (min(name, other), max(name, other))
            for name, minhash in signatures.items()
            for other in lsh.query(minhash)
            if other != name
        }

    return Peer("datasketch", version, "MinHash 128, LSH threshold .9 (its default)", sign, find)


def connected(pairs: Iterable[tuple[str, str]], ids: Sequence[str]) -> dict[str, int]:
    """The component of each id: what a deduplicator would keep one of."""
    index_of = {name: index for index, name in enumerate(ids)}
    labels = components(len(ids), [(index_of[a], index_of[b]) for a, b in pairs])
    return dict(zip(ids, labels, strict=True))
