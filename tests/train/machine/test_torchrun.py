"""What torchrun says, and what stands without it."""

from __future__ import annotations

from pipeline.train.machine.torchrun import LaunchedProcess, launched_process


def test_without_torchrun_there_is_one_process_whatever_a_scheduler_has_set() -> None:
    assert launched_process({"RANK": "3", "WORLD_SIZE": "8"}) == LaunchedProcess(0, 0, 1, 1)


def test_torchrun_s_variables_are_read() -> None:
    environment = {
        "TORCHELASTIC_RUN_ID": "none",
        "RANK": "9",
        "LOCAL_RANK": "1",
        "LOCAL_WORLD_SIZE": "8",
        "WORLD_SIZE": "16",
    }
    process = launched_process(environment)
    assert process == LaunchedProcess(rank=9, local_rank=1, local_world_size=8, world_size=16)
    assert not process.is_first


def test_first_process_is_the_first_of_all_machines() -> None:
    for rank, local_rank, is_first in ((0, 0, True), (8, 0, False), (1, 1, False)):
        assert LaunchedProcess(rank, local_rank, 8, 16).is_first is is_first
