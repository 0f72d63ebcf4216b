"""A page for each task, and the list of them."""

from collections.abc import Iterator
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any

from aeeval.bundled import names
from aeeval.datasets import DATASETS
from aeeval.errors import AeevalError
from aeeval.manifolds import MANIFOLDS
from aeeval.report.board import board
from aeeval.report.layout import KEYS, STANDING, seeds_text
from aeeval.report.sections import Section
from aeeval.report.site.html import page
from aeeval.report.site.site import Page, Site
from aeeval.report.site.submissions import gallery
from aeeval.suite import Suite, Task, load_suite

LIST = "tasks/index.html"


def pages(site: Site) -> Iterator[Page]:
    """The list, and one page for each task of each suite."""
    listed = [_listed(site, section) for section in site.sections]
    yield Page(LIST, page("tasks.html", LIST, "Tasks", site=site, suites=listed))
    for section in site.sections:
        for task in section.tasks:
            path = site.addresses.task(section, task)
            yield Page(path, _page(site, section, task, path))


def _listed(site: Site, section: Section) -> dict[str, Any]:
    tasks = [
        {
            "name": task,
            "href": site.addresses.task(section, task),
            "what": what(section, task),
            "k": ", ".join(map(str, sorted(section.records.where(task=task).distinct("latent_dim")))),
        }
        for task in section.tasks
    ]
    return {"name": site.addresses.suites[section.digest], "title": section.title, "tasks": tasks}


def _page(site: Site, section: Section, task: str, path: str) -> str:
    part = replace(section, records=section.records.where(task=task))
    table = board(part, site.metrics)
    named = len(KEYS) + (1 if STANDING in table.header else 0)
    whos = {label: who for who, label in section.labels.items()}
    rows = [(row[1], row[2], site.addresses.pair(section, whos[row[2]], task), row[named:]) for row in table.rows]
    return page(
        "task.html",
        path,
        task,
        site=site,
        name=task,
        suite=site.addresses.suites[section.digest],
        choice=site.addresses.suite(section),
        title_text=section.title,
        seeds=seeds_text(part.seeds),
        what=what(section, task),
        facts=facts(section, task),
        lead=table.lead,
        header=table.header[named:],
        rows=rows,
        notes=table.notes,
        gallery=gallery(site, section, ((section.labels[who], task, who) for who in section.entrants)),
    )


def what(section: Section, task: str) -> str:
    """The manifold or data set behind a task in a line; "" where its suite is not one of ours."""
    found = _task(section, task)
    if found is None:
        return ""
    data = found.data
    if data.manifold:
        return MANIFOLDS.summary(data.manifold)
    name = str(data.dataset)
    return DATASETS.summary(name) if name in DATASETS else name


def facts(section: Section, task: str) -> dict[str, str]:
    """What a task is made of, as its suite file says it; {} where that is not one of ours."""
    found = _task(section, task)
    if found is None:
        return {}
    data = {one.name: getattr(found.data, one.name) for one in fields(found.data)}
    budget = {one.name: getattr(found.budget, one.name) for one in fields(found.budget)}
    told = {**data, "code lengths": found.latent_dims, "samplers": found.samplers, "budget": budget}
    return {name: _text(value) for name, value in told.items() if value not in (None, (), {}, "")}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_text(one)}" for key, one in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(map(_text, value))
    if hasattr(value, "__dataclass_fields__"):
        return _text({one.name: getattr(value, one.name) for one in fields(value)})
    return f"{value:g}" if isinstance(value, float) else str(value)


def _task(section: Section, task: str) -> Task | None:
    suite = _suite(section.suite, section.digest)
    return next((one for one in suite.tasks if one.id == task), None) if suite else None


@lru_cache
def _suite(name: str, digest: str) -> Suite | None:
    """The bundled suite of that name, if it is the one that the records were made on."""
    if name not in names("suites"):
        return None
    try:
        suite = load_suite(name)
    except AeevalError:
        return None
    return suite if suite.digest == digest else None
