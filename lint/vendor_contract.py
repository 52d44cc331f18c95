"""What the vendor's source has and tests/data/vendor-contract.yaml does not: python -m lint.vendor_contract CHECKOUT.

CHECKOUT is a checkout of codemie-ai/codemie at a new release. Its Python is read, never run. Ends with 3 if something has
no row, is gone, or has another default; with 2 if CHECKOUT is none.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

CONTRACT = Path(__file__).parent.parent / "tests/data/vendor-contract.yaml"
CONFIG = "src/codemie/configs/config.py"
COMPUTED = "src/codemie/configs/customer_config.py"
MODELS = "src/codemie/enterprise/litellm/models.py"
CHART = "deploy-templates/values.yaml"
FEATURES = "config/customer/customer-config.yaml"
UNKNOWN = "(computed)"
"""A default that is worked out when the program runs."""
Found = dict[str, Any]


def main(checkout: Path) -> int:
    """Print the differences. Returns the exit code."""
    missing = [name for name in (CONFIG, COMPUTED, MODELS, CHART, FEATURES) if not (checkout / name).is_file()]
    if missing:
        print(f"{checkout}: no checkout of the vendor's API: {', '.join(missing)} not there", file=sys.stderr)
        return 2
    lines = list(differences(yaml.safe_load(CONTRACT.read_text()), checkout))
    print("\n".join(lines) or "every name has a row")
    return 3 if lines else 0


def differences(contract: Mapping[str, Any], checkout: Path) -> Iterator[str]:
    """Yield a line per name that one side has alone, and per default that is another."""
    config = settings(ast.parse((checkout / CONFIG).read_text()))
    features = yaml.safe_load((checkout / FEATURES).read_text())
    chart = yaml.safe_load((checkout / CHART).read_text())
    models = ast.parse((checkout / MODELS).read_text())
    rows = {**_unset(contract), **contract["variables"]["set"]}
    read = {name: row["default"] for name, row in rows.items() if row.get("read", CONFIG) == CONFIG}
    yield from _compared("variable", CONFIG, config, read)
    others = dict.fromkeys(name for name in rows if name not in read)
    inside = {name: None for path in sorted((checkout / "src").rglob("*.py")) for name in environment(path)}
    charted = {item["name"]: None for part in ("extraEnv", "customEnv") for item in chart[part]}
    yield from _new("variable", "src", inside, {**read, **others})
    yield from _new("variable", CHART, charted, {**read, **others})
    listed = {name: row["vendor"] for name, row in contract["components"].items() if "read" not in row}
    components = {item["id"]: item["settings"] for item in features["components"]}
    yield from _compared("component", FEATURES, _switched(components), listed)
    assistants = {item["id"]: item["settings"] for item in features["preconfigured_assistants"]}
    known = {name: row["vendor"] for name, row in contract["assistants"].items()}
    yield from _compared("assistant", FEATURES, _switched(assistants), known)
    tools = {tool: sorted(keys or {}) for tool, keys in features["tool_defaults"].items()}
    yield from _compared("tool", FEATURES, tools, contract["tools"])
    keys = {key: None for item in components.values() for key in item}
    yield from _new("setting", FEATURES, keys, {key: None for found in contract["settings"].values() for key in found})
    yield from _new(
        "computed id", COMPUTED, computed(ast.parse((checkout / COMPUTED).read_text())), contract["computed"]
    )
    yield from _new("field of models", MODELS, fields(models), contract["model_info"])


def settings(module: ast.Module) -> Found:
    """Return the variables of class Config and their defaults."""
    (config,) = [node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Config"]
    return {
        node.target.id: _default(node.value)
        for node in config.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id[0].isupper()
    }


def environment(path: Path) -> list[str]:
    """Return the names that a module asks the environment for by itself: os.getenv, os.environ."""
    asked = [
        node.args[0] if isinstance(node, ast.Call) else node.slice
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in ("os.getenv", "os.environ.get"))
        or (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ")
    ]
    return [node.value for node in asked if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def computed(module: ast.Module) -> Found:
    """Return the ids that the API computes: the values of CONFIG_IDS."""
    (ids,) = [
        node.value
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CONFIG_IDS"
    ]
    return dict.fromkeys(ast.literal_eval(ids).values())


def fields(module: ast.Module) -> Found:
    """Return the keys of `model_info` that the API asks for."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and node.args]
    asked = [node.args[0] for node in calls if ast.unparse(node.func) == "model_info.get"]
    return {str(node.value): None for node in asked if isinstance(node, ast.Constant)}


def _default(node: ast.expr | None) -> Any:
    """Return a default as the contract writes it: what is long or has no constant, in brackets."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "Field":
        node = next((word.value for word in node.keywords if word.arg == "default"), None)
    try:
        return ast.literal_eval(node) if node is not None else UNKNOWN
    except ValueError:
        return UNKNOWN


def _unset(contract: Mapping[str, Any]) -> Found:
    return {
        name: {"default": default, "read": group.get("read", CONFIG)}
        for group in contract["variables"]["unset"]
        for name, default in group["names"].items()
    }


def _switched(items: Mapping[str, Mapping[str, Any]]) -> Found:
    return {name: item["enabled"] for name, item in items.items()}


def _compared(what: str, where: str, vendor: Found, rows: Found) -> Iterator[str]:
    yield from _new(what, where, vendor, rows)
    yield from (f"{what} {name} is gone from {where}" for name in rows if name not in vendor)
    for name, row in rows.items():
        if name in vendor and not _same(row, vendor[name]):
            yield f"{what} {name}: {where} says {vendor[name]!r}, the row {row!r}"


def _same(row: Any, there: Any) -> bool:
    """Whether the vendor's default is the row's; one in brackets stands for any of its kind."""
    kinds = {"(text)": str, "(list)": list}
    if there == UNKNOWN or row in (UNKNOWN, "(path)"):
        return True
    return isinstance(there, kinds[row]) if isinstance(row, str) and row in kinds else bool(row == there)


def _new(what: str, where: str, vendor: Found, rows: Found) -> Iterator[str]:
    yield from (f"{what} {name} of {where} has no row" for name in vendor if name not in rows)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])) if len(sys.argv) == 2 else sys.exit(__doc__))
