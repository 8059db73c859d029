import math
from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.export import ExportRecipe
from pipeline.config.shares import ShareRule
from pipeline.export.reach import Reach
from pipeline.export.selection import CandidateLabels, select_rows, split_documents
from pipeline.identity import content_id


def labels(
    doc: int,
    depth: float,
    *,
    origin="structural",
    language="en",
    domain="legal",
    cluster="",
    task="clause",
    family="aggregate",
) -> CandidateLabels:
    return CandidateLabels(
        candidate_id=content_id(doc, str(depth), origin),
        doc_id=f"doc{doc}",
        cluster_id=cluster or f"doc{doc}",
        depths=(depth,),
        task=task,
        family=family,
        is_trivial=False,
        origin=origin,
        language=language,
        domain=domain,
        reach=Reach.ONE_PLACE if family == "look_up" else Reach.FAR_APART,
        bucket=1024,
        context_tokens=800,
        question_tokens=20,
        answer_tokens=10,
        answer_hash=hash((doc, depth, origin)),
    )


def select(candidates, *, validation_share=0.1, max_written_share=1.0, max_rows=12, depth_bins=5, seed=17):
    recipe = ExportRecipe(
        validation_share=validation_share,
        max_written_share=max_written_share,
        max_turns_per_10k_chars=0.1,
        short_context_turns=max_rows,
        depth_bins=depth_bins,
        max_depth_share=1.0,
        max_language_share=1.0,
        max_bucket_share=1.0,
    )
    return select_rows(candidates, num_chars={c.doc_id: 100 for c in candidates}, recipe=recipe, seed=seed)


def test_select_rows_caps_a_document_and_takes_its_depths_in_turn():
    shallow = [labels(1, i / 1000) for i in range(20)]
    deep = [labels(1, 0.3), labels(1, 0.5), labels(1, 0.7), labels(1, 0.9)]
    choices = select(shallow + deep, max_rows=6, validation_share=0.0)
    kept = {choice.candidate_id for choice in choices if not choice.reason}
    assert len(kept) == 6
    assert {candidate.candidate_id for candidate in deep} <= kept
    assert Counter(choice.reason for choice in choices) == {"": 6, "document_cap": 18}
    assert all("24 candidates" in choice.detail for choice in choices if choice.reason)


@pytest.mark.parametrize(("share", "expected"), [(1.0, 30), (0.5, 10), (0.2, 2), (0.0, 0)])
def test_select_rows_keeps_written_rows_within_their_share(share, expected):
    structural = [labels(i, 0.1) for i in range(10)]
    written = [labels(i, 0.5, origin="written") for i in range(30)]
    choices = select(structural + written, max_written_share=share)
    kept = {choice.candidate_id for choice in choices if not choice.reason}
    num_written = sum(candidate.candidate_id in kept for candidate in written)
    assert num_written == expected
    assert num_written <= share * len(kept)
    assert {choice.reason for choice in choices} <= {"", "mix"}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 12),
            st.floats(0, 1),
            st.sampled_from(["written", "structural"]),
            st.sampled_from(["en", "ko"]),
        ),
        min_size=1,
        max_size=60,
        unique_by=lambda item: item[:3],
    ),
    st.integers(1, 6),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(0, 3),
)
def test_select_rows_decides_about_everything_and_never_splits_a_document(items, max_rows, written, validation, seed):
    candidates = [labels(doc, depth, origin=origin, language=language) for doc, depth, origin, language in items]
    settings = {"max_rows": max_rows, "max_written_share": written, "validation_share": validation, "seed": seed}
    choices = select(candidates, **settings)
    assert [choice.candidate_id for choice in choices] == [candidate.candidate_id for candidate in candidates]
    assert all(bool(choice.split) != bool(choice.reason) for choice in choices)
    splits = defaultdict(set)
    rows = Counter()
    for candidate, choice in zip(candidates, choices, strict=True):
        if choice.split:
            splits[candidate.doc_id].add(choice.split)
            rows[candidate.doc_id] += 1
    assert all(len(of_document) == 1 for of_document in splits.values())
    assert all(count <= max_rows for count in rows.values())
    backwards = select(candidates[::-1], **settings)
    assert {choice.candidate_id: choice for choice in backwards} == {choice.candidate_id: choice for choice in choices}


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 1)), min_size=8, max_size=40, unique=True), st.integers(0, 9))
def test_select_rows_keeps_versions_of_one_document_in_one_split(items, seed):
    candidates = [labels(doc, depth, cluster=f"cluster{doc // 3}") for doc, depth in items]
    choices = select(candidates, validation_share=0.4, max_rows=99, seed=seed)
    splits = defaultdict(set)
    for candidate, choice in zip(candidates, choices, strict=True):
        splits[candidate.cluster_id].add(choice.split)
    assert all(len(of_cluster) == 1 for of_cluster in splits.values())


