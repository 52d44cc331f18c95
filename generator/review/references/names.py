"""What an object names: other objects with their keys and ports, resources of Google Cloud, its namespace. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from generator.annotation import GOOGLE_ACCOUNT, annotation
from generator.cluster import urls
from generator.kinds import Impact, Mention, Steps, every, mentions, resource_mentions
from generator.manifest import WORKLOAD, Object
from generator.review.references.edge import Grant
from generator.review.references.index import POD_ACCOUNT, Index, Name
from generator.review.references.need import Follows, Need
from generator.review.references.question import Key, NamedObject, NamedResource, PodAccount, ServicePort

_PODS = "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/"
_OBJECTS = "https://kubernetes.io/docs/concepts/overview/working-with-objects/names/"
_CONFIG_CONNECTOR = "https://cloud.google.com/config-connector/docs/how-to/creating-resource-references"
_WORKLOAD_IDENTITY = "https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity"
_GRANTS = "https://gateway-api.sigs.k8s.io/api-types/referencegrant/"
_UNAPPLIED = Follows(
    Impact.BLOCKED,
    "which Config Connector cannot apply any more",
    _CONFIG_CONNECTOR,
    "let it name another object first, or the resource itself, by `external`",
)
_REFUSED = Follows(
    Impact.BLOCKED, "whose sync fails", _OBJECTS, "make the namespace first, or leave it until nothing is in it"
)
_ACCOUNT = re.compile(r"\b([a-z][a-z0-9-]{4,28}[a-z0-9])@[a-z0-9.:-]+\.iam\.gserviceaccount\.com\b")
_HOST = re.compile(r"(?<![\w.-])([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)\.svc(?:\.cluster\.local)?(?::([0-9]+))?(?![\w-])")


def named(source: Object, index: Index) -> Iterator[Need]:
    """Yield the needs for what an object names."""
    for mention in mentions(source, index.kinds):
        if not mention.optional and mention.name not in mention.leads.built_in:
            yield from _of_mention(source, mention, index)
    yield from _resources(source, index)
    for steps, value in _texts(source.manifest, ()):
        yield from _in_text(source, steps, value, index)
    if annotation(source.manifest, GOOGLE_ACCOUNT):
        lost = Follows(Impact.OUTAGE, "whose pods lose their Google account", _WORKLOAD_IDENTITY)
        question = PodAccount(source.id.namespace, source.id.name)
        yield Need(source, ("metadata", "annotations", GOOGLE_ACCOUNT), question, lost)
    if source.id.namespace:
        name = (source.id.cluster, "Namespace", "", source.id.namespace)
        yield Need(source, ("metadata", "namespace"), NamedObject(name, ""), _REFUSED, "asked for")


def services_named(source: Object, index: Index) -> Iterator[Name]:
    """Yield the Services that texts of an object name."""
    for steps, value in _texts(source.manifest, ()):
        for need in _in_text(source, steps, value, index):
            if isinstance(need.question, NamedObject) and need.question.name[1] == "Service":
                yield need.question.name


def _texts(node: Any, steps: Steps) -> Iterator[tuple[Steps, str]]:
    """Yield the texts below a node that may name something by more than its name, each with its place."""
    for step, item in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(item, str):
            if "." in item or "://" in item:
                yield (*steps, step), item
        elif isinstance(item, dict | list):
            yield from _texts(item, (*steps, step))


def _of_mention(source: Object, mention: Mention, index: Index) -> Iterator[Need]:
    namespace = "" if index.kinds.scope(mention.leads.group, mention.kind) == "cluster" else mention.namespace
    name = (source.id.cluster, mention.kind, namespace, mention.name)
    words = mention.leads.without or (
        "whose pods cannot start" if index.side.pod_templates(source) else "which no longer finds it"
    )
    follows = Follows(mention.leads.impact, words, _PODS if not mention.leads.without else _OBJECTS)
    is_content = index.side.pod_templates(source) and index.kinds.of(mention.leads.group, mention.kind).read_by_pods
    yield Need(source, mention.steps, NamedObject(name, mention.group), follows, "read" if is_content else "named")
    for key in mention.keys:
        yield Need(source, mention.steps[:-1], Key(name, key), follows)
    port = _port(mention.holder)
    if mention.kind == "Service" and port is not None:
        yield Need(source, mention.steps[:-1], ServicePort(name, port), follows)
    if mention.leads.granted and mention.namespace != source.id.namespace:
        question = Grant(source.id.group, source.id.kind, (source.id.cluster, source.id.namespace), name)
        yield Need(source, mention.steps[:-1], question, follows._replace(source=_GRANTS))


def _port(holder: dict[str, Any]) -> int | str | None:
    """Return the port that is named beside a Service: a number, or a map of a number or a name."""
    said = holder.get("port")
    port = (said.get("number") or said.get("name")) if isinstance(said, dict) else said
    return port if isinstance(port, int | str) else None


def _resources(source: Object, index: Index) -> Iterator[Need]:
    """Yield what an object names of Google Cloud: by its object, or by its name there."""
    known = index.kinds.references(source.id.group, source.id.kind)
    if index.kinds.google(source.id.group, source.id.kind):
        for mention in resource_mentions(source, index.kinds):
            if mention.kind:
                name = (source.id.cluster, mention.kind, mention.namespace, mention.name)
                yield Need(source, mention.steps, NamedObject(name), _UNAPPLIED, "named")
    for path, leads in known.items():
        for steps, value in every(source.manifest, path):
            if isinstance(value, str) and leads.to:
                follows = Follows(leads.impact, leads.without, leads.source or _CONFIG_CONNECTOR)
                yield Need(source, steps, NamedResource(leads.to, value.rpartition("/")[2]), follows, "named")


def _in_text(source: Object, steps: Steps, value: str, index: Index) -> Iterator[Need]:
    """Yield what a text names: accounts of Google Cloud and of pods, Services of the cluster."""
    for name in _ACCOUNT.findall(value) if "@" in value else ():
        follows = Follows(Impact.OUTAGE, "which loses the rights of this account", _WORKLOAD_IDENTITY)
        yield Need(source, steps, NamedResource("IAMServiceAccount", name), follows, "named")
    for namespace, name in POD_ACCOUNT.findall(value) if "[" in value else ():
        follows = Follows(Impact.OUTAGE, "which lets nobody in any more", _WORKLOAD_IDENTITY)
        is_here = index.has_such(source.id.cluster, "ServiceAccount", namespace)
        cluster = source.id.cluster if is_here else WORKLOAD
        question = NamedObject((cluster, "ServiceAccount", namespace, name), "")
        yield Need(source, steps, question, follows, "named")
    called = [(name, namespace, port) for name, namespace, port in _HOST.findall(value)] if ".svc" in value else []
    found = {(namespace, name, int(port) if port else None) for name, namespace, port in called}
    found |= set(urls(value, source.id.namespace))
    for namespace, name, number in sorted(found, key=str):
        follows = Follows(Impact.OUTAGE, "whose calls find nobody", _OBJECTS)
        service = (source.id.cluster, "Service", namespace, name)
        yield Need(source, steps, NamedObject(service, ""), follows, "named")
        if number:
            yield Need(source, steps, ServicePort(service, number), follows)
