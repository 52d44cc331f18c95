"""What objects of the new side ask for and nobody answers any more, and which object is to blame for that. Pure."""

import functools
from collections.abc import Iterator
from typing import NamedTuple

from generator.kinds import Impact
from generator.manifest import Object, ObjectId, encoded
from generator.review.change import Verdict
from generator.review.references.argo_cd import argo_cd
from generator.review.references.index import Index, name_of
from generator.review.references.names import named
from generator.review.references.need import Need, Place
from generator.review.references.network import traffic
from generator.review.references.question import NamedObject
from generator.review.side import few


class Unanswered(NamedTuple):
    """A need that nobody answers, and who is to blame: what is at a place of the old side, or the asker itself."""

    need: Need
    blamed: Place
    asks_anew: bool = False

    @property
    def by_itself(self) -> bool:
        """Whether the asker is to blame: it asks for something else, or took away what it asks itself for."""
        return self.blamed.id == self.need.asker.id


class _Asked:
    """What objects of the old side ask for, each worked out once."""

    def __init__(self, before: Index) -> None:
        self._before = before
        self.by = functools.cache(self._by)

    @functools.cached_property
    def questions(self) -> set[str]:
        """All questions."""
        return {repr(need.question) for id_ in self._before.side.objects for need in self.by(id_)}

    def _by(self, id_: ObjectId) -> tuple[Need, ...]:
        asker = self._before.objects.get(id_)
        return tuple(needs(asker, self._before)) if asker else ()


def unanswered(before: Index, after: Index) -> Iterator[Unanswered]:
    """Yield the needs of the new side that nobody answers, and that somebody answered or should."""
    asked = _Asked(before)
    for asker in sorted(after.side.objects.values()):
        for need in needs(asker, after):
            about = need.question.about
            if about and not (after.named(about) or after.made(about)):
                continue
            if not any(need.question.answers(after)):
                yield from _blamed(need, before, after, asked)


def answered(index: Index) -> Iterator[Unanswered]:
    """Yield the needs for objects that a side has, each with who answers: who would be missed if it went."""
    for asker in sorted(index.side.objects.values()):
        for need in named(asker, index):
            if isinstance(need.question, NamedObject):
                yield from (Unanswered(need, place) for place in need.question.answers(index))


def needs(asker: Object, index: Index) -> Iterator[Need]:
    """Yield all that an object asks for."""
    yield from named(asker, index)
    yield from traffic(asker, index)
    yield from argo_cd(asker, index)


def verdicts(found: list[Unanswered]) -> list[Verdict]:
    """Return what follows of needs that one change leaves unanswered: one verdict for all who fare alike."""
    groups: dict[tuple[object, ...], list[Unanswered]] = {}
    for one in found:
        what = str(one.need.question) if one.by_itself else "" if one.asks_anew else one.need.verb
        groups.setdefault((one.need.follows, one.by_itself, one.asks_anew, what), []).append(one)
    return [_verdict(group) for group in groups.values()]


def _verdict(group: list[Unanswered]) -> Verdict:
    (impact, words, source, instead), by_itself = group[0].need.follows, group[0].by_itself
    names = few({one.need.asker.id for one in group})
    if by_itself:
        reason = f"there is no {group[0].need.question} for {names}, {words}"
    elif group[0].asks_anew:
        reason = f"leaves {names} without what they need, {words}"
    else:
        reason = f"still {group[0].need.verb} by {names}, {words}"
    return Verdict(impact, reason, source, instead)


def _blamed(need: Need, before: Index, after: Index, asked: _Asked) -> Iterator[Unanswered]:
    places = list(need.question.answers(before))
    changed = [place for place in places if _is_changed(place.id, before, after)]
    if changed:
        yield from (Unanswered(need, place) for place in changed)
        return
    own = Place(need.asker.id, need.steps)
    causes = [place for place in (own, need.beside) if place and _is_changed(place.id, before, after)]
    if causes and (places or _asks_anew(need, before, after, asked)):
        yield Unanswered(_as_new(need, before), causes[0], asks_anew=True)


def _is_changed(id_: ObjectId, before: Index, after: Index) -> bool:
    old, new = before.objects.get(id_), after.objects.get(id_)
    return not old or not new or encoded(old.manifest) != encoded(new.manifest)


def _asks_anew(need: Need, before: Index, after: Index, asked: _Asked) -> bool:
    """Whether an object asks for what should be there: its side has others such, or it led to one before."""
    is_new = need.asker.id not in before.objects
    if is_new and need.question.about == name_of(need.asker.id):  # it never ran otherwise
        return False
    same_place = (one.question for one in asked.by(need.asker.id) if one.steps == need.steps)
    alike = (question for question in same_place if type(question) is type(need.question))
    is_expected = need.question.expects(after) or any(any(question.answers(before)) for question in alike)
    return is_expected and repr(need.question) not in asked.questions


def _as_new(need: Need, before: Index) -> Need:
    """Return a need whose asker may be new: nothing that ran before stops for it, and the checks refuse what fails."""
    if need.asker.id in before.objects:
        return need
    return need._replace(follows=need.follows._replace(impact=Impact.UNKNOWN))
