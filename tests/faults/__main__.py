"""`python -m tests.faults`: 200 SIGKILLs at random moments, written to docs/faults.md. Goes on until all are done."""

import argparse
import resource
import tempfile
from pathlib import Path

from tqdm import tqdm

from tests.faults.inject import VICTIMS, Faults, left_over
from tests.study import DOCS, stamp

SEED, KILLS, A_ROUND = 0, 200, 12
PAGE = """# Faults: what is left after {kills} kills

{stamp}

Two runs of the same grid (`pca` and a linear autoencoder on two tasks, two seeds) share one results folder. At random
moments, {pause:g} s apart on average, one of their processes gets SIGKILL; a run that is killed is started again, until
both have ended. Then the folder is held beside one that nobody disturbed.

| killed | times |
|---|---|
{table}
| all | {kills} |

Runs were started {started} times for {rounds} folders. In every folder: the cells of the undisturbed run and no others,
{numbers} numbers, no damaged file, no claim left, the same pictures, and the table `tiny.csv` equal in every byte:
**{same} of {rounds}**.
"""


def main() -> int:
    """Kill, compare, write the page; the exit code is 1 where a folder differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Faults(folder, given.seed, runs=1).round(folder / "undisturbed", 0)
        expected = left_over(folder / "undisturbed")
        faults, same = Faults(folder, given.seed), []
        with tqdm(total=given.kills, unit="kill") as bar:
            while (left := given.kills - faults.killed.total()) > 0:
                out = folder / f"disturbed-{len(same)}"
                bar.update(faults.round(out, min(A_ROUND, left)))
                same.append(left_over(out) == expected)
    page = _page(given, faults, same, len(expected["cells"]), expected["numbers"])
    print(page)
    if given.kills == KILLS:
        (DOCS / "faults.md").write_text(page, encoding="utf-8")
    return 0 if all(same) else 1


def _page(given, faults, same, cells, numbers) -> str:
    used = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = f"python -m tests.faults --kills {given.kills} --seed {given.seed}"
    return PAGE.format(
        stamp=stamp(command, given.seed, sum(one.ru_utime + one.ru_stime for one in used)),
        pause=0.4,
        kills=faults.killed.total(),
        table="\n".join(f"| {role} | {faults.killed[role]} |" for role in VICTIMS),
        started=faults.started,
        rounds=len(same),
        same=sum(same),
        numbers=f"{cells} cells and {numbers}",
    )


if __name__ == "__main__":
    raise SystemExit(main())
