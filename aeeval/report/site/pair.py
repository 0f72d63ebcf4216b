"""A page for each submission on each task: what it has learned, as pictures, and every number of it."""

from collections.abc import Iterator
from typing import Any

from aeeval.report.entries import Notes
from aeeval.report.flags import told
from aeeval.report.layout import seeds_text
from aeeval.report.sections import Entrant, Section, sections
from aeeval.report.site.html import page
from aeeval.report.site.numbers import beside_of, number_tables
from aeeval.report.site.pictures import Picture, pictures
from aeeval.report.site.site import Page, Site
from aeeval.report.site.tasks import what

Drawn = dict[int, list[Picture]]  # by code length


def pages(site: Site) -> Iterator[Page]:
    """The pages of all pairs of a submission and a task, each after the files of its pictures.

    They are made before the pages that show their small pictures.
    """
    for section in site.sections:
        for (task, who), records in site.pairs[section.digest].items():
            path = site.addresses.pair(section, who, task)
            lengths = sorted(records.distinct("latent_dim"))
            drawn = {k: pictures(site, section, who, task, k, path) for k in lengths}
            yield from (Page(one.file, one.content) for some in drawn.values() for one in some if one.file)
            yield Page(path, _page(site, section, who, task, path, drawn))


def _page(site: Site, section: Section, who: Entrant, task: str, path: str, drawn: Drawn) -> str:
    records = site.pairs[section.digest][task, who]
    return page(
        "pair.html",
        path,
        f"{site.addresses.labels[who]} on {task}",
        site=site,
        who=site.addresses.labels[who],
        who_href=site.addresses.submission(who),
        task=task,
        task_href=site.addresses.task(section, task),
        suite=site.addresses.suites[section.digest],
        title_text=section.title,
        what=what(section, task),
        seeds=seeds_text(sorted(records.distinct("seed"))),
        flags=told(records),
        parts=[{**_part(site, section, who, task, k), "pictures": _by_kind(some)} for k, some in drawn.items()],
    )


def _by_kind(some: list[Picture]) -> dict[str, Picture]:
    return {one.kind: one for one in some}


def _part(site: Site, section: Section, who: Entrant, task: str, latent_dim: int) -> dict[str, Any]:
    """What a page tells at one code length."""
    pairs = site.pairs[section.digest]
    own = pairs[task, who].where(latent_dim=latent_dim)
    names = [one for one in beside_of(who, section.entrants) if (task, one) in pairs]
    beside = [pairs[task, one].where(latent_dim=latent_dim) for one in names]
    kept = [(name, some) for name, some in zip(names, beside, strict=True) if len(some)]
    notes = Notes()
    (clean,) = sections(own)  # each number once
    tables = number_tables(clean.records, [some for _, some in kept], site.metrics, notes)
    return {
        "k": latent_dim,
        "beside": [site.addresses.labels[name] for name, _ in kept],
        "tables": tables,
        "notes": notes.lines,
    }
