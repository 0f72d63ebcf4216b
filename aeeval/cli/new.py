"""`aeeval new`."""

import re
from pathlib import Path

import click

from aeeval.errors import UsageError, message


@click.command("new")
@click.argument("name")
def new_command(name: str) -> None:
    """Write NAME.py here: a commented submission that runs as it is, to change into yours."""
    from aeeval import bundled

    path = _target(name)
    template = bundled.resolve("examples", "my_autoencoder").read_text(encoding="utf-8")
    path.write_text(_renamed(template, path.stem), encoding="utf-8")
    click.echo(f"{path} is there. Change the network in it, then:")
    for verb, what in (("check", "seconds: does it keep the contract?"), ("run", "minutes: its row in the table")):
        click.echo(f"  {f'aeeval {verb} {path}':<40}  # {what}")


def _target(name: str) -> Path:
    """The file to write: a valid module name, in a folder that exists, not there yet."""
    path = Path(name) if name.endswith(".py") else Path(f"{name}.py")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", path.stem):
        raise UsageError(
            message("a name of letters, digits and '_' that starts with a letter", repr(name), "rename it")
        )
    if not path.parent.is_dir():
        raise UsageError(message("a folder that exists", str(path.parent), "make it first"))
    if path.exists():
        raise UsageError(message("a file that is not there yet", str(path), "choose another name, or move the file"))
    return path


def _renamed(template: str, stem: str) -> str:
    """The example under the user's name: my_autoencoder and MyAutoencoder become `stem` and its CamelCase."""
    camel = "".join(word[:1].upper() + word[1:] for word in stem.split("_"))
    return template.replace("my_autoencoder", stem).replace("MyAutoencoder", camel)
