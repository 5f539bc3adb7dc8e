"""The settings behind a number as one short line in words; everything else is in the settings themselves."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.metric_ids import StepMetric

Settings = Mapping[str, Any]


def in_words(settings: Settings, metric: str) -> str:
    """Returns how a number is measured: the length of training, the inner loop and the test.

    Args:
        settings: From `Experiment.settings`, or of a record.
        metric: Metric id, such as `k-5/5-steps`.

    Returns:
        Such as "70,000 meta-iterations of 25 tasks; 1 inner step, learning rate 0.001; tested on 600 tasks with 5
        support points, after 5 steps". Empty for a metric of no test, such as a number of parameters.
    """
    scored, tests = StepMetric.parse(metric), settings.get("tests") or {}
    test = (tests.get(scored.test) or {}) if scored else {}
    if scored and "protocol" in test:
        # A learning rate that is tuned for the test is not one of training.
        inner_loop = "" if test.get("tune") else _inner_loop(settings)
        parts = (_training(settings), inner_loop, ", ".join(_test(test, scored.steps)))
    elif metric in (settings.get("differences") or {}):
        parts = (_training(settings), _inner_loop(settings), "")
    else:
        return ""
    return "; ".join(filter(None, parts))


def _training(settings: Settings) -> str:
    training = settings.get("training") or {}
    iterations, batch = training.get("iterations"), training.get("meta_batch", 1)
    if not iterations:
        return "no meta-training"
    return f"{_counted(iterations, 'meta-iteration')} of {_counted(batch, 'task')}"


def _inner_loop(settings: Settings) -> str:
    inner = (settings.get("learner") or {}).get("inner_loop") or {}
    if not inner or not (settings.get("training") or {}).get("iterations"):
        return ""
    rate = inner.get("learning_rate")
    words = [_counted(inner["steps"], "inner step")] if "steps" in inner else []
    words += [f"learning rate {rate:g}"] if isinstance(rate, int | float) else []
    words += ["first order"] if inner.get("first_order") else []
    return ", ".join(words)


def _test(test: Settings, steps: int) -> Iterator[str]:
    tasks, count = test.get("tasks") or {}, test["protocol"]["tasks"]
    if "ways" in tasks:
        query = f" with {_counted(tasks['query'], 'query image')} per class" if tasks.get("query") else ""
        yield f"tested on {count:,} {tasks['ways']}-way {tasks['shot']}-shot tasks{query}"
    elif "shot" in tasks:
        yield f"tested on {_counted(count, 'task')} with {_counted(tasks['shot'], 'support point')}"
    else:
        yield f"tested on {_counted(count, 'task')}"
    yield "before adaptation" if steps == 0 else f"after {_counted(steps, 'step')}"
    if test.get("tune"):
        yield "with a learning rate tuned on other tasks"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
