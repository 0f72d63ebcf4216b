"""`python -m tests.faults`: 200 SIGKILLs at random moments, written to docs/faults.md.

Stopped and started again it goes on after the last folder that it has finished.
"""

import argparse
import resource
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tests.faults.inject import PAUSE_S, SHORT_S, VICTIMS, Faults, differences, left_over
from tests.study import DOCS, Parts, stamp

SEED, KILLS, A_ROUND = 0, 200, 12
PAGE = """# Faults: what is left after {kills} kills

{stamp}

Two runs of the same grid (`pca` and a linear autoencoder on two tasks, two seeds) share one results folder. At random
moments, on average {pause:g} s after there is one (a submission: {short:g} s), a process of a role that is drawn gets
SIGKILL; a run that is killed is started again, until both have ended. A submission that is killed leaves failed
records, as nobody can say that it was not its own fault; its run ends with exit code 3 and is started again with
`--retry-failed`. Then the folder is held beside one that nobody disturbed.

| killed | times |
|---|---|
{table}
| all | {kills} |

Runs were started {started} times for {rounds} folders. In every folder: the cells of the undisturbed run and no others,
{numbers} numbers, no damaged file, no claim left, no picture lost but
those that a submission was shot at, and the table `tiny.csv` equal in every byte:
**{same} of {rounds}**.
"""


def main() -> int:
    """Kill, compare, write the page; the exit code is 1 where a folder differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    parts = Parts(f"faults-{given.seed}-{given.kills}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Faults(folder, given.seed, runs=1).round(folder / "undisturbed", 0)
        expected = left_over(folder / "undisturbed")
        rounds: list[dict[str, Any]] = []
        with tqdm(total=given.kills, unit="kill") as bar:
            while (left := given.kills - bar.n) > 0:
                number, most = len(rounds), min(A_ROUND, left)
                rounds.append(parts.get(str(number), lambda: _round(folder, given.seed, number, most, expected)))  # noqa: B023
                bar.update(sum(rounds[-1]["killed"].values()))
    page = _page(given, rounds, len(expected["cells"]), expected["numbers"])
    print(page)
    same = all(one["same"] for one in rounds)
    if given.kills == KILLS and same:
        (DOCS / "faults.md").write_text(page, encoding="utf-8")
    return 0 if same else 1


def _round(folder: Path, seed: int, number: int, most: int, expected: dict[str, object]) -> dict[str, Any]:
    """One folder, disturbed and held beside the undisturbed one."""
    before = _cpu_s()
    faults, out = Faults(folder, seed + 1000 * number), folder / f"disturbed-{number}"
    faults.round(out, most)
    found = left_over(out)
    differs = differences(found, expected, faults.killed["submission"])
    killed = dict(faults.killed)
    return {
        "killed": killed,
        "started": faults.started,
        "same": not differs,
        "differs": differs,
        "cpu_s": _cpu_s() - before,
    }


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(one.ru_utime + one.ru_stime for one in used)


def _page(given, rounds, cells, numbers) -> str:
    command = f"python -m tests.faults --kills {given.kills} --seed {given.seed}"
    killed = Counter[str]()
    for one in rounds:
        killed.update(one["killed"])
    return PAGE.format(
        stamp=stamp(command, given.seed, sum(one["cpu_s"] for one in rounds)),
        pause=PAUSE_S,
        short=SHORT_S,
        kills=killed.total(),
        table="\n".join(f"| {role} | {killed[role]} |" for role in VICTIMS),
        started=sum(one["started"] for one in rounds),
        rounds=len(rounds),
        same=sum(one["same"] for one in rounds),
        numbers=f"{cells} cells and {numbers}",
    )


if __name__ == "__main__":
    raise SystemExit(main())
