"""The laws of the layout: imports run one way, nothing is orphaned, and listing names stays cheap."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import SimpleNamespace

import pytest

from aeeval.registry import Registry

ROOT = Path(__file__).parents[1]

# A part of the package may import from its own line and from the lines above it.
LAYERS = (
    ("errors", "record", "records", "registry", "seeds", "protocol", "bundled", "files", "cache"),
    ("numerics",),
    ("manifolds",),
    ("datasets",),
    ("submissions",),
    ("evidence", "trips", "probes", "samples", "truth_sets", "comparisons", "partitions", "pictures"),
    ("metrics",),
    ("training", "fitting", "joint"),
    ("throughput",),
    ("environment",),
    ("suite", "cells", "makespan"),
    ("runner", "scribe", "fits", "trials"),
    ("executors",),
    ("store",),
    ("ledger", "status"),
    ("session", "cost", "results", "benching"),
    ("stats",),
    ("report",),
    ("gate",),
    ("api",),
    # "" is the package itself: it only hands on what api offers
    ("in_tests", "in_benchmarks", "pytest_plugin", "pytest_throughput", "cli", "__main__", ""),
)
LAYER = {part: number for number, parts in enumerate(LAYERS) for part in parts}
ENTRIES = ("aeeval", "aeeval.__main__", "aeeval.cli", "aeeval.pytest_plugin")
MODULE_NAME = re.compile(r"(aeeval(?:\.\w+)+)(?::\w+)?")

Sources = Mapping[str, Path]
Edges = Mapping[str, set[str]]


def sources(root: Path = ROOT) -> Sources:
    """Dotted name -> file of every module of the package below `root`."""
    files = sorted((root / "aeeval").rglob("*.py"))
    return {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def imports(known: Sources) -> Edges:
    """Module -> modules of the package that its text imports, at the top, in a function or for types only."""
    return {module: set(_imported(module, file, known)) for module, file in known.items()}


def mentions(known: Sources) -> Edges:
    """Module -> modules that it names in strings, to import them when they are asked for."""
    return {module: set(_mentioned(file, known)) for module, file in known.items()}


def registered(module: object) -> set[str]:
    """The modules that the registries in a module point to."""
    registries = [value for value in vars(module).values() if isinstance(value, Registry)]
    return {registry.target(name).partition(":")[0] for registry in registries for name in registry}


def violations(edges: Edges) -> list[str]:
    """One line for each edge that points to a later layer; a module in no layer may import nothing."""
    pairs = [(low, high) for low, targets in edges.items() for high in sorted(targets)]
    return [f"{low} imports {high}" for low, high in pairs if _layer(high) > _layer(low)]


def homeless(known: Sources) -> list[str]:
    """The modules that stand in no layer."""
    return [module for module in known if _part(module) not in LAYER]


def _layer(module: str) -> int:
    return LAYER.get(_part(module), -1)


def _part(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _imported(module: str, file: Path, known: Sources) -> Iterator[str]:
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "aeeval")
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(package, node)
            if base.split(".")[0] == "aeeval":
                yield from _from(base, [alias.name for alias in node.names], known)


def _absolute(package: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parents, *filter(None, [node.module])])


def _from(base: str, names: list[str], known: Sources) -> Iterator[str]:
    """`from aeeval import __version__` is free for all: the number is written in the package itself."""
    for name in names:
        if f"{base}.{name}" in known:
            yield f"{base}.{name}"
        elif (base, name) != ("aeeval", "__version__"):
            yield base


def _mentioned(file: Path, known: Sources) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found = MODULE_NAME.fullmatch(node.value)
            if found and found[1] in known:
                yield found[1]


def plant(root: Path, files: Mapping[str, str]) -> Sources:
    """A package of these files: module -> text."""
    for module, text in files.items():
        file = root.joinpath(*module.split(".")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return sources(root)


def python(code: str, *arguments: str, cwd: Path = ROOT) -> str:
    """What a fresh interpreter prints; warnings are errors there too."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    finished = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_imports_run_one_way():
    assert violations(imports(sources())) == []


def test_registries_point_to_nothing_above_them():
    assert violations({module: registered(importlib.import_module(module)) for module in importable()}) == []


