"""What stands at the edge: Cloud Armor, TLS, certificates, DNS."""

from typing import Any

from generator.manifest import Manifest
from generator.review.change import Impact
from generator.review.row import (
    Row,
    Steps,
    added,
    always,
    away_from,
    by_its_name,
    comes,
    goes,
    item,
    lowered,
    narrowed,
    removed,
    several,
    to,
    widened,
)

_ARMOR = "https://cloud.google.com/armor/docs"
_RULES = f"{_ARMOR}/configure-security-policies"
_WAF = f"{_ARMOR}/rule-tuning"
_RATE = f"{_ARMOR}/rate-limiting-overview"
_ADAPTIVE = f"{_ARMOR}/adaptive-protection-overview"
_ADVANCED = f"{_ARMOR}/security-policy-overview#json-parsing"
_LOGS = f"{_ARMOR}/request-logging"
_TLS = "https://cloud.google.com/load-balancing/docs/ssl-policies-concepts"
_MANAGED = "https://cloud.google.com/load-balancing/docs/ssl-certificates/google-managed-certs"
_MANAGER = "https://cloud.google.com/certificate-manager/docs/how-it-works"
_DNS = "https://cloud.google.com/dns/docs"
_ZONES = f"{_DNS}/zones"
_RECORDS = f"{_DNS}/records"
_ZONE_NAME = (
    "k8s-config-connector issues 844; pkg/webhook/immutable_fields_validator.go compares references as they are written"
)
_SEC = f"{_DNS}/dnssec-config"
_POLICIES = f"{_DNS}/policies"
_DNS_PROVIDER = "k8s-config-connector third_party/…/services/dns/resource_dns_managed_zone.go (ForceNew)"


_LAST = 2147483647
"""The priority of the rule for whom no other rule names."""


def admits(manifest: Manifest, steps: Steps) -> bool:
    """Whether a rule lets in whom it matches, perhaps up to a rate."""
    return not str(item(manifest, steps).get("action", "")).startswith("deny")


def refuses(manifest: Manifest, steps: Steps) -> bool:
    """Whether a rule keeps out whom it matches."""
    return not admits(manifest, steps)


def _default(manifest: Manifest, steps: Steps) -> bool:
    return item(manifest, steps).get("priority") == _LAST


def _opens(before: Any, after: Any) -> bool:
    return str(before).startswith("deny") and isinstance(after, str) and not after.startswith("deny")


def _closes(before: Any, after: Any) -> bool:
    return isinstance(before, str) and not before.startswith("deny") and str(after).startswith("deny")


