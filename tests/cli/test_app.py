import errno
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import torch

from pipeline.cli import doctor_command, schemas_command
from pipeline.cli.app import run, split_beam_options
from pipeline.cli.doctor_command import find_abilities
from pipeline.documents.readers import reader, readers
from pipeline.errors import InputError, RunError
from pipeline.interrupt import Terminated
from pipeline.io.lease import hold_folder


def test_help_loads_neither_beam_torch_nor_vllm() -> None:
    program = (
        "import sys\n"
        "from pipeline.cli.app import run\n"
        "code = run(['--help'])\n"
        "heavy = {'apache_beam', 'torch', 'vllm', 'transformers', 'pyarrow'} & set(sys.modules)\n"
        "assert code == 0, code\n"
        "assert not heavy, heavy\n"
        "print('LIGHT')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "build-sft" in done.stdout
    assert done.stdout.rstrip().endswith("LIGHT")


def test_arguments_after_the_separator_belong_to_beam() -> None:
    own, beam = split_beam_options(["build-sft", "my.yaml", "--", "--direct_num_workers=2"])
    assert own == ["build-sft", "my.yaml"]
    assert beam == ["--direct_num_workers=2"]


def test_beam_arguments_for_another_command_are_refused() -> None:
    with pytest.raises(InputError, match="Only build-sft"):
        split_beam_options(["finetune", "--", "--runner=DataflowRunner"])


def test_unknown_command_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nope"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build-sft", "no-such.yaml"], "Recipe 'no-such.yaml' does not exist"),
        (["build-sft", "--set", "dedup.treshold=0.5"], "unknown key 'dedup.treshold'"),
        (["finetune", "--", "--runner=X"], "Only build-sft takes Beam options"),
        (["schemas", "check", "/nonexistent"], "Out of date"),
    ],
)
def test_user_error_exits_with_two_one_sentence_and_no_traceback(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert "Traceback" not in printed.err + printed.out


def test_schemas_export_then_check_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schemas", "export", str(tmp_path / "deep" / "s")]) == 0, "folders are made as needed"
    assert run(["schemas", "export", str(tmp_path / "s")]) == 0
    assert run(["schemas", "export", str(tmp_path / "s")]) == 0, "and written over"
    assert run(["schemas", "check", str(tmp_path / "s")]) == 0
    (tmp_path / "s" / "sft-row.schema.json").write_text("{}")
    assert run(["schemas", "check", str(tmp_path / "s")]) == 2


def test_doctor_names_what_is_missing_and_how_to_get_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    printed = capsys.readouterr().out
    assert "apache-beam 2.77" in printed
    assert "CPU cores" in printed
    abilities = {ability.name: ability for ability in find_abilities()}
    assert len(abilities) > 10
    assert all(bool(each.found) != bool(each.remedy) for name, each in abilities.items() if "embedded" not in name)
    assert abilities["TensorBoard while training"].found == f"tensorboard {version('tensorboard')}"
    has_gpu = torch.cuda.is_available()
    assert bool(abilities["training on several GPUs (NCCL)"].found) is has_gpu
    if not has_gpu:
        assert "compute capability 8.0" in abilities["varlen attention kernel"].remedy


def test_doctor_names_the_extra_of_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_command, "version", _nothing_is_installed)
    remedies = {ability.name: ability.remedy for ability in find_abilities() if not ability.found}
    assert "longdoc-pipeline[qlora]" in remedies["QLoRA, 8-bit and paged optimizers"]
    assert "longdoc-pipeline[train]" in remedies["TensorBoard while training"]
    assert "longdoc-pipeline[datatrove]" in remedies["filters of datatrove in clean"]


def test_doctor_names_the_extra_of_formats_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "find_spec", lambda name: None)
    remedies = {ability.name: ability.remedy for ability in find_abilities() if ability.name.startswith("reading ")}
    assert remedies["reading 7z"] == "pip install 'longdoc-pipeline[archives]'"
    needing = {each.extra for each in readers().values() if each.modules}
    assert len(remedies) == len(needing) >= 1


def test_doctor_finds_kernel_and_nccl_where_a_gpu_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    monkeypatch.setattr(torch.distributed, "is_nccl_available", lambda: True)
    monkeypatch.setattr(torch.cuda.nccl, "version", lambda: (2, 27, 5))
    found = {ability.name: ability.found for ability in find_abilities()}
    assert found["varlen attention kernel"] == f"torch {torch.__version__}"
    assert found["training on several GPUs (NCCL)"] == "NCCL 2.27.5"


def _nothing_is_installed(distribution: str) -> str:
    raise PackageNotFoundError(distribution)


LAUNCHED = {"TORCHELASTIC_RUN_ID": "r", "RANK": "2", "WORLD_SIZE": "4", "LOCAL_RANK": "2", "LOCAL_WORLD_SIZE": "4"}


