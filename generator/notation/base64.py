"""Bytes as text, in base64."""

import base64
import binascii


def is_base64(text: str) -> bool:
    """Whether a text is base64 as Go reads it: with padding, line breaks anywhere."""
    try:
        base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
