"""What oauth2-proxy 7.15 takes as --alpha-config and --config together, in our words, and what we ask beyond.

It refuses unknown keys in either file at start, and keys that moved from the second to the first.
"""

import base64
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

Json = dict[str, Any]

TEXT: Json = {"type": "string", "minLength": 1}
TEXTS: Json = {"type": "array", "items": TEXT, "minItems": 1}
BOOLEAN: Json = {"type": "boolean"}
NEVER: Json = {"const": False}
NUMBER: Json = {"type": "integer", "minimum": 0}
DURATION: Json = {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"}
URL: Json = {"type": "string", "pattern": r"^https?://[a-z0-9.-]+(:[0-9]+)?(/[^\s]*)?$"}
ADDRESS: Json = {"type": "string", "pattern": r"^(http://)?[0-9.]*:[0-9]+$"}


def closed(required: tuple[str, ...] = (), /, **properties: Json) -> Json:
    """Return the schema of a map with these keys and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


SECRET = closed(value=TEXT, fromEnv=TEXT, fromFile=TEXT)
CLAIM = closed(
    ("claim",),
    claim={
        "enum": [
            *("access_token", "id_token", "refresh_token", "created_at", "expires_on"),
            *("email", "user", "groups", "preferred_username"),
        ]
    },
    prefix=TEXT,
    basicAuthPassword=SECRET,
)
VALUE = {**closed(claimSource=CLAIM, secretSource=SECRET), "minProperties": 1, "maxProperties": 1}
HEADERS: Json = {
    "type": "array",
    "items": closed(
        ("name", "values"),
        name=TEXT,
        preserveRequestValue=BOOLEAN,
        InsecureSkipHeaderNormalization=BOOLEAN,
        values={"type": "array", "items": VALUE},  # none: the header is taken off
    ),
}
OIDC = closed(
    # The last four: the defaults of the command line do not hold here, and an empty claim means nobody has one.
    ("issuerURL", "audienceClaims", "emailClaim", "groupsClaim", "userIDClaim"),
    **dict.fromkeys(("issuerURL", "jwksURL"), URL),
    **dict.fromkeys(("emailClaim", "groupsClaim", "userIDClaim"), TEXT),
    **dict.fromkeys(("audienceClaims", "extraAudiences", "publicKeyFiles", "enabledSigningAlgs"), TEXTS),
    **dict.fromkeys(("skipDiscovery", "insecureAllowUnverifiedEmail"), BOOLEAN),
    **dict.fromkeys(("insecureSkipIssuerVerification", "insecureSkipNonce"), NEVER),
)
PROVIDER = closed(
    (
        "id",
        "provider",
        "clientID",
        "clientSecretFile",
        "scope",
        "code_challenge_method",
        "keycloakConfig",
        "oidcConfig",
    ),
    provider={"const": "keycloak-oidc"},
    code_challenge_method={"const": "S256"},
    keycloakConfig=closed(("roles",), roles=TEXTS, groups=TEXTS),
    oidcConfig=OIDC,
    allowedGroups=TEXTS,
    additionalClaims=TEXTS,
    caFiles=TEXTS,
    loginURLParameters={"type": "array"},
    skipClaimsFromProfileURL=BOOLEAN,
    useSystemTrustStore=BOOLEAN,
    **dict.fromkeys(("id", "name", "clientID", "clientSecretFile", "scope", "authRequestResponseMode"), TEXT),
    **dict.fromkeys(("loginURL", "redeemURL", "profileURL", "validateURL", "backendLogoutURL"), URL),
)
UPSTREAM = closed(
    ("id", "path", "uri", "timeout", "flushInterval", "passHostHeader"),  # the last three: defaults that are wrong here
    id=TEXT,
    path={"type": "string", "pattern": r"^\^?/"},
    rewriteTarget={"type": "string", "pattern": "^/"},
    uri=URL,
    timeout=DURATION,
    flushInterval=DURATION,
    **dict.fromkeys(("passHostHeader", "proxyWebSockets", "disableKeepAlives"), BOOLEAN),
)
SERVER = closed(
    ("bindAddress",),
    bindAddress=ADDRESS,
    secureBindAddress=ADDRESS,
    tls=closed(key=SECRET, cert=SECRET, minVersion=TEXT),
)
ALPHA = closed(
    ("providers", "upstreamConfig", "injectRequestHeaders", "server", "metricsServer"),
    providers={"type": "array", "items": PROVIDER, "minItems": 1, "maxItems": 1},  # it takes a list, and uses the first
    upstreamConfig=closed(
        ("upstreams",), proxyRawPath=BOOLEAN, upstreams={"type": "array", "items": UPSTREAM, "minItems": 1}
    ),
    injectRequestHeaders=HEADERS,
    injectResponseHeaders=HEADERS,
    server=SERVER,
    metricsServer=SERVER,
)

MOVED = frozenset(
    re.findall(
        r"\w+",
        """
    upstreams flush_interval pass_host_header proxy_websockets ssl_upstream_insecure_skip_verify upstream_timeout
    disable_keep_alives pass_basic_auth pass_access_token pass_user_headers pass_authorization_header set_basic_auth
    set_xauthrequest set_authorization_header prefer_email_to_user basic_auth_password skip_auth_strip_headers client_id
    client_secret client_secret_file provider provider_display_name provider_ca_files use_system_trust_store login_url
    redeem_url profile_url skip_claims_from_profile_url resource validate_url scope prompt approval_prompt acr_values
    user_id_claim allowed_groups allowed_roles jwt_key jwt_key_file pubjwk_url code_challenge_method backend_logout_url
    auth_request_response_mode http_address https_address metrics_address tls_cert_file
    tls_key_file tls_min_version tls_cipher_suites metrics_secure_address metrics_tls_cert_file metrics_tls_key_file
    """,
    )
)
MOVED_WORDS = re.compile("oidc|azure|bitbucket|github|gitlab|google|keycloak|entra")
BYPASSES = ("skip_auth_routes", "skip_auth_regex", "skip_auth_preflight", "trusted_ips", "htpasswd_file")
TOML = closed(
    (
        "email_domains",
        "redirect_url",
        "reverse_proxy",
        "trusted_proxy_ips",
        "cookie_secure",
        "cookie_expire",
        "cookie_refresh",
    ),
    cookie_secure={"const": True},
    cookie_httponly={"const": True},
    cookie_samesite={"enum": ["lax", "none"]},
    session_store_type={"const": "cookie"},
    session_cookie_minimal={"const": False},  # true takes the tokens away that are injected
    cookie_csrf_per_request_limit=NUMBER,
    **dict.fromkeys(("cookie_expire", "cookie_refresh", "cookie_csrf_expire"), DURATION),
    **dict.fromkeys(("cookie_domains", "whitelist_domains", "email_domains", "api_routes", "trusted_proxy_ips"), TEXTS),
    **dict.fromkeys(("extra_jwt_issuers", "exclude_logging_paths"), TEXTS),
    **dict.fromkeys(
        ("cookie_name", "cookie_path", "cookie_csrf_samesite", "real_client_ip_header", "proxy_prefix"), TEXT
    ),
    **dict.fromkeys(
        ("ping_path", "ready_path", "custom_templates_dir", "banner", "footer", "custom_sign_in_logo"), TEXT
    ),
    **dict.fromkeys(("request_id_header", "request_logging_format", "auth_logging_format"), TEXT),
    **dict.fromkeys(
        ("reverse_proxy", "cookie_csrf_per_request", "skip_provider_button", "silence_ping_logging"), BOOLEAN
    ),
    **dict.fromkeys(("skip_jwt_bearer_tokens", "bearer_token_login_fallback", "force_json_errors"), BOOLEAN),
    **dict.fromkeys(("request_logging", "auth_logging", "standard_logging", "encode_state", "force_https"), BOOLEAN),
    redirect_url=URL,
)
_ALPHA = jsonschema_rs.validator_for(ALPHA)
_TOML = jsonschema_rs.validator_for(TOML)


def problems(alpha: Any, toml: Json) -> list[str]:
    """Return what is wrong with the two files, each as `place: what`; their forms first, then what they mean."""
    misplaced = dict(_misplaced(toml))
    rest = {key: value for key, value in toml.items() if key not in misplaced}
    found = [f"toml/{key}: {what}" for key, what in misplaced.items()]
    found += [*_form("alpha", _ALPHA, alpha), *_form("toml", _TOML, rest)]
    return found or [*_upstreams(alpha), *_provider(alpha), *_headers(alpha), *_cookies(toml), *_proxies(toml)]


def cookie_secret(secret: str) -> str:
    """Return what is wrong with a cookie secret as it is read from the environment: base64 if that decodes, else bytes."""
    try:
        raw = base64.urlsafe_b64decode(secret.rstrip("=") + "=" * (-len(secret.rstrip("=")) % 4))
    except ValueError:
        raw = b""
    lengths = (16, 24, 32)
    return "" if len(raw) in lengths or len(secret.encode()) in lengths else "is not 16, 24 or 32 bytes"


def seconds(duration: str) -> float:
    """Return a duration of Go in seconds."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h)", duration))


