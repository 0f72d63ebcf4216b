"""Laws that fail say with which numbers, as tests do."""

import pytest

pytest.register_assert_rewrite("tests.manifolds.laws")
