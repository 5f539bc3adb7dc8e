"""Settings of several readings, compared."""

from reports import settings

CODE = {"inner_loop": {"part": "InnerLoop", "steps": 1, "learning_rate": 0.001}, "shot": 10, "hidden": [40, 40]}
TEXT = {"inner_loop": {"part": "InnerLoop", "steps": 1, "learning_rate": 0.01}, "shot": 10, "clip": 5}


def test_what_readings_share_is_one_line_for_each_part() -> None:
    assert [(part.name, part.text) for part in settings.shared({"code": CODE})] == [
        ("inner loop", "InnerLoop; steps 1; learning rate 0.001"),
        ("shot", "10"),
        ("hidden", "40, 40"),
    ]
    assert settings.differing({"code": CODE}) == ()


def test_readings_that_disagree_are_told_side_by_side_also_where_one_lacks_the_setting() -> None:
    readings = {"code": CODE, "text": TEXT}
    assert [(row.name, row.texts) for row in settings.differing(readings)] == [
        ("inner loop › learning rate", ("0.001", "0.01")),
        ("hidden", ("40, 40", "—")),
        ("clip", ("—", "5")),
    ]
    assert [part.text for part in settings.shared(readings)] == ["InnerLoop; steps 1", "10"]


def test_parts_inside_parts_are_named_from_the_outside_in() -> None:
    nested = {"learner": {"part": "MAML", "network": {"part": "MLP", "standard_deviation": 0.01}}}
    assert [(part.name, part.text) for part in settings.shared({"code": nested})] == [
        ("learner", "MAML"),
        ("learner › network", "MLP; standard deviation 0.01"),
    ]


def test_no_readings_have_no_settings() -> None:
    assert settings.differing({}) == ()
    assert settings.shared({}) == ()
