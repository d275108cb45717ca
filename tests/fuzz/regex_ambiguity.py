"""Finds repeats in a regular expression that can take more than linear time.

A pattern becomes an automaton with one state per character class (Glushkov's construction). Two findings matter
(Weideman et al., "Analyzing matching time behavior of backtracking regular expression matchers", 2016):

* *exponential*: a state returns to itself on the same text in two ways, as in ``(a+)+`` or ``(?:[a-z]|x)*``;
* *polynomial*: on the same text one loop returns to itself, leads to a second loop, and the second returns to itself,
  as in ``\\s*,?\\s*``. For a pattern that is searched, the search itself is a first loop: ``\\s+$``.

A bounded repeat of one class (``[a-z]{0,9}``) costs a constant factor and is no loop up to ``_SMALL``; any other
repeat that may occur more than twice counts as a loop.
"""

from __future__ import annotations

import re
from enum import StrEnum
from re import _compiler, _parser  # type: ignore[attr-defined]
from typing import Any

_SMALL = 10
_SAMPLE = [*map(chr, range(128)), *"éÉßｘあ漢　\u00a0’‘“”–—•①\u0301\u2060😀（）：、。・＃"]


class Growth(StrEnum):
    """The worst growth of a pattern's matching time with the length of the text."""

    LINEAR = "linear"
    SEARCH = "polynomial when searched"
    POLYNOMIAL = "polynomial"
    EXPONENTIAL = "exponential"


class _Part:
    """A part of the pattern: whether it matches nothing, and the states and guards at its two ends."""

    def __init__(self, *, nullable: bool, guard: int) -> None:
        self.nullable = nullable
        self.guard = guard
        """What the next character may be if the part matches nothing."""
        self.first: dict[int, tuple[int, int]] = {}
        """State -> (number of ways, guard of the character before)."""
        self.last: dict[int, int] = {}
        """State -> guard of the character after."""


