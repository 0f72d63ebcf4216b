"""Writing a site: all pages into a folder, and nothing that belongs to somebody else taken from it."""

import json
from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path

from aeeval.errors import StoreError, message
from aeeval.report.site import leaderboard, metrics, pair, proofs, submissions, tasks
from aeeval.report.site.site import Page, Site

ASSETS = Path(__file__).parents[1] / "assets"
MANIFEST = "files.json"  # what is ours in the folder
LISTS = 5  # leaderboard, submissions, tasks, metrics, how the numbers are made
Pages = Callable[[Site], Iterator[Page]]
PARTS: Mapping[str, Pages] = {
    "leaderboard": leaderboard.pages,
    "made": proofs.pages,
    "pairs": pair.pages,
    "submissions": submissions.pages,
    "tasks": tasks.pages,
    "metrics": metrics.pages,
}


def write_site(site: Site, out: Path) -> Iterator[Path]:
    """Write all pages of a site, and remove what an earlier one left; yields each file.

    Raises `StoreError` where the folder holds files that are no site, or cannot be written.
    """
    before, written = _ours(out), set[str]()
    try:
        _list(out, before)  # from now on the folder is ours
        for page in _all(site):
            written.add(page.path)
            _write(out / page.path, page.content)
            yield out / page.path
        for path in before - written:
            (out / path).unlink(missing_ok=True)
        before = set()
    except OSError as error:
        raise StoreError(
            message(f"a folder that can be written at {out}", str(error), "choose another --out")
        ) from error
    finally:  # also where it was interrupted: the next time goes on from there
        if written:
            _list(out, before | written)


def _list(out: Path, files: Set[str]) -> None:
    """Write down what is ours."""
    _write(out / MANIFEST, json.dumps(sorted(files), indent=0))


def _write(path: Path, content: str | bytes | None) -> None:
    """Write a file as everybody may read it, for a server too; one without content stays as it is."""
    if content is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def count(site: Site) -> int:
    """How many pages there will be."""
    of_pairs = sum(len(some) for some in site.pairs.values()) if site.with_pairs else 0
    tasks = sum(len(section.tasks) for section in site.sections)
    metrics = sum(name in site.metrics for name in site.records.distinct("metric"))
    return of_pairs + len(site.entrants) + tasks + metrics + LISTS


def _all(site: Site) -> Iterator[Page]:
    for file in sorted(ASSETS.iterdir()):
        yield Page(f"assets/{file.name}", file.read_bytes())
    for name, pages in PARTS.items():
        if site.with_pairs or name != "pairs":
            yield from pages(site)


def _ours(out: Path) -> set[str]:
    """The files of a site that is there already; raises where a folder holds something else."""
    try:
        return set(json.loads((out / MANIFEST).read_text(encoding="utf-8")))
    except FileNotFoundError:
        if out.is_dir() and any(out.iterdir()):
            got = f"other files in {out}"
            raise StoreError(message("an empty folder, or a site of ours", got, "choose another --out")) from None
        return set()
    except (OSError, ValueError) as error:
        raise StoreError(message(f"a list of files in {out / MANIFEST}", str(error), "choose another --out")) from error
