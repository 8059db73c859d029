"""The one process that trains alone."""

from __future__ import annotations

import torch
from small_student import small_config, small_recipe
from transformers import LlamaForCausalLM

from pipeline.train.distributed.parallel import WHOLE
from pipeline.train.distributed.ranks import OneRank


def test_one_rank_computes_all_and_changes_nothing() -> None:
    ranks = OneRank()
    model = LlamaForCausalLM(small_config(num_hidden_layers=1))
    assert ranks.place(model, small_recipe("none").finetune, torch.device("cpu")) is WHOLE
    assert (ranks.is_first, ranks.slice_number, WHOLE.shards, WHOLE.slices) == (True, 0, 1, 1)
    assert list(ranks.share([5, 9, 2])) == [0, 1, 2] and list(ranks.share([])) == []
    assert ranks.sum([1.5, 2.0]) == [1.5, 2.0] and ranks.gather(["a", "b"]) == ["a", "b"]
    assert [ranks.any(flag) for flag in (True, False)] == [True, False]
    assert [WHOLE.anywhere(flag, torch.device("cpu")) for flag in (True, False)] == [True, False]
    assert ranks.once(lambda: "done") == "done"
    (weight, *_) = model.parameters()
    weight.grad = torch.full_like(weight, 3.0)
    ranks.sum_gradients([weight])
    ranks.wait()
    assert float(weight.grad.min()) == float(weight.grad.max()) == 3.0
