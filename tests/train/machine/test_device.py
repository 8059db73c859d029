"""The device a recipe asks for."""

from __future__ import annotations

import pytest
import torch

from pipeline.errors import InputError
from pipeline.train.machine.device import resolve_device


@pytest.mark.parametrize(
    ("requested", "has_cuda", "device"),
    [
        ("auto", True, "cuda"), ("auto", False, "cpu"), ("cpu", True, "cpu"), ("cpu", False, "cpu"),
        ("cuda", True, "cuda"), ("cuda:1", True, "cuda:1"), ("cuda", False, None), ("cuda:1", False, None),
    ],
)  # fmt: skip
def test_device_is_what_is_asked_for_or_cuda_where_there_is_one(
    requested: str, has_cuda: bool, device: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    if device is not None:
        assert resolve_device(requested, setting="finetune.device") == device
        return
    with pytest.raises(InputError) as refused:
        resolve_device(requested, setting="rope_search.device")
    assert refused.value.message == f"rope_search.device is {requested}, but torch sees no CUDA device."
    assert refused.value.remedy == "Set rope_search.device to auto or cpu."
