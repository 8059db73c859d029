"""Short forms of the harnesses: a few kills, one double build, one full disk. `make chaos` runs the long ones."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from . import full_disk
from .__main__ import harness_names
from .commands import RunningCommand, WarmStart, processes_of_session, start_command
from .documents import write_documents
from .double_builds import Rounds
from .kills import Campaign
from .server import CountingServer, Treatment, marks_in
from .small_build import SmallBuild, differences, outputs_of, prepare
from .stages import STAGES, stage_of
from .watching import FileEvent, FolderWatcher, Happening

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify, /proc and tmpfs are Linux's")
whole_commands = pytest.mark.end_to_end

_NUM_DOCUMENTS = 10


@pytest.fixture(scope="module")
def server() -> Iterator[CountingServer]:
    with CountingServer() as counting:
        yield counting


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory, server: CountingServer) -> SmallBuild:
    root = tmp_path_factory.mktemp("chaos")
    return prepare(root / "small", base_url=server.base_url, seed=10, num_documents=_NUM_DOCUMENTS, min_shards=4)


@pytest.fixture(scope="module")
def starter() -> WarmStart:
    return WarmStart()


@pytest.fixture(scope="module")
def campaign(build: SmallBuild, server: CountingServer, starter: WarmStart) -> Campaign:
    """Its undisturbed build is what every test compares with."""
    measured = Campaign(build, server, starter, num_workers=1, victim="group")
    measured.measure({})
    return measured


@whole_commands
def test_builds_killed_four_times_end_in_the_same_bytes_and_ask_nothing_stored_again(campaign: Campaign) -> None:
    campaign.run(4, per_build=4, draw=random.Random(1))
    assert campaign.deviations == []
    assert campaign.hits.total() == campaign.totals["kills"] == 4
    assert campaign.totals["stored answers at a kill"] > 0


@whole_commands
def test_two_builds_on_one_folder_one_works_and_one_is_refused(
    build: SmallBuild, starter: WarmStart, campaign: Campaign
) -> None:
    rounds = Rounds(build, starter, random.Random(2), expected=campaign.expected)
    rounds.double(1)
    rounds.take_over(2)
    assert rounds.deviations == []
    assert rounds.totals["owner killed, next run: exit 0"] == 1


@whole_commands
@pytest.mark.skipif(not full_disk.can_mount(), reason="mounting a tmpfs needs root")
def test_disk_that_is_full_in_synthesis_is_named_and_the_build_resumes(
    build: SmallBuild, server: CountingServer, starter: WarmStart, campaign: Campaign
) -> None:
    trials = full_disk.Trials(build, server, starter, expected=campaign.expected)
    trials.squeeze(0, "synthesize")
    assert trials.deviations == []
    assert trials.totals["synthesize", "same"] == 1


@whole_commands
def test_file_that_cannot_grow_is_named_and_the_build_resumes(
    build: SmallBuild, starter: WarmStart, campaign: Campaign
) -> None:
    """What a quota does, where nothing can be mounted."""
    folder = build.root / "no-room"
    limited = _start_with_file_limit(build, folder, num_bytes=24_000)
    code = limited.wait(timeout_seconds=300)
    told = limited.output()
    assert code == 1, told
    assert str(folder) in told[told.rfind("error:") :]
    assert "Traceback" not in told
    resumed = starter(build.arguments(folder), build.root / "resumed.log")
    assert resumed.wait(timeout_seconds=300) == 0, resumed.output()
    assert differences(outputs_of(folder), campaign.expected) == []


def test_documents_of_a_smaller_set_are_those_of_a_larger_one(tmp_path: Path) -> None:
    for name, count in (("small", 6), ("again", 6), ("large", 9)):
        write_documents(tmp_path / name, count=count, seed=4)
    small, again, large = (outputs_of(tmp_path, [name]) for name in ("small", "again", "large"))
    assert {name.split("/", 1)[1]: value for name, value in small.items()} == {
        name.split("/", 1)[1]: value for name, value in again.items()
    }
    texts = [name for name in small if "/document" in name]
    assert texts
    assert all(small[name] == large[name.replace("small", "large", 1)] for name in texts)


def test_server_counts_by_request_and_its_marks_are_found_in_files(tmp_path: Path) -> None:
    user = "SEGMENT\nThe fee is 40 euros for the slipway.\n\nWrite one question"
    request = {"messages": [{"role": "user", "content": user}]}
    with CountingServer() as server:
        url = f"{server.base_url}/chat/completions"
        answers = [httpx.post(url, json=request).json()["choices"][0]["message"]["content"] for _ in range(2)]
        other = httpx.post(url, json={**request, "seed": 1}).json()["choices"][0]["message"]["content"]
    assert answers[0] == answers[1] != other
    assert sorted(server.asked().values()) == sorted(server.answered().values()) == [1, 2]
    (tmp_path / "a.json").write_text(httpx.Response(200, json={"text": answers[0]}).text, encoding="utf-8")
    (tmp_path / "b.json.partial").write_text(other, encoding="utf-8")
    assert len(server.keys_of_marks(marks_in(tmp_path))) == 1


def test_stopped_server_resets_what_is_in_flight_and_comes_back_with_its_counts() -> None:
    reached = threading.Event()

    def treat(_key: str, num_before: int) -> Treatment:
        reached.set()
        return Treatment(hangs=num_before == 0)

    with CountingServer(treat) as server:
        url = f"{server.base_url}/chat/completions"
        request = {"messages": [{"role": "user", "content": "x"}]}
        errors: list[Exception] = []

        def ask() -> None:
            try:
                httpx.post(url, json=request, timeout=60)
            except httpx.TransportError as error:
                errors.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        assert reached.wait(30)
        server.stop()
        thread.join(30)
        assert len(errors) == 1
        with pytest.raises(httpx.ConnectError):
            httpx.post(url, json=request)
        server.start()
        assert httpx.post(url, json=request).status_code == 200
        assert list(server.asked().values()) == [2]


def test_killed_command_leaves_no_process(tmp_path: Path, starter: WarmStart) -> None:
    running = starter(["--help"], tmp_path / "log")
    running.kill()
    assert running.poll() is not None
    assert processes_of_session(running.pid) == []


def test_watcher_tells_of_a_file_in_a_new_folder_and_of_its_renaming(tmp_path: Path) -> None:
    with FolderWatcher(tmp_path) as watcher:
        (tmp_path / "work" / "documents").mkdir(parents=True)
        partial = tmp_path / "work" / "documents" / "part-00000.parquet.partial"
        partial.write_bytes(b"x")
        found = watcher.next(timeout_seconds=10)
        assert found == FileEvent("work/documents/part-00000.parquet.partial", Happening.CREATED)
        partial.rename(partial.with_suffix(""))
        events = [found]
        while events[-1].happening is not Happening.RENAMED:
            event = watcher.next(timeout_seconds=10)
            assert event is not None
            events.append(event)
    assert events[-1].path == "work/documents/part-00000.parquet"
    assert {stage_of(event.path) for event in events} == {"ingest"}


def test_stage_of_files_of_every_stage_is_known() -> None:
    names = {
        "work/documents/part-00000.parquet": "ingest",
        "rejected/part-ingest-00001.parquet.partial": "ingest",
        "work/shards/match/00000.json": "decontaminate",
        "work/decontaminated/part-00000.parquet": "decontaminate",
        "work/shards/sign/00000.json": "dedup",
        "corpus/bucket=4096/part-00000.parquet": "pack",
        "work/shards/tokenize/00000.progress": "pack",
        "cache/ab/abcdef.json": "synthesize",
        "files/part-00000.parquet": "files",
        "sft/train-00000.parquet": "export",
        "tokens/train-00000.parquet": "export",
        "packs.parquet.partial": "packing",
        "work/shards/export/packs.json": "packing",
        "report.html": "report",
    }
    assert {path: stage_of(path) for path in names} == names
    assert set(names.values()) == set(STAGES)
    assert stage_of(".lease.json") is None


def test_dispatcher_finds_harnesses_and_no_shared_module() -> None:
    names = harness_names()
    assert {"kills", "double_builds", "full_disk", "soak"} <= set(names)
    assert not {"server", "documents", "small_build", "commands", "test_short_forms"} & set(names)


def _start_with_file_limit(build: SmallBuild, folder: Path, *, num_bytes: int) -> RunningCommand:
    """The command itself, no file of which may grow past a limit."""
    script = "import resource, runpy, sys\n"
    script += f"resource.setrlimit(resource.RLIMIT_FSIZE, ({num_bytes}, {num_bytes}))\n"
    script += "runpy.run_module('pipeline', run_name='__main__', alter_sys=True)\n"
    return start_command(build.arguments(folder), folder.with_suffix(".log"), script=script)
