"""A trained student with all its weights in one process, for the export.

In: a student after training, in all processes. Out: in the first process, one whose weights are whole, on the host: the
model may be too large for any of the GPUs. Weights that do not train are those of the base model, so only what trains
is gathered, one weight after the other into the model that was loaded again. Cost where weights are sharded: the model
once on the first process's host, and on every GPU one whole weight at a time.
"""

from __future__ import annotations

import torch

from pipeline.train.distributed.sharding import gather_weights
from pipeline.train.model import Student, build_student
from pipeline.train.ranks import Ranks
from pipeline.train.run import TrainingRun


@torch.no_grad()
def whole_student(student: Student, run: TrainingRun, ranks: Ranks) -> Student:
    """The student, rebuilt on the host for the run's last stage in the first process where its weights are sharded.

    Called by all processes; the others get their own student back.
    """
    if student.parallel.root is None:
        return student
    on_host = run.stages[-1].settings.model_copy(update={"device": "cpu"})
    rebuilt: list[Student] = []
    ranks.once(lambda: rebuilt.append(build_student(run.base_model, on_host, seed=run.seed)))
    targets = rebuilt[0].trainables() if ranks.is_first else {}
    gathered = set()
    for name, weight in gather_weights(student.trainables()):
        if ranks.is_first:
            targets[name].copy_(weight)
            gathered.add(name)
    assert targets.keys() == gathered, "the same recipe trains the same weights"
    return rebuilt[0] if ranks.is_first else student
