"""Files of a tree before kustomize: it names no line, loses empty documents, and stops at the first mistake."""

from collections.abc import Iterator

from generator.build.admitted import called, misshapen
from generator.errors import InputInvalid
from generator.field import pointer
from generator.finding import Finding, Where
from generator.schema import Contract, misfits
from generator.tree import Tree
from generator.yamlio.written import Steps, Written, documents


class Reading:
    """The files of a tree, each read once, and what is wrong with them."""

    def __init__(self, tree: Tree) -> None:
        """Keep the texts by path."""
        self.tree = tree
        self.texts = tree.texts()
        self._sources = {tree.named(file.path): file.source for file in tree.files if file.source}
        self.problems: list[Finding] = []
        self.applications: dict[str, Written] = {}
        """The Application that names a folder, by the folder."""
        self._read: dict[str, tuple[Written, ...]] = {}

    def documents(self, path: str) -> tuple[Written, ...]:
        """Return the documents of a file, none where it is not YAML that every reader agrees on."""
        if path not in self._read:
            try:
                for document in documents(self.texts[path], self.tree.named(path)):
                    self.problems += document.problems
                    self._read[path] = (*self._read.get(path, ()), document)
                self._read.setdefault(path, ())
            except InputInvalid as error:
                self._read[path] = ()
                self.problems += error.findings
        return self._read[path]

    def objects(self, path: str) -> Iterator[Written]:
        """Yield the objects of a file; what is none is a problem, and so is a file without any."""
        found, where = self.documents(path), self.tree.named(path)
        if not found and all(problem.file != where for problem in self.problems):
            self.problems.append(Finding.at(Where(where, 1), "object-shape", "contains no object"))
        for document in found:
            said = list(misshapen(document.value))
            if document.value is None:
                said = [((), "is an empty document", "remove it and its ---, or write an object")]
            yield from self._fitting(document, said)

    def fits(self, document: Written, against: Contract) -> bool:
        """Whether a document has a shape; what it misses is a problem."""
        return any(self._fitting(document, list(misfits(document.value, against))))

    def tell(
        self, document: Written, steps: Steps, message: str, *, rule: str = "object-shape", hint: str = ""
    ) -> None:
        """Add that a document is wrong at a path."""
        where = document.where(steps)
        where = Where(self._sources[where.file]) if where.file in self._sources else where  # its lines are others
        finding = Finding.at(where, rule, message, path=pointer(*steps), hint=hint, object=called(document.value))
        self.problems.append(finding)

    def _fitting(self, document: Written, said: "list[tuple[tuple[str | int, ...], str, str]]") -> Iterator[Written]:
        for steps, message, hint in said:
            self.tell(document, steps, message, hint=hint)
        if not said:
            yield document
