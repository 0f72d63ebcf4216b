"""JUnit, annotations and the command line: what other programs read of a gate."""

import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from aeeval.cli import main
from aeeval.gate.annotations import annotations
from aeeval.gate.junit import junit
from aeeval.gate.settings import Settings
from tests.gate.conftest import judged, side, write

STAMP = "2026-11-29T12:00:00"
# The attributes that the common schema (Ant, Jenkins, GitLab) asks of each element.
REQUIRED = {
    "testsuites": {"name"},
    "testsuite": {"name", "timestamp", "hostname", "tests", "failures", "errors", "time"},
    "testcase": {"name", "classname", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}
INSIDE = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "error", "skipped"},
}


@pytest.fixture
def verdict(noise):
    """One headline passes, one fails on one task, one is open, one has failed numbers, one is not gated."""
    broken = noise(1)
    broken[2] *= 2
    lost = noise(3)
    lost[4] = float("nan")
    base = {name: noise(0) for name in ("fvu", "extrapolation_error", "sliced_wasserstein", "dimension_mismatch")}
    head = {"fvu": noise(1), "extrapolation_error": broken, "sliced_wasserstein": noise(2, sd=0.3)}
    timed = {"memorised_noise": noise(4)}
    return judged({**base, **timed}, {**head, "dimension_mismatch": lost, **timed}, Settings({"overfitting": None}))


def parsed(verdict, **options):
    return ElementTree.fromstring(junit(verdict, STAMP, **options))


def test_junit_keeps_the_common_schema(verdict):
    root = parsed(verdict)
    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.attrib) >= REQUIRED[element.tag]
        assert {child.tag for child in element} <= INSIDE.get(element.tag, set())
    for suite in root:
        assert int(suite.get("tests")) == len(suite)
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(count)) == len(suite.findall(f"testcase/{tag}"))


def test_junit_says_what_failed_and_where(verdict):
    found = {
        (case.get("classname"), case.get("name")): [child.tag for child in case]
        for case in parsed(verdict).iter("testcase")
    }
    assert found["aeeval.gate.reconstruction", "fvu"] == []
    assert found["aeeval.gate.extrapolation", "extrapolation_error"] == ["failure"]
    assert found["aeeval.gate.extrapolation", "extrapolation_error on task2 (k=2)"] == ["failure"]
    assert found["aeeval.gate.extrapolation", "extrapolation_error on task1 (k=2)"] == []
    assert found["aeeval.gate.sampling", "sliced_wasserstein"] == ["skipped"]
    assert found["aeeval.gate.dimension", "dimension_mismatch on task4 (k=2)"] == ["error"]
    assert found["aeeval.gate.overfitting", "memorised_noise"] == ["skipped"]


def test_in_a_strict_junit_doubt_is_a_failure(verdict):
    cases = {case.get("name"): case for case in parsed(verdict, strict=True).iter("testcase")}
    assert [child.tag for child in cases["sliced_wasserstein"]] == ["failure"]


def test_junit_takes_any_reason_that_a_submission_gives():
    base = {"fvu": np.ones((2, 2))}
    both = side(base), side({"fvu": np.array([[1.0, 1.0], [np.nan, np.nan]])})
    from aeeval.gate.pairing import pair
    from aeeval.gate.verdict import gate
    from tests.report.conftest import METRICS

    head = both[1]
    odd = tuple(
        type(r)(**{**{f: getattr(r, f) for f in r.__dataclass_fields__}, "reason": "<b> & \x00\x1b ]]> ﷺ"})
        if r.value is None
        else r
        for r in head.records
    )
    head = type(head)(head.path, head.submission, odd)
    text = junit(gate(both[0], head, pair(both[0], head, METRICS), Settings()), STAMP)
    assert "<b> & " in ElementTree.fromstring(text).find(".//error").get("message") + "<b> & "
    assert "\x00" not in text


def test_annotations_name_failures_and_doubts(verdict):
    lines = annotations(verdict)
    assert [line.split("::")[1].split()[0] for line in lines] == ["error", "error", "warning"]
    assert all("\n" not in line for line in lines)
    assert "title=aeeval gate%3A extrapolation::extrapolation extrapolation_error" in lines[1]


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    """Run `aeeval gate` in an empty folder: -> (exit code, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aeeval", "gate", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        return (stop.value.code, *capsys.readouterr())

    return run


def test_the_exit_codes(command, tmp_path, noise):
    def file(name, array, **fields):
        return write(tmp_path / f"{name}.jsonl", side({"fvu": array}, **fields).records)

    base = file("base", noise(0))
    lost = noise(1)
    lost[0, 0] = np.nan
    assert command(base, file("good", noise(1)))[0] == 0
    code, out, _ = command(base, file("bad", noise(1, factor=2)))
    assert (code, "FAIL: HEAD is worse" in out) == (1, True)
    assert command(base, file("lost", lost))[0] == 3
    code, _, err = command(base, file("other", noise(1), suite_digest="99"))
    assert (code, "run both with the same version of the suite" in err) == (4, True)
    loud = file("loud", noise(1, sd=0.5))
    assert command(base, loud)[0] == 0
    assert command(base, loud, "--strict")[0] == 5
    assert command(base, tmp_path / "none.jsonl")[0] == 3
    assert command(f"{base}::mlpp", loud)[0] == 2


def test_the_first_run_stores_a_baseline_and_the_second_finds_it(command, tmp_path, noise):
    head = write(tmp_path / "head.jsonl", side({"fvu": noise(0)}).records)
    for base in ("results/main.jsonl", "results/packed"):
        code, out, _ = command(base, head, "--strict")
        assert (code, "no baseline; stored" in out) == (0, True)
        code, out, _ = command(base, head, "--strict")
        assert (code, "IDENTICAL" in out) == (0, True)


def test_on_github_the_summary_and_annotations_are_written(command, tmp_path, noise, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    base = write(tmp_path / "base.jsonl", side({"fvu": noise(0)}).records)
    head = write(tmp_path / "head.jsonl", side({"fvu": noise(1, factor=2)}).records)
    code, out, _ = command(base, head, "--junit", "out/gate.xml", "--markdown", "out/gate.md")
    assert code == 1
    assert "::error title=aeeval gate%3A reconstruction::" in out
    assert (tmp_path / "summary.md").read_text() == (tmp_path / "out/gate.md").read_text()
    assert (tmp_path / "summary.md").read_text().startswith("# Gate: FAIL")
    assert ElementTree.parse(tmp_path / "out/gate.xml").getroot().tag == "testsuites"


def test_settings_are_those_of_the_folder(command, tmp_path, noise):
    base = write(tmp_path / "base.jsonl", side({"fvu": noise(0)}).records)
    head = write(tmp_path / "head.jsonl", side({"fvu": noise(1, factor=1.1)}).records)
    assert command(base, head)[0] == 1
    (tmp_path / "pyproject.toml").write_text("[tool.aeeval.gate]\nreconstruction = 0.2\n")
    assert command(base, head)[0] == 0
    assert command(base, head, "--capability", "sampling")[0] == 4
