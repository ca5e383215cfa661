"""SplitMix64: the integer hash behind the generator's random bits and the digests' factors.

Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014; the constants are those of Vigna's
reference implementation. Integers only, so the output is the same on every machine.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

GAMMA: Final = 0x9E3779B97F4A7C15
"""Distance between consecutive states: 2^64 over the golden ratio."""

_MASK: Final = (1 << 64) - 1
_ROUNDS: Final = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_LAST_SHIFT: Final = 31


def mix(states: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Replace each state by its output, in place, and return the same array."""
    shifted = np.empty_like(states)
    for shift, factor in _ROUNDS:
        np.right_shift(states, np.uint64(shift), out=shifted)
        states ^= shifted
        states *= np.uint64(factor)
    np.right_shift(states, np.uint64(_LAST_SHIFT), out=shifted)
    states ^= shifted
    return states


def next_output(state: int) -> int:
    """The output of the generator's next step from `state`, a Python integer of any size."""
    return int(mix(np.array([(state + GAMMA) & _MASK], dtype=np.uint64))[0])
