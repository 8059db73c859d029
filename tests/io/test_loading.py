import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_student import small_config, small_tokenizer, write_small_model

from pipeline.errors import InputError, TeacherError
from pipeline.evaluate.subjects.huggingface import describe_model, load_model
from pipeline.evaluate.subjects.subject import Role
from pipeline.io.loading import cannot_load, resolve_weights
from pipeline.leaks import _load as load_for_leaks
from pipeline.synthesize.teachers.transformers import TransformersOptions, TransformersTeacher
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.model.student import load_scaled_model
from pipeline.train.rope.methods import make_method

RAN = "code of the model ran"


@pytest.fixture
def pickled(tmp_path: Path) -> str:
    """A model whose weights are a pickle that leaves a file behind when it is loaded carelessly."""
    folder = tmp_path / "pickled"
    write_small_model(folder)
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    return str(folder)


def loaders(reference: str) -> list:
    return [
        lambda: load_scaled_model(reference, make_method("yarn"), dtype=torch.float32),
        lambda: load_model(reference, dtype="float32", device="cpu"),
        lambda: TransformersTeacher(TransformersOptions(model=reference, dtype="float32", max_model_tokens=64)),
        lambda: load_for_leaks(reference),
    ]


def test_weights_as_pickles_alone_are_refused_everywhere_with_the_way_out(pickled):
    assert resolve_weights("owner/model") == "owner/model"
    for load in loaders(pickled):
        with pytest.raises(InputError, match=r"pytorch_model\.bin, a pickle") as caught:
            load()
        assert "save_pretrained" in caught.value.remedy


def test_a_folder_without_weights_is_refused_by_the_library_s_words(tmp_path):
    small_config().save_pretrained(tmp_path)
    small_tokenizer().save_pretrained(tmp_path)
    for load in loaders(str(tmp_path)):
        with pytest.raises((InputError, TeacherError), match="safetensors"):
            load()


def test_pickles_beside_safetensors_are_not_read(tmp_path):
    reference = write_small_model(tmp_path / "both")
    (tmp_path / "both" / "pytorch_model.bin").write_bytes(b"\x80\x04no pickle at all")
    for load in loaders(reference):
        load()


@pytest.fixture
def with_code(tmp_path: Path) -> tuple[str, Path]:
    """A model of a kind of its own, whose code leaves a file behind when it is run."""
    folder, trace = tmp_path / "with-code", tmp_path / "ran"
    write_small_model(folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "unheard_of",
        "architectures": ["UnheardOfForCausalLM"],
        "auto_map": {"AutoConfig": "code.UnheardOfConfig", "AutoModelForCausalLM": "code.UnheardOfForCausalLM"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    source = f"from transformers import LlamaConfig\nopen({str(trace)!r}, 'w').write({RAN!r})\n"
    (folder / "code.py").write_text(source + "class UnheardOfConfig(LlamaConfig):\n    model_type = 'unheard_of'\n")
    return str(folder), trace


def test_a_model_that_needs_code_of_its_own_is_refused_by_that_reason_and_none_is_run(with_code):
    reference, trace = with_code
    for load in (*loaders(reference), lambda: describe_model(reference, name="model", role=Role.TUNED)):
        with pytest.raises((InputError, TeacherError), match="needs Python code that comes with the model"):
            load()
    assert not trace.exists()


def test_a_tokenizer_that_needs_code_of_its_own_is_refused_and_none_is_run(tmp_path):
    folder, trace = tmp_path / "tokenizer", tmp_path / "ran"
    folder.mkdir()
    auto_map = {"AutoTokenizer": ["code.Own", None]}
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "Own", "auto_map": auto_map}))
    (folder / "code.py").write_text(f"open({str(trace)!r}, 'w').write({RAN!r})\nclass Own: ...\n")
    with pytest.raises(InputError, match=r"the tokenizer of .*: it needs Python code that comes with the model"):
        load_tokenizer(str(folder))
    assert not trace.exists()


def test_other_reasons_keep_the_library_s_words_and_the_caller_s_remedy():
    error = cannot_load("config", "owner/model", OSError("no  such\n repository"), remedy="Look again.")
    assert (error.message, error.remedy) == (
        "Cannot load the config of 'owner/model': no such repository.",
        "Look again.",
    )


@pytest.mark.parametrize("part", ["model", "teacher", "weights"])
@pytest.mark.parametrize(
    "said",
    [
        "owner/model does not appear to have a file named model.safetensors",
        "Error no file named model.safetensors,\n or model.safetensors.index.json, found in directory base.",
    ],
)
def test_a_model_without_safetensors_is_answered_with_how_to_convert_it(part: str, said: str) -> None:
    for given in (dict[str, str](), {"remedy": "Look again."}):
        error = cannot_load(part, "owner/model", OSError(said), **given)
        assert error.message.endswith("it has no weights in safetensors format.")
        assert "'owner/model'" in error.message
        assert "safetensors files" in error.remedy and "save_pretrained" in error.remedy
        assert "Look again" not in error.remedy and "access to the hub" not in error.remedy
