"""Balance by weight: caps in tokens, caps of a bucket, floors, and what yields first."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config.shares import Measure
from pipeline.export.balance import Outcome, choose_balanced
from pipeline.export.capped import Base, Cap, CappedItem, Floor, Weight, Yielding

FREE = Cap("depth_share", 1.0, Yielding.FIRST)
DOMAIN = Cap("domain_share", 0.5, Yielding.FIRST, Measure.TOKENS)


def item(
    context: int,
    number: int,
    *,
    domain: str = "",
    depth: str = "",
    tokens: int = 1,
    bucket: str = "1024",
    floors: tuple[bool, ...] = (),
    kind: str = "clause",
) -> CappedItem:
    return CappedItem(
        context=f"p{context}",
        kind=kind,
        is_last_resort=False,
        groups=(domain, depth),
        rank=context * 10_007 + number,
        bucket=bucket,
        floors=floors,
        weight=Weight(1, tokens, tokens),
    )


def choose(
    items: list[CappedItem],
    caps: tuple[Cap, ...],
    *,
    room: int = 99,
    max_loss: float = 0.9,
    floors: tuple[Floor, ...] = (),
) -> Outcome:
    rooms = {one.context: room for one in items}
    return choose_balanced(items, caps=caps, room=rooms, max_loss=max_loss, floors=floors)


def tokens_of(items: list[CappedItem], outcome: Outcome) -> Counter[str]:
    counts: Counter[str] = Counter()
    for one, reason in zip(items, outcome.reasons, strict=True):
        counts[one.groups[0]] += 0 if reason else one.weight.tokens
    return counts


def test_share_in_tokens_counts_tokens_and_not_turns() -> None:
    long = [item(n, n, domain="legal", tokens=100) for n in range(40)]
    short = [item(100 + n, n, domain="code", tokens=10) for n in range(200)]
    outcome = choose([*long, *short], (DOMAIN, FREE))
    tokens = tokens_of([*long, *short], outcome)
    assert tokens["code"] == 2000, "the 200 short questions stay below half of the tokens"
    assert 1900 <= tokens["legal"] <= 2000, "and 40 long ones would be twice as much"
    assert set(outcome.reasons) == {"", "domain_share"}


def test_share_of_a_bucket_refers_to_the_bucket_alone() -> None:
    depth = Cap("depth_share", 0.25, Yielding.FIRST, base=Base.BUCKET)
    even = [item(n, n, depth=f"4096/{n % 4}", bucket="4096") for n in range(80)]
    lean = [item(100 + n, n, depth=f"1024/{n % 4 if n < 24 else 0}") for n in range(60)]
    outcome = choose([*even, *lean], (Cap("domain_share", 1.0, Yielding.FIRST), depth))
    assert not any(outcome.reasons[: len(even)]), "the even bucket keeps all it has"
    kept = Counter(one.groups[1] for one, why in zip(lean, outcome.reasons[len(even) :], strict=True) if not why)
    assert kept["1024/0"] == 6 == kept["1024/1"]


def test_group_below_its_floor_comes_first_where_there_is_little_room() -> None:
    items = [
        item(place, number, kind=kind, floors=(kind == "absent",))
        for place in range(10)
        for number, kind in enumerate(["a", "b", "c", "d", "absent"])
    ]
    without = choose(items, (DOMAIN, FREE), room=1, floors=(Floor(0.0),))
    with_floor = choose(items, (DOMAIN, FREE), room=1, floors=(Floor(0.5),))

    def absent(outcome: Outcome) -> int:
        return sum(one.floors[0] for one, why in zip(items, outcome.reasons, strict=True) if not why)

    assert absent(without) == 2
    assert absent(with_floor) == 5


def test_cap_that_yields_first_is_raised_before_one_that_yields_last() -> None:
    look_up = Cap("look_up_share", 0.4, Yielding.LAST)
    depth = Cap("depth_share", 0.2, Yielding.FIRST)
    items = [item(n, n, domain="one_place" if n % 2 else "", depth=f"{n % 10}") for n in range(40)]
    items += [item(n, n, depth="3") for n in range(100, 160)]
    outcome = choose(items, (look_up, depth), max_loss=0.2)
    assert outcome.shares["look_up_share"] == {"": 0.4}
    assert outcome.shares["depth_share"][""] > 0.5


ITEMS = st.lists(
    st.builds(
        item,
        st.integers(0, 7),
        st.integers(0, 10_000),
        domain=st.sampled_from(["", "legal", "code", "manual"]),
        depth=st.sampled_from(["", "0", "1", "2"]),
        tokens=st.integers(1, 5000),
        kind=st.sampled_from(["a", "b", "c"]),
        floors=st.tuples(st.booleans()),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda one: one.rank,
)


@settings(max_examples=60)
@given(ITEMS, st.floats(0.1, 1), st.integers(1, 9), st.floats(0, 1), st.randoms(use_true_random=False))
def test_choice_by_tokens_decides_about_all_whatever_their_order(
    items: list[CappedItem], share: float, room: int, floor: float, random: object
) -> None:
    caps = (Cap("domain_share", share, Yielding.FIRST, Measure.TOKENS), Cap("depth_share", 0.5, Yielding.FIRST))
    floors = (Floor(floor, Measure.LOSS_TOKENS),)
    outcome = choose(items, caps, room=room, floors=floors)
    assert set(outcome.reasons) <= {"", "document_cap", "domain_share", "depth_share"}
    kept = Counter(one.context for one, why in zip(items, outcome.reasons, strict=True) if not why)
    assert max(kept.values(), default=0) <= room
    assert kept.total() > 0
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    reasons = {one.rank: why for one, why in zip(items, outcome.reasons, strict=True)}
    again = choose(shuffled, caps, room=room, floors=floors)
    assert {one.rank: why for one, why in zip(shuffled, again.reasons, strict=True)} == reasons
    assert again.shares == outcome.shares


@given(st.lists(st.integers(1, 900), min_size=40, max_size=80), st.floats(0.3, 0.6))
def test_cap_in_tokens_that_was_not_raised_holds_up_to_one_item(sizes: list[int], share: float) -> None:
    items = [item(n, n, domain=("legal", "code", "")[n % 3], tokens=size) for n, size in enumerate(sizes)]
    outcome = choose(items, (Cap("domain_share", share, Yielding.NEVER, Measure.TOKENS), FREE))
    tokens = tokens_of(items, outcome)
    for domain in ("legal", "code"):
        assert tokens[domain] <= share * tokens.total() + max(sizes)