def _form(name: str, validator: Any, value: Any) -> Iterator[str]:
    for error in validator.iter_errors(value):
        yield f"{'/'.join([name, *map(str, error.instance_path)])}: {error.message}"


def _misplaced(toml: Json) -> Iterator[tuple[str, str]]:
    for key in toml:
        if key in MOVED or MOVED_WORDS.search(key):
            yield key, "is refused beside --alpha-config, which has its own place for it"
        elif key in BYPASSES:
            yield key, "lets requests past sign-in"


def _upstreams(alpha: Json) -> Iterator[str]:
    upstreams = alpha["upstreamConfig"]["upstreams"]
    for key in ("id", "path"):
        for value, count in Counter(upstream[key] for upstream in upstreams).items():
            if count > 1:
                yield f"upstream {value}: {key} is there {count} times"
    for upstream in upstreams:
        yield from (f"upstream {upstream['id']}: {what}" for what in _upstream(upstream))


def _upstream(upstream: Json) -> Iterator[str]:
    if "rewriteTarget" in upstream:
        yield from _rewrite(upstream["path"], upstream["rewriteTarget"])
    elif upstream["path"].startswith("^"):
        yield "a pattern without rewriteTarget is read as a plain path"
    elif not upstream["path"].endswith("/"):
        yield "a plain path without a slash at the end is that path alone"
    if seconds(upstream["flushInterval"]) > 0.2:
        yield "flushInterval is more than 200 ms, and streamed answers come in lumps"
    if seconds(upstream["timeout"]) < 600:
        yield "timeout is less than 600 s, the load balancer's and the longest answer's"
    if not (urlsplit(upstream["uri"]).hostname or "").endswith(".svc.cluster.local"):
        yield "uri is not a Service of the cluster"


