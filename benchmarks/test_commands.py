"""How long the commands take that a user waits for: `python3 -m pytest benchmarks --benchmark-only`.

Reported, never asserted. The smoke run is one round in a fresh folder, on as many workers as there are cores up to 2.
"""

import os
import subprocess
import sys

import pytest

BASELINES = ("mean", "identity", "pca", "mlp", "vae")


def command(*arguments):
    subprocess.run([sys.executable, "-m", "aeeval", *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("arguments", [("--help",), ("list",), ("list", "metrics")], ids=" ".join)
def test_lookups(benchmark, arguments):
    benchmark.pedantic(command, args=arguments, rounds=5, warmup_rounds=1)


def test_smoke_suite(benchmark, tmp_path):
    jobs = str(min(2, os.cpu_count() or 1))
    arguments = ("run", *BASELINES, "--suite", "smoke", "--jobs", jobs, "--out", str(tmp_path / "out"))
    benchmark.pedantic(command, args=arguments, rounds=1)


def test_dry_run_of_the_smoke_suite(benchmark, tmp_path):
    arguments = ("run", *BASELINES, "--suite", "smoke", "--jobs", "2", "--out", str(tmp_path / "out"), "--dry-run")
    benchmark.pedantic(command, args=arguments, rounds=1)
