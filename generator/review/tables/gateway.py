"""The Gateway API and what GKE adds to it."""

from generator.review import given
from generator.review.change import Impact
from generator.review.row import Row, When, added, always, away_from, changed, comes, goes, lowered, raised, removed, to

# A row of a table is a line.
# fmt: off
_GATEWAY = "https://gateway-api.sigs.k8s.io/reference/spec/#gatewayspec"
_ROUTE = "https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec"
_GRANT = "https://gateway-api.sigs.k8s.io/api-types/referencegrant/"
_BACKEND = "https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources"
_TLS = "https://cloud.google.com/kubernetes-engine/docs/how-to/secure-gateway"
_HEADERS = "https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview"
_LISTENER = "spec.listeners.*"
_NAMESPACES = f"{_LISTENER}.allowedRoutes.namespaces"
_RULE = "spec.rules.*"
_LEADS = "what is reachable from outside, and where it leads"

_GATEWAYS = (
    Row("", added, Impact.EXPOSURE, "a load balancer is made, with an address of its own", _GATEWAY),
    Row("", removed, Impact.OUTAGE, "the load balancer goes: no host that it serves is reachable", _GATEWAY),
    Row("spec.gatewayClassName", always, Impact.OUTAGE, "the load balancer is deleted and made anew, of another sort", _BACKEND),
    Row("spec.addresses.**", always, Impact.OUTAGE, "the load balancer gets another address: names must follow", _GATEWAY),
    Row("spec.infrastructure.**", always, Impact.UNKNOWN, "what the load balancer is made of", _GATEWAY),
    Row(_LISTENER, removed, Impact.OUTAGE, "nothing answers on this listener any more: its routes hang in the air", _GATEWAY),
    Row(_LISTENER, added, Impact.EXPOSURE, "one more port or host is open", _GATEWAY),
    Row(f"{_LISTENER}.port", changed, Impact.OUTAGE, "nothing answers on the old port any more", _GATEWAY),
    *(Row(f"{_LISTENER}.{field}", goes, Impact.OUTAGE, "nothing answers on the old listener any more", _GATEWAY) for field in ("name", "port")),
    Row(f"{_LISTENER}.protocol", to("HTTP"), Impact.EXPOSURE, "what was encrypted is not", _GATEWAY),
    Row(f"{_LISTENER}.protocol", goes, Impact.OUTAGE, "clients with the old protocol get no answer", _GATEWAY),
    Row(f"{_LISTENER}.hostname", removed, Impact.EXPOSURE, "the listener takes every host", _GATEWAY),
    Row(f"{_LISTENER}.hostname", changed, Impact.OUTAGE, "hosts that no longer fit are not served", _GATEWAY),
    Row(f"{_LISTENER}.tls.mode", to("Passthrough"), Impact.EXPOSURE, "the load balancer no longer sees what it lets through", _TLS),
    Row(f"{_LISTENER}.tls.frontendValidation.**", goes, Impact.EXPOSURE, "clients need no certificate of theirs any more", _TLS),
    Row(f"{_LISTENER}.tls.options.**", always, Impact.EXPOSURE, "which TLS clients may use", _TLS, given=given.existed),
    Row(f"{_LISTENER}.tls.**", always, Impact.UNKNOWN, "hosts are served with another certificate: look that it is there and fits", _TLS),
    Row(f"{_NAMESPACES}.from", to("All"), Impact.EXPOSURE, "every namespace may put its routes on this listener", _GATEWAY),
    Row(f"{_NAMESPACES}.from", always, Impact.UNKNOWN, "routes of other namespaces may be refused", _GATEWAY),
    Row(f"{_NAMESPACES}.selector.matchExpressions.*.values.*", comes, Impact.EXPOSURE, "one more namespace may put its routes on this listener", _GATEWAY, given=given.existed),
    Row(f"{_NAMESPACES}.selector.matchExpressions.*.values.*", removed, Impact.OUTAGE, "routes of this namespace are no longer served", _GATEWAY),
    Row(f"{_NAMESPACES}.selector.**", goes, Impact.EXPOSURE, "other namespaces may put their routes on this listener", _GATEWAY, but=(f"{_NAMESPACES}.selector.matchExpressions.*.values.*",)),
    Row(f"{_LISTENER}.**", added, Impact.UNKNOWN, "what a listener takes", _GATEWAY),
    Row(f"{_LISTENER}.allowedRoutes.**", always, Impact.UNKNOWN, "which routes a listener takes", _GATEWAY),
    Row("spec.listeners", always, Impact.SAFE, "the list of listeners", _GATEWAY),
)
_ROUTES = (
    Row("", added, Impact.EXPOSURE, "its hosts and paths are reachable through the load balancer", _ROUTE),
    Row("", removed, Impact.OUTAGE, "its hosts and paths are no longer reachable", _ROUTE),
    Row("spec.hostnames.*", comes, Impact.EXPOSURE, "it is reachable under one more name", _ROUTE, given=lambda steps, old, _new: given.at(old, steps[:-1]) is not None),
    Row("spec.hostnames.*", goes, Impact.OUTAGE, "it is no longer reachable under this name", _ROUTE),
    Row("spec.hostnames", removed, Impact.EXPOSURE, "it is reachable under every name of its listener", _ROUTE),
    Row("spec.hostnames.**", added, Impact.OUTAGE, "it is reachable under these names only", _ROUTE, but=("spec.hostnames.*",)),
    Row("spec.parentRefs.*.sectionName", goes, Impact.EXPOSURE, "it is on another listener: perhaps one without TLS", _ROUTE),
    Row("spec.parentRefs.**", goes, Impact.OUTAGE, "it is not on this listener any more", _ROUTE, but=("spec.parentRefs.*.sectionName",)),
    Row("spec.parentRefs.**", added, Impact.EXPOSURE, "it is on one more listener", _ROUTE, given=given.existed),
    Row(_RULE, removed, Impact.OUTAGE, "what this rule led to is no longer reachable", _ROUTE),
    Row(_RULE, added, Impact.EXPOSURE, "one more path is reachable", _ROUTE, given=given.existed),
    Row(f"{_RULE}.matches.**", comes, Impact.EXPOSURE, _LEADS, _ROUTE, given=given.existed),
    Row(f"{_RULE}.matches.**", goes, Impact.EXPOSURE, _LEADS, _ROUTE),
    Row(f"{_RULE}.backendRefs.*.weight", to(0), Impact.OUTAGE, "no request goes there any more", _ROUTE),
    Row(f"{_RULE}.backendRefs.*.weight", changed, Impact.UNKNOWN, "another share of the requests goes there", _ROUTE),
    Row(f"{_RULE}.backendRefs.**", comes, Impact.EXPOSURE, "requests go to another Service: look that it is the one that asks who is there", _ROUTE, given=given.existed),
    Row(f"{_RULE}.backendRefs.**", removed, Impact.OUTAGE, "requests no longer go there", _ROUTE),
    Row(f"{_RULE}.filters.*.requestHeaderModifier.remove.**", goes, Impact.EXPOSURE, "clients may send a header that the backend believes: who they are", _HEADERS),
    Row(f"{_RULE}.filters.*.requestHeaderModifier.**", comes, Impact.UNKNOWN, "what headers the backend gets", _ROUTE),
    Row(f"{_RULE}.filters.*.requestHeaderModifier.**", removed, Impact.EXPOSURE, "what headers the backend gets: clients may send their own", _HEADERS),
    Row(f"{_RULE}.filters.*.responseHeaderModifier.**", goes, Impact.EXPOSURE, "browsers are told less: such as to insist on TLS", "https://datatracker.ietf.org/doc/html/rfc6797"),
    Row(f"{_RULE}.filters.*.responseHeaderModifier.**", added, Impact.UNKNOWN, "browsers are told more", _ROUTE),
    Row(f"{_RULE}.filters.*.requestRedirect.**", goes, Impact.EXPOSURE, "requests without TLS are no longer sent to it", _ROUTE),
    Row(f"{_RULE}.filters.**", comes, Impact.UNKNOWN, "what is done to a request on its way", _ROUTE),
    Row(f"{_RULE}.filters.*", removed, Impact.EXPOSURE, "what a filter took away or turned away comes through", _ROUTE),
    Row(f"{_RULE}.filters.**", removed, Impact.UNKNOWN, "what is done to a request on its way", _ROUTE),
    Row(f"{_RULE}.timeouts.**", always, Impact.UNKNOWN, "how long an answer may take: longer ones are cut", _ROUTE),
    Row(f"{_RULE}.name", always, Impact.SAFE, "a name for people", _ROUTE),
    Row("spec.rules", changed, Impact.SAFE, "another order: the longest path wins, not the first", _ROUTE),
    Row(f"{_RULE}.**", added, Impact.UNKNOWN, "what a rule does", _ROUTE, but=(_RULE,)),
)


