"""What several ranks make of their parts: sums of gradients and values, one list of items, shares of a step's packs."""

from __future__ import annotations

import pytest
import torch
from rank_threads import on_ranks
from small_student import small_config, small_recipe
from torch import nn
from transformers import LlamaForCausalLM

from pipeline.errors import InputError
from pipeline.train.distributed import gradients
from pipeline.train.distributed.process_ranks import ProcessRanks


def _weights() -> list[nn.Parameter]:
    return [
        nn.Parameter(torch.zeros(3)),
        nn.Parameter(torch.zeros(2, 2)),
        nn.Parameter(torch.zeros(4, dtype=torch.float64)),
        nn.Parameter(torch.zeros(1)),
    ]


@pytest.mark.parametrize("bucket", [1, 4, 1 << 24])
def test_gradient_is_the_sum_over_ranks_where_one_has_none_too(monkeypatch: pytest.MonkeyPatch, bucket: int) -> None:
    """Loss weights are of the whole step, so a mean would train with a fraction of the recipe's gradient."""
    monkeypatch.setattr(gradients, "_BUCKET_ELEMENTS", bucket)

    def complete(ranks: ProcessRanks, rank: int) -> list[torch.Tensor]:
        weights = _weights()
        for place, weight in enumerate(weights):
            if (rank, place) != (1, 0):
                start = 10.0**rank * (place + 1)
                weight.grad = (start + torch.arange(weight.numel(), dtype=weight.dtype)).view_as(weight)
        ranks.sum_gradients(weights)
        return [weight.grad for weight in weights if weight.grad is not None]

    results = on_ranks(3, complete)
    for summed in results:
        assert [(total.shape, total.dtype) for total in summed] == [(w.shape, w.dtype) for w in _weights()]
        for place, total in enumerate(summed):
            starts = [10.0**rank * (place + 1) for rank in range(3) if (rank, place) != (1, 0)]
            expected = sum(start + torch.arange(total.numel(), dtype=total.dtype) for start in starts)
            assert torch.equal(total, torch.as_tensor(expected).view_as(total)), place


def test_clipping_tells_the_norm_before_and_leaves_the_limit() -> None:
    weights = _weights()[:2]
    weights[0].grad, weights[1].grad = torch.tensor([3.0, 0.0, 0.0]), torch.tensor([[0.0, 4.0], [0.0, 0.0]])
    assert gradients.clip_gradients(weights, max_norm=5.0) == 5.0
    assert weights[0].grad.tolist() == pytest.approx([3.0, 0.0, 0.0], rel=1e-5)
    assert gradients.clip_gradients(weights, max_norm=1.0) == pytest.approx(5.0, rel=1e-5)
    assert weights[0].grad.tolist() == pytest.approx([0.6, 0.0, 0.0], rel=1e-4)
    assert weights[1].grad.flatten().tolist() == pytest.approx([0.0, 0.8, 0.0, 0.0], rel=1e-4)


def test_values_are_summed_items_gathered_and_flags_heard_on_every_rank() -> None:
    def told(ranks: ProcessRanks, rank: int) -> tuple[object, ...]:
        ranks.wait()
        sums, items = ranks.sum([rank, 10.0]), ranks.gather([f"{rank}a", f"{rank}b"][: rank + 1])
        return ranks.is_first, sums, items, ranks.any(rank == 2), ranks.any(False)

    first, second, third = on_ranks(3, told)
    assert first == (True, [3.0, 30.0], ["0a", "1a", "1b", "2a", "2b"], True, False)
    assert second == third == (False, *first[1:])


