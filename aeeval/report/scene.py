"""The representation picture as data: layers of surfaces, curves, points and segments that a browser turns and shows.

`assets/scene3d.js` draws it; numbers are base64 of little-endian arrays, so that a scene stays below 100 kB.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from aeeval.report.figures.space import FROM_ABOVE, INSIDE, OUTSIDE, Arrays, Box, box, components, eye, is_curve, three
from aeeval.report.figures.style import ANSWER, BEYOND, DARK, GUESS, LEARNED, ROWS, SAMPLERS, TRUTH, WORDS
from aeeval.report.scene_text import told

FORMAT = 1
LEVELS = 65535  # steps of a coordinate over the range of its layer: finer than a pixel
FAR = 3.0  # of half the size of what is in sight: a point that lies beyond is drawn there
FADES = (1.2, 1.8)  # where M fades as it leaves the picture, in the same unit
ON_SUPPORT = 1e-3  # of scale
Part = dict[str, Any]


@dataclass(frozen=True)
class _Frame:
    """What is in sight, and points brought into it."""

    box: Box

    def near(self, points: np.ndarray) -> np.ndarray:
        """(..., p) -> (..., 3), no further than FAR from the middle, in the direction in which they lie."""
        offset = np.nan_to_num(three(points), posinf=1e30, neginf=-1e30) - self.box.centre
        outside = np.abs(offset / self.box.half).max(axis=-1, keepdims=True)
        return self.box.centre + offset / np.maximum(1.0, outside / FAR)

    def fade(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) -> (...) 1 in sight, 0 far beyond, smoothly between."""
        out = np.abs((points - self.box.centre) / self.box.half).max(axis=-1)
        share = np.clip((FADES[1] - out) / (FADES[1] - FADES[0]), 0.0, 1.0)
        return share * share * (3 - 2 * share)


def scene(arrays: Arrays, title: str = "") -> dict[str, Any]:
    """The arrays of a run's picture (`aeeval.pictures.picture`) -> what `aeevalScene.mount(element, scene)` shows.

    - `title`, `text` a paragraph that says the same without a picture, `note` on the projection;
    - `centre` (3) and `radius` of the ball of what is in sight, `eye` azimuth and elevation in degrees;
    - `layers`, each `id`, `group`, `label`, `colour` [on light, on dark], `on` at first, and `parts`: kind `surface`
      (r, s, 3), `curve` (r, 3), `points` (n, 3) or `segments` (n, 2, 3) with `at` packed coordinates, `opacity`
      a number or packed, and what hovering tells: `error`, `distance` (to the support), `held`, packed or absent.

    Lengths are in units of the task's scale. What the model or task does not have is absent. JSON can hold it.
    """
    around = box(arrays)
    azimuth, elevation = eye(arrays, around)
    flat = arrays["x"].shape[1] < 3
    frame = _Frame(around)
    return {
        "format": FORMAT,
        "title": title,
        "note": note(arrays),
        "text": told(arrays),
        "centre": _plain(around.centre),
        "radius": float(f"{_radius(arrays, around):.7g}"),
        "eye": [-90.0, 90.0] if flat else [round(azimuth, 1), min(round(elevation, 1), FROM_ABOVE)],
        "layers": [layer for make in _LAYERS for layer in make(arrays, frame) if layer["parts"]],
    }


def note(arrays: Arrays) -> str:
    """What the view leaves out, in words; empty where that is nothing."""
    share, width = float(arrays.get("share", 1.0)), arrays["x"].shape[1]
    return "" if share > 0.9995 else f"seen along its {width} principal axes, {share:.0%} of the variance"


def _radius(arrays: Arrays, around: Box) -> float:
    """Of the ball around the middle that holds 𝓜 and the training rows."""
    known = [places.reshape(-1, 3) for places, _ in components(arrays)]
    rows = np.concatenate([*known, three(arrays["x"])])
    return float(np.linalg.norm(rows - around.centre, axis=1).max()) or 1.0


def _truth(arrays: Arrays, frame: _Frame) -> Iterator[Part]:
    parts = []
    for places, distance in components(arrays):
        part: Part = {"at": _packed(places), **_said(distance=distance)}
        if places.ndim == 3:
            inside = np.full(places.shape[:2], True) if distance is None else distance <= ON_SUPPORT
            part |= {"kind": "surface", "opacity": _shares(np.where(inside, INSIDE, OUTSIDE)), "grid": True}
        elif len(places) > 1 and distance is not None and is_curve(places):
            part |= {"kind": "curve", "opacity": _shares(np.where(distance <= ON_SUPPORT, 0.9, 0.45)), "width": 2}
        else:
            part |= {"kind": "points", "opacity": 0.55, "size": 3}
        parts.append(part)
    yield _layer("truth", "surfaces", "the true manifold, stronger on the support", TRUTH, parts)


