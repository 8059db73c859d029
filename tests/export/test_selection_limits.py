"""Selection at its limits: caps, shares and depth bins to the last row, and who is dropped where some must be."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.config.export import ExportRecipe
from pipeline.export.card import RowLabels, SourceDocument, TurnLabels, dataset_card
from pipeline.export.reach import Reach
from pipeline.export.selection import CandidateLabels, Choice, select_rows, split_documents
from pipeline.identity import content_id


def label(number: int, *, depth: float = 0.5, origin: str = "structural", doc: str = "d") -> CandidateLabels:
    return CandidateLabels(
        content_id(number, origin, doc), doc, doc, (depth,), "clause", "aggregate", is_trivial=False, origin=origin,
        language="en", domain="legal", reach=Reach.ALL_OF_A_KIND, bucket=1024, context_tokens=800, question_tokens=20,
        answer_tokens=10, answer_hash=number,
    )  # fmt: skip


def select(candidates: list[CandidateLabels], **changes: float) -> list[Choice]:
    settings = {
        "validation_share": 0.0,
        "max_written_share": 1.0,
        "max_turns_per_10k_chars": 0.1,
        "short_context_turns": 99,
        "depth_bins": 5,
        "max_depth_share": 1.0,
    }
    seed = int(changes.pop("seed", 17))
    recipe = ExportRecipe.model_validate({**settings, **changes})
    return select_rows(candidates, num_chars={one.doc_id: 100 for one in candidates}, recipe=recipe, seed=seed)


def kept(candidates: list[CandidateLabels], **changes: float) -> list[CandidateLabels]:
    choices = {choice.candidate_id: choice for choice in select(candidates, **changes)}
    return [candidate for candidate in candidates if not choices[candidate.candidate_id].reason]


def test_document_of_exactly_its_cap_of_candidates_keeps_all() -> None:
    candidates = [label(number) for number in range(4)]
    assert kept(candidates, short_context_turns=4) == candidates
    assert len(kept(candidates, short_context_turns=3)) == 3
    dropped = [choice for choice in select(candidates, short_context_turns=3) if choice.reason]
    assert [(choice.split, choice.reason, choice.detail) for choice in dropped] == [
        ("", "document_cap", "The context has 4 candidates; at most 3 can become turns.")
    ]


def test_each_depth_bin_gives_a_row_before_any_gives_two_and_the_deepest_counts_to_the_last() -> None:
    depths = [0.0, 0.1, 0.19, 0.2, 0.4, 0.6, 0.8, 1.0]
    candidates = [label(number, depth=depth) for number, depth in enumerate(depths)]
    for seed in range(8):
        chosen = [candidate.depths[0] for candidate in kept(candidates, short_context_turns=5, seed=seed)]
        assert sorted(min(4, int(depth * 5)) for depth in chosen) == [0, 1, 2, 3, 4]
    firsts = {
        candidate.depths[0] for seed in range(20) for candidate in kept(candidates, short_context_turns=1, seed=seed)
    }
    assert firsts == {0.0, 0.1, 0.19}, "the first bin comes first, in an order by seed"


def test_written_rows_are_dropped_by_seed_and_structural_ones_never() -> None:
    structural = [label(number) for number in range(5)]
    written = [label(number, origin="written") for number in range(20)]
    found = {
        frozenset(
            candidate.candidate_id
            for candidate in kept(structural + written, max_written_share=0.5, seed=seed)
            if candidate.origin == "written"
        )
        for seed in range(4)
    }
    assert {len(one) for one in found} == {5}
    assert len(found) == 4
    assert all(candidate in kept(structural + written, max_written_share=0.5) for candidate in structural)
    dropped = [choice for choice in select(structural + written, max_written_share=0.5) if choice.reason]
    assert {(choice.reason, choice.detail) for choice in dropped} == {
        ("mix", "Questions that a teacher wrote would be more than 50.0% of all questions.")
    }


@pytest.mark.parametrize(("share", "num_written"), [(0.6, 6), (0.75, 12), (0.8, 16), (2 / 3, 8)])
def test_written_rows_reach_their_share_exactly(share: float, num_written: int) -> None:
    candidates = [label(number) for number in range(4)] + [label(number, origin="written") for number in range(40)]
    chosen = kept(candidates, max_written_share=share)
    assert Counter(candidate.origin for candidate in chosen)["written"] == num_written


def test_dropped_rows_do_not_decide_about_the_split() -> None:
    documents = [label(number, doc=f"doc{number}") for number in range(10)]
    written_only = [label(number, doc=f"written{number}", origin="written") for number in range(10)]
    choices = select(documents + written_only, validation_share=0.3, max_written_share=0.0)
    assert Counter(choice.split for choice in choices) == {"": 10, "train": 7, "validation": 3}


@pytest.mark.parametrize(
    ("num_documents", "share", "num_validation"),
    [(2, 0.01, 1), (10, 0.14, 1), (10, 0.16, 2), (10, 0.95, 9), (10, 1.0, 9), (3, 0.5, 2), (1, 0.9, 0), (10, 0.0, 0)],
)
def test_validation_gets_the_nearest_number_of_documents_and_train_keeps_one(
    num_documents: int, share: float, num_validation: int
) -> None:
    strata = {f"doc{number}": ("en", "legal") for number in range(num_documents)}
    splits = split_documents(strata, validation_share=share, seed=3)
    assert Counter(splits.values())["validation"] == num_validation


def test_validation_is_drawn_by_seed_and_takes_every_kind_in_turn() -> None:
    strata = {f"{domain}{number}": ("en", domain) for domain in ("legal", "code", "manual") for number in range(6)}
    drawn = set()
    for seed in range(5):
        splits = split_documents(strata, validation_share=1 / 6, seed=seed)
        chosen = [doc_id for doc_id, split in splits.items() if split == "validation"]
        assert sorted(strata[doc_id][1] for doc_id in chosen) == ["code", "legal", "manual"]
        drawn.add(tuple(sorted(chosen)))
    assert len(drawn) > 1


def test_train_keeps_a_document_of_each_language_and_domain_before_validation_gets_its_share() -> None:
    strata = {"a": ("en", "legal"), "b": ("ko", "code"), "c": ("en", "code")}
    for seed in range(6):
        splits = split_documents(strata, validation_share=0.6, seed=seed)
        assert [doc_id for doc_id, split in splits.items() if split == "validation"] == ["c"]


def row(number: int, **changes: object) -> RowLabels:
    labels = {
        "split": "train",
        "domain": "legal",
        "language": "en",
        "bucket": 1024,
        "control_strings": 0,
        "num_tokens": 1000 + number,
        "num_loss_tokens": 10,
        "doc_id": f"d{number % 3}",
        "turns": (TurnLabels("qa", "written", "t"),),
    }
    return RowLabels(**{**labels, **changes})  # type: ignore[arg-type]


def card(rows: list[RowLabels], licences: tuple[str, ...] = ("MIT",)) -> str:
    documents = [SourceDocument(f"d{number}", licence, "u") for number, licence in enumerate(licences)]
    return dataset_card(
        name="n", rows=rows, documents=documents, jsonl_names=["train-00000.jsonl"], tokenizer="tok", seed=17
    )


@pytest.mark.parametrize(
    ("num_rows", "size"), [(1, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (9999, "1K<n<10K"), (10_000, "10K<n<100K")]
)
def test_card_names_the_size_of_the_set(num_rows: int, size: str) -> None:
    assert f"size_categories:\n- {size}\n" in card([row(number) for number in range(num_rows)])


def test_card_counts_rows_documents_and_tokens() -> None:
    rows = [row(number) for number in range(4)]
    turns = (TurnLabels("amount", "structural", "structural"), TurnLabels("qa", "written", "t"))
    rows += [row(9, split="validation", language="ko", turns=turns, bucket=2048)]
    text = card(rows, licences=("MIT", "CC0-1.0", "MIT"))
    assert "5 conversations with 6 questions about 3 whole documents" in text
    assert "50 of 5,015 tokens (1.00%) are answers." in text
    assert "| train | 4 | 4 | 3 | 4,006 | 40 | 1,003 |" in text
    assert "| validation | 1 | 2 | 1 | 1,009 | 10 | 1,009 |" in text
    assert "| English | legal | written | 4 |" in text
    assert "| Korean | legal | structural | 1 |" in text
    assert "| Korean | legal | written | 1 |" in text
    assert "| MIT | 2 |" in text
    assert "license:\n- cc0-1.0\n- mit\n" in text
    assert "Train at 1,280 tokens or more" in text
    assert "license: mit\n" in card(rows)
    assert "split: validation" in text
    assert "split: validation" not in card(rows[:4])


def test_card_says_which_written_turns_a_model_judged() -> None:
    unjudged = card([row(0)])
    assert "No model judged written answers" in unjudged and "by words and numbers, not by meaning" in unjudged
    turns = (TurnLabels("qa", "written", "t", judge="openai:j"), TurnLabels("qa", "written", "t"))
    judged = card([row(0, turns=turns), row(1, turns=(TurnLabels("amount", "structural", "structural"),))])
    assert "1 of 2 written turns were also judged by openai:j:" in judged
    assert "not by meaning" not in judged and "No model judged" not in judged


@pytest.mark.parametrize(("num_small", "share", "num_validation"), [(2, 0.6, 1), (3, 0.9, 2), (4, 0.9, 3)])
def test_train_keeps_a_document_of_a_small_kind_beside_a_large_one(
    num_small: int, share: float, num_validation: int
) -> None:
    strata = {f"ko{number}": ("ko", "code") for number in range(num_small)}
    strata |= {f"en{number}": ("en", "legal") for number in range(12)}
    for seed in range(6):
        splits = split_documents(strata, validation_share=share, seed=seed)
        small = Counter(split for doc_id, split in splits.items() if doc_id.startswith("ko"))
        large = Counter(split for doc_id, split in splits.items() if doc_id.startswith("en"))
        assert small["train"] >= 1
        assert large["train"] >= 1
        assert small["validation"] == num_validation
