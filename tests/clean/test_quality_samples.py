"""Junk is dropped, and documents that repeat themselves for a reason are kept, in all domains and both languages."""

from __future__ import annotations

from collections import Counter

import pytest
from quality_samples import BAD, GOOD
from quality_samples.sample import Sample

from pipeline.clean.normalise import normalise
from pipeline.clean.quality import find_junk
from pipeline.config.build import QualityFilter
from pipeline.records import Dropped

LEAST_RIGHT = 0.95


def judge(sample: Sample) -> Dropped | None:
    text = normalise(text=sample.text, domain=sample.domain)
    return find_junk(text=text, domain=sample.domain, language=sample.language, quality_filters=tuple(QualityFilter))


def name_of(sample: Sample) -> str:
    return f"{sample.domain}, {sample.language}: {sample.name}"


def test_find_junk_samples_cover_every_domain_and_both_languages() -> None:
    for samples in (GOOD, BAD):
        assert len(samples) >= 75
        counts = Counter((sample.domain, sample.language) for sample in samples)
        assert {domain for domain, _ in counts} == {"legal", "manual", "dialogue", "code"}
        assert all(
            counts[domain, language] >= 2 for domain in ("legal", "manual", "dialogue") for language in ("en", "ko")
        )


def test_find_junk_good_samples_are_kept() -> None:
    wrong = {name_of(sample): found.detail for sample in GOOD if (found := judge(sample)) is not None}
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(GOOD), wrong


def test_find_junk_bad_samples_are_dropped() -> None:
    wrong = [name_of(sample) for sample in BAD if judge(sample) is None]
    assert len(wrong) <= (1 - LEAST_RIGHT) * len(BAD), wrong


def test_find_junk_every_rule_drops_a_sample_of_its_own() -> None:
    named = {found.detail.split("most often ")[1].split(":")[0] for sample in BAD if (found := judge(sample))}
    assert named == set(QualityFilter)


@pytest.mark.parametrize("rule", QualityFilter)
def test_find_junk_rule_that_is_switched_off_is_never_named(rule: QualityFilter) -> None:
    others = tuple(name for name in QualityFilter if name is not rule)
    for sample in BAD[:20]:
        found = find_junk(text=sample.text, domain=sample.domain, language=sample.language, quality_filters=others)
        assert found is None or f"most often {rule}:" not in found.detail
