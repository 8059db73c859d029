import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lease_holder import Holder

from pipeline.config.start import LeaseTiming
from pipeline.errors import FolderBusyError, FolderLostError, InputError, TrainingError
from pipeline.io import files
from pipeline.io.lease import guard_worker, hold_folder, owner_of
from pipeline.io.lease_record import LeaseRecord, OwnerState, uptime
from pipeline.io.lease_store import open_store

QUICK = LeaseTiming(heartbeat_seconds=0.05, stale_seconds=0.5)
FOREIGN = {"host": "elsewhere", "boot_id": "another-kernel"}


def lease_file(folder: Path) -> Path:
    return folder / files.LEASE_FILE


def record_in(folder: Path) -> LeaseRecord:
    record = LeaseRecord.parse(lease_file(folder).read_bytes())
    assert record is not None
    return record


def place(folder: Path, record: LeaseRecord) -> None:
    folder.mkdir(exist_ok=True)
    lease_file(folder).write_bytes(record.encode())


def foreign(*, age: timedelta) -> LeaseRecord:
    """The lease of a process on another machine, last refreshed that long ago by our clock."""
    heartbeat = (datetime.now(UTC) - age).isoformat()
    return replace(LeaseRecord.of_this_process("finetune"), heartbeat=heartbeat, **FOREIGN)


