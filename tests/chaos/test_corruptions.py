"""The short form of the corruptions: seven of them, one after another, on one small build with a teacher's answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from .corruptions import KINDS, Damage, choose, cycle, make_clean_build, planned
from .server import CountingServer

pytestmark = [pytest.mark.end_to_end, pytest.mark.model]


def test_planted_damage_is_named_and_mended_to_the_same_bytes(tmp_path: Path) -> None:
    with CountingServer() as server:
        clean = make_clean_build(tmp_path, server, seed=1)
        every = planned(clean.folder, clean.earlier, seed=1)
        assert len(every) >= 30
        assert {one.kind for one in every} == set(KINDS)
        assert {one.damage for one in every} == set(Damage)
        asked = server.asked().total()
        assert asked > 0
        tried = choose(every, 7)
        assert [cycle(clean, one, tmp_path / "copy") for one in tried] == [""] * 7, tried
        assert server.asked().total() == asked, "no stored answer is asked again"
