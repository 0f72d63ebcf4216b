"""What a user writes for a submission: `pca`, `my_model.py`, `NAME=encoder.onnx,decoder.onnx`, `NAME=hf:owner/repo`."""

import re
from dataclasses import dataclass
from pathlib import Path

from aeeval import bundled
from aeeval.errors import UnknownName, UsageError, message
from aeeval.submissions.hub import cached

HUB = "hf:"
FOLDER = "folder"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Part:
    """A file or folder of a submission, and the name in it that is meant (`module.py:factory`), if one is given.

    `trust`: whether pickles in it may be loaded, which runs their author's code.
    """

    path: Path
    attribute: str | None = None
    trust: bool = False

    @property
    def kind(self) -> str:
        """The ending of a file, in small letters; `folder` for a folder."""
        return FOLDER if self.path.is_dir() else self.path.suffix.lower()


@dataclass(frozen=True)
class Spec:
    """A spec in its parts; `name` is the display name, `text` what was written."""

    name: str
    parts: tuple[Part, ...]
    text: str

    @property
    def kind(self) -> str:
        """The kinds of the parts, joined as they were written: `.py`, `.onnx,.onnx`, `folder`."""
        return ",".join(part.kind for part in self.parts)

    @property
    def located(self) -> str:
        """The same parts as a text that means them in any working folder."""
        return ",".join(
            f"{part.path.absolute()}:{part.attribute}" if part.attribute else str(part.path.absolute())
            for part in self.parts
        )


def parse(text: str) -> Spec:
    """A spec from its text, `[NAME=]PART[,PART]`, each part a baseline's name, a path, `FILE.py:NAME` or `hf:REPO`.

    Raises `UsageError` where a name is not one, or a part is not there.
    """
    name, target = _named(text)
    if target.startswith(HUB):
        shown = target.partition("@")[0].rstrip("/").rpartition("/")[2]
        return Spec(name or shown, (Part(cached(target.removeprefix(HUB))),), text)
    parts = tuple(map(_part, target.split(",")))
    return Spec(name or parts[0].path.resolve().stem, parts, text)


def _named(text: str) -> tuple[str | None, str]:
    name, equals, target = text.partition("=")
    if not equals:
        return None, text
    if not _NAME.fullmatch(name):
        raise UsageError(message("a name of letters, digits, '.', '_' or '-' before '='", repr(name), "rename it"))
    return name, target


def _part(target: str) -> Part:
    path, colon, attribute = target.partition(":")
    if colon and path.endswith(".py"):
        return Part(_resolved(path), attribute)
    return Part(_resolved(target))


def _resolved(target: str) -> Path:
    path = Path(target)
    if path.is_dir() and ("/" in target or not _is_baseline(target)):
        return path
    if ("/" in target or path.suffix) and not path.is_file():
        raise UsageError(message("a submission file or folder", f"{target}, which does not exist", "check the path"))
    try:
        return bundled.resolve("baselines", target)
    except UnknownName as error:
        near = f"did you mean {' or '.join(error.near)}?" if error.near else "aeeval list baselines shows them."
        raise UsageError(f"unknown submission {target!r}: neither a baseline nor a file; {near}") from error


def _is_baseline(target: str) -> bool:
    return target in bundled.names("baselines")
