"""How fast a leaderboard of 1,000 submissions is in the browser: opened from disk, sorted, searched, another board.

`python -m benchmarks.site [SUBMISSIONS] [--out DIR]` makes the site of random numbers, opens it in Chromium (see
`scripts/browser`) and prints a Markdown table: milliseconds from the action until the frame after it is on the screen,
and how long the main thread computed for it. The first view is to take less than 1,000 ms, sorting less than 100 ms.
"""

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from aeeval.metrics import all_metrics
from aeeval.records import Builder, Records
from aeeval.report.site.build import write_site
from aeeval.report.site.site import Site
from benchmarks.synthetic import SAMPLERS, cells

SUBMISSIONS, TASKS, SEEDS = 1_000, 8, 3
TIMES = 9
HEADLINES = {
    **{name: [{}] for name in ("fvu", "dimension_mismatch", "extrapolation_error", "memorised_noise")},
    "sliced_wasserstein": [{"sampler": one} for one in SAMPLERS],
}
DRAWN = """
new MutationObserver((_, watch) => {
  if (!document.querySelector("#board tbody tr")) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => (window.drawnAt = performance.now())));
}).observe(document, { childList: true, subtree: true });
"""
AFTER = """async (act) => {
  const start = performance.now();
  new Function(act)();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - start;
}"""
CLICK = 'document.querySelectorAll("thead th button")[{0}].click()'
SEARCH = 'const box = document.querySelector("#search"); box.value = "{0}"; box.dispatchEvent(new Event("input"))'
Timed = Callable[[str], tuple[float, float]]


def make(out: Path, submissions: int) -> tuple[int, float]:
    """Write the site; -> how many records it is of, and the CPU seconds it took."""
    metrics = {metric.id: metric for metric in all_metrics()}
    numbers = [(metrics[name], axes) for name, places in HEADLINES.items() for axes in places]
    builder = Builder()
    for _, records in cells(numbers, submissions, TASKS, SEEDS):
        builder.add(records)
    found: Records = builder.records()
    start = process_time()
    for _ in write_site(Site(found, metrics, out=out, with_pairs=False), out):
        pass
    return len(found), process_time() - start


def measure(out: Path) -> list[tuple[str, list[float], list[float]]]:
    """What was done -> wall and main-thread milliseconds of each time."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("AEEVAL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        url = (out / "index.html").as_uri()
        found = [_first(browser, url), _first(browser, f"{url}#capability=reconstruction")]
        found[1] = ("first view of one capability", *found[1][1:])
        for words, address in (("100 rows shown", ""), ("all rows shown", "&all=1")):
            found += _actions(browser, f"{url}#capability=reconstruction{address}", words)
        browser.close()
    return found


def _first(browser: Any, url: str) -> tuple[str, list[float], list[float]]:
    """Each time in a fresh context: nothing is in a cache."""
    wall, thread = [], []
    for _ in range(TIMES):
        context = browser.new_context(offline=True)
        page = context.new_page()
        clock = _clock(page)
        page.add_init_script(DRAWN)
        page.goto(url)
        page.wait_for_function("window.drawnAt")
        wall.append(page.evaluate("window.drawnAt"))
        thread.append(clock())
        context.close()
    return "first view of the overview", wall, thread


def _actions(browser: Any, url: str, words: str) -> list[tuple[str, list[float], list[float]]]:
    page = browser.new_page(offline=True)
    page.goto(url)
    page.locator("tbody tr").first.wait_for()
    clock = _clock(page)

    def timed(act: str) -> tuple[float, float]:
        before = clock()
        wall = page.evaluate(AFTER, act)
        return wall, clock() - before

    found = [
        _row(f"sort by name, {words}", timed, [CLICK.format(1)]),
        _row(f"sort by score, {words}", timed, [CLICK.format(2)]),
        _row(f"search, {words}", timed, [SEARCH.format(text) for text in ("model1", "model12", "")]),
    ]
    page.close()
    return found


def _row(what: str, timed: Timed, acts: Sequence[str]) -> tuple[str, list[float], list[float]]:
    each = [timed(act) for _ in range(TIMES) for act in acts]
    wall, thread = zip(*each, strict=True)
    return what, list(wall), list(thread)


def _clock(page: Any) -> Callable[[], float]:
    """Milliseconds that the main thread of a page has computed."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def read() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return 1000 * next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    return read


def main(arguments: Sequence[str]) -> None:
    words = list(arguments)
    out = Path(words.pop(words.index("--out") + 1)) if "--out" in words else Path(tempfile.mkdtemp()) / "site"
    submissions = next((int(word) for word in words if word.isdigit()), SUBMISSIONS)
    records, seconds = make(out, submissions)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    print(
        f"{submissions:,} submissions, {TASKS} tasks, {SEEDS} seeds, {records:,} records: a site of {size / 1e6:.0f} MB"
    )
    print(f"in {seconds:.1f} CPU s, without a page for each submission on each task.\n")
    print("| what | median ms | slowest ms | main thread, median ms |\n|---|---|---|---|")
    for what, wall, thread in measure(out):
        numbers = (statistics.median(wall), max(wall), statistics.median(thread))
        print(f"| {what} | {' | '.join(f'{number:.0f}' for number in numbers)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
