"""Why an object would be refused by itself: by the schema of its kind, and by what is said beside it."""

from collections.abc import Callable

from generator.check.schema import contract, kubernetes_schema
from generator.finding import Finding
from generator.kinds import Kinds
from generator.manifest import Object

_REFUSED = frozenset({"kubernetes-schema", "contract", "validation"})


def refusals(kinds: Kinds, version: str) -> Callable[[Object], tuple[Finding, ...]]:
    """Return what says of an object why Kubernetes `version`, or who reads its kind, would refuse it."""
    contracts = contract.Contracts(kinds, version)

    def of(item: Object) -> tuple[Finding, ...]:
        its_contract = contracts.judging(item)
        if version in kubernetes_schema.versions() and kubernetes_schema.covered(item, version):
            found = kubernetes_schema.check([item], version)
        else:
            found = list(contract.check(item, its_contract)) if its_contract else []
        return tuple(finding for finding in found if finding.rule in _REFUSED)

    return of
