"""Random hostile inputs for a target: pieces that broke parsers, joined, and its good inputs mutated."""

from random import Random

from fuzz.targets import HOSTILE, Target


def make_input(target: Target, random: Random, longest: int = 400) -> str:
    """One input of about ``longest`` characters at most."""
    pieces = (*HOSTILE, *target.pieces, *target.pieces)
    text = random.choice(target.seeds) if target.seeds and random.random() < 0.7 else ""
    for _ in range(random.randint(1, 6)):
        start = random.randint(0, len(text))
        end = min(len(text), start + random.choice((0, 0, 1, 5, 40)))
        change = random.randrange(4)
        if change == 0:  # cut out
            text = text[:start] + text[end:]
        elif change == 1:  # repeat a part
            text = text[:end] + text[start:end] * random.choice((1, 2, 20)) + text[end:]
        elif change == 2:  # break off
            text = text[:start] if random.random() < 0.3 else text
        else:
            repeats = random.choice((1, 1, 1, 3, 30))
            text = text[:start] + random.choice(pieces) * repeats + text[start:]
        if len(text) > longest * 4:
            break
    if not text or random.random() < 0.2:
        text += "".join(random.choices(pieces, k=random.randint(1, 30)))
    return text[: 5 * longest]
