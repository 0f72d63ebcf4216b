"""`python -m tests.known_answers`: the whole matrix, written to docs/known_answers.md and .csv."""

import sys
import time

import torch
from tqdm import tqdm

from tests.known_answers.matrix import cells, counts, wrong
from tests.known_answers.page import page, table
from tests.known_answers.places import FULL, places
from tests.study import DOCS, stamp

COMMAND = "python -m tests.known_answers"


def main(names: list[str]) -> int:
    """Judge all numbers, or those of the data sets named; 1 if one is not what theory says."""
    torch.set_num_threads(1)
    start = time.process_time()
    judged = list(cells(names or places(), FULL, lambda all_of_them: tqdm(all_of_them, unit="data set")))
    faults = wrong(judged)
    print(*faults, sep="\n")
    print(dict(counts(judged)), f"{len(faults)} not as theory says")
    if not names:
        (DOCS / "known_answers.md").write_text(
            page(judged, stamp(COMMAND, 0, time.process_time() - start)), encoding="utf-8"
        )
        table(judged).to_csv(DOCS / "known_answers.csv", index=False, float_format="%.6g")
    return bool(faults)


sys.exit(main(sys.argv[1:]))
