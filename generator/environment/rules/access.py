"""Who comes in, and how: ranges, the bastion, certificates, the zone."""

import ipaddress
from collections.abc import Iterator, Mapping

from generator.environment.fault import THERE, Fault
from generator.environment.model import Environment
from generator.finding import Severity
from generator.google import addresses
from generator.schema import dotted
from generator.yamlio import Path

_HALF_OF_THE_INTERNET = 2**31
_MODE: Path = ("access", "mode")
_OF_PEOPLE = ("allowedRanges", "adminRanges", "webhookRanges")
_LONG = 10
"""As many ranges as a rule of Cloud Armor takes."""
_SHOWN = 4


def access_is_not_open_by_accident(env: Environment) -> Iterator[Fault]:
    """`public` lists who may come in, and the list is not most of the internet, however it is split."""
    for key, by_name in _lists(env).items():
        nets = [ipaddress.IPv4Network(text) for texts in by_name.values() for text in texts]
        reach = sum(net.num_addresses for net in ipaddress.collapse_addresses(nets))
        if reach >= _HALF_OF_THE_INTERNET and not env.access.allow_whole_internet:
            message = "together these ranges cover half of the internet or more"
            hint = "list your offices and VPNs; if you mean it, set access.allowWholeInternet: true"
            yield Fault("access-open", ("access", key), message, hint)
    if env.access.mode == "public" and not env.access.allowed_ranges:
        hint = "name the ranges of your offices and VPNs, e.g. office: [203.0.113.0/24]"
        message = "is empty, so nobody could sign in"
        path: Path = ("access", "allowedRanges")
        yield Fault("access-empty", path, message, hint, beside=(_MODE,), missing=True)


def ranges_of_people_are_on_the_internet(env: Environment) -> Iterator[Fault]:
    """Callers of a public environment have addresses of the internet, none that a private network uses: a warning."""
    ours: dict[Path, str] = {("network", key): text for key, text in env.network.own.items()}
    ours |= {("network", "peered", name): text for name, text in env.network.peered.items()}
    for key in _OF_PEOPLE if env.access.mode == "public" else ():
        for name, texts in _lists(env)[key].items():
            for index, text in enumerate(texts):
                path: Path = ("access", key, name, index)
                inside = next((at for at, outer in ours.items() if _within(text, outer)), None)
                message = "nobody on the internet has an address of this private range"
                if inside:
                    message = f"lies in {dotted(inside)} ({THERE}): for the VPC these addresses are not on the internet"
                if inside or addresses.internal(text):
                    hint = "list the addresses by which your offices and VPNs are seen on the internet"
                    beside = (inside,) if inside else ()
                    turned = f"contains {dotted(path)} ({THERE}): for the VPC these addresses are not on the internet"
                    yield Fault("access-private", path, message, hint, beside, turned, severity=Severity.WARNING)


def long_lists_have_no_neighbours(env: Environment) -> Iterator[Fault]:
    """Ranges beside each other are one range; they are joined for Google, which counts them: a warning."""
    for key, by_name in _lists(env).items():
        for name, texts in by_name.items():
            fewer = addresses.joined(texts)
            if len(texts) > _LONG and len(fewer) < len(texts):
                message = (
                    f"lists {len(texts)} ranges; with neighbours joined, as Google gets them, they are {len(fewer)}"
                )
                more = " ..." if len(fewer) > _SHOWN else ""
                hint = f"write {', '.join(fewer[:_SHOWN])}{more}"
                yield Fault("access-neighbours", ("access", key, name), message, hint, severity=Severity.WARNING)


def _lists(env: Environment) -> dict[str, Mapping[str, tuple[str, ...]]]:
    """Return the lists of who may come in, by key."""
    return {
        "allowedRanges": env.access.allowed_ranges,
        "adminRanges": env.access.admin_ranges,
        "webhookRanges": env.access.webhook_ranges,
        "controlPlaneRanges": env.access.control_plane_ranges,
    }


def _within(text: str, outer: str) -> bool:
    return ipaddress.IPv4Network(text).subnet_of(ipaddress.IPv4Network(outer))


def argo_cd_reaches_the_control_plane(env: Environment) -> Iterator[Fault]:
    """In public, the API server's IP answers listed ranges only; Connect gateway and a DNS endpoint need no list."""
    address = env.argocd.cluster_address
    asks_for_none = address == "connect-gateway" or ".gke.goog" in address
    public = env.access.mode == "public"
    if public and _makes_cluster(env) and not asks_for_none and not env.access.control_plane_ranges:
        message = "Argo CD cannot reach the API server: access.controlPlaneRanges is empty"
        hint = "add the range that Argo CD connects from, or leave argocd.clusterAddress at connect-gateway"
        yield Fault("control-plane-closed", ("argocd", "clusterAddress"), message, hint, beside=(_MODE,))


