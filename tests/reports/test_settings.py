"""Settings of several readings, compared."""

from reports import settings


def test_nested_settings_are_named_in_words_and_keep_their_order() -> None:
    rows = settings.compared({"code": {"inner_loop": {"steps": 1, "learning_rate": 0.001}, "shot": 10}})
    assert [(row.name, row.texts) for row in rows] == [
        ("inner loop › steps", ("1",)),
        ("inner loop › learning rate", ("0.001",)),
        ("shot", ("10",)),
    ]
    assert not any(row.differs for row in rows)


def test_readings_that_disagree_are_marked_also_where_one_lacks_the_setting() -> None:
    rows = settings.compared({"code": {"rate": 0.001, "shot": 10}, "text": {"rate": 0.01, "shot": 10, "clip": 5}})
    assert [(row.name, row.texts, row.differs) for row in rows] == [
        ("rate", ("0.001", "0.01"), True),
        ("shot", ("10", "10"), False),
        ("clip", ("—", "5"), True),
    ]


def test_no_readings_have_no_settings() -> None:
    assert settings.compared({}) == ()
