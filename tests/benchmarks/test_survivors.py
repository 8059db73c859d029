"""The groups of near duplicates for which a person decided what to keep."""

from __future__ import annotations

import pytest

from benchmarks._survivor_sheet import BOTH, choose, read_groups
from benchmarks.survivors import is_right
from pipeline.config.build import DedupRecipe


@pytest.mark.parametrize("sheet", ["sheet", "held_out"])
def test_nearly_all_groups_keep_what_a_person_keeps(sheet: str) -> None:
    groups = read_groups(sheet)
    wrong = [group.name for group in groups if not is_right(group, choose(group, DedupRecipe()))]
    assert len(groups) >= 40
    assert len(wrong) <= 0.05 * len(groups), wrong


def test_sheets_cover_every_domain_and_language() -> None:
    groups = [group for sheet in ("sheet", "held_out") for group in read_groups(sheet)]
    assert len({(group.domain, group.language) for group in groups}) == 8
    assert len({group.name for group in groups}) == len(groups)
    assert sum(group.keep == BOTH for group in groups) >= 2
    assert all(group.keep == BOTH or group.keep in group.texts for group in groups)
