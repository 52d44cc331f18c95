"""A small landing zone: Config Connector objects in which nothing is wrong, ways to spoil it, what the checks say then.

Objects stand in the files of units, which need each other, and each unit has its Application, as in a real project.
"""

import copy
import re
from typing import Any

from objects import LEVEL, TODAY, put
from project import plan, sources

from generator.check import check
from generator.manifest import HUB, WORKLOAD, Manifest, Object, identify
from generator.views import findings

NAMESPACE, PROJECT = "codemie-lab", "lab-project"
WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"
CNRM = "cnrm.cloud.google.com/"
WAVE_AT, OPTIONS_AT = (f"/metadata/annotations/{key.replace('/', '~1')}" for key in (WAVE, OPTIONS))
CNRM_AT = "/metadata/annotations/cnrm.cloud.google.com~1"
PUBLIC = "access: {mode: public, allowedRanges: {office: [203.0.113.0/24]}}\n"

UNITS: dict[str, tuple[str, ...]] = {
    # a unit and what it needs; the Application's wave follows
    "apis": (),
    "iam": ("apis",),
    "kms": ("apis",),
    "vpc": ("apis",),
    "cloud-sql": ("vpc",),
    "memorystore": ("vpc",),
    "gke": ("iam", "kms", "vpc"),
    "workload-identity": ("gke",),
    "edge-addresses": ("vpc",),
    "dns": ("edge-addresses",),
}
_UNIT_OF = {
    "Service": "apis",
    "IAMServiceAccount": "iam",
    "KMSKeyRing": "kms",
    "KMSCryptoKey": "kms",
    "IAMPartialPolicy": "iam",
    "StorageBucket": "iam",
    "ContainerCluster": "gke",
    "ContainerNodePool": "gke",
    "GKEHubMembership": "gke",
    "IAMPolicyMember": "workload-identity",
    "RedisInstance": "memorystore",
    "SQLInstance": "cloud-sql",
    "SQLDatabase": "cloud-sql",
    "SQLUser": "cloud-sql",
    "ExternalSecret": "cloud-sql",
    "SecretStore": "cloud-sql",
    "DNSManagedZone": "dns",
    "DNSRecordSet": "dns",
}
_GROUPS = {
    "Compute": "compute",
    "Container": "container",
    "DNS": "dns",
    "GKEHub": "gkehub",
    "IAM": "iam",
    "KMS": "kms",
    "Redis": "redis",
    "ServiceNetworking": "servicenetworking",
    "Service": "serviceusage",
    "SQL": "sql",
    "Storage": "storage",
}


def google(kind: str, name: str, wave: int, spec: dict[str, Any], **annotations: str) -> Manifest:
    """Return a Config Connector object as units write them; `annotations` are its own, without the prefix."""
    group = next(group for prefix, group in _GROUPS.items() if kind.startswith(prefix))
    own = {f"{CNRM}{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {
        "apiVersion": f"{group}.cnrm.cloud.google.com/v1beta1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": NAMESPACE,
            "annotations": {
                f"{CNRM}project-id": PROJECT,
                f"{CNRM}deletion-policy": "abandon",
                OPTIONS: "Prune=confirm,Delete=confirm,PruneLast=true",
                WAVE: str(wave),
                **own,
            },
        },
        "spec": spec,
    }


def other(version: str, kind: str, name: str, more: Manifest) -> Manifest:
    """Return an object of any other kind."""
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}, **more}


