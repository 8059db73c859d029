"""The Flex Template: its parameters, and its launcher as Dataflow runs it, with a local runner in place of Dataflow."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small_builds import recipe_of
from synthesis_documents import LEASE

from pipeline.config.load import bundled_recipes, load_recipe
from pipeline.driver_job import RunBuild, parameters_parser, read_arguments, run_driver_job
from pipeline.errors import InputError, RecipeError, StageError
from pipeline.stages.runner import check_beam_options

FOLDER = Path(__file__).parents[2] / "deploy" / "flex_template"
PARAMETERS: dict[str, dict[str, Any]] = {
    parameter["name"]: parameter for parameter in json.loads((FOLDER / "metadata.json").read_text())["parameters"]
}
FROM_DATAFLOW = [
    "--runner=FnApiRunner",
    "--project=project-1",
    "--region=us-central1",
    "--job_name=legal",
    "--template_location=gs://bucket/staging/template_launches/2026-11-30/job_object",
    "--staging_location=gs://bucket/staging",
    "--temp_location=gs://bucket/tmp",
    "--max_num_workers=50",
    "--machine_type=n2-highmem-8",
    "--labels=goog-dataflow-flex=true",
]
"""What Dataflow's launcher adds to the parameters, with another runner."""


def matches(name: str, value: str) -> bool:
    return all(re.search(regex, value) for regex in PARAMETERS[name]["regexes"])


def own_actions() -> dict[str, argparse.Action]:
    return {action.dest: action for action in parameters_parser()._actions}


def test_metadata_describes_every_parameter_of_the_launcher_and_beam_options_besides() -> None:
    actions = own_actions()
    assert actions.keys() <= PARAMETERS.keys()
    for name in PARAMETERS.keys() - actions.keys():
        check_beam_options([f"--{name}=value"])
    for name, action in actions.items():
        assert PARAMETERS[name].get("isOptional", False) is not action.required
        assert PARAMETERS[name].get("defaultValue", "") == (action.default or "")


def test_metadata_has_the_fields_that_dataflow_asks_for() -> None:
    known = {"name", "label", "helpText", "paramType", "isOptional", "regexes", "defaultValue"}
    assert len(PARAMETERS) == 11
    for parameter in PARAMETERS.values():
        assert parameter.keys() <= known and {"name", "label", "helpText"} <= parameter.keys()
        assert parameter["paramType"] == "TEXT"
        assert all(regex.startswith("^") and regex.endswith("$") for regex in parameter["regexes"])


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("recipe", ["gs://b/recipes/legal.yaml", "s3://b/한국어.yml"], ["data/legal.yaml", "gs://b/legal.json", "-x"]),
        ("output", ["gs://b/builds/legal", "s3://b/x"], ["out/build", "gs://b", "gs://b/", "gs://b/a b"]),
        ("sdk_container_image", ["eu.pkg.dev/p/r/worker:0.1.0", "h:5000/w@sha256:" + "a" * 64], ["worker", "h/w"]),
        ("inputs", ["gs://b/a", "gs://b/a;gs://b/계약"], ["", "gs://b/a;", "gs://b/a b"]),
        ("fragments", ["gs://b/rope.yaml;gs://b/b.yml"], ["rope.yaml", "gs://b/rope.yaml;"]),
        ("settings", ["seed=3", "seed=3; export.shares=[{language: ko, min: 0.25}]"], ["seed", "=3", "seed=3;x"]),
        ("limit", ["1", "20"], ["0", "-1", "1.5", "many"]),
        ("max_requests", ["1000"], ["0", "1e3"]),
        ("max_cost", ["0", "12.5"], ["-1", "12,5"]),
        ("beam_options", ["--experiments=a --number_of_worker_harness_threads=4"], ["experiments=a", "-e"]),
        ("driver_machine_type", ["e2-standard-2"], ["e2", "E2-standard"]),
    ],
)
def test_regexes_take_good_values_and_refuse_bad_ones(name: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not matches(name, value)] == []
    assert [value for value in bad if matches(name, value)] == []


def test_every_bundled_recipe_can_be_named_and_is_in_the_help_text() -> None:
    assert bundled_recipes()
    for name in bundled_recipes():
        assert matches("recipe", name) and name in PARAMETERS["recipe"]["helpText"]


def test_settings_in_the_help_text_are_keys_of_recipes() -> None:
    (example,) = re.findall(r"such as (\S+)\. ", PARAMETERS["settings"]["helpText"])
    assert matches("settings", example)
    recipe = load_recipe("quickstart", overrides=example.split(";"))
    assert (recipe.seed, recipe.synthesize.written.tasks) == (3, ())


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "lease.md").write_text(LEASE)
    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps(recipe_of(str(folder)).model_dump(mode="json", exclude_defaults=True)))
    return path


def test_driver_takes_one_small_worker_and_the_build_the_workers_asked_for(recipe: Path) -> None:
    order, options = read_arguments([f"--recipe={recipe}", "--output=gs://bucket/out", *FROM_DATAFLOW])
    driver = options.get_all_options()
    assert (driver["num_workers"], driver["max_num_workers"], driver["machine_type"]) == (1, 1, "e2-standard-2")
    assert driver["template_location"] and driver["job_name"] == "legal"
    stages = dict(option.removeprefix("--").split("=", 1) for option in order.beam_options)
    assert (stages["max_num_workers"], stages["machine_type"]) == ("50", "n2-highmem-8")
    assert stages["job_name"] == "legal-stage" and "template_location" not in stages and "labels" not in stages
    assert order.arguments == ("--output", "gs://bucket/out")


