"""The exported folder: loads anywhere, equals the trained model, and is refused when it does not."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from small_architectures import write_random_model
from small_student import ORIGINAL_TOKENS, small_recipe, write_small_model
from torch.multiprocessing.reductions import StorageWeakRef
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from pipeline.errors import DiskFullError, ExportError
from pipeline.io.checksums import find_problems
from pipeline.train.export.model_folder import compare_reloaded, export_model, merge, probe
from pipeline.train.model.student import Student, build_student
from pipeline.train.run.record import ReloadCheck

PROBE_IDS = [(7 * i) % 251 for i in range(300)]
ROPES = {
    "linear": {"method": "linear", "factor": 2.0},
    "dynamic": {"method": "dynamic", "factor": 2.0},
    "yarn": {"method": "yarn", "factor": 2.0},
    "llama3": {"method": "llama3", "factor": 2.0},
    "longrope": {"method": "longrope", "factor": 2.0, "long_factors": [1, 1, 1.2, 1.4, 1.6, 1.8, 2, 2]},
}


def _trained(folder: Path, **finetune: object) -> Student:
    """A student whose trained weights all differ from the base model's."""
    recipe = small_recipe(write_small_model(folder), **finetune).finetune
    student = build_student(recipe.model, recipe, seed=1)
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in student.trainables().values():
            parameter += torch.randn_like(parameter) * 0.1
    return student


@pytest.mark.parametrize("method", ROPES)
def test_exported_folder_reloads_with_equal_logits_and_the_scaling(tmp_path: Path, method: str) -> None:
    student = _trained(tmp_path / "base", rope=ROPES[method])
    check = export_model(student, tmp_path, base_model=str(tmp_path / "base"), probe_ids=PROBE_IDS).reload
    assert check.max_abs_logit_difference == 0.0
    assert check.num_tokens == 300
    assert check.first_positions == (0, 2 * ORIGINAL_TOKENS - 300)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["rope_parameters"]["rope_type"] == method
    assert config["rope_parameters"]["rope_theta"] == 10000.0
    multiplied_by_reader = method in ("linear", "dynamic")
    assert config["max_position_embeddings"] == ORIGINAL_TOKENS * (1 if multiplied_by_reader else 2)
    assert not (tmp_path / "export.partial").exists()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_merged_weights_are_base_plus_adapter_and_tied_once(tmp_path: Path, dtype: str) -> None:
    student = _trained(tmp_path / "base", dtype=dtype)
    name = "model.layers.1.mlp.up_proj"
    layer = student.model.get_submodule(name)
    lora_a, lora_b = layer.lora_A["default"].weight.detach(), layer.lora_B["default"].weight.detach()
    expected = layer.base_layer.weight.detach().float() + (8.0 / 4) * lora_b @ lora_a
    embeddings = student.model.get_input_embeddings().weight.detach().clone()
    export_model(student, tmp_path, base_model=str(tmp_path / "base"), probe_ids=PROBE_IDS)
    saved = load_file(tmp_path / "model.safetensors")
    wanted_dtype = getattr(torch, dtype)
    assert {tensor.dtype for tensor in saved.values()} == {wanted_dtype}
    assert torch.allclose(saved[f"{name}.weight"].float(), expected, atol=1e-6 if dtype == "float32" else 2e-2)
    assert torch.equal(saved["model.embed_tokens.weight"], embeddings.to(wanted_dtype))
    assert "lm_head.weight" not in saved
    assert not any("lora" in key for key in saved)


def test_exported_files_follow_the_umask_though_safetensors_makes_them_private(tmp_path: Path) -> None:
    student = _trained(tmp_path / "base", dtype="bfloat16")
    before = os.umask(0o022)
    try:
        export_model(student, tmp_path / "model", base_model=str(tmp_path / "base"), probe_ids=PROBE_IDS)
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "model").iterdir()}
    assert modes["model.safetensors"] == 0o644
    assert set(modes.values()) == {0o644}