IN_NETWORK = {"networkRef": {"name": "net"}}
REGION = {"region": "europe-west3"}
FLAGS = ("cloudsql.enable_pgaudit", "log_checkpoints", "log_connections", "log_disconnections", "log_lock_waits")
LANDING: dict[str, Manifest] = {
    "namespace": {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": NAMESPACE, "labels": LEVEL, "annotations": {f"{CNRM}project-id": PROJECT}},
    },
    "api": google(
        "Service",
        "sql-api",
        0,
        {"resourceID": "sqladmin.googleapis.com", "projectRef": {"external": PROJECT}},
        disable_on_destroy="false",
    ),
    "network": google("ComputeNetwork", "net", 1, {"autoCreateSubnetworks": False}),
    "subnet": google(
        "ComputeSubnetwork",
        "nodes",
        2,
        {
            **REGION,
            **IN_NETWORK,
            "ipCidrRange": "10.10.0.0/20",
            "secondaryIpRange": [
                {"rangeName": "pods", "ipCidrRange": "172.20.0.0/16"},
                {"rangeName": "services", "ipCidrRange": "172.21.0.0/17"},
            ],
            "privateIpGoogleAccess": True,
            "logConfig": {"metadata": "INCLUDE_ALL_METADATA"},
        },
    ),
    "proxies": google(
        "ComputeSubnetwork",
        "proxies",
        2,
        {**REGION, **IN_NETWORK, "ipCidrRange": "10.10.16.0/23", "purpose": "REGIONAL_MANAGED_PROXY"},
    ),
    "router": google("ComputeRouter", "router", 2, {**REGION, **IN_NETWORK}),
    "out": google("ComputeAddress", "out", 2, {"location": "europe-west3", "addressType": "EXTERNAL"}),
    "nat": google(
        "ComputeRouterNAT", "nat", 3, {**REGION, "routerRef": {"name": "router"}, "natIps": [{"name": "out"}]}
    ),
    "firewall": google(
        "ComputeFirewall",
        "webhooks",
        3,
        {**IN_NETWORK, "direction": "INGRESS", "sourceRanges": ["10.0.0.0/28"], "allow": [{"protocol": "tcp"}]},
    ),
    "peered": google(
        "ComputeAddress",
        "peered",
        2,
        {
            **IN_NETWORK,
            "location": "global",
            "addressType": "INTERNAL",
            "purpose": "VPC_PEERING",
            "address": "10.60.0.0",
            "prefixLength": 16,
        },
    ),
    "connection": google(
        "ServiceNetworkingConnection",
        "peered",
        3,
        {
            **IN_NETWORK,
            "service": "servicenetworking.googleapis.com",
            "reservedPeeringRanges": [{"name": "peered"}],
        },
    ),
    "ring": google("KMSKeyRing", "ring", 1, {"location": "europe-west3"}),
    "key": google("KMSCryptoKey", "gke-secrets", 2, {"keyRingRef": {"name": "ring"}, "rotationPeriod": "7776000s"}),
    "account": google("IAMServiceAccount", "codemie-nodes", 1, {"displayName": "Nodes"}),
    "bucket": google(
        "StorageBucket",
        "dumps",
        2,
        {
            "resourceID": "lab-project-codemie-dumps",
            "location": "EUROPE-WEST3",
            "publicAccessPrevention": "enforced",
            "uniformBucketLevelAccess": True,
        },
    ),
    "cluster": google(
        "ContainerCluster",
        "codemie-gke",
        4,
        {
            **IN_NETWORK,
            "location": "europe-west3",
            "subnetworkRef": {"name": "nodes"},
            "networkingMode": "VPC_NATIVE",
            "ipAllocationPolicy": {"clusterSecondaryRangeName": "pods", "servicesSecondaryRangeName": "services"},
            "privateClusterConfig": {
                "enablePrivateNodes": True,
                "enablePrivateEndpoint": True,
                "masterIpv4CidrBlock": "10.0.0.0/28",
            },
            "masterAuthorizedNetworksConfig": {
                "gcpPublicCidrsAccessEnabled": False,
                "cidrBlocks": [{"cidrBlock": "10.10.0.0/20"}],
            },
            "workloadIdentityConfig": {"workloadPool": f"{PROJECT}.svc.id.goog"},
            "datapathProvider": "ADVANCED_DATAPATH",
            "enableIntranodeVisibility": True,
            "enableShieldedNodes": True,
            "databaseEncryption": {
                "state": "ENCRYPTED",
                "keyName": f"projects/{PROJECT}/locations/europe-west3/keyRings/ring/cryptoKeys/gke-secrets",
            },
            "binaryAuthorization": {"evaluationMode": "DISABLED"},
            "securityPostureConfig": {"mode": "BASIC"},
            "releaseChannel": {"channel": "STABLE"},
            "loggingConfig": {"enableComponents": ["SYSTEM_COMPONENTS"]},
            "monitoringConfig": {"enableComponents": ["SYSTEM_COMPONENTS"]},
        },
        remove_default_node_pool="true",
    ),
    "pool": google(
        "ContainerNodePool",
        "main",
        5,
        {
            "location": "europe-west3",
            "clusterRef": {"name": "codemie-gke"},
            "management": {"autoRepair": True, "autoUpgrade": True},
            "nodeConfig": {
                "imageType": "COS_CONTAINERD",
                "serviceAccountRef": {"name": "codemie-nodes"},
                "shieldedInstanceConfig": {"enableIntegrityMonitoring": True, "enableSecureBoot": True},
                "workloadMetadataConfig": {"mode": "GKE_METADATA"},
            },
        },
    ),
    "pod": {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": "web",
            "namespace": "codemie",
            "annotations": {"iam.gke.io/gcp-service-account": f"codemie-nodes@{PROJECT}.iam.gserviceaccount.com"},
        },
        "automountServiceAccountToken": False,
    },
    "grant": google(
        "IAMPolicyMember",
        "web-identity",
        5,
        {
            "role": "roles/iam.workloadIdentityUser",
            "member": f"serviceAccount:{PROJECT}.svc.id.goog[codemie/web]",
            "resourceRef": {
                "apiVersion": "iam.cnrm.cloud.google.com/v1beta1",
                "kind": "IAMServiceAccount",
                "name": "codemie-nodes",
            },
        },
    ),
    "instance": google(
        "SQLInstance",
        "codemie-postgresql",
        4,
        {
            **REGION,
            "settings": {
                "tier": "db-custom-1-3840",
                "availabilityType": "ZONAL",
                "deletionProtectionEnabled": True,
                "ipConfiguration": {
                    "ipv4Enabled": False,
                    "privateNetworkRef": {"name": "net"},
                    "allocatedIpRange": "peered",
                    "sslMode": "ENCRYPTED_ONLY",
                },
                "backupConfiguration": {"enabled": True, "pointInTimeRecoveryEnabled": True},
                "databaseFlags": [{"name": name, "value": "on"} for name in FLAGS],
            },
        },
    ),
    "redis": google(
        "RedisInstance",
        "codemie-redis",
        4,
        {
            **REGION,
            "memorySizeGb": 1,
            "authorizedNetworkRef": {"name": "net"},
            "connectMode": "PRIVATE_SERVICE_ACCESS",
            "authEnabled": True,
            "transitEncryptionMode": "SERVER_AUTHENTICATION",
        },
    ),
    "database": google(
        "SQLDatabase", "codemie", 5, {"instanceRef": {"name": "codemie-postgresql"}, "deletionPolicy": "ABANDON"}
    ),
    "store": other("external-secrets.io/v1", "SecretStore", "store", {"spec": {}}),
    "password": other(
        "external-secrets.io/v1",
        "ExternalSecret",
        "database-codemie",
        {"spec": {"secretStoreRef": {"name": "store"}, "data": [{"secretKey": "password"}]}},
    ),
    "user": google(
        "SQLUser",
        "codemie",
        5,
        {
            "instanceRef": {"name": "codemie-postgresql"},
            "password": {"valueFrom": {"secretKeyRef": {"name": "database-codemie", "key": "password"}}},
        },
    ),
    "edge": google(
        "ComputeAddress",
        "codemie-edge",
        2,
        {
            "location": "europe-west3",
            "addressType": "INTERNAL",
            "purpose": "SHARED_LOADBALANCER_VIP",
            "subnetworkRef": {"name": "nodes"},
        },
    ),
    "zone": google(
        "DNSManagedZone",
        "codemie",
        3,
        {
            "dnsName": "lab.example.com.",
            "visibility": "private",
            "privateVisibilityConfig": {"networks": [{"networkRef": {"name": "net"}}]},
        },
    ),
    "record": google(
        "DNSRecordSet",
        "codemie",
        7,
        {
            "name": "codemie.lab.example.com.",
            "type": "A",
            "managedZoneRef": {"name": "codemie"},
            "rrdatasRefs": [{"kind": "ComputeAddress", "name": "codemie-edge"}],
        },
    ),
}


