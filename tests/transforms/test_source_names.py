"""Names of sources without personal data: masked, told apart, and left alone where there is none."""

from __future__ import annotations

from dataclasses import replace

from pipeline.clean.personal_data import mask_name
from pipeline.config.build import PersonalData
from pipeline.documents.items import SourceItem, TreeMember
from pipeline.documents.names import path_digest
from pipeline.transforms.source_names import mask_items, mask_recipe

KINDS = tuple(PersonalData)


def item(key: str, *members: TreeMember) -> SourceItem:
    return SourceItem(0, key, f"/in/{key}", f"/in/{key}", 9, "v", members)


def test_names_without_personal_data_stay_as_they_are() -> None:
    items = [item("계약서.txt"), item("pump/app", TreeMember("src/a.py", 3, "src/a.py"))]
    assert mask_items(items, KINDS) == items


def test_masked_name_ends_in_the_hash_of_its_key_and_its_path_stays() -> None:
    ada, bob = item("ada@example.com.txt"), item("bob@example.com.txt")
    masked = mask_items([ada, bob], KINDS)
    assert [one.uri for one in masked] == [f"{mask_name(one.uri, KINDS)}~{path_digest(one.key)}" for one in (ada, bob)]
    assert "[EMAIL-1]" in masked[0].uri
    assert "example" not in masked[0].uri
    assert masked == [replace(one, uri=own.uri) for one, own in zip((ada, bob), masked, strict=True)]
    assert mask_items([ada], ()) == [ada], "no kind is looked for"


def test_two_items_of_one_name_are_told_apart_by_their_keys() -> None:
    first, second = item("a.txt"), replace(item("b.txt"), uri="/in/a.txt")
    assert [one.uri for one in mask_items([first, second], KINDS)] == ["/in/a.txt", f"/in/a.txt~{path_digest('b.txt')}"]


def test_members_of_a_tree_are_masked_each_within_its_tree() -> None:
    name = "ada@example.com.py"
    tree = item("app", TreeMember("a.py", 3, "a.py"), TreeMember(name, 3, name), TreeMember("b.py", 3, "a.py"))
    (masked,) = mask_items([tree], KINDS)
    assert [(member.path, member.shown) for member in masked.members] == [
        ("a.py", "a.py"),
        (name, f"{mask_name(name, KINDS)}~{path_digest(name)}"),
        ("b.py", f"a.py~{path_digest('b.py')}"),
    ]
    assert masked.uri == tree.uri


def test_recipe_that_is_kept_has_the_paths_of_inputs_and_evaluation_sets_masked_alone() -> None:
    path = "/in/ada@example.com"
    recipe = {
        "name": "ada@example.com",
        "inputs": [{"path": path, "licence": "MIT"}, {"path": "/in/b"}],
        "decontamination": {"against": [path, "/sets/c"], "min_share": 0.5},
    }
    masked = f"{mask_name(path, KINDS)}~{path_digest(path)}"
    assert mask_recipe(recipe, KINDS) == {
        "name": "ada@example.com",
        "inputs": [{"path": masked, "licence": "MIT"}, {"path": "/in/b"}],
        "decontamination": {"against": [masked, "/sets/c"], "min_share": 0.5},
    }
