"""Which object, or which item of a list, is which of the other side. Pure."""