def landing(*added: Manifest, **changes: dict[str, Any]) -> list[Manifest]:
    """Return the landing zone with fields changed ({pointer: value} by object) and objects added."""
    manifests = {name: copy.deepcopy(manifest) for name, manifest in LANDING.items()}  # they share parts
    for name, fields in changes.items():
        for pointer, value in fields.items():
            put(manifests[name], pointer, value)
    return [*manifests.values(), *added]


def machine() -> Manifest:
    """Return a virtual machine, which the landing zone can be without."""
    spec: dict[str, Any] = {
        "zone": "europe-west3-a",
        "networkInterface": [dict(IN_NETWORK)],
        "serviceAccount": {
            "serviceAccountRef": {"external": f"bastion@{PROJECT}.iam.gserviceaccount.com"},
            "scopes": [],
        },
        "shieldedInstanceConfig": {"enableSecureBoot": True, "enableVtpm": True, "enableIntegrityMonitoring": True},
        "metadata": [{"key": key, "value": "TRUE"} for key in ("enable-oslogin", "block-project-ssh-keys")],
    }
    return copy.deepcopy(google("ComputeInstance", "bastion", 5, spec))


def said(
    manifests: list[Manifest], lab: str = "", needs: dict[str, tuple[str, ...]] | None = None, off: str = ""
) -> str:
    """Return what the checks say, without the files. `needs` are other needs of units, `off` is a unit that is not there."""
    units = {name: others for name, others in {**UNITS, **(needs or {})}.items() if name != off}
    texts = {
        f"templates/infra/{name}/component.yaml": f"title: A resource\nneeds: [{', '.join(others)}]\n"
        for name, others in units.items()
    }
    planned = plan(sources(lab, **texts))
    waves = {f"lab-{unit.name}": str(unit.wave) for unit in planned.units}
    applications = [
        other("argoproj.io/v1alpha1", "Application", name, {"metadata": {"name": name, "annotations": {WAVE: wave}}})
        for name, wave in waves.items()
    ]
    objects = (_object(manifest) for manifest in (*manifests, *applications))
    found = check(tuple(sorted(objects)), planned, today=TODAY).findings
    text = findings.text(item for item in found if item.rule not in ("not-covered", "contract", "kubernetes-schema"))
    return re.sub(r"(?m)^(warning: )?templates/\S+: ", r"\1", text)


def _object(manifest: Manifest) -> Object:
    kind = manifest["kind"]
    workload = kind == "Gateway" or (kind == "Service" and manifest["apiVersion"] == "v1")
    unit = "edge-addresses" if manifest["metadata"]["name"] == "codemie-edge" else _UNIT_OF.get(kind, "vpc")
    ours = kind not in ("Namespace", "Application", "SecretStore") and not workload
    file = f"templates/infra/{unit}/x.yaml.j2" if ours else "templates/x.yaml.j2"
    return Object(identify(manifest, WORKLOAD if workload else HUB), manifest, file)
