"""`pipeline rope show` and `pipeline rope search` as commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from prose import document
from small_architectures import write_random_model
from small_student import ORIGINAL_TOKENS, small_recipe, write_small_build, write_small_model
from transformers import AutoConfig

from pipeline.cli.app import run
from pipeline.train.rope.methods import method_names

SMALL_SEARCH = [
    f"--set=rope_search.{setting}"
    for setting in (
        "max_evaluations=11",
        "documents=1",
        "held_out_documents=1",
        "scored_tokens=16",
        "finalists=1",
        "dtype=float32",
        "device=cpu",
    )
]


@pytest.fixture
def model(tmp_path: Path) -> str:
    return write_small_model(tmp_path / "model")


def _documents(folder: Path) -> list[str]:
    names = [folder / f"{index}.txt" for index in range(2)]
    for index, name in enumerate(names):
        name.write_text(document("en", index, num_sentences=40), encoding="utf-8")
    return [f"--data={name}" for name in names]


def _recipe(folder: Path, *, model: str) -> str:
    """A recipe whose `rope_search` and `finetune` are for the small model, with a scaling of its own."""
    values = small_recipe(model).model_dump(mode="json", exclude_defaults=True)
    values["finetune"]["rope"] = {"method": "yarn", "factor": 8.0, "beta_fast": 8.0, "attention_factor": 1.5}
    values["rope_search"] = dict(setting.removeprefix("--set=rope_search.").split("=") for setting in SMALL_SEARCH)
    values["rope_search"] = {name: yaml.safe_load(value) for name, value in values["rope_search"].items()}
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return str(path)


def test_search_reads_the_recipe_and_finetune_trains_with_what_it_found(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, output = _recipe(tmp_path, model=model), tmp_path / "search"
    arguments = ["rope", "search", model, "--factor=2", f"--recipe={recipe}", *_documents(tmp_path)]
    assert run([*arguments, f"--output={output}"]) == 0
    fragment = output / "rope.yaml"
    assert f"pipeline finetune {recipe} --model {model} --with {fragment}" in capsys.readouterr().out
    measured = [json.loads(line) for line in (output / "fitness.jsonl").read_text().splitlines()]
    assert 5 < len({row["candidate"] for row in measured}) <= 11, "the recipe's max_evaluations"
    assert len({row["document"] for row in measured}) == 2, "its documents and held_out_documents"
    found = yaml.safe_load(fragment.read_text(encoding="utf-8"))["finetune"]["rope"]
    build = write_small_build(tmp_path / "build")
    trained = tmp_path / "trained"
    given = ["--with", str(fragment), "--set", "finetune.max_steps=1"]
    assert run(["finetune", recipe, "--data", build, "--output", str(trained), *given]) == 0
    parameters = AutoConfig.from_pretrained(trained).rope_parameters
    assert (parameters["rope_type"], parameters["factor"]) == ("longrope", 2.0), "the fragment's, not the recipe's 8"
    assert parameters["long_factor"] == pytest.approx(found["long_factors"], rel=1e-12)
    assert parameters["attention_factor"] == pytest.approx(found["attention_factor"], rel=1e-12)
    assert AutoConfig.from_pretrained(trained).max_position_embeddings == 2 * ORIGINAL_TOKENS


def test_search_prints_each_perplexity_under_its_heading(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    output = tmp_path / "search"
    arguments = ["rope", "search", model, "--factor=4", *_documents(tmp_path), *SMALL_SEARCH, f"--output={output}"]
    assert run(arguments) == 0
    printed = capsys.readouterr().out
    (header,) = [line for line in printed.splitlines() if "perplexity, full forward passes" in line]
    columns = [cell.strip() for cell in header.split("┃")[2:-1]]
    assert sorted(columns) == ["YaRN", "searched"]
    result = json.loads((output / "search.json").read_text(encoding="utf-8"))
    for label, name in (
        ("documents of the search", "on_search_documents"),
        ("held-out documents", "on_held_out_documents"),
    ):
        (line,) = [line for line in printed.splitlines() if line.startswith(f"│ {label}")]
        shown = dict(zip(columns, (cell.strip() for cell in line.split("│")[2:-1]), strict=True))
        assert shown == {"YaRN": f"{result[name]['yarn']:.3f}", "searched": f"{result[name]['searched']:.3f}"}
        assert shown["YaRN"] != shown["searched"], "or the order would not show"


def test_show_takes_the_scaling_of_the_recipe_and_of_a_fragment_over_it(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    recipe, fragment = _recipe(tmp_path, model=model), tmp_path / "more.yaml"
    fragment.write_text("finetune: {rope: {attention_factor: 1.75}}\n")
    show = ["rope", "show", model, "--method=yarn"]
    shown = []
    for options in ([], ["--recipe", recipe], ["--recipe", recipe, "--with", str(fragment)]):
        assert run([*show, *options]) == 0
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "cos, sin" in line]
        shown.append(line.split("│")[-2].strip())
    assert shown == ["1.14", "1.50", "1.75"]


def test_plan_reads_a_fragment(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe, fragment = _recipe(tmp_path, model=model), tmp_path / "longer.yaml"
    fragment.write_text("finetune: {max_tokens: 800}\n")
    assert run(["finetune", recipe, "--plan", "--json", "--with", str(fragment)]) == 0
    assert json.loads(capsys.readouterr().out)["pack_tokens"] == 800


def test_search_prints_a_fragment_that_show_reads(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    output = tmp_path / "search"
    arguments = ["rope", "search", model, "--factor=4", *_documents(tmp_path), *SMALL_SEARCH, f"--output={output}"]
    assert run(arguments) == 0
    printed = capsys.readouterr().out
    assert "method: longrope" in printed and "long_factors:" in printed
    assert str(output / "rope.yaml") in printed.replace("\n", "")
    shown = ["rope", "show", model, "--method=yarn", f"--fragment={output / 'rope.yaml'}", f"--output={tmp_path}"]
    assert run(shown) == 0
    table = capsys.readouterr().out
    assert "yarn" in table and "searched" in table
    assert len([line for line in table.splitlines() if line.startswith("│")]) == 8 + 1
    assert "searched" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method=ropey"], "Cannot show RoPE method 'ropey'"),
        (["--method=none"], "Cannot show RoPE method 'none'"),
        (["--method=longrope"], "needs long_factors"),
        (["--fragment=nowhere.yaml"], "has no section finetune.rope"),
    ],
)
def test_show_refuses_what_it_cannot_show(
    model: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rope", "show", model, *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", [["show"], ["search", "--factor=2", "--data=."]])
def test_a_model_without_rotary_embeddings_is_refused(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    name, *options = command
    assert run(["rope", name, write_random_model(tmp_path, "mamba"), *options]) == 2
    assert "has no rotary embeddings" in capsys.readouterr().err


def test_search_needs_documents_that_exist(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rope", "search", model, "--factor=4", "--data=/nowhere", *SMALL_SEARCH]) == 2
    assert "/nowhere is not a file or folder" in capsys.readouterr().err


def test_show_compares_the_lists_of_a_recipe_with_every_method(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What belongs to the recipe's method alone, short factors and attention factor among it, is not another's."""
    monkeypatch.setenv("COLUMNS", "240")
    long = [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5]
    rope = {"method": "longrope", "factor": 4.0, "long_factors": long, "short_factors": [1.25] * 8}
    values = small_recipe(model).model_dump(mode="json", exclude_defaults=True)
    values["finetune"]["rope"] = {**rope, "attention_factor": 1.5}
    path = tmp_path / "lists.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    assert run(["rope", "show", model, "--recipe", str(path)]) == 0
    header, *lines = [line for line in capsys.readouterr().out.splitlines() if "┃" in line or "│" in line]
    methods = [cell.strip() for cell in header.strip("┃").split("┃")][3:]
    assert methods == [method for method in method_names() if method != "none"]
    cells = [[cell.strip() for cell in line.strip("│").split("│")][3:] for line in lines]
    of_longrope = [float(row[methods.index("longrope")]) for row in cells]
    assert of_longrope == [*long, 1.5]
    assert cells[-1][methods.index("yarn")] == "1.14", "YaRN's own, not the recipe's"
    assert {cells[-1][methods.index(name)] for name in ("linear", "ntk", "llama3")} == {"1.00"}


