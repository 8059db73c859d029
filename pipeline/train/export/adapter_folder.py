"""Writes what a training with adapters has changed as a PEFT folder, without the base model's weights.

Takes a student with adapters. Writes `adapter_model.safetensors`, `adapter_config.json`, the tokenizer, and the model's
whole `config.json` with the scaled RoPE: PEFT's own format has no place for a scaling, and an adapter on an unscaled
base model answers worse without saying so. Embeddings and norms that trained beside the adapters are written as PEFT's
`modules_to_save`. Used by `pipeline convert`.
"""

from __future__ import annotations

from pathlib import Path

from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import save_file
from torch import Tensor

from pipeline.errors import InputError
from pipeline.io import files
from pipeline.io.folders import settle_files
from pipeline.io.models import hub_name
from pipeline.train.export.tokenizer_files import write_tokenizer
from pipeline.train.layers.fused import remove_fused_layers
from pipeline.train.model.student import Student
from pipeline.train.rope.legacy_keys import write_legacy_keys

WEIGHTS_FILE = "adapter_model.safetensors"
CONFIG_FILE = "adapter_config.json"
_CARD_FILE = "README.md"
_PREFIX = "base_model.model."
_CARD = """\
---
base_model: {base}
library_name: peft
---
# An adapter of {base}

`config.json` is the model's whole config with its RoPE scaling ({method} × {factor:g}, {max_tokens:,} tokens). Load the
base model with it; without it, the adapter runs on unscaled positions, and nothing says so:

```python
from peft import PeftModel
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

folder = "PATH/TO/THIS/FOLDER"
base = AutoModelForCausalLM.from_pretrained("{base}", config=AutoConfig.from_pretrained(folder))
model = PeftModel.from_pretrained(base, folder)
tokenizer = AutoTokenizer.from_pretrained(folder)
```
{beside}"""
_BESIDE = """
Embeddings or norms trained beside the adapters and are in this folder too (`modules_to_save`). Servers that add
adapters to a running model, such as vLLM, do not read them: merge first (`model.merge_and_unload()`).
"""


def export_adapter(student: Student, folder: Path, *, base_model: str, probe_ids: list[int]) -> None:
    """Write the student's adapters, and the weights that trained beside them, into an empty folder.

    Raises:
        InputError: the recipe trains every weight, so there are no adapters.
        ExportError: the written tokenizer gives other ids than the base model's.
    """
    if student.adapted is None:
        raise InputError(
            "This run trains every weight (finetune.tuning.method full), so it has no adapter.",
            remedy="Leave out --adapter: the whole model is what it has.",
        )
    remove_fused_layers(student.model)
    beside = _trained_beside(student)
    weights = {
        name: tensor.detach().to("cpu").contiguous()
        for name, tensor in get_peft_model_state_dict(student.adapted, save_embedding_layers=False).items()
    }
    weights |= {f"{_PREFIX}{name}": tensor for name, tensor in beside.items()}
    save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})
    base = hub_name(base_model)
    modules = sorted({name.rpartition(".")[0] for name in beside})
    _write_config(student.adapted, folder, base=base, modules=modules)
    student.model.config.save_pretrained(folder)
    write_legacy_keys(folder)
    write_tokenizer(base_model, folder, max_tokens=student.scaling.max_tokens, probe_ids=probe_ids)
    scaling = student.scaling
    card = _CARD.format(
        base=base,
        method=scaling.method,
        factor=scaling.factor,
        max_tokens=scaling.max_tokens,
        beside=_BESIDE if beside else "",
    )
    (folder / _CARD_FILE).write_text(card, encoding="utf-8")
    settle_files(folder)


def _trained_beside(student: Student) -> dict[str, Tensor]:
    """Return copies of the trained weights that are no adapters, in the student's dtype, by their name in the model.

    A head that is tied to the embeddings is written too: PEFT's copy of the embeddings is no longer tied to it.
    """
    names = {name: parameter for name, parameter in student.trainables().items() if "lora_" not in name}
    embeddings, head = student.model.get_input_embeddings(), student.model.get_output_embeddings()
    if head is not None and any(parameter is embeddings.weight for parameter in names.values()):
        (head_name,) = (name for name, module in student.model.named_modules() if module is head)
        names.setdefault(f"{head_name}.weight", head.weight)
    return {name: parameter.detach().to("cpu", student.dtype, copy=True) for name, parameter in names.items()}


def _write_config(adapted: PeftModel, folder: Path, *, base: str, modules: list[str]) -> None:
    (config,) = adapted.peft_config.values()
    written = {
        name: sorted(value) if isinstance(value, set) else value
        for name, value in config.to_dict().items()
        if name not in ("runtime_config",)
    }
    written |= {
        "base_model_name_or_path": base,
        "inference_mode": True,
        "modules_to_save": modules or None,
    }
    files.write_json(str(folder / CONFIG_FILE), written)
