"""The checks on a GPU: every part with a tiny model on a CPU, what a killed run keeps, and what is named as missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType

import pytest
from packed_build import write_small_corpus
from small_student import write_small_build, write_small_model
from torch.nn.attention import varlen

from benchmarks import _gpu_environment as environment
from benchmarks import _gpu_longest, _gpu_process
from benchmarks._gpu_longest import Search, middle_of
from benchmarks._gpu_part import (
    PARTS,
    CannotRunError,
    Check,
    Figure,
    Finding,
    Line,
    Part,
    Setting,
    finding_json,
    measure_of,
    read_finding,
)
from benchmarks._gpu_results import Results, State
from benchmarks._train_8b import Measured, Size, Trial
from benchmarks.gpu_check import main, run_parts

HERE = Setting(device="cpu", tiny=True, seconds=60.0, own_processes=False)
MACHINE = {"device": "cpu", "model": "tiny"}


def found_by(name: str, setting: Setting = HERE) -> tuple[list[Finding], str]:
    """What a part finds in this process, and why it ended early."""
    findings: list[Finding] = []
    try:
        findings.extend(measure_of(name)(setting))
    except CannotRunError as error:
        return findings, str(error)
    return findings, ""


def assert_all_hold(findings: list[Finding], *, at_least: int) -> None:
    checks = [finding for finding in findings if isinstance(finding, Check)]
    assert len(checks) >= at_least
    assert [check.text for check in checks if not check.holds] == []


@pytest.mark.parametrize(("name", "num_checks"), [("leaks", 2), ("offload", 1), ("speed", 1)])
def test_part_with_a_tiny_model_measures_and_its_checks_hold(name: str, num_checks: int) -> None:
    findings, ended = found_by(name)
    assert not ended
    assert_all_hold(findings, at_least=num_checks)


def test_longest_pack_doubles_up_to_the_limit_and_states_the_memory_of_the_host() -> None:
    findings, _ = found_by("longest")
    figures = {finding.name: finding.value for finding in findings if isinstance(finding, Figure)}
    assert figures["longest_tokens"] == 2048
    assert figures["host_gib_of_all_layers"] == 4 * 2048 * 64 * 2 / 2**30
    assert_all_hold(findings, at_least=1)
    rows = [finding.text for finding in findings if isinstance(finding, Line) and finding.text.startswith("| ")]
    assert [row.split(" | ")[:2] for row in rows[2:]] == [
        ["| 512", "4"],
        ["| 512", "2"],
        ["| 1,024", "2"],
        ["| 2,048", "2"],
    ]


def test_longest_pack_is_searched_by_halving_once_a_length_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trials stand for a device that holds 1,600 tokens, since a CPU does not run out of memory alone."""

    def trials_of_a_small_device(trials: Sequence[Trial]) -> Iterator[Measured]:
        for trial in trials:
            if trial.num_tokens > 1600:
                return
            yield Measured(trial.num_tokens, (1.0,), 0.1, 2**30, 2**30, 0)

    monkeypatch.setattr(_gpu_longest, "run_trials_here", trials_of_a_small_device)
    findings, _ = found_by("longest")
    rows = [finding.text for finding in findings if isinstance(finding, Line) and finding.text.startswith("| ")]
    assert [(row.split(" | ")[0], "does not fit" in row) for row in rows[2:]] == [
        ("| 512", False),
        ("| 512", False),
        ("| 1,024", False),
        ("| 2,048", True),
        ("| 1,536", False),
        ("| 1,792", True),
    ]
    assert Figure("longest_tokens", 1536) in findings
    assert any(isinstance(finding, Line) and "1,792 do not fit" in finding.text for finding in findings)


def test_older_torch_gets_grouped_heads_without_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, float | None]] = []

    def kernel_of_torch_2_11(query: int, *, scale: float | None = None, window_size: tuple[int, int] = (-1, -1)) -> int:
        seen.append((query, scale))
        return query

    monkeypatch.setattr(varlen, "varlen_attn", kernel_of_torch_2_11)
    assert "no enable_gqa" in environment.adapt_older_torch()
    assert varlen.varlen_attn(3, scale=0.5, window_size=(-1, 0), enable_gqa=True) == 3
    assert seen == [(3, 0.5)]
    assert environment.adapt_older_torch() == ""


@pytest.mark.parametrize(("name", "refusal"), [("qlora", "qlora cannot train on a CPU"), ("optimizer", "needs CUDA")])
def test_part_that_needs_a_gpu_measures_the_rest_and_says_so(name: str, refusal: str) -> None:
    findings, ended = found_by(name)
    assert refusal in ended
    assert_all_hold(findings, at_least=1)


def test_trl_trains_the_same_rows_of_a_random_model_with_the_same_loss() -> None:
    pytest.importorskip("trl", reason="the extra bench is not installed")
    findings, _ = found_by("trl")
    assert_all_hold(findings, at_least=1)
    assert sum(isinstance(finding, Figure) for finding in findings) == 8


def test_outcome_trains_on_a_build_and_evaluates_beside_the_base(tmp_path: Path) -> None:
    model = write_small_model(tmp_path / "base")
    build = write_small_build(tmp_path / "build")
    write_small_corpus(build, tokenizer=model)
    findings, ended = found_by("outcome", replace(HERE, model=model, build=build))
    assert not ended
    texts = [finding.text for finding in findings if isinstance(finding, Line)]
    assert texts[0].startswith("2 steps of")
    assert any("loss of the base" in text for text in texts)


def test_outcome_without_a_build_says_how_to_make_one(tmp_path: Path) -> None:
    _, ended = found_by("outcome", replace(HERE, model=str(tmp_path), build=str(tmp_path / "none")))
    assert "pipeline build-sft" in ended


