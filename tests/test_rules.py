"""Each rule of generator/environment/rules/: a case it refuses, with the line as printed, and the neighbour it accepts."""

import pytest
from project import component, load, printed, sources, values

from generator.environment.rules import RULES
from generator.errors import InputInvalid
from generator.google.machines import FAMILIES
from generator.views import findings

LAB = "environments/lab.yaml"
DEFAULTS = "environments/profiles/defaults.yaml"
OPEN_HINT = "list your offices and VPNs; if you mean it, set access.allowWholeInternet: true"
OPEN = f"together these ranges cover half of the internet or more [access-open]\n  hint: {OPEN_HINT}\n"
FREE = "  hint: choose a free range; the other side decides the peered ranges\n"
ISSUER_HINT = "write ca for a private CA, or public-zone for DNS-01 through a public Cloud DNS zone"

BRANCH = "e.g. main or env/prod; no refs/, no double dots or slashes, none at the end"

E2_CUSTOM = "e2-custom-<vCPUs>-<MiB> has 2, 4, 6 ... 32 vCPUs, 0.5 to 8 GiB for each, in steps of 256 MiB"
HYPERDISK = "supports only Hyperdisk, but the boot disk and the volumes are Persistent Disks [machine-disk]"

NEW = "if Google has it by now, end the line with: # accepted {}: why"
OWN_DOMAIN = "use a domain that you own, or a part of one, such as codemie.example.com"

UNUSED = (
    "has no effect: a private environment is reached from inside the VPC only [access-unused]\n"
    "  hint: remove them; people connect through the bastion or from network.peered\n"
)
REGION_5 = (
    "2:7: gcp.region: europe-west5 is not a region that Google listed on 2026-11-30 [location-unknown]\n"
    f"  hint: did you mean europe-west9 or europe-west8 or europe-west6?; {NEW.format('location-unknown')}\n"
)

PRIVATE = "  hint: choose a private range, of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10\n"
DOCKER = (
    "overlaps 172.17.0.0/16: Cloud SQL and Memorystore use it inside, and never answer an address in it "
    "[network-reserved]\n  hint: choose another range\n"
)
GOOG = "; Google refuses its own: https://www.gstatic.com/ipranges/goog.txt\n"
BALANCERS = "Google's load balancers and health checks"
BY_INTERNET = "  hint: list the addresses by which your offices and VPNs are seen on the internet\n"

BASTION = {
    "templates/infra/bastion/component.yaml": "title: Bastion\noptional: true\n",
    "templates/infra/bastion/values.schema.json": values(
        machineType={"type": "string", "default": "e2-small"}, zone={"type": "string", "default": ""}
    ),
}
PUBLIC = "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\n"
API = component(
    "api",
    values=values(redis={"type": "string", "default": "none"}, customerComponents={"type": "object", "default": {}}),
)
REDIS = "components: {api: {redis: in-cluster}}\n"
PEOPLE = "access: {bastion: {members: {ann: user:ann@example.com}}}\n"

WINDOW, RECURS = "gke.maintenanceWindow", "gke.maintenanceWindow.recurrence:"
EARLY = ("2026-01-03T01:00:00Z", "2026-01-03T07:00:00Z")
NO_DAY = ("is not a time of the calendar", "RFC 3339, such as 2026-01-03T01:00:00Z")
RFC_5545, WEEK = "RFC 5545, such as FREQ=WEEKLY;BYDAY=SA,SU", "MO, TU, WE, TH, FR, SA, SU"
HOURS_48 = "GKE asks for 48 hours in any 32 days, in windows of 4 or more"
CRON_FIELDS = "minute, hour, day, month, day of the week"
CRON_HINT = "such as 0 22 * * 1-5: at 22:00 from Monday to Friday; Sunday is 0"
GO_HINT = "such as 2h, 90m or 1h30m"


def sync_windows(**windows: dict[str, str]) -> str:
    """Return an environment with sync windows that differ from a good one in some keys."""
    good = {"kind": "deny", "schedule": "0 22 * * *", "duration": "2h", "timeZone": "Europe/Berlin"}
    written = {
        name: ", ".join(
            f"{key}: '{value}'" if key != "kind" else f"{key}: {value}" for key, value in {**good, **own}.items()
        )
        for name, own in windows.items()
    }
    each = ", ".join(f"{name}: {{{text}, manualSync: true, syncOverrun: false}}" for name, text in written.items())
    return f"argocd: {{syncWindows: {{{each}}}}}\n"