def test_exported_folder_is_complete(tmp_path: Path) -> None:
    student = _trained(tmp_path / "base", dtype="bfloat16")
    export_model(student, tmp_path, base_model=str(tmp_path / "base"), probe_ids=PROBE_IDS)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert "<|im_start|>" in tokenizer.chat_template
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert config["rope_scaling"]["type"] == "yarn" and config["rope_theta"] == 10000.0, "older servers read these"
    assert tokenizer.model_max_length == 2 * ORIGINAL_TOKENS
    assert (tmp_path / "generation_config.json").is_file()
    model = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert model.dtype is torch.bfloat16
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    # The rotary frequencies must not have been rounded with the weights.
    assert model.model.rotary_emb.inv_freq.dtype is torch.float32


@pytest.mark.parametrize("umask", [0o022, 0o027])
def test_exported_files_may_be_read_as_the_umask_says(tmp_path: Path, umask: int) -> None:
    student = _trained(tmp_path / "base")
    before = os.umask(umask)
    try:
        exported = export_model(student, tmp_path, base_model=str(tmp_path / "base"), probe_ids=PROBE_IDS)
    finally:
        os.umask(before)
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in exported.files}
    assert "model.safetensors" in modes and modes == dict.fromkeys(modes, 0o666 & ~umask)


def test_model_that_does_not_fit_on_the_disk_leaves_nothing_and_the_earlier_one_whole(tmp_path: Path) -> None:
    student = _trained(tmp_path / "base")
    earlier = tmp_path / "model.safetensors"
    earlier.write_bytes(b"earlier")

    def export_into_small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # refused much as by a full disk
        try:
            export_model(student, tmp_path, base_model=str(tmp_path / "base"), probe_ids=PROBE_IDS)
        except DiskFullError:
            os._exit(1)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=export_into_small_files)
    process.start()
    process.join()
    assert process.exitcode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base", "model.safetensors"]
    assert earlier.read_bytes() == b"earlier"


def test_folder_with_one_changed_weight_is_refused(tmp_path: Path) -> None:
    student = _trained(tmp_path / "base")
    merged = merge(student)
    expected = probe(merged, student.scaling, PROBE_IDS)
    merged.save_pretrained(tmp_path / "saved")
    weights = load_file(tmp_path / "saved" / "model.safetensors")
    weights["model.norm.weight"][0] += 0.01
    save_file(weights, tmp_path / "saved" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ExportError, match="differ from the trained model's by up to"):
        compare_reloaded(expected, tmp_path / "saved", student.scaling)


def test_folder_with_a_weight_that_is_no_number_is_refused(tmp_path: Path) -> None:
    student = _trained(tmp_path / "base")
    merged = merge(student)
    expected = probe(merged, student.scaling, PROBE_IDS)
    merged.model.norm.weight.data[0] = float("nan")
    merged.save_pretrained(tmp_path / "saved")
    with pytest.raises(ExportError, match="by up to nan"):
        compare_reloaded(expected, tmp_path / "saved", student.scaling)


def test_folder_that_lost_its_scaling_is_refused(tmp_path: Path) -> None:
    student = _trained(tmp_path / "base")
    assert student.scaling.method == "yarn"
    merged = merge(student)
    expected = probe(merged, student.scaling, PROBE_IDS)
    merged.save_pretrained(tmp_path / "saved")
    config = json.loads((tmp_path / "saved" / "config.json").read_text())
    config["rope_parameters"] = {"rope_type": "default", "rope_theta": 10000.0}
    (tmp_path / "saved" / "config.json").write_text(json.dumps(config))
    with pytest.raises(ExportError, match="yarn is not in force"):
        compare_reloaded(expected, tmp_path / "saved", student.scaling)


