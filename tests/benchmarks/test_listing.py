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
