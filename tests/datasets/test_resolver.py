"""The order of places, what is read from them, and the one error where there is nothing."""

import sys

import pytest

from aeeval.datasets.places import PLACES, assets_of, find, require
from aeeval.datasets.resolver import resolve, resolve_path
from aeeval.errors import DataError
from tests.datasets.conftest import asset, put

CONTENT = bytes(range(256)) * 8192  # two pieces of 1 MiB


@pytest.fixture
def known(places, monkeypatch):
    """A file that may lie in every kind of place, and these places in the documented order."""
    package = put(places / "site" / "toybox" / "__init__.py", b"raise ImportError('found without being imported')")
    monkeypatch.syspath_prepend(str(package.parents[1]))
    monkeypatch.setenv("AEEVAL_DATA_DIR", str(places / "mine"))
    made = asset(
        CONTENT,
        torchvision="TOYS/raw/toy.bin",
        system=str(places / "usr" / "toy.bin"),
        node="toys/data/toy.bin",
        package="toybox/data/toy.bin",
    )
    where = {
        "AEEVAL_DATA_DIR": places / "mine" / "toys" / "toy.bin",
        "cache": places / "cache" / "toys" / "toy.bin",
        "torchvision": places / "work" / "data" / "TOYS" / "raw" / "toy.bin",
        "system": places / "usr" / "toy.bin",
        "node_modules": places / "node_modules" / "toys" / "data" / "toy.bin",  # one folder above the working folder
        "package": places / "site" / "toybox" / "data" / "toy.bin",
    }
    return made, where


def test_the_first_place_that_has_it_wins(known):
    made, where = known
    assert list(where) == list(PLACES)
    assert find(made) is None
    for path in reversed(where.values()):
        put(path, CONTENT)
        assert find(made).resolve() == path
    assert "toybox" not in sys.modules


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("place", list(PLACES))
def test_every_place_is_read_plain_or_packed(known, place, suffix):
    made, where = known
    put(where[place].with_name("toy.bin" + suffix), CONTENT)
    assert resolve(made) == CONTENT


def test_a_torchvision_folder_may_be_given_explicitly(known, places):
    made, _ = known
    put(places / "mine" / "TOYS" / "raw" / "toy.bin.gz", CONTENT)
    assert resolve(made) == CONTENT


def test_an_archive_is_verified_as_it_is_and_not_unpacked(places):
    packed = put(places / "cache" / "toys" / "toys.tar.gz", CONTENT)
    made = asset(packed.read_bytes())
    made = type(made)("toys", "toys.tar.gz", made.sha256)
    assert resolve_path(made) == packed
    packed.write_bytes(packed.read_bytes()[:-1])
    with pytest.raises(DataError, match="sha256"):
        resolve_path(made)


def test_one_error_names_every_place_and_the_command(known):
    made, where = known
    with pytest.raises(DataError) as raised:
        resolve(made)
    told = str(raised.value)
    assert "run: aeeval fetch toys" in told
    for label, path in where.items():
        if label != "node_modules":  # the nearest two of its folders are named
            assert str(path).removeprefix(str(where["torchvision"].parents[3]) + "/") in told, label
    assert "node_modules/toys/data/toy.bin" in told


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_copy_with_other_bytes_is_refused_and_named(known, suffix):
    made, where = known
    path = put(where["system"].with_name("toy.bin" + suffix), CONTENT[:-1] + b"!")
    with pytest.raises(DataError, match=rf"sha256 {made.sha256}.*delete {path} and run: aeeval fetch toys"):
        resolve(made)


def test_a_truncated_packed_copy_is_refused_and_named(known):
    made, where = known
    path = put(where["cache"].with_name("toy.bin.gz"), CONTENT)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=rf"a whole file toy.bin; got {path}"):
        resolve(made)


def test_a_download_happens_only_where_it_is_allowed(places, monkeypatch):
    made = asset(CONTENT, mirrors=(put(places / "mirror" / "toy.bin", CONTENT).as_uri(),))
    with pytest.raises(DataError, match="no such file"):
        resolve(made)
    monkeypatch.setenv("AEEVAL_DOWNLOAD", "1")
    assert resolve(made) == CONTENT
    assert find(made) == places / "cache" / "toys" / "toy.bin"


def test_sets_that_are_missing_are_told_at_once(places):
    require(["digits", "breast-cancer"])
    with pytest.raises(DataError, match="run: aeeval fetch mnist tecator"):
        require(["mnist", "digits", "tecator", "mnist"])
    for asset_ in assets_of("tecator"):
        put(places / "cache" / "tecator" / asset_.name, b"")
    with pytest.raises(DataError, match=r"run: aeeval fetch mnist$"):
        require(["mnist", "tecator"])
