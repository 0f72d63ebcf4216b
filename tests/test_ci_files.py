"""action.yml and the workflow files: well formed, without rights to write, and their steps run here in order."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.tiny import SUITE, write_submission, write_suite

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
GITHUB = yaml.safe_load((ROOT / "examples/ci/github.yml").read_text())
GITLAB = yaml.safe_load((ROOT / "examples/ci/gitlab.yml").read_text())["gate"]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@pytest.fixture
def repository(tmp_path):
    """A project with a submission in a first commit, and what a runner gives to a job."""
    folder = tmp_path / "project"
    folder.mkdir()
    write_suite(folder, SUITE.replace("wall_s = 20", "wall_s = 600"))  # a busy machine is no failure
    write_submission(folder)
    for arguments in (
        ("init", "-q", "-b", "main"),
        ("config", "user.name", "a"),
        ("config", "user.email", "a@example.org"),
        ("config", "commit.gpgsign", "false"),
        ("add", "-A"),
        ("commit", "-q", "-m", "base"),
    ):
        git(folder, *arguments)
    return folder


def git(folder, *arguments):
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def change(folder, old, new):
    file = folder / "mine.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    git(folder, "commit", "-qam", "change")


def environment(tmp_path, **more):
    """The variables of a runner, and this interpreter and package in place of those that a job installs."""
    binaries = tmp_path / "bin"
    binaries.mkdir(exist_ok=True)
    python = binaries / "python"
    if not python.exists():
        python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        python.chmod(0o755)
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "CI_", "PYTEST_"))},
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        **more,
    }


def resolved(text, known):
    """A value with its expressions: the first of `a || b` that is not empty."""

    def value(found):
        names = [name.strip() for name in found[1].split("||")]
        return next((known[name] for name in names if known.get(name)), "")

    return EXPRESSION.sub(value, str(text))


def run_action(tmp_path, folder, base, without=("Install",), **given):
    """The `run` steps of the action in order, but some: -> (exit code of the last one that ran, what all printed)."""
    runner = tmp_path / "runner"
    runner.mkdir(exist_ok=True)
    inputs = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
    known = {f"inputs.{name}": value for name, value in {**inputs, **given}.items()}
    known["github.event.pull_request.base.sha"] = base
    (runner / "output").touch()
    files = {"GITHUB_OUTPUT": str(runner / "output"), "GITHUB_STEP_SUMMARY": str(runner / "summary.md")}
    shared = environment(tmp_path, RUNNER_TEMP=str(runner), GITHUB_ACTIONS="true", **files)
    said = ""
    for step in ACTION["runs"]["steps"]:
        if "run" not in step or step["name"] in without:
            continue
        for line in (runner / "output").read_text().splitlines():
            name, _, value = line.partition("=")
            known[f"steps.place.outputs.{name}"] = value
        env = {**shared, **{key: resolved(value, known) for key, value in step.get("env", {}).items()}}
        # as a runner calls it for `shell: bash`
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        said += f"--- {step['name']}\n{done.stdout}{done.stderr}"
        if done.returncode:
            return done.returncode, said
    return 0, said


def test_a_change_that_must_pass_does_and_one_that_must_fail_does(repository, tmp_path):
    base = git(repository, "rev-parse", "HEAD")
    given = {"submission": "mine.py", "suite": "tiny.toml", "seeds": "2", "capabilities": "reconstruction"}
    change(repository, "import torch\n", "import torch  # a comment\n")
    code, said = run_action(tmp_path, repository, base, **given)
    assert code == 0, said
    assert "IDENTICAL" in said
    change(repository, "self.decoder(z).reshape", "(5 + 9 * self.decoder(z)).reshape")
    code, said = run_action(tmp_path, repository, base, ("Install", "Run the base"), **given)  # that is as it was
    assert (code, "::error title=aeeval gate%3A reconstruction::" in said) == (1, True), said
    report = tmp_path / "runner" / "aeeval-gate"
    assert "# Gate: FAIL" in (report / "gate.md").read_text()
    assert (tmp_path / "runner/summary.md").read_text().count("# Gate: ") == 2
    assert ElementTree.parse(report / "gate.xml").getroot().find(".//failure") is not None
    assert git(repository, "status", "--short") == "", "nothing is left in the checkout"


@pytest.mark.slow
def test_a_new_submission_has_nothing_to_be_compared_with(repository, tmp_path):
    base = git(repository, "rev-parse", "HEAD")
    (repository / "new.py").write_text((repository / "mine.py").read_text())
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "new")
    given = {"submission": "new.py", "suite": "tiny.toml", "seeds": "2", "capabilities": "reconstruction"}
    code, said = run_action(tmp_path, repository, base, **given)
    assert (code, "no baseline; stored" in said) == (0, True), said


@pytest.mark.slow
@pytest.mark.parametrize(("new", "code"), [("1 * self.decoder(z)", 0), ("5 + 9 * self.decoder(z)", 1)])
def test_the_steps_of_gitlab_do_the_same(repository, tmp_path, new, code):
    base = git(repository, "rev-parse", "HEAD")
    change(repository, "self.decoder(z).reshape", f"({new}).reshape")
    known = {
        **GITLAB["variables"],
        "SUBMISSION": "mine.py", "SUITE": "tiny.toml", "SEEDS": "2", "CAPABILITIES": "reconstruction",
        "CI_PROJECT_DIR": str(repository), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
    }  # fmt: skip
    env = environment(tmp_path, **known)
    script = "\n".join(["set -eo pipefail", *GITLAB["script"]])  # one shell for all lines of a job
    done = subprocess.run(["bash", "-c", script], cwd=repository, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert (repository / "aeeval-gate" / "gate.xml").is_file()


def commands(text):
    """The calls of aeeval in a script, each on one line."""
    joined = text.replace("\\\n", " ")
    return [re.sub(r"\s+", " ", line).strip() for line in joined.splitlines() if "python -m aeeval" in line]


def test_gitlab_runs_the_same_commands_as_the_action():
    ours = [line for step in ACTION["runs"]["steps"] if "run" in step for line in commands(step["run"])]
    theirs = [line for part in GITLAB["script"] for line in commands(part)]
    assert len(ours) == 3
    assert theirs == ours


def test_nothing_may_be_written_and_no_value_of_others_becomes_a_command():
    assert GITHUB["permissions"] == {"contents": "read"}
    assert True in GITHUB  # `on`, which YAML reads as a boolean
    assert set(GITHUB[True]) == {"pull_request"}
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), "expressions go through the environment"
        assert "token" not in str(step).lower()


def test_the_workflow_gives_inputs_that_the_action_has():
    (step,) = [one for one in GITHUB["jobs"]["gate"]["steps"] if "aeeval@" in one["uses"]]
    assert set(step["with"]) <= set(ACTION["inputs"])
    checkout = GITHUB["jobs"]["gate"]["steps"][0]
    assert checkout["with"]["fetch-depth"] == 0


def test_every_step_of_the_action_names_its_shell():
    assert all("shell" in step for step in ACTION["runs"]["steps"] if "run" in step)
