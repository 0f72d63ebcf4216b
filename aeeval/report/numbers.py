"""Numbers as a reader wants them: as many digits as the interval deserves, never seventeen."""

PREFIXES = {0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P"}
LARGE, SMALL = 1e5, 1e-3
MOST_DIGITS = 5


def number(value: float, digits: int = 3) -> str:
    """A number to `digits` significant digits, or as the integer that it is.

    >>> [number(v) for v in (0, 3.0, 0.031234, 1234.5, 1_230_000, 3.14e-7)]
    ['0', '3', '0.0312', '1,230', '1.23M', '3.14e-7']
    """
    if float(value).is_integer() and abs(value) < LARGE:
        return f"{value:,.0f}"
    value = _rounded(value, digits)
    factor, suffix = _scale(value)
    return f"{_fixed(value / factor, digits - 1 - _exponent(value / factor))}{suffix}"


def plus_minus(mean: float, half: float | None, digits: int = 2) -> str:
    """`mean ± half`, the half-width to `digits` significant digits and the mean to the same decimal.

    >>> plus_minus(0.0312345, 0.00412), plus_minus(1_234_567, 45_600), plus_minus(0.25, None)
    ('0.0312 ± 0.0041', '1.235M ± 0.046M', '0.250')
    >>> plus_minus(3.12e-5, 4.1e-6), plus_minus(3.0, 0.0), plus_minus(0.5, 1e-9)
    ('(3.12 ± 0.41)e-5', '3 ± 0', '0.50000 ± <0.00001')
    """
    if half is None:
        return number(mean)
    if half == 0:
        return f"{number(mean, digits=4)} ± 0"
    half = _rounded(half, digits)
    factor, suffix = _scale(max(abs(mean), half))
    mean, half = mean / factor, half / factor
    finest = MOST_DIGITS - 1 - _exponent(mean or half)
    places = min(digits - 1 - _exponent(half), finest)
    width = _fixed(half, places) if half >= 10.0**-finest else f"<{_fixed(10.0**-finest, finest)}"
    centre = _fixed(mean, places)
    return f"({centre} ± {width}){suffix}" if suffix.startswith("e") else f"{centre}{suffix} ± {width}{suffix}"


def _fixed(value: float, places: int) -> str:
    """So many decimals and commas between thousands; digits before the point stay even if there are too many."""
    text = f"{value:,.{max(0, places)}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits - 1}e}")


def _scale(value: float) -> tuple[float, str]:
    """What to divide by, and the suffix that says so: SI prefixes for the large, powers of ten for the small."""
    size = abs(value)
    if size >= LARGE:
        power = min(3 * (_exponent(size) // 3), max(PREFIXES))
        return 10.0**power, PREFIXES[power]
    if 0 < size < SMALL:
        return 10.0 ** _exponent(size), f"e{_exponent(size)}"
    return 1.0, ""


def _exponent(value: float) -> int:
    """The power of ten of the leading digit; read from the text, since log10 of 1000 may be 2.9999999."""
    return int(f"{value:e}".partition("e")[2]) if value else 0
