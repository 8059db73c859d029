"""Fields of recipes that take the options, or the name, of something added as one file."""

import pickle
from collections.abc import Iterator
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from pipeline import plugin_collectors
from pipeline.config import plugins
from pipeline.config.base import RecipeSection
from pipeline.config.plugins import (
    Family,
    NameOf,
    OneOf,
    all_names,
    carried_over,
    chosen_options,
    default_options,
    plugins_of,
    plugins_with,
    register,
)


class Options(RecipeSection):
    shape: str
    size: int = 1


class Square(Options):
    shape: Literal["square"] = "square"
    side: int = 2


class Circle(Options):
    shape: Literal["circle"] = "circle"
    radius: int = 3


class Drawing(RecipeSection):
    outline: Annotated[Options, OneOf("toy shape", key="shape")] = Field(default_factory=default_options("toy shape"))
    shadow: Annotated[Options, OneOf("toy shape", key="shape")] | None = None
    fills: tuple[Annotated[str, NameOf("toy fill")], ...] = Field(default_factory=all_names("toy fill"))


class Sketch(RecipeSection):
    outline: Annotated[Options, OneOf("toy shape", key="shape")] | None = None


@pytest.fixture(autouse=True)
def families(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(plugins, "_families", {})
    monkeypatch.setattr(plugin_collectors, "_collectors", [])
    register("toy shape", Family({"square": Square, "circle": Circle}, default="square"))
    register("toy fill", Family({"red": RecipeSection, "green": RecipeSection}))
    yield


def test_drawing_without_values_has_the_default_options_and_all_names() -> None:
    drawing = Drawing()
    assert drawing.outline == Square()
    assert drawing.fills == ("red", "green")


def test_drawing_takes_the_options_that_its_key_names() -> None:
    drawing = Drawing.model_validate({"outline": {"shape": "circle", "size": 4, "radius": 5}, "fills": ["green"]})
    assert drawing.outline == Circle(size=4, radius=5)
    assert drawing.fills == ("green",)
    assert Drawing.model_validate(drawing.model_dump(mode="json")) == drawing
    assert drawing.model_dump(mode="json")["outline"] == {"size": 4, "shape": "circle", "radius": 5}


def test_drawing_without_the_key_is_read_as_the_default() -> None:
    assert Drawing.model_validate({"outline": {"side": 7}}).outline == Square(side=7)


@pytest.mark.parametrize(
    ("values", "where", "message"),
    [
        ({"outline": {"shape": "circle", "side": 2}}, ("outline", "side"), "Extra inputs are not permitted"),
        ({"outline": {"shape": "square", "side": "x"}}, ("outline", "side"), "Input should be a valid integer"),
        ({"outline": {"shape": "circel"}}, ("outline",), "no toy shape has this name; did you mean 'circle'?"),
        ({"outline": {"shape": 3}}, ("outline",), "no toy shape has this name; known names: square, circle"),
        ({"outline": "circle"}, ("outline",), "give a section with the key 'shape'"),
        ({"fills": ["red", "gren"]}, ("fills", 1), "no toy fill has this name; did you mean 'green'?"),
    ],
)
def test_drawing_with_an_impossible_value_names_where_and_what_there_is(
    values: dict[str, object], where: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Drawing.model_validate(values)
    first = caught.value.errors()[0]
    assert first["loc"] == where
    assert first["msg"].startswith(message)


def test_drawing_is_hashable_and_travels_to_workers() -> None:
    drawing = Drawing(outline=Circle(radius=9))
    assert pickle.loads(pickle.dumps(drawing)) == drawing
    assert hash(drawing) == hash(Drawing(outline=Circle(radius=9)))


def test_schema_of_drawing_is_the_union_of_what_is_registered() -> None:
    whole = Drawing.model_json_schema()
    schema = whole["properties"]
    defined = [whole["$defs"][option["$ref"].removeprefix("#/$defs/")] for option in schema["outline"]["oneOf"]]
    assert [option["title"] for option in defined] == ["Square", "Circle"]
    assert schema["outline"]["discriminator"] == {"propertyName": "shape"}
    assert schema["shadow"]["anyOf"][0]["oneOf"] == schema["outline"]["oneOf"]
    assert schema["fills"]["items"] == {"type": "string", "enum": ["red", "green"]}


def test_schema_of_drawing_lets_exactly_one_shape_fit() -> None:
    square, circle = Drawing.model_json_schema()["properties"]["outline"]["oneOf"]
    assert "required" not in square, "the default"
    assert circle["required"] == ["shape"]


def test_chosen_options_are_those_that_the_values_name() -> None:
    assert chosen_options(Drawing, "outline", {"shape": "circle"}) is Circle
    assert chosen_options(Drawing, "outline", {}) is Square
    assert chosen_options(Drawing, "shadow", {"shape": "circle"}) is Circle, "in a field that may be empty too"
    assert chosen_options(Drawing, "fills", {}) is None
    assert chosen_options(Drawing, "outline", None) is None
    assert chosen_options(Sketch, "outline", {"shape": "circle"}) is Circle


def test_plugins_with_a_key_are_named_within_the_family_of_the_options() -> None:
    assert plugins_with("radius", beside=Square) == ["circle"]
    assert plugins_with("size", beside=Square) == ["square", "circle"]
    assert plugins_with("radius", beside=Drawing) == []


def test_options_of_one_plugin_are_not_carried_over_to_another() -> None:
    square = {"shape": "square", "size": 4, "side": 5}
    assert carried_over(Drawing, "outline", square, {"side": 6}) == square
    assert carried_over(Drawing, "outline", square, {"shape": "square"}) == square
    assert carried_over(Drawing, "outline", square, {"shape": "circle"}) == {"shape": "square", "size": 4}
    assert carried_over(Drawing, "outline", {"side": 5}, {"shape": "square"}) == {"side": 5}, "the default is a square"
    assert carried_over(Drawing, "outline", {"size": 4, "side": 5}, {"shape": "circle"}) == {"size": 4}
    assert carried_over(Drawing, "fills", square, {"shape": "circle"}) == square, "a field without options of plug-ins"
    assert carried_over(Drawing, "frame", square, {"shape": "circle"}) == square, "a key that is unknown"


def test_plugins_of_a_family_that_nobody_registered_say_who_does() -> None:
    with pytest.raises(RuntimeError, match=r"no toy brush is registered; call pipeline\.recipes\.collect_plugins"):
        plugins_of("toy brush")


def test_plugins_of_a_family_are_collected_when_the_first_is_asked_for() -> None:
    calls: list[str] = []

    def collect() -> None:
        calls.append("collected")
        register("toy brush", Family({"round": Square}, default="round"))

    plugin_collectors.collect_with(collect)
    assert list(plugins_of("toy brush").options) == list(plugins_of("toy brush").options) == ["round"]
    assert calls == ["collected"]