def _rewrite(path: str, target: str) -> Iterator[str]:
    try:
        groups = re.compile(path).groups
    except re.error as error:
        yield f"path is no regular expression: {error}"
        return
    if not path.startswith("^") or not path.endswith("$"):
        yield "a pattern without ^ and $ matches in the middle of other paths"
    if any(int(number) > groups for number in re.findall(r"\$([0-9]+)", target)):
        yield "rewriteTarget names a group that path does not have"
    if groups and "$" not in target:
        yield "rewriteTarget drops what path captured"


def _provider(alpha: Json) -> Iterator[str]:
    (provider,) = alpha["providers"]
    oidc = provider["oidcConfig"]
    urls = {key: provider.get(key) for key in ("loginURL", "redeemURL", "profileURL", "backendLogoutURL")}
    urls |= {"issuerURL": oidc["issuerURL"], "jwksURL": oidc.get("jwksURL")}
    if not oidc.get("skipDiscovery"):
        yield "provider: discovery asks the issuer at its public host name"
    for key in ("loginURL", "redeemURL", "jwksURL"):
        if not urls[key]:
            yield f"provider: skipDiscovery needs {key}"
    for key, url in urls.items():
        wanted = "public" if key in ("loginURL", "issuerURL") else "in-cluster"
        if url and wanted != ("in-cluster" if _in_cluster(url) else "public"):
            yield f"provider: {key} is not {wanted}"
    if "post_logout_redirect_uri" in (urls["backendLogoutURL"] or ""):
        yield "provider: backendLogoutURL leads this pod on to a public host name"


def _in_cluster(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith(".svc.cluster.local")


def _headers(alpha: Json) -> Iterator[str]:
    headers = alpha["injectRequestHeaders"]
    for name, count in Counter(header["name"].lower() for header in headers).items():
        if count > 1:
            yield f"header {name}: is there {count} times"
    for header in headers:
        if header.get("preserveRequestValue"):
            yield f"header {header['name']}: keeps what the client sent"


def _cookies(toml: Json) -> Iterator[str]:
    if seconds(toml["cookie_refresh"]) >= seconds(toml["cookie_expire"]):
        yield "toml/cookie_refresh: is not less than cookie_expire"
    if "extra_jwt_issuers" in toml:
        yield "toml/extra_jwt_issuers: are looked up at public host names"


def _proxies(toml: Json) -> Iterator[str]:
    for text in toml["trusted_proxy_ips"]:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            yield "toml/trusted_proxy_ips: holds what is no range"
            continue
        if network.prefixlen < 8:
            yield f"toml/trusted_proxy_ips: {text} trusts the world"