def _learned(arrays: Arrays, frame: _Frame) -> Iterator[Part]:
    if "mesh" not in arrays:
        return
    mesh, held = frame.near(arrays["mesh"]), np.nan_to_num(arrays["mesh_trust"].astype(float))
    part: Part = {"at": _packed(mesh), "opacity": _shares(held * frame.fade(mesh)), "held": _shares(held)}
    part |= {"kind": "surface"} if mesh.ndim == 3 else {"kind": "curve", "width": 3.5}
    label = "the learned surface M = g(Rᵏ), fading where no codes hold it"
    yield _layer("learned", "surfaces", label, LEARNED, [part])


def _rows(arrays: Arrays, frame: _Frame) -> Iterator[Part]:
    said = _said(error=arrays.get("error"))
    if "manifold_0" in arrays:
        said |= _said(distance=np.zeros(len(arrays["x"])))  # rows are drawn on S
    yield from _pair(arrays, frame, ("x", "x_hat"), "training rows", ROWS, ANSWER, said, on=True)


def _beyond(arrays: Arrays, frame: _Frame) -> Iterator[Part]:
    if "beyond" in arrays:
        said = _said(error=arrays["beyond_error"], distance=arrays["beyond_distance"])
        yield from _pair(arrays, frame, ("beyond", "beyond_hat"), "beyond the support", BEYOND, GUESS, said, on=False)


_NAMES = {
    "x": "x, training rows",
    "x_hat": "x̂, their reconstructions on M",
    "beyond": "true points of the manifold",
    "beyond_hat": "the model's extrapolation of them",
}


def _pair(
    arrays: Arrays,
    frame: _Frame,
    names: tuple[str, str],
    group: str,
    first: str,
    second: str,
    said: Part,
    on: bool,
) -> Iterator[Part]:
    """Points, what the model makes of them, and the segments between."""
    source, answer = (frame.near(arrays[name]) for name in names)
    for name, points, colour, size in zip(names, (source, answer), (first, second), (5.5, 4.5), strict=True):
        part = {"kind": "points", "at": _packed(points), "opacity": 1.0, "size": size, **said}
        yield _layer(name, group, _NAMES[name], colour, [part], on)
    ends = {"kind": "segments", "at": _packed(np.stack([source, answer], axis=1)), "opacity": 0.9, "width": 1.8}
    colour = first if names[0] == "x" else second
    yield _layer(f"{names[0]}_error", group, "the segments between", colour, [ends], on)


def _samples(arrays: Arrays, frame: _Frame) -> Iterator[Part]:
    for name, colour in SAMPLERS.items():
        if f"samples_{name}" in arrays:
            at = _packed(frame.near(arrays[f"samples_{name}"]))
            part = {"kind": "points", "at": at, "opacity": 1.0, "size": 4.5}
            yield _layer(f"samples_{name}", "samples", WORDS[name], colour, [part], on=False)


_LAYERS = (_truth, _learned, _rows, _beyond, _samples)


def _layer(name: str, group: str, label: str, colour: str, parts: list[Part], on: bool = True) -> Part:
    return {"id": name, "group": group, "label": label, "colour": [colour, DARK[colour]], "on": on, "parts": parts}


def _said(**numbers: np.ndarray | None) -> Part:
    """What hovering tells of every point; absent where it is not known."""
    return {name: _floats(values) for name, values in numbers.items() if values is not None}


def _packed(points: np.ndarray) -> Part:
    """(..., 3) as unsigned 16-bit steps from `low` to `high`, which each have 3 numbers."""
    rows = points.reshape(-1, 3).astype(float)
    low, high = rows.min(axis=0), rows.max(axis=0)
    steps = np.rint((rows - low) / np.where(high > low, high - low, 1.0) * LEVELS).astype("<u2")
    return {"shape": list(points.shape), "u16": _text(steps), "low": _plain(low), "high": _plain(high)}


def _floats(values: np.ndarray) -> Part:
    """Numbers of any shape, by 32 bits; what is not finite is 0, and JSON could not hold it."""
    finite = np.nan_to_num(np.asarray(values, dtype=float), posinf=1e30, neginf=-1e30)
    return {"shape": list(finite.shape), "f32": _text(finite.astype("<f4"))}


def _shares(values: np.ndarray) -> Part:
    """Numbers in [0, 1] of any shape, in 255 steps."""
    return {"shape": list(values.shape), "u8": _text(np.rint(255 * values).astype("u1"))}


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _plain(values: np.ndarray) -> list[float]:
    return [float(f"{value:.7g}") for value in values]


def unpacked(packed: Mapping[str, Any]) -> np.ndarray:
    """What `_packed`, `_floats` or `_shares` made, back as numbers; `decode.js` does the same."""
    if "u8" in packed:
        return np.frombuffer(base64.b64decode(packed["u8"]), "u1").reshape(packed["shape"]) / 255
    if "f32" in packed:
        return np.frombuffer(base64.b64decode(packed["f32"]), "<f4").reshape(packed["shape"])
    low, high = np.array(packed["low"]), np.array(packed["high"])
    steps = np.frombuffer(base64.b64decode(packed["u16"]), "<u2").reshape(-1, 3)
    return (low + steps / LEVELS * (high - low)).reshape(packed["shape"])
