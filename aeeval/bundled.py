"""Suites, baselines, examples and tables of the docs by name: a path, the checkout's folder, the package's copy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from aeeval.errors import UnknownName

Kind = Literal["suites", "baselines", "examples", "docs"]

_SUFFIX: dict[Kind, str] = {"suites": ".toml", "baselines": ".py", "examples": ".py", "docs": ".csv"}
_PACKAGE = Path(__file__).resolve().parent


def resolve(kind: Kind, name: str | Path) -> Path:
    """The file behind a path or a bundled name; raises `UnknownName` with the nearest names.

    >>> resolve("suites", "smoke").name
    'smoke.toml'
    """
    if (path := Path(name)).is_file():
        return path
    known = {file.stem: file for file in _files(kind)}
    if str(name) not in known:
        raise UnknownName(kind.removesuffix("s"), str(name), known)
    return known[str(name)]


def names(kind: Kind) -> list[str]:
    """The names that `resolve` takes without a path, sorted; files that start with an underscore are helpers."""
    return sorted(file.stem for file in _files(kind))


def _files(kind: Kind) -> Iterator[Path]:
    return (file for file in folder(kind).glob(f"*{_SUFFIX[kind]}") if not file.name.startswith("_"))


def folder(kind: Kind) -> Path:
    """Where the bundled files of a kind are.

    Beside the package only in a checkout: site-packages may hold a stranger's `examples/`.
    """
    checkout = _PACKAGE.parent
    return (checkout if (checkout / "pyproject.toml").is_file() else _PACKAGE / "_bundled") / kind
