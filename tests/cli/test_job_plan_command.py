"""`build-sft --plan` for runners with workers elsewhere, as a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.app import run
from pipeline.cli.job_plan_command import has_workers_elsewhere
from pipeline.errors import InputError

TEACHER = ("--set", "synthesize.teacher={kind: vllm, model: owner/model}")


def test_plan_for_a_cluster_prints_every_job_and_touches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "out")
    beam = ["--runner=FlinkRunner", "--flink_master=host:8081", "--environment_type=DOCKER", "--environment_config=i:1"]
    command = ["build-sft", "--input", "s3://bucket/in", "--output", folder, *TEACHER, "--plan", "--json", "--", *beam]
    assert run(command) == 0
    plan = json.loads(capsys.readouterr().out)
    names = ["ingest", "decontaminate", "dedup", "pack", "synthesize", "export"]
    assert [job["stage"] for job in plan["jobs"]] == names
    hinted = {job["stage"]: step for job in plan["jobs"] for step in job["steps"] if step["hints"]}
    assert hinted == {
        "synthesize": {
            "name": "RunShards",
            "hints": {"accelerator": "type:nvidia-l4;count:1;install-nvidia-driver"},
        }
    }
    assert {tuple(job["images"]) for job in plan["jobs"]} == {("i:1",)} and plan["problems"] == []
    output = next(one for one in plan["reach"] if one["what"] == "--output")
    assert (output["address"], output["place"]) == (folder, "local") and "mount" in output["note"]
    assert list(tmp_path.iterdir()) == []


def test_plan_for_dataflow_names_every_problem_with_its_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(tmp_path / "out")
    command = ["build-sft", "--input", "/data/in", "--output", output, "--plan", "--", "--runner=DataflowRunner"]
    assert run([*command, "--project=my-project"]) == 2
    said = capsys.readouterr()
    assert "synthesize: 2 steps" in said.out and "image" in said.out
    errors = " ".join(said.err.split())
    assert "--region" in errors and "--temp_location" in errors and "Dataflow needs --project" not in errors
    assert "inputs is /data/in, which only this machine can reach. Copy it to a store" in errors
    assert "--sdk_container_image=IMAGE" in errors and "would stop this build" in errors
    assert not Path(output).exists()


@pytest.mark.parametrize("options", [[], ["--direct_num_workers=2"], ["--runner=PrismRunner"]])
def test_workers_of_a_local_runner_are_here(options: list[str]) -> None:
    assert not has_workers_elsewhere(options)


def test_unknown_option_of_beam_is_refused_before_anything_is_planned() -> None:
    with pytest.raises(InputError, match="no_such_option"):
        has_workers_elsewhere(["--runner=DataflowRunner", "--no-such-option=1"])
