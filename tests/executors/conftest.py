"""What every executor has to give: the records of this process, made once."""

import pytest

from aeeval.cells import Choice
from aeeval.protocol import CAPABILITIES
from aeeval.session import Session
from aeeval.submissions.load import load
from aeeval.suite import load_suite
from tests.executors.rows import place, rows
from tests.tiny import write_submission, write_suite

QUALITY = CAPABILITIES[:-1]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """Rows by cell, made without any executor's help, and a function of an executor that makes a session of the same.

    It may take the submissions the other way round, which changes the order of records alone.
    """
    folder = tmp_path_factory.mktemp("undisturbed")
    suite = load_suite(write_suite(folder))
    submissions = (load("pca"), load(write_submission(folder)))

    def make(executor="local", reverse=False, **settings):
        named = submissions[::-1] if reverse else submissions
        return Session(suite, named, Choice(QUALITY), executor=executor, **settings)

    found = {}
    for row in rows(make("inline").run()):
        found.setdefault(place(row), []).append(row)
    return found, make
