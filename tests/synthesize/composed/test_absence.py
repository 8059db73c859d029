"""Absence and numbering: what is present in any spelling is never called absent, and runs have no gap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.synthesize.composed.absence import AbsenceReading, near_misses, nearest, recombined, squeezed
from pipeline.synthesize.composed.label_runs import is_number_absent, opens_line, runs_of
from pipeline.synthesize.composed.name_parts import function_parts, option_parts, person_parts

WORDS = st.text(alphabet="abcdefgh가나다", min_size=2, max_size=8)


@given(WORDS, WORDS, st.sampled_from([" ", "-", "_", "\n", "  "]), st.booleans())
def test_absence_of_a_name_that_is_in_the_text_in_other_spelling_is_denied(
    one: str, other: str, joint: str, is_upper: bool
) -> None:
    written = f"{one}{joint}{other}"
    text = f"before {written.upper() if is_upper else written}은 after"
    assert not AbsenceReading(text).is_absent(f"{one} {other}")
    assert AbsenceReading("before after").is_absent(f"{one}q{other}")


@given(st.lists(WORDS, min_size=1, max_size=6), st.text(max_size=60), st.text(max_size=5))
def test_near_misses_are_absent_and_the_same_for_every_order(names: list[str], text: str, seed: str) -> None:
    reading = AbsenceReading(text)
    found = near_misses(ranked=(names,), reading=reading, seed=seed, count=3)
    assert found == near_misses(ranked=(list(reversed(names)),), reading=reading, seed=seed, count=3)
    assert all(squeezed(name) not in squeezed(text) for name in found)


@given(st.sets(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), min_size=1))
def test_recombined_names_are_made_of_both_names(pairs: set[tuple[str, str]]) -> None:
    names = [f"{one * 3}_{two * 3}" for one, two in sorted(pairs)]
    for made, first, second in recombined(names, split=function_parts):
        assert made == f"{first.split('_')[0]}_{second.split('_')[1]}"
        assert made not in (first, second)


def test_name_parts_of_options_functions_and_people() -> None:
    assert option_parts("--max-size") == ("--max-", "size")
    assert option_parts("--no-color") is None and option_parts("-v") is None
    assert option_parts("MAX_SIZE") == ("MAX_", "SIZE")
    assert function_parts("getUserName") == ("getUser", "Name")
    assert function_parts("main") is None
    assert person_parts("Ada Lind") == ("Ada ", "Lind") and person_parts("Ada") is None


@given(st.lists(WORDS, min_size=1, max_size=6, unique=True), WORDS, st.integers(1, 4))
def test_nearest_names_keep_their_order_and_a_name_is_nearest_to_itself(
    names: list[str], name: str, count: int
) -> None:
    found = nearest(name, names, count=count)
    assert found == [one for one in names if one in found] and len(found) == min(count, len(names))
    assert nearest(names[-1], names, count=1)[0].casefold() == names[-1].casefold()


@given(st.integers(1, 12), st.sets(st.integers(1, 12)))
def test_runs_of_labels_have_no_gap(last: int, missing: set[int]) -> None:
    numbers = [number for number in range(1, last + 1) if number not in missing]
    found = list(runs_of([f"Section 4.{number}" for number in numbers]))
    is_whole = numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= 3
    assert [run.last for run in found] == ([len(numbers)] if is_whole else [])


@given(st.integers(3, 40), st.integers(1, 60))
def test_number_absent_means_no_line_and_no_mention(last: int, number: int) -> None:
    [run] = runs_of([f"제{each}조" for each in range(1, last + 1)])
    text = "\n".join(f"제{each}조 을은 차임을 낸다." for each in range(1, last + 1))
    assert is_number_absent(text=text, run=run, number=number) == (number > last)
    assert opens_line(text=text, run=run, number=number) == (number <= last)
    assert not is_number_absent(text=f"{text}\n민법 제 {last + 1} 조를 본다.", run=run, number=last + 1)
