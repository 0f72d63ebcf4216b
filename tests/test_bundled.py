import subprocess
import sys
from pathlib import Path

import pytest

from aeeval import bundled
from aeeval.errors import UnknownName


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package folder of ours, with nothing around it yet."""
    folder = tmp_path / "site-packages" / "aeeval"
    folder.mkdir(parents=True)
    monkeypatch.setattr(bundled, "_PACKAGE", folder)
    return folder


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_names_are_the_stems_of_public_files_of_that_kind(package):
    for name in ("vae.py", "mean.py", "_layers.py", "notes.md", "deep/model.py"):
        write(package / "_bundled" / "baselines" / name)
    assert bundled.names("baselines") == ["mean", "vae"]
    assert bundled.names("suites") == []


def test_the_checkout_comes_before_the_copy_in_the_package(package):
    write(package.parent / "pyproject.toml")
    write(package / "_bundled" / "suites" / "smoke.toml")
    beside = write(package.parent / "suites" / "smoke.toml")
    assert bundled.resolve("suites", "smoke") == beside


def test_a_strangers_folder_beside_an_installed_package_is_not_ours(package):
    write(package.parent / "examples" / "theirs.py")
    ours = write(package / "_bundled" / "examples" / "ours.py")
    assert bundled.names("examples") == ["ours"]
    assert bundled.resolve("examples", "ours") == ours


def test_a_path_that_exists_comes_first(package, tmp_path, monkeypatch):
    write(package / "_bundled" / "suites" / "smoke.toml")
    mine = write(tmp_path / "mine" / "smoke.toml")
    monkeypatch.chdir(mine.parent)
    assert bundled.resolve("suites", str(mine)) == mine
    assert bundled.resolve("suites", "smoke.toml").resolve() == mine


def test_a_folder_named_as_a_suite_does_not_hide_it(package, tmp_path, monkeypatch):
    bundle = write(package / "_bundled" / "suites" / "smoke.toml")
    (tmp_path / "smoke").mkdir()
    monkeypatch.chdir(tmp_path)
    assert bundled.resolve("suites", "smoke") == bundle


def test_an_unknown_name_is_answered_with_the_nearest(package):
    write(package / "_bundled" / "suites" / "smoke.toml")
    with pytest.raises(UnknownName, match=r"unknown suite 'smok'; did you mean smoke\?"):
        bundled.resolve("suites", "smok")


def test_a_name_cannot_climb_out_of_its_folder(package):
    write(package / "_bundled" / "suites" / "smoke.toml")
    write(package / "_bundled" / "secret.toml")
    with pytest.raises(UnknownName):
        bundled.resolve("suites", "../secret")


def test_names_are_listed_without_importing_torch():
    code = "import sys; from aeeval import bundled; bundled.names('suites'); sys.exit('torch' in sys.modules)"
    root = Path(__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
