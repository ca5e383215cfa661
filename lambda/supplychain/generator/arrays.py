"""Types of the numpy arrays that the generator passes around."""

import numpy as np
import numpy.typing as npt

Int8Array = npt.NDArray[np.int8]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
UInt64Array = npt.NDArray[np.uint64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
BytesArray = npt.NDArray[np.bytes_]

IntegerArray = npt.NDArray[np.integer]
"""Integers of any width."""
