"""`python -m tests.known_answers`: the matrix, written to docs/known_answers.md and .csv; goes on where it stopped."""

import sys
import time
from dataclasses import asdict
from typing import Any

import torch
from tqdm import tqdm

from aeeval.metrics.base import Value
from tests.known_answers.expect import Expectation
from tests.known_answers.matrix import Cell, cells, counts, wrong
from tests.known_answers.page import page, table
from tests.known_answers.places import FULL, places
from tests.study import DOCS, Parts, stamp

COMMAND = "python -m tests.known_answers"


def main(names: list[str]) -> int:
    """Judge all numbers, or those of the data sets named; 1 if one is not what theory says."""
    torch.set_num_threads(1)
    if unknown := set(names) - set(places()):
        raise SystemExit(f"expected data sets; got {', '.join(unknown)}; there are {', '.join(places())}")
    parts = Parts("known_answers")
    done = [parts.get(name, lambda name=name: _part(name)) for name in tqdm(names or places(), unit="data set")]
    judged = [restored(kept) for part in done for kept in part["cells"]]
    faults = wrong(judged)
    print(*faults, sep="\n")
    print(dict(counts(judged)), f"{len(faults)} not as theory says")
    if not names:
        (DOCS / "known_answers.md").write_text(
            page(judged, stamp(COMMAND, 0, sum(part["seconds"] for part in done))), encoding="utf-8"
        )
        table(judged).to_csv(DOCS / "known_answers.csv", index=False, float_format="%.6g")
    return bool(faults)


def _part(name: str) -> dict[str, Any]:
    """The cells of one data set, plain."""
    start = time.process_time()
    return {"cells": [asdict(cell) for cell in cells([name], FULL)], "seconds": time.process_time() - start}


def restored(kept: dict[str, Any]) -> Cell:
    """A cell from its plain maps."""
    return Cell(**{**kept, "value": Value(**kept["value"]), "expected": Expectation(**kept["expected"])})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
