"""Templates: the one way from data to the text of a page. Everything is escaped unless it is `Markup`."""

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aeeval import __version__
from aeeval.errors import UsageError, message
from aeeval.report.site import drawn, prose
from aeeval.report.site.address import up

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def page(template: str, path: str, title: str, **words: Any) -> str:
    """The page at a path from a template, with the way to the top as `root`."""
    made: str = environment().get_template(template).render(path=path, root=up(path), title=title, **words)
    return made


@functools.cache
def environment() -> "Environment":
    """The templates with what they may call."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:  # torch brings it
        raise UsageError(message("the package jinja2", "none", 'pip install "aeeval[report]"')) from error
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(version=__version__, interval=drawn.interval, rate=drawn.rate)
    made.filters.update(code=prose.code, prose=prose.prose)
    return made


def script(name: str, value: Any) -> str:
    """Data as a script: `aeeval.data[NAME] = VALUE`; a page that is opened from disk may load no other data."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"(window.aeeval=window.aeeval||{{}}).data=Object.assign(aeeval.data||{{}},{{{json.dumps(name)}:{text}}});\n"
