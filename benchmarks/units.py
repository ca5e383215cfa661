"""Units that the benchmarks share."""

MIB = 1 << 20
