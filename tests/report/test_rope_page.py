"""The page of `pipeline rope show`."""

from __future__ import annotations

from bs4 import BeautifulSoup
from page_checks import broken_promises, visible_text
from sample_folders import HOSTILE
from small_architectures import random_model
from small_student import small_config

from pipeline.report.rope_page import rope_page
from pipeline.train.rope.comparison import compare_methods, frequency_rows
from pipeline.train.rope.methods import make_method
from pipeline.train.rope.scaled_config import config_scaling
from pipeline.train.rope.scaling import RopeScaling


def _page(unscaled: RopeScaling, *methods: str) -> str:
    recipes = [(method, make_method(method, factor=4.0)) for method in methods]
    columns = compare_methods(unscaled, recipes)
    return rope_page(model=HOSTILE, unscaled=unscaled, rows=frequency_rows(unscaled), columns=columns)


def test_page_shows_every_method_and_every_frequency() -> None:
    html = _page(config_scaling(small_config()), "yarn", "giraffe_truncated")
    assert broken_promises(html) == []
    text = visible_text(html)
    assert HOSTILE not in html and HOSTILE in text
    assert "from 512 to 2,048 tokens: what happens to its 8 rotary frequencies" in text
    assert "yarn 1 3 4 0 1.1386" in text
    assert "giraffe_truncated 4 0 2 2 1.0000" in text
    soup = BeautifulSoup(html, "html.parser")
    assert len(soup.find_all("svg", {"role": "img"})) == 2
    rows = soup.find_all("table")[1].tbody.find_all("tr")
    assert len(rows) == 8
    assert rows[-1].get_text(" ", strip=True).endswith("4.00 stopped")


def test_page_says_which_layers_keep_their_frequencies() -> None:
    text = visible_text(_page(config_scaling(random_model("gemma3").config), "linear"))
    assert "Only full_attention layers are scaled; sliding_attention (base 10,000) keep their frequencies." in text


def test_page_of_methods_that_reach_differently_far_names_the_farthest() -> None:
    unscaled = config_scaling(small_config())
    near, far = (make_method("linear", factor=factor) for factor in (2.0, 8.0))
    for recipes in ([("near", near), ("far", far)], [("far", far), ("near", near)]):
        columns = compare_methods(unscaled, recipes)
        html = rope_page(model="m", unscaled=unscaled, rows=frequency_rows(unscaled), columns=columns)
        assert "from 512 to 4,096 tokens" in visible_text(html)
        charts = BeautifulSoup(html, "html.parser").find_all("svg", {"role": "img"})
        assert len(charts) == 2
        for chart in charts:
            assert {"512", "4k"} <= {text.get_text() for text in chart.find_all("text")}


def test_page_is_of_the_longest_context_where_a_fragment_reaches_further() -> None:
    unscaled = config_scaling(small_config())
    recipes = [
        ("yarn", make_method("yarn", factor=2.0)),
        ("searched", make_method("linear", factor=8.0)),
    ]
    columns = compare_methods(unscaled, recipes)
    html = rope_page(model="m", unscaled=unscaled, rows=frequency_rows(unscaled), columns=columns)
    assert "from 512 to 4,096 tokens" in visible_text(html)
    markers = [text.get_text() for text in BeautifulSoup(html, "html.parser").find_all("text", class_="start")]
    markers += [text.get_text() for text in BeautifulSoup(html, "html.parser").find_all("text", class_="end")]
    assert markers.count("4k") == 2, "in both charts"
    assert "512 → 4k" in visible_text(html)
    swapped = rope_page(model="m", unscaled=unscaled, rows=frequency_rows(unscaled), columns=columns[::-1])
    assert "from 512 to 4,096 tokens" in visible_text(swapped)
