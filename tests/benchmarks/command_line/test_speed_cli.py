"""The command `speed`, with stand-ins as sides; and its tables."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.command_line import speed_cli, speed_tables
from benchmarks.records import provenance, speed
from benchmarks.records.provenance import ROOT
from benchmarks.records.speed import AnyRecord
from benchmarks.speed import breakdown, comparison, growth, rounding
from benchmarks.speed.layer_rates import PASSES, WAYS
from benchmarks.speed.workload import Timing, Workload
from tests.benchmarks.conftest import Called
from tests.benchmarks.speed.example_records import ORIGIN, example_growth, example_speed
from tests.benchmarks.speed.test_layer_rates import SMALL

Call = Callable[..., Called]


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Replaces what takes time, and collects which peers were timed for each workload."""
    calls: list[list[str]] = []

    def compare(workload: Workload, peers: list[str], timing: object, *, command: str, **_: object) -> AnyRecord:
        calls.append([workload.name, *peers])
        return example_speed(workload=workload.name, provenance=ORIGIN | {"command": command})

    def grow(workload: Workload, axis: str, peer: str, timing: object, **_: object) -> AnyRecord:
        calls.append([workload.name, axis, peer])
        return example_growth(workload=workload.name, axis=axis, peer=peer)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(comparison, "compare", compare)
    monkeypatch.setattr(growth, "grow", grow)
    monkeypatch.setattr(speed, "FOLDER", tmp_path / "accepted")
    monkeypatch.setattr(provenance, "is_dirty", lambda: False)
    return calls


def test_a_table_is_printed_and_a_record_written(call: Call, measured: list[list[str]]) -> None:
    called = call("speed", "omniglot", "--peers", "ours-first-order,authors")
    assert called.status == 0
    assert measured == [["omniglot", "ours-first-order", "authors"]]
    assert ["authors", "410", "380", "440", "2.1", "1,500", "0.24"] in [
        line.split() for line in called.out.splitlines()
    ]
    assert speed.read(Path("runs/speed/omniglot.json")).workload == "omniglot"


def test_json_has_the_promised_keys(call: Call) -> None:
    printed = json.loads(call("speed", "sinusoid", "--peers", "authors", "--json").out)
    promised = {"workload", "median_ms", "ratios", "share_of_limit", "peak_mb", "spread", "versions", "cores"}
    assert promised <= printed.keys()
    assert printed["ratios"]["authors"] == pytest.approx(2.1)


def test_all_workloads_are_a_list_and_can_be_accepted(call: Call, measured: list[list[str]]) -> None:
    called = call("speed", "all", "--peers", "authors", "--json", "--accept", "--reason", "idle", "--by", "Ada")
    names = ["sinusoid", "omniglot-no-conv", "omniglot", "omniglot-20-way", "mini-imagenet", "mini-imagenet-5-shot"]
    assert [record["workload"] for record in json.loads(called.out)] == names
    assert [name for name, _ in measured] == names
    commands = [record["provenance"]["command"] for record in json.loads(called.out)]
    assert commands[2] == ("python -m benchmarks speed omniglot --peers authors --rounds 5 --turn 1")
    assert sorted(path.stem for path in Path("accepted").iterdir()) == sorted(names)


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        (
            ["--peers", "theano"],
            "unknown peer 'theano'; choose from ours-first-order, ours-tf32, ours-bfloat16, authors",
        ),
        (["--grow", "layers"], "unknown setting to grow 'layers'; choose from steps, tasks, ways, shots"),
        (["--grow", "steps"], "the best peer for 'omniglot' is not known; name one with --peers"),
        (["--accept", "--by", "Ada"], "the reason is ''"),
    ],
)
def test_misuse_is_one_line_before_anything_is_timed(
    words: list[str], quoted: str, call: Call, measured: list[list[str]]
) -> None:
    called = call("speed", "omniglot", *words)
    assert called.status == 2
    assert called.error.splitlines()[-1].startswith(f"error: {quoted}")
    assert not measured


