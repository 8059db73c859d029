"""Shards of a stage: which are left to do, and what a failed one leaves for the process that waits."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import DiskFullError, InputError, MissingExtraError, PipelineError, StageError, UnansweredError
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.layout import BuildFolder
from pipeline.io.ledger import ShardLedger, ShardReport, write_shard_report
from pipeline.io.outputs import Finding
from pipeline.stages.runner import Stage, _log_findings, _not_written, _shard_error, check_beam_options
from pipeline.stages.shards import Shard, _asks_no_more, _RunShard, after, leave_error, shard_id, unfinished
from pipeline.stages.synthesize import _Outcome
from pipeline.synthesize.teachers.protocol import NOT_ASKED, FinishReason, TeacherReply, failed_reply


class Work:
    """Keeps what it is told to, or raises it."""

    stage = "words"
    fingerprint = "f"

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.ran: list[str] = []

    def run(self, shard: Shard, folder: BuildFolder, ledger: ShardLedger) -> None:
        self.ran.append(shard.shard_id)
        ledger.keep(len(shard.inputs))
        if self.error is not None:
            raise self.error


@pytest.fixture
def folder(tmp_path: Path) -> BuildFolder:
    return BuildFolder(str(tmp_path))


def left(folder: BuildFolder, shard: str = "00000") -> dict[str, object]:
    value = read_checked(folder.shard_error("words", shard))
    return {name: own for name, own in value.items() if name != "checksum"}


@pytest.mark.parametrize(("index", "name"), [(0, "00000"), (42, "00042"), (123456, "123456")])
def test_shard_has_five_digits(index: int, name: str) -> None:
    assert shard_id(index) == name


def test_shards_without_a_report_of_this_fingerprint_are_left(folder: BuildFolder) -> None:
    shards = [Shard(shard_id(index), ()) for index in range(4)]
    write_shard_report(folder, ShardReport("words", "00001", "f", 0, 0, 0, 0))
    write_shard_report(folder, ShardReport("words", "00002", "old", 0, 0, 0, 0))
    write_shard_report(folder, ShardReport("other", "00003", "f", 0, 0, 0, 0))
    assert unfinished(shards, work=Work(), folder=folder) == [shards[0], shards[2], shards[3]]
    assert after(shards[0], ["x"]) is shards[0]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            InputError("No such thing.", remedy="Name another."),
            {"type": "InputError", "message": "No such thing.", "remedy": "Name another."},
        ),
        (
            ZeroDivisionError("by zero"),
            {
                "type": "StageError",
                "message": "Shard 00000 of words failed: ZeroDivisionError: by zero.",
                "remedy": "See the traceback in the log; finished shards are kept.",
            },
        ),
        (
            UnansweredError("No.", remedy="Again.", reasons={"x": 2}, num_requests=5, num_unasked=3, gave_up=True),
            {
                "type": "UnansweredError",
                "message": "No.",
                "remedy": "Again.",
                "reasons": {"x": 2},
                "requests": 5,
                "unasked": 3,
                "gave_up": True,
            },
        ),
    ],
)
def test_failed_shard_leaves_its_error_as_it_was(
    folder: BuildFolder, error: Exception, expected: dict[str, object]
) -> None:
    leave_error(error, folder=folder, stage="words", shard_id="00000")
    assert left(folder) == expected


def run(work: Work, folder: BuildFolder, shard: str = "00000") -> list[str]:
    return list(_RunShard(work, folder).process(Shard(shard, ("a", "b"))))  # type: ignore[arg-type]


def test_shard_that_ends_well_is_named_and_one_that_fails_raises_what_it_left(folder: BuildFolder) -> None:
    assert run(Work(), folder) == ["00000"]
    assert json.loads(Path(folder.shard_report("words", "00000")).read_text())["num_kept"] == 2
    with pytest.raises(MissingExtraError, match="No engine"):
        run(Work(MissingExtraError("No engine.", extra="vllm")), folder, "00001")
    assert left(folder, "00001")["type"] == "MissingExtraError"
    assert not Path(folder.shard_report("words", "00001")).exists()


def test_shard_whose_requests_failed_does_not_end_the_job_and_others_are_tried_unless_the_asks_no_more(
    folder: BuildFolder,
) -> None:
    assert run(Work(UnansweredError("No.", reasons={"x": 1})), folder) == []
    assert not _asks_no_more(folder, "words")
    assert run(Work(), folder, "00001") == ["00001"]
    assert run(Work(UnansweredError("No.", gave_up=True)), folder, "00002") == []
    assert _asks_no_more(folder, "words")
    idle = Work()
    assert run(idle, folder, "00003") == []
    assert idle.ran == []
    assert not _asks_no_more(folder, "others")


def stage_of(*names: str) -> Stage:
    return Stage(names[0], "words", "f", "", dict.fromkeys(names, ("00000", "00001")), (), lambda job: None)


def test_error_of_a_stage_is_the_first_that_a_shard_left_whatever_other_requests_failed(folder: BuildFolder) -> None:
    stage = stage_of("words", "more")
    assert _shard_error(stage, folder) is None
    for shard, count in (("00000", 2), ("00001", 3)):
        error = UnansweredError("No.", reasons={"x": count}, num_requests=10)
        leave_error(error, folder=folder, stage="words", shard_id=shard)
    found = _shard_error(stage, folder)
    assert isinstance(found, UnansweredError)
    assert found.reasons == {"x": 5}
    assert found.num_requests == 20
    leave_error(InputError("Bad.", remedy="Mend."), folder=folder, stage="more", shard_id="00000")
    found = _shard_error(stage, folder)
    assert isinstance(found, InputError)
    assert (found.message, found.remedy) == ("Bad.", "Mend.")


def test_error_of_an_unknown_kind_is_one_of_the_stage_and_a_damaged_one_is_none(
    folder: BuildFolder, caplog: pytest.LogCaptureFixture
) -> None:
    write_checked(folder.shard_error("words", "00001"), {"type": "Strange", "message": "M.", "remedy": "R."})
    found = _shard_error(stage_of("words"), folder)
    assert type(found) is StageError
    assert str(found) == "M. R."
    Path(folder.shard_error("words", "00001")).write_text("{")
    assert _shard_error(stage_of("words"), folder) is None
    assert "is damaged" in caplog.text


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("Traceback\nDiskFullError: Cannot write x: full.\n", "Cannot write x: full."),
        ("pipeline.errors.DiskFullError: Cannot write x. [while running 'pack/ParDo']", "Cannot write x."),
        ("ValueError: no", None),
    ],
)
def test_full_disk_is_read_from_what_beam_passes_on(said: str, message: str | None) -> None:
    found = _not_written(RuntimeError(said))
    assert (None if found is None else (type(found), found.message)) == (message and (DiskFullError, message))


@pytest.mark.parametrize(("number", "lines"), [(1, 1), (20, 20), (21, 21), (25, 21)])
def test_log_names_twenty_files_and_counts_the_others(
    number: int, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    _log_findings(stage_of("words"), [Finding(f"part-{at}", "is missing") for at in range(number)])
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == lines
    assert messages[0] == "words: part-0 is missing"
    if number > 20:
        assert messages[-1] == f"words: more files with problems: {number - 20}"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--direct_num_worker=2", "Beam has no option '--direct_num_worker'."),
        ("--direct_num_workers=two", "Beam cannot read its options: --direct_num_workers=two."),
    ],
)
def test_option_that_beam_does_not_know_is_named(option: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        check_beam_options([option])
    assert (raised.value.message, raised.value.remedy) == (message, "Correct the options after --.")


def replies(num_right: int, *errors: str) -> list[TeacherReply]:
    answered = replace(failed_reply(""), finish_reason=FinishReason.STOP)
    return [answered] * num_right + [failed_reply(error) for error in errors]


@pytest.mark.parametrize(
    ("share", "num_right", "errors", "is_refused"),
    [
        (0.0, 4, [], False),
        (0.0, 4, ["x"], True),
        (0.25, 3, ["x"], False),
        (0.24, 3, ["x"], True),
        (0.25, 6, ["x", "y"], False),
        (0.0, 4, [NOT_ASKED], False),
        (1.0, 0, ["x"], False),
    ],
)
def test_shard_is_refused_where_more_of_its_requests_failed_than_may(
    share: float, num_right: int, errors: list[str], is_refused: bool
) -> None:
    outcome = _Outcome("00007", share)
    every = replies(num_right, *errors)
    outcome.add(every[:1])
    outcome.add(every[1:])
    if not is_refused:
        outcome.check()
        return
    with pytest.raises(UnansweredError) as raised:
        outcome.check()
    error = raised.value
    assert error.message == f"1 of the {len(every)} teacher requests of shard 00007 failed: x (1 ×)."
    assert error.remedy == "Run the same command again: it sends only the requests that have no answer yet."
    assert (error.reasons, error.num_requests, error.num_unasked, error.gave_up) == ({"x": 1}, len(every), 0, False)


def test_shard_whose_asks_no_more_says_how_many_were_not_asked() -> None:
    outcome = _Outcome("00001", 0.0)
    outcome.add(replies(1, "x", NOT_ASKED, NOT_ASKED))
    error = outcome.error(gave_up=True)
    assert isinstance(error, PipelineError)
    assert error.message == "1 of the 4 teacher requests of shard 00001 failed, 2 more were not sent: x (1 ×)."
    assert (error.num_unasked, error.gave_up) == (2, True)


def test_shards_are_dealt_to_two_workers_by_the_size_of_their_files(tmp_path: Path) -> None:
    sizes = [5, 1, 9, 8, 3, 7, 2]
    shards = []
    for number, size in enumerate(sizes):
        (tmp_path / str(number)).write_bytes(b"x" * size * 100)
        shards.append(Shard(shard_id(number), (str(tmp_path / str(number)), str(tmp_path / "missing"), "no file")))
    dealt = unfinished(shards, work=Work(), folder=BuildFolder(str(tmp_path / "build")))
    assert [sizes[int(shard.shard_id)] for shard in dealt] == [9, 8, 5, 7, 3, 2, 1]
    assert unfinished([replace(own, inputs=()) for own in shards], work=Work(), folder=BuildFolder("none")) == [
        replace(own, inputs=()) for own in shards
    ]
