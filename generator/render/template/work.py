"""What a template does while it is rendered, and how much: entries of maps, a few filters, sums. Every use is counted.

The limits are far above what a template of ours needs; one that meets them would not end, or fill the memory.
"""

import ipaddress
import time
from collections.abc import ItemsView, Iterator, Mapping
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from generator.render.template.fill import Interpolated, plain
from generator.render.template.language import LARGEST_NUMBER, OPERATORS
from generator.suggestion import did_you_mean

RUN = "_run"
"""What the work of one rendering is called in its context; a template cannot say a name that begins with `_`."""
_STEPS = 1_000_000
_TURN = 20
"""What a turn of a loop costs, and an include, beside its parts."""
_LARGEST = 1024 * 1024
_SECONDS = 10.0
_COUNTED = "_counted"


class TooMuch(jinja2.TemplateRuntimeError):
    """A template meets a limit."""


class Run:
    """The work of rendering one template, with all that it includes, and the values that it interpolates."""

    def __init__(self) -> None:
        """Start with nothing done."""
        self.values: list[Interpolated] = []
        self._steps = 0
        self._size = 0
        self._end = time.process_time() + _SECONDS

    def step(self, weight: int) -> None:
        """Count the parts of a loop's body, or of a file that is included. Raises TooMuch."""
        self._steps += weight
        if self._steps > _STEPS:
            message = f"takes more than {_STEPS} steps; check for nested loops and repeated includes"
            raise TooMuch(message)
        if time.process_time() > self._end:
            message = f"takes more than {_SECONDS:.0f} s"
            raise TooMuch(message)

    def add(self, text: str) -> str:
        """Count text that comes out. Raises TooMuch."""
        self._weigh(len(text))
        return text

    def interpolate(self, value: Any, line: Any) -> int:
        """Keep a value and return its number. Raises TooMuch."""
        self._measure(value)
        self.values.append(Interpolated(value, line))
        return len(self.values) - 1

    def _measure(self, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                self._weigh(len(key) + 2)
                self._measure(item)
        elif isinstance(value, tuple | list):
            for item in value:
                self._weigh(2)
                self._measure(item)
        else:
            self._weigh(len(value) if isinstance(value, str) else 8)

    def _weigh(self, size: int) -> None:
        self._size += size
        if self._size > _LARGEST:
            raise TooMuch(_too_large("makes"))


class Jinja(ImmutableSandboxedEnvironment):
    """Jinja where `a.b` is the entry b of a map, and nothing else: no method, no attribute of Python."""

    intercepted_binops = OPERATORS

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return the entry, or an undefined that fails when used. Of `loop` language.py lets the plain ones through."""
        return getattr(obj, attribute) if isinstance(obj, LoopContext) else self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return the entry of a map, the item of a list or a character, or an undefined that fails when used."""
        _defined(obj)
        if isinstance(obj, Mapping):
            return obj[argument] if argument in obj else self.undefined(_unknown(argument, obj), obj, argument)
        if isinstance(obj, str | tuple | list) and isinstance(argument, int) and -len(obj) <= argument < len(obj):
            return obj[argument]
        return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the sum, product … of numbers: of a text or a list it could be of any length."""
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            message = "not numbers"
            raise TypeError(message)
        result = super().call_binop(context, operator, left, right)
        if not abs(result) < LARGEST_NUMBER:
            raise OverflowError
        return result

    def call(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse, should a call ever get past language.py."""
        message = "a call is not allowed in a template"
        raise jinja2.TemplateRuntimeError(message)


class Counting(Context):
    """A context that counts each template which is rendered in it."""

    def __init__(self, environment: Any, parent: dict[str, Any], name: str | None, *rest: Any, **more: Any) -> None:
        """Count it."""
        super().__init__(environment, parent, name, *rest, **more)
        if RUN in parent:
            parent[RUN].step(_TURN + environment.loader.weights.get(name, 0))


def counted(tree: nodes.Template, environment: jinja2.Environment) -> int:
    """Make every loop of a template count what its body weighs; return the weight of all."""
    for loop in list(tree.find_all(nodes.For)):
        weight = nodes.Const(_TURN + sum(_weight(part) for part in loop.body), lineno=loop.lineno)
        loop.iter = nodes.Filter(loop.iter, _COUNTED, [weight], [], None, None, lineno=loop.lineno)
        loop.set_environment(environment)
    return _weight(tree)


def _weight(node: nodes.Node) -> int:
    return sum(1 for _ in node.find_all(nodes.Node))


@jinja2.pass_context
def _each(context: Context, value: Any, weight: int) -> Iterator[Any]:
    """Yield the items of a list, the keys of a map, the pairs of one, as often as the work allows."""
    _defined(value)
    if not isinstance(value, Mapping | ItemsView | tuple | list):
        message = "neither a list nor a map"
        raise TypeError(message)
    run = context[RUN]

    def items() -> Iterator[Any]:
        for item in value:
            run.step(weight)
            yield item

    return items()


def _defined(value: Any) -> None:
    """Raise what is undefined, with its name."""
    if isinstance(value, jinja2.Undefined):
        str(value)


def _items(value: Any) -> Any:
    """Return the pairs of a map, in order; unlike Jinja's own filter it does not take an undefined for an empty map."""
    _defined(value)
    if not isinstance(value, Mapping):
        message = "not a map"
        raise TypeError(message)
    return value.items()


def _join(value: Any, between: str = "") -> str:
    _defined(value)
    texts = [_text(item) for item in value] if isinstance(value, Mapping | tuple | list) else [_text(value)]
    _bound(sum(len(text) for text in texts) + len(texts) * len(_text(between)))
    return between.join(texts)


def _replace(value: Any, old: str, new: str) -> str:
    text = _text(value)
    _bound(len(text) + (text.count(_text(old)) * len(_text(new)) if old else _LARGEST))
    return text.replace(old, new)


def _number(value: Any) -> int | float:
    _defined(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < LARGEST_NUMBER / 60:
        message = "not a number of minutes or percent"
        raise TypeError(message)
    return value


def _text(value: Any) -> str:
    _defined(value)
    text = plain(value)
    if text is None:
        message = "not text"
        raise TypeError(message)
    return text


def _length(value: Any) -> int:
    _defined(value)
    if not isinstance(value, str | Mapping | tuple | list):
        message = "neither text nor a list nor a map"
        raise TypeError(message)
    return len(value)


def _bound(size: int) -> None:
    if size > _LARGEST:
        raise TooMuch(_too_large("makes a text of"))


def _too_large(makes: str) -> str:
    return f"{makes} more than {_LARGEST // 1024} KiB"


def _unknown(key: Any, known: Mapping[str, Any]) -> str:
    suggestion = did_you_mean(str(key), known)
    return f"there is no '{key}' here" + (f": {suggestion}" if suggestion else "")


FILTERS = {
    _COUNTED: _each,
    "items": _items,
    "join": _join,
    "length": _length,
    "network_address": lambda text: str(ipaddress.IPv4Network(_text(text)).network_address),
    "prefix_length": lambda text: ipaddress.IPv4Network(_text(text)).prefixlen,
    "replace": _replace,
    "seconds": lambda minutes: f"{_number(minutes) * 60}s",
    "share": lambda percent: _number(percent) / 100,
}
