"""Reading 100 KB of hostile text takes at most fifteen times as long as reading 10 KB.

All targets together get all pieces; each gets its own first, until it has taken ``_MOST_S`` of CPU time.
``make fuzz`` measures every target with every piece.
"""

import time

import pytest

from fuzz.growth_of_readers import growths
from fuzz.targets import TEXT_TARGETS
from growth import MOST

_MOST_S = 0.6
NAMES = sorted(name for name, target in TEXT_TARGETS.items() if target.grows)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_time_grows_with_the_text_and_not_faster(name: str) -> None:
    started = time.process_time()
    for ratio, described in growths(TEXT_TARGETS[name], first=NAMES.index(name)):
        assert ratio <= MOST, f"{name}: {described}: {ratio:.0f} times as long"
        if time.process_time() - started > _MOST_S:
            break