def test_show_leaves_out_of_other_methods_what_the_recipes_method_alone_has(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    factors = [1.0 + at / 8 for at in range(8)]
    rope = {
        "method": "longrope",
        "factor": 2.0,
        "long_factors": factors,
        "short_factors": [1.0] * 8,
        "attention_factor": 1.25,
    }
    path = tmp_path / "mine.yaml"
    values = small_recipe(model).model_dump(mode="json", exclude_defaults=True)
    values["finetune"] |= {"rope": rope}
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    assert run(["rope", "show", model, "--recipe", str(path), "--factor", "3"]) == 0
    printed = capsys.readouterr().out
    (header,) = [line for line in printed.splitlines() if "wavelength" in line and "turns" in line and "┃" in line]
    (last,) = [line for line in printed.splitlines() if "cos, sin" in line]
    labels = [cell.strip() for cell in header.split("┃")[4:-1]]
    shown = dict(zip(labels, [cell.strip() for cell in last.split("│")[4:-1]], strict=True))
    assert "longrope" in labels and "none" not in labels
    assert shown["longrope"] == "1.25"
    assert shown["linear"] == "1.00"
    assert shown["yarn"] == "1.11", "0.1 ln 3 + 1, not the recipe's"
    assert f"(at {3 * ORIGINAL_TOKENS:,} tokens)" in printed.replace("\n", " ")
