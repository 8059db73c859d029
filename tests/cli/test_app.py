import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import torch

from pipeline.cli import beam_arguments, doctor_command
from pipeline.cli.app import run
from pipeline.cli.doctor_command import find_abilities
from pipeline.errors import InputError


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
    own, beam = beam_arguments.split(["build-sft", "my.yaml", "--", "--direct_num_workers=2"])
    assert own == ["build-sft", "my.yaml"]
    assert beam == ["--direct_num_workers=2"]


def test_beam_arguments_for_another_command_are_refused() -> None:
    with pytest.raises(InputError, match="Only build-sft"):
        beam_arguments.split(["finetune", "--", "--runner=DataflowRunner"])


def test_unknown_command_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nope"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build-sft", "no-such.yaml"], "There is no recipe 'no-such.yaml'"),
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
