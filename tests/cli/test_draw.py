"""`aeeval draw` as a user meets it."""

import sys

import pytest

from aeeval.cli import main


@pytest.fixture
def aeeval(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aeeval", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return run


def test_a_manifold_is_drawn_where_it_is_asked_for(aeeval, tmp_path):
    pytest.importorskip("matplotlib")
    code, out, err = aeeval("draw", "manifold", "plane")
    assert (code, out, err) == (0, "plane.png\n", "")
    assert (tmp_path / "plane.png").read_bytes().startswith(b"\x89PNG")
    arguments = ("--param", "dim=1", "--param", "radius=2.5", "--support", "all", "--out", "new/circle.svg")
    code, out, _ = aeeval("draw", "manifold", "sphere", *arguments)
    assert (code, out) == (0, "new/circle.svg\n")
    assert "d = 1, D = 2, reach 2.5" in (tmp_path / "new/circle.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("manifold", "spher"), "did you mean sphere"),
        (("manifolds", "sphere"), "did you mean manifold"),
        (("manifold", "sphere", "--support", "cup"), "did you mean cap"),
        (("manifold", "sphere", "--param", "dimm=2"), "did you mean dim"),
        (("manifold", "sphere", "--param", "dim"), "expected --param KEY=NUMBER; got --param dim"),
        (("manifold", "sphere", "--param", "dim=x"), "expected --param KEY=NUMBER"),
        (("manifold", "sphere", "--param", "radius=-1"), "radius > 0"),
        (("manifold",), "expected one NAME, or --all; got neither"),
        (("manifold", "sphere", "--all"), "expected one NAME, or --all; got sphere and --all"),
        (("board", "capabilites", "--results", "none"), "did you mean capabilities"),
        (("manifold", "sphere", "--out", "a.gif"), "ends with .png or .svg or .pdf"),
    ],
)
def test_usage_errors_say_the_way_out_and_end_with_two(aeeval, arguments, reason):
    pytest.importorskip("matplotlib")
    code, out, err = aeeval("draw", *arguments)
    assert (code, out) == (2, "")
    assert reason in err
    assert "Traceback" not in err


def test_without_matplotlib_it_says_what_to_install(aeeval, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    code, _, err = aeeval("draw", "manifold", "sphere")
    assert code == 2
    assert 'pip install "aeeval[report]"' in err
