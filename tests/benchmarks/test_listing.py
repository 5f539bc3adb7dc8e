from benchmarks.catalogue import CATALOGUE, select
from benchmarks.listing import listing, markdown
from benchmarks.provenance import ROOT


def test_every_experiment_is_listed_with_its_cost() -> None:
    rows = listing(select([]))
    assert [row["experiment"] for row in rows] == list(CATALOGUE)
    assert all(row["minutes"]["paper"] > 0 and row["memory_gb"] > 0 for row in rows)


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