def test_parameters_become_arguments_of_the_command(recipe: Path) -> None:
    given = [
        "--inputs=gs://b/a;gs://b/b",
        "--settings=seed=3; name=x",
        "--limit=7",
        "--max_cost=1.5",
        "--max_requests=9",
    ]
    more = ["--beam_options=--experiments=one --labels 'a=b' --experiments two"]
    order, _ = read_arguments([f"--recipe={recipe}", "--output=gs://b/out", *given, *more])
    assert order.arguments == (
        *("--output", "gs://b/out", "--input", "gs://b/a", "--input", "gs://b/b"),
        *("--set", "seed=3", "--set", "name=x", "--limit", "7", "--max-requests", "9", "--max-cost", "1.5"),
    )
    assert order.beam_options == ("--experiments=one", "--experiments", "two", "--sdk_location=container")
    order, _ = read_arguments([f"--recipe={recipe}", "--output=gs://b/out", "--sdk_location", "default"])
    assert order.beam_options == ("--sdk_location", "default")


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"recipe": "nowhere.yaml"}, InputError, "neither a file nor a recipe"),
        ({"settings": "sead=3"}, RecipeError, "sead"),
        ({"output": "out/build", "runner": "DataflowRunner"}, InputError, "folder of one machine"),
        ({"no_such_option": "1"}, InputError, "no option '--no_such_option'"),
        ({"limit": "many"}, InputError, "invalid int value"),
        ({"beam_options": "--experiments='a"}, InputError, "No closing quotation"),
    ],
)
def test_what_cannot_run_is_refused_before_a_job_starts(
    recipe: Path, changed: dict[str, str], error: type[Exception], words: str
) -> None:
    parameters = {"recipe": str(recipe), "output": "gs://b/out"} | changed
    with pytest.raises(error, match=words):
        read_arguments([f"--{name}={value}" for name, value in parameters.items()])


def test_options_that_beam_cannot_combine_are_an_error_of_the_user(recipe: Path) -> None:
    given = [f"--recipe={recipe}", "--output=gs://b/out", "--runner=FnApiRunner", "--environment_type=DOCKER"]
    with pytest.raises(InputError, match="Beam cannot use its options"):
        run_driver_job([*given, "--environment_options=process_command=boot"])


def test_launcher_prints_one_line_about_what_is_wrong(
    recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    import launcher

    assert launcher.main([f"--recipe={recipe}", "--output=gs://b/out", "--limit=many"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert printed.err.startswith("error: The parameters cannot be read: argument --limit")


def launched(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher as Dataflow does: the variable names the program, parameters and options are arguments."""
    environment = os.environ | {"FLEX_TEMPLATE_PYTHON_PY_FILE": str(FOLDER / "launcher.py"), "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = str(FOLDER.parents[1])
    command = [sys.executable, environment["FLEX_TEMPLATE_PYTHON_PY_FILE"], *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.end_to_end
def test_launcher_runs_the_whole_build_and_logs_what_it_prints(recipe: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    done = launched(f"--recipe={recipe}", f"--output={output}", *FROM_DATAFLOW)
    assert done.returncode == 0, done.stderr
    assert "Verified rows" in done.stderr
    assert list((output / "sft").rglob("*.parquet"))


@pytest.mark.end_to_end
def test_step_fails_with_the_exit_code_and_the_last_words_of_its_build(recipe: Path, tmp_path: Path) -> None:
    given = [f"--recipe={recipe}", f"--output={tmp_path / 'out'}", "--inputs=/nowhere"]
    order, _ = read_arguments([*given, *FROM_DATAFLOW])
    with pytest.raises(StageError, match=r"exit code 2\. .*/nowhere"):
        list(RunBuild().process(order))


def test_driver_on_dataflow_is_one_step_in_the_given_image_and_ships_no_session(recipe: Path) -> None:
    image = "us-central1-docker.pkg.dev/p/r/longdoc-worker:0.1.0"
    options = [*FROM_DATAFLOW[1:4], *FROM_DATAFLOW[5:], "--runner=DataflowRunner", "--dry_run=True", "--no_auth"]
    parameters = [f"--recipe={recipe}", "--output=gs://b/out", f"--sdk_container_image={image}"]
    job = run_driver_job([*parameters, *options]).job
    components = job.proto_pipeline.components
    (environment,) = components.environments.values()
    assert image.encode() in environment.payload
    staged = [one.role_payload.decode() for one in environment.dependencies]
    assert [name for name in staged if "submission_environment" not in name] == []  # Beam logs its own versions
    steps = {one.unique_name for one in components.transforms.values() if one.spec.urn == "beam:transform:pardo:v1"}
    assert {name.partition("/")[0] for name in steps} == {"Order", "RunBuild"}
    assert str(recipe).encode() not in job.proto_pipeline.SerializeToString()