def wait_until(condition: Callable[[], bool], *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def beating(folder: Path, record: LeaseRecord) -> Iterator[None]:
    """A machine whose clock stands still, but which refreshes its lease."""
    ended = threading.Event()

    def beat() -> None:
        store, count = open_store(str(lease_file(folder))), record.num_heartbeats
        while not ended.wait(0.02):
            count += 1
            store.swap(store.read().version, replace(record, num_heartbeats=count).encode())

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_folder_that_is_held_is_refused_with_its_owner_and_free_again_afterwards(tmp_path: Path) -> None:
    owner = Holder(tmp_path)
    assert owner.hold() == "held False"
    with pytest.raises(FolderBusyError) as refused, hold_folder(str(tmp_path), command="finetune"):
        pass
    assert refused.value.exit_code == 2
    for part in ("build-sft", str(owner.process.pid), platform.node(), record_in(tmp_path).started):
        assert part in refused.value.message
    assert "run the same command again after" not in refused.value.remedy, "its process can be seen from here"
    assert owner_of(str(tmp_path)) is not None
    assert owner.end() == (0, "")
    assert not lease_file(tmp_path).exists()
    assert owner_of(str(tmp_path)) is None
    with hold_folder(str(tmp_path), command="finetune") as lease:
        assert not lease.taken_over


def test_second_process_ends_with_exit_code_two_and_leaves_the_lease(tmp_path: Path) -> None:
    owner, newcomer = Holder(tmp_path), Holder(tmp_path)
    owner.hold()
    assert newcomer.hold().startswith("refused")
    assert newcomer.end()[0] == 2
    assert record_in(tmp_path).pid == owner.process.pid
    assert owner.end()[0] == 0


def test_killed_owner_is_taken_over_at_once_though_its_parent_has_not_collected_it(tmp_path: Path) -> None:
    owner = Holder(tmp_path)
    owner.hold()
    partial = tmp_path / "part.parquet.0a0b0c0d.partial"
    partial.write_bytes(b"half")
    owner.kill()
    wait_until(lambda: record_in(tmp_path).owner_state(LeaseTiming()) is OwnerState.DEAD)
    assert owner.process.returncode is None
    with hold_folder(str(tmp_path), command="build-sft") as lease:
        assert lease.taken_over
        assert not partial.exists()
    owner.process.wait()


def test_pid_that_was_given_to_another_process_is_not_taken_for_the_owner(tmp_path: Path) -> None:
    mine = LeaseRecord.of_this_process("build-sft")
    place(tmp_path, mine)
    with pytest.raises(FolderBusyError), hold_folder(str(tmp_path), command="build-sft"):
        pass
    place(tmp_path, replace(mine, process_start_ticks=mine.process_start_ticks - 1))
    with hold_folder(str(tmp_path), command="build-sft") as lease:
        assert lease.taken_over


@pytest.mark.parametrize("elsewhere", [{"pid_namespace": "pid:[1]"}, {"boot_id": "b"}, {"host": "h"}, {"boot_id": ""}])
def test_owner_in_another_container_is_not_judged_by_its_pid(tmp_path: Path, elsewhere: dict[str, str]) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    place(tmp_path, replace(LeaseRecord.of_this_process("build-sft"), pid=gone.pid, **elsewhere))
    with pytest.raises(FolderBusyError, match="in use") as refused, hold_folder(str(tmp_path), command="build-sft"):
        pass
    assert "run the same command again after" in refused.value.remedy


def test_stale_lease_of_another_machine_is_taken_over(tmp_path: Path) -> None:
    place(tmp_path, foreign(age=timedelta(minutes=6)))
    assert record_in(tmp_path).owner_state(LeaseTiming()) is OwnerState.DOUBTFUL
    with hold_folder(str(tmp_path), command="build-sft", timing=QUICK) as lease:
        assert lease.taken_over
        assert record_in(tmp_path).host == platform.node()


@pytest.mark.parametrize("age", [timedelta(hours=9), timedelta(hours=-9)])
def test_owner_whose_clock_is_wrong_keeps_its_folder_while_it_gives_signs_of_life(
    tmp_path: Path, age: timedelta
) -> None:
    record = foreign(age=age)
    place(tmp_path, record)
    with (
        beating(tmp_path, record),
        pytest.raises(FolderBusyError),
        hold_folder(str(tmp_path), command="build-sft", timing=LeaseTiming(0.5, 2.0)),
    ):
        pass


def test_silent_owner_with_a_heartbeat_from_the_future_is_taken_over_after_the_whole_patience(tmp_path: Path) -> None:
    place(tmp_path, foreign(age=timedelta(hours=-9)))
    started = time.monotonic()
    with hold_folder(str(tmp_path), command="build-sft", timing=QUICK) as lease:
        assert lease.taken_over
    assert time.monotonic() - started >= QUICK.stale_seconds


def test_lease_is_refreshed_while_the_folder_is_held(tmp_path: Path) -> None:
    with hold_folder(str(tmp_path), command="build-sft", timing=QUICK):
        first = record_in(tmp_path)
        wait_until(lambda: record_in(tmp_path).num_heartbeats >= first.num_heartbeats + 3)
        assert record_in(tmp_path).heartbeat_uptime > first.heartbeat_uptime
        assert lease_file(tmp_path).stat().st_size == len(first.encode())


def test_suspended_owner_that_was_taken_over_stops_and_leaves_the_new_owners_lease(tmp_path: Path) -> None:
    owner = Holder(tmp_path, heartbeat_seconds=0.1, stale_seconds=1.0)
    owner.hold()
    owner.process.send_signal(signal.SIGSTOP)
    newcomer = Holder(tmp_path, heartbeat_seconds=0.1, stale_seconds=1.0)
    wait_until(lambda: record_in(tmp_path).owner_state(LeaseTiming(0.1, 1.0)) is OwnerState.SILENT)
    assert newcomer.hold() == "held True"
    owner.say("write late.txt")  # the first thing that it finds when it wakes up
    owner.process.send_signal(signal.SIGCONT)
    code, said = owner.end()
    assert code == 1
    assert "stopped FolderLostError" in said
    assert str(newcomer.process.pid) in said
    assert not (tmp_path / "late.txt").exists()
    assert record_in(tmp_path).pid == newcomer.process.pid
    newcomer.say("write mine.txt")
    assert newcomer.hear() == "wrote"
    assert newcomer.end()[0] == 0


def test_owner_that_waits_in_its_main_thread_is_interrupted_when_the_folder_is_lost(tmp_path: Path) -> None:
    owner = Holder(tmp_path, heartbeat_seconds=0.1, stale_seconds=1.0)
    owner.hold()
    shutil.rmtree(tmp_path)
    assert owner.process.wait(timeout=30) == 1  # its input is still open: it was reading
    assert "FolderLostError" in owner.hear()


def test_of_many_processes_that_see_the_same_dead_owner_one_takes_over(tmp_path: Path) -> None:
    for _ in range(2):
        place(tmp_path, replace(LeaseRecord.of_this_process("build-sft"), process_start_ticks=1))
        newcomers = [Holder(tmp_path) for _ in range(4)]
        for newcomer in newcomers:
            newcomer.await_ready()
        for newcomer in newcomers:
            newcomer.say("go")
        answers = [newcomer.hear() for newcomer in newcomers]
        winners = [answer for answer in answers if answer == "held True"]
        assert len(winners) == 1, answers
        winner = newcomers[answers.index("held True")]
        assert all(answer == "held True" or f"process {winner.process.pid} on" in answer for answer in answers)
        assert sorted(newcomer.end()[0] for newcomer in newcomers) == [0] + [2] * 3


def test_lost_folder_is_neither_written_nor_cleared_any_more(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("x")

    def run() -> None:
        with hold_folder(str(tmp_path), command="build-sft") as lease:
            place(tmp_path, foreign(age=timedelta(0)))
            lease.beat()
            for act in (
                lambda: files.write_text(str(tmp_path / "new.txt"), "x"),
                lambda: files.remove_file(str(kept)),
                lambda: files.remove_folder(str(tmp_path)),
                lambda: files.empty_folder(str(tmp_path)),
                lambda: files.set_aside(str(kept)),
            ):
                with pytest.raises(FolderLostError, match="elsewhere"):
                    act()
            files.write_text(str(tmp_path.parent / "beside.txt"), "x")

    with pytest.raises(FolderLostError):
        run()
    assert sorted(path.name for path in tmp_path.iterdir()) == [files.LEASE_FILE, "kept.txt"]
    assert record_in(tmp_path).host == "elsewhere"


def test_owner_that_was_silent_for_two_heartbeats_looks_before_it_writes(tmp_path: Path) -> None:
    def run() -> None:
        with hold_folder(str(tmp_path), command="build-sft") as lease:
            place(tmp_path, foreign(age=timedelta(0)))
            lease._record = replace(lease._record, heartbeat_uptime=uptime() - 61)  # this process was suspended
            files.write_text(str(tmp_path / "new.txt"), "x")

    with pytest.raises(FolderLostError, match="elsewhere"):
        run()
    assert not (tmp_path / "new.txt").exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"pid": 1}', b"\0" * 1024, b"[]\n"])
def test_damaged_lease_is_taken_over(tmp_path: Path, content: bytes) -> None:
    lease_file(tmp_path).write_bytes(content)
    with hold_folder(str(tmp_path), command="build-sft") as lease:
        assert lease.taken_over == bool(content)
    assert not lease_file(tmp_path).exists()


def test_folder_of_a_dead_run_stays_marked_until_a_run_ends_well(tmp_path: Path) -> None:
    place(tmp_path, replace(LeaseRecord.of_this_process("build-sft"), process_start_ticks=1))
    for _ in range(2):
        with pytest.raises(TrainingError), hold_folder(str(tmp_path), command="build-sft") as lease:
            assert lease.taken_over
            raise TrainingError("stopped before anything was checked")
        assert owner_of(str(tmp_path)) is None
    with hold_folder(str(tmp_path), command="build-sft") as lease:
        assert lease.taken_over
    with hold_folder(str(tmp_path), command="build-sft") as lease:
        assert not lease.taken_over


def test_threads_of_a_run_that_failed_write_no_more_but_its_caller_may(tmp_path: Path) -> None:
    refused: list[Exception] = []

    def write_late() -> None:
        try:
            files.write_text(str(tmp_path / "late.txt"), "x")
        except FolderLostError as error:
            refused.append(error)

    with pytest.raises(TrainingError), hold_folder(str(tmp_path), command="build-sft"):
        raise TrainingError("stopped")
    late = threading.Thread(target=write_late)
    late.start()
    late.join()
    assert len(refused) == 1
    files.write_text(str(tmp_path / "note.txt"), "x")
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_folder_made_for_a_run_that_wrote_nothing_is_removed_again(tmp_path: Path) -> None:
    with hold_folder(str(tmp_path / "new"), command="build-sft"):
        assert (tmp_path / "new").is_dir()
    assert not (tmp_path / "new").exists()
    with hold_folder(str(tmp_path / "new"), command="build-sft"):
        files.write_text(str(tmp_path / "new" / "a.txt"), "x")
    assert (tmp_path / "new" / "a.txt").is_file()


def test_folder_that_is_a_file_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(InputError, match="Cannot write"), hold_folder(str(path), command="build-sft"):
            pass


def test_worker_stops_writing_once_another_run_owns_the_folder(tmp_path: Path) -> None:
    place(tmp_path, replace(LeaseRecord.of_this_process("build-sft"), token="first"))
    code = """
import sys
from pipeline.io import files
from pipeline.io.lease import guard_worker
folder = sys.argv[1]
guard_worker(folder, "first")
for line in sys.stdin:
    try:
        files.write_text(f"{folder}/{line.strip()}", "x")
    except Exception as error:
        print(type(error).__name__, flush=True)
    else:
        print("wrote", flush=True)
"""
    worker = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert worker.stdin is not None and worker.stdout is not None
    for token, answer in (("first", "wrote"), ("second", "FolderLostError"), ("first", "wrote")):
        place(tmp_path, replace(record_in(tmp_path), token=token))
        worker.stdin.write(f"{token}-{answer}\n")
        assert worker.stdout.readline().strip() == answer
    lease_file(tmp_path).unlink()
    worker.stdin.write("absent\n")
    assert worker.stdout.readline().strip() == "FolderLostError"
    worker.communicate()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first-wrote"]


def test_worker_within_the_owners_process_relies_on_the_owner(tmp_path: Path) -> None:
    with hold_folder(str(tmp_path), command="build-sft") as lease:
        guard_worker(str(tmp_path), lease.token)
        files.write_text(str(tmp_path / "a.txt"), "x")
    files.write_text(str(tmp_path / "b.txt"), "x")


def test_lease_says_what_a_person_needs(tmp_path: Path) -> None:
    with hold_folder(str(tmp_path), command="build-sft"):
        content = json.loads(lease_file(tmp_path).read_text())
        assert (content["host"], content["pid"], content["command"]) == (platform.node(), os.getpid(), "build-sft")
        assert datetime.fromisoformat(content["started"]).tzinfo is UTC
        assert len(content["token"]) == 32
    with hold_folder(str(tmp_path), command="build-sft"):
        assert json.loads(lease_file(tmp_path).read_text())["token"] != content["token"]


def test_lease_is_no_file_of_the_work(tmp_path: Path) -> None:
    with hold_folder(str(tmp_path), command="build-sft"):
        assert files.list_files(str(tmp_path)) == []


def test_folder_on_a_filesystem_without_conditional_writes_is_held_all_the_same() -> None:
    folder = "memory://leases/build"
    with hold_folder(folder, command="build-sft", timing=QUICK):
        assert owner_of(folder) is not None
        with pytest.raises(FolderBusyError), hold_folder(folder, command="build-sft"):
            pass
    assert owner_of(folder) is None
    assert not files.exists(files.join(folder, files.LEASE_FILE))


@pytest.mark.parametrize(
    ("silent_seconds", "own", "elsewhere"),
    [
        (-70, OwnerState.HELD, OwnerState.DOUBTFUL),
        (-50, OwnerState.HELD, OwnerState.HELD),
        (0, OwnerState.HELD, OwnerState.HELD),
        (290, OwnerState.HELD, OwnerState.HELD),
        (310, OwnerState.SILENT, OwnerState.DOUBTFUL),
    ],
)
def test_owner_counts_as_gone_after_five_silent_minutes(
    silent_seconds: int, own: OwnerState, elsewhere: OwnerState
) -> None:
    timing = LeaseTiming()
    assert (timing.heartbeat_seconds, timing.stale_seconds, timing.watch_seconds) == (30.0, 300.0, 60.0)
    mine = LeaseRecord.of_this_process("build-sft")
    silent = replace(mine, heartbeat_uptime=mine.heartbeat_uptime - silent_seconds)
    assert silent.owner_state(timing) is own
    other = foreign(age=timedelta(seconds=silent_seconds))
    assert other.owner_state(timing) is elsewhere
    assert replace(silent, released=True).owner_state(timing) is OwnerState.FREE
    assert replace(other, released=True).owner_state(timing) is OwnerState.FREE


def test_folder_of_a_living_owner_of_this_machine_that_is_silent_is_taken_over_at_once(tmp_path: Path) -> None:
    mine = LeaseRecord.of_this_process("build-sft")
    place(tmp_path, replace(mine, heartbeat_uptime=mine.heartbeat_uptime - 310))
    with hold_folder(str(tmp_path), command="build-sft") as lease:
        assert lease.taken_over
    place(tmp_path, replace(mine, released=True, unchecked=False))
    with hold_folder(str(tmp_path), command="build-sft") as lease:
        assert not lease.taken_over
    place(tmp_path, replace(mine, released=True, unchecked=True))
    with hold_folder(str(tmp_path), command="build-sft") as lease:
        assert lease.taken_over


def test_owner_that_cannot_refresh_its_lease_until_it_is_stale_has_lost_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    timing = LeaseTiming(heartbeat_seconds=1000.0, stale_seconds=300.0)

    def cannot(*_: object) -> None:
        raise OSError("the share is gone")

    with pytest.raises(FolderLostError, match="could not be refreshed"):  # noqa: SIM117
        with hold_folder(str(tmp_path / "f"), command="build-sft", timing=timing) as lease:
            monkeypatch.setattr(lease._store, "swap", cannot, raising=False)
            lease.beat()
            assert lease.lost is None, "a refresh may fail"
            assert "the lease was not refreshed: the share is gone" in caplog.text
            lease._record = replace(lease._record, heartbeat_uptime=uptime() - 310)
            lease.beat()
            assert lease.lost is not None
            lease.check()
