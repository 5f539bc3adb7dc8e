import pytest

from benchmarks.catalogue import CATALOGUE, select
from benchmarks.command_line.listing import listing, markdown, print_listing
from benchmarks.records.provenance import ROOT


def test_every_experiment_is_listed_with_its_cost() -> None:
    rows = listing(select([]))
    assert [row["experiment"] for row in rows] == list(CATALOGUE)
    assert all(row["minutes"]["paper"] > 0 and row["memory_gb"] > 0 for row in rows)


def test_what_goes_to_a_file_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    rows = listing(select([]))
    print_listing(rows)
    lines = capsys.readouterr().out.splitlines()[2:]
    for row, line in zip(rows, lines, strict=True):
        assert line.startswith(row["experiment"] + " ")
        assert line.split()[-4:] == [f"{cost:g}" for cost in (*row["minutes"].values(), row["memory_gb"])]


@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_shows_the_costs_however_narrow_it_is(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = listing(select([]))
    print_listing(rows)
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert all(f" {cost:g} " in shown for row in rows for cost in row["minutes"].values())
    assert ("answers to" in shown) == (columns == 200)


def test_the_readme_holds_the_table_that_the_command_prints() -> None:
    readme = (ROOT / "README.md").read_text()
    _, _, rest = readme.partition("<!-- catalogue -->\n")
    table, _, _ = rest.partition("\n<!-- end of catalogue -->")
    assert table == markdown(listing(select([])))


def test_every_cell_that_is_answered_has_its_command() -> None:
    table = markdown(listing(select([])))
    answered = [
        name for each in CATALOGUE.values() for name in each.answers if name.startswith(("table-1/", "table-3/"))
    ]
    assert len(answered) >= 15
    assert all(table.count(f"`{name}`") == 1 for name in answered)
    assert (
        "`table-1/maml-no-conv/omniglot-5-way-1-shot` | `python -m benchmarks run omniglot/no-conv-5-way-1-shot"
        in table
    )
