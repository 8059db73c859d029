import logging
import time

from pipeline.synthesize.teachers.servers.watch import ServerWatch


def watch(*, max_wait_seconds: float = 600.0, batch_size: int = 4, window: int = 100) -> ServerWatch:
    made = ServerWatch(address="http://host/v1", max_wait_seconds=max_wait_seconds, batch_size=batch_size)
    made.open_window(window)
    return made


def test_watch_gives_up_when_the_first_batch_fails_alike():
    own = watch()
    for _ in range(3):
        own.failed("status 401")
    assert not own.gave_up
    own.failed("status 401")
    assert own.gave_up


def test_watch_takes_a_window_smaller_than_a_batch_for_the_first_batch():
    own = watch(window=2)
    own.failed("status 401")
    assert not own.gave_up
    own.failed("status 401")
    assert own.gave_up


def test_watch_goes_on_when_the_first_batch_fails_in_several_ways_until_two_batches_failed():
    own = watch()
    for number in range(7):
        own.failed(f"status {number % 2}")
    assert not own.gave_up
    own.failed("status 0")
    assert own.gave_up


def test_watch_goes_on_after_an_answer_of_this_or_an_earlier_run():
    for answer in (ServerWatch.answered, ServerWatch.found_answer):
        own = watch()
        answer(own)
        for _ in range(7):
            own.failed("status 400")
        assert not own.gave_up


def test_watch_counts_failures_since_the_last_answer_only():
    own = watch()
    for _ in range(20):
        for _ in range(3):
            own.failed("status 400")
        own.answered()
    assert not own.gave_up


def test_watch_gives_up_after_two_windows_without_an_answer():
    own = watch(batch_size=100)
    own.close_window(num_answered=0, num_failed=1, num_cached=0)
    assert not own.gave_up
    own.close_window(num_answered=0, num_failed=1, num_cached=0)
    assert own.gave_up


def test_watch_does_not_count_windows_of_what_the_server_always_refuses():
    own = watch(batch_size=100)
    for _ in range(9):
        own.close_window(num_answered=0, num_failed=1, num_cached=5)
        own.close_window(num_answered=0, num_failed=0, num_cached=5)
    assert not own.gave_up
    for _ in range(2):
        own.failed_try("status 500", started=time.monotonic(), is_unreachable=False)
        own.close_window(num_answered=0, num_failed=1, num_cached=5)
    assert own.gave_up


def test_watch_gives_up_when_the_server_cannot_be_reached_for_so_long():
    own = watch(max_wait_seconds=50)
    own._last_answer -= 1000
    now = time.monotonic()
    own.failed_try("ConnectError", started=now - 40, is_unreachable=True)
    assert not own.gave_up
    own.failed_try("status 503", started=now - 30, is_unreachable=False)
    own.failed_try("ConnectError", started=now - 20, is_unreachable=True)
    own._unreachable_since -= 20
    own.failed_try("ConnectError", started=now, is_unreachable=True)
    assert not own.gave_up, "it was reached 30 seconds ago"
    own._unreachable_since -= 20
    own.failed_try("ConnectError", started=now, is_unreachable=True)
    assert own.gave_up


def test_watch_tells_of_an_outage_and_of_its_end_once(caplog):
    own = watch(max_wait_seconds=60)
    own._last_answer -= 1000
    with caplog.at_level(logging.WARNING):
        assert own.seconds_left() is None
        own.failed_try("status 503: loading", started=time.monotonic(), is_unreachable=False)
        assert own.seconds_left() is None, "it has been silent for a moment only"
        assert caplog.messages == []
        own._silent_since -= 20
        for _ in range(3):
            own.failed_try("status 503: loading", started=time.monotonic(), is_unreachable=False)
        assert own.seconds_left() in (39, 40)
        own.answered()
        own.answered()
    assert caplog.messages == [
        "http://host/v1 does not answer (status 503: loading); trying again for up to 40 s.",
        "http://host/v1 answers again after 20 s.",
    ]
    assert own.seconds_left() is None
