"""The paper's figures on reinforcement learning, redrawn from records: returns by gradient step, paths, comparisons."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.declaring.experiment import Experiment
from benchmarks.experiments.reinforcement_learning.claims import WORDS, claims
from benchmarks.experiments.reinforcement_learning.declarations import of
from benchmarks.experiments.reinforcement_learning.domains import DOMAINS, NAVIGATION, Domain
from benchmarks.experiments.reinforcement_learning.filmstrips import filmstrips
from benchmarks.experiments.reinforcement_learning.methods import metric
from benchmarks.experiments.reinforcement_learning.typical import typical
from benchmarks.family import Analysis, Drawing
from benchmarks.figures.charts import bar, change, finite, mean_curve, published_curve
from benchmarks.metric_ids import StepMetric
from benchmarks.records.evidence import Evidence, Measured
from benchmarks.records.references import Reference, load_references
from benchmarks.verdicts.assessment import assess_reference
from benchmarks.verdicts.footnotes import paired

# Each method keeps its place, and with it its colour, in every figure.
CURVES = ("maml", "pretrained", "random", "oracle")
DRAWN_STEPS = 3
# Limits of the axis of Figure 4, which is symmetric-logarithmic.
NAVIGATION_LIMITS = (-100.0, -2.0)
# The caption of Figure 5: the random curves of these panels lie outside it.
NOT_DRAWN = ("cheetah-velocity", "ant-velocity")
CAPTION = (
    "Average return on the authors' test goals, 40 at the paper's scale. Lines are means over goals and seeds, and "
    "bands are 68 % intervals over goals. Thin lines and their bands are the authors' own results, of a single "
    "training seed."
)
NOT_COMPARED = (
    " The authors' results are left out where ours are from a run of another scale or definition, which is not "
    "compared with them."
)
LEFT_OUT = " The random curves are left out, as in the paper, whose caption says that they lie below the picture."
PATH_LIMITS = {"x": (-0.5, 0.3), "y": (-0.2, 0.6)}
PATHS = (
    "Positions of the point in the first rollout to the goal (-0.296, 0.378), before adaptation and after three steps "
    "on 40 rollouts each. Of several seeds, the one with the middle return after three steps is drawn."
)


def figures(measured: Measured) -> list[Drawing]:
    """Draws Figures 4 and 5: average returns over gradient steps."""
    drawings = [_figure(domain, measured) for domain in DOMAINS]
    return [drawing for drawing in drawings if drawing["curves"]]


def _figure(domain: Domain, measured: Measured) -> Drawing:
    shown = [method for method in CURVES if not (method == "random" and domain.key in NOT_DRAWN)]
    found = {method: evidence for method in shown if (evidence := _evidence(domain, method, measured))}
    theirs = [curve for method, evidence in found.items() if evidence.comparable for curve in _theirs(domain, method)]
    ours = [curve for method, evidence in found.items() for curve in _ours(method, evidence)]
    comparable = all(evidence.comparable for evidence in found.values())
    figure = domain.panel.partition("/")[0].replace("-", " ").capitalize()
    caption = CAPTION + ("" if comparable else NOT_COMPARED) + (LEFT_OUT if domain.key in NOT_DRAWN else "")
    scale: Drawing = {"y_scale": "linear"}
    if domain is NAVIGATION:
        scale = {"y_scale": "symlog", "y_limits": NAVIGATION_LIMITS}
    return {
        "id": domain.panel,
        "title": f"{figure}: {domain.title}",
        "caption": caption + _missing(shown, found) + _verdicts(domain, found),
        "x_label": "gradient steps",
        "y_label": "average return",
        "curves": [*theirs, *ours],
        "printed": [],
        **scale,
    }


def _missing(shown: Sequence[str], found: Mapping[str, Evidence]) -> str:
    """Returns a sentence that names the methods without a result."""
    missing = [WORDS[method] for method in shown if method not in found]
    return f" Not run yet: {_listed(missing)}." if missing else ""


def _evidence(domain: Domain, method: str, measured: Measured) -> Evidence | None:
    experiment = of(domain, method)
    return measured.of(experiment, experiment.primary)


def _ours(method: str, evidence: Evidence) -> Iterator[Drawing]:
    steps = [0] if method == "oracle" else range(DRAWN_STEPS + 1)
    for curve in mean_curve(WORDS[method], _test_of(evidence), steps, evidence):
        yield _styled(curve, method)


def _theirs(domain: Domain, method: str) -> Iterator[Drawing]:
    steps = [0] if method == "oracle" else range(DRAWN_STEPS + 1)
    points = [(n, _reference(domain, method, n)) for n in steps]
    for curve in published_curve(f"{WORDS[method]}, authors", points):
        yield _styled(curve, method)


def _styled(curve: Drawing, method: str) -> Drawing:
    """Returns the curve in the colour of its method; the oracle takes no steps and is drawn flat, as in the paper."""
    if method == "oracle":
        steps = list(range(DRAWN_STEPS + 1))
        curve = {**curve, "x": steps, **{key: len(steps) * curve[key] for key in ("centre", "low", "high")}}
    return {**curve, "series": CURVES.index(method)}


def _reference(domain: Domain, method: str, steps: int) -> Reference:
    return load_references()[str(StepMetric(f"{domain.panel}/{method}", steps))]


def _test_of(evidence: Evidence) -> str:
    (test,) = evidence.records[0].settings["tests"]
    return str(test)


def _verdicts(domain: Domain, found: Mapping[str, Evidence]) -> str:
    """Returns a sentence with the verdicts on the points of every curve that may be compared."""
    clauses = [
        f"{WORDS[method]} {', '.join(_verdicts_of(domain, method, evidence))}"
        for method, evidence in found.items()
        if evidence.comparable
    ]
    return f" Verdicts: {'; '.join(clauses)}." if clauses else ""


def _verdicts_of(domain: Domain, method: str, evidence: Evidence) -> list[str]:
    """Returns the verdicts after 0, 1, ... steps, equal ones joined."""
    by_verdict: dict[str, list[str]] = {}
    for steps in [0] if method == "oracle" else range(DRAWN_STEPS + 1):
        assessment, _ = assess_reference(_reference(domain, method, steps), metric(steps), evidence)
        by_verdict.setdefault(assessment.verdict, []).append(str(steps))
    if method == "oracle":
        return list(by_verdict)
    return [
        f"{verdict} after {_listed(steps)} step{'' if steps == ['1'] else 's'}" for verdict, steps in by_verdict.items()
    ]


def _listed(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def pictures(measured: Measured) -> list[Drawing]:
    """Draws the paths of Figure 4 (bottom): one panel for MAML and one for the pretrained policy."""
    found = {method: _evidence(NAVIGATION, method, measured) for method in ("maml", "pretrained")}
    drawn = [(method, evidence, typical(evidence)) for method, evidence in found.items() if evidence]
    panels = [
        _paths(f"{WORDS[method]}{evidence.label_suffix}, seed {record.seed}", record)
        for method, evidence, record in drawn
        if "picture/paths/curves" in record.arrays
    ]
    if not panels:
        return []
    return [
        {
            "id": "figure-4/trajectories",
            "title": "Figure 4 (bottom): paths in 2D navigation",
            "caption": PATHS,
            "limits": PATH_LIMITS,
            "panels": panels,
        }
    ]


def _paths(title: str, record: Any) -> Drawing:
    goal, paths = (record.arrays[f"picture/paths/{name}"] for name in ("goal", "curves"))
    labels = [
        "before adaptation" if n == 0 else f"after {n} steps" for n in record.settings["pictures"]["paths"]["steps"]
    ]
    return {
        "title": title,
        "goal": {"x": float(goal[0]), "y": float(goal[1])},
        "curves": [
            {"label": label, "x": finite(path[:, 0]), "y": finite(path[:, 1])}
            for label, path in zip(labels, paths, strict=True)
        ],
    }


def by_goal(measured: Measured) -> list[Drawing]:
    """Draws our returns minus the authors', paired by goal, for every number that may be compared."""
    charts = []
    for domain in DOMAINS:
        lines = [line for method in CURVES for line in _differences(domain, method, measured)]
        if lines:
            charts.append(
                {
                    "id": f"by-goal/{domain.key}",
                    "title": f"{domain.title}: ours minus the authors', on the same goals",
                    "caption": (
                        "Mean over the test goals (40 at the paper's scale) of the difference between the return of "
                        "our policies, averaged over seeds, and that of the authors' single one, with its 95 % "
                        "interval over goals. p: Wilcoxon's signed-rank test. It says whether one trained policy "
                        "differs from another on these goals, and not whether training does."
                    ),
                    "x_label": "difference of average returns",
                    "zero": "equal returns",
                    "series": ["ours minus the authors'"],
                    "lines": lines,
                }
            )
    return charts


