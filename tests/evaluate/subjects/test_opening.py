"""Which subjects an evaluation has, what they are called, and which of them are bases."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_student import write_small_model

from pipeline.config.evaluate import EvaluateRecipe
from pipeline.errors import InputError, MissingExtraError
from pipeline.evaluate.subjects.opening import describe
from pipeline.evaluate.subjects.references import short_name
from pipeline.evaluate.subjects.subject import Role, Subject
from pipeline.io.checked_json import write_checked


def settings_of(**changes: object) -> EvaluateRecipe:
    return EvaluateRecipe.model_validate({"tasks": {}, **changes})


def model(folder: Path, *, base: str = "", width: int = 32) -> str:
    """A small model; models of different widths have different weights."""
    reference = write_small_model(folder, intermediate_size=width)
    if base:
        write_checked(str(folder / "training.json"), {"base_model": base})
    return reference


def roles(subjects: tuple[Subject, ...]) -> list[tuple[str, Role]]:
    return [(subject.name, subject.role) for subject in subjects]


def test_lone_model_without_a_base_is_not_called_tuned(tmp_path: Path) -> None:
    assert roles(describe([model(tmp_path / "alone")], settings=settings_of())) == [("alone", Role.OTHER)]


def test_base_of_a_tuned_model_is_added_first_and_once(tmp_path: Path) -> None:
    base = model(tmp_path / "base")
    one, two = (model(tmp_path / name, base=base, width=width) for name, width in (("one", 48), ("two", 56)))
    other = model(tmp_path / "other", width=72)
    found = describe([one, other, two], settings=settings_of())
    assert roles(found) == [("base", Role.BASE), ("one", Role.TUNED), ("other", Role.OTHER), ("two", Role.TUNED)]
    assert found[0].reference == base
    assert describe([one, other, two, base], settings=settings_of()) == found


def test_base_of_the_recipe_comes_before_that_of_the_training(tmp_path: Path) -> None:
    tuned = model(tmp_path / "tuned", base=model(tmp_path / "base"), width=48)
    chosen = model(tmp_path / "chosen", width=56)
    found = describe([tuned], settings=settings_of(base_model=chosen))
    assert roles(found) == [("chosen", Role.BASE), ("tuned", Role.TUNED)]
    assert roles(describe([chosen], settings=settings_of(base_model=chosen))) == [("chosen", Role.BASE)]


def test_model_tuned_from_a_tuned_one_makes_it_no_base(tmp_path: Path) -> None:
    first = model(tmp_path / "first")
    second = model(tmp_path / "second", base=first, width=48)
    third = model(tmp_path / "third", base=second, width=56)
    found = describe([third, second], settings=settings_of())
    assert roles(found) == [("first", Role.BASE), ("third", Role.TUNED), ("second", Role.TUNED)]
    assert roles(describe([third], settings=settings_of())) == [("second", Role.BASE), ("third", Role.TUNED)]


def test_same_model_twice_is_refused_in_any_words(tmp_path: Path) -> None:
    one = model(tmp_path / "one")
    for again in (one, f"{one}/", model(tmp_path / "copy")):
        with pytest.raises(InputError, match="are the same model"):
            describe([one, again], settings=settings_of())


def test_model_with_another_end_of_answers_is_another_model(tmp_path: Path) -> None:
    one, two = model(tmp_path / "one"), model(tmp_path / "two")
    (tmp_path / "one" / "generation_config.json").write_text('{"eos_token_id": 1}')
    (tmp_path / "two" / "generation_config.json").write_text('{"eos_token_id": [1, 2]}')
    assert len({subject.fingerprint for subject in describe([one, two], settings=settings_of())}) == 2
    for text in ("{", "[]", "null"):
        (tmp_path / "two" / "generation_config.json").write_text(text)
        assert len(describe([one, two], settings=settings_of())) == 2


def test_names_differ_also_on_filesystems_without_case(tmp_path: Path) -> None:
    references = ["http://h/v1#Model", "http://h/v1#model", "http://h/v1#MODEL-2"]
    names = [one.name for one in describe(references, settings=settings_of())]
    assert names == ["Model", "model-2", "MODEL-2-2"]


def test_no_model_is_refused() -> None:
    with pytest.raises(InputError, match="No model to evaluate"):
        describe([], settings=settings_of())


def test_names_of_different_models_are_different(tmp_path: Path) -> None:
    references = [
        model(tmp_path / "a" / "m"),
        model(tmp_path / "b" / "m", width=48),
        model(tmp_path / "m-2", width=56),
        "http://h/v1#owner/m",
        "https://h/v1#llama3:8b",
    ]
    assert [one.name for one in describe(references, settings=settings_of())] == [
        "m",
        "m-2",
        "m-2-2",
        "m-3",
        "llama3-8b",
    ]


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("embedded:smollm2-135m-instruct", "smollm2-135m-instruct"),
        ("owner/Model-7B_v1.5", "Model-7B_v1.5"),
        ("vllm:owner/model", "model"),
        ("vllm:embedded:smollm2-135m-instruct", "smollm2-135m-instruct"),
        ("/some/folder/tuned/", "tuned"),
        ("./모델", "모델"),
        ("http://127.0.0.1:8000/v1#org/big model", "big-model"),
        ("..", "model"),
        ("http://h/v1#" + "가" * 90, "가" * 48),
    ],
)
def test_short_name_is_the_last_part(reference: str, name: str) -> None:
    assert short_name(reference) == name


@given(st.text())
def test_short_name_of_anything_can_name_a_file(reference: str) -> None:
    name = short_name(reference)
    assert name and not set(name) & set("/\\: \n\0") and name not in (".", "..")
    assert len(short_name(reference * 100).encode()) < 200, "a file system takes 255 bytes, with the task and length"


def test_vllm_without_its_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    with pytest.raises(MissingExtraError, match=r"longdoc-pipeline\[vllm\]"):
        describe(["vllm:owner/model"], settings=settings_of())
    with pytest.raises(MissingExtraError, match=r"longdoc-pipeline\[train\]"):
        describe(["owner/model"], settings=settings_of())


def test_options_of_the_chat_template_reach_the_prompts(tmp_path: Path) -> None:
    (subject,) = describe([model(tmp_path)], settings=settings_of(chat_template_kwargs={"enable_thinking": False}))
    assert subject.meter.template_options == (("enable_thinking", False),)
