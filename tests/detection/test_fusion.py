import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from detection import DETECTORS
from detection.bursts import Bursts
from detection.fusion import fuse
from detection.protocol import Findings
from store.frames import EVIDENCE, MEMBERS, REVIEW_SCORES, REVIEWER_SCORES, REVIEWS, SIGNALS, build, check, empty
from tests.detection.test_bursts import PLANTED
from tests.detection.worlds import DAY, attacked, demo, findings, honest, reviews_of


def some(number: int = 300, *, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return reviews_of(
        DAY + np.sort(rng.integers(0, 700, number)),
        listing_key=[f"p/{n}" for n in rng.integers(0, 12, number)],
        reviewer_key=[None if n < 0 else f"p/u{n}" for n in rng.integers(-30, 90, number)],
        rating=rng.integers(0, 5, number) / 4,
    )


def saying(keys: list[str], p_value: float, *, group: str | None = None, score: float = 0.5) -> Findings:
    """A finding about these reviews."""
    one = {
        "evidence_key": f"k-{group}-{keys[0]}",
        "detector": "d",
        "version": 1,
        "subject_kind": "group" if group else "listing",
        "subject_id": group or "p/1",
        "window_start": DAY,
        "window_end": DAY,
        "score": score,
        "p_value": p_value,
        "q_value": np.nan,
        "effect": 2.0,
        "n_reviews": len(keys),
        "facts": "{}",
    }
    evidence = build({name: [value] for name, value in one.items()}, EVIDENCE)
    members = build({"evidence_key": one["evidence_key"], "review_key": keys, "role": "m", "weight": 1.0}, MEMBERS)
    return Findings(evidence, members, build({"review_key": keys, "p_value": p_value}, SIGNALS))


@pytest.mark.parametrize("named", [{}, {"bursts": Findings()}])
def test_every_review_and_account_has_a_row(named: dict[str, Findings]) -> None:
    reviews = some()
    scores = fuse(reviews, named)
    check(scores.reviews, REVIEW_SCORES, "scores")
    check(scores.reviewers, REVIEWER_SCORES, "accounts")
    assert scores.reviews["review_key"].tolist() == reviews["review_key"].tolist()
    counts = reviews["reviewer_key"].value_counts().sort_index()
    assert scores.reviewers["reviewer_key"].tolist() == counts.index.tolist()
    assert scores.reviewers["reviews"].tolist() == counts.tolist()
    for frame in (scores.reviews, scores.reviewers):
        assert frame["score"].between(0.0, 1.0).all()
        assert frame["p_value"].between(0.0, 1.0, inclusive="neither").all()
        assert (frame["detectors"] == "").all()
    assert scores.reviewers["group_id"].isna().all()


def test_a_mere_indication_is_named_beside_evidence_only() -> None:
    reviews = some()
    known = reviews[reviews["reviewer_key"].notna()].drop_duplicates("reviewer_key")
    both, alone = known["review_key"].tolist()[:2]
    accounts = known["reviewer_key"].tolist()[:2]
    scores = fuse(reviews, {"lures": saying([both], 1e-4), "generated": saying([both, alone], 1e-4)})
    said = scores.reviews.set_index("review_key")["detectors"]
    assert said[[both, alone]].tolist() == ["lures generated", ""]
    assert scores.reviewers.set_index("reviewer_key")["detectors"][accounts].tolist() == ["generated lures", ""]


def test_copies_of_a_text_make_no_group_of_accounts() -> None:
    reviews = some()
    keys = reviews.loc[reviews["reviewer_key"].isin(["p/u1", "p/u2"]), "review_key"].tolist()
    copies = saying(keys, 1e-4, group="reuse:" + keys[0], score=0.9)
    assert fuse(reviews, {"reuse": copies}).reviewers["group_id"].isna().all()
    ring = {"collusion": saying(keys, 1e-4, group="G-1", score=0.1), "reuse": copies}
    groups = fuse(reviews, ring).reviewers.set_index("reviewer_key")["group_id"]
    assert groups[["p/u1", "p/u2"]].tolist() == ["G-1", "G-1"]


def test_a_single_accounts_finding_is_no_group() -> None:
    reviews = some()
    keys = reviews.loc[reviews["reviewer_key"].eq("p/u1"), "review_key"].tolist()
    alone = saying(keys, 1e-4, group="A-1")
    alone.evidence["subject_kind"] = pd.Series(["account"], dtype="str")
    scores = fuse(reviews, {"accounts": alone}).reviewers.set_index("reviewer_key")
    assert scores["group_id"].isna().all()
    assert scores.loc["p/u1", "detectors"] == "accounts"
    both = fuse(reviews, {"accounts": alone, "collusion": saying(keys[:1], 1e-4, group="G-1", score=0.1)})
    assert both.reviewers.set_index("reviewer_key").loc["p/u1", "group_id"] == "G-1"


def test_an_empty_store_and_one_without_accounts() -> None:
    scores = fuse(empty(REVIEWS), {"d": Findings()})
    check(scores.reviews, REVIEW_SCORES, "scores")
    check(scores.reviewers, REVIEWER_SCORES, "accounts")
    assert scores.reviews.empty
    nobody = some().assign(reviewer_key=pd.Series([None] * 300, dtype="str"))
    scores = fuse(nobody, {})
    assert len(scores.reviews) == 300
    assert scores.reviewers.empty
    assert len(fuse(nobody.iloc[:1], {}).reviews) == 1


def test_score_and_p_value_rank_alike() -> None:
    reviews = some()
    scores = fuse(reviews, {"d": saying(reviews["review_key"].tolist()[:9], 1e-4)}).reviews
    ordered = scores.sort_values(["score", "p_value"], ascending=[False, True])
    assert ordered["p_value"].is_monotonic_increasing


def test_evidence_ranks_above_none() -> None:
    reviews = some()
    keys = reviews["review_key"].sample(10, random_state=1).tolist()
    plain, told = fuse(reviews, {}), fuse(reviews, {"bursts": saying(keys, 1e-6)})
    assert set(told.reviews.nlargest(10, "score")["review_key"]) == set(keys)
    assert told.reviews.set_index("review_key").loc[keys, "p_value"].max() <= 0.034
    before = plain.reviews.set_index("review_key")["score"]
    after = told.reviews.set_index("review_key")["score"]
    assert (after[keys] > before[keys]).all()
    # Of which nothing else is known, the order is as it was.
    others = after.index.difference(keys)
    assert after[others].to_numpy() == pytest.approx(before[others].to_numpy())
    loud = fuse(reviews, {"bursts": saying(keys[:1], 1e-9), "collusion": saying(keys[1:2], 1e-3)})
    score = loud.reviews.set_index("review_key")["score"]
    both = fuse(reviews, {"bursts": saying(keys[:1], 1e-3), "collusion": saying(keys[:1], 1e-3)})
    one = fuse(reviews, {"bursts": saying(keys[:1], 1e-3)})
    assert score[keys[0]] > 0.5
    of_both, of_one = (each.reviews.set_index("review_key")["score"][keys[0]] for each in (both, one))
    assert of_both > of_one


def test_a_signal_that_says_nothing_changes_nothing() -> None:
    """Many quiet detectors don't outvote a loud one."""
    reviews = some()
    keys = reviews["review_key"].tolist()
    quiet = Findings(signals=build({"review_key": keys, "p_value": 0.7}, SIGNALS))
    pd.testing.assert_frame_equal(fuse(reviews, {"d": quiet}).reviews, fuse(reviews, {}).reviews)


def test_detectors_are_named_for_members() -> None:
    reviews = some()
    known = reviews[reviews["reviewer_key"].notna()]
    one, other = known["review_key"].iloc[0], known["review_key"].iloc[1]
    said = {"bursts": saying([one], 1e-4), "mismatch": saying([one, other], 1e-4)}
    scores = fuse(reviews, said)
    names = scores.reviews.set_index("review_key")["detectors"]
    assert (names[one], names[other]) == ("bursts mismatch", "mismatch")
    assert (names.drop([one, other]) == "").all()
    accounts = scores.reviewers.set_index("reviewer_key")["detectors"]
    assert accounts[known["reviewer_key"].iloc[0]] == "bursts mismatch"


def test_an_accounts_group_is_that_of_its_strongest() -> None:
    reviews = some()
    known = reviews[reviews["reviewer_key"].notna()].drop_duplicates("reviewer_key")
    keys, accounts = known["review_key"].tolist(), known["reviewer_key"].tolist()
    weak = saying(keys[:4], 1e-3, group="G-weak", score=0.3)
    strong = saying(keys[2:6], 1e-5, group="G-strong", score=0.8)
    for pair in ((weak, strong), (strong, weak)):
        both = Findings(
            evidence=pd.concat([each.evidence for each in pair], ignore_index=True),
            members=pd.concat([each.members for each in pair], ignore_index=True),
            signals=strong.signals,
        )
        scores = fuse(reviews, {"collusion": both, "bursts": saying(keys[6:8], 1e-4)})
        groups = scores.reviewers.set_index("reviewer_key")["group_id"]
        assert groups[accounts[:6]].tolist() == ["G-weak"] * 2 + ["G-strong"] * 4
        assert groups.drop(accounts[:6]).isna().all()


def test_the_order_of_rows_leaves_no_trace() -> None:
    reviews = some()
    said = {"d": saying(reviews["review_key"].tolist()[:9], 1e-4, group="G-1")}
    shuffled = reviews.sample(frac=1.0, random_state=3)
    one, other = fuse(reviews, said), fuse(shuffled, said)
    pd.testing.assert_frame_equal(one.reviewers, other.reviewers)
    again = other.reviews.sort_values("review_key", ignore_index=True)
    pd.testing.assert_frame_equal(one.reviews.sort_values("review_key", ignore_index=True), again)


def test_p_values_are_uniform_on_an_honest_world() -> None:
    reviews = honest(31)
    found = {make.name: findings(make(), reviews) for make in DETECTORS if make.name == "bursts"}
    scores = fuse(reviews, found)
    assert kstest(scores.reviews["p_value"], "uniform").statistic < 0.01
    assert kstest(scores.reviewers["p_value"], "uniform").statistic < 0.03


def test_planted_reviews_rank_high() -> None:
    """Over all detectors and all planted kinds of the demo."""
    reviews = demo()
    found = {make.name: findings(make(), reviews) for make in DETECTORS if make.name != "mismatch"}
    scores = fuse(reviews, found).reviews.set_index("review_key")
    members = set().union(*(set(each.members["review_key"]) for each in found.values()))
    assert scores.loc[sorted(members), "p_value"].median() < 0.03
    assert (scores.loc[sorted(members), "detectors"] != "").all()


def test_attacks_are_stranger_than_the_rest() -> None:
    reviews, events = attacked(*PLANTED, seed=12)
    scores = fuse(reviews, {"bursts": findings(Bursts(), reviews)}).reviews.set_index("review_key")["p_value"]
    planted = events.loc[events["planted"], "review_key"]
    assert scores[planted].median() < 0.01
    assert scores.drop(planted).median() > 0.45
