"""`pipeline finetune`: trains a model with a longer context on a build. Read this module first.

`finetune` shows the steps of a training; the package `pipeline.train` implements them. torch and peft belong to the
extra `train` and are imported when a training starts.
"""

from __future__ import annotations

import os
from dataclasses import replace

from pipeline.config.distributed import Strategy
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import needing_extra
from pipeline.interrupt import terminate_as_interrupt
from pipeline.io.checksums import sums_of
from pipeline.io.files import exists, join, write_text
from pipeline.report.model_card import model_card
from pipeline.train.run.metrics import LOG_FOLDER, METRICS_FILE, TrainingObserver, read_metrics
from pipeline.train.run.record import Outcome, TrainingRecord, TrainingResult, write_record
from pipeline.train.run.stages import longest_stage
from pipeline.train.run.training_run import TrainingRun, hold_model_folder, open_run

_CARD = "README.md"


def finetune(
    recipe: Recipe, *, data: str, model: str | None, output: str, start: Start, observer: TrainingObserver
) -> TrainingResult:
    """Train a model on a build, stage by stage, with a scaled context, and write a folder that transformers can load.

    Args:
        recipe: the recipe; only its name, `finetune` section and seed are used.
        data: a build folder.
        model: the base model reference; None uses the recipe's.
        output: the local folder for the model.
        start: whether to resume an earlier run in that folder or remove it.
        observer: receives progress.

    Raises:
        InputError: the data is missing, a length is impossible, or the model or folder is not usable.
        FolderBusyError: another run holds the model folder, or a build is running in `data`.
        FolderLostError: another run took over the model folder.
        MissingExtraError: the extra `train`, or a tracker that the recipe names, is not installed.
        TrainingError: a step is abnormal (`train.loop.guard`), memory is exhausted, or a stage's RoPE scaling is not in
            force.
        DamagedFileError: a file of the build is damaged, or a finished model folder is damaged and has no checkpoint.
        DiskFullError: a checkpoint, the log or the model does not fit on the disk; the last checkpoint is complete.
        ExportError: the exported model differs when it is loaded again.
        KeyboardInterrupt: a signal stopped the training, after a checkpoint; the same call resumes.
    """
    with needing_extra("train", what="Fine-tuning"):
        import torch

        from pipeline.train.data.dataset import prepare_token_ids
        from pipeline.train.data.run_data import read_run_data
        from pipeline.train.distributed.process_ranks import join_ranks
        from pipeline.train.export.model_folder import export_model, whole_student
        from pipeline.train.export.summary import training_record
        from pipeline.train.loop.activations import choose_run_activations
        from pipeline.train.loop.best_checkpoint import load_best
        from pipeline.train.loop.checkpoint import newest_intact
        from pipeline.train.loop.fit import fit
        from pipeline.train.loop.interrupt import stop_on_signals
        from pipeline.train.loop.threads import choose_run_threads
        from pipeline.train.loop.trackers import resolve_trackers
        from pipeline.train.machine.device import deterministic_kernels, resolve_device
        from pipeline.train.machine.memory_meter import start_meter
        from pipeline.train.machine.threads import restored_threads
        from pipeline.train.machine.torchrun import launched_process
        from pipeline.train.memory.comparison import compare_memory
        from pipeline.train.memory.exhausted import explain_out_of_memory
        from pipeline.train.model.student import build_placed_student
        from pipeline.train.run.metrics import SilentObserver
    resolve_trackers(recipe.finetune.report_to)
    with (
        terminate_as_interrupt(),
        deterministic_kernels(recipe.finetune),
        join_ranks(recipe.finetune) as ranks,
        hold_model_folder(output, once=ranks.once),
        restored_threads(),
    ):
        run = ranks.once(
            lambda: open_run(recipe, data=data, base_model=model or recipe.finetune.model, output=output, start=start)
        )
        observer = observer if ranks.is_first else SilentObserver()
        finished = run.finished
        if finished is not None:
            ranks.once(lambda: _leave_card(run, finished))
            return TrainingResult(str(run.root), Outcome.ALREADY_DONE, finished)
        resumes_from = ranks.once(lambda: newest_intact(run.checkpoints, report=observer.on_phase))
        observer.on_phase("choosing the number of threads")
        torch.set_num_threads(ranks.once(lambda: choose_run_threads(run, resumes_from=resumes_from)))
        kept = ranks.once(lambda: choose_run_activations(run, resumes_from=resumes_from))
        outcome = Outcome.TRAINED if resumes_from is None else Outcome.RESUMED
        longest = longest_stage(run.stages)
        observer.on_phase("reading the data")
        tokens_folder = ranks.once(lambda: prepare_token_ids(run, observer=observer))
        run_data = read_run_data(run, tokens_folder=tokens_folder, observer=observer)
        observer.on_phase("loading the model")
        meter = start_meter(torch.device(resolve_device(run.settings.device, setting="finetune.device")))
        is_sharded = run.settings.distributed.strategy is Strategy.FSDP2
        processes = launched_process(os.environ).world_size
        with explain_out_of_memory(
            "loading the model",
            longest.settings,
            base_model=run.base_model,
            num_tokens=longest.settings.max_tokens,
            device=meter.device,
            shards=processes if is_sharded else 1,
            slices=run.settings.distributed.sequence_parallel,
            kept=kept,
        ):
            student = build_placed_student(
                run.base_model,
                run.stages[0].settings,
                seed=run.seed,
                place=lambda model, device: ranks.place(model, longest.settings, device),
                kept=kept,
            )
        with stop_on_signals() as stop:
            student = fit(student, run_data, run, ranks=ranks, observer=observer, stop=stop)
        metrics = read_metrics(run.logs)
        best = load_best(student, run_data, run, metrics, ranks=ranks, observer=observer)
        memory = compare_memory(
            run.for_stage(longest),
            steps=[step for step in metrics.steps if step.stage == longest.name],
            meter=meter,
            shards=student.parallel.shards,
            slices=student.parallel.slices,
            kept=student.activations,
        )
        observer.on_phase("merging, saving, reloading and comparing")
        num_trainable = sum(p.numel() for p in student.trainables().values())
        probe = run_data.longest_row(run.stages[-1])
        trained = whole_student(student, run, ranks)

        def leave_model() -> TrainingRecord:
            exported = export_model(trained, run.root, base_model=run.base_model, probe_ids=probe.ids_T.tolist())
            log = sums_of(run.root, [f"{LOG_FOLDER}/{METRICS_FILE}"])
            record = training_record(
                run,
                run_data,
                trained,
                metrics,
                num_trainable=num_trainable,
                memory=memory,
                best=best,
                exported=replace(exported, files={**exported.files, **log}),
            )
            write_text(join(str(run.root), _CARD), model_card(record, metrics.steps))
            write_record(str(run.root), record)
            return record

        record = ranks.once(leave_model)
    return TrainingResult(str(run.root), outcome, record)


def _leave_card(run: TrainingRun, record: TrainingRecord) -> None:
    """Write a finished folder's model card again if it was deleted."""
    path = join(str(run.root), _CARD)
    if not exists(path):
        write_text(path, model_card(record, read_metrics(run.logs).steps))
