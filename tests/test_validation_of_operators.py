"""What operators and Google refuse of custom kinds though their CRDs take it: at each limit, and one beyond.

Each case changes one good object.
"""

import copy
from typing import Any

import pytest
from objects import GONE, put

from generator.check.schema import contract
from generator.check.schema.contract import Contracts
from generator.kinds import Kinds
from generator.manifest import Manifest, Object, identify

CONTRACTS = Contracts(Kinds({}), "1.34")
BACKEND = {"group": "", "kind": "Service", "name": "web", "port": 80, "weight": 1}
PREFIX = {"path": {"type": "PathPrefix", "value": "/a"}}
TO_ROOT = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}
REWRITE = {"type": "URLRewrite", "urlRewrite": {"path": TO_ROOT}}
HTTPS = {
    "name": "https",
    "port": 443,
    "protocol": "HTTPS",
    "hostname": "*.example.com",
    "tls": {"mode": "Terminate", "certificateRefs": [{"group": "", "kind": "Secret", "name": "tls"}]},
    "allowedRoutes": {"namespaces": {"from": "Same"}},
}
ENDPOINT = {"port": "metrics", "interval": "30s"}
LOG_MATCH = {"displayName": "a", "conditionMatchedLog": {"filter": "x"}}
DATA = {"secretKey": "a", "remoteRef": {"key": "b", "conversionStrategy": "Default", "decodingStrategy": "None"}}
DATA["remoteRef"] |= {"metadataPolicy": "None"}  # type: ignore[operator]
GOOD: dict[str, dict[str, Any]] = {
    "external-secrets.io/v1 ExternalSecret": {
        "refreshInterval": "1h",
        "secretStoreRef": {"kind": "SecretStore", "name": "store"},
        "target": {"name": "web"},
        "data": [DATA],
    },
    "external-secrets.io/v1 SecretStore": {"provider": {"gcpsm": {}}, "retrySettings": {"retryInterval": "10s"}},
    "cert-manager.io/v1 Certificate": {
        "secretName": "web",
        "dnsNames": ["web.example.com"],
        "issuerRef": {"name": "ca"},
        "privateKey": {"algorithm": "RSA", "size": 2048},
        "duration": "2h",
    },
    "cert-manager.io/v1 ClusterIssuer": {
        "acme": {
            "server": "https://acme.example.com",
            "privateKeySecretRef": {"name": "key"},
            "solvers": [{"dns01": {"cloudDNS": {"project": "lab"}}}],
        }
    },
    "elasticsearch.k8s.elastic.co/v1 Elasticsearch": {
        "version": "8.19.4",
        "nodeSets": [{"name": "default", "count": 1}, {"name": "more", "count": 1}],
    },
    "kibana.k8s.elastic.co/v1 Kibana": {"version": "8.19.4"},
    "gateway.networking.k8s.io/v1 Gateway": {"gatewayClassName": "web", "listeners": [HTTPS]},
    "gateway.networking.k8s.io/v1 HTTPRoute": {
        "hostnames": ["www.example.com"],
        "rules": [{"backendRefs": [BACKEND], "matches": [PREFIX]}],
    },
    "networking.gke.io/v1 HealthCheckPolicy": {
        "targetRef": {"group": "", "kind": "Service", "name": "web"},
        "default": {"checkIntervalSec": 10, "timeoutSec": 10},
    },
    "cloud.google.com/v1 BackendConfig": {"healthCheck": {"checkIntervalSec": 10, "timeoutSec": 10}},
    "compute.cnrm.cloud.google.com/v1beta1 ComputeHealthCheck": {"checkIntervalSec": 10, "timeoutSec": 10},
    "monitoring.googleapis.com/v1 PodMonitoring": {"selector": {}, "endpoints": [ENDPOINT]},
    "monitoring.googleapis.com/v1 Rules": {
        "groups": [{"name": "a", "interval": "1m", "rules": [{"alert": "A", "expr": "up", "for": "5m"}]}]
    },
    "container.cnrm.cloud.google.com/v1beta1 ContainerNodePool": {
        "clusterRef": {"name": "c"},
        "location": "europe-west3",
        "initialNodeCount": 1,
        "autoscaling": {"minNodeCount": 1, "maxNodeCount": 3},
    },
    "kms.cnrm.cloud.google.com/v1beta1 KMSCryptoKey": {"keyRingRef": {"name": "r"}, "rotationPeriod": "86400s"},
    "secretmanager.cnrm.cloud.google.com/v1beta1 SecretManagerSecret": {"replication": {"automatic": True}},
    "monitoring.cnrm.cloud.google.com/v1beta1 MonitoringUptimeCheckConfig": {
        "displayName": "a",
        "projectRef": {"external": "lab"},
        "timeout": "60s",
    },
    "monitoring.cnrm.cloud.google.com/v1beta1 MonitoringAlertPolicy": {
        "combiner": "OR",
        "displayName": "a",
        "conditions": [
            {"displayName": "a", "conditionPrometheusQueryLanguage": {"query": "up", "evaluationInterval": "30s"}}
        ],
    },
}
DURATION = "must be a duration such as 90s, 15m or 1h30m"
SECONDS = "must be a number of seconds such as 300s"
PROMETHEUS = "must be a duration such as 30s, 5m or 1h30m"
FILTER = "needs its type, and the one field that belongs to it"
NO_MASTER = "has no node that can be master"
PREFIX_NEEDS_MATCH = "replaces a prefix, which needs exactly one match, of the type PathPrefix"
REPLACED = "needs replaceFullPath for the type ReplaceFullPath, replacePrefixMatch for ReplacePrefixMatch"
HOST = "must be a host name such as www.example.com or *.example.com"
PATH = "must start with /, and hold no //, /./, /../ or %2F and only characters of a URL"
RULE, LISTENER, FIRST = "/rules/0", "/listeners/0", "/endpoints/0"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("ExternalSecret", {"/refreshInterval": "1 hour"}, f"/refreshInterval: {DURATION}"),
    ("ExternalSecret", {"/refreshInterval": "1d"}, f"/refreshInterval: {DURATION}"),
    ("ExternalSecret", {"/refreshInterval": "30"}, f"/refreshInterval: {DURATION}"),
    ("ExternalSecret", {"/data": GONE}, ": needs data or dataFrom"),
    ("ExternalSecret", {"/data": []}, ": needs data or dataFrom"),
    ("ExternalSecret", {"/data": [DATA, DATA]}, "/data: has two items with the same secretKey"),
    ("ExternalSecret", {"/secretStoreRef": GONE}, "/data/0: names no store"),
    ("ExternalSecret", {"/dataFrom": [{}]}, "/dataFrom/0: needs extract, find or sourceRef"),
    (
        "ExternalSecret",
        {"/dataFrom": [{"find": {}, "sourceRef": {"generatorRef": {"kind": "Password", "name": "p"}}}]},
        "/dataFrom/0: takes only one of extract, find and a generator",
    ),
    (
        "ExternalSecret",
        {"/dataFrom": [{"sourceRef": {}}]},
        "/dataFrom/0/sourceRef: needs one of storeRef and generatorRef",
    ),
    (
        "ExternalSecret",
        {"/target/deletionPolicy": "Delete", "/target/creationPolicy": "Merge"},
        "/target/creationPolicy: deletes a Secret that it does not own",
    ),
    (
        "ExternalSecret",
        {"/target/deletionPolicy": "Merge", "/target/creationPolicy": "None"},
        "/target/creationPolicy: makes no Secret to merge with",
    ),
    (
        "ExternalSecret",
        {"/target/name": "Web_1"},
        "/target/name: must be a DNS name of lower-case letters, digits, dashes and dots, with at most 253 characters",
    ),
    ("SecretStore", {"/provider/kubernetes": {}}, "/provider: needs exactly one provider"),
    ("SecretStore", {"/retrySettings/retryInterval": "ten"}, f"/retrySettings/retryInterval: {DURATION}"),
    ("Certificate", {"/duration": "90 days"}, f"/duration: {DURATION}"),
    ("Certificate", {"/duration": "59m59s"}, "/duration: must be at least 1h"),
    ("Certificate", {"/renewBefore": "4m59s"}, "/renewBefore: must be at least 5m"),
    ("Certificate", {"/renewBefore": "120m"}, ": renewBefore must be below duration"),
    (
        "Certificate",
        {"/duration": GONE, "/renewBefore": "2160h"},
        "/renewBefore: must be below the duration, which is 2160h by default",
    ),
    (
        "Certificate",
        {"/renewBefore": "5m", "/renewBeforePercentage": 50},
        ": has renewBefore beside renewBeforePercentage",
    ),
    ("Certificate", {"/renewBeforePercentage": 0}, "/renewBeforePercentage: must be at least 1"),
    ("Certificate", {"/renewBeforePercentage": 100}, "/renewBeforePercentage: must be at most 99"),
    ("Certificate", {"/dnsNames": []}, ": certifies no name"),
    ("Certificate", {"/commonName": "a" * 65}, "/commonName: must hold at most 64 characters"),
    ("Certificate", {"/issuerRef/kind": "CAIssuer"}, "/issuerRef/kind: must be Issuer or ClusterIssuer"),
    ("Certificate", {"/privateKey/size": 2047}, "/privateKey/size: must be between 2048 and 8192 for RSA"),
    ("Certificate", {"/privateKey": {"size": 8193}}, "/privateKey/size: must be between 2048 and 8192 for RSA"),
    (
        "Certificate",
        {"/privateKey": {"algorithm": "ECDSA", "size": 2048}},
        "/privateKey/size: must be 256, 384 or 521 for ECDSA",
    ),
    ("Certificate", {"/signatureAlgorithm": "ECDSAWithSHA256"}, "/signatureAlgorithm: does not sign with an RSA key"),
    ("Certificate", {"/ipAddresses": ["10.0.0.256"]}, "/ipAddresses/0: must be an IP address"),
    (
        "Certificate",
        {"/secretTemplate": {"annotations": {"cert-manager.io/common-name": "a"}}},
        "/secretTemplate/annotations: has an annotation that cert-manager keeps for itself",
    ),
    (
        "Certificate",
        {"/secretName": ""},
        "/secretName: must be a DNS name of lower-case letters, digits, dashes and dots, with at most 253 characters",
    ),
    ("ClusterIssuer", {"/acme/solvers": [{}]}, "/acme/solvers/0: solves nothing"),
    ("ClusterIssuer", {"/acme/solvers": [{"dns01": {}}]}, "/acme/solvers/0/dns01: names no provider"),
    ("Elasticsearch", {"/version": "8.19"}, "/version: must be a version such as 8.19.4, from 7 to 9"),
    ("Elasticsearch", {"/version": "6.8.0"}, "/version: must be a version such as 8.19.4, from 7 to 9"),
    ("Elasticsearch", {"/nodeSets/1/name": "default"}, "/nodeSets: has two items with the same name"),
    (
        "Elasticsearch",
        {"/nodeSets/1/name": "a" * 24},
        "/nodeSets/1/name: must be at most 23 lower-case letters, digits and dashes",
    ),
    ("Elasticsearch", {"/nodeSets": [{"name": "a", "count": 0}]}, f"/nodeSets: {NO_MASTER}"),
    (
        "Elasticsearch",
        {"/nodeSets": [{"name": "a", "count": 1, "config": {"node.roles": ["data"]}}]},
        f"/nodeSets: {NO_MASTER}",
    ),
    (
        "Elasticsearch",
        {"/nodeSets": [{"name": "a", "count": 1, "config": {"node": {"roles": ["master", "voting_only"]}}}]},
        f"/nodeSets: {NO_MASTER}",
    ),
    (
        "Elasticsearch",
        {"/nodeSets/0/volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
        "/nodeSets/0: claims a volume that no container mounts",
    ),
    ("Kibana", {"/version": "latest"}, "/version: must be a version such as 8.19.4, from 7 to 9"),
    ("Gateway", {"/listeners": [HTTPS, HTTPS | {"port": 8443}]}, "/listeners: has two items with the same name"),
    (
        "Gateway",
        {"/listeners": [HTTPS, HTTPS | {"name": "other"}]},
        "/listeners: has two items with the same port and protocol and hostname",
    ),
    (
        "Gateway",
        {f"{LISTENER}/protocol": "HTTP"},
        f"{LISTENER}/tls: is for listeners of the protocols HTTPS and TLS",
    ),
    (
        "Gateway",
        {f"{LISTENER}/protocol": "TCP", f"{LISTENER}/tls": GONE},
        f"{LISTENER}/hostname: is for listeners of the protocols HTTP, HTTPS and TLS",
    ),
    (
        "Gateway",
        {f"{LISTENER}/tls/mode": "Passthrough"},
        f"{LISTENER}/tls/mode: must be Terminate for the protocol HTTPS",
    ),
    (
        "Gateway",
        {f"{LISTENER}/protocol": "TLS", f"{LISTENER}/tls": GONE},
        f"{LISTENER}: needs tls for the protocol TLS",
    ),
    ("Gateway", {f"{LISTENER}/tls/certificateRefs": []}, f"{LISTENER}/tls: ends TLS without a certificate"),
    ("Gateway", {f"{LISTENER}/hostname": "www.*.com"}, f"{LISTENER}/hostname: {HOST}"),
    ("HTTPRoute", {"/hostnames/0": "WWW.example.com"}, f"/hostnames/0: {HOST}"),
    ("HTTPRoute", {f"{RULE}/filters": [REDIRECT]}, f"{RULE}: has backendRefs beside a redirect"),
    (
        "HTTPRoute",
        {f"{RULE}/filters": [REDIRECT, REWRITE], f"{RULE}/backendRefs": GONE},
        f"{RULE}/filters: has both a redirect and a rewrite",
    ),
    (
        "HTTPRoute",
        {f"{RULE}/filters": [REWRITE, REWRITE]},
        f"{RULE}/filters: has the filter URLRewrite twice",
    ),
    ("HTTPRoute", {f"{RULE}/filters": [{"type": "URLRewrite"}]}, f"{RULE}/filters/0: {FILTER}"),
    ("HTTPRoute", {f"{RULE}/filters": [REWRITE | {"type": "RequestMirror"}]}, f"{RULE}/filters/0: {FILTER}"),
    (
        "HTTPRoute",
        {f"{RULE}/filters": [REWRITE], f"{RULE}/matches": [PREFIX, PREFIX]},
        f"{RULE}/matches: {PREFIX_NEEDS_MATCH}",
    ),
    (
        "HTTPRoute",
        {f"{RULE}/filters": [REWRITE], f"{RULE}/matches/0/path/type": "Exact"},
        f"{RULE}/matches/0/path/type: {PREFIX_NEEDS_MATCH}",
    ),
    (
        "HTTPRoute",
        {f"{RULE}/filters": [{"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplaceFullPath"}}}]},
        f"{RULE}/filters/0/urlRewrite/path: {REPLACED}",
    ),
    *[
        ("HTTPRoute", {f"{RULE}/matches/0/path/value": path}, f"{RULE}/matches/0/path/value: {PATH}")
        for path in ("a", "", "/a//b", "/a/../b", "/a/.", "/a%2fb", "/a#b", "/a b", "/%zz")
    ],
    ("HTTPRoute", {f"{RULE}/backendRefs/0/port": GONE}, f"{RULE}/backendRefs/0: needs the port of the Service"),
    (
        "HTTPRoute",
        {f"{RULE}/timeouts": {"request": "10s", "backendRequest": "11s"}},
        f"{RULE}/timeouts: backendRequest must not be above request",
    ),
    (
        "HTTPRoute",
        {f"{RULE}/timeouts": {"request": "1.5s"}},
        f"{RULE}/timeouts/request: must match ^([0-9]{{1,5}}(h|m|s|ms)){{1,4}}$",
    ),
    (
        "HTTPRoute",
        {f"{RULE}/filters": [{"type": "CORS", "cors": {"allowOrigins": ["*", "https://a.example.com"], "maxAge": 5}}]},
        f"{RULE}/filters/0/cors/allowOrigins: has * beside others",
    ),
    *[
        (kind, {f"{at}/timeoutSec": 11}, f"{at}: timeoutSec must not be above checkIntervalSec")
        for kind, at in (
            ("HealthCheckPolicy", "/default"),
            ("BackendConfig", "/healthCheck"),
            ("ComputeHealthCheck", ""),
        )
    ],
    (
        "HealthCheckPolicy",
        {"/default": {"timeoutSec": 6}},
        "/default/timeoutSec: must not be above checkIntervalSec",
    ),
    (
        "HealthCheckPolicy",
        {"/default": {"checkIntervalSec": 4}},
        "/default/checkIntervalSec: must not be below timeoutSec",
    ),
    ("ComputeHealthCheck", {"/healthyThreshold": 11}, "/healthyThreshold: must be at most 10"),
    ("PodMonitoring", {f"{FIRST}/timeout": "31s"}, f"{FIRST}: timeout must not be above interval"),
    ("PodMonitoring", {f"{FIRST}/timeout": "10 seconds"}, f"{FIRST}/timeout: {PROMETHEUS}"),
    ("PodMonitoring", {f"{FIRST}/timeout": "0.5s"}, f"{FIRST}/timeout: {PROMETHEUS}"),
    ("PodMonitoring", {f"{FIRST}/port": 0}, f"{FIRST}/port: must name a port"),
    (
        "PodMonitoring",
        {f"{FIRST}/authorization": {}, f"{FIRST}/basicAuth": {}},
        f"{FIRST}: has authorization beside basicAuth",
    ),
    (
        "PodMonitoring",
        {f"{FIRST}/metricRelabeling": [{"targetLabel": "cluster"}]},
        f"{FIRST}/metricRelabeling/0/targetLabel: must not be a label that Managed Service for Prometheus sets itself",
    ),
    ("Rules", {"/groups/0/interval": "1 minute"}, f"/groups/0/interval: {PROMETHEUS}"),
    ("Rules", {"/groups/0/rules/0/record": "a"}, "/groups/0/rules/0: needs one of record and alert"),
    ("Rules", {"/groups/0/rules/0/for": "five"}, f"/groups/0/rules/0/for: {PROMETHEUS}"),
    (
        "ContainerNodePool",
        {"/nodeCount": 3},
        "/nodeCount: has no effect that lasts beside autoscaling, which sets the number of nodes itself",
    ),
    (
        "ContainerNodePool",
        {"/autoscaling/minNodeCount": 4},
        "/autoscaling: minNodeCount must not be above maxNodeCount",
    ),
    (
        "ContainerNodePool",
        {"/autoscaling/totalMaxNodeCount": 4, "/autoscaling/maxNodeCount": GONE},
        "/autoscaling/minNodeCount: counts nodes of each zone, beside totals",
    ),
    (
        "ContainerNodePool",
        {"/autoscaling": {"totalMinNodeCount": 5, "totalMaxNodeCount": 4}},
        "/autoscaling: totalMinNodeCount must not be above totalMaxNodeCount",
    ),
    (
        "ContainerNodePool",
        {"/upgradeSettings": {"maxSurge": 0, "maxUnavailable": 0}},
        "/upgradeSettings: has 0 for both maxSurge and maxUnavailable",
    ),
    ("SecretManagerSecret", {"/ttl": "1h"}, f"/ttl: {SECONDS}"),
    ("SecretManagerSecret", {"/ttl": "300s", "/expireTime": "2030-01-01T00:00:00Z"}, ": has expireTime beside ttl"),
    (
        "SecretManagerSecret",
        {"/topics": [{"topicRef": {"name": "t"}}], "/rotation": {"rotationPeriod": "3600s"}},
        "/rotation: has rotationPeriod without nextRotationTime",
    ),
    ("MonitoringUptimeCheckConfig", {"/timeout": "61s"}, "/timeout: must be at most 60s"),
    (
        "MonitoringAlertPolicy",
        {"/conditions/0/conditionPrometheusQueryLanguage/duration": "5m"},
        f"/conditions/0/conditionPrometheusQueryLanguage/duration: {SECONDS}",
    ),
    (
        "MonitoringAlertPolicy",
        {"/alertStrategy": {"autoClose": "1799s"}},
        "/alertStrategy/autoClose: must be at least 1800s",
    ),
    (
        "MonitoringAlertPolicy",
        {"/conditions": [LOG_MATCH]},
        ": needs alertStrategy.notificationRateLimit, since a condition is on log entries",
    ),
]
TAKEN: list[tuple[str, dict[str, Any]]] = [
    *[("ExternalSecret", {"/refreshInterval": text}) for text in ("1h0m0s", "0", "0s", "1.5h", "90s")],
    (
        "ExternalSecret",
        {
            "/data": GONE,
            "/dataFrom": [
                {
                    "sourceRef": {
                        "generatorRef": {
                            "apiVersion": "generators.external-secrets.io/v1alpha1",
                            "kind": "Password",
                            "name": "p",
                        }
                    }
                }
            ],
        },
    ),
    ("ExternalSecret", {"/target": {"deletionPolicy": "Merge"}, "/data": [DATA, DATA]}),
    ("ExternalSecret", {"/target/deletionPolicy": "Delete"}),
    ("Certificate", {"/duration": "1h", "/renewBefore": "59m59s"}),
    ("Certificate", {"/renewBefore": "5m"}),
    ("Certificate", {"/renewBeforePercentage": 99}),
    ("Certificate", {"/duration": GONE, "/renewBefore": "720h"}),
    ("Certificate", {"/dnsNames": GONE, "/commonName": "a" * 64}),
    ("Certificate", {"/privateKey/size": 8192}),
    ("Certificate", {"/privateKey": {"algorithm": "ECDSA", "size": 521}, "/signatureAlgorithm": "ECDSAWithSHA512"}),
    ("Certificate", {"/privateKey": {"algorithm": "Ed25519"}, "/signatureAlgorithm": "PureEd25519"}),
    ("Certificate", {"/issuerRef": {"name": "ca", "kind": "AWSPCAClusterIssuer", "group": "awspca.cert-manager.io"}}),
    ("Certificate", {"/secretTemplate": {"annotations": {"cert-manager.io/allow-direct-injection": "true"}}}),
    ("Elasticsearch", {"/version": "9.1.0-SNAPSHOT", "/nodeSets/1/name": "a" * 23}),
    ("Elasticsearch", {"/nodeSets/0/count": 0}),
    ("Elasticsearch", {"/nodeSets/0/config": {"node.roles": ["data"]}}),
    ("Elasticsearch", {"/nodeSets/0/volumeClaimTemplates": [{"metadata": {"name": "elasticsearch-data"}}]}),
    ("Gateway", {"/listeners": [HTTPS, HTTPS | {"name": "other", "hostname": "example.com"}]}),
    ("Gateway", {f"{LISTENER}/tls": {"mode": "Terminate", "options": {"a": "b"}}}),
    ("HTTPRoute", {f"{RULE}/filters": [REDIRECT], f"{RULE}/backendRefs": GONE}),
    ("HTTPRoute", {f"{RULE}/filters": [REWRITE]}),
    ("HTTPRoute", {f"{RULE}/timeouts": {"request": "10s", "backendRequest": "10s"}}),
    ("HTTPRoute", {f"{RULE}/timeouts": {"request": "0s", "backendRequest": "10s"}}),
    ("HTTPRoute", {f"{RULE}/matches/0/path": {"type": "RegularExpression", "value": "a//b"}}),
    *[("HTTPRoute", {f"{RULE}/matches/0/path/value": path}) for path in ("/", "/a.b/..c/%20", "/a/.b/", "/v1/a:b@c")],
    ("HealthCheckPolicy", {"/default": {"timeoutSec": 5}}),
    ("HealthCheckPolicy", {"/default": {"checkIntervalSec": 5}}),
    ("HealthCheckPolicy", {"/default": GONE}),
    ("PodMonitoring", {f"{FIRST}/timeout": "30s"}),
    ("PodMonitoring", {f"{FIRST}/interval": "1m30s", f"{FIRST}/timeout": "10s"}),
    ("Rules", {"/groups/0/rules": [{"record": "a:b", "expr": "up"}]}),
    ("ContainerNodePool", {"/autoscaling": GONE, "/nodeCount": 3}),
    ("ContainerNodePool", {"/autoscaling/minNodeCount": 3}),
    ("ContainerNodePool", {"/autoscaling": {"totalMinNodeCount": 0, "totalMaxNodeCount": 4}}),
    ("ContainerNodePool", {"/upgradeSettings": {"maxSurge": 0, "maxUnavailable": 1}}),
    ("SecretManagerSecret", {"/ttl": "300.5s"}),
    ("MonitoringUptimeCheckConfig", {"/timeout": "1s"}),
    ("MonitoringAlertPolicy", {"/alertStrategy": {"autoClose": "1800s"}}),
    (
        "MonitoringAlertPolicy",
        {"/conditions": [LOG_MATCH], "/alertStrategy": {"notificationRateLimit": {"period": "300s"}}},
    ),
]