REFUSED = {
    "ranges_do_not_overlap": [
        (
            "network: {services: 172.20.128.0/17}\n",
            f"{LAB}:2:11: network.services: overlaps network.pods (172.20.0.0/16, {DEFAULTS}:21) [network-overlap]\n{FREE}",
        ),
        (
            "network:\n  nodes: 10.20.0.0/20\n  peered:\n    office: 10.20.0.0/28\n",
            f"{LAB}:5:5: network.peered.office: overlaps network.nodes (10.20.0.0/20, {LAB}:3) [network-overlap]\n{FREE}",
        ),
        (
            "network: {peered: {a: 10.99.0.0/16, b: 10.99.1.0/24}}\n",
            f"{LAB}:2:37: network.peered.b: overlaps network.peered.a (10.99.0.0/16, {LAB}:2) [network-overlap]\n{FREE}",
        ),
    ],
    "corporate_ranges_are_not_our_own": [
        (
            f"egress: {{corporateRanges: {{git: {{ranges: [10.9.0.0/24, {text}], ports: [443]}}}}}}\n",
            (
                f"{LAB}:2:56: egress.corporateRanges.git.ranges[1]: lies in network.{key} ({ours}, {DEFAULTS}:{line}), "
                "a range of the platform itself [corporate-overlap]\n  hint: remove it, or give the platform another range; "
                "inside a wider corporate range, the platform's own addresses stay closed\n"
            ),
        )
        for text, key, ours, line in (
            ("10.10.0.7/32", "nodes", "10.10.0.0/20", 20),
            ("172.20.0.0/16", "pods", "172.20.0.0/16", 21),
            ("172.21.0.0/24", "services", "172.21.0.0/17", 22),
            ("10.0.0.0/28", "controlPlane", "10.0.0.0/28", 23),
            ("10.10.17.0/24", "proxyOnly", "10.10.16.0/23", 24),
            ("10.60.0.0/24", "privateServices", "10.60.0.0/16", 25),
        )
    ],
    "ranges_are_free_to_use": [
        *(
            (
                f"network: {{{key}: {text}}}\n",
                f"{LAB}:2:11: network.{key}: overlaps {kept}, which is kept for {use} [network-reserved]\n{PRIVATE}",
            )
            for key, text, kept, use in (
                ("nodes", "0.128.0.0/20", "0.0.0.0/8", "the local network (RFC 1122)"),
                ("pods", "127.0.0.0/16", "127.0.0.0/8", "loopback (RFC 1122)"),
                ("services", "169.254.0.0/20", "169.254.0.0/16", "link-local, with the metadata server (RFC 3927)"),
                ("nodes", "224.0.0.0/20", "224.0.0.0/4", "multicast (RFC 5771)"),
                ("nodes", "255.255.240.0/20", "255.255.255.255/32", "broadcast (RFC 919)"),
                ("proxyOnly", "199.36.153.0/26", "199.36.153.4/30", "restricted.googleapis.com"),
                ("controlPlane", "130.211.3.240/28", "130.211.0.0/22", BALANCERS),
                ("privateServices", "35.184.0.0/13", "35.191.0.0/16", BALANCERS),
                (
                    "services",
                    "34.118.224.0/20",
                    "34.118.224.0/20",
                    "Services of clusters that name no range of their own",
                ),
            )
        ),
        *(
            (f"network: {{{key}: {text}}}\n", f"{LAB}:2:11: network.{key}: {DOCKER}")
            for key, text in (
                ("nodes", "172.17.255.0/24"),
                ("pods", "172.16.0.0/15"),
                ("controlPlane", "172.17.0.0/28"),
                ("privateServices", "172.17.0.0/16"),
            )
        ),
        (
            "network: {peered: {office: 199.36.153.8/30}}\n",
            (
                f"{LAB}:2:20: network.peered.office: overlaps 199.36.153.8/30, which is kept for private.googleapis.com, "
                f"where pods call Google's APIs [network-reserved]\n{PRIVATE}"
            ),
        ),
        (
            "egress: {corporateRanges: {git: {ranges: [169.254.169.254/32], ports: [80]}}}\n",
            (
                f"{LAB}:2:43: egress.corporateRanges.git.ranges[0]: overlaps 169.254.0.0/16, which is kept for link-local, "
                f"with the metadata server (RFC 3927) [network-reserved]\n{PRIVATE}"
            ),
        ),
    ],
    "ranges_are_private": [],  # a warning, below
    "ranges_have_the_size_google_asks_for": [
        *(
            (f"network: {{{key}: {text}}}\n", f"{LAB}:2:11: network.{key}: must be {what} [network-size]\n")
            for key, text, what in (
                ("nodes", "10.70.0.0/30", "a /29 or larger"),
                ("services", "172.24.0.0/15", "between a /16 and a /28"),
                ("services", "172.24.0.0/29", "between a /16 and a /28"),
                ("controlPlane", "10.0.0.0/29", "a /28"),
            )
        ),
        (
            (
                "network: {pods: 10.0.0.0/8, nodes: 192.168.16.0/20, controlPlane: 192.168.0.0/28, "
                "privateServices: 192.168.1.0/24, proxyOnly: 192.168.2.0/24}\n"
            ),
            f"{LAB}:2:11: network.pods: must be a /9 or smaller [network-size]\n",
        ),
        (
            "network: {privateServices: 10.60.0.0/25}\n",
            (
                f"{LAB}:2:11: network.privateServices: must be a /24 or larger [network-size]\n"
                "  hint: Google recommends a /16: a second range can be added later, but this one cannot grow\n"
            ),
        ),
        ("network: {controlPlane: 10.0.0.0/27}\n", f"{LAB}:2:11: network.controlPlane: must be a /28 [network-size]\n"),
        (
            "network: {proxyOnly: 10.10.16.0/27}\n",
            f"{LAB}:2:11: network.proxyOnly: must be a /26 or larger [network-size]\n",
        ),
    ],
    "access_is_not_open_by_accident": [
        (
            "access:\n  mode: public\n  allowedRanges: {a: [0.0.0.0/1, 128.0.0.0/1]}\n",
            f"{LAB}:4:3: access.allowedRanges: {OPEN}",
        ),
        (
            "access:\n  mode: public\n  allowedRanges: {a: [0.0.0.0/2], b: [192.0.0.0/2]}\n",
            f"{LAB}:4:3: access.allowedRanges: {OPEN}",
        ),
        (
            "access:\n  mode: public\n  allowedRanges: {a: [0.0.0.0/0]}\n",
            f"{LAB}:4:3: access.allowedRanges: {OPEN}",
        ),
        (f"access: {{webhookRanges: {{all: [0.0.0.0/0]}}}}\n{REDIS}", f"{LAB}:2:10: access.webhookRanges: {OPEN}"),
        (
            f"{PUBLIC[:-2]}, controlPlaneRanges: {{a: [0.0.0.0/1], b: [128.0.0.0/1]}}}}\n",
            f"{LAB}:2:62: access.controlPlaneRanges: {OPEN}",
        ),
        (
            "access: {mode: public}\n",
            (
                f"{LAB}:2:1: access.allowedRanges: is empty, so nobody could sign in [access-empty]\n"
                "  hint: name the ranges of your offices and VPNs, e.g. office: [203.0.113.0/24]\n"
            ),
        ),
    ],
    "ranges_of_people_are_on_the_internet": [],  # a warning, below
    "long_lists_have_no_neighbours": [],  # a warning, below
    "argo_cd_reaches_the_control_plane": [
        (
            f"{PUBLIC}argocd: {{clusterAddress: https://203.0.113.9}}\n",
            (
                f"{LAB}:3:10: argocd.clusterAddress: Argo CD cannot reach the API server: access.controlPlaneRanges is empty "
                "[control-plane-closed]\n"
                "  hint: add the range that Argo CD connects from, or leave argocd.clusterAddress at connect-gateway\n"
            ),
        ),
    ],
    "control_plane_ranges_are_for_our_public_cluster": [],  # a warning, below
    "ranges_of_people_are_for_public": [],  # a warning, below
    "the_bastion_is_for_private": [
        (
            "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\ninfra: {bastion: {enabled: true}}\n",
            (
                f"{LAB}:3:19: infra.bastion.enabled: is for a private environment [bastion-access]\n"
                "  hint: people connect from access.allowedRanges; remove it, or extend profile `private`\n"
            ),
        ),
    ],
    "what_needs_redis_has_it": [],  # a warning, below
    "certificate_source_fits_access": [
        (
            "tls: {source: google-managed}\n",
            (
                f"{LAB}:2:7: tls.source: google-managed works only in a public environment [tls-source]\n"
                "  hint: use secret-manager, or cert-manager with tls.issuer\n"
            ),
        ),
        (
            "tls: {source: cert-manager}\n",
            f"{LAB}:2:1: tls.issuer: is missing; tls.source: cert-manager needs it [tls-issuer]\n  hint: {ISSUER_HINT}\n",
        ),
    ],
    "private_zones_are_private": [
        (
            "dns: {visibility: public}\n",
            (
                f"{LAB}:2:7: dns.visibility: is public in a private environment [dns-visibility]\n"
                "  hint: write dns: {visibility: private}, as profile `private` has it\n"
            ),
        ),
    ],
    "locations_are_in_the_region": [
        (
            "gcp: {zones: [europe-west3-a, us-east1-b]}\n",
            f"{LAB}:2:31: gcp.zones[1]: is not in gcp.region (europe-west3) [location]\n",
        ),
        (
            "infra: {bastion: {zone: us-east1-b}}\n",
            f"{LAB}:2:19: infra.bastion.zone: is not in gcp.region (europe-west3) [location]\n",
        ),
        (
            "gke: {location: europe-west30}\n",
            f"{LAB}:2:7: gke.location: is not in gcp.region (europe-west3) [location]\n",
        ),
        (
            "gcp: {zones: [europe-west3-a, europe-west3-a]}\n",
            f"{LAB}:2:31: gcp.zones[1]: is in the list twice [location]\n",
        ),
    ],
    "locations_exist": [],  # a warning, below
    "machine_types_exist": [
        (
            f"gke: {{nodePools: {{main: {{machineType: {name}}}}}}}\n",
            (f"{LAB}:2:26: gke.nodePools.main.machineType: there is no {name} [machine-type]\n  hint: {hint}\n"),
        )
        for name, hint in (
            ("e2-standard-5", "e2-standard has 2, 4, 8, 16 or 32 vCPUs"),
            ("e2-highmem-32", "e2-highmem has 2, 4, 8 or 16 vCPUs"),
            ("c3-standard-16", "c3-standard has 4, 8, 22, 44, 88, 176 or 192 vCPUs"),
            ("e2-standard-8-lssd", "e2-standard has 2, 4, 8, 16 or 32 vCPUs"),
            ("t2d-highmem-8", "there are: t2d-standard-<vCPUs>"),
            ("t2d-tiny", "there are: t2d-standard-<vCPUs>"),
            ("e2-custom-3-4096", E2_CUSTOM),
            ("e2-custom-4-4000", E2_CUSTOM),
            ("e2-custom-4-65536", E2_CUSTOM),
        )
    ]
    + [
        (
            "infra: {bastion: {machineType: e2-standard-3}}\n",
            (
                f"{LAB}:2:19: infra.bastion.machineType: there is no e2-standard-3 [machine-type]\n"
                "  hint: e2-standard has 2, 4, 8, 16 or 32 vCPUs\n"
            ),
        )
    ],
    "node_pools_run_our_images": [
        (
            f"gke: {{nodePools: {{main: {{machineType: {name}}}}}}}\n",
            (
                f"{LAB}:2:26: gke.nodePools.main.machineType: {message}\n"
                "  hint: such as e2-standard-8, n2-standard-8 or c3-standard-8\n"
            ),
        )
        for name, message in (
            ("t2a-standard-8", "t2a is an Arm machine, but the images are built for amd64 [machine-arm]"),
            ("c4a-standard-8", "c4a is an Arm machine, but the images are built for amd64 [machine-arm]"),
            ("n4-standard-8", f"n4 {HYPERDISK}"),
            ("c4d-highmem-8", f"c4d {HYPERDISK}"),
        )
    ],
    "node_pools_can_scale": [
        (
            "gke: {nodePools: {main: {minNodes: 4}}}\n",
            f"{LAB}:2:26: gke.nodePools.main.minNodes: is above maxNodes [node-pool]\n",
        ),
    ],
    "in_cluster_topology_names_its_cluster": [
        (
            "argocd: {topology: in-cluster}\n",
            (
                f"{LAB}:2:10: argocd.topology: existing.cluster is missing; argocd.topology: in-cluster needs it [existing-cluster]\n"
                "  hint: name the GKE cluster that Argo CD and Config Connector run in\n"
            ),
        ),
    ],
    "argo_cd_on_a_hub_has_an_account": [
        (
            "argocd: {identity: null}\n",
            (
                f"{LAB}:2:1: argocd.identity: is missing; argocd.topology: hub needs it [argocd-identity]\n"
                "  hint: add the Google account that Argo CD acts as (docs/bootstrap.md), or set argocd.topology: in-cluster\n"
            ),
        ),
    ],
    "a_cluster_does_not_adopt_itself": [
        (
            "argocd: {topology: in-cluster}\nexisting: {cluster: {name: management, adopt: true}}\n",
            (
                f"{LAB}:3:40: existing.cluster.adopt: must be false for argocd.topology in-cluster [existing-cluster]\n"
                "  hint: remove adopt: the cluster is only referenced, and node pools are added to its own\n"
            ),
        ),
    ],
    "a_key_that_is_there_is_in_a_key_ring_that_is_there": [
        (
            "existing: {key: {name: older}}\n",
            (
                f"{LAB}:2:12: existing.key: needs existing.keyRing: a new key ring holds no key [existing-key]\n"
                "  hint: existing: {keyRing: {name: …}}\n"
            ),
        ),
    ],
    "gke_takes_the_maintenance_window": [
        (
            f'gke: {{maintenanceWindow: {{start: "{start}", end: "{end}", recurrence: "{recurrence}"}}}}\n',
            f"{LAB}:2:{place} {message} [maintenance-window]\n  hint: {hint}\n",
        )
        for start, end, recurrence, place, message, hint in (
            (
                *("2026-01-03T07:00:00Z", "2026-01-03T07:00:00Z", "FREQ=DAILY"),
                *(f"58: {WINDOW}.end:", "must be after start", "a window that passes midnight ends on the next day"),
            ),
            (*("2026-02-30T01:00:00Z", EARLY[1], "FREQ=DAILY"), f"27: {WINDOW}.start:", *NO_DAY),
            (*(EARLY[0], "2026-01-03T24:01:00Z", "FREQ=DAILY"), f"58: {WINDOW}.end:", *NO_DAY),
            (*EARLY, "FREQ=HOURLY", f"87: {RECURS}", "must have FREQ=DAILY, WEEKLY, MONTHLY or YEARLY", RFC_5545),
            (*EARLY, "FREQ=WEEKLY;BYDAY=SO", f"87: {RECURS}", f"BYDAY must list {WEEK}", RFC_5545),
            (
                *(EARLY[0], "2026-01-03T04:59:59Z", "FREQ=DAILY"),
                *(f"58: {WINDOW}.end:", "is less than 4 hours after start", HOURS_48),
            ),
            (
                *(EARLY[0], "2026-01-03T06:59:00Z", "FREQ=WEEKLY;BYDAY=SA,SU"),
                f"87: {RECURS}",
                "leaves 47.8667 hours for maintenance in the 32 days from 2026-01-04",
                HOURS_48,
            ),
            (
                *(*EARLY, "FREQ=DAILY;COUNT=40"),
                f"87: {RECURS}",
                "leaves 0 hours for maintenance in the 32 days from 2026-02-11",
                HOURS_48,
            ),
        )
    ],
    "sql_tier_exists": [
        (
            f"database: {{tier: db-custom-{tier}}}\n",
            (
                f"{LAB}:2:12: database.tier: must have {message} [sql-tier]\n"
                "  hint: db-custom-<vCPUs>-<MiB>, such as db-custom-2-8192\n"
            ),
        )
        for tier, message in (
            ("3-12288", "1 vCPU or an even number up to 96"),
            ("98-131072", "1 vCPU or an even number up to 96"),
            ("1-3584", "3840 to 6656 MiB for its vCPUs, in steps of 256"),
            ("2-8000", "3840 to 13312 MiB for its vCPUs, in steps of 256"),
            ("8-7168", "7424 to 53248 MiB for its vCPUs, in steps of 256"),
        )
    ],
    "sql_flags_are_those_of_the_version": [
        (
            f"database: {{flags: {{{name}: '{value}'}}}}\n",
            f"{LAB}:2:20: database.flags.{name}: {message} [sql-flag]\n{hint}",
        )
        for name, value, message, hint in (
            ("max_connections", "13", "must be a whole number from 14 to 262143", ""),
            ("max_connections", "five", "must be a whole number from 14 to 262143", ""),
            (
                *("work_mem", "64MB", "must be a whole number from 64 to 2147483647"),
                "  hint: write the number alone, in PostgreSQL's unit for it\n",
            ),
            ("random_page_cost", "-1", "must be a number of 0 or more", ""),
            ("log_statement", "dll", "must be one of none, ddl, mod, all", ""),
            ("log_lock_waits", "true", 'must be "on" or "off"', ""),
            ("cron.database_name", "", "is empty", ""),
        )
    ],
    "argo_cd_reads_the_sync_windows": [
        (
            sync_windows(night=window),
            f"{LAB}:2:{place}: argocd.syncWindows.night.{message} [sync-window]\n  hint: {hint}\n",
        )
        for window, place, message, hint in (
            *(
                ({"schedule": schedule}, 44, f"schedule: is not a cron schedule: {CRON_FIELDS}", CRON_HINT)
                for schedule in ("60 25 * * *", "0 22 * * 7", "0 22 * 13 *", "0 22 5-1 * *", "*/0 * * * *")
            ),
            *(
                ({"duration": text}, 68, "duration: is not a duration of Go, longer than nothing", GO_HINT)
                for text in ("2d", "0h", "1.5.5h", "2hours")
            ),
            (
                *({"timeZone": "Europe/Berln"}, 84),
                *("timeZone: is not a time zone of the IANA database", "did you mean Europe/Berlin?"),
            ),
        )
    ],
    "sync_windows_differ": [],
    "hosts_fit_into_dns": [
        (
            f"domain: {'a234567890.' * 18}com\n",
            (
                f"{LAB}:2:1: domain: must be at most 200 characters [domain-length]\n"
                "  hint: units put their host in front of it, and a DNS name has at most 253 characters\n"
            ),
        ),
    ],
    "git_takes_branch_and_name": [
        *(
            (
                f"gitops: {{branch: {branch}}}\n",
                f"{LAB}:2:10: gitops.branch: is not a valid git branch name [git-name]\n  hint: {BRANCH}\n",
            )
            for branch in ("refs/heads/main", "a..b", "a//b", "a/", "a.", "a/.b", "a.lock", "a.lock/b")
        ),
        *(
            (
                f"gitops: {{commit: {{name: {name}}}}}\n",
                (
                    f"{LAB}:2:19: gitops.commit.name: must be one line without < and > [git-name]\n"
                    "  hint: write the name of a person or a bot; the address goes in gitops.commit.email\n"
                ),
            )
            for name in ('"a\\nb"', '"a\\tb"', '"a <a@b.c>"', '""', '"  "')
        ),
    ],
    "mirrors_lead_elsewhere": [
        (
            "registry: {mirrors: {a: {source: docker.io, target: docker.io}}}\n",
            (
                f"{LAB}:2:45: registry.mirrors.a.target: is the same as the source [registry-mirror]\n"
                "  hint: remove the mirror\n"
            ),
        ),
        (
            (
                "registry:\n  mirrors:\n    a: {source: docker.io, target: a.example.com}\n"
                "    b: {source: docker.io, target: b.example.com}\n"
            ),
            (
                f"{LAB}:5:9: registry.mirrors.b.source: is also the source of another mirror ({LAB}:4) [registry-mirror]\n"
                "  hint: keep one of them; null removes one that a profile sets\n"
            ),
        ),
    ],
    "the_domain_is_not_taken": [
        (
            "domain: codemie.run.app\n",
            (
                f"{LAB}:2:1: domain: run.app belongs to Google: a zone of it would hide Google's own names from the VPC "
                f"[domain]\n  hint: {OWN_DOMAIN}\n"
            ),
        ),
    ],
    "the_domain_can_be_served": [
        (
            "domain: codemie.invalid\n",
            (
                f"{LAB}:2:1: domain: invalid is reserved: resolvers never ask a zone for it [domain]\n"
                f"  hint: {OWN_DOMAIN}\n"
            ),
        ),
    ],
    "who_answers_in_a_cluster_of_others_is_said": [],  # a warning, in test_domain.py
}


