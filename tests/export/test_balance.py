"""A balanced choice: shares hold, yield where they must, and every item that is dropped is told why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.export.balance import CONTEXT_FULL, Outcome, choose_balanced
from pipeline.export.capped import Cap, CappedItem, Yielding
from pipeline.export.follow_ups import PARENT_DROPPED

TRIVIAL = Cap(reason="trivial_share", share=0.05, yielding=Yielding.NEVER)
TASK = Cap(reason="task_share", share=0.25, yielding=Yielding.FIRST)
DEPTH = Cap(reason="depth_share", share=0.125, yielding=Yielding.FIRST)
CAPS = (TRIVIAL, TASK, DEPTH)
EVEN = (TRIVIAL, TASK, Cap(reason="depth_share", share=1.0, yielding=Yielding.FIRST))


def item(place: int, number: int, task: str, *, depth: int = 0, trivial: bool = False) -> CappedItem:
    return CappedItem(
        context=f"p{place}",
        kind=task,
        is_last_resort=trivial,
        groups=("trivial" if trivial else "", task, str(depth)),
        rank=(place * 7919 + number * 104729 + len(task)) % 1_000_003 * 1000 + place * 31 + number,
    )


def choose(items: list[CappedItem], *, caps: tuple[Cap, ...] = CAPS, room: int = 99, max_loss: float = 0.4) -> Outcome:
    return choose_balanced(items, caps=caps, room={one.context: room for one in items}, max_loss=max_loss)


def kept(items: list[CappedItem], outcome: Outcome) -> list[CappedItem]:
    return [one for one, reason in zip(items, outcome.reasons, strict=True) if not reason]


def test_no_task_has_more_than_its_share_and_the_rest_keeps_all_it_has() -> None:
    items = [item(n % 50, n, "clause") for n in range(1000)]
    items += [item(n % 50, n, task) for task in ("amount", "party", "steps", "table") for n in range(200)]
    outcome = choose(items, caps=EVEN, max_loss=0.5)
    counts = Counter(one.kind for one in kept(items, outcome))
    assert counts["clause"] <= 0.25 * counts.total()
    assert counts["clause"] >= 0.24 * counts.total()
    assert {task: counts[task] for task in counts if task != "clause"} == dict.fromkeys(
        ("amount", "party", "steps", "table"), 200
    )
    assert set(outcome.reasons) == {"", "task_share"}


def test_item_that_follows_another_is_chosen_only_after_it_and_told_why_not() -> None:
    leads = [item(n % 5, n, "clause", trivial=n % 2 == 0) for n in range(40)]
    items = leads + [replace(item(n % 5, 100 + n, "next"), follows=n) for n in range(40)]
    outcome = choose(items, caps=EVEN, room=12, max_loss=0.9)
    chosen = [not reason for reason in outcome.reasons]
    assert any(chosen[40:]), "some follow-ups are chosen"
    assert all(chosen[n] for n in range(40) if chosen[40 + n])
    assert {outcome.reasons[40 + n] for n in range(40) if not chosen[n]} == {PARENT_DROPPED}
    assert PARENT_DROPPED not in {outcome.reasons[40 + n] for n in range(40) if chosen[n]}
    assert all(number <= 12 for number in Counter(one.context for one in kept(items, outcome)).values())


def test_share_that_cannot_hold_yields_as_little_as_it_takes() -> None:
    items = [item(n % 50, n, "clause") for n in range(1000)]
    items += [item(n % 50, n, task) for task in ("amount", "party", "steps", "table") for n in range(20)]
    outcome = choose(items, caps=EVEN, max_loss=0.4)
    counts = Counter(one.kind for one in kept(items, outcome))
    assert 0.59 * 1080 <= counts.total() <= 0.62 * 1080, "no more is dropped than may be"
    assert outcome.shares["task_share"][""] > 0.8
    nothing_dropped = choose(items, caps=EVEN, max_loss=0.0)
    assert set(nothing_dropped.reasons) == {""}


def test_share_is_no_matter_where_there_are_too_few_groups_to_share() -> None:
    items = [item(n, n, "clause") for n in range(60)] + [item(n, n, "amount") for n in range(20)]
    assert set(choose(items, caps=EVEN).reasons) == {""}


def test_items_without_a_group_leave_room_for_the_share_of_a_single_group() -> None:
    written = [item(number, number, "") for number in range(90)]
    asked = [item(200 + number, 200 + number, "clause") for number in range(60)]
    outcome = choose([*written, *asked], caps=(TRIVIAL, Cap("task_share", 0.3, yielding=Yielding.FIRST), EVEN[2]))
    chosen = kept([*written, *asked], outcome)
    assert outcome.shares["task_share"][""] == 0.3
    num_asked = sum(one.groups[1] == "clause" for one in chosen)
    assert len(chosen) - num_asked == 90
    assert 0.25 < num_asked / len(chosen) <= 0.3


def test_trivial_items_keep_their_share_always_and_go_where_nothing_else_is() -> None:
    rich = [item(n % 20, n, f"task{n % 8}") for n in range(400)] + [
        item(n % 20, n, "who", trivial=True) for n in range(400, 800)
    ]
    poor = [item(20 + n, n, "who", trivial=True) for n in range(10)]
    items = rich + poor
    outcome = choose(items, caps=EVEN, room=20)
    chosen = kept(items, outcome)
    trivial = [one for one in chosen if one.is_last_resort]
    assert 0 < len(trivial) <= 0.05 * len(chosen)
    assert {one.context for one in trivial} == {one.context for one in poor}
    only_trivial = choose(poor, caps=EVEN)
    assert set(only_trivial.reasons) == {"trivial_share"}, "a share that holds always leaves nothing here"


def test_depths_are_flat_where_each_has_enough() -> None:
    items = [item(place, n, f"task{n % 8}", depth=(n % 10 if n % 3 else 0)) for place in range(60) for n in range(60)]
    outcome = choose(items, room=20)
    counts = Counter(one.groups[-1] for one in kept(items, outcome))
    assert len(counts) == 10
    assert min(counts.values()) >= 0.07 * counts.total()
    assert max(counts.values()) <= 0.13 * counts.total()


def test_caps_that_bind_each_other_hold_together() -> None:
    """The task has a share of 266 by its cap alone; but half of the others stand at one depth."""
    caps = (TRIVIAL, TASK, Cap("depth_share", 0.2, yielding=Yielding.FIRST))
    items = [item(n % 97, n, "clause", depth=1 + n % 9) for n in range(1000)]
    for task in ("amount", "party", "steps", "table", "note"):
        items += [item(n % 97, n + 1000, task, depth=0 if n % 2 else 1 + n % 9) for n in range(40)]
    outcome = choose(items, caps=caps, room=200, max_loss=0.9)
    assert set(outcome.reasons) == {"", "task_share", "depth_share"}
    chosen = kept(items, outcome)
    assert 170 <= len(chosen) <= 182
    for number, cap in enumerate(caps[1:], start=1):
        assert outcome.shares[cap.reason][""] == cap.share, "it need not yield"
        counts = Counter(one.groups[number] for one in chosen)
        assert max(counts.values()) <= cap.share * len(chosen)


def test_caps_together_drop_no_more_than_may_be_dropped() -> None:
    """Nine short documents: each cap alone keeps two thirds, all together would keep a third."""
    tasks = ("clause", "duty", "amount", "speaker", "deadline")
    items = [item(n % 9, n, tasks[n % 7 % 5], depth=(n * 3) % 10) for n in range(30)]
    for max_loss in (0.5, 0.25, 0.0):
        assert len(kept(items, choose(items, room=3, max_loss=max_loss))) >= int(27 * (1 - max_loss))


def test_group_that_is_all_there_is_is_no_reason() -> None:
    domain = Cap("domain_share", 0.4, yielding=Yielding.FIRST)
    items = [
        replace(item(n % 50, n, task), groups=("legal", task))
        for task, count in (("clause", 600), ("amount", 100), ("party", 100), ("steps", 100), ("note", 100))
        for n in range(count)
    ]
    outcome = choose(items, caps=(domain, TASK), max_loss=0.9)
    assert set(outcome.reasons) == {"", "task_share"}
    assert outcome.shares["domain_share"][""] == 1.0


def test_place_gives_what_it_has_room_for_and_one_of_each_kind_first() -> None:
    items = [item(0, n, task) for n in range(10) for task in ("a", "b", "c", "d", "e")]
    outcome = choose(items, caps=EVEN, room=5)
    assert Counter(one.kind for one in kept(items, outcome)) == dict.fromkeys("abcde", 1)
    assert Counter(outcome.reasons) == {"": 5, CONTEXT_FULL: 45}
    assert outcome.num_per_context == {"p0": 50}


def test_every_place_gives_one_before_any_gives_two() -> None:
    items = [item(place, n, f"task{(place + n) % 5}") for place in range(30) for n in range(1 + 19 * (place == 0))]
    chosen = kept(items, choose(items, caps=EVEN))
    assert {one.context for one in chosen} == {one.context for one in items}


def test_nothing_in_gives_nothing_out() -> None:
    assert choose([]) == Outcome(reasons=(), shares={cap.reason: {} for cap in CAPS}, num_per_context={})


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcdef"), st.integers(0, 9), st.booleans()), max_size=120),
    st.integers(1, 8),
    st.sampled_from([0.0, 0.3, 1.0]),
)
def test_any_items_are_all_decided_about_whatever_their_order(
    drawn: list[tuple[int, str, int, bool]], room: int, max_loss: float
) -> None:
    items = [item(place, n, task, depth=depth, trivial=t) for n, (place, task, depth, t) in enumerate(drawn)]
    items = list({one.rank: one for one in items}.values())
    outcome = choose(items, room=room, max_loss=max_loss)
    assert len(outcome.reasons) == len(items)
    chosen = kept(items, outcome)
    assert all(count <= room for count in Counter(one.context for one in chosen).values())
    assert sum(one.is_last_resort for one in chosen) <= 0.05 * max(len(items), 1)
    backwards = choose(items[::-1], room=room, max_loss=max_loss)
    assert backwards.reasons[::-1] == outcome.reasons
