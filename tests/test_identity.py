import json
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.build import DedupRecipe
from pipeline.identity import code_version, content_id, fingerprint, seeded_random, stable_hash64, unit_interval


@given(st.text(), st.text(min_size=1), st.text())
def test_content_id_moving_a_boundary_between_parts_changes_it(left: str, middle: str, right: str) -> None:
    assert content_id(left + middle, right) != content_id(left, middle + right)


def test_content_id_is_the_same_in_another_process_with_other_hash_seed() -> None:
    program = (
        "from pipeline.identity import content_id, stable_hash64; print(content_id('계약', 7), stable_hash64('x'))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert printed == {f"{content_id('계약', 7)} {stable_hash64('x')}"}


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_unit_interval_is_in_range_and_repeats(parts: list[str]) -> None:
    value = unit_interval(*parts)
    assert 0.0 <= value < 1.0
    assert value == unit_interval(*parts)


def test_unit_interval_spreads_evenly() -> None:
    values = [unit_interval("seed", index) for index in range(2000)]
    assert 0.47 < sum(values) / len(values) < 0.53


def test_seeded_random_depends_on_every_part() -> None:
    draws = {seeded_random(*parts).random() for parts in [(1, "a"), (1, "b"), (2, "a")]}
    assert len(draws) == 3


def test_fingerprint_ignores_key_order_and_sees_values() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint(json.loads('{"b": 2, "a": 1}'))
    assert fingerprint(DedupRecipe()) != fingerprint(DedupRecipe(threshold=0.8))


def test_code_version_sees_the_package_it_is_asked_about() -> None:
    assert code_version(["records"]) != code_version(["identity"])
    assert code_version(["synthesize"]) != code_version(["synthesize/prompts"])
    assert code_version(["records", "config"]) == code_version(["config", "records"])
