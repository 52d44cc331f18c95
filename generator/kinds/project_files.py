"""A project's own kind files: what they say, and what is wrong with them. Kept from run to run, as the shipped ones."""

import functools
import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from generator.cache import kept
from generator.finding import Finding
from generator.kinds import problems
from generator.kinds.kind import FOLDER
from generator.kinds.shipped import fingerprint, names, shipped
from generator.schema import dotted, place
from generator.suggestion import did_you_mean


class ProjectFiles(msgspec.Struct, frozen=True):
    """The values of the usable files, by path below the folder without suffix, and the problems of the others."""

    values: dict[str, msgspec.Raw] = {}
    problems: tuple[Finding, ...] = ()


def project_files(texts: Mapping[str, str]) -> ProjectFiles:
    """Return what the kind files of a project say; `texts` are its files by path, others too."""
    files = tuple(sorted(item for item in texts.items() if item[0].startswith(f"{FOLDER}/")))
    return _kept(files) if files else ProjectFiles()


@functools.lru_cache(maxsize=8)
def _kept(files: tuple[tuple[str, str], ...]) -> ProjectFiles:
    key = hashlib.sha256(msgspec.msgpack.encode([fingerprint(), files])).hexdigest()
    encoded = kept("own-kinds", key, lambda: msgspec.json.encode(read(dict(files))))
    return msgspec.json.decode(encoded, type=ProjectFiles)


def read(texts: Mapping[str, str]) -> ProjectFiles:
    """Return what kind files say that nothing is wrong with, and what is wrong with the others."""
    found = {_name(path): problems.read(path, text) for path, text in texts.items()}
    wrong = [finding for one in found.values() for finding in one.problems]
    good = {name: one for name, one in found.items() if not one.problems}
    while included := dict(_wrong_rows_of(good)):  # a file that is refused may be what another one takes over
        wrong += included.values()
        good = {name: one for name, one in good.items() if name not in included}
    return ProjectFiles({name: msgspec.Raw(msgspec.json.encode(one.value)) for name, one in good.items()}, tuple(wrong))


def _wrong_rows_of(files: Mapping[str, problems.Read]) -> Iterator[tuple[str, Finding]]:
    """Yield each file that takes over the rows of one that is not there, or of one that takes over rows itself."""
    taken = {name: list(problems.rows_of(one.value)) for name, one in files.items()}
    if not any(taken.values()):
        return
    others = {name: list(problems.rows_of({"impact": shipped(name).impact})) for name in names()}
    used = {target for rows in (*taken.values(), *others.values()) for _, target in rows}
    for name, rows in taken.items():
        for index, target in rows:
            if target not in taken and target not in others:
                hint = did_you_mean(target, [*taken, *others]) or "name it without .yaml, such as pod-template/rolling"
                message = "there is no such file"
            elif name in used or taken.get(target) or others.get(target):
                hint = "one step only: name the file with the rows"
                message = "takes over rows of a file that takes over rows, or is taken over itself"
            else:
                continue
            path = ("impact", index, "rowsOf")
            where = place(path, files[name].marks)
            yield name, Finding.at(where, "kind-file", message, path=dotted(path), hint=hint)


def _name(path: str) -> str:
    return path.removeprefix(f"{FOLDER}/").removesuffix(".yaml")