class _Automaton:
    def __init__(self, tree: Any, flags: int, *, is_text: bool) -> None:
        self.is_text = is_text
        self.tree = tree
        self.flags = flags
        literals = {chr(value) for name, value in _literals(self.tree) if value < 0x110000}
        self.sample = [each for each in dict.fromkeys([*_SAMPLE, *sorted(literals)]) if self.is_text or ord(each) < 256]
        self.everything = (1 << len(self.sample)) - 1
        self.masks: list[int] = []
        self.follow: list[dict[int, tuple[int, int]]] = []
        """State -> next state -> (number of ways, guard)."""
        self.inner: list[Any] = []
        """What is matched on its own: lookaheads, lookbehinds, and the content of possessive repeats."""
        self.atomic: set[int] = set()
        """States in possessive repeats, which are never tried again in another way."""
        self.word = self._mask_of_text(r"\w")
        self.whole = self._sequence(self.tree, self.flags)

    def _mask_of_text(self, pattern: str) -> int:
        return self._mask(_parser.parse(pattern if self.is_text else pattern.encode(), self.flags), self.flags)

    def _mask(self, node: Any, flags: int) -> int:
        compiled = _compiler.compile(node, flags & ~re.VERBOSE)
        texts: list[Any] = self.sample if self.is_text else [each.encode("latin-1") for each in self.sample]
        return sum(1 << index for index, each in enumerate(texts) if compiled.fullmatch(each) is not None)

    def _single(self, items: Any, flags: int) -> int | None:
        """The characters that a sequence matches, if it always matches exactly one."""
        if len(items) != 1:
            return None
        name, value = items[0]
        kind = str(name)
        if kind in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return self._mask(_parser.SubPattern(self.tree.state, [items[0]]), flags)
        if kind == "SUBPATTERN":
            _, add, remove, inner = value
            return self._single(inner, (flags | add) & ~remove)
        if kind == "BRANCH":
            masks = [self._single(each, flags) for each in value[1]]
            return None if any(mask is None for mask in masks) else _union(mask for mask in masks if mask is not None)
        return None

    def _connect(self, last: dict[int, int], first: dict[int, tuple[int, int]]) -> None:
        for state, guard in last.items():
            for following, (ways, before) in first.items():
                allowed = guard & self.masks[following]
                if not allowed or not before & self.masks[state]:
                    continue
                known, known_guard = self.follow[state].get(following, (0, 0))
                self.follow[state][following] = (known + ways, known_guard | allowed)

    def _sequence(self, items: Any, flags: int) -> _Part:
        whole = _Part(nullable=True, guard=self.everything)
        before = self.everything
        """What the character before the next state may be."""
        at_boundary = False
        for item in items:
            guard, behind = self._guards(item, flags, whole)
            if guard is not None:
                whole.guard &= guard
                whole.last = {state: each & guard for state, each in whole.last.items()}
                before &= behind if behind is not None else self.everything
                at_boundary = at_boundary or (str(item[0]) == "AT" and str(item[1]).endswith("_BOUNDARY"))
                at_boundary = at_boundary and "NON_" not in str(item[1])
                continue
            part = self._item(item, flags)
            entered = {state: (ways, each & before) for state, (ways, each) in part.first.items()}
            if at_boundary:
                for state, (ways, each) in entered.items():
                    if self.masks[state] & ~self.word == 0:
                        entered[state] = (ways, each & ~self.word)
                    elif self.masks[state] & self.word == 0:
                        entered[state] = (ways, each & self.word)
            self._connect(whole.last, entered)
            if whole.nullable:
                for state, (ways, each) in entered.items():
                    # a lookahead before the first character narrows what may enter
                    if self.masks[state] & whole.guard:
                        old = whole.first.get(state, (0, 0))
                        whole.first[state] = (old[0] + ways, old[1] | each)
            if part.nullable:
                whole.last = {state: each & part.guard for state, each in whole.last.items()} | part.last
            else:
                whole.last = dict(part.last)
                before, at_boundary = self.everything, False
            whole.nullable = whole.nullable and part.nullable
            whole.guard &= part.guard
        return whole

    def _guards(self, item: Any, flags: int, whole: _Part) -> tuple[int | None, int | None]:
        """The masks of the next and the previous character if the item consumes nothing; otherwise ``None``."""
        kind, value = str(item[0]), item[1]
        if kind == "AT":
            where = str(value)
            if where.startswith("AT_BEGINNING"):
                is_line = where == "AT_BEGINNING" and flags & re.MULTILINE
                return self.everything, self._mask_of_text(r"\n") if is_line else 0
            if where.startswith("AT_END"):
                return self._mask_of_text(r"\n"), None
            if whole.last and not whole.nullable and not where.endswith("NON_BOUNDARY"):
                if all(self.masks[state] & ~self.word == 0 for state in whole.last):
                    return self.everything & ~self.word, None
                if all(self.masks[state] & self.word == 0 for state in whole.last):
                    return self.word, None
            return self.everything, None
        if kind not in ("ASSERT", "ASSERT_NOT"):
            return None, None
        direction, inner = value
        mask = self._single(inner, flags)
        if mask is None:
            self.inner.append((inner, flags))
            return self.everything, None
        mask = mask if kind == "ASSERT" else self.everything & ~mask
        return (mask, None) if direction == 1 else (self.everything, mask)

    def _item(self, item: Any, flags: int) -> _Part:
        kind, value = str(item[0]), item[1]
        mask = self._single([item], flags)
        if mask is not None:
            part = _Part(nullable=False, guard=self.everything)
            state = len(self.masks)
            self.masks.append(mask)
            self.follow.append({})
            part.first, part.last = {state: (1, self.everything)}, {state: self.everything}
            return part
        if kind == "SUBPATTERN":
            _, add, remove, inner = value
            return self._sequence(inner, (flags | add) & ~remove)
        if kind == "ATOMIC_GROUP":
            return self._atomic(value, flags)
        if kind in ("BRANCH", "GROUPREF_EXISTS"):
            branches = value[1] if kind == "BRANCH" else [each for each in value[1:] if each is not None]
            part = _Part(nullable=kind != "BRANCH" and len(branches) == 1, guard=0)
            for each in (self._sequence(branch, flags) for branch in branches):
                part.nullable = part.nullable or each.nullable
                part.guard |= each.guard if each.nullable else 0
                part.first |= each.first
                part.last |= each.last
            part.guard = part.guard if part.nullable and part.guard else self.everything
            return part
        if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            return self._repeat(kind, value, flags)
        if kind == "GROUPREF":
            return _Part(nullable=True, guard=self.everything)
        raise NotImplementedError(kind)

    def _atomic(self, items: Any, flags: int) -> _Part:
        self.inner.append((items, flags))
        before = len(self.masks)
        part = self._sequence(items, flags)
        self.atomic.update(range(before, len(self.masks)))
        return part

    def _repeat(self, kind: str, value: Any, flags: int) -> _Part:
        low, high, inner = value
        mask = self._single(inner, flags)
        is_loop = high > (_SMALL if mask is not None else 2)
        is_possessive = kind == "POSSESSIVE_REPEAT"
        part = self._atomic(inner, flags) if is_possessive and mask is None else self._sequence(inner, flags)
        if low == 0 or part.nullable:
            part.nullable = True
            part.guard = self.everything if low == 0 else part.guard
        if not is_loop:
            if high == 2 and mask is None:  # a second copy
                copy = self._sequence(inner, flags)
                self._connect(part.last, copy.first)
                part.last = part.last | copy.last
            return part
        self._connect(part.last, part.first)
        if is_possessive and mask is not None:
            self.atomic |= part.first.keys()
        if is_possessive and mask is not None and int(high) > 1_000:
            # what follows a possessive repeat cannot be one of its own characters
            part.last = {state: guard & ~mask for state, guard in part.last.items()}
        return part


