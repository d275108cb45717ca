"""The measure of linear time tells work that grows with the square from work that does not."""

import pytest

from growth import grows_linearly


@pytest.mark.slow
def test_work_that_grows_with_the_square_is_found() -> None:
    assert not grows_linearly(lambda size: sum(1 for _ in range(size * size)), 2_000)
    assert grows_linearly(lambda size: sum(1 for _ in range(size)), 3_000_000)