_RANGES = "match.config.srcIpRanges.*"
_ARMOR_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.EXPOSURE, "what is behind it has no guard: everybody who reaches the address is let in", _RULES),
    Row("spec.rule.*", added, Impact.EXPOSURE, "a rule lets in whom it matches", _RULES, where=admits),
    Row("spec.rule.*", added, Impact.OUTAGE, "a rule keeps out whom it matches", _RULES, where=refuses),
    Row("spec.rule.*", removed, Impact.OUTAGE, "whom the rule let in, the later rules judge: by default they keep out", _RULES, where=admits),
    Row("spec.rule.*", removed, Impact.EXPOSURE, "whom the rule kept out, the later rules judge", _RULES, where=refuses),
    Row("spec.rule.*.action", _opens, Impact.EXPOSURE, "the default rule lets in everybody whom no other rule names: the whole internet", _RULES, where=_default),
    Row("spec.rule.*.action", _opens, Impact.EXPOSURE, "whom the rule matches is let in from now on", _RULES),
    Row("spec.rule.*.action", _closes, Impact.OUTAGE, "whom the rule matches is kept out from now on", _RULES),
    Row("spec.rule.*.action", always, Impact.UNKNOWN, "whom the rule matches gets another answer", _RULES),
    *(Row(f"spec.rule.*.{_RANGES}", when, impact, reason, _RULES, where=where) for when, where, impact, reason in (
        (widened, admits, Impact.EXPOSURE, "more addresses are let in"),
        (narrowed, admits, Impact.UNKNOWN, "who comes from the old range is not let in by this rule any more"),
        (narrowed, refuses, Impact.EXPOSURE, "who comes from the old range is not kept out by this rule any more"),
        (widened, refuses, Impact.OUTAGE, "more addresses are kept out"),
    )),
    Row(f"spec.rule.*.{_RANGES}", always, Impact.UNKNOWN, "the rule matches another range of addresses", _RULES),
    *several("spec.rule.*", "match.expr.expression match.versionedExpr", always, Impact.EXPOSURE, "the rule matches others than before: read it as a whole", _RULES),
    Row("spec.rule.*.preview", to(True), Impact.EXPOSURE, "the rule only logs: whom it kept out is let in", _RULES, where=refuses),
    Row("spec.rule.*.preview", to(True), Impact.OUTAGE, "the rule only logs: whom it let in, the later rules judge", _RULES, where=admits),
    Row("spec.rule.*.preview", away_from(True), Impact.OUTAGE, "the rule no longer only logs: whom it matches is kept out", _RULES, where=refuses, alone=True),
    Row("spec.rule.*.preview", away_from(True), Impact.EXPOSURE, "the rule no longer only logs: whom it matches is let in", _RULES, where=admits, alone=True),
    Row("spec.rule.*.preview", always, Impact.SAFE, "the rule works, which is the default", _RULES),
    Row("spec.rule.*.priority", always, Impact.EXPOSURE, "the rule decides before or after others than it did", _RULES),
    *several("spec.rule.*.preconfiguredWafConfig", "exclusion.* exclusion.*.targetRuleSet exclusion.*.targetRuleIds.*", comes, Impact.EXPOSURE, "the rule looks away where it did not: attacks of that sort pass", _WAF),
    Row("spec.rule.*.preconfiguredWafConfig.exclusion.*.targetRuleIds", removed, Impact.EXPOSURE, "the rule looks away from the whole set: attacks of that sort pass", _WAF, alone=True),
    Row("spec.rule.*.preconfiguredWafConfig.**", removed, Impact.UNKNOWN, "the rule looks at requests that it passed: some that are harmless may be kept out", _WAF),
    *several("spec.rule.*.rateLimitOptions", "rateLimitThreshold.count banThreshold.count banDurationSec rateLimitThreshold.intervalSec banThreshold.intervalSec", always, Impact.UNKNOWN, "who calls often is kept out sooner or later than before", _RATE),
    *several("spec.rule.*.rateLimitOptions", "conformAction enforceOnKey enforceOnKeyName exceedAction", always, Impact.UNKNOWN, "who calls often is counted or answered in another way", _RATE),
    Row("spec.rule.*.rateLimitOptions", removed, Impact.EXPOSURE, "nobody is kept out for calling often", _RATE, alone=True),
    Row("spec.rule.*.description", always, Impact.SAFE, "a text for people"),
    Row("spec.adaptiveProtectionConfig.**", to(False), Impact.EXPOSURE, "floods are not recognised any more", _ADAPTIVE),
    Row("spec.adaptiveProtectionConfig.**", always, Impact.SAFE, "floods are recognised and told of", _ADAPTIVE),
    Row("spec.advancedOptionsConfig.jsonParsing", to("DISABLED"), Impact.EXPOSURE, "rules do not read bodies in JSON any more: attacks in them pass", _ADVANCED),
    Row("spec.advancedOptionsConfig.jsonParsing", comes, Impact.UNKNOWN, "rules read bodies in JSON: some that are harmless may be kept out", _ADVANCED),
    Row("spec.advancedOptionsConfig.logLevel", always, Impact.SAFE, "how much the log says of each request", _LOGS),
    *several("spec.advancedOptionsConfig", "userIpRequestHeaders.*", always, Impact.EXPOSURE, "a header says who calls: who can write it is let in as somebody else", _ADVANCED),
    Row("spec.description", always, Impact.SAFE, "a text for people"),
    Row("spec.type", always, Impact.BLOCKED, "a policy of the one type cannot become the other", _RULES),
)  # fmt: skip

_TLS_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.EXPOSURE, "the load balancer falls back to Google's default, which takes TLS 1.0; while it is in use the deletion fails", _TLS),
    Row("spec.minTlsVersion", to("TLS_1_0", "TLS_1_1"), Impact.EXPOSURE, "old TLS is taken", _TLS),
    Row("spec.minTlsVersion", lowered, Impact.EXPOSURE, "older TLS is taken", _TLS),
    Row("spec.minTlsVersion", comes, Impact.UNKNOWN, "clients that speak older TLS only are refused", _TLS),
    Row("spec.profile", to("COMPATIBLE", "CUSTOM"), Impact.EXPOSURE, "weaker ciphers may be taken", _TLS),
    Row("spec.profile", to("MODERN"), Impact.UNKNOWN, "other ciphers are taken: weaker than RESTRICTED, stronger than COMPATIBLE", _TLS),
    Row("spec.profile", comes, Impact.UNKNOWN, "clients that know older ciphers only are refused", _TLS),
    *several("spec", "customFeatures.*", comes, Impact.EXPOSURE, "one more cipher is taken: look that it is no weak one", _TLS),
    *several("spec", "customFeatures.*", removed, Impact.UNKNOWN, "clients that know this cipher only are refused", _TLS),
)  # fmt: skip

