"""Hostile text: strings that a careless writer turns into structure, into another type, or into broken YAML."""

from typing import Any

from hypothesis import strategies

WORDS = (
    *("yes", "no", "on", "off", "y", "N", "NO", "true", "False", "null", "Null", "~", "", "=", "<<", "?", "-", "---"),
    *(
        "012",
        "1e3",
        "12:30",
        "12:30:45",
        "0x1F",
        "0o17",
        "0b1",
        "1_000",
        "+1",
        "-0",
        "1.",
        ".5",
        "1.10",
        ".inf",
        "-.Inf",
    ),
    *(".nan", "2026-01-03", "2026-01-03T07:00:00Z", "190:20:30.15", "1e-05", "123456789012345678901234567890"),
    *("a: b", "a #b", "# c", "{{ x }}", "{% x %}", "[a]", "{a: b}", "*x", "&x", "!x", "@x", "%x", "`x`", "|", ">-"),
    *("'", '"', "it's", 'say "hi"', "a,b", "a, b", "a:", ":a", " a", "a ", "\ta", "a\t", "\n", "\n\n", "a\n", "\na"),
    *("a\nb", "a\nb\n", "a\n\nb\n\n", " a\nb", "a\n b\n", "a\n \nb", "a\n---\nb", "a: 1\nb: 2", "a\r\nb", "a\rb"),
    *("\x00", "\x07", "\x1b[0m", "\x7f", "\x85", "a\x85b", "\xa0", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff"),
    *("é", "日本", "😀", "a\n😀\nb", "\U0001f468\u200d\U0001f469", "\\" * 4096, "x" * 5000, "a\\nb", "$(X)", "${X}"),
)

text = strategies.one_of(
    strategies.sampled_from(WORDS),
    strategies.text(alphabet=strategies.characters(exclude_categories=["Cs"]), max_size=30),
    strategies.lists(strategies.sampled_from(WORDS), max_size=3).map("\n".join),
)

key = text.filter(lambda item: len(item) < 500)

number = strategies.one_of(
    strategies.integers(min_value=-(2**53), max_value=2**53),
    strategies.integers(min_value=-(10**9), max_value=10**9).map(lambda item: item / 1000),
)

json_value: strategies.SearchStrategy[Any] = strategies.recursive(
    strategies.one_of(strategies.none(), strategies.booleans(), number, text),
    lambda inner: strategies.one_of(
        strategies.lists(inner, max_size=4), strategies.dictionaries(key, inner, max_size=4)
    ),
    max_leaves=12,
)
