"""What is not a guest's own: the questions of a form, or a beginning that a platform or a place fills in."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detection.arrays import Ints
from detection.text.copies import Words, phrases

# So many words in a row, in at least so many different texts and such a share of all of a platform or a listing.
_PASSAGE, _LEAST_TEXTS, _LEAST_SHARE = 6, 10, 0.2
# Many copies come in a short time; a form stays. Days from a tenth to nine tenths of the texts.
_LEAST_DAYS = 180
# A platform's form is seen at several places.
_LEAST_LISTINGS = 5
# Less than that left, a listing's texts are near copies with slots rather than answers.
_LEAST_OWN = 8


def form_words(words: Words, platform: Ints, listing: Ints, day: Ints) -> NDArray[np.bool_]:
    """Which words are a form's, by the platform and the listing (codes from 0) and the day of each text.

    A text stands once in ``words`` however often it is used: what is copied whole is no form.
    """
    inside, bucket, held = phrases(words, _PASSAGE)
    often = held[bucket] >= _LEAST_TEXTS
    inside = inside[often]
    passage = np.zeros(len(inside), dtype="int64")
    for place in range(_PASSAGE):
        passage = pd.factorize(passage * len(words.names) + words.word[inside + place])[0].astype("int64")
    of_platform = _covered(words, inside, _lasting(words, inside, passage, platform, listing, day, _LEAST_LISTINGS))
    of_listing = _covered(words, inside, _lasting(words, inside, passage, listing, listing, day, 1))
    own = np.bincount(words.text, weights=~(of_platform | of_listing), minlength=len(words.lengths))
    return of_platform | (of_listing & (own >= _LEAST_OWN)[words.text])


def _lasting(
    words: Words, inside: Ints, passage: Ints, group: Ints, listing: Ints, day: Ints, listings: int
) -> NDArray[np.bool_]:
    """Which passages a large share of their group's texts hold, for long and at so many listings."""
    text = words.text[inside]
    code = pd.factorize(group[text] * (int(passage.max(initial=0)) + 1) + passage)[0].astype("int64")
    each = np.unique(code * len(group) + text)
    holds, holder = each // len(group), each % len(group)
    share = np.bincount(holds) / np.bincount(group)[group[holder[np.unique(holds, return_index=True)[1]]]]
    wide = (np.bincount(holds) >= _LEAST_TEXTS) & (share >= _LEAST_SHARE)
    found = np.zeros(len(wide), dtype=bool)
    kept = wide[holds]
    uses = pd.DataFrame({"day": day[holder[kept]], "listing": listing[holder[kept]]}).groupby(holds[kept])
    span = uses["day"].quantile(0.9) - uses["day"].quantile(0.1)
    lasting = span[(span >= _LEAST_DAYS) & (uses["listing"].nunique() >= listings)].index.to_numpy(dtype="int64")
    found[lasting] = True
    return np.asarray(found[code], dtype=bool)


def _covered(words: Words, inside: Ints, lasting: NDArray[np.bool_]) -> NDArray[np.bool_]:
    result = np.zeros(len(words.word), dtype=bool)
    for place in range(_PASSAGE):
        result[inside[lasting] + place] = True
    return result
