"""`aeeval draw`."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aeeval.cli.read import DEFAULT_OUT, read_all
from aeeval.errors import UsageError, message

if TYPE_CHECKING:
    from aeeval.report.figures.subject import Subject


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


BOARD = "board"
KINDS: dict[str, Callable[..., Path]] = {
    "manifold": _draw_manifold,
    "dataset": _draw_dataset,
    "roofline": _draw_roofline,
}


@click.command("draw")
@click.argument("first", metavar="SUBMISSION|" + "|".join((*KINDS, BOARD)))
@click.argument("second", metavar="TASK|NAME|KIND", required=False)
@click.option("--kind", default="representation", show_default=True, help="Which picture of a submission; see below.")
@click.option("--results", "folder", default=DEFAULT_OUT, show_default=True, help="The results folder of its run.")
@click.option("--latent-dim", type=click.IntRange(1), help="Its code length, where the task has several.")
@click.option("--task", "tasks", multiple=True, metavar="GLOB", help="Of a board: these tasks alone.")
@click.option("--all", "every", is_flag=True, help="Every manifold there is, as the page FOLDER.md: --out FOLDER.")
@click.option("--support", help="The piece that is highlighted; the most particular by default.")
@click.option("--param", "params", multiple=True, metavar="KEY=VALUE", help="A parameter, e.g. --param ambient_dim=20.")
@click.option("--retrain", is_flag=True, help="Train it again (seed 0) where its run left no picture.")
@click.option("--suite", metavar="NAME|FILE", help="The suite of the run, where there are several or it is your own.")
@click.option("--out", metavar="FILE", help="A .png, .svg, .pdf or (to turn) .html; a .png by default.")
def draw_command(
    first: str,
    second: str | None,
    kind: str,
    folder: str,
    latent_dim: int | None,
    tasks: Sequence[str],
    every: bool,
    support: str | None,
    params: Sequence[str],
    retrain: bool,
    suite: str | None,
    out: str | None,
) -> None:
    """Draw what a SUBMISSION has learned on a TASK, from the results of its run; or a manifold, or rows of a data set.

    \b
    aeeval draw mlp sphere2-cap                         the surface it learned over the true one, and its network
    aeeval draw mlp sphere2-cap --out mlp.html          the same to turn, zoom and point at, in one file
    aeeval draw mlp sphere2-cap --kind extrapolation --out mlp.pdf
    aeeval draw my_model.py sphere2-cap --retrain       where the run left no picture
    aeeval draw manifold torus --support band --param tube=0.3
    aeeval draw manifold --all --out docs/manifolds
    aeeval draw dataset mnist
    aeeval draw roofline out/bench.json --out roofline.png
    aeeval draw board dimension --results results --task 'sphere*' --out dimension.svg
    \b
    Kinds of picture of a submission: representation, implementation, extrapolation, spectrum, latent, samples, images.
    Kinds of board, of all submissions of a suite together: capabilities, dimension, noise, samplers.
    """
    if first == BOARD and second is not None:
        click.echo(_draw_board(second, folder, suite, tasks, latent_dim, out))
        return
    if first not in KINDS:
        if every or second is None:
            raise UsageError(message("SUBMISSION TASK", first, f"or one of {', '.join(KINDS)} and a NAME"))
        name = first
        if retrain:
            from aeeval.cli.retrain import make_missing

            name = make_missing(folder, first, second, latent_dim, suite)
        click.echo(_draw_model(name, second, kind, folder, latent_dim, out))
        return
    if every and first != "manifold":
        raise UsageError(message("--all with manifolds", f"--all with {first}", "give a NAME"))
    if every == (second is not None):
        got = f"{second} and --all" if every else "neither"
        raise UsageError(message("one NAME, or --all", got, "give one of them"))
    for path in _gallery(out) if second is None else [KINDS[first](second, support, dict(map(_pair, params)), out)]:
        click.echo(path)


def _draw_model(submission: str, task: str, kind: str, folder: str, latent_dim: int | None, out: str | None) -> Path:
    from aeeval.report.draw_manifold import save
    from aeeval.report.figures import FIGURES
    from aeeval.report.figures.find import find

    draw = FIGURES.get(kind)
    subject = find(folder, read_all(folder, required=False)[0], submission, task, latent_dim, KINDS)
    if out and out.endswith(".html"):
        return _write_scene(subject, kind, Path(out))
    return save(draw(subject), out or f"{submission}-{task}-{kind}.png")


def _write_scene(subject: "Subject", kind: str, target: Path) -> Path:
    from aeeval.report.embed import page, svg
    from aeeval.report.figures.representation import representation
    from aeeval.report.scene import scene

    if kind != "representation":
        raise UsageError(message("a .png, .svg or .pdf", f"--kind {kind} as .html", "only the representation turns"))
    text = page(scene(subject.arrays, subject.title), svg(representation(subject)))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def _draw_board(
    kind: str, folder: str, suite: str | None, tasks: Sequence[str], latent_dim: int | None, out: str | None
) -> Path:
    from aeeval.api import metrics_by_name
    from aeeval.report.draw_manifold import save
    from aeeval.report.plots import PLOTS
    from aeeval.report.plots.entrants import field

    draw = PLOTS.get(kind)
    made = field(read_all(folder)[0], metrics_by_name(), suite, tasks, latent_dim)
    return save(draw(made), out or f"{made.section.suite}-{kind}.png")


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