@pytest.mark.parametrize(("lab", "message"), [case for cases in REFUSED.values() for case in cases])
def test_a_rule_refuses_at_the_line(lab: str, message: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources(lab, **BASTION, **API))
    assert printed(caught.value) == message


@pytest.mark.parametrize(
    "lab",
    [
        "network: {services: 172.21.128.0/17}\n",
        "network: {peered: {a: 10.99.0.0/17, b: 10.99.128.0/17}}\n",
        "network: {controlPlane: 10.0.0.16/28}\n",
        "egress: {corporateRanges: {all: {ranges: [10.0.0.0/8, 10.10.0.0/19, 10.0.0.16/28], ports: [443]}}}\n",
        "network: {proxyOnly: 10.10.16.0/26}\n",
        "access: {mode: public, allowedRanges: {a: [0.0.0.0/2, 64.0.0.0/3, 96.0.0.0/4]}}\n",
        "access: {mode: public, allowedRanges: {a: [0.0.0.0/2], b: [0.0.0.0/2, 96.0.0.0/8]}}\n",
        *(
            f"network: {{{key}: {text}}}\n"
            for key, text in (
                ("nodes", "10.70.0.0/29"),
                ("pods", "172.18.0.0/16"),
                ("pods", "240.0.0.0/16"),
                ("services", "198.18.0.0/16"),
                ("services", "172.24.0.0/28"),
                ("services", "192.0.0.0/24"),
                ("privateServices", "10.60.0.0/24"),
            )
        ),
        "network: {privateServices: 10.60.0.0/25}\nexisting: {network: {name: older, subnetwork: sub, pods: pods, services: services}}\n",
        f"{PUBLIC[:-2]}, controlPlaneRanges: {{vpn: [10.8.0.0/24]}}}}\n",
        f"{PUBLIC[:-2]}, adminRanges: {{a: [{', '.join(f'203.0.{n}.0/24' for n in range(0, 22, 2))}]}}}}\n",
        f"{PUBLIC[:-2]}, adminRanges: {{a: [{', '.join(f'203.0.{n}.0/24' for n in range(10))}]}}}}\n",
        "access: {allowedRanges: {}, webhookRanges: {git: [10.8.0.0/24]}}\ncomponents: {api: {redis: in-cluster}}\n",
        "access: {mode: public, allowWholeInternet: true, allowedRanges: {a: [0.0.0.0/1, 128.0.0.0/1]}}\n",
        f"access: {{allowWholeInternet: true, webhookRanges: {{all: [0.0.0.0/0]}}}}\n{REDIS}",
        "argocd: {clusterAddress: https://10.0.0.2}\n",
        f"{PUBLIC}argocd: {{clusterAddress: https://gke-1.europe-west3.gke.goog}}\n",
        f"{PUBLIC}argocd: {{clusterAddress: https://203.0.113.9}}\nexisting: {{cluster: {{name: older}}}}\n",
        (
            "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}, controlPlaneRanges: {hub: [198.51.100.7/32]}}\n"
            "argocd: {clusterAddress: https://203.0.113.9}\n"
        ),
        (
            "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}, controlPlaneRanges: {hub: [198.51.100.7/32]}}\n"
            "existing: {cluster: {name: older, adopt: true}}\n"
        ),
        "components: {api: {redis: memorystore, customerComponents: {'features:sharepointCodeMieOAuth': {enabled: true}}}}\n",
        "components: {api: {customerComponents: {'features:sharepointCodeMieOAuth': {enabled: false}}}}\n",
        "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\ntls: {source: google-managed}\n",
        "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\ntls: {source: cert-manager, issuer: ca}\n",
        "tls: {source: cert-manager, issuer: ca}\n",
        "gcp: {zones: [europe-west3-a, europe-west3-c]}\ngke: {location: europe-west3-b}\n",
        "infra: {bastion: {zone: europe-west3-b, machineType: e2-medium}}\n",
        "gke: {nodePools: {main: {minNodes: 3}}}\n",
        *(
            f"gke: {{nodePools: {{main: {{machineType: {name}}}}}}}\n"
            for name in (
                "n2-standard-80",
                "e2-custom-2-1024",
                "n1-custom-1-6656",
                "n2-custom-2-65536-ext",
                "a3-highgpu-8g",
            )
        ),
        "existing: {keyRing: {name: ring}, key: {name: older}}\n",
        "registry: {mirrors: {a: {source: docker.io, target: docker.io/mirror}, b: {source: quay.io, target: b.example.com}}}\n",
        "argocd: {topology: in-cluster}\nexisting: {cluster: {name: management}}\n",
        "argocd: {topology: in-cluster, identity: null}\nexisting: {cluster: {name: management}}\n",
        "existing: {cluster: {name: older, adopt: true}}\n",
        "infra: {bastion: {enabled: true}}\n",
        f"{PEOPLE}infra: {{bastion: {{enabled: true}}}}\n",
        "access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\ninfra: {bastion: {enabled: false}}\n",
        *(
            f"database: {{tier: {tier}}}\n"
            for tier in ("db-f1-micro", "db-custom-1-3840", "db-custom-96-638976", "db-custom-8-7424")
        ),
        *(
            f'gke: {{maintenanceWindow: {{start: "{start}", end: "{end}", recurrence: "{recurrence}"}}}}\n'
            for start, end, recurrence in (
                (*EARLY, "FREQ=WEEKLY;BYDAY=SA,SU"),
                (EARLY[0], "2026-01-03T05:00:00Z", "FREQ=DAILY"),
                ("2026-01-03T22:00:00Z", "2026-01-04T04:00:00Z", "FREQ=WEEKLY;BYDAY=SA,SU;WKST=MO"),
                ("2024-02-29T00:00:00Z", "2024-02-29T12:00:00Z", "FREQ=WEEKLY"),
                ("2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", "FREQ=MONTHLY;BYMONTHDAY=1,-1"),
            )
        ),
        *(
            f"database: {{flags: {{{name}: '{value}'}}}}\n"
            for name, value in (
                *(("max_connections", "14"), ("max_connections", "262143"), ("random_page_cost", "1.1")),
                *(("pgaudit.log", "read, write"), ("default_transaction_isolation", "read committed")),
                *(("log_min_duration_statement", "-1"), ("log_statement", "DDL"), ("cron.database_name", "codemie")),
            )
        ),
        sync_windows(night={"schedule": "*/15 0-6,22-23 * JAN-mar mon", "duration": "1h30m", "timeZone": "Etc/GMT+5"}),
        sync_windows(night={"timeZone": "UTC"}, day={"schedule": "0 8 * * *"}),
        f"domain: {'a234567890.' * 17}com\n",
        *(f"gitops: {{branch: {branch}}}\n" for branch in ("main", "env/lab", "v1.2", "a-b_c", "locks")),
        'gitops: {commit: {name: "Zo\u00eb O\'Neill, robot"}}\n',
    ],
)
def test_its_neighbour_is_accepted(lab: str) -> None:
    loaded = load(sources(lab, **BASTION, **API))
    assert (loaded.environment.name, loaded.warnings) == ("lab", ())


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ("", "  hint: infra: {bastion: {enabled: true}}\n"),
        ("infra: {bastion: {enabled: false}}\n", "  hint: infra: {bastion: {enabled: true}}\n"),
        ("access: {mode: public, allowedRanges: {a: [203.0.113.0/24]}}\n", ""),
    ],
)
def test_people_without_a_bastion_are_a_warning(more: str, hint: str) -> None:
    lab = more if "access" in more else PEOPLE + more
    profile = PEOPLE if "access" in more else "{}"
    loaded = load(sources(f"extends: [a]\n{lab}", **{"environments/profiles/a.yaml": profile}, **BASTION))
    said = (
        "3:10: access.mode: access.bastion.members has no effect: there is no bastion (environments/profiles/a.yaml:1)"
        if "access" in more
        else "3:20: access.bastion.members: has no effect: there is no bastion"
    )
    assert findings.text(loaded.warnings) == f"warning: {LAB}:{said} [bastion-access]\n{hint}"


