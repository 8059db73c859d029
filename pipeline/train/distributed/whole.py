"""A trained student with all its weights in one process, for the export.

In: a student after training, in all processes. Out: in the first process, one whose weights are whole. Weights that do
not train are those of the base model, so only what trains is gathered; the rest is loaded again. Cost where weights are
sharded: loading the model once more, and what trains twice on the first process's host.
"""

from __future__ import annotations

import torch

from pipeline.train.distributed.sharding import gather_weights
from pipeline.train.model import Student, build_student
from pipeline.train.ranks import Ranks
from pipeline.train.run import TrainingRun


@torch.no_grad()
def whole_student(student: Student, run: TrainingRun, ranks: Ranks) -> Student:
    """The student, rebuilt for the run's last stage in the first process where its weights are sharded.

    Called by all processes; the others get their own student back.
    """
    if student.parallel.root is None:
        return student
    gathered = {name: weight.cpu() for name, weight in gather_weights(student.trainables()) if ranks.is_first}
    if not ranks.is_first:
        return student
    rebuilt = build_student(run.base_model, run.stages[-1].settings, seed=run.seed)
    trainables = rebuilt.trainables()
    assert trainables.keys() == gathered.keys(), "the same recipe trains the same weights"
    for name, weight in gathered.items():
        trainables[name].copy_(weight)
    return rebuilt
