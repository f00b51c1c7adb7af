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
def javascript():
    node = Node("tests/pwa/rules_runner.mjs")
    yield node
    node.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory, postgres_server):
    import psycopg
    connection = psycopg.connect(postgres_server.replace("+psycopg", ""), autocommit=True)
    yield connection
    connection.close()