@pytest.mark.parametrize(
    ("lab", "why", "hint"),
    [
        (
            "access: {controlPlaneRanges: {vpn: [198.51.100.0/28]}}\n",
            "the API server of a private environment is not on the internet",
            "remove them; people connect through the bastion or from network.peered",
        ),
        (
            (
                "access: {controlPlaneRanges: {vpn: [198.51.100.0/28]}, mode: public, allowedRanges: {a: [203.0.113.0/24]}}\n"
                "existing: {cluster: {name: older}}\n"
            ),
            "the cluster in existing.cluster keeps its own list",
            "remove them, and set the authorized networks where that cluster is managed",
        ),
    ],
)
def test_control_plane_ranges_that_nothing_reads_are_a_warning(lab: str, why: str, hint: str) -> None:
    assert findings.text(load(sources(lab)).warnings) == (
        f"warning: {LAB}:2:10: access.controlPlaneRanges: has no effect: {why} [control-plane-unused]\n  hint: {hint}\n"
    )


@pytest.mark.parametrize(
    ("lab", "said"),
    [
        ("access: {allowedRanges: {a: [203.0.113.0/24]}}\n", f"2:10: access.allowedRanges: {UNUSED}"),
        ("access: {adminRanges: {a: [203.0.113.0/24]}}\n", f"2:10: access.adminRanges: {UNUSED}"),
        (
            "network: {pods: 45.0.0.0/16}\n",
            (
                "2:11: network.pods: is a public range: pods cannot reach whoever has these addresses on the internet "
                f"[network-public]\n{PRIVATE[:-1]}{GOOG}"
            ),
        ),
        (
            "network: {nodes: 240.0.0.0/20}\n",
            (
                "2:11: network.nodes: is of class E (240.0.0.0/4), which Windows and many networks on premises do not route "
                f"[network-public]\n{PRIVATE}"
            ),
        ),
        ("network: {services: 172.17.0.0/20}\n", f"2:11: network.services: {DOCKER}"),
        ("network: {peered: {office: 172.16.0.0/15}}\n", f"2:20: network.peered.office: {DOCKER}"),
        (
            "access: {mode: public, allowedRanges: {a: [203.0.113.0/24, 10.8.0.0/24]}}\n",
            (
                "2:60: access.allowedRanges.a[1]: nobody on the internet has an address of this private range "
                f"[access-private]\n{BY_INTERNET}"
            ),
        ),
        (
            "access: {mode: public, allowedRanges: {a: [20.1.2.0/24]}}\nnetwork: {peered: {office: 20.1.0.0/16}}\n",
            (
                f"2:44: access.allowedRanges.a[0]: lies in network.peered.office ({LAB}:3): for the VPC these addresses "
                f"are not on the internet [access-private]\n{BY_INTERNET}"
            ),
        ),
        (
            f"access: {{mode: public, allowedRanges: {{a: [{', '.join(f'203.0.113.{n}/32' for n in range(11))}]}}}}\n",
            (
                "2:40: access.allowedRanges.a: lists 11 ranges; with neighbours joined, as Google gets them, they are 3 "
                "[access-neighbours]\n  hint: write 203.0.113.0/29, 203.0.113.8/31, 203.0.113.10/32\n"
            ),
        ),
        ("gcp: {region: europe-west5, zones: [europe-west5-a]}\ngke: {location: europe-west5}\n", REGION_5),
        (
            "gcp: {region: us-east1, zones: [us-east1-a, us-east1-b]}\ngke: {location: us-east1}\n",
            (
                "2:33: gcp.zones[0]: us-east1-a is not a zone that Google listed on 2026-11-30 [location-unknown]\n"
                f"  hint: there are: us-east1-b, us-east1-c, us-east1-d; {NEW.format('location-unknown')}\n"
            ),
        ),
        (
            "database: {backups: {location: mars-north1}}\n",
            (
                "2:22: database.backups.location: mars-north1 is not a region that Google listed on 2026-11-30 "
                "[location-unknown]\n  hint: did you mean asia-northeast1 or europe-north1 or asia-south1?; "
                f"{NEW.format('location-unknown')}\n"
            ),
        ),
        (
            "gke: {nodePools: {main: {machineType: x9-standard-8}}}\n",
            (
                "2:26: gke.nodePools.main.machineType: x9 is not a machine family that Google listed on 2026-11-30 "
                f"[machine-type]\n  hint: there are: {', '.join(sorted(FAMILIES))}; {NEW.format('machine-type')}\n"
            ),
        ),
        (
            "database: {flags: {max_conections: '500'}}\n",
            (
                "2:20: database.flags.max_conections: max_conections is not a flag that Google listed on 2026-11-30 "
                f"[sql-flag-unknown]\n  hint: did you mean max_connections?; {NEW.format('sql-flag-unknown')}\n"
            ),
        ),
        (
            sync_windows(night={"schedule": "0 0 31 2 *"}),
            "2:44: argocd.syncWindows.night.schedule: never comes: no year has such a day [sync-window-never]\n",
        ),
        (
            sync_windows(night={}, west={"timeZone": "UTC"}),
            (
                "2:150: argocd.syncWindows.west: has the kind, schedule and duration of window night "
                f"({LAB}:2) [sync-window-twice]\n  hint: Argo CD takes them for one, and refuses changes of the project "
                "in its UI; make one of them differ\n"
            ),
        ),
    ],
)
def test_what_may_be_new_or_is_not_read_is_a_warning(lab: str, said: str) -> None:
    assert findings.text(load(sources(lab)).warnings) == f"warning: {LAB}:{said}"


