"""Decides how several processes divide a training run: what the recipe asks for, what prevents it, what `auto` means.

Takes a recipe, a model's shape, the number of processes and the memory of each. Returns a `Division`: shards divide the
weights (strategy `fsdp2`), slices divide each pack (sequence parallelism). Used where a model is placed, by
`finetune --plan`, so that a plan matches the training, and by `remedies`. Does not import torch.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.config.distributed import Strategy
from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.optimizer import OptimizerKind
from pipeline.config.tuning import TuningMethod
from pipeline.errors import InputError
from pipeline.train.memory.predict import ModelShape
from pipeline.train.memory.process import Division, longest_pack, predict_process_memory


def divide(shape: ModelShape, recipe: FinetuneRecipe, *, processes: int, process_bytes: int) -> Division:
    """Return how processes would divide a training run, with strategy `auto` resolved.

    Args:
        shape: shape of the whole model.
        recipe: the `finetune` section.
        processes: number of processes of the run.
        process_bytes: memory that each process has for tensors.

    Raises:
        InputError: the run cannot be divided as the recipe says.
    """
    slices = recipe.distributed.sequence_parallel
    check_slices(slices, processes)
    if processes == 1:
        return Division(processes=1, shards=1, slices=1)
    check_slicing(slices, model_type=shape.model_type, one_by_one=shape.one_by_one, num_heads=shape.num_heads)
    strategy = recipe.distributed.strategy
    if strategy is Strategy.FSDP2:
        check_sharding(recipe, model_type=shape.model_type, one_by_one=shape.one_by_one)
    elif strategy is Strategy.AUTO:
        strategy = auto_strategy(shape, recipe, process_bytes=process_bytes)
    return Division(processes=processes, shards=processes if strategy is Strategy.FSDP2 else 1, slices=slices)


def auto_strategy(shape: ModelShape, recipe: FinetuneRecipe, *, process_bytes: int) -> Strategy:
    """Return `ddp` if the weights cannot be sharded or need not be, else `fsdp2`.

    They need not be if a step with whole weights and a pack of `max_tokens` is predicted to fit `process_bytes`.
    """
    if sharding_obstacle(recipe, model_type=shape.model_type, one_by_one=shape.one_by_one):
        return Strategy.DDP
    slices = recipe.distributed.sequence_parallel
    needed = predict_process_memory(shape, recipe, num_tokens=recipe.max_tokens, shards=1, slices=slices).peak_bytes
    return Strategy.FSDP2 if needed > process_bytes else Strategy.DDP


def longest_divided_pack(shape: ModelShape, recipe: FinetuneRecipe, *, division: Division, process_bytes: int) -> int:
    """Return the maximum number of tokens in a pack that fits every process, or 0 if none fits.

    With strategy `auto`, sharded weights are tried as well.
    """
    divisions = [division]
    obstacle = sharding_obstacle(recipe, model_type=shape.model_type, one_by_one=shape.one_by_one)
    if recipe.distributed.strategy is Strategy.AUTO and not obstacle:
        divisions.append(replace(division, shards=division.processes))
    return max(
        longest_pack(shape, recipe, memory_bytes=process_bytes, shards=each.shards, slices=each.slices)
        for each in divisions
    )


def check_slices(slices: int, processes: int) -> None:
    """Refuse a degree of sequence parallelism that does not divide the number of processes.

    Raises:
        InputError: the number of processes is not a multiple of `slices`.
    """
    if processes % slices:
        raise InputError(
            f"finetune.distributed.sequence_parallel is {slices}, which does not divide the {processes} "
            f"{'process' if processes == 1 else 'processes'} of this run.",
            remedy=f"Start {slices} processes or a multiple: torchrun --nproc-per-node {slices} -m pipeline finetune "
            f"…; with --plan, use --processes {slices}",
        )


def slicing_obstacle(slices: int, *, model_type: str, one_by_one: bool, num_heads: int) -> str:
    """Return why `slices` processes cannot share a pack; an empty string if they can."""
    if slices > 1 and one_by_one:
        return f"a {model_type} model takes the documents of a pack one by one"
    heads = "1 query head" if num_heads == 1 else f"{num_heads} query heads"
    return f"a layer has {heads}" if slices > num_heads else ""


def check_slicing(slices: int, *, model_type: str, one_by_one: bool, num_heads: int) -> None:
    """Refuse to share packs if the model does not allow it.

    Raises:
        InputError: the model takes documents one by one, or there are more slices than query heads.
    """
    if obstacle := slicing_obstacle(slices, model_type=model_type, one_by_one=one_by_one, num_heads=num_heads):
        raise InputError(
            f"finetune.distributed.sequence_parallel is {slices}, but {obstacle}.",
            remedy="Lower finetune.distributed.sequence_parallel; with 1, no pack is shared.",
        )


def sharding_obstacle(recipe: FinetuneRecipe, *, model_type: str, one_by_one: bool) -> str:
    """Return why a model cannot be sharded in training; an empty string if it can."""
    if one_by_one:
        # Each document of a pack is a separate pass, but all processes must make the same number of passes.
        return f"a {model_type} model takes the documents of a pack one by one"
    if recipe.tuning.method is TuningMethod.QLORA:
        return "4-bit weights cannot be sharded"
    if recipe.optimizer.kind is not OptimizerKind.ADAMW:
        return f"optimizer {recipe.optimizer.kind.value} does not support sharded weights"
    return ""


def check_sharding(recipe: FinetuneRecipe, *, model_type: str, one_by_one: bool) -> None:
    """Refuse to shard a model that cannot be sharded in training.

    Raises:
        InputError: the model, its 4-bit weights or its optimizer cannot be sharded.
    """
    if obstacle := sharding_obstacle(recipe, model_type=model_type, one_by_one=one_by_one):
        raise InputError(
            f"finetune.distributed.strategy is fsdp2, but {obstacle}.",
            remedy="Set finetune.distributed.strategy to ddp.",
        )
