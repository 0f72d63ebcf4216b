"""`--retrain` of the commands that draw: pictures that are missing are made, and it is told which cannot be."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from aeeval.errors import UsageError, message

if TYPE_CHECKING:
    from aeeval.results.retrain import Missing


def make_missing(folder: str, spec: str, task: str, latent_dim: int | None, suite: str | None) -> str:
    """Make the picture of one submission on one task where there is none, at its first code length or at the one named;
    -> its display name."""
    from aeeval.results.pictures import pictures_in
    from aeeval.results.retrain import missing
    from aeeval.store import Store

    own = [spec] if "=" in spec or "." in spec else []
    name = _name(spec) if own else spec
    lengths = {
        picture.record.latent_dim
        for picture in pictures_in(folder)
        if (picture.record.submission, picture.record.task) == (name, task)
    }
    wanted = sorted(missing(Store(folder), name, task), key=lambda one: one.record.latent_dim)
    if latent_dim is not None:
        wanted = [one for one in wanted if one.record.latent_dim == latent_dim]
    if latent_dim in lengths or (latent_dim is None and lengths):
        return name
    if not wanted:
        way_out = "run it first; packs: aeeval results merge PACKS --into FOLDER"
        raise UsageError(message(f"a cell of {name} on {task} at seed 0 in {folder}", "none with numbers", way_out))
    train(folder, wanted[:1], own, [suite] if suite else [])
    return name


def make_all_missing(folder: str, specs: Sequence[str] = (), suites: Sequence[str] = (), jobs: int = 1) -> None:
    """Make every picture that a results folder lacks."""
    from aeeval.results.retrain import missing
    from aeeval.store import Store

    train(folder, missing(Store(folder)), specs, suites, jobs)


def train(folder: str, wanted: "Sequence[Missing]", specs: Sequence[str], suites: Sequence[str], jobs: int = 1) -> None:
    """Train again what is wanted, with a bar of progress, and name on standard error what has no picture."""
    from tqdm import tqdm

    from aeeval.results.retrain import retrain
    from aeeval.store import Store

    bar = tqdm(total=len(wanted), unit="model", disable=not sys.stderr.isatty(), dynamic_ncols=True)
    with bar:
        for one, reason in retrain(Store(folder), wanted, specs, suites, jobs):
            bar.update()
            if reason:
                click.echo(f"aeeval: no picture of {one}: {reason}", err=True)


def _name(spec: str) -> str:
    from aeeval.submissions.spec import parse

    return parse(spec).name
