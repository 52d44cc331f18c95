"""What a change does to other objects: who still asks for what goes, and whom something new captures. Pure."""

from generator.review.references.references import References

__all__ = ["References"]
