"""What Argo CD asks for before it syncs: a project that allows it, a folder, and to be told of changes in it. Pure."""

import fnmatch
import posixpath
from collections.abc import Iterator
from typing import Any

from generator.annotation import GENERATE_PATHS, annotation
from generator.field import at, listed, text
from generator.kinds import Impact
from generator.manifest import Object, ObjectId
from generator.review.references.index import Index, Name, name_of
from generator.review.references.need import Follows, Need, Place, Question
from generator.review.references.question import NamedObject

_PROJECTS = "argo-cd:pkg/apis/application/v1alpha1/app_project_types.go"
_PATHS = "https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/#manifest-paths-annotation"
_SPEC = "https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/"
_REFUSED = Follows(
    Impact.BLOCKED,
    "which Argo CD refuses to sync",
    _PROJECTS,
    "let the project allow it first, and merge that",
)
_NO_FOLDER = Follows(
    Impact.BLOCKED, "which syncs nothing any more: what runs stays as it is", _SPEC, "name the folder that the unit has"
)
_UNSEEN = Follows(Impact.ORPHAN, "which no longer sees changes of it: what runs stays as it was", _PATHS)
_BUILT_IN = "default"
"""The project that Argo CD makes itself."""
_LAYERS = ("base", "overlay")


class AllowedKind(Question, frozen=True):
    """Whether a project allows an object of this kind."""

    project: Name
    group: str
    kind: str
    name: str
    is_namespaced: bool

    def __str__(self) -> str:
        """Return what is to be allowed."""
        return f"permission of AppProject {self.project[3]} for {self.kind}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the items that allow it. Without a list, every kind in a namespace is allowed, and none in none."""
        where = "namespaceResource" if self.is_namespaced else "clusterResource"
        for project in index.named(self.project):
            allowed, denied = (at(project.manifest, "spec", f"{where}{end}list") for end in ("White", "Black"))
            if any(self._meets(item) for item in denied or ()):
                continue
            places = [
                Place(project.id, ("spec", f"{where}Whitelist", position))
                for position, item in enumerate(allowed or ())
                if self._meets(item)
            ]
            if allowed is None and self.is_namespaced:
                places = [Place(project.id, ("spec", f"{where}Whitelist"))]
            yield from [*places, Place(project.id, ("spec", f"{where}Blacklist"))] if places else ()

    @property
    def about(self) -> Name:
        """Return whom it asks."""
        return self.project

    def _meets(self, item: Any) -> bool:
        wanted = {"group": self.group, "kind": self.kind, "name": self.name}
        return isinstance(item, dict) and all(
            _like(value, str(item[key])) for key, value in wanted.items() if item.get(key) is not None
        )


class AllowedPlace(Question, frozen=True):
    """Whether a project allows an Application its repository, or a namespace of its cluster."""

    project: Name
    field: str
    wanted: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """Return what is to be allowed."""
        return f"permission of AppProject {self.project[3]} for {' '.join(value for _, value in self.wanted if value)}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the items that allow it."""
        for project in index.named(self.project):
            items = [
                item if isinstance(item, dict) else {"": item} for item in listed(project.manifest, "spec", self.field)
            ]
            if any(self._meets(item, denies=True) for item in items):
                continue
            for position, item in enumerate(items):
                if self._meets(item, denies=False):
                    yield Place(project.id, ("spec", self.field, position))

    @property
    def about(self) -> Name:
        """Return whom it asks."""
        return self.project

    def _meets(self, item: dict[str, Any], *, denies: bool) -> bool:
        patterns = {key: str(item.get(key) or "") for key, _ in self.wanted}
        if any(pattern.startswith("!") for pattern in patterns.values()) != denies:
            return False
        return all(_like(value, patterns[key].removeprefix("!")) for key, value in self.wanted if value)


