"""What a schema cannot say about an environment. One rule, one function; adding one adds it to RULES."""

from collections.abc import Callable, Iterator

from generator.environment.fault import Fault
from generator.environment.model import Environment
from generator.environment.rules import access, cloud, database, dns, maintenance, names, network, sync

Rule = Callable[[Environment], Iterator[Fault]]

RULES: tuple[Rule, ...] = (
    *network.RULES,
    *access.RULES,
    *cloud.RULES,
    *maintenance.RULES,
    *database.RULES,
    *sync.RULES,
    *names.RULES,
    *dns.RULES,
)
