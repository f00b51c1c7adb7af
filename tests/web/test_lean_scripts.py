"""Scripts are sent small and in bundles: the same program, nothing of a string lost, no module twice."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tongban.web.assets import Assets
from tongban.web.scripts import BUNDLES, lean, served

PWA = Path(__file__).parents[2] / "pwa"
SCRIPTS = sorted((PWA / "js").glob("*.js"))


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


def test_what_is_served_parses_and_nobody_imports_a_bundled_module_past_its_bundle(tmp_path):
    made = {name: asset.body.decode() for name, asset in Assets(PWA).files.items() if re.fullmatch(r"b/.*\.js", name)}
    assert {f"b/{name}.js" for name in BUNDLES} <= set(made)
    for name, text in made.items():
        for wanted in re.findall(r"""(?:from|import\()\s*["'`]\./([\w-]+)\.js""", text):
            assert f"b/{wanted}.js" in made, (name, wanted)
        (tmp_path / f"{name[2:-3]}.mjs").write_text(text, "utf-8")
    node = shutil.which("node")
    if node is None:
        pytest.fail("node is needed for the tests of scripts")
    for path in sorted(tmp_path.glob("*.mjs")):
        subprocess.run([node, "--check", str(path)], check=True, capture_output=True)


def test_a_module_that_a_bundle_lacks_is_imported_from_the_bundle_that_has_it(monkeypatch):
    monkeypatch.setattr("tongban.web.scripts.BUNDLES", {"two": ("a", "b")})
    monkeypatch.setattr("tongban.web.scripts._HOME", {"a": "two", "b": "two"})
    made = served({
        "a": "export const one = 1;\n",
        "b": 'import { one as first } from "./a.js";\nexport function two() { return first + 1; }\n',
        "c": 'import { two } from "./b.js";\nexport const later = () => import("./a.js");\nconsole.log(two());\n'})
    assert made == {
        "two": "const $a=(()=>{\nconst one = 1;\nreturn{one}})();\n"
               "const $b=(()=>{\nconst {one:first}=$a;\nfunction two() { return first + 1; }\nreturn{two}})();\n"
               "export{$a,$b};\n",
        "c": 'import{$b}from"./two.js";\nconst {two}=$b;\n'
             'export const later = () => import("./two.js").then((m)=>m.$a);\nconsole.log(two());\n'}
