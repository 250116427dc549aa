"""Mutation tests: the rules, and that some mutants chosen at random are killed or explained."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.mutants.__main__ import VERDICTS, build_sample, choose, read_reasons, unexplained
from tools.mutants.harness import Harness
from tools.mutants.mutations import Query

MUTANTS = int(os.environ.get("MUTANTS", "30"))
SEED = int(os.environ.get("SEED", "1"))


@pytest.mark.parametrize(
    ("sql", "mutations"),
    [
        ("select a from t where a > 1", {"a >= 1", "a > 2", ""}),
        ("select a from t left join u on t.a = u.b", {"INNER JOIN u", "t.a <> u.b"}),
        (
            "select coalesce(sum(a), 0) from t",
            {"COALESCE(MAX(a), 0)", "SUM(a)", "COALESCE(SUM(a), 1)"},
        ),
        ("select not a or b from t", {"a OR b", "NOT a AND b", "NOT a", "b"}),
        (
            "select case when a then 'x' else b end from t",
            {"THEN 'xx'", "THEN 'x' END", "SELECT b"},
        ),
        ("select distinct a from t", {"SELECT a"}),
        ("select a from t union all select a from u", {"t UNION SELECT", "FROM t", "FROM u"}),
        ("select max(a) over (partition by b order by c) from t", {"OVER (ORDER BY c)", "c DESC"}),
        ("select a from t where a is not null", {"WHERE a IS NULL"}),
    ],
)
def test_each_rule_changes_what_it_names(sql: str, mutations: set[str]) -> None:
    query = Query("model", sql)
    mutants = [query.mutated(key) for key in query.mutations]
    assert len(set(mutants)) == len(mutants)
    assert query.sql not in mutants
    assert [part for part in mutations if not any(part in sql for sql in mutants)] == []


def test_what_a_macro_writes_changes_everywhere() -> None:
    clean = "nullif(trim(replace({}, chr(160), ' ')), '')"
    query = Query("model", f"select {clean.format('a')} as a, {clean.format('b')} as b from t")
    without_trim = [query.mutated(key) for key in query.mutations]
    assert any(sql.count("TRIM") == 0 for sql in without_trim)
    assert not any(sql.count("TRIM") == 1 for sql in without_trim)


def test_every_reason_has_a_known_verdict() -> None:
    assert {reason.verdict for reason in read_reasons()} <= VERDICTS.keys()


@pytest.mark.slow
def test_mutants_chosen_at_random_are_killed_or_explained(tmp_path: Path) -> None:
    harness = Harness(tmp_path, build_sample(tmp_path))
    print(f"{MUTANTS} mutants, seed {SEED}")
    outcomes = [harness.outcome(mutant) for mutant in choose(harness.mutants(), MUTANTS, SEED)]
    assert [str(each.mutant) for each in unexplained(outcomes, read_reasons())] == []