class Folder(Question, frozen=True):
    """Whether a path of the repository leads to the folder of a unit."""

    unit: str
    path: str

    def __str__(self) -> str:
        """Return the path."""
        return f"folder {self.path} of {self.unit}"

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the Application, where the path ends with a folder of its unit."""
        application = index.applications.get(self.unit)
        if application and any(f"/{self.path}/".find(f"/{folder}/") >= 0 for folder in index.folders(self.unit)):
            yield Place(application.id, ("spec", "source", "path"))

    def expects(self, index: Index) -> bool:
        """Whether the side has objects of the unit."""
        return bool(index.folders(self.unit))


class Watched(Question, frozen=True):
    """Whether an Application asks for its manifests again when a folder of its unit changes."""

    application: ObjectId
    folder: str

    def __str__(self) -> str:
        """Return the folder."""
        return f"watch on {self.folder}"

    @property
    def about(self) -> Name:
        """Return that it asks the asker itself."""
        return name_of(self.application)

    def answers(self, index: Index) -> Iterator[Place]:
        """Yield the annotation that says so; without one it asks at every commit."""
        application = index.objects.get(self.application)
        if not application:
            return
        said = annotation(application.manifest, GENERATE_PATHS)
        source = text(application.manifest, "spec", "source", "path")
        folders = [posixpath.normpath(posixpath.join("/", source, path)) for path in said.split(";") if path]
        if not said or any(f"{folder}/".endswith(f"/{self.folder}/") or self._is_below(folder) for folder in folders):
            yield Place(self.application, ("metadata", "annotations", GENERATE_PATHS))

    def _is_below(self, watched: str) -> bool:
        """Whether a folder that is watched holds this one: `/envs/prod/components/api` does `components/api/base`."""
        above = self.folder
        while "/" in above:
            above = above.rpartition("/")[0]
            if f"{watched}/".endswith(f"/{above}/"):
                return True
        return watched == "/"


def argo_cd(source: Object, index: Index) -> Iterator[Need]:
    """Yield what an Application asks for, and an object of one: that its project allows its kind and its place."""
    is_application = source.id.kind == "Application"
    application = index.root if is_application and source.unit else index.applications.get(source.unit)
    if is_application:
        yield from _application(source, index)
    if application and application is not source and _project(application)[3]:
        project = _project(application)
        is_namespaced = index.kinds.scope(source.id.group, source.id.kind) != "cluster" and bool(source.id.namespace)
        kind = AllowedKind(project, source.id.group, source.id.kind, source.id.name, is_namespaced)
        yield Need(source, (), kind, _REFUSED, beside=Place(application.id, ("spec", "project")))
        if is_namespaced:
            place = AllowedPlace(project, "destinations", _destination(application, source.id.namespace))
            yield Need(source, (), place, _REFUSED, beside=Place(application.id, ("spec", "project")))


def _application(source: Object, index: Index) -> Iterator[Need]:
    project, path = _project(source), text(source.manifest, "spec", "source", "path")
    if project[3]:
        yield Need(source, ("spec", "project"), NamedObject(project), _REFUSED, "named")
        repository = (("", text(source.manifest, "spec", "source", "repoURL")),)
        yield Need(source, ("spec", "source", "repoURL"), AllowedPlace(project, "sourceRepos", repository), _REFUSED)
        place = _destination(source, text(source.manifest, "spec", "destination", "namespace"))
        yield Need(source, ("spec", "destination"), AllowedPlace(project, "destinations", place), _REFUSED)
    if source.unit and path and _is_of_our_repository(source, index):
        yield Need(source, ("spec", "source", "path"), Folder(source.unit, path), _NO_FOLDER, "named")
        for folder in index.folders(source.unit, layers=_LAYERS):
            yield Need(source, ("metadata", "annotations", GENERATE_PATHS), Watched(source.id, folder), _UNSEEN)


def _is_of_our_repository(application: Object, index: Index) -> bool:
    """Whether an Application reads the repository that the root reads: of no other the folders are known here."""
    repository = text(application.manifest, "spec", "source", "repoURL")
    return not index.root or repository == text(index.root.manifest, "spec", "source", "repoURL")


def _destination(application: Object, namespace: str) -> tuple[tuple[str, str], ...]:
    cluster = tuple((key, text(application.manifest, "spec", "destination", key)) for key in ("server", "name"))
    return (*cluster, ("namespace", namespace))


def _project(application: Object) -> Name:
    name = text(application.manifest, "spec", "project")
    return (application.id.cluster, "AppProject", application.id.namespace, "" if name == _BUILT_IN else name)


def _like(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern)