def test_written_weights_are_given_back_before_the_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storages are watched, since other tensors may share them; the caller keeps its student all the while."""
    student = _trained(tmp_path / "base", dtype="bfloat16")
    written: list[StorageWeakRef] = []
    alive_when_read: list[int] = []
    save, load = LlamaForCausalLM.save_pretrained, AutoModelForCausalLM.from_pretrained

    def watching_save(model: LlamaForCausalLM, folder: Path) -> None:
        written.extend(StorageWeakRef(weight.untyped_storage()) for weight in model.parameters())
        save(model, folder)

    def watching_load(folder: Path, **options: bool) -> LlamaForCausalLM:
        alive_when_read.append(sum(not weight.expired() for weight in written))
        return load(folder, **options)

    monkeypatch.setattr(LlamaForCausalLM, "save_pretrained", watching_save)
    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", watching_load)
    export_model(student, tmp_path, base_model=str(tmp_path / "base"), probe_ids=PROBE_IDS)
    assert len(written) > 10
    assert alive_when_read == [0]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_student_on_a_gpu_is_merged_and_compared_on_the_host(tmp_path: Path) -> None:
    student = _trained(tmp_path / "base", dtype="bfloat16", device="cuda")
    held = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    check = export_model(student, tmp_path, base_model=str(tmp_path / "base"), probe_ids=PROBE_IDS).reload
    assert check.max_abs_logit_difference == 0.0
    assert torch.cuda.max_memory_allocated() <= held
    assert torch.cuda.memory_allocated() < held


def test_probe_is_a_text_of_at_most_384_tokens_at_both_ends_of_the_context(tmp_path: Path) -> None:
    for name, ids, num_tokens in (("long", [i % 251 for i in range(500)], 384), ("short", list(range(20)), 20)):
        student = _trained(tmp_path / name / "base")
        exported = export_model(student, tmp_path / name, base_model=str(tmp_path / name / "base"), probe_ids=ids)
        assert exported.reload == ReloadCheck(0.0, 0.0, num_tokens, (0, 2 * ORIGINAL_TOKENS - num_tokens))
        files = {path.name for path in (tmp_path / name).iterdir() if path.is_file()}
        assert exported.files.keys() == files >= {"model.safetensors", "config.json", "tokenizer.json"}
        assert find_problems(tmp_path / name, exported.files) == {}


def test_probed_logits_are_the_models_own_at_each_first_position(tmp_path: Path) -> None:
    student = _trained(tmp_path / "base", rope=ROPES["longrope"])
    merged = merge(student)
    found = probe(merged, student.scaling, PROBE_IDS[:40])
    assert (found.ids, found.first_positions) == (tuple(PROBE_IDS[:40]), (0, 984))
    ids_1T = torch.tensor([PROBE_IDS[:40]])
    with torch.no_grad():
        for first, logits_TV in zip(found.first_positions, found.logits_TV, strict=True):
            positions_1T = torch.arange(first, first + 40)[None]
            assert torch.allclose(logits_TV, merged(input_ids=ids_1T, position_ids=positions_1T).logits[0], atol=1e-5)
    assert not torch.allclose(*found.logits_TV, atol=1e-3), "the long list rotates otherwise"
    assert not any(weight.requires_grad for weight in merged.parameters()) and not merged.training


def test_refused_export_says_by_how_much_and_leaves_nothing(tmp_path: Path) -> None:
    student = _trained(tmp_path / "base")
    merged = merge(student)
    expected = probe(merged, student.scaling, PROBE_IDS)
    merged.save_pretrained(tmp_path / "saved")
    shifted = replace(expected, logits_TV=(expected.logits_TV[0], expected.logits_TV[1] + 0.5))
    with pytest.raises(ExportError) as refused:
        compare_reloaded(shifted, tmp_path / "saved", student.scaling)
    assert refused.value.message == (
        "The logits of the reloaded exported model differ from the trained model's by up to 0.5."
    )
    assert refused.value.remedy == (
        "The exported files were removed. Please report this with the versions of torch, transformers and peft."
    )


def test_files_that_prepare_images_come_along_from_a_base_that_sees(tmp_path: Path) -> None:
    reference = write_random_model(tmp_path / "base", "gemma3 that sees")
    for name in ("preprocessor_config.json", "processor_config.json"):
        (tmp_path / "base" / name).write_text(f'{{"kept": "{name}"}}')
    recipe = small_recipe(reference, rope={"method": "none"}, max_tokens=256).finetune
    student = build_student(reference, recipe, seed=1)
    export_model(student, tmp_path / "out", base_model=reference, probe_ids=PROBE_IDS[:50])
    for name in ("preprocessor_config.json", "processor_config.json"):
        assert json.loads((tmp_path / "out" / name).read_text()) == {"kept": name}
