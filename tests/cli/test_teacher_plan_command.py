"""`build-sft --plan`, `--max-requests` and `--max-cost` as commands, against a scripted server."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_student import small_tokenizer
from synthesis_documents import LEASE
from teacher_server import TeacherServer

from pipeline.cli.app import run

RECIPE = """
name: priced
inputs: [{path: IN}]
clean: {quality_filters: []}
pack: {tokenizer: TOKENIZER, buckets: [8192, 16384], min_tokens: 200}
packing: {edges: [16384]}
synthesize:
  teacher: {kind: openai, model: m, base_url: URL, max_answer_tokens: 64, batch_size: 4, max_model_tokens: 32768,
    price_per_million_prompt_tokens: 1000, price_per_million_answer_tokens: 2000, currency: EUR}
  written: {tasks: [qa], questions_per_document: 9, segment_tokens: 250}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[TeacherServer]:
    with TeacherServer() as server:
        yield server


@pytest.fixture(scope="module")
def recipe(server: TeacherServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("priced")
    (root / "in").mkdir()
    for number in range(3):
        lease = LEASE.replace("Kittiwake", f"Kittiwake{number}").replace("4,800", f"4,{number}00")
        (root / "in" / f"lease-{number}.txt").write_text(lease, encoding="utf-8")
    small_tokenizer().save_pretrained(root / "tokenizer")
    text = RECIPE.replace("IN", str(root / "in"), 1).replace("TOKENIZER", str(root / "tokenizer"))
    (root / "priced.yaml").write_text(text.replace("URL", server.url), encoding="utf-8")
    return root / "priced.yaml"


def rows(output: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(output)): path.read_bytes() for path in (output / "sft").iterdir()}
    assert any(name.endswith(".jsonl") for name in found)
    return found


def test_plan_asks_nothing_and_the_build_stops_at_its_limit_and_goes_on_with_the_command_that_it_names(
    server: TeacherServer, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "build"
    assert run(["build-sft", str(recipe), "--output", str(output), "--plan", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert server.num_asked() == 0
    assert (plan["num_documents"], plan["num_answered"]) == (3, 0)
    assert plan["total"]["requests"] == sum(one["requests"] for one in plan["rounds"])
    assert [one["round"] for one in plan["rounds"]] == ["atoms", "attempts", "judge"]  # no task of the second round
    atoms = plan["rounds"][0]
    assert (atoms["round"], atoms["teacher"], atoms["currency"]) == ("atoms", "openai:m", "EUR")
    assert plan["total"]["costs"] == {"EUR": pytest.approx(sum(one["cost"] for one in plan["rounds"]))}
    assert list(json.loads((output / "manifest.json").read_text(encoding="utf-8"))["stages"])[-1] == "pack"

    limited = ["build-sft", str(recipe), "--output", str(output), "--fresh", "--max-requests", "5"]
    assert run(limited) == 1
    said = capsys.readouterr().err
    assert server.num_asked() == 5
    assert "This run reached its limit of 5 requests: it asked 5 requests for 1.00 EUR." in said
    command = said.strip().splitlines()[-1].rpartition("run: ")[2]
    assert shlex.split(command) == ["pipeline", *(word for word in limited if word != "--fresh")]

    assert run(["build-sft", str(recipe), "--output", str(output), "--plan"]) == 0
    assert "5 requests are answered already" in " ".join(capsys.readouterr().out.split())
    while run(shlex.split(command)[1:]):
        assert "about" in capsys.readouterr().err
    num_requests = len(server.asked)
    assert num_requests > 5 and max(server.asked.values()) == 1, "no request is sent twice"
    assert plan["total"]["requests"] == pytest.approx(num_requests, rel=0.35)

    other = tmp_path / "other"
    assert run(["build-sft", str(recipe), "--output", str(other)]) == 0
    assert rows(output) == rows(other)
    limits_in = [path for path in output.rglob("*.json") if "max_requests" in path.read_text(encoding="utf-8")]
    assert limits_in == [], "limits of a run are recorded nowhere"
    assert not (output / "work" / "budget.json").exists()


def test_build_with_a_price_that_changed_has_nothing_to_do(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(tmp_path / "build")
    assert run(["build-sft", str(recipe), "--output", output]) == 0
    before = json.loads(Path(output, "manifest.json").read_text(encoding="utf-8"))["stages"]
    capsys.readouterr()
    changed = [
        "--set",
        "synthesize.teacher.price_per_million_prompt_tokens=7",
        "--set",
        "synthesize.teacher.currency=USD",
    ]
    assert run(["build-sft", str(recipe), "--output", output, *changed]) == 0
    assert json.loads(Path(output, "manifest.json").read_text(encoding="utf-8"))["stages"] == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--plan", "--max-requests", "3"], "--plan asks no teacher"),
        (["--max-cost", "3", "--set", "synthesize.teacher={kind: openai}"], "--max-cost needs the teacher's prices"),
        (
            ["--max-requests", "3", "--set", "synthesize.teacher={kind: batch, folder: asked}"],
            "A run with the batch teacher has no limit",
        ),
    ],
)
def test_options_that_cannot_be_used_are_refused_before_the_build(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    output = tmp_path / "build"
    assert run(["build-sft", str(recipe), "--output", str(output), *options]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not output.exists()


def test_plan_of_a_recipe_without_a_teacher_says_so(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--output", str(tmp_path / "build"), "--set", "synthesize.written.tasks=[]"]
    assert run(["build-sft", str(recipe), *given, "--plan"]) == 0
    assert "The recipe asks no teacher about these documents." in capsys.readouterr().out
