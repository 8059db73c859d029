"""Decide how several processes divide a training: what a recipe asks for, what prevents it, what `auto` is. No torch.

In: a recipe, a model's shape, the number of processes and the memory of each. Out: a `Division`. Used where a model is
placed and by `finetune --plan`, so that a plan matches the training.
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
    """Return how `processes` would divide a training, with `auto` decided.

    Args:
        shape: shape of the whole model.
        recipe: the `finetune` section.
        processes: processes of the run.
        process_bytes: memory that each process has for tensors.

    Raises:
        InputError: the processes cannot be divided as the recipe says.
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
    """Return `ddp` if a whole training is predicted to fit each process's memory or cannot be sharded, else `fsdp2`."""
    if sharding_obstacle(recipe, model_type=shape.model_type, one_by_one=shape.one_by_one):
        return Strategy.DDP
    slices = recipe.distributed.sequence_parallel
    needed = predict_process_memory(shape, recipe, num_tokens=recipe.max_tokens, shards=1, slices=slices).peak_bytes
    return Strategy.FSDP2 if needed > process_bytes else Strategy.DDP


def longest_divided_pack(shape: ModelShape, recipe: FinetuneRecipe, *, division: Division, process_bytes: int) -> int:
    """Return the most tokens of a pack that fits every process; `auto` shards the weights if a pack needs it."""
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
        InputError: it does not divide their number.
    """
    if processes % slices:
        raise InputError(
            f"finetune.distributed.sequence_parallel is {slices}, which does not divide the {processes} "
            f"{'process' if processes == 1 else 'processes'} of this run.",
            remedy=f"Start a multiple of {slices}: torchrun --nproc-per-node {slices} -m pipeline finetune …; "
            f"with --plan, --processes {slices}",
        )


def slicing_obstacle(slices: int, *, model_type: str, one_by_one: bool, num_heads: int) -> str:
    """Return why `slices` processes cannot share a pack; empty if they can."""
    if slices > 1 and one_by_one:
        return f"a {model_type} model has layers that read a document in order"
    return f"a layer has {num_heads} query heads" if slices > num_heads else ""


def check_slicing(slices: int, *, model_type: str, one_by_one: bool, num_heads: int) -> None:
    """Refuse to share packs if the model does not allow it.

    Raises:
        InputError: the model reads documents in order, or there are more processes than query heads.
    """
    if obstacle := slicing_obstacle(slices, model_type=model_type, one_by_one=one_by_one, num_heads=num_heads):
        raise InputError(
            f"finetune.distributed.sequence_parallel is {slices}, but {obstacle}.",
            remedy="Lower finetune.distributed.sequence_parallel; with 1, no pack is shared.",
        )


def sharding_obstacle(recipe: FinetuneRecipe, *, model_type: str, one_by_one: bool) -> str:
    """Return why a model in training cannot be sharded; empty if it can."""
    if one_by_one:
        # Each document of a pack is a separate pass, and all processes must make the same number of passes.
        return f"a {model_type} model takes the documents of a pack one by one"
    if recipe.tuning.method is TuningMethod.QLORA:
        return "4-bit weights cannot be sharded"
    if recipe.optimizer.kind is not OptimizerKind.ADAMW:
        return f"optimizer {recipe.optimizer.kind.value} does not support sharded weights"
    return ""


def check_sharding(recipe: FinetuneRecipe, *, model_type: str, one_by_one: bool) -> None:
    """Refuse to shard a training that cannot be sharded.

    Raises:
        InputError: the model or its optimizer cannot be sharded.
    """
    if obstacle := sharding_obstacle(recipe, model_type=model_type, one_by_one=one_by_one):
        raise InputError(
            f"finetune.distributed.strategy is fsdp2, but {obstacle}.",
            remedy="Set finetune.distributed.strategy to ddp.",
        )