@pytest.mark.parametrize(
    "text",
    [
        "from aeeval.runner import run",
        "from aeeval import runner",
        "import aeeval.runner as r",
        "from ..runner import run",
        "def f():\n    from aeeval.runner import run",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from aeeval.runner import run",
    ],
)
def test_a_planted_upward_import_is_named(tmp_path, text):
    known = plant(tmp_path, {"aeeval.metrics.sampling": text, "aeeval.runner": "from aeeval.metrics import sampling"})
    assert violations(imports(known)) == ["aeeval.metrics.sampling imports aeeval.runner"]


def test_a_planted_registry_that_points_upwards_is_named():
    holder = SimpleNamespace(
        METRICS=Registry("metric", {"run": "aeeval.runner:run", "fvu": "aeeval.metrics.error:fvu"})
    )
    assert violations({"aeeval.metrics": registered(holder)}) == ["aeeval.metrics imports aeeval.runner"]


def test_every_module_stands_in_a_layer():
    assert homeless(sources()) == []


def test_a_planted_module_outside_every_layer_is_named(tmp_path):
    known = plant(tmp_path, {"aeeval.utils": "from aeeval import errors", "aeeval.errors": ""})
    assert homeless(known) == ["aeeval.utils"]
    assert violations(imports(known)) == ["aeeval.utils imports aeeval.errors"]


def test_a_planted_import_of_the_facade_is_named_but_the_version_is_free(tmp_path):
    text = "from aeeval import __version__, evaluate"
    known = plant(tmp_path, {"aeeval.__init__": "", "aeeval.record": text})
    assert violations(imports(known)) == ["aeeval.record imports aeeval"]
    known = plant(tmp_path, {"aeeval.record": "from aeeval import __version__"})
    assert violations(imports(known)) == []


def test_no_modules_import_each_other_in_a_circle():
    try:
        TopologicalSorter(imports(sources())).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_record_imports_nothing_of_the_package():
    assert imports(sources())["aeeval.record"] == set()


def test_every_module_is_reached_from_an_entry():
    known = sources()
    direct, named = imports(known), mentions(known)
    listed = {module: registered(importlib.import_module(module)) for module in importable()}
    reached, waiting = set(), [entry for entry in ENTRIES if entry in known]
    while waiting:
        module = waiting.pop()
        if module in known and module not in reached:
            reached.add(module)
            waiting += [*direct[module], *named[module], *listed.get(module, ()), module.rpartition(".")[0]]
    assert sorted(set(known) - reached) == []


@pytest.mark.parametrize("folder", ["baselines", "examples"])
def test_submissions_import_nothing_of_the_package(folder):
    files = {f"{folder}.{file.stem}": file for file in (ROOT / folder).glob("*.py")}
    assert files
    assert {module: targets for module, targets in imports(files).items() if targets} == {}


IMPORT_ALL = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n"


def imports_torch(*modules: str) -> bool:
    return python(IMPORT_ALL + "print('torch' in sys.modules)", *modules) == "True"


@pytest.mark.parametrize("module", ["aeeval", "aeeval.cli", "aeeval.bundled", "aeeval.record", "aeeval.pytest_plugin"])
def test_torch_stays_out_of_what_only_lists(module):
    assert not imports_torch(module)


def test_torch_stays_out_of_statistics():
    assert not imports_torch("aeeval.stats", *(name for name in sources() if name.startswith("aeeval.stats.")))


def test_the_question_whether_torch_is_imported_can_be_answered_with_yes():
    assert imports_torch("aeeval.manifolds.base")


def test_importing_everything_prints_and_writes_nothing(tmp_path):
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{IMPORT_ALL}"
    assert python(code, *importable(), cwd=tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_every_registered_name_leads_to_something():
    values = [value for module in importable() for value in vars(importlib.import_module(module)).values()]
    registries = {id(value): value for value in values if isinstance(value, Registry)}
    assert registries
    for registry in registries.values():
        for name in registry:
            assert registry.get(name) is not None, (registry.kind, name)
            assert registry.summary(name), f"{registry.kind} {name} has no docstring to be listed with"


def importable() -> list[str]:
    """Every module but the one that runs the command line when it is imported."""
    return [module for module in sources() if module != "aeeval.__main__"]


def test_modules_are_short():
    assert {module: n for module, file in sources().items() if (n := len(file.read_text().splitlines())) > 300} == {}


def test_public_things_say_what_they_are():
    silent = [
        f"{module}.{node.name}"
        for module, file in sources().items()
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if not ast.get_docstring(node)
    ]
    assert silent == []
