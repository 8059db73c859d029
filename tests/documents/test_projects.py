"""Which folders are code projects, and which of their files are documents of their own."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.projects import MANY_PAGES, TreeRole, find_tree_roots, is_member, root_of, tree_roles


def roots(*paths: str, **sizes: int) -> list[str]:
    """Roots among files of 1,000 bytes each."""
    return find_tree_roots(dict.fromkeys(paths, 1000) | sizes)


def roles_of(*paths: str, **sizes: int) -> dict[str, TreeRole]:
    """Roles among files of 1,000 bytes each."""
    return tree_roles(dict.fromkeys(paths, 1000) | sizes)


def numbered(folder: str, suffix: str, number: int, size: int = 1000) -> dict[str, int]:
    return {f"{folder}/{index:03d}.{suffix}".lstrip("/"): size for index in range(number)}


def test_find_tree_roots_project_files_and_tested_packages_count_outermost_only() -> None:
    paths = [
        "notes/a.txt",
        "app/pyproject.toml",
        "app/plugins/x/setup.py",
        "app/plugins/x/x.py",
        "출석부/attendance/__init__.py",
        "출석부/tests/t.py",
    ]
    assert roots(*paths) == ["app", "출석부"]
    assert roots("package.json", "lib/go.mod", "lib/main.go") == [""]
    assert roots("pkg/__init__.py", "tests/test_a.py") == [""]


def test_find_tree_roots_loose_modules_are_no_tree() -> None:
    assert roots("asyncio/__init__.py", "email/__init__.py", "scripts/run.py") == []


def test_find_tree_roots_pages_with_a_project_file_are_no_tree_but_code_among_them_is() -> None:
    site = ["package.json", "docusaurus.config.js", "docs/임대차계약서.txt", "docs/note.md", "blog/a.html", "src/x.css"]
    assert roots(*site) == []
    assert roots(*site, "tools/go.mod", "tools/main.go") == ["tools"]
    assert roots("package.json", "a.md", "계약.txt", "LICENSE") == []


def test_find_tree_roots_code_with_its_own_pages_is_a_tree() -> None:
    assert roots("pyproject.toml", "README.md", "CHANGES.rst", "src/a.py", "docs/index.md", "docs/use.md") == [""]


NO_PROJECTS: dict[str, Mapping[str, int]] = {
    "contracts with a script": {
        **numbered("계약", "hwp", 12, 60_000),
        **numbered("의견서", "docx", 9, 40_000),
        "requirements.txt": 80,
        "setup.py": 300,
        "helper.py": 2500,
    },
    "one contract with a longer name for a script": {"setup.cfg": 90, "계약서.txt": 9000, "macro.py": 2000},
    "notebooks": {"pyproject.toml": 500, **numbered("week1", "ipynb", 20, 90_000), **numbered("lib", "py", 2, 3000)},
    "data": {"setup.py": 400, "load.py": 1500, **numbered("rows", "json", 300, 5000)},
    "data with a project file alone": {"setup.py": 400, **numbered("rows", "csv", 3, 5000)},
    "documentation site": {
        "package.json": 900,
        "docusaurus.config.js": 2000,
        "README.md": 800,
        "src/theme/index.tsx": 3000,
        **numbered("docs", "md", 80, 6000),
    },
    "help pages longer than the code": {"package.json": 90, "a.js": 800, "docs/guide.md": 30_000},
    "blog of a generator": {"Gemfile": 90, "_plugins/a.rb": 900, **numbered("_posts", "md", 9), "docs/a.md": 9000},
    "pages in a markup that no reader reads": {
        "package.json": 90,
        **numbered("src", "tsx", 4),
        **numbered("docs", "mdx", 30),
    },
    "notes with tools in another language": {"package.json": 90, **numbered("x", "py", 4), **numbered("docs", "md", 9)},
    "essays with a formatter": {"package.json": 90, "README.md": 90, "format.js": 400, **numbered("essays", "md", 4)},
    "opinions with a script of their own": {
        "pyproject.toml": 90,
        "count.py": 700,
        "의견서.txt": 4000,
        "docs/판결문.txt": 90_000,
    },
    "scans": {"package.json": 90, "ocr.py": 4000, **numbered("scans", "pdf", 40, 900_000)},
    "mail": {"Gemfile": 90, "fetch.rb": 4000, **numbered("inbox", "eml", 5, 9000)},
}


@pytest.mark.parametrize("case", NO_PROJECTS)
def test_find_tree_roots_documents_with_some_code_are_no_tree(case: str) -> None:
    assert find_tree_roots(NO_PROJECTS[case]) == []


PROJECTS: dict[str, Mapping[str, int]] = {
    "long README": {"pyproject.toml": 900, "README.md": 300_000, "src/a.py": 2000},
    "one large data file": {"pyproject.toml": 24, "src/app.py": 900, "data/big.json": 15_000},
    "list of words": {"go.mod": 90, "words.txt": 5_000_000, **numbered("cmd", "go", 30, 4000)},
    "fixtures": {
        "package.json": 900,
        **numbered("src", "ts", 20, 3000),
        **numbered("tests/fixtures", "md", 400, 2000),
        **numbered("locales", "json", 200, 2000),
    },
    "web application": {"pyproject.toml": 900, **numbered("app", "py", 12, 3000), **numbered("templates", "html", 60)},
    "monorepo with documentation": {
        "package.json": 900,
        **numbered("packages/a/src", "ts", 60, 5000),
        **numbered("docs", "md", 90, 6000),
        "packages/a/package.json": 900,
    },
}


SMALL_PROJECTS: dict[str, Mapping[str, int]] = {
    "python": {"pyproject.toml": 900, **numbered("src/kit", "py", 4), "tests/test_kit.py": 900},
    "python of one module": {"setup.py": 900, "kit.py": 2000},
    "python package with tests": {"kit/__init__.py": 10, "kit/main.py": 900, "tests/test_kit.py": 900},
    "go": {"go.mod": 60, "kit.go": 2000, "kit_test.go": 1500, "cmd/kit/main.go": 700},
    "rust": {"Cargo.toml": 300, "src/lib.rs": 4000, "src/error.rs": 900},
    "javascript": {"package.json": 700, "index.js": 300, "lib/a.js": 900, "lib/b.js": 900},
    "typescript": {"package.json": 700, "tsconfig.json": 200, **numbered("src", "ts", 5)},
    "c": {"CMakeLists.txt": 700, "src/kit.c": 5000, "include/kit.h": 900},
    "c++ by meson": {"meson.build": 300, "kit.cpp": 4000, "kit.hpp": 900, "main.cc": 300},
    "java": {"pom.xml": 1900, **numbered("src/main/java/org/kit", "java", 3)},
    "kotlin": {"build.gradle.kts": 900, "src/main/kotlin/Kit.kt": 3000},
    "ruby": {"kit.gemspec": 600, "Gemfile": 60, "lib/kit.rb": 2500},
    "c#": {"Kit.csproj": 600, "Kit.cs": 2500, "Program.cs": 500},
    "elixir": {"mix.exs": 700, "lib/kit.ex": 2500},
    "php": {"composer.json": 500, "src/Kit.php": 3000},
    "swift": {"Package.swift": 500, "Sources/Kit/Kit.swift": 3000},
    "haskell": {"kit.cabal": 800, "src/Kit.hs": 3000},
}
LARGE_DOCUMENTATION = {
    "README.md": 9000,
    "LICENSE": 11_000,
    "CHANGELOG.md": 30_000,
    "DESIGN.md": 25_000,
    "docs/index.md": 800,
    **{f"docs/{name}.rst": 20_000 for name in ("use", "reference", "설명")},
}


@pytest.mark.parametrize("case", SMALL_PROJECTS)
def test_small_project_with_documentation_larger_than_its_code_is_one_tree_and_pages(case: str) -> None:
    sizes = {**SMALL_PROJECTS[case], **LARGE_DOCUMENTATION}
    assert find_tree_roots({f"저장소/{path}": size for path, size in sizes.items()}) == ["저장소"]
    roles = tree_roles(sizes)
    assert {path for path, role in roles.items() if role is TreeRole.PAGE} == {
        *("DESIGN.md", "docs/index.md", "docs/use.rst", "docs/reference.rst", "docs/설명.rst")
    }
    assert roles["README.md"] is roles["CHANGELOG.md"] is roles["LICENSE"] is TreeRole.MEMBER


@pytest.mark.parametrize("case", SMALL_PROJECTS)
def test_small_project_with_documentation_smaller_than_its_code_is_one_document(case: str) -> None:
    sizes = {**SMALL_PROJECTS[case], "README.md": 9000, "docs/index.md": 200, "NOTES.md": 500}
    assert find_tree_roots(sizes) == [""]
    assert set(tree_roles(sizes).values()) == {TreeRole.MEMBER}


@pytest.mark.parametrize("case", PROJECTS)
def test_find_tree_roots_code_with_other_files_is_one_tree(case: str) -> None:
    assert find_tree_roots(PROJECTS[case]) == [""]


def test_find_tree_roots_vendored_code_makes_no_project() -> None:
    assert roots("package.json", "offer.txt", "vendor/x/a.js", "vendor/x/b.js", "vendor/x/c.js") == []


def test_find_tree_roots_a_project_has_few_pages_a_source_file() -> None:
    base = ["pyproject.toml", "a.py"]
    assert find_tree_roots({**dict.fromkeys(base, 900), **numbered("docs-ko", "md", 5)}) == [""]
    assert find_tree_roots({**dict.fromkeys(base, 900), **numbered("docs-ko", "md", 6)}) == []
    other = ["package.json", "a.py"]
    assert roots(*other, "docs/one.md", "docs/two.html") == [""]
    assert roots(*other, "docs/one.md", "docs/two.html", "docs/three.txt") == []
    assert roots(*base, "one.md") == [""]
    assert roots(*base, "one.md", "two.md") == []
    assert roots(*base, *(f"{name}.md" for name in ("AUTHORS", "changelog", "History", "todo", "NEWS"))) == [""]


def test_find_tree_roots_a_name_that_begins_alike_is_not_inside() -> None:
    paths = ["app/go.mod", "app/a.go", "app-tools/go.mod", "app-tools/b.go", "app/inner/go.mod", "app/inner/c.go"]
    assert roots(*paths) == ["app", "app-tools"]


def test_tree_roles_a_large_manual_is_documents_and_a_small_one_accompanies_the_code() -> None:
    code = ["README.md", "src/notes.md", "logo.png", "vendor/x/a.py", "vendor/x/README.md"]
    code += [f"src/{number}.py" for number in range(MANY_PAGES - 1)]
    small = [f"docs/{number}.md" for number in range(MANY_PAGES - 1)]
    roles = roles_of(*code, *small, "docs/conf.py")
    assert {path for path, role in roles.items() if role is not TreeRole.MEMBER} == {
        *("logo.png", "vendor/x/a.py", "vendor/x/README.md")
    }
    large = [*small, "docs/deep/last.rst"]
    roles = roles_of(*code, *large, "docs/conf.py")
    assert {path for path, role in roles.items() if role is TreeRole.PAGE} == set(large)
    assert roles["docs/conf.py"] is roles["README.md"] is roles["src/notes.md"] is TreeRole.MEMBER
    assert roles["vendor/x/README.md"] is TreeRole.VENDORED
    assert roles["logo.png"] is TreeRole.OTHER


def test_tree_roles_pages_that_tests_read_stay_with_the_code() -> None:
    pages = [f"tests/fixtures/{number}.md" for number in range(90)]
    assert set(roles_of("a.py", *pages).values()) == {TreeRole.MEMBER}


def test_is_member_pictures_rows_and_archives_are_not() -> None:
    assert is_member("src/a.py")
    assert is_member("README.md")
    assert is_member("core/pom.xml")
    assert is_member("Shop.csproj")
    assert not is_member("Shop.xml")
    assert not is_member("logo.png")
    assert not is_member("data.jsonl")
    assert not is_member("notes.txt.gz")


PATHS = st.lists(
    st.lists(st.sampled_from(["a", "docs", "tests", "vendor", "계약"]), max_size=3).flatmap(
        lambda folders: st.sampled_from(["setup.py", "x.py", "y.md", "z.json", "w.hwp", "go.mod", "__init__.py"]).map(
            lambda name: "/".join([*folders, name])
        )
    ),
    unique=True,
    max_size=40,
)


@given(PATHS, st.integers(0, 10**6))
def test_find_tree_roots_are_not_inside_each_other_and_hold_code(paths: list[str], size: int) -> None:
    found = find_tree_roots(dict.fromkeys(paths, size))
    for root in found:
        assert root_of(root, found) is None if root else found == [""]
        assert any(root_of(path, [root]) == root for path in paths if path.endswith(".py"))
    assert found == find_tree_roots(dict.fromkeys(reversed(paths), size))
