"""The page of all registered manifolds: what each is for, its picture, its card."""

from collections.abc import Iterator
from pathlib import Path

from aeeval.manifolds import MANIFOLDS
from aeeval.manifolds.make import make
from aeeval.report.draw_manifold import draw_manifold, proper_support, save
from aeeval.report.manifold_card import card_rows, dims, interval, number, split_source, volume

_HEAD = """# The manifolds

{count} manifolds with exact answers, all at their default parameters, in natural units. Made by
`aeeval draw manifold --all --out {folder}`; `aeeval show manifold NAME` prints one card, and
`aeeval draw manifold NAME --support S --param KEY=VALUE` draws it with other parameters.

In the pictures the support is blue; the rest of the manifold is coloured by the distance to it along the manifold,
which extrapolation is measured against. Where there are more than three axes, the title says what is seen of them;
where there is no surface to draw, points are. e(𝓜) is the least Euclidean dimension that holds the manifold without
tearing; a reach with ≥ is a certified lower bound.

| | d | D | e(𝓜) | topology | reach | volume | supports |
|---|---|---|---|---|---|---|---|
"""


def write_gallery(folder: str | Path) -> Iterator[Path]:
    """Draw every registered manifold into `folder`, and write the page FOLDER.md beside it; yields what is written."""
    target = Path(folder)
    for name in MANIFOLDS:
        made = make(name)
        yield save(draw_manifold(made, made.support(proper_support(made))), target / f"{name}.png")
    text = target.with_suffix(".md")
    text.write_text(page(target.name), encoding="utf-8")
    yield text


def page(folder: str) -> str:
    """The Markdown of the page, its pictures in `folder`."""
    head = _HEAD.format(count=len(MANIFOLDS), folder=f"docs/{folder}")
    return head + "\n".join(map(_row, MANIFOLDS)) + "\n\n" + "\n".join(section(name, folder) for name in MANIFOLDS)


def section(name: str, folder: str) -> str:
    """One manifold: its docstring, its picture and its card."""
    text, _ = split_source(MANIFOLDS.doc(name))
    first, _, rest = text.partition("\n")
    parts = (
        f"## {name}",
        first,
        f"![{name}]({folder}/{name}.png)",
        f"```text\n{rest.strip()}\n```",
        "\n".join(["| | |", "|---|---|", *(_line(*row) for row in card_rows(name).items())]),
    )
    return "\n\n".join(parts) + "\n"


def _row(name: str) -> str:
    made = make(name)
    reach = ("" if made.reach_is_exact else "≥ ") + number(made.reach)
    supports = ", ".join(made.support_names())
    facts = (dims(made), str(made.ambient_dim), interval(made.embedding_dim), made.topology, reach, volume(made))
    return _line(f"[{name}](#{name})", *facts, supports)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
