"""Behind a real proxy with TLS, Caddy as docs/how-to/web.md has it: cookies, forms, uploads, and news at once."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest

from tests.pipeline.web.served import free_port, serving
from tests.pipeline.web.story import Story, browser
from tests.pipeline.web.uploads.pictures import picture

NAME = "photos.example.org"
CADDYFILE = """
{{
    admin off
    auto_https disable_redirects
    skip_install_trust
    storage file_system {folder}/caddy
}}
{name}:{port} {{
    tls internal
    reverse_proxy 127.0.0.1:{behind}
}}
"""
LISTEN = """() => {
  window.heard = 0;
  new EventSource("/api/events").addEventListener("batch", () => (window.heard += 1));
}"""


@contextmanager
def caddy(folder, behind):
    """Caddy before a port of this machine; gives its own."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("no Caddy is installed: Debian's caddy")
    port = free_port()
    told = folder / "Caddyfile"
    told.write_text(CADDYFILE.format(folder=folder, name=NAME, port=port, behind=behind))
    with open(folder / "caddy.log", "wb") as log:
        command = [program, "run", "--config", str(told), "--adapter", "caddyfile"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 30
        while not _listens(port):
            assert process.poll() is None, (folder / "caddy.log").read_text()
            assert time.monotonic() < until, (folder / "caddy.log").read_text()
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _listens(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_a_browser_comes_through_it(tmp_path):
    big = tmp_path / "big.jpg"
    big.write_bytes(picture(2).ljust(9 * 2**20, b"\0"))  # three pieces
    small = tmp_path / "small.jpg"
    small.write_bytes(picture(3))
    options = ("--allow-host", NAME, "--proxy", "127.0.0.1", "--tls")
    rules = f"--host-resolver-rules=MAP {NAME} 127.0.0.1"
    with (
        serving(tmp_path / "data", "", *options) as served,
        caddy(tmp_path, served.port) as port,
        browser(rules) as opened,
    ):
        anna = Story(opened, f"https://{NAME}:{port}", ignore_https_errors=True)  # an authority of its own
        anna.sign_up("Anna", served.token)
        cookies = {cookie["name"]: cookie for cookie in anna.context.cookies()}
        assert cookies["sessionid"]["secure"]
        assert cookies["csrftoken"]["secure"]
        anna.go("/upload")
        anna.page.evaluate(LISTEN)
        anna.page.locator("#files").set_input_files([big, small])
        anna.said("2 files are sent")
        anna.page.wait_for_function("() => window.heard > 0", timeout=15_000)
        photos = anna.page.evaluate("async () => (await (await fetch('/api/photos')).json()).items")
        assert {photo["name"] for photo in photos} == {"big.jpg", "small.jpg"}
        anna.click("text=Log out")
        anna.page.wait_for_url(f"{anna.url}/login")
        assert anna.errors == []
        assert anna.outside == []
