"""What somebody may have meant who wrote an unknown name: a known one that is like it."""

from collections.abc import Iterable


def did_you_mean(
    written: str, known: Iterable[str], otherwise: str = "", *, at_most: int = 1, cutoff: float = 0.6
) -> str:
    """Return `did you mean a or b?` of the known names most like the written one; `otherwise` if none is."""
    import difflib

    close = difflib.get_close_matches(written, known, n=at_most, cutoff=cutoff)
    return f"did you mean {' or '.join(close)}?" if close else otherwise
