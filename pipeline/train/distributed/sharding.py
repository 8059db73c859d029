"""Shards weights over all processes with torch's FSDP2 (`fully_shard`), and gathers them again.

Takes the student's model with adapters and fused layers, on any device, and shards it in place; returns the root module
around it. Used by `process_ranks` and by the export, which gathers the weights. Each decoder layer is gathered
separately; weights outside the layers stay gathered for the whole pass. Every backward pass sums gradients into shards,
so only shards accumulate. Weights are gathered, and gradients reduced, in their own dtypes, so the numbers are those of
one process: frozen weights in the student's dtype, trained weights and gradients in float32, products in autocast's
dtype.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from torch import Tensor, nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.attention.placement import Isolation, isolation_of
from pipeline.train.distributed.parallel import PackPass
from pipeline.train.layers.text_stack import decoder_layers
from pipeline.train.memory.division import check_sharding


def shard(model: PreTrainedModel, recipe: FinetuneRecipe, mesh: DeviceMesh) -> PackPass:
    """Shard a model in place, layer by layer.

    If the model is on the host, it is moved in parts: while this function runs, a GPU never holds more than one whole
    layer, or the weights outside the layers.

    Args:
        model: the model, with its trained weights already chosen; on the host or on the mesh's device.
        recipe: how the model trains.
        mesh: all processes, in one dimension.

    Raises:
        InputError: the model, its 4-bit weights or its optimizer cannot be sharded.
    """
    one_by_one = isolation_of(model) is Isolation.ONE_BY_ONE
    check_sharding(recipe, model_type=model.config.model_type, one_by_one=one_by_one)
    precision = MixedPrecisionPolicy()
    for layer in decoder_layers(model):
        fully_shard(layer, mesh=mesh, mp_policy=precision)
    root = PackPass(model)
    fully_shard(root, mesh=mesh, mp_policy=precision)
    for module in root.modules():
        if isinstance(module, FSDPModule):
            # A step's loss is a sum over its tokens, not a mean over processes.
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)
    return root


def gather_weights(parameters: Mapping[str, nn.Parameter]) -> Iterator[tuple[str, Tensor]]:
    """Yield the name and whole tensor of each sharded weight, one at a time; skip weights that are not sharded.

    All processes must iterate to the end, because each weight is gathered from all of them.
    """
    for name, parameter in parameters.items():
        weight = parameter.detach()
        if isinstance(weight, DTensor):
            yield name, weight.full_tensor()
