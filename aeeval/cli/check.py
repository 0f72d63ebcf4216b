"""`aeeval check`."""

from collections import Counter

import click

from aeeval.errors import UsageError, message

BROKEN = 1


@click.command("check")
@click.argument("submission", metavar="SUBMISSION")
@click.option(
    "--data",
    help="Rows to ask it: a file, a folder of pictures, FILE.py:NAME; random ones otherwise.",
)
@click.option("--shape", metavar="D|C,H,W", help="Shape of a row, where there are no data.")
@click.option("--latent-dim", type=click.IntRange(1), help="Code length to build it with; 3 otherwise.")
@click.option("--device", default="cpu", show_default=True, help="auto, cpu or cuda.")
@click.option("--fit-seconds", type=float, default=5.0, show_default=True, help="How long its own fit may take.")
@click.option("--trust", is_flag=True, help="Load pickles in a trained model too, which runs their author's code.")
def check_command(
    submission: str,
    data: str | None,
    shape: str | None,
    latent_dim: int | None,
    device: str,
    fit_seconds: float,
    trust: bool,
) -> int:
    """Check that SUBMISSION keeps the contract, in seconds: before a run, or to see why one failed.

    \b
    aeeval check my_autoencoder.py
    aeeval check faces=encoder.pt2,decoder.pt2 --data faces.npz
    aeeval check faces=encoder.onnx,decoder.onnx --shape 3,64,64
    aeeval check faces=model.safetensors,my_model.py:factory --data faces.npz
    aeeval check faces=folder/ --shape 3,64,64           as diffusers or pythae saved it, or encoder and decoder
    aeeval check faces=hf:owner/repo/vae --shape 3,64,64 from the local Hugging Face cache
    aeeval check my_autoencoder.py --data my_data.py:rows

    A finding is pass, warn (it may be meant), fail (with the way out) or skip (does not apply). The exit code is 1
    where one failed.
    """
    from aeeval.environment import pick_device
    from aeeval.submissions.checks import examine

    if data is not None and shape is not None:
        raise UsageError(message("--data or --shape", "both", "drop --shape: the data have one"))
    counts: Counter[str] = Counter()
    for finding in examine(
        submission,
        shape=_parsed(shape),
        latent_dim=latent_dim,
        data=data,
        device=pick_device(device),
        fit_seconds=fit_seconds,
        trust=trust,
    ):
        click.echo(f"{finding.status:<4}  {finding.check:<18}  {finding.text}")
        counts[finding.status] += 1
    told = ", ".join(f"{counts[status]} {status}" for status in ("pass", "warn", "fail", "skip") if counts[status])
    click.echo(f"\n{submission}: {told}")
    return BROKEN if counts["fail"] else 0


def _parsed(shape: str | None) -> tuple[int, ...] | None:
    if shape is None:
        return None
    try:
        sizes = tuple(int(size) for size in shape.split(","))
    except ValueError:
        sizes = ()
    if len(sizes) not in (1, 3) or min(sizes) < 1:
        raise UsageError(message("--shape D or C,H,W", repr(shape), "for example --shape 784, or --shape 1,28,28"))
    return sizes
