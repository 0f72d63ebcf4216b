"""Surfaces, segments and points in three coordinates (or two), seen from where they show most."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from aeeval.report.draw_manifold import matplotlib_part
from aeeval.report.figures.style import ANSWER, BEYOND, GUESS, INK, LEARNED, ROWS, SAMPLERS, TEXT, TRUTH

LAMP, DIM = 35, 0.55  # degrees beside the eye, least brightness
AZIMUTH, ELEVATION, FROM_ABOVE = -60.0, 28.0, 58.0
ROOM, FLATTEST, SEEN = 1.15, 0.25, 1.25  # of half the size of 𝓜: the box, its least side, how far M is drawn beyond it
FINE = 3  # cells of M are cut into so many each way, so that it fades without steps
INSIDE, OUTSIDE, VEIL = 0.22, 0.10, 0.80  # opacity of S, of the rest of 𝓜, and of M where it is trusted
ROLLED = 0.02  # of the mean square of normals along the direction of a roll
LEAST = 0.01  # of trust: what is fainter is not drawn

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Box:
    """What is in sight: `centre` (3,) and `half` (3,) its half sides."""

    centre: np.ndarray
    half: np.ndarray

    def holds(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) -> (...): whether a point is near enough to be drawn."""
        return (np.abs(points - self.centre) <= SEEN * self.half).all(axis=-1)


def three(points: np.ndarray) -> np.ndarray:
    """(..., p) -> (..., 3): what lies in a plane or on a line has height 0."""
    return np.pad(points.astype(float), [(0, 0)] * (points.ndim - 1) + [(0, 3 - points.shape[-1])])


def components(arrays: Arrays) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """The places of every component of 𝓜, and their distance to S where it is known."""
    number = 0
    while f"manifold_{number}" in arrays:
        yield three(arrays[f"manifold_{number}"]), arrays.get(f"manifold_{number}_distance")
        number += 1


def box(arrays: Arrays) -> Box:
    """Around 𝓜, or the rows where it is not known."""
    known = [places.reshape(-1, 3) for places, _ in components(arrays)]
    rows = np.concatenate(known or [three(arrays["x"])])
    low, high = rows.min(axis=0), rows.max(axis=0)
    half = ROOM * (high - low) / 2
    return Box((low + high) / 2, np.maximum(half, FLATTEST * half.max() + 1e-9))


def eye(arrays: Arrays, around: Box) -> tuple[float, float]:
    """(azimuth, elevation) in degrees: along what is rolled, from above of what lies flat, else beside the rows."""
    along = _rolled_along(arrays)
    if along is not None and abs(along[2]) < 0.7:
        return float(np.degrees(np.arctan2(along[1], along[0]))) - 30, ELEVATION
    offset = three(arrays["truth"]).mean(axis=0) - around.centre
    beside = np.hypot(*offset[:2]) > 0.15 * np.abs(around.half).max()
    azimuth = float(np.degrees(np.arctan2(offset[1], offset[0]))) - 40 if beside else AZIMUTH
    flat = around.half[2] < 0.5 * around.half[:2].max()
    return azimuth, FROM_ABOVE if flat or along is not None else ELEVATION


def _rolled_along(arrays: Arrays) -> np.ndarray | None:
    """(3,) the direction along which all sheets of 𝓜 run straight, as those of a roll do; None where there is none."""
    sheets = [places for places, _ in components(arrays) if places.ndim == 3]
    if not sheets:
        return None
    cells = np.concatenate([_cells(sheet) for sheet in sheets])
    normal = np.cross(cells[:, 2] - cells[:, 0], cells[:, 3] - cells[:, 1])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-300
    share, axes = np.linalg.eigh(normal.T @ normal / len(normal))
    return axes[:, 0] if share[0] < ROLLED < share[1] else None


@dataclass
class Space:
    """Axes to paint in; what is painted later lies in front."""

    axes: Any
    box: Box
    azimuth: float
    elevation: float
    layer: int = 0

    def surface(self, mesh: np.ndarray, colour: str, opacity: np.ndarray) -> None:
        """(r, r, 3) corners and their opacity (r, r): a sheet, lit from beside the eye."""
        cells, shown = _cells(mesh), _cells(opacity[..., None]).mean(axis=(1, 2))
        kept = (shown > LEAST) & self.box.holds(cells).all(axis=1)
        cells, shown = cells[kept], shown[kept]
        if not len(cells):  # all of it is out of sight, and the library takes no empty sheet
            return
        rgb = np.array(matplotlib_part("matplotlib.colors").to_rgb(colour)) * self._light(cells)[:, None]
        sheets = matplotlib_part("mpl_toolkits.mplot3d.art3d").Poly3DCollection(
            cells, facecolors=np.column_stack([rgb, shown]), edgecolors="none", zorder=self._next(), rasterized=True
        )
        self.axes.add_collection3d(sheets)

    def lines(self, mesh: np.ndarray, colour: str, step: int) -> None:
        """(r, r, 3): every so manieth line of a mesh, thin."""
        ways = [*mesh[::step], *mesh.swapaxes(0, 1)[::step]]
        self.segments(np.array([pair for way in ways for pair in pairwise(way)]), colour, 0.35, pixels=True)

    def segments(
        self, ends: np.ndarray, colour: Any, width: float, opacity: Any = 0.6, *, pixels: bool = False
    ) -> None:
        """(n, 2, 3) ends of straight lines; `pixels` keeps many of them out of a vector file's text."""
        if not len(ends):
            return
        lines = matplotlib_part("mpl_toolkits.mplot3d.art3d").Line3DCollection(
            ends, colors=colour, linewidths=width, alpha=opacity, zorder=self._next(), rasterized=pixels
        )
        self.axes.add_collection3d(lines)

    def points(self, rows: np.ndarray, colour: str, size: float) -> None:
        """(n, 3), those in sight."""
        near = rows[self.box.holds(rows)]
        self.axes.scatter(*near.T, s=size, color=colour, linewidths=0, depthshade=False, zorder=self._next())

    def _next(self) -> int:
        self.layer += 1
        return self.layer

    def _light(self, cells: np.ndarray) -> np.ndarray:
        normal = np.cross(cells[:, 2] - cells[:, 0], cells[:, 3] - cells[:, 1])
        length = np.linalg.norm(normal, axis=1)
        turn, rise = np.radians(self.azimuth + LAMP), np.radians(self.elevation)
        lamp = np.array([np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)])
        return DIM + (1 - DIM) * np.abs(normal @ lamp) / np.where(length > 0, length, 1)


