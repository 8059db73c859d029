"""Run the steps of a Dockerfile one by one without Docker, then use the result as a user of the image would.

For machines without a Docker daemon. It needs root on Linux. Each stage is a folder laid over a base folder (overlayfs)
and entered with chroot, so a RUN sees nothing of this machine but its kernel, its network and the folders that `--bind`
names. The base folder stands for the Python image: a minimal Debian of the same release with its Python 3.11 as
`/usr/local/bin/python3.11`. Images that stand for nothing here (Beam's, the CUDA image, the launcher of Dataflow) are
absent: what comes from them is left out, and the report says so.

    debootstrap --variant=minbase bookworm BASE            # then apt-get install python3.11-venv in it
    python deploy/clean_room.py worker --base BASE --rooms FOLDER

Afterwards the image's user, without a network, runs `pipeline doctor` and a small build. The report is Markdown. It
ends with exit code 1 if a step failed. Build arguments: `--build-arg NAME=VALUE`. Variables of this machine that start
with `PIP_` reach RUN steps, as a proxy's do in Docker.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile import Instruction, Stage, assignments, filled, needed_stages, parsed_copy, read_stages

ROOT = Path(__file__).parents[1]
_OUTSIDE = "LONGDOC_CLEAN_ROOM"
_PYTHON_STAGE = "python"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(slots=True)
class Room:
    """A stage being run: its layers, and what its instructions have set so far."""

    layer: Path
    """Folder with what the stage wrote."""
    below: tuple[Path, ...]
    """Layers under it, the nearest first, down to the base folder."""
    variables: dict[str, str] = field(default_factory=dict)
    """Values of ENV, which the image keeps."""
    arguments: dict[str, str] = field(default_factory=dict)
    """Values of ARG, which only RUN steps of the stage see."""
    folder: str = "/"
    user: str = "0:0"
    entry: str = ""


class Builder:
    """Runs stages; remembers what it did for the report."""

    def __init__(self, *, base: Path, rooms: Path, binds: Sequence[Path], build_args: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self.num_failed = 0
        self._base, self._rooms, self._binds, self._build_args = base, rooms, binds, build_args
        self.built: dict[str, Room] = {}
        self._merged = rooms / "merged"
        self._merged.mkdir(parents=True, exist_ok=True)

    def build(self, stage: Stage) -> None:
        """Run the instructions of a stage, unless its base is absent here."""
        if stage.base in self.built:
            parent = self.built[stage.base]
            room = Room(self._rooms / stage.name, (parent.layer, *parent.below), dict(parent.variables))
            room.folder, room.user, room.entry = parent.folder, parent.user, parent.entry
        elif stage.name == _PYTHON_STAGE:
            room = Room(self._rooms / stage.name, (self._base,))
        else:
            self._say("absent", f"FROM {stage.base} AS {stage.name}")
            return
        room.layer.mkdir(parents=True)
        self.built[stage.name] = room
        self._say("", f"FROM {stage.base} AS {stage.name}")
        for step in stage.instructions:
            self._step(step, room)
            if self.num_failed:
                return

    def _step(self, step: Instruction, room: Room) -> None:
        match step.word:
            case "RUN":
                started = time.monotonic()
                log = self._rooms / "run.log"
                more = room.arguments | _pip_variables()
                code = self.run(room, ["/bin/sh", "-c", step.text], more=more, output=log)
                if code:
                    print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
                self._say("ran" if code == 0 else f"**exit code {code}**", f"RUN {step.text}", started)
                self.num_failed += code != 0
            case "COPY":
                self._copy(step, room)
            case "ENV":
                values = assignments(filled(step.text, {"PATH": _PATH} | room.variables | room.arguments))
                room.variables |= values
            case "ARG":
                defaults = assignments(step.text)
                room.arguments |= {name: self._build_args.get(name, value) for name, value in defaults.items()}
            case "WORKDIR":
                room.folder = step.text
                with self._entered(room) as merged:
                    (merged / step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                room.user = filled(step.text, room.arguments)
                self._say(f"user {room.user}", f"USER {step.text}")
            case "ENTRYPOINT":
                room.entry = step.text

    def _copy(self, step: Instruction, room: Room) -> None:
        copy = parsed_copy(step.text)
        if copy.stage is not None and copy.stage not in self.built:
            self._say("left out: absent here", f"COPY {step.text}")
            return
        into = copy.target.endswith("/") or len(copy.sources) > 1
        target = room.layer / os.path.normpath(Path(room.folder, copy.target)).lstrip("/")
        for source in copy.sources:
            found = self._found(source, copy.stage)
            # As in Docker, a folder's content is copied, not the folder.
            place = target if found.is_dir() else (target / found.name if into else target)
            place.parent.mkdir(parents=True, exist_ok=True)
            links = ["--link"] if copy.stage else []  # layers share a disk, and a finished stage does not change
            words = [f"{found}/.", f"{place}/"] if found.is_dir() else [str(found), str(place)]
            place.mkdir(parents=True, exist_ok=True) if found.is_dir() else None
            subprocess.run(["cp", "--archive", "--no-preserve=ownership", *links, *words], check=True)
        self._say("copied", f"COPY {step.text}")

    def _found(self, source: str, stage: str | None) -> Path:
        if stage is None:
            return ROOT / source
        room = self.built[stage]
        layers = [layer / source.lstrip("/") for layer in (room.layer, *room.below)]
        return next(path for path in layers if path.exists())

    def run(
        self,
        room: Room,
        command: Sequence[str],
        *,
        more: dict[str, str],
        output: Path,
        network: Sequence[str] = (),
    ) -> int:
        """Run a command in a room as its user, append what it prints to a file, and return the exit code."""
        uid, _, gid = room.user.partition(":")
        variables = {"PATH": _PATH, "HOME": "/root"} | more | room.variables
        with self._entered(room) as merged, output.open("ab") as file:
            words = [*network, "chroot", f"--userspec={uid}:{gid}", "--groups=", str(merged), "/usr/bin/env", "-i"]
            words += [f"--chdir={room.folder}", *(f"{name}={value}" for name, value in variables.items()), *command]
            return subprocess.run(words, stdout=file, stderr=subprocess.STDOUT, check=False).returncode

    @contextmanager
    def _entered(self, room: Room) -> Iterator[Path]:
        """Mount the layers of a room, and the kernel's folders, while the block runs."""
        work = self._rooms / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        lower = ":".join(map(str, room.below))
        options = f"lowerdir={lower},upperdir={room.layer},workdir={work}"
        _mount("-t", "overlay", "-o", options, "overlay", str(self._merged))
        try:
            for folder in ("/dev", "/proc", *map(str, self._binds)):
                inside = self._merged / folder.lstrip("/")
                inside.mkdir(parents=True, exist_ok=True)
                _mount("--rbind", folder, str(inside))
            yield self._merged
        finally:
            subprocess.run(["umount", "--recursive", str(self._merged)], check=True)

    def _say(self, outcome: str, text: str, started: float | None = None) -> None:
        seconds = f", {time.monotonic() - started:.0f} s" if started is not None else ""
        self.lines.append(f"| {outcome}{seconds} | `{' '.join(text.split())}` |".replace("| |", "|  |"))
        print(self.lines[-1], flush=True)