def _differences(domain: Domain, method: str, measured: Measured) -> Iterator[Drawing]:
    evidence, experiment = _evidence(domain, method, measured), of(domain, method)
    for steps in [0] if method == "oracle" else range(domain.steps + 1):
        reference = _reference(domain, method, steps)
        difference = paired(reference.id, experiment, metric(steps), evidence) if evidence else None
        if difference:
            yield {
                "label": f"{WORDS[method]}, {steps} step{'' if steps == 1 else 's'} (p = {difference.p_value:.2g})",
                "values": [{"value": difference.mean, "half_width": difference.half_width}],
            }


VARIANTS = {
    "maml-first-order": "first-order MAML",
    "maml-low-variance-curvature": "MAML, low variance curvature",
    "maml-exact-products": "MAML, exact products with the Hessian",
    "context-vector": "context vector",
    "maml-longer": "MAML, three times as many meta-iterations",
    "maml-gymnasium": "MAML with Gymnasium's dynamics (not comparable)",
}


def variants(measured: Measured) -> list[Drawing]:
    """Draws what variants of MAML change after one step, one chart for each domain, at the scale of MAML."""
    charts = []
    for domain in DOMAINS:
        base = _evidence(domain, "maml", measured)
        lines = [line for method in VARIANTS for line in _variant(domain, method, base, measured)] if base else []
        if base and lines:
            reference = bar(metric(1), base.records)
            reduced = "" if base.scale == "paper" else " A reduced run, which is not compared with the paper's numbers."
            charts.append(
                {
                    "id": f"variants/{domain.key}",
                    "title": f"{domain.title}: variants of MAML, {base.scale} scale",
                    "caption": (
                        "Average return after one gradient step, minus the return of MAML with the choices of the "
                        f"authors' code, which is {reference['value']:.1f} ({_seeds(base)}). "
                        "Means over seeds and test goals, 40 at the paper's scale; "
                        f"bars are 95 % intervals of the difference over goals.{reduced}"
                    ),
                    "x_label": "change of the average return after 1 step",
                    "zero": "the average return of MAML",
                    "series": ["ours"],
                    "lines": lines,
                }
            )
    return charts


def _variant(domain: Domain, method: str, base: Evidence, measured: Measured) -> Iterator[Drawing]:
    experiment = _declared(domain, method)
    evidence = measured.of(experiment, experiment.primary) if experiment else None
    if evidence and evidence.current and evidence.scale == base.scale:
        result, reference = bar(metric(1), evidence.records), bar(metric(1), base.records)
        yield {"label": f"{VARIANTS[method]}, {_seeds(evidence)}", "values": [change(result, reference)]}


def _seeds(evidence: Evidence) -> str:
    seeds = len(evidence.records)
    return f"{seeds} seed{'s'[: seeds > 1]}"


def _declared(domain: Domain, method: str) -> Experiment | None:
    try:
        return of(domain, method)
    except KeyError:
        return None


ANALYSIS = Analysis(
    claims=claims(),
    figures=(figures,),
    comparisons=(by_goal, variants),
    pictures=(pictures,),
    filmstrips=(filmstrips,),
)
