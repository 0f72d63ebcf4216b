"""`python -m tests.findings`: all studies, written to docs/findings.md and .csv; or the studies named, printed.

`--only-kept` writes the page of the studies that are kept of this commit, and names the others.
"""

import sys
import time

from aeeval.runner import one_thread
from tests.findings.page import page, table
from tests.findings.record import Finding
from tests.findings.studies import FINDINGS
from tests.study import DOCS, Parts, stamp

COMMAND = "python -m tests.findings"


def main(names: list[str]) -> int:
    """Run what is open, and write the page; with names, print those studies and write nothing."""
    kept_alone = names == ["--only-kept"]
    names = [] if kept_alone else names
    chosen = [finding for finding in FINDINGS if not names or finding.name in names]
    parts, found = Parts("findings"), []
    for finding in chosen:
        if kept_alone and not parts.has(finding.name):
            continue
        kept = parts.get(finding.name, lambda finding=finding: measured(finding))
        found.append((finding, kept["seeds"], kept["cpu_s"]))
        print(table(found[-1:]).to_string(index=False, columns=["claim", "mean", "low", "high", "verdict"]), flush=True)
    if not names:
        seconds = sum(cpu for *_, cpu in found)
        missing = [one for one in FINDINGS if one not in [finding for finding, *_ in found]]
        (DOCS / "findings.md").write_text(page(found, stamp(COMMAND, 0, seconds), missing), encoding="utf-8")
        table(found).to_csv(DOCS / "findings.csv", index=False, float_format="%.4g")
    return 0


def measured(finding: Finding) -> dict[str, object]:
    """The numbers of all seeds, and what they cost."""
    start = time.process_time()
    with one_thread():
        seeds = finding.measure(finding.full)
    return {"seeds": seeds, "cpu_s": round(time.process_time() - start, 1)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
