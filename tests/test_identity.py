import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline
from pipeline.config.build import DedupRecipe
from pipeline.identity import (
    code_version,
    content_id,
    fingerprint,
    seeded_random,
    sha256_hex,
    stable_hash64,
    unit_interval,
)
from pipeline.records import Section


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


def test_ids_and_fingerprints_are_those_of_earlier_builds() -> None:
    """Folders, caches and splits of earlier builds are found by these; a change here orphans them all."""
    assert content_id("계약", 7) == "c5a000ce794f26e8"
    assert stable_hash64("x") == 4459481102808708127
    assert fingerprint({"b": [1, "갑"], "a": None}) == "1227e4275cb827c8a4c67f9f2f2cd2be"
    assert seeded_random(17, "doc").random() == 0.39816010712784033


def test_unit_interval_keeps_53_bits_of_the_hash() -> None:
    for part in range(50):
        assert unit_interval("u", part) == (stable_hash64("u", part) >> 11) / 2**53


def test_content_id_has_sixteen_hex_digits_and_tells_no_parts_from_an_empty_one() -> None:
    ids = {content_id(), content_id(""), content_id("", ""), content_id("a"), content_id("a", "")}
    assert len(ids) == 5
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in ids)


def test_fingerprint_refuses_what_has_no_stable_form() -> None:
    with pytest.raises(TypeError, match="cannot fingerprint a set"):
        fingerprint({1, 2})


def test_fingerprint_of_a_dataclass_is_that_of_its_fields() -> None:
    assert fingerprint(Section(1, 2, 3, "t")) == fingerprint({"start": 1, "end": 2, "level": 3, "title": "t"})


def test_code_version_sees_data_files_and_refuses_an_unknown_name() -> None:
    assert code_version(["synthesize/prompts"]) != code_version(["synthesize/teachers"])
    with pytest.raises(FileNotFoundError):
        code_version(["no_such_module"])


def test_code_version_changes_with_a_template_and_not_with_compiled_files(tmp_path: Path) -> None:
    package = tmp_path / "pipeline"
    (package / "words" / "__pycache__").mkdir(parents=True)
    shutil.copy(Path(pipeline.__file__).parent / "identity.py", package)
    for folder in (package, package / "words"):
        (folder / "__init__.py").write_text("")
    template = package / "words" / "page.html"

    def version() -> str:
        program = "from pipeline.identity import code_version; print(code_version(['words']))"
        return subprocess.run(
            [sys.executable, "-B", "-c", program],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    template.write_text("one")
    before = version()
    (package / "words" / "__pycache__" / "a.pyc").write_text("compiled")
    assert version() == before
    template.write_text("two")
    assert version() != before


def test_ids_and_draws_are_those_of_every_earlier_version() -> None:
    """Documents, splits and paid answers of an earlier build are found again by them."""
    assert content_id("계약", 7) == "c5a000ce794f26e8"
    assert stable_hash64("x") == 4459481102808708127
    assert unit_interval("seed", 3) == 0.15088922604252397
    assert seeded_random(1, "a").random() == 0.10051437935907692
    assert fingerprint({"b": [1, None, 2.5], "a": "계약"}) == "0b43542dd920903a59036ed7fd5fb731"
    assert sha256_hex(b"x") == "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