def growth(pattern: str | bytes, flags: int = 0, *, searched: bool = True, full: bool = False) -> Growth:
    """The worst growth that the pattern's repeats allow.

    Args:
        searched: the pattern is used with ``search``, ``sub``, ``split`` or ``finditer``.
        full: it is used with ``fullmatch``, so that a repeat at its end can fail.
    """
    tree = _parser.parse(pattern, flags)
    return _growth_of_tree(tree, tree.state.flags, isinstance(pattern, str), searched=searched, full=full)


def _growth_of_tree(tree: Any, flags: int, is_text: bool, *, searched: bool, full: bool) -> Growth:
    automaton = _Automaton(tree, flags, is_text=is_text)
    worst = _growth_of(automaton, automaton.whole, searched=searched, full=full)
    for inner, inner_flags in automaton.inner:
        found = _growth_of_tree(inner, inner_flags, is_text, searched=False, full=False)
        worst = max(worst, found, key=list(Growth).index)
    return worst


def _growth_of(automaton: _Automaton, part: _Part, *, searched: bool, full: bool) -> Growth:
    # a state after which the match succeeds whatever follows never has to be tried in another way
    accepting = {
        state
        for state, guard in part.last.items()
        if guard == automaton.everything
        and (not full or (automaton.masks[state] == automaton.everything and state in automaton.follow[state]))
    }
    everything = automaton.follow
    automaton.follow = [
        {} if state in accepting else {each: value for each, value in following.items() if each not in accepting}
        for state, following in enumerate(everything)
    ]
    components = _components(automaton.follow)
    loops = [
        state
        for state in range(len(automaton.masks))
        if components.count(components[state]) > 1 or state in automaton.follow[state]
    ]
    try:
        # one state of each component is enough, because the others are on the same loops
        roots = {components[state]: state for state in loops if state not in automaton.atomic}
        if any(_is_exponential(automaton, components, state) for state in roots.values()):
            return Growth.EXPONENTIAL
        for first in loops:
            for second in loops:
                if first in automaton.atomic or components[first] == components[second]:
                    continue
                if _is_polynomial(automaton, components, first, second):
                    return Growth.POLYNOMIAL
        if searched and any(_is_slow_search(automaton, components, part, state, everything) for state in loops):
            return Growth.SEARCH
    finally:
        automaton.follow = everything
    return Growth.LINEAR


def _is_exponential(automaton: _Automaton, components: list[int], start: int) -> bool:
    """Whether a state returns to itself on the same text in two ways."""
    inside = {
        state: [
            (next_, ways, guard)
            for next_, (ways, guard) in automaton.follow[state].items()
            if components[next_] == components[start]
        ]
        for state in range(len(automaton.masks))
        if components[state] == components[start]
    }
    seen: set[tuple[int, int, bool]] = set()
    queue = [(start, start, False)]
    while queue:
        one, other, differs = queue.pop()
        for next_one, ways, guard in inside[one]:
            for next_other, _, other_guard in inside[other]:
                if not guard & other_guard & automaton.masks[next_one] & automaton.masks[next_other]:
                    continue
                apart = differs or next_one != next_other or (one == other and ways > 1)
                key = (next_one, next_other, apart)
                if key == (start, start, True):
                    return True
                if key not in seen:
                    seen.add(key)
                    queue.append(key)
    return False


