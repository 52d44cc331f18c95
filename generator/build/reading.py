"""Files of a tree before kustomize: it names no line, loses empty documents, and stops at the first mistake."""

from collections.abc import Iterator

from generator.build.admitted import described, misshapen
from generator.errors import InputInvalid
from generator.field import pointer
from generator.finding import Finding, Where
from generator.schema import Contract, misfits
from generator.tree import Tree
from generator.yamlio.written import Steps, Written, documents


class Reading:
    """Reads the files of a tree, each once, and collects what is wrong with them."""

    def __init__(self, tree: Tree) -> None:
        """Keep the texts by path."""
        self.tree = tree
        self.texts = tree.texts()
        self._sources = {tree.named(file.path): file.source for file in tree.files if file.source}
        self._findings: list[Finding] = []
        self._read: dict[str, tuple[Written, ...]] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was wrong so far."""
        return tuple(self._findings)

    def documents(self, path: str) -> tuple[Written, ...]:
        """Return the documents of a file, none where it is not YAML that every reader agrees on."""
        if path not in self._read:
            try:
                for document in documents(self.texts[path], self.tree.named(path)):
                    self._findings += document.problems
                    self._read[path] = (*self._read.get(path, ()), document)
                self._read.setdefault(path, ())
            except InputInvalid as error:
                self._read[path] = ()
                self._findings += error.findings
        return self._read[path]

    def objects(self, path: str) -> Iterator[Written]:
        """Yield the objects of a file; what is none is a problem, and so is a file without any."""
        found, where = self.documents(path), self.tree.named(path)
        if not found and all(finding.file != where for finding in self._findings):
            self._findings.append(Finding.at(Where(where, 1), "object-shape", "contains no object"))
        for document in found:
            faults = list(misshapen(document.value))
            if document.value is None:
                faults = [((), "is an empty document", "remove it and its ---, or write an object")]
            yield from self._fitting(document, faults)

    def fits(self, document: Written, against: Contract) -> bool:
        """Whether a document has a shape; what it misses is a problem."""
        return any(self._fitting(document, list(misfits(document.value, against))))

    def report(
        self, document: Written, steps: Steps, message: str, *, rule: str = "object-shape", hint: str = ""
    ) -> None:
        """Collect that a document is wrong at a path."""
        where = document.where(steps)
        where = Where(self._sources[where.file]) if where.file in self._sources else where  # its lines are others
        finding = Finding.at(where, rule, message, path=pointer(*steps), hint=hint, object=described(document.value))
        self._findings.append(finding)

    def report_folder(self, path: str, message: str, *, rule: str) -> None:
        """Collect that a folder is wrong."""
        self._findings.append(Finding.at(Where(self.tree.named(path)), rule, message))

    def _fitting(self, document: Written, faults: "list[tuple[tuple[str | int, ...], str, str]]") -> Iterator[Written]:
        for steps, message, hint in faults:
            self.report(document, steps, message, hint=hint)
        if not faults:
            yield document
