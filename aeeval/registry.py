"""A lazy registry: `name -> "module:attribute"`, looked up with "did you mean" and described without importing."""

import ast
import importlib
import importlib.util
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aeeval.errors import UnknownName


class Registry:
    """Named things of one kind, imported only when asked for.

    Summaries are read from the source text, so that listing a registry imports neither torch nor numpy.
    """

    def __init__(self, kind: str, entries: Mapping[str, str]):
        self.kind = kind
        self._entries = dict(entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def target(self, name: str) -> str:
        """The `"module:attribute"` behind a name; raises `UnknownName` with the nearest names."""
        if name not in self._entries:
            raise UnknownName(self.kind, name, self._entries)
        return self._entries[name]

    def get(self, name: str) -> Any:
        """The object itself; imports its module."""
        module, attribute = self.target(name).split(":")
        return getattr(importlib.import_module(module), attribute)

    def add(self, name: str, target: str) -> None:
        """Register one more name; a clash is an error."""
        if name in self._entries:
            raise ValueError(
                f"{self.kind} {name!r} is registered already as {self._entries[name]}; choose another name"
            )
        self._entries[name] = target

    def doc(self, name: str) -> str:
        """The whole docstring of the object behind a name, read from source without importing it."""
        module, attribute = self.target(name).split(":")
        return docstring(_source(module), attribute)

    def summary(self, name: str) -> str:
        """The first line of the docstring of the object behind a name."""
        return self.doc(name).partition("\n")[0]


def docstring(source: str, attribute: str | None = None) -> str:
    """The docstring of a top-level class or function in a source text, or of the module itself."""
    tree = ast.parse(source)
    if attribute is None:
        return inspect.cleandoc(ast.get_docstring(tree) or "")
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == attribute:
            return inspect.cleandoc(ast.get_docstring(node) or "")
    return ""


def _source(module: str) -> str:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        return ""
    return Path(spec.origin).read_text(encoding="utf-8")
