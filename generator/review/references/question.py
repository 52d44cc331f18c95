"""Questions to a side: whether there is an object of this name, a key, a port, a listener, a grant. Pure."""

from collections.abc import Iterator
from typing import Any

from generator.field import mapping, numbered, text
from generator.manifest import ObjectId
from generator.review.pods_by_label import Pods, Space
from generator.review.references.index import Index, Name, name_of
from generator.review.references.need import Place, Question

_DATA = ("data", "stringData", "binaryData")


def called(kind: str, namespace: str, name: str) -> str:
    """Return an object's name, as people say it."""
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


class NamedObject(Question, frozen=True):
    """Whether there is an object of this name, or what makes it. `group` None is any."""

    name: Name
    group: str | None = None

    def __str__(self) -> str:
        """Return its name."""
        return called(*self.name[1:])

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the object, and what makes it."""
        for object_ in index.named(self.name):
            if self.group in (None, object_.id.group):
                yield Place(object_.id)
        for object_, made in index.made(self.name):
            yield Place(object_.id, made.steps)

    def expects(self, index: Index) -> bool:
        """Whether the side has others of the kind in the namespace; what is in none may be built in."""
        return bool(self.name[2]) and index.has_such(*self.name[:3])


class NamedResource(Question, frozen=True):
    """Whether there is an object that stands for this resource of Google Cloud."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Return its name."""
        return f"{self.kind} {self.name}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the object."""
        yield from (Place(object_.id) for object_ in index.resources(self.kind, self.name))


class Key(Question, frozen=True):
    """Whether a ConfigMap or a Secret has this key. One that is not known before it is made may be there."""

    name: Name
    key: str

    def __str__(self) -> str:
        """Return it with its object."""
        return f"key {self.key} of {called(*self.name[1:])}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield where it is."""
        for object_ in index.named(self.name):
            for field in _DATA:
                if self.key in mapping(object_.manifest, field):
                    yield Place(object_.id, (field, self.key))
        for object_, made in index.made(self.name):
            if made.keys is None or self.key in made.keys:
                yield Place(object_.id, made.keys[self.key] if made.keys else made.steps)

    @property
    def about(self) -> Name:
        """Return whom it asks."""
        return self.name


class ServicePort(Question, frozen=True):
    """Whether a Service has this port, by number or name."""

    name: Name
    port: int | str

    def __str__(self) -> str:
        """Return it with its Service."""
        return f"port {self.port} of {called(*self.name[1:])}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield where it is."""
        for object_ in index.named(self.name):
            for position, port in numbered(object_.manifest, "spec", "ports"):
                if self.port in (port.get("port"), port.get("name")):
                    yield Place(object_.id, ("spec", "ports", position))
        for object_, made in index.made(self.name):
            if made.port in (None, self.port):
                yield Place(object_.id)

    @property
    def about(self) -> Name:
        """Return whom it asks."""
        return self.name


class PodAccount(Question, frozen=True):
    """Whether a grant lets the pods of a ServiceAccount act as an account of Google Cloud."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """Return whose grant it is."""
        return f"grant to {called('ServiceAccount', self.namespace, self.name)}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the grants."""
        for grant in index.pod_accounts.get((self.namespace, self.name), ()):
            yield Place(grant.id, ("spec", "member"))


class PodPort(Question, frozen=True):
    """Whether pods of these namespaces and labels declare this port, by number or name."""

    port: int | str
    spaces: tuple[Space, ...]
    selector: dict[str, Any]
    whose: str

    def __str__(self) -> str:
        """Return it with its pods."""
        return f"port {self.port} of {self.whose}"

    def pods(self, index: Index) -> Iterator[Pods]:
        """Yield the pods that may declare it."""
        for space in self.spaces:
            yield from index.selected(space, self.selector)

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield where it is declared."""
        for pods in self.pods(index):
            for steps, port in pods.ports():
                if self.port in (port.get("containerPort"), port.get("name")):
                    yield Place(pods.owner.id, steps)

    def expects(self, index: Index) -> bool:
        """Whether it is a name, and the pods are there: a number need not be declared."""
        return isinstance(self.port, str) and any(self.pods(index))


class ContainerPort(Question, frozen=True):
    """Whether a container declares a port of this name."""

    owner: ObjectId
    container: str
    port: str

    def __str__(self) -> str:
        """Return it with its container."""
        return f"port {self.port} of its container {self.container}"

    @property
    def about(self) -> Name:
        """Return that it asks the asker itself."""
        return name_of(self.owner)

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield where it is declared."""
        for pods in index.pods_of.get(self.owner, ()):
            for steps, container in pods.containers():
                if text(container, "name") == self.container:
                    for position, port in numbered(container, "ports"):
                        if port.get("name") == self.port:
                            yield Place(self.owner, (*steps, "ports", position))
