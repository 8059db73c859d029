"""Signatures and verdicts about fixed texts, as approved: a build is compared with those of earlier builds."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
from approved_outcome import check_approved
from prose import document, edited

from pipeline.config.build import DedupRecipe
from pipeline.dedup.banding import band_keys, candidate_probability, choose_banding
from pipeline.dedup.passages import shared_passages
from pipeline.dedup.signature import Signature, unpacked, unpacked_ascending
from pipeline.dedup.signing import sign_documents
from pipeline.dedup.similarity import overlap
from pipeline.dedup.versions import are_versions, differences
from pipeline.identity import content_id
from pipeline.records import Document, Section

ENGLISH, KOREAN = document("en", 1, num_sentences=60), document("ko", 2, num_sentences=60)
TEXTS = {
    "english": ENGLISH,
    "english, edited": edited(ENGLISH, share=0.05, seed=1),
    "english, other figures": ENGLISH.replace("1", "3").replace("Karl Jensen", "Lena Vogel"),
    "korean": KOREAN,
    "korean, edited": edited(KOREAN, share=0.05, seed=1),
    "both": ENGLISH[:2000] + KOREAN[:1000],
    "part": ENGLISH[1000:3500],
    "long": " ".join(document("en", seed, num_sentences=60) for seed in range(40)),
    "code": "def Total(rows):\n    return sum(row.Amount for row in rows)\n\n" * 9,
    "short": "One word more.",
    "numbers": "12,000 / 3.5",
    "marks": "*** --- ***",
}


def _document(name: str, text: str) -> Document:
    domain = "code" if name == "code" else "legal"
    sections = (Section(0, len(text), 0, ""),)
    return Document(content_id(name), text, domain, "en", name, "unknown", f"{name}.txt", 0, "0" * 64, sections)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:10]


def _signed() -> dict[str, Signature]:
    documents = [_document(name, text) for name, text in TEXTS.items()]
    documents[0] = replace(documents[0], licence="MIT")
    documents[1] = replace(documents[1], title="")
    return dict(zip(TEXTS, sign_documents(documents, DedupRecipe()), strict=True))


def test_signatures_are_those_that_were_approved() -> None:
    lines = []
    for name, own in _signed().items():
        parts = " ".join(_digest(data) for data in (own.minhash, own.shingles, own.anchors, own.anchor_starts))
        lines.append(
            f"{name}: {own.num_chars} characters, standing {own.standing}, {own.exact_hash[:10]} {parts} "
            f"bits {own.sampling_bits} {own.anchor_bits}, {len(unpacked_ascending(own.shingles))} shingles"
        )
    check_approved("signatures.txt", lines)


def test_verdicts_about_pairs_are_those_that_were_approved() -> None:
    signed, lines = _signed(), []
    names = [name for name in TEXTS if name not in ("marks", "numbers", "short")]
    for at, first in enumerate(names):
        for second in names[at + 1 :]:
            one, other = signed[first], signed[second]
            shared = overlap(
                unpacked_ascending(one.shingles),
                unpacked_ascending(other.shingles),
                first_bits=one.sampling_bits,
                second_bits=other.sampling_bits,
            )
            passages = shared_passages(
                unpacked(one.anchors),
                unpacked_ascending(one.anchor_starts),
                unpacked(other.anchors),
                unpacked_ascending(other.anchor_starts),
                first_chars=one.num_chars,
                min_chars=400,
            )
            if shared.num_shared or passages:
                lines.append(
                    f"{first} and {second}: {shared.jaccard:.4f}, of the first {shared.of_first:.4f}, "
                    f"versions {are_versions(TEXTS[first], TEXTS[second])}, passages {passages}"
                )
    changed = list(differences(ENGLISH, TEXTS["english, other figures"]))[:5]
    check_approved("signatures_of_pairs.txt", [*lines, *map(str, changed)])


def test_bands_are_those_that_were_approved() -> None:
    lines = []
    for threshold, target, permutations in ((0.48, 0.02, 128), (0.8, 0.02, 128), (0.48, 0.2, 64), (0.1, 0.01, 256)):
        banding = choose_banding(threshold=threshold, false_negative_target=target, num_permutations=permutations)
        curve = " ".join(f"{candidate_probability(tenth / 10, banding):.4f}" for tenth in range(11))
        keys = band_keys(np.arange(permutations, dtype=np.uint64), banding)
        lines.append(f"{threshold} {target} {permutations}: {banding}, {curve}, keys {_digest(keys.tobytes())}")
    check_approved("bands.txt", lines, relative=1e-6)
