"""The set of questions: right or refused with a hint, never a wrong number."""

from __future__ import annotations

from collections import Counter

from metric_ask import Request
from tests.python.genie.places import Place, questions
from tests.python.genie.verdict import REFUSED, RIGHT, assess

SETS = ("questions_blind", "questions_strangers", "questions_known")


def test_the_set_is_as_large_as_promised() -> None:
    asked = Counter(each["ask"] for each in questions(*SETS))
    assert len(asked) >= 150
    assert len(questions("questions_blind")) >= 75
    assert len([each for each, count in asked.items() if count > 1]) <= 4
    assert len(set(questions("questions_outside"))) >= 60


def test_answers_are_right_or_refused_with_a_hint(place: Place) -> None:
    wrong, refused, right = [], [], []
    asked = [place.entry(each) for each in questions(*SETS)]
    asked = [each for each in asked if each.get("only", place.name) == place.name]
    for entry in asked:
        verdict = assess(entry, place.analyst.ask(entry["ask"]), place.gold)
        if verdict == RIGHT:
            right.append(entry["ask"])
        elif verdict == REFUSED:
            if entry.get("answer") == "refuse":
                right.append(entry["ask"])
            else:
                refused.append(entry["ask"])
        else:
            wrong.append(f"{entry['ask']}: {verdict}")
    assert not wrong, "\n".join(wrong)
    share = len(right) / len(asked)
    assert share >= 0.95, f"{share:.1%} right; refused: {refused}"


def test_questions_outside_the_field_are_refused(place: Place) -> None:
    answered = []
    for question in questions("questions_outside"):
        answer = place.analyst.ask(str(question))
        assert answer.answered or (answer.reason and answer.suggestions), question
        if answer.answered:
            answered.append(f"{question}: {answer.reading}")
    assert not answered, "\n".join(answered)


def test_every_hint_is_understood(place: Place) -> None:
    """What a refusal suggests is a name of something known, or a question with an answer."""
    asked = [str(place.entry(entry)["ask"]) for entry in questions(*SETS)]
    asked += map(str, questions("questions_outside"))
    hints = {
        hint: question
        for question in asked
        for hint in getattr(place.read(question), "suggestions", ())
    }
    known = set(place.analyst.context.vocabulary.titles)
    useless = [
        f"{question}: {hint}"
        for hint, question in hints.items()
        if hint not in known and not isinstance(place.read(hint), Request)
    ]
    assert len(hints) > 20
    assert not useless, "\n".join(useless)
