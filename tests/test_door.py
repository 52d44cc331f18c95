"""The door for built objects: what kustomize prints, or a file holds, is an object, or a finding that says what is wrong."""

import pytest
from product import build

from generator import build as kustomize
from generator import yamlio
from generator.build import kustomization
from generator.build.admitted import admitted
from generator.errors import CheckFailed
from generator.field import position, whole
from generator.finding import Severity
from generator.pipeline import verdict_as_written
from generator.tree import File, Tree
from generator.views import findings

SERVICE = "components/mermaid-server/base/service.yaml"
APPLICATION = "argocd/apps/mermaid-server.yaml"
TREE = Tree.of("dev", [File(SERVICE, "x", "service.yaml.j2")])
NOWHERE = "FILE:1:13: /resources/0: there is no such file or folder in the tree [kustomize]\n"
ORIGIN = f"    config.kubernetes.io/origin: |\n      path: ../dev/{SERVICE}\n"


def told(document: str) -> list[tuple[str, str, str]]:
    """Return object, path and message of all that the door says of what kustomize prints."""
    found = admitted(document, "hub", TREE)
    assert not found.objects
    return [(item.object, item.path, item.message) for item in found.findings]


def said(path: str, content: str) -> str:
    """Return what validate says of the tree of dev with another content in one of its files."""
    dev = build("dev")
    tree = Tree.of("dev", [File(at, text) for at, text in {**dev.files, path: content}.items()], "OUT/dev")
    with pytest.raises(CheckFailed) as refused:
        kustomize.refuse_broken(tree)
    assert refused.value.exit_code == 4
    return findings.text(refused.value.findings).replace(f"OUT/dev/{path}", "FILE")


def test_an_object_comes_in_with_its_file_and_without_what_says_it() -> None:
    name = "metadata:\n  name: system:a.B\n  labels: null\n  namespace: null\n  annotations:\n"
    (built,) = admitted(f"apiVersion: v1\nkind: Thing\n{name}{ORIGIN}", "hub", TREE).objects
    assert (str(built.id), built.file, built.place) == ("Thing system:a.B", "service.yaml.j2", SERVICE)
    assert built.manifest["metadata"] == {"name": "system:a.B"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("x", ("", "", "is not a Kubernetes object: expected a map with apiVersion, kind and metadata.name")),
        ("[]", ("", "", "is not a Kubernetes object: expected a map with apiVersion, kind and metadata.name")),
        ("null", ("", "", "is not a Kubernetes object: expected a map with apiVersion, kind and metadata.name")),
        ("{apiVersion: v1, kind: A}", ("A", "/metadata", "is missing")),
        ("{apiVersion: v1, kind: A, metadata: [x]}", ("A", "/metadata", "must be a map")),
        ("{apiVersion: v1, kind: A, metadata: {}}", ("A", "/metadata/name", "is missing")),
        ("{apiVersion: v1, kind: A, metadata: {name: 1}}", ("A", "/metadata/name", "must be text")),
        ("{apiVersion: [v1], kind: A, metadata: {name: a}}", ("A a", "/apiVersion", "must be text")),
        ("{apiVersion: v1, kind: true, metadata: {name: a}}", ("a", "/kind", "must be text")),
        (
            "{apiVersion: v1, kind: A, metadata: {name: a, labels: {x.y/z: 1}}}",
            ("A a", "/metadata/labels/x.y~1z", "must be text"),
        ),
        (
            "{apiVersion: v1, kind: A, metadata: {name: a, annotations: []}}",
            ("A a", "/metadata/annotations", "must be a map"),
        ),
        (
            "{apiVersion: v1, kind: ConfigMapList, metadata: {name: a}, items: []}",
            ("ConfigMapList a", "/kind", "must not be a list of objects"),
        ),
    ],
)
def test_what_is_no_object_stays_outside(document: str, expected: tuple[str, str, str]) -> None:
    assert told(document) == [expected]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("apiVersion", "v" * 400),
        ("apiVersion", "../v1"),
        ("apiVersion", "a/b/v1"),
        ("kind", "A" * 400),
        ("kind", "../../A"),
        ("name", "../a"),
        ("name", "a" * 300),
        ("name", "a b"),
        ("name", ""),
        ("namespace", "a/b"),
    ],
)
def test_what_becomes_part_of_a_name_elsewhere_is_short_and_plain(field: str, value: str) -> None:
    head = {"apiVersion": "v1", "kind": "A", "name": "a", "namespace": "b", field: value}
    names = f'{{name: "{head["name"]}", namespace: "{head["namespace"]}"}}'
    found = told(f'{{apiVersion: "{head["apiVersion"]}", kind: "{head["kind"]}", metadata: {names}}}')
    assert {path.rpartition("/")[2] for _, path, _ in found} == {field}


def test_a_number_that_no_reader_holds_is_text() -> None:
    (built,) = admitted("{apiVersion: v1, kind: A, metadata: {name: a}, spec: [1e999, 7]}", "hub", TREE).objects
    assert built.manifest["spec"] == ["1e999", 7]


