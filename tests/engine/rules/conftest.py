"""Rule tests share generated records and the phone's evaluator in one long-lived node process."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE))


class Node:
    """A node script that answers one JSON line for each it is sent."""

    def __init__(self, script):
        self.process = subprocess.Popen([shutil.which("node"), str(ROOT / script)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, message):
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "node ended; its error stands above"
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


@pytest.fixture(scope="session")
def node_script():
    """Starts node scripts and ends them; says what to do where a package they need is not installed."""
    started = []

    def start(script, package=""):
        if package and not (ROOT / "node_modules" / package).is_dir():
            pytest.fail(f"{package} is not installed: run `npm ci` in the root of the repository first")
        started.append(Node(script))
        return started[-1]
    yield start
    for node in started:
        node.close()


@pytest.fixture(scope="session")
def javascript(node_script):
    return node_script("tests/pwa/rules_runner.mjs")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory, postgres_server):
    import psycopg
    connection = psycopg.connect(postgres_server.replace("+psycopg", ""), autocommit=True)
    yield connection
    connection.close()
