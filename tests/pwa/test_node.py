"""Runs the phone's node tests: the queue, the sending and the drafts without a browser."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.browser
def test_queue_and_sending_hold_in_node():
    if not (HERE / "node_modules" / "fake-indexeddb").is_dir():
        subprocess.run([shutil.which("npm") or "npm", "ci", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    ran = subprocess.run([shutil.which("node") or "node", "--test", *sorted(str(p) for p in HERE.glob("*.test.js"))],
                         cwd=HERE, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
