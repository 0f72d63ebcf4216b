"""`python -m tests.calibration`: the whole study, written to docs/calibration.md and .csv; or the studies named.

The whole study resumes where it was stopped."""

import sys
import time
from collections import Counter
from dataclasses import asdict
from multiprocessing import get_context

from tqdm import tqdm

from tests.calibration.page import page, table
from tests.calibration.rates import ABOVE, Batch, Counted, batches, count, rates
from tests.calibration.studies import STUDIES
from tests.study import DOCS, Parts, stamp

COMMAND = "python -m tests.calibration"
EFFECT_REPETITIONS, PROCESSES, SEED = 100, 2, 0


def main(names: list[str]) -> int:
    """Count all; with names, print those studies and write nothing."""
    start = time.process_time()
    if unknown := set(names) - {study.name for study in STUDIES}:
        raise SystemExit(f"expected studies; got {', '.join(unknown)}; there are {', '.join(s.name for s in STUDIES)}")
    chosen = [study for study in STUDIES if not names or study.name in names]
    work = list(batches(chosen, lambda study: study.repetitions, EFFECT_REPETITIONS, SEED))
    parts = Parts("calibration")
    counted = [restored(parts.kept(key_of(batch))) for batch in work if parts.has(key_of(batch))]
    todo = [batch for batch in work if not parts.has(key_of(batch))]
    with get_context("spawn").Pool(PROCESSES) as pool:
        for one in tqdm(pool.imap_unordered(count, todo), total=len(todo), unit="batch", smoothing=0):
            parts.keep(key_of(one.batch), plain(one))
            counted.append(one)
    found = rates(counted)
    seconds = sum(one.seconds for one in counted) + time.process_time() - start
    for rate in found:
        print(f"{rate.test.name:45} {rate.false.rate:.3f} {rate.verdict:13} {rate.seen.rate if rate.seen else 0:.3f}")
    if not names:
        text = page(found, stamp(COMMAND, SEED, seconds))
        (DOCS / "calibration.md").write_text(text, encoding="utf-8")
        table(found, SEED).to_csv(DOCS / "calibration.csv", index=False, float_format="%.6g")
    return sum(rate.verdict == ABOVE for rate in found)


def key_of(batch: Batch) -> str:
    """A file name for a batch."""
    world = STUDIES[batch.study].effects
    number = list(world).index(batch.world) + 1 if batch.world else 0
    return f"{batch.study}-{number}-{batch.seeds[0]}-{batch.seeds[-1]}"


def plain(one: Counted) -> dict:
    """What was counted, as JSON has it (`asdict` takes the items of a Counter for things to count)."""
    return {**vars(one), "batch": asdict(one.batch), "trials": dict(one.trials), "alarms": dict(one.alarms)}


def restored(part: dict) -> Counted:
    """What `plain` made plain."""
    batch = Batch(part["batch"]["study"], part["batch"]["world"], tuple(part["batch"]["seeds"]))
    return Counted(batch, Counter(part["trials"]), Counter(part["alarms"]), part["seconds"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
