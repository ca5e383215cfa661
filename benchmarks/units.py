"""Units and the like that the parts share."""

MIB = 1 << 20
