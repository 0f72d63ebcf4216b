"""All studies, in the order of the page."""

from tests.calibration import dimension, fitted, flags, intervals, sampling, unknown
from tests.calibration.record import Study, Test

STUDIES: tuple[Study, ...] = (
    *sampling.STUDIES,
    *unknown.STUDIES,
    *fitted.STUDIES,
    *dimension.STUDIES,
    *flags.STUDIES,
    *intervals.STUDIES,
)
TESTS: dict[str, Test] = {test.name: test for study in STUDIES for test in study.tests}
