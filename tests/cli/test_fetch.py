"""`aeeval fetch`, and what a user meets where the files of a data set are missing."""

import sys

import pytest

from aeeval.cli import main
from aeeval.datasets import mnist
from tests.datasets.conftest import asset, places, put  # noqa: F401  a fixture

CONTENT = bytes(3000)


@pytest.fixture
def aeeval(monkeypatch, capsys, places):  # noqa: F811
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aeeval", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return run


@pytest.fixture
def toys(places, monkeypatch):  # noqa: F811
    """MNIST stands for one small file on a mirror; Fashion-MNIST for one that is nowhere."""
    source = put(places / "mirror" / "toy.bin.gz", CONTENT).as_uri()
    monkeypatch.setattr(
        mnist, "ASSETS", {"mnist": (asset(CONTENT, mirrors=(source,)),), "fashion-mnist": (asset(b"", remedy="ask"),)}
    )
    return places / "cache" / "toys" / "toy.bin"


def test_files_are_fetched_and_named_without_a_bar_in_a_log(aeeval, toys):
    code, out, err = aeeval("fetch", "mnist", "digits")
    assert (code, err) == (0, "")
    assert toys.read_bytes() == CONTENT
    assert out.splitlines() == [
        f"mnist: 1 file(s) in {toys.parents[1] / 'mnist'}",
        "digits: carried by an installed package, nothing to fetch",
    ]
    assert aeeval("fetch", "mnist")[0] == 0


def test_a_set_that_fails_does_not_keep_the_next_from_being_fetched(aeeval, toys):
    code, out, err = aeeval("fetch", "fashion-mnist", "mnist")
    assert code == 3
    assert toys.is_file()
    assert "fashion-mnist: expected a source of toy.bin" in err
    assert "run: ask" in err
    assert out.startswith("mnist: 1 file(s)")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("fetch",), "names of data sets, or --all"),
        (("fetch", "mnits"), "did you mean mnist"),
        (("run", "pca", "--suite", "real", "--task", "mnist*"), "run: aeeval fetch mnist"),
        (("draw", "dataset", "mnist"), "run: aeeval fetch mnist"),
        (("draw", "dataset", "--all"), "--all with manifolds"),
        (("run", "pca", "--data", "none.py:rows", "--latent-dim", "2"), "a Python file"),
    ],
)
def test_usage_errors_say_the_way_out(aeeval, arguments, reason):
    code, _, err = aeeval(*arguments)
    assert code == 2
    assert reason in err
    assert "Traceback" not in err


def test_a_card_is_shown_also_where_the_rows_are_not(aeeval):
    code, out, _ = aeeval("show", "dataset", "mnist")
    assert code == 0
    assert "CC BY-SA 3.0" in out
    assert "run: aeeval fetch mnist" in out
    code, out, _ = aeeval("show", "dataset", "breast-cancer")
    assert code == 0
    assert "standardised by the training rows" in out
