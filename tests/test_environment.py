from typing import Any

import pytest
from project import component, load, printed, project, sources

from generator.environment import layers
from generator.errors import InputInvalid
from generator.finding import Where
from generator.schema import is_range
from generator.tree import Sources
from generator.yamlio import Path

LAB = "environments/lab.yaml"
DEFAULTS = "environments/profiles/defaults.yaml"
A, B = "environments/profiles/a.yaml", "environments/profiles/b.yaml"


def merged(lab: str, defaults: str = "", **profiles: str) -> layers.Merged:
    """Return environment `lab` merged from these texts alone; `profiles` are by stem."""
    texts = {f"environments/profiles/{name}.yaml": text for name, text in profiles.items()}
    return layers.merge("lab", Sources({DEFAULTS: defaults or "{}", LAB: lab, **texts}))


def paths(value: Any, path: Path = ()) -> set[Path]:
    """Return the path of everything in `value`."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path}.union(*(paths(item, (*path, step)) for step, item in items))


def merge_refusal(files: dict[str, str], name: str = "lab") -> str:
    with pytest.raises(InputInvalid) as caught:
        layers.merge(name, Sources({DEFAULTS: "{}", **files}))
    return printed(caught.value)


def refusal(lab: str, **files: str) -> str:
    with pytest.raises(InputInvalid) as caught:
        load(sources(lab, **files))
    return printed(caught.value)


def test_defaults_are_first_then_what_is_extended_in_order_then_the_file_itself() -> None:
    result = merged(
        "extends: [a, b]\nd: lab\n",
        defaults="a: defaults\nb: defaults\nc: defaults\nd: defaults\n",
        a="b: a\nc: a\nd: a\n",
        b="c: b\nd: b\n",
    )
    assert result.value == {"a": "defaults", "b": "a", "c": "b", "d": "lab"}


@pytest.mark.parametrize(
    ("below", "above", "value"),
    [
        ("m: {a: 1, b: {c: 2}}", "m: {b: {d: 3}}", {"m": {"a": 1, "b": {"c": 2, "d": 3}}}),
        ("m: [1, 2, 3]", "m: [4]", {"m": [4]}),
        ("m: {a: 1}", "m: [4]", {"m": [4]}),
        ("m: [4]", "m: {a: 1}", {"m": {"a": 1}}),
        ("m: {a: 1, b: 2}", "m: {a: null}", {"m": {"b": 2}}),
        ("m: {a: 1, b: 2}", "m: null", {}),
        ("k: 1", "m: {a: {b: null, c: 1}}", {"k": 1, "m": {"a": {"c": 1}}}),
        ("m: {a: 1}", "m: {}", {"m": {"a": 1}}),
        ("m: 1", "k: null", {"m": 1}),
    ],
)
def test_maps_merge_lists_replace_null_removes(below: str, above: str, value: Any) -> None:
    assert merged(above, defaults=below).value == value


def test_defaults_stay_first_even_if_extended_last() -> None:
    assert merged("extends: [a, defaults]\n", defaults="x: 1\n", a="x: 2\n").value == {"x": 2}


def test_every_value_knows_where_it_was_written_last() -> None:
    result = merged("extends: [a]\nm:\n  z: 3\n  l: [4]\n", defaults="m: {x: 1, z: 1, l: [1, 2]}\n", a="\nm: {z: 2}\n")
    assert {path: where for path, where in result.marks.items() if path[:1] != ("extends",)} == {
        (): Where(LAB, 1, 1),
        ("m",): Where(LAB, 2, 1),
        ("m", "x"): Where(DEFAULTS, 1, 5),
        ("m", "z"): Where(LAB, 3, 3),
        ("m", "l"): Where(LAB, 4, 3),
        ("m", "l", 0): Where(LAB, 4, 7),
    }


@pytest.mark.parametrize("lab", ["extends: [a]\n", "m: {a: {b: null}}\n"])
def test_origins_name_only_what_is_there(lab: str) -> None:
    result = merged(lab, a="{}")
    assert set(result.marks) == paths(result.value)


def test_an_environment_extends_another_one() -> None:
    files = {
        LAB: "extends: [prod]\nb: lab\n",
        "environments/prod.yaml": "extends: [a]\nname: prod\nb: prod\n",
        A: "a: a\nb: a\n",
    }
    assert layers.merge("lab", Sources({DEFAULTS: "{}", **files})).value == {"a": "a", "b": "lab"}, "a name is not lent"


def test_a_profile_reached_twice_counts_once_and_before_both_that_extend_it() -> None:
    result = merged("extends: [a, b]\n", c="u: c\nv: c\nw: c\n", a="extends: [c]\nu: a\n", b="extends: [c]\nv: b\n")
    assert result.value == {"u": "a", "v": "b", "w": "c"}


def test_files_that_extend_each_other_by_many_ways_are_read_once() -> None:
    many = {f"environments/profiles/p{i}.yaml": f"extends: [p{i - 1}, p{i - 1}]\n" for i in range(1, 29)}
    files = {DEFAULTS: "{}", "environments/profiles/p0.yaml": "a: 1\n", **many, LAB: "extends: [p28]\n"}
    assert layers.merge("lab", Sources(files)).value == {"a": 1}


_CHAIN = {f"environments/profiles/p{i}.yaml": f"extends: [p{i - 1}]\n" for i in range(1, 41)}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {LAB: "extends: [lab]\n"},
            f"{LAB}:1:11: extends: forms a cycle: {LAB} -> {LAB} [extends-circle]\n  hint: remove one of them\n",
        ),
        (
            {LAB: "extends: [a]\n", A: "extends: [b]\n", B: "\nextends: [a]\n"},
            f"{B}:2:11: extends: forms a cycle: {A} -> {B} -> {A} [extends-circle]\n  hint: remove one of them\n",
        ),
        (
            {LAB: "x: 1\nextends: [a, nope]\n", A: "{}"},
            f"{LAB}:2:14: extends: there is no such profile [extends-unknown]\n  hint: there are: a, defaults, lab\n",
        ),
        (
            {LAB: "extends: a\n", A: "{}"},
            f"{LAB}:1:1: extends: must be a list of names [environment-invalid]\n  hint: extends: [private, high-scale]\n",
        ),
        (
            {LAB: "extends: [a]\n", A: ""},
            f"{A}:1:1: is empty [environment-invalid]\n  hint: a profile has at least one key\n",
        ),
        (
            {LAB: "extends: [p40]\n", **_CHAIN},
            (
                "environments/profiles/p11.yaml:1:11: extends: makes a chain of more than 30 files that extend each other "
                "[extends-depth]\n  hint: shorten the chain\n"
            ),
        ),
        ({LAB: "- a\n"}, f"{LAB}:1:1: must be a map [environment-invalid]\n  hint: key: value\n"),
        ({LAB: ""}, f"{LAB}:1:1: is empty [environment-invalid]\n  hint: start with `name:`\n"),
    ],
)
def test_what_cannot_be_extended_is_told_at_its_line(files: dict[str, str], message: str) -> None:
    assert merge_refusal(files) == message


def test_an_unknown_environment_names_the_nearest() -> None:
    head = "environments/{}.yaml: there is no such environment [environment-unknown]\n  hint: {}\n"
    files = {LAB: "{}", "environments/prod.yaml": "{}"}
    assert merge_refusal(files, "prd") == head.format("prd", "did you mean prod?")
    assert merge_refusal(files, "zzz") == head.format("zzz", "there are: lab, prod")


def test_a_complete_environment_loads_without_a_warning() -> None:
    loaded = load(sources())
    assert (loaded.environment.name, loaded.environment.gcp.project_number) == ("lab", "100000000001")
    assert loaded.warnings == ()


def test_all_problems_of_all_files_are_told_at_once_at_their_lines() -> None:
    lab = "extends: [a]\ndomain: null\nnetwrok: {}\ngke: {channel: SLOW}\n"
    profile = "\ndatabase: {backups: {retained: 3, x: 1}}\nnetwork: {pods: 10.0.0.1/8}\n"
    assert refusal(lab, **{A: profile}) == (
        f"{LAB}:3:1: domain: has no value, and must have one [environment-invalid]\n"
        "  hint: a DNS name without final dot; or take the line out, if a profile has the key\n"
        f"{LAB}:4:1: netwrok: unknown key [environment-invalid]\n  hint: did you mean network?\n"
        f"{LAB}:5:7: gke.channel: must be one of EXTENDED, RAPID, REGULAR, STABLE [environment-invalid]\n"
        f"{A}:2:22: database.backups.retained: must be at least 7 [environment-invalid]\n"
        f"{A}:2:35: database.backups.x: unknown key [environment-invalid]\n"
        "  hint: known here: location, logDays, retained, startTime\n"
        f"{A}:3:11: network.pods: must be an IPv4 range without host bits, such as 10.0.0.0/16 [environment-invalid]\n"
    )


@pytest.mark.parametrize(
    ("lab", "message"),
    [
        (
            "egress:\n  corporateRanges:\n    git: {ports: [443]}\n",
            "4:5: egress.corporateRanges.git.ranges: is missing [environment-invalid]\n  hint: add it here\n",
        ),
        (
            "kubernetes: {version: 1.34}\n",
            '2:14: kubernetes.version: must be text [environment-invalid]\n  hint: put it in quotes: without them YAML reads a number, and 1.10 as 1.1; as text: "1.34"\n',
        ),
        ("domain: [a]\n", "2:1: domain: must be text [environment-invalid]\n  hint: a DNS name without final dot\n"),
        (
            "gke: {nodePools: {main: 3}}\n",
            (
                "2:19: gke.nodePools.main: must be a map [environment-invalid]\n"
                "  hint: expected a map with diskGb, machineType, maxNodes, minNodes\n"
            ),
        ),
        ("egress: {internetPorts: []}\n", "2:10: egress.internetPorts: must not be empty [environment-invalid]\n"),
        ("egress: {internetPorts: [0]}\n", "2:26: egress.internetPorts[0]: must be at least 1 [environment-invalid]\n"),
        (
            "components: {nope: {}}\n",
            "2:14: components.nope: there is no such unit [environment-invalid]\n  hint: there are: none\n",
        ),
        (
            "labels:\n  good: a\n  BAD: b\n",
            (
                "4:3: labels.BAD: is not allowed as a key here [environment-invalid]\n"
                "  hint: valid for Google Cloud and Kubernetes: a-z, 0-9, _ and -\n"
            ),
        ),
    ],
)
def test_one_problem_is_told_where_it_stands(lab: str, message: str) -> None:
    assert refusal(lab) == f"{LAB}:{message}"


def test_the_name_is_the_file_name() -> None:
    with pytest.raises(InputInvalid) as caught:
        load(project({LAB: "name: prod\n"}))
    expected = f"{LAB}:1:1: name: must be lab [environment-name]\n  hint: the file is called lab.yaml\n"
    assert printed(caught.value) == expected


@pytest.mark.parametrize("key", ["domain", "gcp", "dns", "gitops", "labels", "kubernetes", "egress", "configConnector"])
def test_no_message_prints_the_value(key: str) -> None:
    for value in (
        "hunter2-HUNTER2!",
        "[hunter2-HUNTER2!]",
        "{x: hunter2-HUNTER2!}",
        "{project: {a: hunter2-HUNTER2!}}",
    ):
        assert "hunter2" not in refusal(f"{key}: {value}\n").lower()


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        *(("10.0.0.0/16", True), ("0.0.0.0/0", True), ("10.0.0.1/32", True)),
        *(("10.0.0.0", False), ("10.0.0.1/16", False), ("10.0.0.0/33", False), ("::/0", False), ("", False)),
        *(("10.0.0.0/255.255.0.0", False), ("10.0.0.0/016", False)),
    ],
)
def test_a_range_is_an_address_and_a_length(text: str, verdict: bool) -> None:  # noqa: FBT001
    assert is_range(text) is verdict


def test_a_unit_without_folder_is_an_error_in_a_profile_too() -> None:
    profile = {A: "components: {web: {}, later: {replicas: 2}}\naddons: {soon: {}}\n", **component("web")}
    assert refusal("extends: [a]\n", **profile) == (
        f"{A}:1:23: components.later: there is no such unit [environment-invalid]\n  hint: there are: web\n"
        f"{A}:2:10: addons.soon: there is no such unit [environment-invalid]\n  hint: there are: none\n"
    )
