"""A domain is added by two files, its rules and its grammar: recipes for cooking, in a copy of the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from package_copy import copy_package, run_with_copy

RULES = '''
"""Recipes for cooking."""

from pipeline.domains.quality_rules import QualityRules
from pipeline.domains.rules import DomainRules, RelatedBy

RULES = DomainRules(order=9, related_by=RelatedBy.FOLDER, quality=QualityRules(min_letters=0.9))
'''

GRAMMAR = '''
"""Ingredients: lines that begin with an amount."""

import re

from pipeline.documents.grammar.source import Source
from pipeline.nodes import Node, NodeKind

_INGREDIENT = re.compile(r"^(?P<amount>\\d+ \\w+) (?P<name>.+)$", re.MULTILINE)


def _ingredients(source: Source) -> list[Node]:
    return [
        Node(NodeKind.ENTRY, found.start(), found.end(), found.start(), label=found["name"], value=found["amount"])
        for found in _INGREDIENT.finditer(source.text)
    ]


GRAMMARS = (_ingredients,)
'''

SCRIPT = """
import json
from pipeline.clean.normalise import normalise
from pipeline.clean.quality import find_junk
from pipeline.config.build import DedupRecipe, InputSource, QualityFilter
from pipeline.documents.grammar.outline import read_outline
from pipeline.domains import domain_names
from pipeline.pack.boundaries import boundaries
from pipeline.stages.code import files_of
from pipeline.synthesize.prompts.chat import task_prompt

text = "# Bread\\n\\n500 g flour\\n300 ml water\\n\\nKnead it. Bake it for an hour."
outline = read_outline(text=text, domain="cooking", language="en")
print(json.dumps({
    "names": domain_names(),
    "recipe": InputSource(path="x", domain="cooking").domain,
    "versions": DedupRecipe().versions_kept,
    "nodes": [[node.kind, node.label, node.value] for node in outline],
    "cuts": len(boundaries(text, domain="cooking", sections=(), outline=outline, path="a.md")),
    "tabs": normalise(text="a\\tb", domain="cooking"),
    "junk": [
        find_junk(text=text * 900, domain="cooking", language="en", quality_filters=tuple(QualityFilter)) is not None
        for text in ("again ", "12 ")
    ],
    "asked": [
        task_prompt(document="a", passages=[], task="qa", schema="", domain=domain, language="en")
        == task_prompt(document="a", passages=[], task="qa", schema="", domain="manual", language="en")
        for domain in ("cooking", "legal")
    ],
    "code": sorted(path.parent.name for path in files_of("pipeline.stages.ingest") if path.name == "cooking.py"),
}))
"""


def test_two_files_add_a_domain_to_recipes_cleaning_grammar_and_cuts(tmp_path: Path) -> None:
    copy_package(tmp_path, "bundled", "train")
    (tmp_path / "pipeline" / "domains" / "cooking.py").write_text(RULES, encoding="utf-8")
    grammar = tmp_path / "pipeline" / "documents" / "grammar" / "domains" / "cooking.py"
    grammar.write_text(GRAMMAR, encoding="utf-8")
    done = run_with_copy(tmp_path, "-c", SCRIPT)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["names"] == ["legal", "manual", "code", "dialogue", "cooking"]
    assert found["recipe"] == "cooking"
    assert found["versions"] == ["legal"]
    assert found["nodes"] == [["heading", "", "Bread"], ["entry", "flour", "500 g"], ["entry", "water", "300 ml"]]
    assert found["cuts"] >= 2
    assert found["tabs"] == "a   b"
    assert found["junk"] == [False, True]
    assert found["asked"] == [True, False], "written questions of a domain without prompts are those of manuals"
    assert found["code"] == ["domains", "domains"], "a change of either file runs ingest again"
