"""The short form of `python -m tests.fuzz`: every target, some inputs, in this process or in children."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from . import runner, targets
from .inputs import hostile


@pytest.mark.parametrize("name", [each.name for each in targets.TARGETS])
def test_hostile_inputs_end_as_promised(name: str) -> None:
    subject = targets.target(name)
    seeds = subject.seeds()
    outcomes = {subject.run(seed) for seed in seeds}
    outcomes |= {subject.run(hostile(seeds, number, seed=7)) for number in range(12)}
    assert outcomes & {"kept", "loaded", "located", "read"}, f"no input got past the door: {outcomes}"


@pytest.mark.parametrize("name", [each.name for each in targets.TARGETS])
@given(data=st.binary(max_size=200))
@settings(max_examples=5, derandomize=True)
def test_any_bytes_end_as_promised(name: str, data: bytes) -> None:
    assert targets.target(name).run(data)


@given(text=st.text(alphabet=st.characters(blacklist_categories=()), max_size=120))
@settings(max_examples=25, derandomize=True)
def test_any_characters_of_a_reply_end_as_promised(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    assert targets.target("teacher replies").run(data)


def test_inputs_are_the_same_for_the_same_seed() -> None:
    seeds = targets.target("reader json lines").seeds()
    inputs = [hostile(seeds, number, seed=3) for number in range(50)]
    assert inputs == [hostile(seeds, number, seed=3) for number in range(50)]
    assert len(set(inputs)) > 35
    assert inputs != [hostile(seeds, number, seed=4) for number in range(50)]


@pytest.mark.workers
def test_run_target_counts_every_input_of_a_child(tmp_path: Path) -> None:
    tally = runner.run_target("evidence locator", engine="mutate", num_inputs=20, seed=1, broken_folder=tmp_path)
    assert (tally.num_inputs, tally.findings) == (20, [])
    assert tally.outcomes == {"located": 20}


@pytest.mark.workers
def test_run_target_a_hang_and_a_crash_are_counted_and_the_next_input_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUZZ_PROBE", str(tmp_path / "calls"))
    tally = runner.run_target(
        "probe", engine="mutate", num_inputs=6, seed=1, broken_folder=tmp_path, deadline_seconds=3.0
    )
    assert tally.num_inputs == 6
    assert tally.outcomes == {"hang": 1, "died": 1, "crash": 1, "unaccounted": 1, "fine": 2}
    assert len(tally.findings) == 4
    assert tally.num_crashes == 2


@pytest.mark.workers
@pytest.mark.skipif(not runner.has_atheris(), reason="atheris has wheels for Linux only")
def test_run_target_guided_inputs_are_counted(tmp_path: Path) -> None:
    tally = runner.run_target("checked JSON", engine="atheris", num_inputs=30, seed=1, broken_folder=tmp_path)
    assert (tally.num_inputs, tally.findings) == (30, [])
