"""The device that a recipe asks for."""

from __future__ import annotations

import pytest
import torch

from pipeline.errors import InputError
from pipeline.train.device import resolve_device


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
@pytest.mark.parametrize("requested", ["cuda", "cuda:1"])
def test_cuda_that_is_not_there_is_refused_under_the_key_that_asks_for_it(requested: str) -> None:
    with pytest.raises(InputError, match=rf"^finetune\.device is {requested}, but torch sees no CUDA") as raised:
        resolve_device(requested, setting="finetune.device")
    assert raised.value.remedy == "Set finetune.device to auto or cpu."


def test_auto_is_the_cpu_where_there_is_no_cuda() -> None:
    assert resolve_device("auto", setting="device") == ("cuda" if torch.cuda.is_available() else "cpu")
    assert resolve_device("cpu", setting="device") == "cpu"
