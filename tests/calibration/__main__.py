"""`python -m tests.calibration`: the whole study, written to docs/calibration.md and .csv; or the studies named."""

import sys
import time
from multiprocessing import get_context

from tqdm import tqdm

from tests.calibration.page import page, table
from tests.calibration.rates import ABOVE, batches, count, rates
from tests.calibration.studies import STUDIES
from tests.study import DOCS, stamp

COMMAND = "python -m tests.calibration"
EFFECT_REPETITIONS, PROCESSES, SEED = 100, 2, 0


def main(names: list[str]) -> int:
    """Count all; with names, print those studies and write nothing."""
    start = time.process_time()
    chosen = [study for study in STUDIES if not names or study.name in names]
    work = list(batches(chosen, lambda study: study.repetitions, EFFECT_REPETITIONS, SEED))
    with get_context("spawn").Pool(PROCESSES) as pool:
        counted = list(tqdm(pool.imap_unordered(count, work), total=len(work), unit="batch", smoothing=0))
    found = rates(counted)
    seconds = sum(one.seconds for one in counted) + time.process_time() - start
    for rate in found:
        print(f"{rate.test.name:45} {rate.false.rate:.3f} {rate.verdict:13} {rate.seen.rate if rate.seen else 0:.3f}")
    if not names:
        text = page(found, stamp(COMMAND, SEED, seconds))
        (DOCS / "calibration.md").write_text(text, encoding="utf-8")
        table(found, SEED).to_csv(DOCS / "calibration.csv", index=False, float_format="%.6g")
    return sum(rate.verdict == ABOVE for rate in found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