def use_image(builder: Builder, room: Room, output: Path) -> list[str]:
    """Return lines about what the image's user could do without a network, and about what the image holds."""
    checks = {
        "user": ["id"],
        "what the entry point starts": ["python", "-c", "import apache_beam.runners.worker.sdk_worker_main"],
        "`pipeline doctor`": ["pipeline", "doctor"],
        "a small build": [
            *("pipeline", "build-sft", "quickstart", "--set", "synthesize.written.tasks=[]", "--limit", "4"),
            *("--output", "/home/pipeline/build"),
        ],
        "`pipeline verify` of it": ["pipeline", "verify", "/home/pipeline/build"],
        "no build tools": _none("command -v", "gcc cc make uv hatchling"),
        "no caches": _none("test -e", "/opt/tools /wheels /root/.cache /home/pipeline/.cache/pip /var/lib/apt/lists/*"),
    }
    if program := room.variables.get("FLEX_TEMPLATE_PYTHON_PY_FILE"):
        given = ["--recipe=quickstart", "--settings=synthesize.written.tasks=[]", "--limit=4", "--runner=FnApiRunner"]
        checks["what Dataflow's launcher runs"] = ["python", program, *given, "--output=/home/pipeline/launched"]
    lines: list[str] = []
    for name, command in checks.items():
        log = output / f"{len(lines)}.log"
        started = time.monotonic()
        code = builder.run(room, command, more={}, output=log, network=["unshare", "--net"])
        builder.num_failed += code != 0
        outcome = "passed" if code == 0 else f"**exit code {code}**"
        lines.append(f"| {outcome}, {time.monotonic() - started:.0f} s | {name}: `{shlex.join(command)}` |")
        print(lines[-1], flush=True)
    boot = shlex.split(room.entry.strip("[]").replace(",", " "))[0]
    is_there = any((layer / boot.lstrip("/")).exists() for layer in (room.layer, *room.below))
    lines.append(f"| {'there' if is_there else 'not run: absent here'} | the entry point `{boot}` |")
    return lines


def main() -> None:
    """Run the steps of a target and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target")
    parser.add_argument("--base", type=Path, required=True, help="Folder with a minimal Debian and Python 3.11.")
    parser.add_argument("--rooms", type=Path, required=True, help="Folder to work in; must not exist.")
    parser.add_argument("--report", type=Path, help="Markdown file to write.")
    parser.add_argument("--bind", type=Path, action="append", default=[], help="Folder that RUN steps see.")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    if _OUTSIDE not in os.environ:  # mounts end with this namespace, even if the program is killed
        os.environ[_OUTSIDE] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    build_args = dict(one.split("=", 1) for one in options.build_arg)
    stages = read_stages(ROOT / "Dockerfile", build_args)
    builder = Builder(base=options.base, rooms=options.rooms, binds=options.bind, build_args=build_args)
    for stage in needed_stages(stages, options.target):
        builder.build(stage)
    used: list[str] = []
    if options.target in builder.built and not builder.num_failed:
        logs = options.rooms / "logs"
        logs.mkdir()
        used = use_image(builder, builder.built[options.target], logs)
    report = [
        "| outcome | step |",
        "| --- | --- |",
        *builder.lines,
        "",
        "| outcome | as the image's user, without a network |",
    ]
    report += ["| --- | --- |", *used, ""]
    if options.report:
        options.report.write_text("\n".join(report))
    sys.exit(builder.num_failed > 0)


def _none(test: str, things: str) -> list[str]:
    """Return the command that succeeds if a test fails for each of some things."""
    return ["sh", "-c", f"for one in {things}; do {test} $one && exit 1; done; true"]


def _pip_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("PIP_")}


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


if __name__ == "__main__":
    main()
