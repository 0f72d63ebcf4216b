"""`python -m tests.separation`: the whole study, written to docs/separation.md, .csv and one picture a manifold."""

import time
from pathlib import Path

import pandas as pd

from aeeval.runner import one_thread
from tests.separation.causes import GROUNDS
from tests.separation.effects import effects
from tests.separation.measure import measure, table
from tests.separation.models import MODELS
from tests.separation.page import page
from tests.separation.picture import draw
from tests.study import DOCS, stamp

COMMAND = "python -m tests.separation"
SEEDS = 5
OUT = Path("aeeval-runs/separation")


def main() -> None:
    """Run what is open, and write the page."""
    start, held = time.process_time(), len(list(OUT.glob("cells/*/*.jsonl")))
    with one_thread():
        numbers = pd.concat([table(ground, measure(ground, MODELS, SEEDS, OUT)) for ground in GROUNDS])
    found = effects(numbers)
    found.to_csv(DOCS / "separation.csv", index=False, float_format="%.4g")
    for ground in GROUNDS:
        draw(found[found["ground"] == ground], DOCS / f"separation-{ground}.png")
    text = page(
        found, stamp(COMMAND, 0, time.process_time() - start).replace("seed 0", f"seeds 0 to {SEEDS - 1}"), held
    )
    (DOCS / "separation.md").write_text(text, encoding="utf-8")


main()
