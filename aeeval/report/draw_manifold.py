"""Pictures of manifolds: the surface, its support, and bands of equal distance from the support."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aeeval.errors import UsageError, message
from aeeval.manifolds.base import Manifold, Support
from aeeval.report.manifold_card import dims
from aeeval.report.manifold_scene import Piece, Scene, scene

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BANDS = 6
# What the file must not say of the moment and the program, so that the same picture is the same bytes.
FORMATS: dict[str, dict[str, None]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None, "Producer": None},
}
LAMP, DIM = 35, 0.62  # degrees beside the eye, least brightness
VEIL, COARSE = 0.3, 3  # opacity of a surface with others inside it, steps of its mesh that are one cell
SUPPORT_COLOUR = (0.13, 0.36, 0.64, 1.0)
_MAP, _LIGHTEST, _DARKEST = "YlOrRd", 0.15, 0.95
CLOUD = 8  # size of a point, in square points
_INSIDE = 1e-6  # of the farthest distance: what counts as in S


def draw_manifold(manifold: Manifold, support: Support) -> "Figure":
    """The picture of a manifold: S blue, the rest of 𝓜 in bands of equal distance to S along it.

    Raises `UsageError` where matplotlib, of the extra `report`, is missing.
    """
    figure_type = matplotlib_part("matplotlib.figure").Figure
    shown = scene(manifold, support)
    figure: Figure = figure_type(figsize=(5.2, 4.4), dpi=110, layout="constrained")
    axes = _axes(figure, shown)
    colours = _Colours(shown.farthest)
    for piece in shown.pieces:
        _PAINTERS[piece.points.ndim if piece.joined else 0](axes, piece, colours, shown)
    _dress(axes, shown)
    axes.set_title(_title(manifold, support, shown), fontsize=9)
    colours.key(figure, axes, support, exact=shown.exact)
    return figure


def proper_support(manifold: Manifold) -> str:
    """The last support that leaves something out, as later ones are more particular; all of 𝓜 where there is none."""
    return next((name for name in reversed(manifold.support_names()) if manifold.support(name).farthest > 0), "all")


def save(figure: "Figure", path: str | Path) -> Path:
    """Write a figure as PNG, SVG or PDF, the same bytes each time."""
    target = Path(path)
    if target.suffix not in FORMATS:
        raise UsageError(message(f"a file that ends with {' or '.join(FORMATS)}", target.name, "rename it"))
    target.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib_part("matplotlib").rc_context({"svg.hashsalt": "aeeval"}):
        figure.savefig(target, metadata=FORMATS[target.suffix])
    return target


def matplotlib_part(module: str) -> Any:
    """A module of matplotlib; raises `UsageError` where it is not installed."""
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(
            message("matplotlib, which draws", "no such package", 'install it: pip install "aeeval[report]"')
        ) from error


def _axes(figure: "Figure", shown: Scene) -> Any:
    if shown.flat:
        return figure.add_subplot()
    matplotlib_part("mpl_toolkits.mplot3d")  # registers the projection
    return figure.add_subplot(projection="3d", elev=shown.elevation, azim=shown.azimuth, proj_type="ortho")


class _Colours:
    """From distances to colours: S one colour, beyond it one a band."""

    def __init__(self, farthest: float):
        self.farthest = farthest
        ramp = matplotlib_part("matplotlib").colormaps[_MAP]
        self.colours = matplotlib_part("matplotlib.colors")
        self.bands = [ramp(share) for share in np.linspace(_LIGHTEST, _DARKEST, BANDS)]

    def of(self, distance: np.ndarray) -> np.ndarray:
        """(...) -> (..., 4)."""
        table = np.array([SUPPORT_COLOUR, *self.bands])
        if self.farthest == 0:
            return table[np.zeros(distance.shape, dtype=int)]
        band = np.ceil(distance / self.farthest * BANDS - _INSIDE).astype(int).clip(1, BANDS)
        return table[np.where(distance <= _INSIDE * self.farthest, 0, band)]

    def key(self, figure: "Figure", axes: Any, support: Support, *, exact: bool) -> None:
        """The colour bar of the bands, and the colour of S."""
        patch = matplotlib_part("matplotlib.patches").Patch(color=SUPPORT_COLOUR, label=f"support {support.name!r}")
        figure.legend(handles=[patch], loc="outside lower left", fontsize=8, frameon=False)
        if self.farthest > 0:
            edges = np.linspace(0, self.farthest, BANDS + 1)
            norm = self.colours.BoundaryNorm(edges, BANDS)
            values = matplotlib_part("matplotlib.cm").ScalarMappable(norm, self.colours.ListedColormap(self.bands))
            bar = figure.colorbar(values, ax=axes, shrink=0.6, pad=0.02, format="%.2g")
            bar.set_label(("" if exact else "least ") + "distance to the support, along the manifold", fontsize=8)
            bar.ax.tick_params(labelsize=7)


def _cloud(axes: Any, piece: Piece, colours: _Colours, shown: Scene) -> None:
    axes.scatter(*piece.points.T, c=colours.of(piece.distance), s=CLOUD, linewidths=0)


def _curve(axes: Any, piece: Piece, colours: _Colours, shown: Scene) -> None:
    ends = np.stack([piece.points[:-1], piece.points[1:]], axis=1)
    shades = colours.of((piece.distance[:-1] + piece.distance[1:]) / 2)
    if shown.flat:
        flat = matplotlib_part("matplotlib.collections").LineCollection(ends, colors=shades, linewidths=2.5)
        axes.add_collection(flat)
    else:
        lines = matplotlib_part("mpl_toolkits.mplot3d.art3d").Line3DCollection(ends, colors=shades, linewidths=2.5)
        axes.add_collection3d(lines)


def _surface(axes: Any, piece: Piece, colours: _Colours, shown: Scene) -> None:
    step = COARSE if piece.veil else 1
    points, corners = piece.points[::step, ::step], piece.distance[::step, ::step]
    middle = (corners[:-1, :-1] + corners[1:, :-1] + corners[:-1, 1:] + corners[1:, 1:]) / 4
    shades = colours.of(middle)
    if shown.flat:
        axes.pcolormesh(*np.moveaxis(points, 2, 0), shades)
        return
    alpha = VEIL * shades[..., 3:] if piece.veil else shades[..., 3:]
    lit = np.concatenate([shades[..., :3] * _light(points, shown)[..., None], alpha], axis=2)
    x, y, z = np.moveaxis(points, 2, 0)
    size = len(x)
    axes.plot_surface(x, y, z, facecolors=lit, shade=False, rcount=size, ccount=size, linewidth=0, antialiased=False)


def _light(corners: np.ndarray, shown: Scene) -> np.ndarray:
    """(r-1, r-1) brightness of the cells of a surface, the same on both of its sides: it need not have an outer one."""
    normal = np.cross(corners[1:, 1:] - corners[:-1, :-1], corners[:-1, 1:] - corners[1:, :-1])
    length = np.linalg.norm(normal, axis=2)
    turn, rise = np.radians(shown.azimuth + LAMP), np.radians(shown.elevation)
    lamp = np.array([np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)])
    facing = np.abs(normal @ lamp) / np.where(length > 0, length, 1)
    return DIM + (1 - DIM) * np.where(length > 0, facing, 1)


_PAINTERS = {0: _cloud, 2: _curve, 3: _surface}


def _dress(axes: Any, shown: Scene) -> None:
    """The same unit on all axes, which are not shown: positions have no meaning after a rotation."""
    axes.set_axis_off()
    if shown.flat:
        axes.set_aspect("equal")
        axes.margins(0.1)
        axes.autoscale_view()
        return
    rows = shown.rows
    low, high = rows.min(axis=0), rows.max(axis=0)
    half = np.maximum((high - low) / 2, 0.1 * (high - low).max())
    middle = (high + low) / 2
    for set_limits, centre, room in zip((axes.set_xlim, axes.set_ylim, axes.set_zlim), middle, half, strict=True):
        set_limits(centre - room, centre + room)
    axes.set_box_aspect(half, zoom=1.05)


def _title(manifold: Manifold, support: Support, shown: Scene) -> str:
    reach = f"reach {manifold.reach:.4g}" if manifold.reach_is_exact else f"reach ≥ {manifold.reach:.4g}"
    facts = f"{manifold.name}: d = {dims(manifold)}, D = {manifold.ambient_dim}, {reach}"
    return f"{facts}\n{shown.projection}" if shown.projection else facts