def _policy(*fields: tuple[str, When, Impact, str], without: str, impact: Impact) -> tuple[Row, ...]:
    """Return the rows of a policy that GKE lays on a Service or Gateway; `without` is what holds when it goes."""
    return (
        Row("", added, Impact.UNKNOWN, "the load balancer treats what it points at otherwise than by default", _BACKEND),
        Row("", removed, impact, without, _BACKEND),
        Row("spec.targetRef.**", always, impact, f"it holds for something else; for what it was: {without}", _BACKEND, given=given.existed),
        *(Row(f"spec.default.{path}", when, what, why, _BACKEND) for path, when, what, why in fields),
    )


_BACKEND_POLICY = _policy(
    ("securityPolicy", goes, Impact.EXPOSURE, "Cloud Armor's allow-list of this policy no longer holds: who may come is decided elsewhere or not at all"),
    ("securityPolicy", added, Impact.UNKNOWN, "Cloud Armor turns away whom the policy does not allow: look who is missing"),
    ("iap.enabled", away_from(True), Impact.EXPOSURE, "nobody has to sign in with Google any more"),
    ("iap.enabled", to(True), Impact.UNKNOWN, "everybody must sign in with Google: programs cannot"),
    ("iap", removed, Impact.EXPOSURE, "nobody has to sign in with Google any more"),
    ("iap.**", always, Impact.UNKNOWN, "how people sign in with Google"),
    ("logging.enabled", away_from(True), Impact.EXPOSURE, "who came and asked for what is no longer logged"),
    ("logging.sampleRate", lowered, Impact.EXPOSURE, "fewer requests are logged"),
    ("logging.**", always, Impact.SAFE, "requests are logged"),
    ("timeoutSec", lowered, Impact.UNKNOWN, "answers that take longer are cut: long chats, uploads"),
    ("timeoutSec", removed, Impact.UNKNOWN, "answers that take longer than 30 seconds are cut"),
    ("timeoutSec", always, Impact.SAFE, "answers may take longer"),
    ("connectionDraining.**", always, Impact.SAFE, "how long requests in flight may end when a pod goes"),
    ("sessionAffinity.**", always, Impact.UNKNOWN, "whether a client stays with one pod"),
    ("maxRatePerEndpoint", always, Impact.SCALE, "how many requests a pod is given"),
    without="no Cloud Armor policy, no sign-in by Google, no log, and answers are cut after 30 seconds",
    impact=Impact.EXPOSURE,
)
_GATEWAY_POLICY = _policy(
    ("sslPolicy", goes, Impact.EXPOSURE, "old versions of TLS may be accepted again: look what the policy allows"),
    ("sslPolicy", added, Impact.UNKNOWN, "clients with old versions of TLS are turned away"),
    ("allowGlobalAccess", to(True), Impact.EXPOSURE, "clients of every region of the network reach it"),
    ("allowGlobalAccess", away_from(True), Impact.OUTAGE, "clients of other regions no longer reach it"),
    ("allowGlobalAccess", always, Impact.SAFE, "false is the default"),
    ("region", always, Impact.OUTAGE, "the load balancer is made in another region"),
    without="old versions of TLS are accepted",
    impact=Impact.EXPOSURE,
)
_UNHEALTHY = "where pods do not answer this check, the load balancer takes all of them out"
_HEALTH = _policy(
    ("config.**", always, Impact.OUTAGE, _UNHEALTHY),
    *(
        (field, when, impact, why)
        for field in ("checkIntervalSec", "timeoutSec", "healthyThreshold", "unhealthyThreshold")
        for when, impact, why in (
            (raised if field == "healthyThreshold" else lowered, Impact.UNKNOWN, "pods that are slow to answer are taken out sooner, or come back later"),
            (always, Impact.SAFE, "how often, how long and how many times it asks"),
        )
    ),
    ("logConfig.**", always, Impact.SAFE, "whether changes of health are logged"),
    without="the load balancer asks for / on the serving port: pods that do not answer 200 there are taken out",
    impact=Impact.OUTAGE,
)

