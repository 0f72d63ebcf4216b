"""The implementation: layers along the round trip x → z → x̂, which closes on itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aeeval.report.draw_manifold import matplotlib_part
from aeeval.report.figures.style import ANSWER, FAINT, INK, LEARNED, ROWS, SMALL, TEXT, figure
from aeeval.report.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 9  # blocks on a way; of more, those in the middle are told as a number
START, END = 152.0, 20.0  # degrees: the first and the last block of the encoder; the decoder's lie below
LEAST, MOST_LONG = 0.10, 0.34  # half the length of a block, by the logarithm of the numbers in its answer


@dataclass(frozen=True)
class Block:
    """A layer with what follows it without parameters: `name`, `shape` of its answer, `size` of that, `parameters`."""

    name: str
    shape: str
    parameters: int

    @property
    def size(self) -> int:
        return math.prod(int(axis) for axis in self.shape.split("×")) if self.shape else 1


def implementation(subject: Subject) -> "Figure":
    """The network of a submission, drawn as the ring that a row goes round; shapes and parameters beside each layer."""
    made = figure(7.4, 6.2, f"{subject.title}: the implementation")
    paint_round_trip(made.add_subplot(), subject)
    return made


def paint_round_trip(axes: Any, subject: Subject) -> None:
    """The ring, in axes of its own."""
    encoder, decoder = (blocks(subject.arrays.get(f"{way}_layers")) for way in ("encoder", "decoder"))
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(-2.15, 2.15)
    axes.set_ylim(-1.75, 1.75)
    _arc(axes, 166, 9, LEARNED)
    _arc(axes, -9, -166, LEARNED)
    _arc(axes, -166, -194, ROWS, dashed=True)
    _way(axes, encoder, START, END, "encode")
    _way(axes, decoder, -END, -START, "decode")
    axes.text(-1.27, 0.0, "compared", rotation=90, ha="center", va="center", fontsize=SMALL, color=ROWS)
    _node(axes, 166, "x", ROWS)
    _node(axes, -166, "x̂", ANSWER)
    _node(axes, 0, "z", LEARNED)
    _middle(axes, subject, encoder, decoder)


def blocks(layers: np.ndarray | None) -> list[Block]:
    """(steps, 3) of text -> layers with parameters, each with the ones after it that have none; at most MOST."""
    found: list[Block] = []
    for name, shape, parameters in layers if layers is not None else ():
        if found and parameters == "0":
            last = found[-1]
            known = last.name if name in ("Identity", "Dropout", "Flatten", "Unflatten") else f"{last.name} + {name}"
            found[-1] = Block(known, str(shape) or last.shape, last.parameters)
        else:
            found.append(Block(str(name), str(shape), int(parameters)))
    if len(found) <= MOST:
        return found
    half = MOST // 2
    left_out = found[half:-half]
    between = Block(f"{len(left_out)} more", left_out[-1].shape, sum(block.parameters for block in left_out))
    return [*found[:half], between, *found[-half:]]


def count(number: int) -> str:
    """12,345 as 12.3k."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return str(number)


def _way(axes: Any, found: Sequence[Block], start: float, end: float, verb: str) -> None:
    steps = found or [Block(verb, "", 0)]
    angles = np.linspace(start, end, len(steps) + 2)[1:-1] if len(steps) < 3 else np.linspace(start, end, len(steps))
    for block, angle in zip(steps, angles, strict=True):
        turn = math.radians(angle)
        outward = np.array([math.cos(turn), math.sin(turn)])
        half = min(MOST_LONG, LEAST + 0.035 * math.log2(block.size + 1))
        ends = np.stack([(1 - half) * outward, (1 + half) * outward])
        axes.plot(*ends.T, color=LEARNED, linewidth=5, solid_capstyle="round", zorder=3)
        side = "left" if outward[0] > 0.15 else "right" if outward[0] < -0.15 else "center"
        upward = "bottom" if outward[1] > 0.15 else "top" if outward[1] < -0.15 else "center"
        axes.text(*((1.06 + half) * outward), _told(block), ha=side, va=upward, fontsize=SMALL, color=INK)


def _told(block: Block) -> str:
    shape = f" → {block.shape}" if block.shape else ""
    return f"{block.name}{shape}" + (f"\n{count(block.parameters)} parameters" if block.parameters else "")


def _arc(axes: Any, start: float, end: float, colour: str, dashed: bool = False) -> None:
    turn = np.radians(np.linspace(start, end, 90))
    axes.plot(np.cos(turn), np.sin(turn), color=colour, linewidth=1.6, linestyle=(0, (3, 3)) if dashed else "-")
    if not dashed:
        tip = np.radians([end + 3 * np.sign(start - end), end])
        arrow = matplotlib_part("matplotlib.patches").FancyArrowPatch(
            (np.cos(tip[0]), np.sin(tip[0])), (np.cos(tip[1]), np.sin(tip[1])), arrowstyle="-|>", mutation_scale=14
        )
        arrow.set_color(colour)
        axes.add_patch(arrow)


def _node(axes: Any, angle: float, letter: str, colour: str) -> None:
    turn = math.radians(angle)
    axes.text(
        math.cos(turn),
        math.sin(turn),
        letter,
        ha="center",
        va="center",
        fontsize=TEXT + 4,
        color="white",
        zorder=5,
        bbox={"boxstyle": "circle,pad=0.35", "facecolor": colour, "edgecolor": "none"},
    )


def _middle(axes: Any, subject: Subject, encoder: Sequence[Block], decoder: Sequence[Block]) -> None:
    total = subject.arrays.get("parameters")
    known = sum(block.parameters for block in (*encoder, *decoder))
    lines = [f"code: k = {subject.latent_dim}", "M = g(Rᵏ) is what it draws"]
    if total is not None and int(total):
        lines += [f"{count(int(total))} parameters"]
        if known < int(total):
            lines += [f"{count(int(total) - known)} of them outside layers"]
    elif not encoder:
        lines += ["no layers are known of it"]
    axes.text(0, 0, "\n".join(lines), ha="center", va="center", fontsize=SMALL + 1, color=INK, linespacing=1.5)
    axes.text(0, 0.42, "encoder f", ha="center", fontsize=SMALL, color=FAINT)
    axes.text(0, -0.47, "decoder g", ha="center", fontsize=SMALL, color=FAINT)
