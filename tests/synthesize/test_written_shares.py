import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.written_shares import deal

TASKS = ["qa", "summary", "steps"]
SUPPLIES = st.fixed_dictionaries(dict.fromkeys(TASKS, st.integers(0, 30)))
WEIGHTS = st.fixed_dictionaries(dict.fromkeys(TASKS, st.floats(0.1, 8)))


def test_deal_serves_tasks_of_equal_weight_in_turn():
    plenty = dict.fromkeys(TASKS, 99)
    assert deal(7, plenty, dict.fromkeys(TASKS, 1.0)) == {"qa": 3, "summary": 2, "steps": 2}


def test_deal_follows_the_weights():
    plenty = dict.fromkeys(TASKS, 99)
    assert deal(12, plenty, {"qa": 3, "summary": 2, "steps": 1}) == {"qa": 6, "summary": 4, "steps": 2}
    assert deal(4, plenty, {"qa": 1, "summary": 0, "steps": 1}) == {"qa": 2, "summary": 0, "steps": 2}


def test_deal_gives_what_one_task_cannot_use_to_the_others():
    supplies = {"qa": 10, "summary": 1, "steps": 0}
    assert deal(8, supplies, dict.fromkeys(TASKS, 1.0)) == {"qa": 7, "summary": 1, "steps": 0}
    assert deal(20, supplies, dict.fromkeys(TASKS, 1.0)) == supplies


@given(st.integers(0, 60), SUPPLIES, WEIGHTS)
def test_deal_uses_all_requests_that_the_supplies_allow(count, supplies, weights):
    dealt = deal(count, supplies, weights)
    assert sum(dealt.values()) == min(count, sum(supplies.values()))
    assert all(0 <= dealt[task] <= supplies[task] for task in supplies)


@given(st.integers(0, 60), SUPPLIES, WEIGHTS)
def test_deal_takes_nothing_back_when_there_is_one_request_more(count, supplies, weights):
    fewer, more = deal(count, supplies, weights), deal(count + 1, supplies, weights)
    assert all(fewer[task] <= more[task] for task in supplies)


@pytest.mark.parametrize(
    ("count", "supplies", "weights"),
    [(-1, {"qa": 1}, {"qa": 1}), (1, {"qa": -1}, {"qa": 1}), (1, {"qa": 1}, {"qa": -1}), (1, {"qa": 1}, {})],
)
def test_deal_refuses_negative_numbers_and_a_missing_weight(count, supplies, weights):
    with pytest.raises(ValueError, match="0 or more"):
        deal(count, supplies, weights)