TABLE: dict[str, tuple[Row, ...]] = {
    "Gateway.gateway.networking.k8s.io": _GATEWAYS,
    "HTTPRoute.gateway.networking.k8s.io": _ROUTES,
    "ReferenceGrant.gateway.networking.k8s.io": (
        Row("", added, Impact.EXPOSURE, "objects of another namespace may use what is here", _GRANT),
        Row("", removed, Impact.OUTAGE, "references from other namespaces no longer hold: their routes or certificates fail", _GRANT),
        Row("spec.**", comes, Impact.EXPOSURE, "objects of another namespace may use what is here", _GRANT, given=given.existed),
        Row("spec.to.*.name", removed, Impact.EXPOSURE, "every object of the kind may be used", _GRANT, given=given.existed),
        Row("spec.**", removed, Impact.OUTAGE, "references from this namespace no longer hold", _GRANT),
    ),
    "GatewayClass.gateway.networking.k8s.io": (
        Row("spec.controllerName", always, Impact.BLOCKED, "the controller of a GatewayClass cannot change: the sync fails", "gateway-api:apis/v1/gatewayclass_types.go", "make a GatewayClass of another name"),
        Row("spec.description", always, Impact.SAFE, "a text for people", _GATEWAY),
    ),
    "GCPBackendPolicy.networking.gke.io": _BACKEND_POLICY,
    "GCPGatewayPolicy.networking.gke.io": _GATEWAY_POLICY,
    "HealthCheckPolicy.networking.gke.io": _HEALTH,
}
