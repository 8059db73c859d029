"""Which errors say that memory is short, and what is advised then."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_student import small_recipe, write_small_model

from pipeline.errors import TrainingError
from pipeline.train.machine.memory import GIB, process_bytes, this_machine
from pipeline.train.memory.exhausted import advice, explain_out_of_memory, is_out_of_memory
from pipeline.train.memory.process import predict_process_memory
from pipeline.train.memory.remedies import Remedy
from pipeline.train.memory.shapes import shapes_of
from pipeline.train.rope.scaled_config import scaled_config


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 4.58 GiB."),
        torch.AcceleratorError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
    ],
)
def test_errors_for_want_of_gpu_or_host_memory_are_out_of_memory(error: RuntimeError) -> None:
    assert is_out_of_memory(error)


def test_other_errors_are_not_out_of_memory() -> None:
    assert not is_out_of_memory(RuntimeError("CUDA error: an illegal memory access was encountered"))


def test_advice_goes_as_far_as_it_must() -> None:
    found = [Remedy(f"s{i}", f"e{i}", saves_bytes=10, peak_bytes=90 - 10 * i, longest_tokens=0) for i in range(3)]
    assert advice(found, 95) == "--set s0 (e0)"
    assert advice(found, 80) == "--set s0 (e0) --set s1 (e1)"
    assert advice(found, 10) == "a smaller finetune.max_tokens with --set s0 (e0) --set s1 (e1) --set s2 (e2)"
    assert advice([], 10) == "a smaller finetune.max_tokens"


def test_memory_that_runs_out_names_what_it_did_the_pack_and_what_to_change(tmp_path: Path) -> None:
    model = write_small_model(tmp_path)
    settings = small_recipe(model, memory={"mlp_tile_tokens": None, "fused_layers": False}).finetune
    config = scaled_config(model, settings.rope)
    machine = this_machine("cpu")
    for num_tokens, shards, slices in ((1234, 1, 1), (4321, 2, 1), (4321, 1, 3)):
        predicted = predict_process_memory(
            shapes_of(config)(settings), settings, num_tokens=num_tokens, shards=shards, slices=slices
        )
        with (
            pytest.raises(TrainingError) as explained,
            explain_out_of_memory(
                "in step 7 (stage read)", settings, base_model=model, num_tokens=num_tokens,
                device=torch.device("cpu"), shards=shards, slices=slices,
            ),
        ):  # fmt: skip
            raise torch.OutOfMemoryError("out of memory")
        available = process_bytes(machine, local_processes=1) / GIB
        assert explained.value.message == (
            f"Out of memory in step 7 (stage read): a pack of {num_tokens:,} tokens is predicted to need "
            f"{predicted.peak_bytes / GIB:.2f} GiB, and this host's memory has {available:.2f} GiB for tensors."
        )
        remedy = explained.value.remedy or ""
        assert remedy.startswith("Try --set finetune.memory.fused_layers=true (faster as well)")
        assert remedy.endswith("; pipeline finetune --plan predicts what each setting saves.")


def test_errors_of_another_kind_pass_as_they_are(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match=r"^shapes differ$"),
        explain_out_of_memory(
            "loading", small_recipe("none").finetune, base_model="none", num_tokens=1, device=torch.device("cpu"),
            shards=1, slices=1,
        ),
    ):  # fmt: skip
        raise RuntimeError("shapes differ")


def test_advice_ends_at_the_first_remedy_that_fits_exactly() -> None:
    found = [Remedy("a", "x", 1, 101, 0), Remedy("b", "y", 1, 100, 0), Remedy("c", "z", 1, 99, 0)]
    assert advice(found, 100) == "--set a (x) --set b (y)"
    assert advice(found, 99) == "--set a (x) --set b (y) --set c (z)"
    assert advice(found, 98) == "a smaller finetune.max_tokens with --set a (x) --set b (y) --set c (z)"
