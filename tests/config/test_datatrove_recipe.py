"""`clean.datatrove` in a recipe: what is refused when it is read, with which remedy, and what it is hashed by."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from pipeline.config.build import CleanRecipe
from pipeline.config.datatrove import code_of_blocks
from pipeline.config.load import load_recipe
from pipeline.datatrove_blocks.finding import BlockKind, usable_classes
from pipeline.errors import MissingExtraError, RecipeError
from pipeline.identity import fingerprint

GOPHER = {"filter": "GopherQualityFilter", "args": {"language": "whitespace"}}
needs_tldextract = pytest.mark.skipif(find_spec("tldextract") is None, reason="taggers of datatrove need tldextract")


def read(*blocks: object) -> CleanRecipe:
    return load_recipe(None, changes={"clean": {"datatrove": list(blocks)}}).clean


def test_blocks_of_a_recipe_file_keep_their_order_and_arguments(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    own = {"filter": "own_blocks.KeepWithWord", "args": {"word": "rent"}, "domains": ["legal"]}
    path.write_text(yaml.safe_dump({"clean": {"datatrove": [{**GOPHER, "languages": ["en"]}, own]}}))
    gopher, word = load_recipe(None, fragments=[str(path)]).clean.datatrove
    assert (gopher.name, gopher.arguments, gopher.languages) == (
        "GopherQualityFilter",
        {"language": "whitespace"},
        ("en",),
    )
    assert (word.name, word.arguments, word.domains) == ("own_blocks.KeepWithWord", {"word": "rent"}, ("legal",))
    assert gopher.model_dump(mode="json")["args"] == {"language": "whitespace"}


@pytest.mark.parametrize("name", sorted(usable_classes(BlockKind.FILTER)))
def test_each_filter_that_the_error_names_can_be_used(name: str) -> None:
    arguments = {"RegexFilter": {"regex_exp": "lorem"}, "C4ParagraphFilter": {}}.get(name, {"language": "whitespace"})
    (block,) = read({"filter": name, "args": arguments}).datatrove
    assert block.kind is BlockKind.FILTER


@needs_tldextract
@pytest.mark.parametrize("name", sorted({*usable_classes(BlockKind.TAGGER)} - {"WordsContaminationStats"}))
def test_each_tagger_that_the_error_names_can_be_used(name: str) -> None:
    splits = name in ("SentenceStats", "WordStats")
    with pytest.raises(RecipeError, match=rf"{name} does not measure 'nothing'. It measures ") as refused:
        read({"tagger": name, "args": {"language": "whitespace"} if splits else {}, "max": {"nothing": 1}})
    first = refused.value.message.split("It measures ")[1].split(",")[0]
    read({"tagger": name, "args": {"language": "whitespace"} if splits else {}, "max": {first: 1}})


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            {"filter": "GopherQualtyFilter"},
            "datatrove has no filter 'GopherQualtyFilter'. Did you mean 'GopherQualityFilter'? Give one of C4Paragraph",
        ),
        (
            {**GOPHER, "args": {"min_doc_word": 3}},
            "GopherQualityFilter has no argument 'min_doc_word'. Did you mean 'min_doc_words'? It takes min_doc_words,",
        ),
        ({"filter": "C4ParagraphFilter", "args": {"x": 1}}, "C4ParagraphFilter has no argument 'x'. It takes none"),
        ({"filter": "RegexFilter"}, "RegexFilter needs the argument 'regex_exp'"),
        ({"filter": "RegexFilter", "args": {"regex_exp": "("}}, "RegexFilter cannot be made with"),
        (
            {**GOPHER, "args": {"language": "whitespace", "min_doc_words": "x"}},
            "GopherQualityFilter fails on a short text (TypeError",
        ),
        ({"filter": "C4ParagraphFilter", "args": {"exclusion_writer": 1}}, "dropped documents are in rejected/"),
        ({"filter": "C4ParagraphFilter", "args": ["x"]}, "give a mapping from the names of arguments to values"),
        ({"filter": "C4ParagraphFilter", "max": {"length": 1}}, "min and max are for what a tagger measures"),
        ({"filter": "RegexFilter", "args": {"regex_exp": float("nan")}}, "cannot be written as JSON"),
        ({"filter": "LanguageFilter"}, "LanguageFilter downloads a model. Set clean.languages"),
        ({"filter": "datatrove.pipeline.filters.LanguageFilter"}, "LanguageFilter downloads a model"),
        ({"filter": "UnigramLogProbFilter"}, "downloads the frequencies of words"),
        ({"filter": "C4QualityFilter"}, "C4QualityFilter removes lines"),
        ({"filter": "SamplerFilter", "args": {"rate": 0.5}}, "two builds would differ. Set ingest.max_documents"),
        ({"filter": "LambdaFilter"}, "Write a subclass of datatrove's BaseFilter"),
        ({"tagger": "LangStats"}, "LangStats downloads a model"),
        ({"tagger": "GopherQualityFilter"}, "datatrove has no tagger 'GopherQualityFilter'"),
        ({"filter": "own_blocks.NotAFilter"}, "own_blocks.NotAFilter cannot be used as a filter. Give a subclass of"),
        ({"filter": "own_blocks.BaseFilter"}, "own_blocks.BaseFilter cannot be used as a filter"),
        ({"filter": "own_blocks.Missing"}, "own_blocks.Missing cannot be imported (AttributeError"),
        ({"filter": "no_such_package.Filter"}, "Check the path, and install its package"),
        ({"filter": "own_blocks.ShoutFilter"}, "ShoutFilter changes the text"),
        ({"filter": ".Filter"}, ".Filter cannot be imported"),
        ({}, "give a filter or a tagger"),
        ({"filter": "C4ParagraphFilter", "tagger": "DocStats"}, "give a filter or a tagger"),
        ({"filter": "C4ParagraphFilter", "languages": ["xx"]}, "languages"),
        ({"filter": "C4ParagraphFilter", "limit": 3}, "unknown key 'clean.datatrove.0.limit'"),
    ],
)
def test_block_that_cannot_be_used_is_refused_with_the_remedy(block: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError) as refused:
        read(block)
    assert message in str(refused.value)
    assert "clean.datatrove.0" in str(refused.value)


@pytest.mark.skipif(find_spec("spacy") is not None, reason="spaCy is installed")
def test_filter_whose_tokenizer_needs_a_missing_package_names_it_and_the_way_without() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install spacy.*args: \{language: whitespace\}"):
        read({"filter": "FineWebQualityFilter"})


@needs_tldextract
def test_tagger_that_nothing_reads_is_refused() -> None:
    with pytest.raises(RecipeError, match="nothing uses what DocStats measures"):
        read({"tagger": "DocStats"}, GOPHER)
    read({"tagger": "DocStats"}, {"filter": "own_blocks.Tag"})


def test_without_datatrove_a_recipe_without_blocks_is_read_and_one_with_blocks_names_the_extra() -> None:
    script = (
        "import sys\n"
        "sys.modules['datatrove'] = None\n"
        "from pipeline.config.load import load_recipe\n"
        "assert load_recipe(None).clean.datatrove == ()\n"
        "try: load_recipe(None, changes={'clean': {'datatrove': [{'filter': 'C4ParagraphFilter'}]}})\n"
        "except Exception as error: print(type(error).__name__, error)\n"
        "import pipeline.datatrove\n"
        "try: pipeline.datatrove.SourceReader\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    first, second = said.splitlines()
    for line in (first, second):
        assert line.startswith("MissingExtraError")
        assert "pip install 'longdoc-pipeline[datatrove]'" in line
    assert "`clean.datatrove` with a filter" in first


def test_fingerprint_covers_arguments_versions_and_the_code_of_an_own_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len({fingerprint(read({**GOPHER, "args": {**GOPHER["args"], "min_doc_words": n}})) for n in (1, 2)}) == 2
    assert fingerprint(read(GOPHER)) == fingerprint(read(GOPHER))

    module = tmp_path / "own_rule.py"
    source = "from own_blocks import Tag\n\n\nclass Rule(Tag):\n    pass\n"
    module.write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    blocks = read(GOPHER, {"filter": "own_rule.Rule"}).datatrove
    (version, shipped), (_, own) = code_of_blocks(blocks)
    assert version.startswith("0.10.")
    assert shipped == ""
    assert len(own) == 64
    module.write_text(source + "# changed\n")
    assert code_of_blocks(blocks)[1][1] not in ("", own)
