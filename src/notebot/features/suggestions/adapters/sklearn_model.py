"""A second opinion on tags: latent topics of the archive and a ridge regression on them (extra ``tags``)."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.features.suggestions.rules.tag_model.corpus import Corpus
    from notebot.features.suggestions.rules.tag_model.model import Hunches
    from notebot.features.suggestions.rules.tag_model.neighbour_index import Vector

_TOPICS = 300
_RIDGE = 1.0
_LEAST, _MOST = 0.02, 0.98
"""What a share is cut to before it is turned into odds."""
_FEWEST = 20
"""Notes from which topics can be told."""


def is_installed() -> bool:
    """Whether the extra is there; nothing is imported."""
    return find_spec("sklearn") is not None


class SklearnModel:
    """See :class:`notebot.features.suggestions.suggest.SecondModel`."""

    name = "sklearn"

    def learn(self, corpus: Corpus) -> tuple[bytes, Sequence[Hunches]] | None:
        import numpy as np
        from sklearn.decomposition import TruncatedSVD

        texts, tags = _matrices(corpus)
        if min(texts.shape) < _FEWEST or not corpus.record.tags:
            return None
        svd = TruncatedSVD(min(_TOPICS, min(texts.shape) - 1), random_state=0)
        topics = svd.fit_transform(texts)
        means = tags.mean(axis=0)
        inverse = np.linalg.inv(topics.T @ topics + _RIDGE * np.eye(topics.shape[1]))
        weights = inverse @ topics.T @ (tags - means)
        leverage = ((topics @ inverse) * topics).sum(axis=1, keepdims=True)
        # A ridge regression tells in closed form what it would say of a row had it not seen that row.
        unseen = (topics @ weights - leverage * (tags - means)) / (1 - leverage) + means
        return _packed(svd.components_, weights, means), _odds(unseen).tolist()

    def open(self, state: bytes) -> OpenedModel:
        return OpenedModel(state)


class OpenedModel:
    """A learned model in use."""

    def __init__(self, state: bytes) -> None:
        import numpy as np

        with np.load(io.BytesIO(state), allow_pickle=False) as stored:
            self._components, self._weights, self._means = stored["components"], stored["weights"], stored["means"]

    def __call__(self, vector: Vector) -> Hunches:
        import numpy as np

        numbers = [number for number, _ in vector]
        strengths = np.array([weight for _, weight in vector], dtype="f4")
        topics = strengths @ self._components[numbers].astype("f4") if numbers else np.zeros(self._components.shape[1])
        hunches: list[float] = _odds(topics @ self._weights + self._means).tolist()
        return hunches


def _matrices(corpus: Corpus) -> tuple[Any, Any]:
    """Texts by terms (sparse) and texts by tags, 0 or 1."""
    import numpy as np
    from scipy.sparse import csc_matrix

    index = corpus.record.index
    weights = np.frombuffer(index.weights, "f4").astype("f8")
    places = np.frombuffer(index.places, "u4").astype("i4")
    starts = np.frombuffer(index.starts, "u4").astype("i4")
    texts = csc_matrix((weights, places, starts), (index.size, len(index.terms)))
    tags = np.zeros((index.size, len(corpus.record.tags)))
    for place, own in enumerate(corpus.record.tags_of):
        tags[place, list(own)] = 1.0
    return texts.tocsr(), tags


def _packed(components: Any, weights: Any, means: Any) -> bytes:
    import numpy as np

    stored = io.BytesIO()
    np.savez(stored, components=components.T.astype("f2"), weights=weights.astype("f4"), means=means.astype("f4"))
    return stored.getvalue()


def _odds(shares: Any) -> Any:
    import numpy as np

    cut = np.clip(shares, _LEAST, _MOST)
    return np.log(cut / (1 - cut))
