"""A Hugging Face repository that is in the local cache already; nothing is downloaded."""

from pathlib import Path

from aeeval.errors import UsageError, message
from aeeval.submissions.libraries import required


def cached(text: str) -> Path:
    """The folder behind `owner/repo[/folder][@revision]` in the cache of huggingface_hub."""
    address, _, revision = text.partition("@")
    owner, _, rest = address.partition("/")
    repo, _, folder = rest.strip("/").partition("/")
    if not owner or not repo:
        raise UsageError(message("hf:owner/repo[/folder][@revision]", f"hf:{text}", "write both owner and repo"))
    hub = required("huggingface_hub", "huggingface_hub")
    try:
        root = hub.snapshot_download(f"{owner}/{repo}", revision=revision or None, local_files_only=True)
    except (hub.errors.LocalEntryNotFoundError, hub.errors.HFValidationError) as error:
        way_out = f"fetch it first: hf download {owner}/{repo}"
        raise UsageError(message(f"{owner}/{repo} in the local cache", "nothing there", way_out)) from error
    path = Path(root) / folder
    if not path.is_dir():
        raise UsageError(message(f"a folder {folder} in {owner}/{repo}", "none in the cache", "check its name"))
    return path