def _is_polynomial(automaton: _Automaton, components: list[int], first: int, second: int) -> bool:
    """Whether a text leads ``first`` to itself, ``first`` to ``second``, and ``second`` to itself."""
    ahead = _reachable(automaton, first)
    if second not in ahead or (
        automaton.masks[first] & automaton.masks[second] == 0
        and (components.count(components[first]) == 1 or components.count(components[second]) == 1)
    ):
        return False
    seen = {(first, first, second)}
    queue = [(first, first, second)]
    while queue:
        left, middle, right = queue.pop()
        for next_left, (_, guard) in automaton.follow[left].items():
            if components[next_left] != components[first]:
                continue
            for next_right, (_, right_guard) in automaton.follow[right].items():
                if components[next_right] != components[second]:
                    continue
                common = guard & right_guard & automaton.masks[next_left] & automaton.masks[next_right]
                if not common:
                    continue
                for next_middle, (_, middle_guard) in automaton.follow[middle].items():
                    if not common & middle_guard & automaton.masks[next_middle]:
                        continue
                    key = (next_left, next_middle, next_right)
                    if key == (first, second, second):
                        return True
                    if next_middle in ahead and key not in seen:
                        seen.add(key)
                        queue.append(key)
    return False


def _is_slow_search(
    automaton: _Automaton, components: list[int], part: _Part, loop: int, follow: list[dict[int, tuple[int, int]]]
) -> bool:
    """Whether the search can begin again at every character of what ``loop`` repeats."""
    seen: set[tuple[int, int, int]] = set()
    queue: list[tuple[int, int, int]] = []

    def step(middle_next: dict[int, tuple[int, int]], right: int, before: int) -> bool:
        for next_right, (_, right_guard) in automaton.follow[right].items():
            if components[next_right] != components[loop]:
                continue
            for next_middle, (_, guard) in middle_next.items():
                common = right_guard & guard & automaton.masks[next_right] & automaton.masks[next_middle]
                if not common:
                    continue
                if next_middle == loop and next_right == loop and common & before:
                    return True
                key = (next_middle, next_right, before)
                if key not in seen:
                    seen.add(key)
                    queue.append(key)
        return False

    for state, (ways, before) in part.first.items():
        if before and step({state: (ways, automaton.everything)}, loop, before):
            return True
    while queue:
        middle, right, before = queue.pop()
        if step(follow[middle], right, before):
            return True
    return False


def _reachable(automaton: _Automaton, start: int) -> set[int]:
    seen, queue = {start}, [start]
    while queue:
        for following in automaton.follow[queue.pop()]:
            if following not in seen:
                seen.add(following)
                queue.append(following)
    return seen


def _components(follow: list[dict[int, tuple[int, int]]]) -> list[int]:
    """The strongly connected component of each state (Tarjan, iterative)."""
    index = [-1] * len(follow)
    low = [0] * len(follow)
    component = [-1] * len(follow)
    stack: list[int] = []
    counter = 0
    for root in range(len(follow)):
        if index[root] >= 0:
            continue
        work = [(root, iter(follow[root]))]
        index[root] = low[root] = counter
        counter += 1
        stack.append(root)
        while work:
            state, following = work[-1]
            for other in following:
                if index[other] < 0:
                    index[other] = low[other] = counter
                    counter += 1
                    stack.append(other)
                    work.append((other, iter(follow[other])))
                    break
                if component[other] < 0:
                    low[state] = min(low[state], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[state])
                if low[state] == index[state]:
                    while True:
                        other = stack.pop()
                        component[other] = state
                        if other == state:
                            break
    return component


def _literals(items: Any) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    queue = [items]
    while queue:
        item = queue.pop()
        if isinstance(item, tuple) and len(item) == 2 and str(item[0]) in ("LITERAL", "NOT_LITERAL"):
            found.append((str(item[0]), item[1]))
        elif isinstance(item, (list, tuple, _parser.SubPattern)):
            queue.extend(each for each in item if not isinstance(each, (int, str)))
    return found


def _union(masks: Any) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total