def _raises(error: BaseException) -> Callable[[str], None]:
    def check(_folder: str) -> None:
        raise error

    return check


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (RunError("It broke.", remedy="Mend it."), 1, "error: It broke.\nMend it.\n"),
        (InputError("Wrong [red]path[/]."), 2, "error: Wrong [red]path[/].\n"),
        (MemoryError(), 1, "error: There is not enough memory.\nUse a machine with more memory, or use less data.\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "/tmp/x"),
            1,
            "error: No space is left to write /tmp/x: No space left on device.\n"
            "Free some space, then run the same command again to go on.\n",
        ),
        (
            OSError(errno.EDQUOT, "Disk quota exceeded"),
            1,
            "error: No space is left to write a file: Disk quota exceeded.\n"
            "Free some space, then run the same command again to go on.\n",
        ),
        (KeyboardInterrupt(), 130, "Interrupted. Run the same command again to go on.\n"),
        (Terminated(), 143, "Interrupted. Run the same command again to go on.\n"),
    ],
)
def test_error_of_a_command_is_told_in_its_words_with_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    monkeypatch.setattr(schemas_command, "check_schemas", _raises(error))
    assert run(["schemas", "check", "x"]) == code
    assert capsys.readouterr().err == said


def test_error_that_nobody_expected_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (OSError(errno.EACCES, "no"), ZeroDivisionError("x")):
        monkeypatch.setattr(schemas_command, "check_schemas", _raises(error))
        with pytest.raises(type(error)):
            run(["schemas", "check", "x"])


def test_process_that_is_not_the_first_says_which_it_is_and_nothing_of_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in LAUNCHED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(schemas_command, "check_schemas", _raises(RunError("It broke.")))
    assert run(["schemas", "check", "x"]) == 1
    assert capsys.readouterr().err == "process 2: error: It broke.\n"
    monkeypatch.setattr(schemas_command, "check_schemas", _raises(KeyboardInterrupt()))
    assert run(["schemas", "check", "x"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("options", [["--memory-gib", "8"], ["--processes", "2"]])
def test_options_of_a_plan_without_one_are_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["finetune", *options]) == 2
    assert capsys.readouterr().err == "error: --memory-gib and --processes belong to --plan.\nAdd --plan.\n"


@pytest.mark.parametrize(
    ("arguments", "own", "beam"),
    [
        (["build-sft"], ["build-sft"], []),
        (["build-sft", "--"], ["build-sft"], []),
        (["finetune", "--"], ["finetune"], []),
        (["build-sft", "--", "--a=1", "--", "--b"], ["build-sft"], ["--a=1", "--", "--b"]),
        ([], [], []),
    ],
)
def test_arguments_are_parted_at_the_first_separator(arguments: list[str], own: list[str], beam: list[str]) -> None:
    assert split_beam_options(arguments) == (own, beam)


def test_beam_options_of_another_command_are_refused_with_what_to_leave_out() -> None:
    with pytest.raises(InputError) as raised:
        split_beam_options(["verify", "out", "--", "--a=1", "--b"])
    assert raised.value.message == "Only build-sft takes Beam options, not 'verify out'."
    assert raised.value.remedy == "Leave out: --a=1 --b"


def test_schemas_say_how_many_there_are_and_which_are_out_of_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "s")
    assert run(["schemas", "export", folder]) == run(["schemas", "check", folder]) == 0
    assert capsys.readouterr().out == f"7 schemas written to {folder}\n7 schemas are up to date\n"
    (tmp_path / "s" / "pack.schema.json").unlink()
    (tmp_path / "s" / "rejection.schema.json").write_text("{}")
    assert run(["schemas", "check", folder]) == 2
    assert capsys.readouterr().err == (
        f"error: Out of date in {folder}: pack.schema.json, rejection.schema.json.\n"
        f"Run: pipeline schemas export {folder}\n"
    )


@pytest.mark.parametrize(
    ("level", "expected"), [(None, logging.WARNING), ("info", logging.INFO), ("ERROR", logging.ERROR)]
)
def test_log_is_shown_as_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, level: str | None, expected: int
) -> None:
    monkeypatch.delenv("LONGDOC_LOG", raising=False)
    if level is not None:
        monkeypatch.setenv("LONGDOC_LOG", level)
    assert run(["schemas", "check", str(tmp_path)]) == 2
    assert logging.getLogger("pipeline").level == expected
    assert logging.getLogger("apache_beam").level == logging.CRITICAL


def test_inspect_refuses_a_folder_of_nothing_and_one_without_a_report_that_is_being_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inspect", str(tmp_path), "--no-browser"]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path} is not a build, model or evaluation folder: it has none of manifest.json, training.json, "
        "evaluation.json, comparison.json.\nGive the output folder of build-sft, finetune or evaluate.\n"
    )
    (tmp_path / "training.json").write_text("{}")
    with hold_folder(str(tmp_path), command="finetune"):
        assert run(["inspect", str(tmp_path), "--no-browser"]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"error: {tmp_path} has no report yet: `pipeline finetune` (process {os.getpid()} on ")
        assert said.endswith(" is using the folder.\nWait until that run ends, then inspect again.\n")
        (tmp_path / "report.html").write_text("as it stands")
        assert run(["inspect", str(tmp_path), "--no-browser"]) == 0
        printed = capsys.readouterr().out
        assert "is using the folder: this is the existing report." in " ".join(printed.split())
        assert printed.splitlines()[-1] == str((tmp_path / "report.html").resolve())
    assert (tmp_path / "report.html").read_text() == "as it stands"