def test_split_documents_of_a_small_corpus_keeps_every_language_and_domain_in_train():
    strata = {
        f"{language}-{domain}-{i}": (language, domain)
        for language in ("en", "ko")
        for domain in ("legal", "manual", "code", "dialogue")
        for i in range(2)
    }
    for seed in range(20):
        splits = split_documents(strata, validation_share=0.25, seed=seed)
        train = {strata[doc_id] for doc_id, split in splits.items() if split == "train"}
        assert train == set(strata.values())
        validation = [strata[doc_id] for doc_id, split in splits.items() if split == "validation"]
        assert len(validation) == len(set(validation)) == 4


def test_split_documents_with_one_of_each_kind_still_validates():
    strata = {"a": ("en", "legal"), "b": ("ko", "legal"), "c": ("en", "code"), "d": ("ko", "code")}
    splits = split_documents(strata, validation_share=0.01, seed=17)
    assert Counter(splits.values()) == {"train": 3, "validation": 1}
    left = [strata[doc_id] for doc_id, split in splits.items() if split == "train"]
    assert {language for language, _ in left} == {"en", "ko"}
    assert {domain for _, domain in left} == {"legal", "code"}


@pytest.mark.parametrize(
    ("strata", "share", "expected"),
    [
        ({"a": ("en", "legal")}, 0.5, {"train": 1}),
        ({"a": ("en", "legal"), "b": ("ko", "code")}, 0.1, {"train": 1, "validation": 1}),
        ({"a": ("en", "legal"), "b": ("en", "legal")}, 0.0, {"train": 2}),
        ({"a": ("en", "legal"), "b": ("en", "legal")}, 1.0, {"train": 1, "validation": 1}),
        ({str(i): ("en", "legal") for i in range(100)}, 0.1, {"train": 90, "validation": 10}),
    ],
)
def test_split_documents_gives_validation_its_share(strata, share, expected):
    assert Counter(split_documents(strata, validation_share=share, seed=17).values()) == expected


KINDS = st.tuples(st.sampled_from(["en", "ko"]), st.sampled_from(["legal", "code", "manual"]))


@given(st.lists(KINDS, min_size=2, max_size=24), st.floats(0.05, 0.95), st.integers(0, 3))
def test_split_documents_never_takes_the_last_of_a_language_or_domain_from_train(kinds, share, seed):
    strata = {f"doc{number}": kind for number, kind in enumerate(kinds)}
    splits = split_documents(strata, validation_share=share, seed=seed)
    train = [strata[doc_id] for doc_id, split in splits.items() if split == "train"]
    held_out = [strata[doc_id] for doc_id, split in splits.items() if split == "validation"]
    assert 1 <= len(held_out) <= max(1, round(share * len(kinds)))
    if len(held_out) > 1:
        assert {language for language, _ in train} == {language for language, _ in kinds}
        assert {domain for _, domain in train} == {domain for _, domain in kinds}


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("seed", range(5))
def test_split_documents_keeps_some_of_a_small_kind_however_much_is_asked_for(share, seed):
    strata = {f"lease{i}": ("en", "legal") for i in range(30)} | {f"code{i}": ("ko", "code") for i in range(3)}
    splits = split_documents(strata, validation_share=share, seed=seed)
    held_out = Counter(strata[doc_id] for doc_id, split in splits.items() if split == "validation")
    assert held_out["ko", "code"] == (2 if share == 0.9 else 1)
    assert held_out.total() == round(share * 33)


def test_select_rows_look_ups_yield_to_composed_questions_and_absent_ones_are_few():
    families = ["look_up"] * 300 + ["aggregate"] * 200 + ["not_answerable"] * 200
    candidates = [
        labels(number % 40, (number % 97) / 97, task=f"t{number % 9}", family=family, domain=f"d{number % 4}")
        for number, family in enumerate(families)
    ]
    recipe = ExportRecipe(max_language_share=1.0, short_context_turns=99)
    choices = select_rows(candidates, num_chars={c.doc_id: 100 for c in candidates}, recipe=recipe, seed=3)
    kept = Counter(c.family for c, choice in zip(candidates, choices, strict=True) if not choice.reason)
    total = sum(kept.values())
    assert total > 250
    assert kept["not_answerable"] <= 0.1 * total
    assert kept["look_up"] <= 0.45 * total
    reasons = Counter(choice.reason for choice in choices)
    assert reasons["not_answerable_share"] > 0 and reasons["look_up_share"] > 0