# Whose line.

PROFILE = "environments/profiles/a.yaml"


@pytest.mark.parametrize(
    ("profile", "lab", "said"),
    [
        (
            "dns: {visibility: public}\n",
            "access: {mode: private}\n",
            (
                f"3:10: access.mode: dns.visibility is public in a private environment ({PROFILE}:1) [dns-visibility]\n"
                "  hint: write dns: {visibility: private}, as profile `private` has it\n"
            ),
        ),
        (
            "dns: {visibility: public}\n",
            "",
            (
                f"1:1: dns.visibility: is public in a private environment; inherited from {PROFILE}:1 [dns-visibility]\n"
                "  hint: write dns: {visibility: private}, as profile `private` has it\n"
            ),
        ),
        (
            "gke: {nodePools: {main: {minNodes: 3, maxNodes: 4}}}\n",
            "gke: {nodePools: {main: {maxNodes: 2}}}\n",
            f"3:26: gke.nodePools.main.maxNodes: is below minNodes ({PROFILE}:1) [node-pool]\n",
        ),
        (
            "tls: {source: cert-manager}\n",
            "tls: {issuer: null}\n",
            f"3:1: tls.issuer: is missing; tls.source: cert-manager needs it [tls-issuer]\n  hint: {ISSUER_HINT}\n",
        ),
        (
            "network: {peered: {office: 10.99.0.0/16}}\n",
            "network: {nodes: 10.99.0.0/20}\n",
            f"3:11: network.nodes: overlaps network.peered.office (10.99.0.0/16, {PROFILE}:1) [network-overlap]\n{FREE}",
        ),
    ],
)
def test_the_authors_line_is_told_and_the_inherited_one_is_named(profile: str, lab: str, said: str) -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources(f"extends: [a]\n{lab}", **{PROFILE: profile}))
    assert printed(caught.value) == f"{LAB}:{said}"