def told(kind: str, changes: dict[str, Any]) -> list[str]:
    """Return what is said of a good object of a kind after some changes of its spec."""
    version = next(name.split()[0] for name in GOOD if name.endswith(f" {kind}"))
    spec = copy.deepcopy(GOOD[f"{version} {kind}"])
    manifest: Manifest = {"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": "lab"}}
    manifest["spec"] = spec
    for place, value in changes.items():
        put(spec, place, value)
    item = Object(identify(manifest, "workload"), manifest, "file.yaml")
    judge = CONTRACTS.judging(item)
    assert judge
    return [f"{finding.path.removeprefix('/spec')}: {finding.message}" for finding in contract.check(item, judge)]


@pytest.mark.parametrize("kind", [name.split()[1] for name in GOOD])
def test_a_good_object_is_taken(kind: str) -> None:
    assert told(kind, {}) == []


@pytest.mark.parametrize(("kind", "changes", "message"), REFUSED)
def test_it_is_refused_beyond_the_limit(kind: str, changes: dict[str, Any], message: str) -> None:
    assert message in told(kind, changes)


@pytest.mark.parametrize(("kind", "changes"), TAKEN)
def test_it_is_taken_at_the_limit(kind: str, changes: dict[str, Any]) -> None:
    assert told(kind, changes) == []
