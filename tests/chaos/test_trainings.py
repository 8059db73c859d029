"""Short forms of the harnesses of trainings: three kills, two full disks."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from .commands import WarmStart
from .full_disk import can_mount
from .full_disk_training import TrainingTrials
from .killed_trainings import TrainingCampaign
from .small_training import PRELOADED, prepare_training

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(sys.platform != "linux", reason="inotify and tmpfs are Linux's"),
]


def test_training_killed_three_times_ends_in_the_same_curve_and_model(tmp_path: Path) -> None:
    campaign = TrainingCampaign(prepare_training(tmp_path / "small"), WarmStart(PRELOADED))
    campaign.measure()
    campaign.run(3, per_training=3, draw=random.Random(2))
    assert campaign.deviations == []
    assert campaign.hits.total() == 3 and campaign.num_same == campaign.num_trainings


@pytest.mark.skipif(not can_mount(), reason="mounting a tmpfs needs root")
def test_trainings_on_full_disks_end_with_one_sentence_and_go_on_to_the_same_curve(tmp_path: Path) -> None:
    trials = TrainingTrials(prepare_training(tmp_path / "small"), WarmStart(PRELOADED))
    trials.measure()
    for number, aim in enumerate(("checkpoint", "export")):
        trials.fill(number, random.Random(1), aim=aim)
    assert trials.deviations == []
    assert trials.full.total() == trials.same.total() == 2
