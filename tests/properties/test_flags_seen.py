"""Every trick that leaves a good number behind is named where a user looks: the board and the last lines of a run."""

import pytest
from click.testing import CliRunner

from aeeval.cli.group import SectionedGroup
from aeeval.report.flags import FLAGS
from tests.tiny import write_suite

SUITE = """
name = "tricks"
seeds = 1
reference = []
samplers = ["native", "gauss"]
counts = { samples = 60, probe_rows = 8 }

[[task]]
id = "cap"
manifold = "sphere"
params = { dim = 2, ambient_dim = 6 }
support = "cap"
noise = 0.05
rows = { train = 60, val = 20, test = 64, beyond = 60 }
latent_dims = [6]
"""

HONEST = """
import torch


class Lie(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        return z.clone()

    @staticmethod
    def backward(ctx, slope):
        return 5 * slope


class Model(torch.nn.Module):
    def fit(self, train, val):
        pass

    def encode(self, x):
        return torch.tanh(x)

    def decode(self, z):
        return 0.9 * torch.atanh(z.clamp(-0.99, 0.99))

{trick}


def build(*, shape, latent_dim, seed):
    return Model()
"""

TRICKS = {
    "passes_input": """
    def encode(self, x):
        return x

    def decode(self, z):
        return z
""",
    "answer_drift": """
    def decode(self, z):
        return 0.9 * (z - 0.5 * z.mean(dim=0))
""",
    "gradient_gap": """
    def decode(self, z):
        return Lie.apply(0.5 * z)
""",
    "code_tail": """
    def encode(self, x):
        return torch.sinh(15 * x)

    def decode(self, z):
        return 0.06 * torch.asinh(z)
""",
    "repeated_samples": """
    def sample(self, n, generator):
        return torch.ones(n, 6)
""",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a run of all the tricks prints last, and what `aeeval table` writes of it."""
    folder = tmp_path_factory.mktemp("tricks")
    texts = {name: HONEST.replace("{trick}", trick) for name, trick in {**TRICKS, "honest": ""}.items()}
    specs = []
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
        specs.append(f"{name.replace('_', '-')}={folder / name}.py")
    out = str(folder / "out")
    suite = write_suite(folder, SUITE)
    command, printed = SectionedGroup(name="aeeval"), []
    for words in (["run", *specs, "--suite", suite, "--no-reference", "--out", out], ["table", out]):
        result = CliRunner().invoke(command, words)
        assert result.exit_code == 0, result.output
        printed.append(result.stdout)
    return tuple(printed)


def lines_of(text: str, name: str) -> str:
    """The block of one submission among the closing lines."""
    blocks = text.split("\n\n")
    (found,) = [block for block in blocks if block.lstrip().startswith(f"{name},")]
    return found


@pytest.mark.parametrize("flag", TRICKS)
def test_a_trick_is_named_at_the_end_of_the_run(told, flag):
    assert f"flag: {FLAGS[flag].word} on cap" in lines_of(told[0], flag.replace("_", "-"))


@pytest.mark.parametrize("flag", TRICKS)
def test_a_trick_is_named_in_the_table(told, flag):
    rows = [line for line in told[1].splitlines() if line.startswith("|") and f" {flag.replace('_', '-')} " in line]
    assert any(FLAGS[flag].word in row for row in rows)


def test_an_honest_model_bears_no_flag(told):
    assert "flag:" not in lines_of(told[0], "honest")


def test_every_flag_has_its_trick():
    assert set(TRICKS) == set(FLAGS)
