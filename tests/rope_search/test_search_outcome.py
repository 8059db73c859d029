"""What a search of RoPE factors finds for a small model, as approved."""

from __future__ import annotations

from pathlib import Path

import pytest
from approved_outcome import check_approved
from test_rope_search import SETTINGS, Silent, _search

from pipeline.config.rope import PrefixStates, RopeSearchRecipe

MORE = SETTINGS.model_copy(update={"start_tokens": (0, 4), "max_evaluations": 24, "documents": 3})


@pytest.mark.parametrize(
    ("name", "settings"),
    [("reused", MORE), ("recomputed", SETTINGS.model_copy(update={"prefix_states": PrefixStates.RECOMPUTED}))],
)
def test_search_measures_and_finds_what_was_approved(tmp_path: Path, name: str, settings: RopeSearchRecipe) -> None:
    observer = Silent()
    found = _search(tmp_path, observer, settings)
    lines = [f"{observer.planned} planned"]
    lines += [f"candidate {perplexity:.3f}" for perplexity in observer.perplexities]
    lines += [f"{seed} {perplexity:.3f}" for seed, perplexity in found.seeds.items()]
    lines += [f"best so far {value:.3f}" for value in found.ranking]
    lines += [f"divisor {value:.4f}" for value in found.divisors]
    lines += [f"attention {found.attention_factor:.5f}, of {found.origin}"]
    for where, one in (("search", found.on_search_documents), ("held out", found.on_held_out_documents)):
        lines.append(f"{where}: {one.searched:.3f} and yarn {one.yarn:.3f}")
    lines += [f"to {found.target_tokens} from {found.original_max_tokens}", f"start {found.best_with_start_tokens}"[:9]]
    lines += [*found.notes, *Path(found.fragment).read_text(encoding="utf-8").splitlines()]
    check_approved(f"rope_search_{name}.txt", lines, relative=2e-3)


def test_measurement_is_found_again_by_all_it_depends_on_and_by_nothing_else(tmp_path: Path) -> None:
    few = SETTINGS.model_copy(update={"max_evaluations": 6, "documents": 1})
    _search(tmp_path, Silent(), few)
    store = tmp_path / "search" / "fitness.jsonl"
    first = len(store.read_text(encoding="utf-8").splitlines())

    def measured_anew(**changes: object) -> bool:
        before = len(store.read_text(encoding="utf-8").splitlines())
        _search(tmp_path, Silent(), few.model_copy(update=changes))
        return len(store.read_text(encoding="utf-8").splitlines()) - before >= first // 2

    assert first > 5
    assert not measured_anew(max_evaluations=5), "how long it looks says nothing of a candidate"
    assert measured_anew(scored_tokens=16)
    assert measured_anew(dtype="bfloat16")
