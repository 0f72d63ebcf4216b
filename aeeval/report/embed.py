"""A scene in HTML that needs no other file: the still picture, the numbers, and the script that turns it."""

import io
import json
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aeeval.report.draw_manifold import FORMATS, matplotlib_part

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE = (
    ":root{color-scheme:light dark}body{margin:1.5rem auto;max-width:62rem;padding:0 1rem;font:16px/1.5 system-ui,"
    "sans-serif;color:#1a1d21;background:#fff}h1{font-size:1.3rem}.still svg{max-width:100%;height:auto;"
    "background:#fff;border-radius:6px}"
    "@media(prefers-color-scheme:dark){body{color:#e8eaed;background:#14171c}}"
)


def script() -> str:
    """The bundled script `scene3d.js`, which defines `window.aeevalScene`."""
    return files("aeeval.report").joinpath("assets", "scene3d.js").read_text(encoding="utf-8")


def svg(figure: "Figure") -> str:
    """A figure as an `<svg>` element, the same text each time; ids are its own, so that several fit on one page."""
    held = io.StringIO()
    salt = str(figure.get_suptitle())
    with matplotlib_part("matplotlib").rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        figure.savefig(held, format="svg", metadata=FORMATS[".svg"])
    text = held.getvalue()
    return text[text.index("<svg") :]


def fragment(name: str, scene: Mapping[str, Any], still: str) -> str:
    """A part of a page that holds the script already: the scene in an element of that id, in place of a still picture.

    `still` is HTML; it stays where there is no script or no WebGL.
    """
    call = f"aeevalScene.mount(document.getElementById({in_script(name)}), {in_script(scene)})"
    return f'<div id="{escape(name)}" class="still">{still}</div>\n<script>{call}</script>\n'


def in_script(value: Any) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps(value, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def page(scene: Mapping[str, Any], still: str) -> str:
    """A whole page with one scene, for light and dark."""
    title = escape(str(scene["title"]))
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style>"
    )
    body = f"<main>\n<h1>{title}</h1>\n<script>{script()}</script>\n{fragment('scene', scene, still)}</main>"
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'