def test_run_keeps_findings_of_a_part_that_is_cut_and_repeats_only_parts_that_are_not_done(tmp_path: Path) -> None:
    results = Results(tmp_path, MACHINE)
    done = results.start("speed")
    done.add(Line("| 1 |"))
    done.add(Check("it holds", True))
    done.state = State.PASSED
    cut = results.start("leaks")
    cut.add(Figure("rate", 2.0))
    results.save()
    again = Results(tmp_path, MACHINE)
    assert {name: part.is_done for name, part in again.parts.items()} == {"speed": True, "leaks": False}
    assert again.parts["leaks"].figures == {"rate": 2.0}
    shown: list[str] = []
    wanted = [part for part in PARTS if part.name in ("speed", "leaks")]
    run_parts(wanted, HERE, again, seconds=1.0, again=False, show=shown.append)
    assert shown == [
        "== leaks: not run, no time is left; run it with --part leaks",
        "== speed: passed before, by this code",
    ]
    page = (tmp_path / "gpu.md").read_text()
    assert "`--part speed`: passed." in page and "- holds: it holds" in page and "Not run." in page


def test_part_that_takes_too_long_is_ended_and_tried_again(tmp_path: Path) -> None:
    results = Results(tmp_path, MACHINE)
    run_parts([Part("leaks", "Leaks", 1)], HERE, results, seconds=100.0, again=False, show=lambda _: None)
    (part,) = Results(tmp_path, MACHINE).parts.values()
    assert part.state == State.CUT and not part.is_done
    assert part.lines[-1] == "Ended after 1 s; what is above was found before."


@pytest.mark.parametrize(
    ("found", "error", "code"),
    [
        (Check("holds", True), None, 0),
        (Check("does not", False), None, _gpu_process.DOES_NOT_HOLD),
        (Line("so far"), CannotRunError("No GPU."), _gpu_process.CANNOT_RUN),
        (Line("so far"), ModuleNotFoundError(name="trl"), _gpu_process.CANNOT_RUN),
        (Check("does not", False), CannotRunError("No GPU."), _gpu_process.DOES_NOT_HOLD),
    ],
)
def test_process_of_a_part_ends_with_what_came_of_it(
    found: Finding,
    error: Exception | None,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def measure(setting: Setting) -> Iterator[Finding]:
        yield found
        if error is not None:
            raise error

    part = ModuleType("benchmarks._gpu_made")
    part.measure = measure  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, part.__name__, part)
    assert _gpu_process.main(["made", json.dumps(asdict(HERE))]) == code
    findings = [read_finding(text) for text in capsys.readouterr().out.splitlines()]
    assert findings[0] == found
    if error is not None:
        last = findings[1]
        assert isinstance(last, Line) and ("No GPU." in last.text or "'trl' is not installed" in last.text)


def test_results_of_another_machine_are_not_mixed(tmp_path: Path) -> None:
    Results(tmp_path, MACHINE).save()
    with pytest.raises(ValueError, match="another machine"):
        Results(tmp_path, {"device": "cuda"})


@pytest.mark.parametrize("finding", [Line("| a |"), Figure("rate", 1.5), Check("it holds", False)])
def test_finding_survives_the_way_between_processes(finding: Finding) -> None:
    assert read_finding(finding_json(finding)) == finding


@pytest.mark.parametrize("text", ["", "warning", "[1]", '{"a": 1}', "3"])
def test_what_a_library_prints_is_no_finding(text: str) -> None:
    assert read_finding(text) is None


@pytest.mark.parametrize(
    ("low", "high", "middle"), [(0, 100, 40), (40, 100, 60), (60, 80, None), (60, 100, 80), (90, 100, None)]
)
def test_middle_of_an_interval_is_a_length_strictly_inside(low: int, high: int, middle: int | None) -> None:
    assert middle_of(low, high, 20) == middle


def test_lengths_double_and_end_at_the_highest_allowed() -> None:
    search = Search(Size.TINY, "cpu", None, 2, 256, first_tokens=512, granularity=256, upper_tokens=3000)
    assert search.doubled() == [512, 1024, 2048, 2816]
    assert replace(search, upper_tokens=600).doubled() == [512]


@pytest.mark.parametrize(
    ("installed", "pinned", "differs"),
    [
        ("2.11.0+cu130", ">=2.13,<2.14", True),
        ("2.13.0+cpu", ">=2.13,<2.14", False),
        ("2.14", ">=2.13,<2.14", True),
        ("0.32.0", "==0.32.0", False),
        ("", ">=1", False),
        ("3.0", "", False),
    ],
)
def test_version_outside_the_pin_is_named(installed: str, pinned: str, differs: bool) -> None:
    assert environment.Package("name", pinned, installed).differs is differs


def test_missing_package_is_named_with_the_command() -> None:
    assert environment.missing_words(["numpy"]) == ""
    words = environment.missing_words(["numpy", "no-such-package"])
    assert words == "Missing: no-such-package. Install with: pip install 'no-such-package'"


def test_pins_are_those_of_the_project() -> None:
    torch, pydantic = environment.packages(["torch", "pydantic"])
    assert torch.pinned.startswith(">=2.") and pydantic.pinned == ">=2.11,<3"


def test_cpu_without_tiny_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--device", "cpu"])
    assert "needs --tiny" in capsys.readouterr().err


@pytest.mark.end_to_end
def test_command_runs_a_part_in_its_own_process_and_writes_at_once(tmp_path: Path) -> None:
    assert main(["--quick", "--part", "leaks", "--output", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "gpu.json").read_text())
    assert found["parts"]["leaks"]["state"] == State.PASSED
    assert "largest_error" in found["parts"]["leaks"]["figures"]
