"""Formatted numbers: read back, they lie as near the number as the digits shown promise."""

import re

import pytest

from aeeval.report.numbers import number, plus_minus

SUFFIX = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}


def read(text: str) -> float:
    """The number behind a text such as "1.23M" or "3.1e-5"."""
    digits, suffix = re.fullmatch(r"(-?[\d,.]+(?:e-?\d+)?)([kMGTP]?)", text).groups()
    return float(digits.replace(",", "")) * SUFFIX[suffix]


@pytest.mark.parametrize("power", range(-12, 15))
@pytest.mark.parametrize("lead", [1.0, 1.2345, 5.0, 9.9949, 9.9999])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_reads_back_to_three_digits(power, lead, sign):
    value = sign * lead * 10.0**power
    assert read(number(value)) == pytest.approx(value, rel=0.5e-2)


@pytest.mark.parametrize("power", range(-9, 12))
@pytest.mark.parametrize("share", [3.0, 0.3, 0.0996, 0.012])
def test_mean_and_half_read_back(power, share):
    mean = 1.2345 * 10.0**power
    text = plus_minus(mean, share * mean)
    shared = re.fullmatch(r"\((.+) ± (.+)\)(e-?\d+)", text)
    parts = [f"{shared[1]}{shared[3]}", f"{shared[2]}{shared[3]}"] if shared else text.split(" ± ")
    centre, half = map(read, parts)
    assert half == pytest.approx(share * mean, rel=0.05)  # two digits
    assert abs(centre - mean) <= half / 10  # never rounded further than the interval allows


@pytest.mark.parametrize(
    ("mean", "half", "text"),
    [
        (0.0312345, 0.00412, "0.0312 ± 0.0041"),
        (5.0, 0.00996, "5.000 ± 0.010"),
        (-0.004, 0.31, "0.00 ± 0.31"),
        (1234.5, 150.0, "1,234 ± 150"),
        (1_230_000.0, 45_600.0, "1.230M ± 0.046M"),
        (0.0, 0.0041, "0.0000 ± 0.0041"),
        (0.25, None, "0.250"),
        (3.0, 0.0, "3 ± 0"),
    ],
)
def test_by_hand(mean, half, text):
    assert plus_minus(mean, half) == text


def test_a_half_below_what_is_shown_is_said_to_be_below_it():
    text = plus_minus(0.5, 1e-9)
    assert text == "0.50000 ± <0.00001"
    assert "<" not in plus_minus(0.5, 1.3e-5)


@pytest.mark.parametrize("value", [1 / 3, 1e6 / 7, 123456789.123, 1.1e-7])
def test_never_seventeen_digits(value):
    for text in (number(value), plus_minus(value, value / 7e7), plus_minus(value, 7 * value)):
        assert max(len(re.sub(r"\D", "", part)) for part in re.split(r"[±e]", text)) <= 6
