"""What DNS answers: whose the base domain is, and who resolves names in the cluster."""

import re
from collections.abc import Iterator

from generator.environment.fault import Fault
from generator.environment.model import Environment
from generator.finding import Severity
from generator.yamlio import Path

_DOMAIN: Path = ("domain",)
_OF_KUBERNETES = ("cluster.local", "svc")
"""With the domain `codemie.svc`, pods find Services below it: they try each name below cluster.local first."""
_OF_GOOGLE = (
    "appspot.com",
    "cloudfunctions.net",
    "cloudproxy.app",
    "firebaseapp.com",
    "gcr.io",
    "goog",
    "google",
    "google.com",
    "google.internal",
    "googleapis.com",
    "googleusercontent.com",
    "gserviceaccount.com",
    "gstatic.com",
    "pkg.dev",
    "run.app",
    "web.app",
)
"""https://docs.cloud.google.com/vpc/docs/configure-private-google-access#domain-options, and where Google has sites."""
_COMPUTE_ENGINE = re.compile(r"(^|\.)c\.[^.]+(\.[^.]+)*\.internal\Z")
_NEVER = ("alt", "invalid", "localhost", "onion")
_TRIAL = "test"
"""Whoever writes it tries something out: a warning. `example` stands in documents, and is not told at all."""
_PRIVATE = ("corp", "home", "home.arpa", "internal", "intranet", "lan", "local", "mail", "private", "test")
"""https://www.iana.org/assignments/special-use-domain-names, and appendix G of RFC 6762."""


def the_domain_is_not_taken(env: Environment) -> Iterator[Fault]:
    """The base domain is not that of Kubernetes or Google: a zone of that name would hide theirs, or never be asked."""
    if below := _above(env.domain, _OF_KUBERNETES):
        message = f"{below} belongs to Kubernetes: in the cluster its names are those of Services"
        yield Fault("domain", _DOMAIN, message, _OWN)
    elif below := _above(env.domain, _OF_GOOGLE):
        message = f"{below} belongs to Google: a zone of it would hide Google's own names from the VPC"
        yield Fault("domain", _DOMAIN, message, _OWN)
    elif _COMPUTE_ENGINE.search(env.domain) or f"c.{env.gcp.project}.internal".endswith(f".{env.domain}"):
        yield Fault("domain", _DOMAIN, "belongs to Google: Compute Engine names virtual machines in it", _OWN)


def the_domain_can_be_served(env: Environment) -> Iterator[Fault]:
    """A domain of special use is delegated to nobody, so that no public zone and no public certificate is of it."""
    if below := _above(env.domain, _NEVER):
        yield Fault("domain", _DOMAIN, f"{below} is reserved: resolvers never ask a zone for it", _OWN)
    below = "" if any(the_domain_is_not_taken(env)) else _above(env.domain, _PRIVATE)
    for path, is_public, needs in (
        (("dns", "visibility"), env.dns.visibility == "public", "a public zone"),
        (("tls", "source"), env.tls.source == "google-managed", "a certificate of Google"),
        (("tls", "issuer"), env.tls.issuer == "public-zone", "a public certificate"),
    ):
        if below and is_public:
            severity = Severity.WARNING if below == _TRIAL else Severity.ERROR
            message = f"{below} is for private use only: nobody can have {needs} of it"
            yield Fault("domain", _DOMAIN, message, _OWN, beside=(path,), severity=severity)
            return
    if below == "local":
        message = "local belongs to multicast DNS: many machines ask their neighbours for it, and not the zone"
        yield Fault("domain", _DOMAIN, message, "a domain of your own always works", severity=Severity.WARNING)


_OWN = "use a domain that you own, or a part of one, such as codemie.example.com"


def who_answers_in_a_cluster_of_others_is_said(env: Environment) -> Iterator[Fault]:
    """Who made the cluster chose its DNS; unless `gke.dns` says it, NetworkPolicies let pods ask all: a warning."""
    if env.existing.cluster is not None and env.gke.dns is None:
        path: Path = ("gke", "dns")
        message = "is missing: whoever made the cluster in existing.cluster chose its DNS, so policies let pods ask any"
        hint = "kube-dns, node-local (kubectl get daemonset node-local-dns -n kube-system finds it) or cloud-dns"
        there: Path = ("existing", "cluster")
        yield Fault("cluster-dns", path, message, hint, (there,), missing=True, severity=Severity.WARNING)


def _above(domain: str, known: tuple[str, ...]) -> str:
    """Return the longest of the known domains that a domain is, or is in."""
    return max((one for one in known if f".{domain}".endswith(f".{one}")), key=len, default="")


RULES = (the_domain_is_not_taken, the_domain_can_be_served, who_answers_in_a_cluster_of_others_is_said)
