"""What a submission has to keep: named checks, for `aeeval check` and as pytest tests of a user's own model."""

from aeeval.submissions.checks.all import CHECKS, examine
from aeeval.submissions.checks.finding import Check, CheckWarning, Finding
from aeeval.submissions.checks.for_pytest import parametrize
from aeeval.submissions.checks.subject import Subject, make_subject

__all__ = ["CHECKS", "Check", "CheckWarning", "Finding", "Subject", "examine", "make_subject", "parametrize"]
