"""A field of recipes that maps names of plug-ins to their options."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from pipeline import plugin_collectors
from pipeline.config import plugins
from pipeline.config.base import RecipeSection
from pipeline.config.plugins import ByName, Family, named_options, register

_STAMPS = ByName("toy stamp", key="stamp")


class Stamp(RecipeSection):
    stamp: str
    size: int = 1


class Star(Stamp):
    stamp: Literal["star"] = "star"
    points: int = Field(default=5, ge=3)


class Moon(Stamp):
    stamp: Literal["moon"] = "moon"
    phase: float = 0.5


class Sheet(RecipeSection):
    stamps: Annotated[tuple[Stamp, ...], _STAMPS] = Field(default_factory=lambda: _STAMPS.made("moon", "comet"))


@pytest.fixture(autouse=True)
def families(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plugins, "_families", {})
    monkeypatch.setattr(plugin_collectors, "_collectors", [])
    register("toy stamp", Family({"star": Star, "moon": Moon}))
    yield


def sheet(stamps: Any) -> Sheet:
    return Sheet.model_validate({"stamps": stamps})


def test_by_name_mapping_gives_the_options_in_the_order_of_the_recipe() -> None:
    assert sheet({"star": {"points": 7}, "moon": None}).stamps == (Star(points=7), Moon())
    assert sheet({"moon": {}, "star": {"size": 2}}).stamps == (Moon(), Star(size=2))
    assert sheet({}).stamps == ()


def test_by_name_default_has_the_plug_ins_that_exist() -> None:
    assert Sheet().stamps == (Moon(),)


def test_by_name_field_comes_back_equal_from_its_own_dump() -> None:
    made = sheet({"star": {"points": 7}, "moon": {"phase": 0.25}})
    dumped = made.model_dump(mode="json")
    assert dumped == {"stamps": {"star": {"size": 1, "points": 7}, "moon": {"size": 1, "phase": 0.25}}}
    assert Sheet.model_validate(dumped) == made and hash(made) == hash(Sheet.model_validate(dumped))
    assert pickle.loads(pickle.dumps(made)) == made


@pytest.mark.parametrize(
    ("stamps", "location", "kind"),
    [
        ({"comet": {}}, ("stamps",), "unknown_plugin"),
        ({"star": {"points": 2}}, ("stamps", "star", "points"), "greater_than_equal"),
        ({"star": {"phase": 1}}, ("stamps", "star", "phase"), "extra_forbidden"),
        (["star"], ("stamps",), "named_options"),
    ],
)
def test_by_name_fault_is_found_at_its_key(stamps: Any, location: tuple[str, ...], kind: str) -> None:
    with pytest.raises(ValidationError) as raised:
        sheet(stamps)
    (error,) = raised.value.errors()
    assert (error["loc"], error["type"]) == (location, kind)


def test_by_name_schema_has_a_property_for_each_plug_in() -> None:
    schema = Sheet.model_json_schema()
    stamps = schema["properties"]["stamps"]
    assert stamps["additionalProperties"] is False and sorted(stamps["properties"]) == ["moon", "star"]
    assert stamps["properties"]["star"]["properties"]["points"]["minimum"] == 3
    assert stamps["properties"]["moon"]["additionalProperties"] is False


def test_named_options_finds_the_model_of_a_name_in_the_mapping() -> None:
    assert named_options(Sheet, "stamps", "star") is Star
    assert named_options(Sheet, "stamps", "comet") is None
    assert named_options(Stamp, "size", "star") is None
