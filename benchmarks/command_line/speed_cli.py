"""The command `python -m benchmarks speed`, which times this library beside its peers."""

import json
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.command_line.options import check_form
from benchmarks.errors import BenchmarkError
from benchmarks.running.devices import check_device
from benchmarks.running.job import RUNS

if TYPE_CHECKING:
    from benchmarks.records.speed import AnyRecord
    from benchmarks.speed.workload import Timing, Workload

OUT = RUNS / "speed"
ALL = "all"
DEVICES = ("cpu", "gpu")
ROLLOUTS = "rollouts"
MINUTES_OF_ALL = 9.0  # after which no peer is started, so that all workloads take about ten minutes

What = Annotated[
    str,
    typer.Argument(
        metavar="[WORKLOAD]",
        help="What is timed, such as sinusoid, all of them, or rollouts; an unknown name lists them.",
    ),
]
Peers = Annotated[
    list[str] | None, typer.Option(help="Names of peers, separated by commas; by default all that are installed.")
]
Minutes = Annotated[
    float | None,
    typer.Option(help="Minutes after which no further peer is started; all workloads share them."),
]
Grow = Annotated[
    str | None, typer.Option(help="Instead, time several values of one setting: steps, tasks, ways or shots.")
]
Profile = Annotated[
    bool,
    typer.Option("--profile", help="Instead, show where the time of this library goes, and what limits it."),
]
Rounding = Annotated[
    bool, typer.Option("--rounding", help="Instead, compare the meta-gradient of each task with double precision.")
]
Markdown = Annotated[
    bool, typer.Option("--markdown", help="Time nothing, and print the tables of docs/performance.md.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def speed(
    what: What = "sinusoid",
    peers: Peers = None,
    grow: Grow = None,
    profile: Profile = False,
    rounding: Rounding = False,
    rounds: Annotated[int, typer.Option(help="Number of rounds; each times this library and a peer.", min=1)] = 5,
    turn: Annotated[float, typer.Option(help="Seconds that each side computes in a round, at least.", min=0.0)] = 1.0,
    minutes: Minutes = None,
    device: Annotated[str, typer.Option(help="Device of all sides: cpu or gpu.")] = "cpu",
    out: Annotated[Path, typer.Option(help="Folder for the records.")] = OUT,
    accept: Annotated[bool, typer.Option("--accept", help="Accept the records for documents and report.")] = False,
    reason: Annotated[str, typer.Option(help="With --accept: why these numbers are accepted.")] = "",
    by: Annotated[str, typer.Option(help="With --accept: who accepts; by default the user name of git.")] = "",
    as_markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Compare the speed of this library with that of its peers, within one run.

    Every side solves the same problem with the same tensors, and must compute the same loss and meta-gradient before it
    is timed. Peers that are not installed are left out, and named.

    `rollouts` compares environment steps per second with Gymnasium's vector environments and with bare physics instead;
    of the options, it has --rounds and --json.
    """
    check_form(as_json=as_json, as_markdown=as_markdown)
    seconds = _seconds(minutes, what)
    if what == ROLLOUTS:
        given = {"--peers": peers, "--grow": grow, "--profile": profile, "--rounding": rounding, "--minutes": minutes}
        given |= {"--device": device != "cpu", "--accept": accept, "--markdown": as_markdown}
        _time_rollouts(rounds, as_json, [option for option, value in given.items() if value])
        return
    from benchmarks.command_line import speed_tables
    from benchmarks.records import provenance
    from benchmarks.records import speed as records
    from benchmarks.speed.workload import Timing

    if as_markdown:
        raise typer.Exit(speed_tables.print_accepted())
    check_device(device, allowed=DEVICES)
    if grow and minutes is not None:
        raise BenchmarkError(f"--grow times one peer at every value, so it cannot be used with --minutes {minutes:g}")
    if profile or rounding:
        given = {"--profile": profile, "--rounding": rounding, "--peers": peers, "--grow": grow, "--accept": accept}
        _study(what, device, as_json, [option for option, value in given.items() if value])
        return
    by = by or provenance.author()
    if accept:
        records.check_before(reason, by)
    timing = Timing(rounds=rounds, turn=turn, seconds=seconds)
    measured, places = [], []
    for record in _measure(what, _words(peers), grow, timing, out, as_json, device):
        places.append(records.write(record, out))
        measured.append(record)
        if not as_json:
            speed_tables.print_record(record)
    for place in records.accept(places, reason=reason, by=by, folder=records.FOLDER) if accept else []:
        print(f"accepted: {place}", file=sys.stderr)
    if as_json:
        _print_json(what, measured)


def _seconds(minutes: float | None, what: str) -> float | None:
    """Returns the seconds after which no further peer is started; None for no limit."""
    if minutes is not None and not minutes > 0:
        raise BenchmarkError(f"--minutes must be above 0, not {minutes:g}")
    minutes = MINUTES_OF_ALL if minutes is None and what == ALL else minutes
    return None if minutes is None else 60 * minutes


def _print_json(what: str, found: Sequence[Any]) -> None:
    plain = [asdict(each) for each in found]
    print(json.dumps(plain if what == ALL else plain[0], indent=2, allow_nan=False))


def _time_rollouts(rounds: int, as_json: bool, options: Sequence[str]) -> None:
    if options:
        raise BenchmarkError(f"rollouts has --rounds and --json only, so it cannot be used with {', '.join(options)}")
    from benchmarks.speed import rollouts

    measured = rollouts.compare(None, rounds, quiet=as_json)
    print(json.dumps(measured, indent=2, allow_nan=False)) if as_json else rollouts.print_result(measured)


def _study(what: str, device: str, as_json: bool, options: Sequence[str]) -> None:
    """Shows where the time of this library goes (--profile), or how accurate it is (--rounding)."""
    study, *further = options
    if further:
        raise BenchmarkError(f"{study} shows this library alone, so it cannot be used with {', '.join(further)}")
    from benchmarks.command_line import speed_tables
    from benchmarks.speed.breakdown import break_down
    from benchmarks.speed.rounding import measure

    found: list[Any] = []
    for workload in _workloads(what):
        if study == "--profile":
            found.append(breakdown := break_down(workload, device, quiet=as_json))
            show = partial(speed_tables.print_breakdown, breakdown)
        else:
            found.append(rounding := measure(workload, device, quiet=as_json))
            show = partial(speed_tables.print_rounding, rounding)
        if not as_json:
            show()
    if as_json:
        _print_json(what, found)


def _workloads(what: str) -> list["Workload"]:
    from benchmarks.catalogue import CATALOGUE
    from benchmarks.speed.workload import Workload

    races = CATALOGUE.races if what == ALL else {what: CATALOGUE.race(what)}
    return [Workload.of(name, race, CATALOGUE[race.experiment]) for name, race in races.items()]


def _measure(
    what: str, peers: list[str] | None, grow_by: str | None, timing: "Timing", out: Path, quiet: bool, device: str
) -> Iterator["AnyRecord"]:
    """Yields the record of each workload as soon as it is measured."""
    from benchmarks.speed.comparison import compare
    from benchmarks.speed.growth import axis_of, grow
    from benchmarks.speed.problem import Problem
    from benchmarks.speed.sides import choose, fitting

    workloads = _workloads(what)
    axis = axis_of(grow_by) if grow_by else None
    if axis and device != "cpu":
        raise BenchmarkError(f"--grow is for the CPU, so --device must be 'cpu' with it, not {device!r}")
    if axis and peers and len(peers) > 1:
        raise BenchmarkError(f"--grow times one peer, so --peers must be one of {', '.join(peers)}")
    chosen, left_out = choose(peers, device)
    for line in left_out:
        print(f"left out: {line}", file=sys.stderr)
    ends = time.monotonic() + (timing.seconds or 0.0)
    for position, workload in enumerate(workloads):
        name = workload.name
        if timing.seconds:
            # What a workload leaves of its share is shared by those that follow.
            left = ends - time.monotonic()
            timing = replace(timing, seconds=max(1.0, left / (len(workloads) - position)))
        command = _command(name, peers, grow_by, timing, device)
        if axis:
            peer = chosen[0] if peers else _best_peer(name, out, chosen)
            yield grow(workload, axis, peer, timing, command=command, quiet=quiet)
        else:
            fit, unfit = fitting(chosen, Problem.of(workload.settings))
            missing = [*left_out, *unfit]
            if fit:
                yield compare(workload, fit, timing, left_out=missing, command=command, quiet=quiet, device=device)
            elif what == ALL:
                print(f"left out: {name}, because {'; '.join(unfit)}", file=sys.stderr)
            else:
                raise BenchmarkError(f"nothing can be compared with {name}: {'; '.join(missing)}")


def _command(workload: str, peers: list[str] | None, grow_by: str | None, timing: "Timing", device: str) -> str:
    """Returns the command that measures one workload again."""
    words = ["python", "-m", "benchmarks", "speed", workload]
    words += ["--peers", ",".join(peers)] if peers else []
    words += ["--grow", grow_by] if grow_by else []
    words += ["--device", device] if device != "cpu" else []
    return shlex.join([*words, "--rounds", str(timing.rounds), "--turn", f"{timing.turn:g}"])


def _words(options: list[str] | None) -> list[str] | None:
    return [word for option in options for word in option.split(",")] if options else None


def _best_peer(workload: str, out: Path, among: Sequence[str]) -> str:
    """Returns the fastest of these peers in the last record of a workload, fresh or accepted."""
    from benchmarks.records import speed as records
    from benchmarks.speed.growth import best_peer

    for folder in (out, records.FOLDER):
        place = folder / f"{workload}.json"
        if place.exists() and isinstance(record := records.read(place), records.SpeedRecord):
            return best_peer(record, among)
    raise BenchmarkError(
        f"the best peer for {workload!r} is not known; name one with --peers, or run `python -m benchmarks speed "
        f"{workload}` first"
    )