@pytest.mark.parametrize("path", [SERVICE, APPLICATION])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "FILE:1: contains no object [object-shape]\n"),
        ("# nothing\n", "FILE:1: contains no object [object-shape]\n"),
        ("a: [\n", "FILE:2:1: is not YAML: a value is missing [yaml-syntax]\n"),
        (
            "---\n- a\n",
            "FILE:2:1: is not a Kubernetes object: expected a map with apiVersion, kind and metadata.name [object-shape]\n",
        ),
        (
            "apiVersion: v1\nkind: A\nmetadata:\n  name: 12\n",
            "FILE:4:3: A: /metadata/name: must be text [object-shape]\n",
        ),
        (
            "---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n",
            "FILE:6:1: is an empty document [object-shape]\n",
        ),
    ],
)
def test_a_file_without_an_object_is_told_with_its_line(path: str, content: str, expected: str) -> None:
    assert "".join(line for line in said(path, content).splitlines(keepends=True) if "  hint:" not in line) == expected


def test_an_application_says_what_it_builds_and_where() -> None:
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\n"
    assert said(APPLICATION, head) == "FILE:1:1: Application x: /spec: is missing [object-shape]\n"
    assert said(APPLICATION, f"{head}spec:\n  source: {{path: 5}}\n  destination: []\n") == (
        "FILE:5:12: Application x: /spec/source/path: must be text [object-shape]\n"
        "  hint: put it in quotes: without them YAML reads a number, and 1.10 as 1.1\n"
        "FILE:6:3: Application x: /spec/destination: must be a map [object-shape]\n"
        "  hint: expected a map with server\n"
    )
    assert said(APPLICATION, f"{head}spec:\n  source: {{path: ../../etc}}\n  destination: {{}}\n") == (
        "FILE:5:12: Application x: /spec/source/path: is not in the tree [kustomize]\n"
    )
    assert said(APPLICATION, f"{head}spec:\n  source: {{path: gone}}\n  destination: {{}}\n") == (
        "FILE:5:12: Application x: /spec/source/path: is a folder that has no kustomization.yaml, so nothing in it can be "
        "applied [kustomize]\n"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("resources: [1]", "FILE:1:13: /resources/0: must be text [object-shape]\n"),
        ("resources: [null]", "FILE:1:13: /resources/0: must be text [object-shape]\n"),
        ("transformers: [x]", "FILE:1:1: /transformers: unknown key [object-shape]\n"),
        ("patches: [{path: patch.yaml, Options: 1}]", "FILE:1:30: /patches/0/Options: unknown key [object-shape]\n"),
        ("resources: [../../../../../etc]", NOWHERE),
        ("- a", "FILE:1:1: must be a map [object-shape]\n"),
        ("patches: [{path: 5}]", "FILE:1:12: /patches/0/path: must be text [object-shape]\n"),
        (
            "resources:\n- gone.yaml",
            "FILE:2:3: /resources/0: there is no such file or folder in the tree [kustomize]\n",
        ),
        ("patches:\n- path: gone.yaml", "FILE:2:3: /patches/0/path: there is no such file in the tree [kustomize]\n"),
    ],
)
def test_a_kustomization_has_its_shape_and_names_what_is_there(content: str, expected: str) -> None:
    found = said("components/mermaid-server/base/kustomization.yaml", f"{content}\n")
    assert "".join(line for line in found.splitlines(keepends=True) if "  hint:" not in line) == expected


def test_validate_and_the_old_side_allow_the_same_kustomizations() -> None:
    path = "components/mermaid-server/base/kustomization.yaml"
    for content in ("namePrefix: a-\n", "resources: [service.yaml]\npatches: []\n"):
        assert kustomization.read(content) == kustomization.Kustomization(yamlio.load(content, "").value)
        tree = Tree.of("dev", [File(at, text) for at, text in {**build("dev").files, path: content}.items()])
        kustomize.refuse_broken(tree)
    for content in ("resources: [https://a.example.com/b]\n", "patches: [{patch: a}]\n", "metadata: {name: a}\n"):
        assert kustomization.read(content) == kustomization.Refused(
            "uses a field or value that the renderer never writes", 1
        )
        assert "FILE:1" in said(path, content)


def test_an_object_that_two_folders_hold_is_told_at_the_second() -> None:
    path = "components/ui/base/service.yaml"
    assert said(path, build("dev").files[SERVICE]) == (
        f"FILE:2:1: Service codemie/mermaid-server: is rendered 2 times: {SERVICE}, {path} [duplicate-object]\n"
    )


def test_where_a_field_is_of_another_type_nothing_is_said_of_what_follows_from_it() -> None:
    """A Deployment whose containers cannot be read has no port that a Service could mean; that is not what is wrong."""
    dev = build("dev")
    path = "components/mermaid-server/base/deployment.yaml"
    spoilt = dev.files[path].replace("containers:\n", "containers: {}\n      others:\n")
    tree = Tree.of("dev", [File(at, text) for at, text in {**dev.files, path: spoilt}.items()], "OUT/dev")
    from product import project

    verdict = verdict_as_written(dev.plan, tree, project().sources)
    assert {item.rule for item in verdict.findings if item.severity is Severity.ERROR} <= {
        "kubernetes-schema",
        "kustomize",
    }


@pytest.mark.parametrize("written", ["²", "9" * 5000, "1.0", "", " 1", "１"])
def test_digits_are_a_number_only_where_all_agree(written: str) -> None:
    assert whole(written) is None
    assert position(written, [0, 1]) is None
    assert [whole("-0"), whole("007"), whole("9" * 18)] == [0, 7, 10**18 - 1]
