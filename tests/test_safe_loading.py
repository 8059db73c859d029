"""What is loaded runs no code: looked for in every call of the project's own source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BUNDLED = ROOT / "pipeline" / "bundled"
SOURCES = [
    path
    for folder in ("pipeline", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if BUNDLED not in path.parents
]
FORBIDDEN = {
    *("yaml.load", "yaml.load_all", "yaml.full_load", "yaml.unsafe_load", "yaml.unsafe_load_all", "yaml.Loader"),
    *("pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.load", "marshal.loads", "dill.load", "dill.loads"),
    *("joblib.load", "shelve.open", "eval", "exec", "os.system", "os.popen"),
}


def calls(tree: ast.AST) -> Iterator[tuple[str, dict[str, ast.expr], int]]:
    """Dotted name, keywords and line of every call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
            yield ast.unparse(node.func), keywords, node.lineno


def is_constant(keywords: dict[str, ast.expr], name: str, value: object) -> bool:
    found = keywords.get(name)
    return isinstance(found, ast.Constant) and found.value == value


def faults(source: str) -> list[str]:
    """What in a source may run code that it loads."""
    found = []
    for name, keywords, line in calls(ast.parse(source)):
        last = name.rsplit(".", 1)[-1]
        if name in FORBIDDEN:
            found.append(f"{line}: {name}")
        if name == "torch.load" and not is_constant(keywords, "weights_only", True):
            found.append(f"{line}: torch.load without weights_only=True")
        if last == "load" and name.startswith(("np.", "numpy.")) and is_constant(keywords, "allow_pickle", True):
            found.append(f"{line}: numpy.load with allow_pickle")
        if last in ("from_pretrained", "LLM"):
            if not is_constant(keywords, "trust_remote_code", False):
                found.append(f"{line}: {name} without trust_remote_code=False")
        elif "trust_remote_code" in keywords and not is_constant(keywords, "trust_remote_code", False):
            found.append(f"{line}: {name} trusts remote code")
        reads_weights = last == "from_pretrained" and "Model" in name
        if reads_weights and not (
            is_constant(keywords, "use_safetensors", True)
            or "GgufConfig" in ast.unparse(keywords.get("quantization_config", ast.Constant(None)))
        ):
            found.append(f"{line}: {name} without use_safetensors=True")
        if last == "LLM" and not is_constant(keywords, "load_format", "safetensors"):
            found.append(f"{line}: LLM without load_format='safetensors'")
        if is_constant(keywords, "shell", True):
            found.append(f"{line}: {name} through a shell")
    return found


def test_no_source_loads_what_may_run_code():
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in SOURCES}
    assert [f"{path}:{fault}" for path, text in texts.items() for fault in faults(text)] == []
    names = [name for text in texts.values() for name, _, _ in calls(ast.parse(text))]
    assert sum(name.endswith("from_pretrained") for name in names) >= 10 and len(texts) > 150
    assert "LLM" in names and "yaml.safe_load" in names


@pytest.mark.parametrize(
    "source",
    [
        "yaml.load(text)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "pickle.loads(data)",
        "AutoTokenizer.from_pretrained(name)",
        "AutoModelForCausalLM.from_pretrained(name, trust_remote_code=False)",
        "AutoModelForCausalLM.from_pretrained(name, trust_remote_code=True, use_safetensors=True)",
        "LLM(name, trust_remote_code=False)",
        "load_dataset(name, trust_remote_code=True)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(line, shell=True)",
    ],
)
def test_each_unsafe_call_is_found(source):
    assert len(faults(source)) == 1
