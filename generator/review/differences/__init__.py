"""Two manifests -> every place where they differ, and how many places differ in a way that means nothing. Pure."""

from generator.review.differences.difference import aligned, between, differences, leaves, with_value
from generator.review.differences.noise import GENERATED, count_by_class

__all__ = ["GENERATED", "aligned", "between", "count_by_class", "differences", "leaves", "with_value"]