_ZONE_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.DATA_LOSS, "deletes the zone: every name in it is gone, and a new one has other name servers, which the parent must be told of", _ZONES),
    Row("spec.dnssecConfig.state", to("off"), Impact.EXPOSURE, "answers are not signed any more; while the parent still has the DS record, resolvers that check refuse every name: take that out first and wait for its TTL", _SEC),
    Row("spec.dnssecConfig.state", comes, Impact.UNKNOWN, "answers are signed; it protects only once the parent has the DS record", _SEC),
    *several("spec.dnssecConfig", "defaultKeySpecs.** nonExistence", always, Impact.BLOCKED, "can be changed only while dnssec is off", _SEC),
    Row("spec.cloudLoggingConfig.enableLogging", to(False), Impact.UNKNOWN, "queries are not logged any more", f"{_DNS}/monitoring"),
    Row("spec.cloudLoggingConfig.enableLogging", comes, Impact.SAFE, "queries are logged, and cost", f"{_DNS}/monitoring"),
    *(Row(f"spec.privateVisibilityConfig.{path}", added, Impact.EXPOSURE, "one more network sees the names of the zone, and no others of that domain", _ZONES, alone=True) for path in ("networks.*", "gkeClusters.*")),
    *several("spec.privateVisibilityConfig", "networks networks.*.** gkeClusters gkeClusters.*.**", added, Impact.UNKNOWN, "this network sees the names of the zone, and no others of that domain", _ZONES),
    *several("spec.privateVisibilityConfig", "networks.* networks.*.** gkeClusters.* gkeClusters.*.**", goes, Impact.OUTAGE, "who is in the old network does not find the names of the zone any more", _ZONES),
    *several("spec", "forwardingConfig.targetNameServers.* forwardingConfig.targetNameServers.*.ipv4Address forwardingConfig.targetNameServers.*.forwardingPath peeringConfig.targetNetwork.networkRef.**", always, Impact.OUTAGE, "somebody else answers for the zone: look that it knows the names", _ZONES),
    Row("spec.description", always, Impact.SAFE, "a text for people"),
    *several("spec", "reverseLookup serviceDirectoryConfig.**", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _DNS_PROVIDER),
    Row("metadata.annotations[cnrm.cloud.google.com/force-destroy]", to("true"), Impact.DATA_LOSS, "a guard of state goes: the zone is deleted with every record in it", _ZONES),
    Row("metadata.annotations[cnrm.cloud.google.com/force-destroy]", always, Impact.SAFE, "a zone that has records cannot be deleted", _ZONES),
)  # fmt: skip

_ANSWERS = "rrdatas.* rrdatasRefs.* rrdatasRefs.*.**"
_RECORD_ROWS: tuple[Row, ...] = (
    Row("", added, Impact.SAFE, "the name is known from now on, and leads to what is written in it", _RECORDS),
    Row("", removed, Impact.OUTAGE, "nobody finds the name any more, once caches are older than its TTL", _RECORDS),
    *several("spec", _ANSWERS, always, Impact.OUTAGE, "the name leads elsewhere: for as long as the old TTL some people reach the old place, some the new one", _RECORDS),
    Row("spec.routingPolicy.**", always, Impact.OUTAGE, "the name leads elsewhere for some of those who ask", _RECORDS),
    Row("spec.ttl", comes, Impact.SAFE, "how long others remember the answer; the old time holds until it is over", _RECORDS),
    Row("spec.managedZoneRef.external", by_its_name, Impact.BLOCKED, "the webhook refuses to change the reference, also to the form that is right: with the path the record was never made", _ZONE_NAME, "merge, annotate the live object with deletion-policy abandon, delete it (kubectl delete dnsrecordset) and sync: the object is made anew, and with it the record"),
    Row("spec.type", always, Impact.OUTAGE, "the old record goes, and one of another type comes: nobody finds the name meanwhile", _RECORDS),
)  # fmt: skip

