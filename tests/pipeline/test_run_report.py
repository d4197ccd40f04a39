"""A run's folder gets the report with the folders that its page links to."""

from pipeline.commands.local_run import link_report


def made(folder):
    (folder / "figures").mkdir(parents=True)
    (folder / "projector").mkdir()
    (folder / "report.html").write_text("page")
    (folder / "figures" / "roc.csv").write_text("a,b\n")
    (folder / "projector" / "tensors.tsv").write_text("1\t2\n")
    return folder


def test_the_page_and_what_it_links_arrive_together(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    shown = link_report(made(tmp_path / "report"), run)
    assert shown == str(run / "report.html")
    assert (run / "figures" / "roc.csv").read_text() == "a,b\n"
    assert (run / "projector" / "tensors.tsv").read_text() == "1\t2\n"


def test_a_repeated_run_takes_them_from_the_run_before(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    link_report(made(tmp_path / "report"), first)
    link_report(first, second)
    assert (second / "figures" / "roc.csv").samefile(tmp_path / "report" / "figures" / "roc.csv")


def test_a_report_without_points_has_no_projector(tmp_path):
    report, run = made(tmp_path / "report"), tmp_path / "run"
    run.mkdir()
    (report / "projector" / "tensors.tsv").unlink()
    (report / "projector").rmdir()
    link_report(report, run)
    assert sorted(path.name for path in run.iterdir()) == ["figures", "report.html"]
