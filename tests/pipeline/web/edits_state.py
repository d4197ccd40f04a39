"""What an account's people, faces and verdicts are, to be compared."""

from pipeline.web.models import Face, Library, PairVerdict, Person, Share, Verdict

TABLES = (Person, Face, Verdict, PairVerdict, Share, Library)


def everything():
    """All rows of the tables that edits change, by table and id."""
    return {table.__name__: {row["id"]: row for row in table.objects.values()} for table in TABLES}


def check_counts():
    """Counts and covers agree with the faces; nobody is of a person that was rejected."""
    for person in Person.objects.all():
        shown = Face.objects.filter(person=person, state="shown")
        assert person.n_faces == shown.count()
        assert (person.cover is None) == (person.n_faces == 0)
        if person.cover is not None:
            assert person.cover.person_id == person.pk
            assert person.cover.state == "shown"
        assert person.name or person.faces.exists() or person.share_set.exists()
    for verdict in Verdict.objects.filter(is_person=False):
        assert verdict.face.person_id != verdict.person_id
    said = list(Verdict.objects.filter(is_person=True).values_list("face_id", flat=True))
    assert len(said) == len(set(said))