_DNS_POLICY_ROWS: tuple[Row, ...] = (
    Row("", removed, Impact.OUTAGE, "who asks through VPN or through name servers of yours finds no names any more", _POLICIES),
    Row("spec.enableInboundForwarding", to(True), Impact.EXPOSURE, "who is connected by VPN or interconnect may ask for the private names", _POLICIES),
    Row("spec.enableInboundForwarding", to(False), Impact.OUTAGE, "who is connected by VPN or interconnect finds no private names any more", _POLICIES),
    Row("spec.enableLogging", to(False), Impact.UNKNOWN, "queries are not logged any more", f"{_DNS}/monitoring"),
    Row("spec.enableLogging", comes, Impact.SAFE, "queries are logged, and cost", f"{_DNS}/monitoring"),
    *several("spec", "networks.* networks.*.**", always, Impact.OUTAGE, "another network asks by this policy; a network has one, so the other one must go first", _POLICIES),
    *several("spec", "alternativeNameServerConfig.targetNameServers.* alternativeNameServerConfig.targetNameServers.*.ipv4Address alternativeNameServerConfig.targetNameServers.*.forwardingPath", always, Impact.OUTAGE, "every name is asked for at another server: private zones are not found unless it knows them", _POLICIES),
    Row("spec.description", always, Impact.SAFE, "a text for people"),
)  # fmt: skip

_TEXT = Row("spec.description", always, Impact.SAFE, "a text for people")
TABLE: dict[str, tuple[Row, ...]] = {
    "ComputeSecurityPolicy.compute.cnrm.cloud.google.com": _ARMOR_ROWS,
    "ComputeSSLPolicy.compute.cnrm.cloud.google.com": _TLS_ROWS,
    "ComputeManagedSSLCertificate.compute.cnrm.cloud.google.com": (
        Row("", removed, Impact.OUTAGE, "load balancers that use it have no certificate; while one does, the deletion fails", _MANAGED),
    ),
    "CertificateManagerCertificate.certificatemanager.cnrm.cloud.google.com": (
        Row("", removed, Impact.OUTAGE, "its names have no certificate; while a map uses it, the deletion fails", _MANAGER), _TEXT,
    ),
    "CertificateManagerCertificateMap.certificatemanager.cnrm.cloud.google.com": (
        Row("", removed, Impact.OUTAGE, "Gateways that use it have no certificates; while one does, the deletion fails", _MANAGER), _TEXT,
        Row("spec.projectRef.**", always, Impact.BLOCKED, "cannot be changed: the webhook refuses it", _MANAGER),
    ),
    "CertificateManagerCertificateMapEntry.certificatemanager.cnrm.cloud.google.com": (
        Row("", removed, Impact.OUTAGE, "its name is served with the default certificate, or with none", _MANAGER), _TEXT,
    ),
    "CertificateManagerDNSAuthorization.certificatemanager.cnrm.cloud.google.com": (
        Row("", removed, Impact.OUTAGE, "certificates of its domain are not renewed any more", _MANAGER), _TEXT,
    ),
    "DNSManagedZone.dns.cnrm.cloud.google.com": _ZONE_ROWS,
    "DNSRecordSet.dns.cnrm.cloud.google.com": _RECORD_ROWS,
    "DNSPolicy.dns.cnrm.cloud.google.com": _DNS_POLICY_ROWS,
}  # fmt: skip

_CERTIFICATE = (
    "make a second one with a new name, wait until it is ACTIVE, let the load balancer use it, then delete the old one"
)
INSTEAD = {
    "ComputeSecurityPolicy.compute.cnrm.cloud.google.com": "make a second policy with a new name, let the GCPBackendPolicies name it, then delete the old one",
    "ComputeSSLPolicy.compute.cnrm.cloud.google.com": "make a second policy with a new name, let the GCPGatewayPolicies name it, then delete the old one",
    "ComputeManagedSSLCertificate.compute.cnrm.cloud.google.com": _CERTIFICATE,
    "CertificateManagerCertificate.certificatemanager.cnrm.cloud.google.com": _CERTIFICATE,
    "CertificateManagerCertificateMap.certificatemanager.cnrm.cloud.google.com": "make a second map with a new name and its entries, let the Gateway name it, then delete the old one",
    "CertificateManagerCertificateMapEntry.certificatemanager.cnrm.cloud.google.com": "make a second entry with a new name, then delete the old one; a hostname can be in one entry of a map, so it has none for some seconds",
    "CertificateManagerDNSAuthorization.certificatemanager.cnrm.cloud.google.com": "make a second one with a new name, put its CNAME into the zone, let the certificate name it, then delete the old one",
    "DNSManagedZone.dns.cnrm.cloud.google.com": "make a second zone with a new name, copy its records, tell the parent its name servers, wait for the TTL of the NS records, then delete the old one; for keys, switch dnssec off first",
    "DNSRecordSet.dns.cnrm.cloud.google.com": "make a second record with a new object name, wait for the TTL, then delete the old one",
    "DNSPolicy.dns.cnrm.cloud.google.com": "delete the policy, then make one with a new name: a network has one at a time",
}  # fmt: skip
