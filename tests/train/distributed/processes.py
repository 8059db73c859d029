"""Several processes of one training, as torchrun would start them, forked from a server that has torch loaded."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import torch
from small_student import ObserverWithSignal, losses, small_recipe

from pipeline.config.start import Start
from pipeline.errors import PipelineError
from pipeline.finetune import finetune

_TIMEOUT_SECONDS = 180
_SERVER = multiprocessing.get_context("forkserver")
# The server finds the project, not the folder of this file.
_SERVER.set_forkserver_preload(
    [
        "pipeline.finetune",
        "pipeline.report.training_page",
        "pipeline.train.distributed.process_ranks",
        "pipeline.train.export.model_folder",
        "pipeline.train.loop.fit",
        "pipeline.train.export.summary",
        "transformers.models.llama.modeling_llama",
    ]
)


@dataclass(frozen=True)
class Training:
    """What every process of a training is told."""

    model: str
    build: str
    output: str
    settings: dict[str, object] = field(default_factory=dict)
    stop_after: int | None = None
    """The first process gets SIGTERM after this step,"""
    stop_in_pass: int = 0
    """in the pass over a pack that is the n-th after it; 0 is before any."""
    start: Start = Start.RESUME


@dataclass(frozen=True)
class Ended:
    """How one process ended."""

    how: str
    """`done`, `interrupted`, `exit N` or the error's class."""
    losses: Sequence[float] = ()
    grad_norms: Sequence[float] = ()
    first_step: int = 0
    value: Any = None


def train(training: Training) -> Ended:
    """`finetune` in this process."""
    observer = ObserverWithSignal(after_step=training.stop_after, in_pass=training.stop_in_pass)
    how = "done"
    try:
        with observer.watching():
            finetune(
                small_recipe(training.model, **training.settings),
                data=training.build,
                model=None,
                output=training.output,
                start=training.start,
                observer=observer,
            )
    except KeyboardInterrupt:
        how = "interrupted"
    except PipelineError as error:
        how = type(error).__name__
    except SystemExit as leaving:
        how = f"exit {leaving.code}"
    first_step = observer.plans[0].first_step if observer.plans else 0
    return Ended(how, losses(observer), [step.grad_norm for step in observer.steps], first_step)


def run_processes(count: int, work: Callable[[Any], Ended], told: Any) -> list[Ended]:
    """Run `work(told)` in `count` processes that know of each other; how each ended, by rank."""
    port = _free_port()
    started = []
    for rank in range(count):
        ours, theirs = _SERVER.Pipe(duplex=False)
        process = _SERVER.Process(target=_process, args=(rank, count, port, work, told, theirs))
        process.start()
        theirs.close()
        started.append((process, ours))
    ended = []
    try:
        for rank, (_, ours) in enumerate(started):
            assert ours.poll(_TIMEOUT_SECONDS), f"process {rank} says nothing"
            ended.append(ours.recv())
    finally:
        for process, _ in started:
            process.join(1 if len(ended) < count else None)
            process.kill()
    return ended


def _process(rank: int, count: int, port: int, work: Callable[[Any], Ended], told: Any, answer: Connection) -> None:
    os.environ |= {
        "TORCHELASTIC_RUN_ID": "test",
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "LOCAL_WORLD_SIZE": str(count),
        "WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    torch.set_num_threads(1)
    answer.send(work(told))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
