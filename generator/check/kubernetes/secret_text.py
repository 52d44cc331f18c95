"""No text of any object is a secret.

Secrets are the shapes of keys and tokens, as they are or in base64, and random texts under telling keys. Public values
pass: image digests, certificates, references such as $(PASSWORD). A value is never printed: the start of its SHA-256
tells a person, who can compute it too, which one is meant.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

from generator.check.built import Built, Check, fault
from generator.field import strings
from generator.finding import Finding
from generator.sensitive import name as secret_name
from generator.sensitive import shape as secret_shape

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_SHORTEST = 12


def no_text_is_a_secret(built: Built) -> Iterator[Finding]:
    """Nothing that is rendered looks like a key, a token or a password."""
    reasons: dict[str, str] = {}
    for item in built.objects:
        for path, key, value in strings(item.manifest):
            if len(value) < _SHORTEST:
                continue
            found = reasons.get(value)
            if found is None:
                found = reasons[value] = _looks_like(value)
            random = secret_name.names_secret(key) and secret_shape.is_random(value)
            reason = found or ("random text under a key with the name of a secret" if random else "")
            if reason:
                start = hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:12]
                message = f"looks like a secret: {reason} (sha256 {start}…)"
                hint = (
                    "keep it in Secret Manager; a false alarm goes into `exceptions` of component.yaml, with a reason"
                )
                yield fault(item, path, message, rule="secret-rendered", hint=hint)


def _looks_like(value: str) -> str:
    """Return what `value` looks like, as it is or decoded once; '' if like nothing secret."""
    found = secret_shape.shape(value)
    if found:
        return found
    texts = _BASE64.findall(value)
    if "\n" in value and _BASE64.fullmatch(joined := "".join(value.split())):
        texts.append(joined)
    for text in texts:
        found = secret_shape.shape(_decoded(text))
        if found:
            return f"{found}, in base64"
    return ""


def _decoded(text: str) -> str:
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("latin-1")
    except binascii.Error:
        return ""


RULES: tuple[Check, ...] = (no_text_is_a_secret,)
