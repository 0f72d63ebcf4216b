"""What is installed is what stands in the checkout: the wheel, the pins and the commands that the README names."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest

import aeeval

requirements = pytest.importorskip("packaging.requirements")
ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout, unpacked; built by the back end itself, which asks no network."""
    pytest.importorskip("hatchling")
    built = tmp_path_factory.mktemp("built")
    command = [
        sys.executable,
        "-c",
        "import hatchling.build, sys; hatchling.build.build_wheel(sys.argv[1])",
        str(built),
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    (archive,) = built.glob("*.whl")
    zipfile.ZipFile(archive).extractall(built / "site")
    return built / "site"


def run_from(wheel: Path, cwd: Path, *arguments: str) -> str:
    """What `python ARGUMENTS` prints outside the checkout, where only the wheel holds the package."""
    environment = {**os.environ, "PYTHONPATH": str(wheel)}
    command = [sys.executable, *arguments]
    finished = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_the_command_line_lists_the_bundled_suites_outside_the_checkout(wheel, tmp_path):
    assert str(wheel) in run_from(wheel, tmp_path, "-c", "import aeeval; print(aeeval.__file__)")
    assert re.search(r"\bsmoke\b", run_from(wheel, tmp_path, "-m", "aeeval", "list", "suites"))


@pytest.mark.parametrize("kind", ["suites", "baselines", "examples"])
def test_the_wheel_carries_every_bundled_file(wheel, kind):
    ours = _files(ROOT / kind)
    assert ours
    assert _files(wheel / "aeeval" / "_bundled" / kind) == ours


def test_the_wheel_carries_what_the_pages_of_a_site_are_made_of(wheel):
    for folder in ("aeeval/report/assets", "aeeval/report/site/templates"):
        assert _files(wheel / folder) == _files(ROOT / folder)
    assert set(_files(wheel / "aeeval/_bundled/docs")) == {Path("known_answers.csv"), Path("calibration.csv")}
    for name, content in _files(wheel / "aeeval/_bundled/docs").items():
        assert content == (ROOT / "docs" / name).read_bytes()


def _files(folder):
    """Relative path -> bytes of every file below a folder."""
    found = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(folder): file.read_bytes() for file in found}


def test_the_wheel_carries_the_package_and_nothing_else(wheel):
    assert {path.name for path in wheel.iterdir()} == {"aeeval", f"aeeval-{aeeval.__version__}.dist-info"}
    assert not list(wheel.rglob("__pycache__"))
    assert (wheel / "aeeval" / "py.typed").is_file()


def test_the_metadata_says_version_and_licence(wheel):
    (folder,) = wheel.glob("*.dist-info")
    metadata = HeaderParser().parsestr((folder / "METADATA").read_text())
    assert metadata["Version"] == aeeval.__version__
    assert metadata["License-Expression"] == "MIT"
    assert (folder / "licenses" / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_the_citation_names_this_version():
    assert f"\nversion: {aeeval.__version__}\n" in (ROOT / "CITATION.cff").read_text()


@pytest.mark.parametrize("extra", ["", "dev", "report", "onnx", "submissions"])
def test_what_the_project_asks_for_is_pinned_and_allowed(extra):
    asked = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    pins = {canonical(name): version for name, version in PINS.items()}
    for requirement in map(requirements.Requirement, asked):
        if requirement.name != "aeeval":
            assert requirement.specifier.contains(pins[canonical(requirement.name)]), str(requirement)


def test_pins_fit_every_build_and_every_machine():
    assert {name: version for name, version in PINS.items() if not re.fullmatch(r"[\d.]+(post\d+)?", version)} == {}


@pytest.mark.parametrize("script", ["scripts/quickstart", "scripts/test"])
def test_the_commands_of_the_readme_are_there(script):
    assert f"\n{script}" in (ROOT / "README.md").read_text()
    assert os.access(ROOT / script, os.X_OK)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
