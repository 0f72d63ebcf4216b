"""`python -m tests.gate_rates`: how often the gate is wrong and what it sees, into docs/gate_rates.md and .csv."""

import dataclasses
import sys
import time

import pandas as pd
from tqdm import tqdm

from tests.gate_rates import histories
from tests.gate_rates.count import every
from tests.gate_rates.page import page
from tests.study import DOCS, stamp

COMMAND, SEED = "python -m tests.gate_rates", 0
REPETITIONS, HISTORIES = 4_000, 500


def main() -> int:
    """Count, write, and end with 1 where a false-alarm rate lies above its level."""
    start = time.process_time()
    counts = list(tqdm(every(REPETITIONS, SEED), unit="world"))
    found = list(tqdm(histories.every(HISTORIES, SEED), unit="history"))
    text, broken = page(counts, found, stamp(COMMAND, SEED, time.process_time() - start))
    (DOCS / "gate_rates.md").write_text(text, encoding="utf-8")
    frame = pd.DataFrame([dataclasses.asdict(one) for one in counts])
    frame.assign(seed=SEED).to_csv(DOCS / "gate_rates.csv", index=False)
    print(text)
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
