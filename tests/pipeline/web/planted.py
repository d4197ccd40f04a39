"""Accounts and libraries whose faces have embeddings that were planted."""

import numpy as np

from pipeline.web.models import Account, Embedding, Face, Library, Person, Photo

SPACE = "planted"
DIMENSION = 16


def made_account(name, **fields):
    return Account.objects.create(name=name, password="!", **fields)


class Planted:
    """A library: people with faces around a direction of their own, each in a photo, and faces of nobody."""

    def __init__(self, account, sizes, unknown=0, seed=0):
        random = np.random.default_rng(seed)
        self.account = account
        Library.objects.create(owner=account, space=SPACE)
        centres = np.linalg.qr(random.normal(size=(DIMENSION, DIMENSION)))[0]
        n = sum(sizes) + unknown
        self.photos = Photo.objects.bulk_create(
            Photo(
                owner=account,
                sha256=f"{account.pk}-{i:060d}"[:64],
                name=f"IMG_{i}.jpg",
                size=1000 + i,
                width=640,
                height=480,
                file=f"{account.pk:08d}{i:024d}",
                looked=True,
            )
            for i in range(n)
        )
        self.people = Person.objects.bulk_create(Person(owner=account, n_faces=size) for size in sizes)
        owners = [i for i, size in enumerate(sizes) for _ in range(size)] + [None] * unknown
        self.faces = Face.objects.bulk_create(
            Face(
                owner=account,
                photo=self.photos[i],
                box=[10.0, 20.0, 100.0, 120.0],
                score=0.9,
                quality=float(i % 7),
                person=None if of is None else self.people[of],
                assigned_by="" if of is None else "group",
                confidence=0.0 if of is None else 0.5 + 0.4 * random.random(),
            )
            for i, of in enumerate(owners)
        )
        rows = np.stack([centres[-1] if of is None else centres[of % (DIMENSION - 1)] for of in owners])
        rows = rows + random.normal(size=rows.shape) * 0.08
        self.rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("<f4")
        Embedding.objects.bulk_create(
            Embedding(face=face, space=SPACE, bytes=row.tobytes())
            for face, row in zip(self.faces, self.rows, strict=True)
        )
        for person in self.people:
            person.cover = person.faces.order_by("-confidence", "-quality", "id").first()
            person.save()

    def of(self, number):
        """The names of a planted person's faces."""
        return [face.uuid for face in self.faces if face.person_id == self.people[number].pk]
