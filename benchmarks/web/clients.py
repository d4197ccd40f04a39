"""Clients that look at the application without a pause, as locust's users; a process of its own.

    python -m benchmarks.web.clients URL --session KEY [--clients 20] [--seconds 60]

Each does, in random order, over and over: the page of people and its covers, the page of a person and its
faces, a photo's page and the photo, the field that filters by name, and a search by a face until the answer
is there. Pictures are those that a window of 1,280 x 800 pixels shows, asked for one after another, as
by a browser that keeps none. Prints as JSON, by what was asked for: the milliseconds of each request, and how
many failed. What happens in the first seconds (``--warm``) does not count.
"""

import argparse
import json
import random
import re
import sys
import time

import gevent
from locust import FastHttpUser, constant, task
from locust.env import Environment

IN_VIEW = 30  # pictures
TOKEN = "0" * 32  # of CSRF: what a browser gets as a cookie, it sends back as a header
POLL = 0.1  # seconds between two looks at a job
PICTURE = re.compile(r'src="(/files/faces/[0-9a-f-]+\.jpg)"')
PERSON = re.compile(r'href="(/people/[0-9a-f-]+)"')
PHOTO = re.compile(r'href="(/photos/[0-9a-f-]+)#f-([0-9a-f-]+)"')


class Client(FastHttpUser):
    """Somebody who sorts photos."""

    wait_time = constant(0)
    cookies = ""

    def on_start(self):
        """Learns what there is to look at."""
        self.random = random.Random(self.environment.seed.random())
        page = self.ask("/", "people").text
        self.covers, self.people = PICTURE.findall(page), PERSON.findall(page)
        self.photos = PHOTO.findall(self.ask(self.random.choice(self.people), "person").text)

    def ask(self, path, name, method="GET", **more):
        """A request under a name; whatever is not answered with 200 has failed."""
        headers = {"Cookie": self.cookies, "X-CSRFToken": TOKEN, "Accept-Encoding": "identity"}
        with self.client.request(
            method, path, name=name, headers=headers, catch_response=True, allow_redirects=False, **more
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code} to {name}")
            return answer

    def pictures(self, paths):
        """The pictures that are in view, one after another."""
        for path in paths[:IN_VIEW]:
            self.ask(path, "picture of a face")

    @task
    def look_at_people(self):
        """The page of people with its covers."""
        self.ask("/", "people")
        self.pictures(self.covers)

    @task
    def look_at_person(self):
        """A person's page with the faces."""
        page = self.ask(self.random.choice(self.people), "person").text or ""
        self.photos = PHOTO.findall(page) or self.photos
        self.pictures(PICTURE.findall(page))

    @task
    def look_at_photo(self):
        """A photo's page and the photo."""
        path, _ = self.random.choice(self.photos)
        self.ask(path, "photo")
        self.ask(f"/files{path}/preview.jpg", "picture of a photo")

    @task
    def filter_by_name(self):
        """What the field above the people asks for while somebody types."""
        self.ask(f"/?q=person+{self.random.randrange(3)}", "search by name")

    @task
    def search_by_face(self):
        """The faces most like one, until they are there."""
        began = time.perf_counter()
        asked = self.ask(f"/api/search/{self.random.choice(self.photos)[1]}", "search by a face", "POST")
        if asked.status_code != 200:
            return
        job = asked.json()["job"]
        while True:
            told = self.ask(f"/api/jobs/{job}", "how far a search is")
            state = told.json()["state"] if told.status_code == 200 else "lost"
            if state not in ("waiting", "running"):
                break
            gevent.sleep(POLL)
        error = None if state == "done" else RuntimeError(f"the search is {state}")
        self.environment.events.request.fire(
            request_type="job",
            name="search by a face, answered",
            response_time=1000 * (time.perf_counter() - began),
            response_length=0,
            exception=error,
            context={},
        )


def load(url, session, clients, seconds, warm):
    """Runs the clients; returns {name: {"ms": [float], "errors": [str]}}."""
    Client.cookies = f"sessionid={session}; csrftoken={TOKEN}"
    environment = Environment(user_classes=[Client], host=url)
    environment.seed = random.Random(0)
    told, counted_from = {}, time.monotonic() + warm

    def record(name, response_time, exception=None, **_):
        if time.monotonic() >= counted_from:
            row = told.setdefault(name, {"ms": [], "errors": []})
            row["ms"].append(round(response_time, 2))
            if exception is not None:
                row["errors"].append(str(exception)[:200])

    environment.events.request.add_listener(record)
    runner = environment.create_local_runner()
    runner.start(clients, spawn_rate=clients)
    gevent.sleep(warm + seconds)
    runner.quit()
    return told


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", metavar="URL")
    parser.add_argument("--session", required=True, metavar="KEY")
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm", type=float, default=5)
    asked = parser.parse_args()
    json.dump(load(asked.url, asked.session, asked.clients, asked.seconds, asked.warm), sys.stdout)
