"""Scripts are sent without comments: the same program, and nothing of a string lost."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tongban.web.assets import lean

SCRIPTS = sorted((Path(__file__).parents[2] / "pwa" / "js").glob("*.js"))


def test_comments_and_indentation_go_and_strings_stay():
    script = """/**
 * Words
 */
// more
function f() {
  // inside

  /** @type {any} */ let kept;
  return 'a // b' + "/* c */";   // after
}
/** @param {string} a */
g();
"""
    assert lean(script) == """function f() {
let kept;
return 'a // b' + "/* c */";   // after
}
g();
"""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_no_script_has_a_literal_over_several_lines(path):
    for literal in re.findall(r"`[^`]*`", lean(path.read_text("utf-8"))):
        assert "\n" not in literal


def test_lean_scripts_still_parse(tmp_path):
    for path in SCRIPTS:
        (tmp_path / f"{path.stem}.mjs").write_text(lean(path.read_text("utf-8")), "utf-8")
    node = shutil.which("node")
    if node is None:
        pytest.fail("node is needed for the tests of scripts")
    for path in sorted(tmp_path.glob("*.mjs"))[:60]:
        subprocess.run([node, "--check", str(path)], check=True, capture_output=True)
