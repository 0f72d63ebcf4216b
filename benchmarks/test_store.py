"""A results folder of 25,000 cells and 10^6 records: reading, tables, and the form for git.

`python -m benchmarks.test_store` writes a folder of random numbers (0.7 GB, in the system's temporary folder) and
prints the tables of docs/speed.md; each line is measured in a fresh process. About 3 CPU minutes.
`python3 -m pytest benchmarks/test_store.py --benchmark-only` does the same with a tenth of the cells.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tabulate import tabulate

from benchmarks import synthetic

MEASURE = """
import json, resource, subprocess, sys, time
command = [sys.executable, "-m", "aeeval", *sys.argv[1:]]
with open({out!r}, "wb") as out:
    start = time.perf_counter()
    subprocess.run(command, stdout=out, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1e3]))
"""


def measured(out, *words):
    """CPU seconds, wall seconds and peak MB of a command in a fresh process."""
    code = MEASURE.format(out=str(out))
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def study(folder, submissions):
    """The lines of the tables: what, CPU s, wall s, peak MB; and the size of the form for git."""
    run, packs, out = folder / "run", folder / "packs", folder / "out"
    synthetic.write(run, submissions)
    lines = [["`aeeval show metric fvu`, for the imports alone", *measured(out, "show", "metric", "fvu")]]
    for what, style in (
        ("`aeeval table`, first look", "md"),
        ("`aeeval table`, once there is the Parquet cache", "md"),
    ):
        lines.append([what, *measured(out, "table", run, "--format", style)])
    shutil.rmtree(run / "index", ignore_errors=True)
    for style in ("latex", "csv", "json"):
        lines.append([f"`aeeval table --format {style}`", *measured(out, "table", run, "--format", style)])
    lines.append(["`aeeval results pack`", *measured(out, "results", "pack", run, "--to", packs)])
    return lines, git_bytes(packs)


def git_bytes(packs):
    """Bytes of the packs as they are, and in a git repository after `git gc`."""
    raw = sum(path.stat().st_size for path in packs.rglob("*.jsonl"))
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"],
        ["gc", "-q"],
    ):
        subprocess.run(["git", "-C", str(packs), *words], check=True)
    return raw, sum(path.stat().st_size for path in (packs / ".git" / "objects").rglob("*") if path.is_file())


def told(lines, sizes, records):
    """The tables of docs/speed.md."""
    head = [f"{records:,} records", "CPU s", "wall s", "peak MB"]
    raw, packed = sizes
    form = [[f"{records:,} records, packed", raw / records, packed / records]]
    return "\n\n".join(
        [
            tabulate(lines, head, tablefmt="github", floatfmt=".1f"),
            tabulate(form, ["", "bytes a record as text", "bytes a record in git"], tablefmt="github", floatfmt=".0f"),
        ]
    )


@pytest.mark.benchmark(group="store")
def test_a_tenth_of_it(benchmark, tmp_path, capsys):
    lines, sizes = benchmark.pedantic(study, args=(tmp_path, 10), rounds=1)
    with capsys.disabled():
        sys.stdout.write(f"\n{told(lines, sizes, 100_000)}\n")
    assert sizes[1] / 100_000 < 150


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        submissions = int(sys.argv[1]) if len(sys.argv) > 1 else synthetic.SUBMISSIONS
        sys.stdout.write(told(*study(Path(folder), submissions), submissions * 10_000) + "\n")
