"""Prediction beside measurement: the embedded model trains in a process of its own, whose peak is read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch

from pipeline.config.finetune import FinetuneRecipe
from pipeline.io.models import EMBEDDED_MODEL
from pipeline.train.memory.host_allocator import return_freed_tensors
from pipeline.train.memory.measure import start_meter
from pipeline.train.memory.predict import predict_memory
from pipeline.train.memory.shapes import model_shape
from pipeline.train.scaled_config import scaled_config

_NUM_TOKENS = 2048
_STEPS = """
import sys
import numpy as np, torch
from peft import PeftModel
from pipeline.config.finetune import FinetuneRecipe
from pipeline.train.batch import collate
from pipeline.train.forward import pack_loss
from pipeline.train.memory.measure import start_meter
from pipeline.train.model import build_student
from pipeline.train.optimizer import build_optimizer
from pipeline.train.rows import TokenizedRow
num_tokens = int(sys.argv[1])
recipe = FinetuneRecipe(device="cpu")
meter = start_meter(torch.device("cpu"))
student = build_student(recipe.model, recipe, seed=1)
optimizer = build_optimizer(student.model, recipe, device=student.device)
row = TokenizedRow("row", np.arange(100, 100 + num_tokens, dtype=np.int32), np.ones(num_tokens, dtype=bool), 1.0)
batch = collate([row], device=student.device)
student.model.train()
for _ in range(2):
    sums = pack_loss(student, batch, [1.0 / num_tokens], z_loss=0.0, chunk_tokens=recipe.loss.chunk_tokens)
    torch.autograd.backward(sums.loss)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
print(meter.peak_bytes())
"""


@pytest.mark.model
def test_prediction_for_the_embedded_model_is_near_the_measured_peak() -> None:
    command = [sys.executable, "-c", _STEPS, str(_NUM_TOKENS)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(finished.stdout.splitlines()[-1])
    recipe = FinetuneRecipe(device="cpu")
    shape = model_shape(scaled_config(EMBEDDED_MODEL, recipe.rope), recipe)
    predicted = predict_memory(shape, recipe, num_tokens=_NUM_TOKENS).peak_bytes
    assert predicted == pytest.approx(measured, rel=0.2)


def test_meter_sees_a_tensor_that_came_and_went_and_not_what_was_before() -> None:
    before = torch.ones(64 << 20, dtype=torch.uint8)
    del before
    return_freed_tensors()
    meter = start_meter(torch.device("cpu"))
    held = torch.ones(96 << 20, dtype=torch.uint8)
    size = held.numel()
    del held
    assert size * 0.9 < meter.peak_bytes() < size * 1.5