def control_plane_ranges_are_for_our_public_cluster(env: Environment) -> Iterator[Fault]:
    """A private API server is not on the internet, and a cluster only referred to keeps its own list: a warning."""
    if not env.access.control_plane_ranges or (env.access.mode == "public" and _makes_cluster(env)):
        return
    if env.access.mode == "private":
        message = "has no effect: the API server of a private environment is not on the internet"
        hint = "remove them; people connect through the bastion or from network.peered"
        other = _MODE
    else:
        message = "has no effect: the cluster in existing.cluster keeps its own list"
        hint = "remove them, and set the authorized networks where that cluster is managed"
        other = ("existing", "cluster")
    path: Path = ("access", "controlPlaneRanges")
    yield Fault("control-plane-unused", path, message, hint, beside=(other,), severity=Severity.WARNING)


def _makes_cluster(env: Environment) -> bool:
    """Whether the cluster is ours, made or taken over, so that we write what reaches its API server."""
    return env.existing.cluster is None or env.existing.cluster.adopt


def ranges_of_people_are_for_public(env: Environment) -> Iterator[Fault]:
    """Cloud Armor stands before a public environment only; a private one is reached from inside the VPC: a warning."""
    for key, by_name in (("allowedRanges", env.access.allowed_ranges), ("adminRanges", env.access.admin_ranges)):
        if by_name and env.access.mode == "private":
            message = "has no effect: a private environment is reached from inside the VPC only"
            hint = "remove them; people connect through the bastion or from network.peered"
            yield Fault("access-unused", ("access", key), message, hint, beside=(_MODE,), severity=Severity.WARNING)


def the_bastion_is_for_private(env: Environment) -> Iterator[Fault]:
    """The bastion is the way into what is private. Who is named for one that is not there gets nothing: a warning."""
    switch: Path = ("infra", "bastion", "enabled")
    on = env.infra.get("bastion", {}).get("enabled") is True
    if on and env.access.mode == "public":
        hint = "people connect from access.allowedRanges; remove it, or extend profile `private`"
        yield Fault("bastion-access", switch, "is for a private environment", hint, beside=(_MODE,))
    elif not on and env.access.bastion.members:
        message = "has no effect: there is no bastion"
        hint = "" if env.access.mode == "public" else "infra: {bastion: {enabled: true}}"
        path: Path = ("access", "bastion", "members")
        yield Fault("bastion-access", path, message, hint, beside=(switch, _MODE), severity=Severity.WARNING)


def what_needs_redis_has_it(env: Environment) -> Iterator[Fault]:
    """The API's pods share webhook call counts and SharePoint sign-ins through Redis (docs/redis.md): a warning."""
    api = env.components.get("api", {})
    if api.get("redis", "none") != "none":
        return
    part = "features:sharepointCodeMieOAuth"
    missed: dict[Path, str] = {}
    if env.access.webhook_ranges:
        missed["access", "webhookRanges"] = "webhooks are not rate-limited, and each call logs an error"
    if api.get("customerComponents", {}).get(part, {}).get("enabled") is True:
        missed["components", "api", "customerComponents", part] = "sign-in to SharePoint fails"
    for path, follows in missed.items():
        message = f"needs components.api.redis: without it, {follows}"
        hint = "components: {api: {redis: in-cluster}}, or memorystore"
        beside: Path = ("components", "api", "redis")
        yield Fault("redis-missing", path, message, hint, beside=(beside,), severity=Severity.WARNING)


def certificate_source_fits_access(env: Environment) -> Iterator[Fault]:
    """A Google-managed certificate is validated from the internet; cert-manager needs its issuer named."""
    source, issuer = ("tls", "source"), ("tls", "issuer")
    if env.access.mode == "private" and env.tls.source == "google-managed":
        hint = "use secret-manager, or cert-manager with tls.issuer"
        message = "google-managed works only in a public environment"
        turned = f"tls.source: {message}"
        yield Fault("tls-source", source, message, hint, beside=(_MODE,), turned=turned)
    if env.tls.source != "cert-manager" and env.tls.issuer == "ca":
        hint = "leave it out, or set tls.source: cert-manager"
        yield Fault("tls-issuer", issuer, "ca works only with tls.source: cert-manager", hint, beside=(source,))
    if env.tls.source == "cert-manager" and env.tls.issuer is None:
        hint = "write ca for a private CA, or public-zone for DNS-01 through a public Cloud DNS zone"
        yield Fault(
            "tls-issuer", issuer, "is missing; tls.source: cert-manager needs it", hint, beside=(source,), missing=True
        )


def private_zones_are_private(env: Environment) -> Iterator[Fault]:
    """A private environment has no public zone: its names and addresses are nobody's business outside."""
    if env.access.mode == "private" and env.dns.visibility == "public":
        hint = "write dns: {visibility: private}, as profile `private` has it"
        path: Path = ("dns", "visibility")
        yield Fault("dns-visibility", path, "is public in a private environment", hint, beside=(_MODE,))


RULES = (
    access_is_not_open_by_accident,
    ranges_of_people_are_on_the_internet,
    long_lists_have_no_neighbours,
    argo_cd_reaches_the_control_plane,
    control_plane_ranges_are_for_our_public_cluster,
    ranges_of_people_are_for_public,
    the_bastion_is_for_private,
    what_needs_redis_has_it,
    certificate_source_fits_access,
    private_zones_are_private,
)