def test_a_side_that_needs_convolutions_is_left_out_without_them(call: Call, measured: list[list[str]]) -> None:
    called = call("speed", "sinusoid", "--peers", "ours-bfloat16")
    line = "nothing can be compared with sinusoid: ours-bfloat16 needs a network with convolutions"
    assert (called.status, called.error) == (2, f"error: {line}\n")
    assert not measured
    called = call("speed", "all", "--peers", "ours-bfloat16")
    assert called.status == 0
    assert "left out: sinusoid, because ours-bfloat16 needs a network with convolutions" in called.error
    assert [name for name, _ in measured] == ["omniglot", "omniglot-20-way", "mini-imagenet", "mini-imagenet-5-shot"]


def test_nothing_is_timed_for_acceptance_if_the_code_is_not_committed(
    call: Call, measured: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "is_dirty", lambda: True)
    called = call("speed", "omniglot", "--accept", "--reason", "idle", "--by", "Ada")
    assert called.status == 2
    assert "not committed" in called.error
    assert not measured


def test_workloads_share_the_minutes(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds: list[float] = []

    def compare(workload: Workload, peers: list[str], timing: Timing, **_: object) -> AnyRecord:
        seconds.append(timing.seconds or 0.0)
        return example_speed(workload=workload.name)

    monkeypatch.setattr(comparison, "compare", compare)
    assert call("speed", "all", "--peers", "authors", "--minutes", "6").status == 0
    # Nothing takes time here, so the last workload has nearly all of the minutes.
    assert seconds[0] == pytest.approx(60, abs=1)
    assert seconds == sorted(seconds)
    assert seconds[-1] == pytest.approx(360, abs=60)
    assert call("speed", "omniglot", "--peers", "authors").status == 0
    assert seconds[-1] == 0.0


def test_a_profile_is_a_table_or_json_of_operations(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(workload: Workload, device: str, *, quiet: bool) -> breakdown.Breakdown:
        return breakdown.Breakdown(
            workload=workload.name,
            device=device,
            time_ms=24.0,
            ms={"Conv2D": 30.0, "Mul": 10.0},
            products_ms=12.0,
            layers=[breakdown.Rates(convolution=SMALL, seconds=dict.fromkeys(WAYS, dict.fromkeys(PASSES, 1e-6)))],
        )

    monkeypatch.setattr(breakdown, "break_down", break_down)
    called = call("speed", "omniglot", "--profile")
    lines = [line.split() for line in called.out.splitlines()]
    assert ["Conv2D", "30", "75.0%"] in lines
    assert ["Mul", "10", "25.0%"] in lines
    rate = f"{SMALL.operations / 1e3:.3g}"
    assert ["2", "x", "5", "x", "4", "3", "2"] + 3 * [rate, f"({rate})"] in lines
    assert "matrix product, a meta-iteration would take 18 ms." in called.out
    printed = json.loads(call("speed", "omniglot", "--profile", "--json").out)
    assert printed["ms"] == {"Conv2D": 30.0, "Mul": 10.0}
    assert printed["layers"][0]["convolution"]["side"] == [5, 4]
    assert not Path("runs/speed").exists()
    refused = call("speed", "omniglot", "--profile", "--grow", "tasks", "--peers", "authors")
    assert refused.status == 2
    assert refused.error == "error: --profile shows this library alone, so it cannot be used with --peers, --grow\n"


def test_errors_by_task_are_a_table_or_json(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(workload: Workload, device: str, *, quiet: bool) -> rounding.Rounding:
        return rounding.Rounding(workload=workload.name, device=device, errors={"ours": [1e-6, 3e-6, 2e-5]})

    monkeypatch.setattr(rounding, "measure", measure)
    printed = call("speed", "omniglot", "--rounding").out
    assert "omniglot: distance from the meta-gradient in double precision, relative, over 3 tasks" in printed
    assert ["ours", "3.0e-06", "2.0e-05"] in [line.split() for line in printed.splitlines()]
    assert json.loads(call("speed", "omniglot", "--rounding", "--json").out)["errors"]["ours"] == [1e-6, 3e-6, 2e-5]
    refused = call("speed", "omniglot", "--rounding", "--profile")
    assert refused.status == 2
    assert refused.error == "error: --profile shows this library alone, so it cannot be used with --rounding\n"


def test_growth_uses_the_best_peer_of_the_last_record(call: Call, measured: list[list[str]]) -> None:
    speed.write(example_speed(workload="omniglot"), Path("accepted"))
    called = call("speed", "omniglot", "--grow", "steps")
    assert measured == [["omniglot", "steps", "authors"]]
    assert ["5", "5", "20", "4", "850", "1,000"] in [line.split() for line in called.out.splitlines()]
    assert call("speed", "omniglot", "--grow", "tasks", "--peers", "ours-first-order").status == 0
    assert measured[-1] == ["omniglot", "tasks", "ours-first-order"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--peers", "authors,ours-first-order"), "--peers must be one of authors, ours-first-order"),
        (("--minutes", "2"), "cannot be used with --minutes 2"),
    ],
)
def test_growth_refuses_what_it_would_ignore(call: Call, options: tuple[str, ...], message: str) -> None:
    called = call("speed", "omniglot", "--grow", "steps", *options)
    assert called.status == 2
    assert message in called.error


def test_markdown_shows_every_accepted_record(call: Call, measured: list[list[str]]) -> None:
    assert call("speed", "--markdown").out == "No record is accepted yet.\n"
    speed.write(example_growth(), Path("accepted"))
    speed.write(example_speed(), Path("accepted"))
    printed = call("speed", "--markdown").out
    assert printed.index("### waves\n") < printed.index("### waves, by steps\n")
    assert "| authors | 410 | 380 | 440 | 2.1 | 1,500 | 0.24 |  |" in printed
    assert "Repeat it with `python -m benchmarks speed waves --grow steps`." in printed
    assert "10 GFLOP, at least 100 ms at 100 GFLOP/s and 10 GB/s." in printed
    assert not measured


def test_a_faulty_accepted_record_is_named(call: Call, measured: list[list[str]]) -> None:
    speed.FOLDER.mkdir(exist_ok=True, parents=True)
    (speed.FOLDER / "sinusoid.json").write_text("{")
    called = call("speed", "--markdown")
    assert called.status == 1
    assert "faulty: " in called.error
    assert "sinusoid.json" in called.error


def test_a_record_of_a_gpu_has_a_file_and_a_title_of_its_own(call: Call) -> None:
    speed.write(example_speed(), Path("accepted"))
    speed.write(example_speed(device="GPU of the test"), Path("accepted"))
    assert sorted(place.name for place in Path("accepted").iterdir()) == ["waves-gpu.json", "waves.json"]
    printed = call("speed", "--markdown").out
    assert printed.index("### waves\n") < printed.index("### waves on GPU of the test\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--device", "tpu"), "unknown device 'tpu'; choose from cpu, gpu"),
        (("--device", "gpu"), "device 'gpu' is not available: CUDA_VISIBLE_DEVICES is '', which hides all GPUs"),
        (("--peers", "ours-tf32"), "ours-tf32 needs a GPU, so --device must be 'gpu' with it, not 'cpu'"),
    ],
)
def test_a_device_that_is_not_there_is_refused(
    call: Call, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], message: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    called = call("speed", "omniglot", *options)
    assert (called.status, called.error) == (2, f"error: {message}\n")


def test_growth_is_measured_on_a_cpu(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed_cli, "check_device", lambda device, allowed: None)
    called = call("speed", "omniglot", "--grow", "steps", "--device", "gpu")
    assert (called.status, called.error) == (
        2,
        "error: --grow is for the CPU, so --device must be 'cpu' with it, not 'gpu'\n",
    )


def test_the_page_holds_the_tables_of_the_accepted_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "FOLDER", ROOT / "reference_results" / "speed")
    _, _, rest = (ROOT / "docs" / "performance.md").read_text().partition("<!-- speed -->\n")
    assert rest.partition("\n<!-- end of speed -->")[0] == speed_tables.accepted_markdown()[0]
