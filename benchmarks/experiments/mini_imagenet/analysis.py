"""What MiniImagenet experiments show together: forms of batch normalisation, and the paper's claims on classification.

The claims on classification are about MiniImagenet and Omniglot.
"""

from collections.abc import Sequence

from benchmarks.experiments import omniglot as omniglot_room
from benchmarks.experiments.mini_imagenet import DATA_SETS, maml
from benchmarks.experiments.mini_imagenet.released_weights import RELEASED_WEIGHTS
from benchmarks.experiments.omniglot import declarations as omniglot
from benchmarks.family import Analysis, ClaimRow, Drawing
from benchmarks.figures.charts import bar, field_bar
from benchmarks.records.evidence import Measured
from benchmarks.records.record import Record
from benchmarks.records.references import FieldResult, load_field, load_references
from benchmarks.verdicts.claims import Claim, Lead, NearEquality, Row
from benchmarks.verdicts.verdict import Verdict

NORMALISATIONS = (
    "MiniImagenet 5-way 1-shot. Ours: the authors' released weights, which were meta-trained with current-batch "
    "statistics, after 10 steps on {tasks:,} tasks{reduced}. Others: first-order MAML, meta-trained and tested with "
    "each form of normalisation, so only the order of the numbers can be compared. Bars are 95 % intervals over tasks."
)
NORMALISATION_SOURCE = "Bronskill et al. 2020 (arXiv:2003.03284)"
ROW = "table-1/maml-first-order/mini-imagenet-5-way-1-shot"
CURRENT_BATCH = "current-batch statistics"
# Our test of the released weights, by the name of the normalisation in the source.
TESTS = {
    CURRENT_BATCH: "paper-protocol",
    "statistics of the support set (MetaBN)": "support-set",
    "statistics of one query example at a time": "one-query-at-a-time",
    "running averages": "running-averages",
}

SHOTS = (1, 5)
OMNIGLOT_RIVALS = ("siamese-networks", "matching-networks", "neural-statistician", "memory-module")
MINI_IMAGENET_RIVALS = ("fine-tuning-baseline", "nearest-neighbour-baseline", "matching-networks")
EXPERIMENTS = {experiment.id: experiment for experiment in (*omniglot.EXPERIMENTS, *maml.EXPERIMENTS)}
COUNTS = (
    "claim/parameters-omniglot-conv-5-way",
    "claim/parameters-omniglot-conv-20-way",
    "claim/parameters-omniglot-no-conv-5-way",
    "claim/parameters-mini-imagenet-5-way",
    "claim/parameters-sinusoid",
)


def compare_normalisations(measured: Measured) -> list[Drawing]:
    """Draws the released weights with several forms of batch normalisation, beside the results of others."""
    evidence = measured.of(RELEASED_WEIGHTS, "code")
    if not evidence or not evidence.current:
        return []
    theirs = [result for result in load_field()[ROW] if result.source.startswith(NORMALISATION_SOURCE)]
    tasks = evidence.records[0].metrics["paper-protocol/10-steps"].tasks
    reduced = "" if evidence.scale == "paper" else " (a reduced run)"
    return [
        {
            "id": "normalisation",
            "title": f"Forms of batch normalisation, {evidence.scale} scale",
            "caption": NORMALISATIONS.format(tasks=tasks, reduced=reduced),
            "x_label": "accuracy, %",
            "series": ["ours", NORMALISATION_SOURCE],
            "lines": [_normalisation(result, evidence.records) for result in theirs],
        }
    ]


def _normalisation(result: FieldResult, records: Sequence[Record]) -> Drawing:
    _, _, named = result.setting.partition("normalisation: ")
    label = named or CURRENT_BATCH
    ours = bar(f"{TESTS[label]}/10-steps", records) if label in TESTS else None
    return {"label": label, "values": [ours, field_bar(result)]}


def _claims() -> dict[str, ClaimRow]:
    """Returns the functions that compute the rows of claims on classification, by reference id."""
    data_sets = {data_set.name: data_set for data_set in (*DATA_SETS, omniglot_room.DATA_SET)}
    first_order = Claim(
        data_sets=data_sets,
        equalities=tuple(_first_order(f"mini-imagenet/maml{{}}-5-way-{shot}-shot", 10) for shot in SHOTS),
        beside=tuple(
            _first_order(f"omniglot/maml{{}}-{ways}-way-{shot}-shot", steps)
            for ways, steps in ((5, 3), (20, 5))
            for shot in SHOTS
        ),
    )
    recurrent = tuple(
        lead
        for shot in SHOTS
        for lead in (
            _lead("omniglot/no-conv", "maml-no-conv", f"omniglot-5-way-{shot}-shot", ["mann-no-conv"]),
            _lead("mini-imagenet/maml", "maml", f"mini-imagenet-5-way-{shot}-shot", ["meta-learner-lstm"]),
        )
    )
    prior = tuple(
        _lead(f"{data}/maml", "maml", f"{data}-{ways}-way-{shot}-shot", rivals)
        for data, ways, rivals in (
            ("omniglot", 5, OMNIGLOT_RIVALS),
            ("omniglot", 20, OMNIGLOT_RIVALS),
            ("mini-imagenet", 5, MINI_IMAGENET_RIVALS),
        )
        for shot in SHOTS
    )
    return {
        "claim/first-order-nearly-equal": first_order.row,
        "claim/classification-beats-recurrent-meta-learners": Claim(data_sets=data_sets, leads=recurrent).row,
        "claim/classification-narrowly-beats-prior-methods": Claim(data_sets=data_sets, leads=prior).row,
        "claim/fewer-parameters": _counts,
    }


def _lead(variant: str, method: str, setting: str, rivals: Sequence[str]) -> Lead:
    """Returns the lead of one of our methods over others in a setting such as "omniglot-5-way-1-shot"."""
    data, _, _ = variant.partition("/")
    return Lead(
        experiment=EXPERIMENTS[f"{variant}-{setting.removeprefix(data + '-')}"],
        reference=f"table-1/{method}/{setting}",
        rivals=tuple(f"table-1/{rival}/{setting}" for rival in rivals),
    )


def _first_order(pattern: str, steps: int) -> NearEquality:
    """Returns the comparison of first-order and exact MAML by the tight protocol, after the steps of Table 1."""
    first, exact = EXPERIMENTS[pattern.format("-first-order")], EXPERIMENTS[pattern.format("")]
    table_1 = [f"table-1/{method}/{exact.id.replace('/maml', '')}" for method in ("maml-first-order", "maml")]
    return NearEquality(
        first=first,
        exact=exact,
        metric=f"tight-protocol/{steps}-steps",
        printed=tuple(reference for reference in table_1 if reference in load_references()),
    )


def _counts(_: Measured) -> Row:
    """Returns the row of the claim about numbers of parameters, with which no number is compared."""
    counts = [load_references()[name] for name in COUNTS]
    networks = [count.title.removeprefix("Number of parameters: ") for count in counts]
    listed = "; ".join(f"{count.value:,.0f} ({network})" for count, network in zip(counts, networks, strict=True))
    return {
        "verdict": Verdict.NO_PRINTED_NUMBER,
        "command": None,
        "footnotes": [f"The numbers of parameters of MAML's networks, which have rows of their own: {listed}."],
    }


ANALYSIS = Analysis(claims=_claims(), comparisons=(compare_normalisations,))
