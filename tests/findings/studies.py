"""All findings, in the order of the page."""

from tests.findings.dimension import ACTIVE, IRMAE, RANK
from tests.findings.laws import SAMPLERS, SPHERES
from tests.findings.roundtrips import MEMORISED, ROLL

FINDINGS = (SAMPLERS, ACTIVE, IRMAE, RANK, SPHERES, MEMORISED, ROLL)