def space(figure: Any, place: Any, arrays: Arrays, title: str) -> Space:
    """Empty axes in a figure, looking at 𝓜."""
    matplotlib_part("mpl_toolkits.mplot3d")  # registers the projection
    around = box(arrays)
    azimuth, elevation = eye(arrays, around)
    axes = figure.add_subplot(place, projection="3d", computed_zorder=False)
    axes.view_init(elev=elevation, azim=azimuth)
    axes.set_proj_type("ortho")
    axes.set_axis_off()
    for limits, middle, half in zip(
        (axes.set_xlim, axes.set_ylim, axes.set_zlim), around.centre, around.half, strict=True
    ):
        limits(middle - half, middle + half)
    axes.set_box_aspect(around.half, zoom=1.15)
    axes.set_title(title, fontsize=TEXT, color=INK, y=1.02)
    return Space(axes, around, azimuth, elevation)


def paint_truth(view: Space, arrays: Arrays) -> None:
    """𝓜, faint; S a little less so."""
    for places, distance in components(arrays):
        if places.ndim == 3:
            inside = np.ones(places.shape[:2], bool) if distance is None else distance <= 1e-3
            view.surface(places, TRUTH, np.where(inside, INSIDE, OUTSIDE))
            view.lines(places, TRUTH, max(1, len(places) // 10))
        elif len(places) > 1 and distance is not None and is_curve(places):
            view.segments(np.stack([places[:-1], places[1:]], axis=1), TRUTH, 1.6, 0.5)
        else:
            view.points(places, "#c4c4c4", 3)


def paint_learned(view: Space, arrays: Arrays) -> None:
    """M, as opaque as it is held by samples: where the model is guessing it fades away."""
    if "mesh" not in arrays:
        return
    mesh, held = three(arrays["mesh"]), arrays["mesh_trust"].astype(float)
    if mesh.ndim == 3:
        view.surface(_finer(mesh), LEARNED, VEIL * _finer(held[..., None])[..., 0].clip(0, 1))
        return
    ends = np.stack([mesh[:-1], mesh[1:]], axis=1)
    shown = view.box.holds(ends).all(axis=1)
    rgb = matplotlib_part("matplotlib.colors").to_rgb(LEARNED)
    faded = [(*rgb, share) for share in ((held[:-1] + held[1:]) / 2)[shown]]
    view.segments(ends[shown], faded, 2.2, None)


def paint_rows(view: Space, arrays: Arrays) -> None:
    """x, x̂ on M, and the segments between."""
    x, x_hat = three(arrays["x"]), three(arrays["x_hat"])
    view.segments(np.stack([x, x_hat], axis=1), ROWS, 0.7, 0.9)
    view.points(x, ROWS, 5)
    view.points(x_hat, ANSWER, 3)


def paint_beyond(view: Space, arrays: Arrays) -> None:
    """Points of 𝓜 outside the support, and what the model makes of them."""
    if "beyond" not in arrays:
        return
    truth, guess = three(arrays["beyond"])[::2], three(arrays["beyond_hat"])[::2]
    near = view.box.holds(guess)
    view.segments(np.stack([truth[near], guess[near]], axis=1), GUESS, 0.5, 0.5)
    view.points(truth, BEYOND, 6)
    view.points(guess, GUESS, 6)


def paint_samples(view: Space, arrays: Arrays, names: Sequence[str]) -> None:
    """Samples of each named sampler."""
    for name in names:
        if f"samples_{name}" in arrays:
            view.points(three(arrays[f"samples_{name}"]), SAMPLERS[name], 5)


def is_curve(places: np.ndarray) -> bool:
    """Whether places (n, 3) follow one another, as those of a mesh do and drawn ones do not."""
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    return bool(np.median(steps) < 0.2 * np.ptp(places, axis=0).max())


def _cells(mesh: np.ndarray) -> np.ndarray:
    """(r, s, c) -> ((r-1)(s-1), 4, c): the corners of every cell."""
    corners = np.stack([mesh[:-1, :-1], mesh[1:, :-1], mesh[1:, 1:], mesh[:-1, 1:]], axis=2)
    return corners.reshape(-1, 4, mesh.shape[-1])


def _finer(mesh: np.ndarray) -> np.ndarray:
    """(r, s, c) -> a mesh with every cell cut into FINE × FINE, along cubic splines."""
    from scipy.interpolate import make_interp_spline

    for axis in (0, 1):
        size = mesh.shape[axis]
        at = np.linspace(0, size - 1, FINE * (size - 1) + 1)
        mesh = make_interp_spline(np.arange(size), mesh, k=3, axis=axis)(at)
    return mesh
