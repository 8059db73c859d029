"""Makes the signatures of documents; see `dedup.signature` for what a signature holds.

Takes documents and the recipe's `dedup` section. Used by the dedup stage, `transforms.find_duplicates` and
`dedup.in_memory`. Cost: every text is read once; short texts are read together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline.config.build import DedupRecipe
from pipeline.dedup.appraisal import appraise
from pipeline.dedup.items import LetterCase, letter_case
from pipeline.dedup.shingles import Shingling
from pipeline.dedup.signature import Signature, exact_hash, packed, packed_ascending
from pipeline.dedup.sketch import ShingleSketch, sketch_texts
from pipeline.dedup.standing import packed_standing
from pipeline.records import Document, excerpt_of

_BATCH_CHARS = 2**18
"""Short texts are signed together until they have this many characters."""


def sign_in_batches(documents: Iterable[Document], recipe: DedupRecipe) -> Iterator[Signature]:
    """Yield the signature of each document, in order. Memory: some short documents, or one long document."""
    for batch in _batches(documents):
        yield from sign_documents(batch, recipe)


def sign_documents(documents: Sequence[Document], recipe: DedupRecipe) -> list[Signature]:
    """Return the signatures of the documents, in the same order."""
    sketches: dict[int, ShingleSketch] = {}
    for case in LetterCase:
        indices = [index for index, document in enumerate(documents) if letter_case(document.domain) is case]
        shingling = Shingling(case=case, word_shingle=recipe.word_shingle, hangul_shingle=recipe.hangul_shingle)
        texts = [documents[index].text for index in indices]
        sketches |= zip(indices, sketch_texts(texts, shingling, num_permutations=recipe.num_permutations), strict=True)
    return [_signature(document, sketches[index]) for index, document in enumerate(documents)]


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    batch: list[Document] = []
    num_chars = 0
    for document in documents:
        batch.append(document)
        num_chars += len(document.text)
        if num_chars >= _BATCH_CHARS:
            yield batch
            batch, num_chars = [], 0
    if batch:
        yield batch


def _signature(document: Document, sketch: ShingleSketch) -> Signature:
    return Signature(
        doc_id=document.doc_id,
        title=document.title,
        domain=document.domain,
        source_uri=document.source_uri,
        source_offset=document.source_offset,
        excerpt=excerpt_of(document.text),
        num_chars=len(document.text),
        standing=packed_standing(appraise(document)),
        exact_hash=exact_hash(document.text),
        minhash=packed(sketch.minhash),
        shingles=packed_ascending(sketch.shingles),
        sampling_bits=sketch.sampling_bits,
        anchors=packed(sketch.anchors),
        anchor_starts=packed_ascending(sketch.anchor_starts),
        anchor_bits=sketch.anchor_bits,
    )