def test_a_value_that_is_wrong_alone_is_told_where_it_is_written() -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources("extends: [a]\n", **{PROFILE: "database: {tier: db-custom-3-12288}\n"}))
    assert printed(caught.value).startswith(f"{PROFILE}:1:12: database.tier: must have 1 vCPU")


SHAREPOINT = "components: {api: {customerComponents: {'features:sharepointCodeMieOAuth': {enabled: true}}}}\n"


@pytest.mark.parametrize(
    ("lab", "where"),
    [
        (
            "access: {webhookRanges: {git: [192.0.2.0/24]}}\n",
            (
                "2:10: access.webhookRanges: needs components.api.redis: without it, webhooks are not rate-limited, "
                "and each call logs an error"
            ),
        ),
        (
            SHAREPOINT,
            (
                "2:41: components.api.customerComponents.features:sharepointCodeMieOAuth: needs components.api.redis: "
                "without it, sign-in to SharePoint fails"
            ),
        ),
    ],
)
def test_what_needs_redis_and_has_none_is_a_warning(lab: str, where: str) -> None:
    assert findings.text(load(sources(lab, **API)).warnings) == (
        f"warning: {LAB}:{where} [redis-missing]\n  hint: components: {{api: {{redis: in-cluster}}}}, or memorystore\n"
    )


def test_all_rules_speak_at_once() -> None:
    with pytest.raises(InputInvalid) as caught:
        load(sources("tls: {source: google-managed}\ngke: {nodePools: {main: {minNodes: 4}}}\n"))
    assert [finding.rule for finding in caught.value.findings] == ["tls-source", "node-pool"]


def test_every_rule_has_a_case_here() -> None:
    assert [rule.__name__ for rule in RULES] == list(REFUSED)
