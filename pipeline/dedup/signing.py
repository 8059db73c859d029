"""Makes the signatures of documents; see `dedup.signature` for what a signature holds.

Takes documents and the recipe's `dedup` section. Used by the dedup stage and by `dedup.in_memory`. Cost: every text is
read once; short texts are read together.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config.build import DedupRecipe
from pipeline.dedup.appraisal import appraise
from pipeline.dedup.items import LetterCase, letter_case
from pipeline.dedup.shingles import Shingling
from pipeline.dedup.signature import Signature, exact_hash, packed, packed_ascending
from pipeline.dedup.sketch import ShingleSketch, sketch_texts
from pipeline.dedup.standing import packed_standing
from pipeline.records import Document, excerpt_of


def sign_documents(documents: Sequence[Document], recipe: DedupRecipe) -> list[Signature]:
    """Return the signatures of the documents, in the same order."""
    sketches: dict[int, ShingleSketch] = {}
    for case in LetterCase:
        indices = [index for index, document in enumerate(documents) if letter_case(document.domain) is case]
        shingling = Shingling(case=case, word_shingle=recipe.word_shingle, hangul_shingle=recipe.hangul_shingle)
        texts = [documents[index].text for index in indices]
        sketches |= zip(indices, sketch_texts(texts, shingling, num_permutations=recipe.num_permutations), strict=True)
    return [_signature(document, sketches[index]) for index, document in enumerate(documents)]


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