def test_select_rows_unanswerable_questions_come_first_where_there_is_little_room():
    candidates = [
        labels(doc, number / 40, task=f"t{number % 5}", family="not_answerable" if number % 5 == 4 else "aggregate")
        for doc in range(20)
        for number in range(30)
    ]

    def num_absent(least):
        recipe = ExportRecipe(min_not_answerable_share=least, max_domain_share=1.0, short_context_turns=5)
        choices = select_rows(
            candidates, num_chars=dict.fromkeys((c.doc_id for c in candidates), 9), recipe=recipe, seed=3
        )
        kept = [c.family for c, choice in zip(candidates, choices, strict=True) if not choice.reason]
        return kept.count("not_answerable") / len(kept)

    assert num_absent(0.1) == pytest.approx(0.1, abs=0.01)
    assert 0 < num_absent(0.05) <= 0.1


def test_select_rows_of_a_context_fill_at_most_a_number_of_rows():
    candidates = [labels(1, number / 400, task=f"t{number % 9}") for number in range(400)]
    recipe = ExportRecipe(max_rows_per_context=3, max_depth_share=1.0, max_turns_per_10k_chars=100.0)
    choices = select_rows(candidates, num_chars={"doc1": 100_000}, recipe=recipe, seed=3)
    assert sum(not choice.reason for choice in choices) == 3 * 8
    assert {choice.reason for choice in choices} == {"", "document_cap"}


def test_select_rows_keeps_two_questions_of_a_context_with_the_same_answer():
    candidates = [replace(labels(doc, n / 9, task=f"t{n}"), answer_hash=n % 2) for doc in (1, 2) for n in range(9)]
    recipe = ExportRecipe(max_depth_share=1.0, short_context_turns=99)
    choices = select_rows(candidates, num_chars={"doc1": 9, "doc2": 9}, recipe=recipe, seed=3)
    kept = Counter(
        (c.doc_id, c.answer_hash) for c, choice in zip(candidates, choices, strict=True) if not choice.reason
    )
    assert set(kept.values()) == {2}
    dropped = {(choice.reason, choice.detail) for choice in choices if choice.reason}
    assert dropped == {("answer_repeated", "The context has 2 other questions with the same answer.")}


def test_select_rows_share_rule_in_tokens_limits_long_contexts():
    long = [replace(labels(doc, n / 9), bucket=65_536, context_tokens=60_000) for doc in range(20) for n in range(8)]
    short = [labels(doc, n / 9) for doc in range(100, 300) for n in range(8)]
    rule = ShareRule(from_bucket=16_384, max=0.3)
    recipe = ExportRecipe(
        shares=(rule,), max_bucket_share=1.0, max_domain_share=1.0, max_task_share=1.0, max_balance_loss=0.9
    )
    sizes = {c.doc_id: 9 for c in long + short}
    choices = select_rows(long + short, num_chars=sizes, recipe=recipe, seed=3)
    kept = Counter()
    for candidate, choice in zip(long + short, choices, strict=True):
        if not choice.reason:
            kept[candidate.bucket] += candidate.context_tokens // 8 + 30
    assert 0.27 <= kept[65_536] / kept.total() <= 0.3
    detail = next(choice.detail for choice in choices if choice.reason == "share_1")
    assert detail == "Questions of the group from bucket 16384 would be more than 30.0% of all tokens."


def test_select_rows_look_ups_alone_are_kept():
    candidates = [
        labels(number % 4, (number % 10) / 10, task=f"t{number % 9}", family="look_up") for number in range(40)
    ]
    recipe = ExportRecipe(max_domain_share=1.0, max_language_share=1.0, short_context_turns=99)
    choices = select_rows(candidates, num_chars={c.doc_id: 100 for c in candidates}, recipe=recipe, seed=3)
    assert not any(choice.reason == "look_up_share" for choice in choices)


@given(
    # Of a stratum of one document none can be held out, so that others give more than their share.
    sizes=st.lists(st.integers(2, 60), min_size=1, max_size=6),
    share=st.sampled_from([0.1, 0.25, 0.5]),
    seed=st.integers(0, 1000),
)
def test_split_documents_takes_from_each_stratum_in_proportion(sizes, share, seed):
    strata = {f"{number}-{index}": ("en", f"d{number}") for number, size in enumerate(sizes) for index in range(size)}
    splits = split_documents(strata, validation_share=share, seed=seed)
    held_out = Counter(strata[doc_id][1] for doc_id, split in splits.items() if split == "validation")
    for number, size in enumerate(sizes):
        assert held_out[f"d{number}"] <= max(1, math.ceil(share * size) + 1)
