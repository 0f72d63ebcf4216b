"""`aeeval draw`."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from aeeval.errors import UnknownName, UsageError, message


def _draw_manifold(name: str, support: str | None, params: dict[str, Any], out: str | None) -> Path:
    from aeeval.api import manifold
    from aeeval.report.draw_manifold import draw_manifold, proper_support, save

    made = manifold(name, **params)
    return save(draw_manifold(made, made.support(support or proper_support(made))), out or f"{name}.png")


def _draw_dataset(name: str, support: str | None, params: dict[str, Any], out: str | None) -> Path:
    from aeeval.api import dataset
    from aeeval.report.contact_sheet import contact_sheet
    from aeeval.report.draw_manifold import save

    return save(contact_sheet(dataset(name, support=support or "all", **params)), out or f"{name}.png")


def _draw_roofline(name: str, support: str | None, params: dict[str, Any], out: str | None) -> Path:
    from aeeval.report.draw_manifold import save
    from aeeval.report.draw_roofline import draw_roofline
    from aeeval.report.speed import read

    if support or params:
        raise UsageError(message("a file of aeeval bench alone", "--support or --param", "drop them"))
    if not Path(name).is_file():
        raise UsageError(message("a file of aeeval bench", f"{name}, which does not exist", "make it with --out"))
    return save(draw_roofline(read(Path(name).read_text(encoding="utf-8"), name)), out or "roofline.png")


KINDS: dict[str, Callable[..., Path]] = {
    "manifold": _draw_manifold,
    "dataset": _draw_dataset,
    "roofline": _draw_roofline,
}


@click.command("draw")
@click.argument("kind", metavar="[" + "|".join(KINDS) + "]")
@click.argument("name", required=False)
@click.option("--all", "every", is_flag=True, help="Every one there is, as the page FOLDER.md: --out FOLDER.")
@click.option("--support", help="The piece that is highlighted; the most particular by default.")
@click.option("--param", "params", multiple=True, metavar="KEY=VALUE", help="A parameter, e.g. --param ambient_dim=20.")
@click.option("--out", metavar="FILE", help="A .png or .svg; NAME.png by default.")
def draw_command(
    kind: str, name: str | None, every: bool, support: str | None, params: Sequence[str], out: str | None
) -> None:
    """Draw a manifold: its support, and what lies beyond it by the distance along the manifold; or rows of a data set;
    or how near a bench comes to what the machine can do.

    \b
    aeeval draw manifold torus --support band --param tube=0.3
    aeeval draw manifold --all --out docs/manifolds
    aeeval draw dataset mnist
    aeeval draw roofline out/bench.json --out roofline.png
    """
    if kind not in KINDS:
        raise UnknownName("kind", kind, KINDS)
    if every and kind != "manifold":
        raise UsageError(message("--all with manifolds", f"--all with {kind}", "give a NAME"))
    if every == (name is not None):
        raise UsageError(message("one NAME, or --all", f"{name} and --all" if every else "neither", "give one of them"))
    for path in _gallery(out) if name is None else [KINDS[kind](name, support, dict(map(_pair, params)), out)]:
        click.echo(path)


def _gallery(out: str | None) -> Iterator[Path]:
    from aeeval.report.gallery import write_gallery

    return write_gallery(out or "manifolds")


def _pair(text: str) -> tuple[str, int | float]:
    key, _, value = text.partition("=")
    for read in (int, float):
        try:
            return key, read(value)
        except ValueError:
            continue
    raise UsageError(message("--param KEY=NUMBER", f"--param {text}", "e.g. --param ambient_dim=20"))