def test_slices_of_one_pack_count_once() -> None:
    def told(ranks: ProcessRanks, rank: int) -> tuple[object, ...]:
        return ranks.slice_number, ranks.sum([1.0]), ranks.gather([rank // 2]), list(ranks.share([4, 3, 2]))

    results = on_ranks(4, told, degree=2)
    assert [slice_number for slice_number, *_ in results] == [0, 1, 0, 1]
    assert [result[1:3] for result in results] == [([2.0], [0, 1])] * 4
    assert results[0][3] == results[1][3], "slices of one pack compute the same packs"
    shares = [results[0][3], results[2][3]]
    assert sorted(index for share in shares for index in share if index is not None) == [0, 1, 2]  # type: ignore[attr-defined]


@pytest.mark.parametrize("costs", [(5,), (9, 1, 1, 1, 1), (1, 2, 3, 4, 5, 6, 7), (1,) * 6])
def test_every_pack_of_a_step_is_computed_by_one_rank_and_all_make_as_many_passes(costs: tuple[int, ...]) -> None:
    shares = on_ranks(3, lambda ranks, _: list(ranks.share(costs)))
    assert sorted(index for share in shares for index in share if index is not None) == list(range(len(costs)))
    assert len({len(share) for share in shares}) == 1
    assert max(sum(costs[i] for i in share if i is not None) for share in shares) <= max(max(costs), sum(costs) / 2)


def test_action_runs_on_the_first_rank_alone_and_its_result_and_error_reach_all() -> None:
    ran: list[int] = []

    def act(ranks: ProcessRanks, rank: int) -> object:
        def once() -> str:
            ran.append(rank)
            return f"made by {rank}"

        def refuse() -> None:
            raise InputError("No.", remedy="Yes.")

        made = ranks.once(once)
        try:
            ranks.once(refuse)
        except InputError as error:
            return made, error.message
        except SystemExit as error:
            return made, error.code
        return made, None

    results = on_ranks(3, act)
    assert ran == [0]
    assert results == [("made by 0", "No."), *[("made by 0", 2)] * 2]


def test_model_is_placed_as_the_recipe_says_and_refused_where_its_packs_cannot_be_cut() -> None:
    def placed(ranks: ProcessRanks, rank: int) -> tuple[object, ...]:
        model = LlamaForCausalLM(small_config())
        recipe = small_recipe("none", distributed={"strategy": "ddp", "sequence_parallel": 2}).finetune
        parallel = ranks.place(model, recipe, torch.device("cpu"))
        assert parallel.sequence is not None
        return parallel.root, parallel.shards, parallel.slices, parallel.sequence.number

    assert on_ranks(4, placed, degree=2) == [(None, 1, 2, 0), (None, 1, 2, 1)] * 2

    def refused(ranks: ProcessRanks, rank: int) -> tuple[str, str | None]:
        recipe = small_recipe("none", distributed={"strategy": "ddp", "sequence_parallel": 4}).finetune
        with pytest.raises(InputError) as error:
            ranks.place(LlamaForCausalLM(small_config()), recipe, torch.device("cpu"))
        return error.value.message, error.value.remedy

    said = "finetune.distributed.sequence_parallel is 4, but a layer has 2 query heads."
    assert set(on_ranks(4, refused, degree=4)) == {
        (said, "Lower finetune.distributed.sequence_parallel; with 1, no pack is shared.")
    }


def test_stop_is_heard_by_the_slices_of_a_pack_and_by_no_other_replica() -> None:
    def heard(ranks: ProcessRanks, rank: int) -> list[bool]:
        recipe = small_recipe("none", distributed={"strategy": "ddp", "sequence_parallel": 2}).finetune
        parallel = ranks.place(LlamaForCausalLM(small_config()), recipe, torch.device("cpu"))
        return [parallel.anywhere(rank == asked, torch.device("cpu")) for asked in (0, 3, 9)]

    found = on_ranks(4, heard, degree=2)
    assert found == [[True, False, False]] * 2 + [[False, True, False]] * 2


def test_gradients_share_a_bucket_up_to_its_size_and_of_one_dtype_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradients, "_BUCKET_ELEMENTS", 7)
    sizes = [[weight.numel() for weight in bucket] for bucket in gradients._buckets(_weights())]
    assert sizes == [[3, 4], [4], [1]]
    monkeypatch.setattr(gradients, "_BUCKET_ELEMENTS", 6)
    assert [[weight.numel() for weight in bucket] for bucket in gradients._buckets(_weights()[:2])] == [[3], [4]]
