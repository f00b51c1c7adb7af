"""How fast documents are made: CPU milliseconds and bytes, one process. `python bench/paper.py [rounds]`

Peer: Debian's Chromium prints the HTML of the same certificate with the same faces, unsigned and without PDF/A, once in
a browser that is kept warm and once in a new process each time. Wall time stands beside wall time of the same run.
"""

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import sync_playwright
from tests.paper import sheets

from tongban.paper import authority, fonts, render, stamp, styles
from tongban.paper.sign import Signer, sign

CHROMIUM = "/usr/bin/chromium"
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def measured(work, rounds: int) -> tuple[float, float, bytes]:
    """Median CPU and wall milliseconds, and the last result."""
    cpu, wall, made = [], [], b""
    for _ in range(rounds):
        began, clock = time.process_time(), time.perf_counter()
        made = work()
        cpu.append((time.process_time() - began) * 1000)
        wall.append((time.perf_counter() - clock) * 1000)
    return statistics.median(cpu), statistics.median(wall), made


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    began = time.process_time()
    render.warm(fonts.ready(fonts.folder()))
    print(f"warm-up {1000 * (time.process_time() - began):.0f} ms CPU")
    with tempfile.TemporaryDirectory() as folder:
        signer = authority.make(Path(folder), "bench", dt.datetime.now(dt.UTC))
        print(f"{'document':<22}{'CPU ms':>8}{'wall ms':>9}{'per s CPU':>11}{'bytes':>9}{'signed':>9}{'+ CPU ms':>9}")
        for name, make in sheets.ALL.items():
            sheet = make()
            render.render(sheet)
            cpu, wall, pdf = measured(lambda sheet=sheet: render.render(sheet).pdf, rounds)
            more, _, signed = measured(lambda pdf=pdf: sign(pdf, signer), rounds)
            print(f"{name:<22}{cpu:>8.1f}{wall:>9.1f}{1000 / cpu:>11.1f}{len(pdf):>9,}{len(signed):>9,}{more:>9.1f}")
        stamped(signer, rounds)
    chromium(rounds)


def chromium(rounds: int) -> None:
    """The peer: the same certificate, printed by a browser."""
    sheet = sheets.certificate()
    page, printer = render.html(sheet, fonts.folder())
    css = fonts.stylesheet(fonts.folder()) + styles.BASE + render.margins(printer)
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page.replace("</head>", f"<style>{css}</style></head>"), "utf-8")
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=CHROMIUM, args=ARGS)
            tab = browser.new_page()

            def warm() -> bytes:
                tab.goto(source.as_uri())
                return tab.pdf(prefer_css_page_size=True)

            warm()
            _, wall, pdf = measured(warm, rounds)
            browser.close()
        print(f"certificate, Chromium kept warm: {wall:.0f} ms wall, {1000 / wall:.1f} a second, {len(pdf):,} bytes")
        command = [CHROMIUM, "--headless", *ARGS, f"--user-data-dir={folder}/profile", "--no-pdf-header-footer",
                   f"--print-to-pdf={made}", source.as_uri()]
        _, wall, _ = measured(lambda: subprocess.run(command, capture_output=True, check=True, timeout=120).stdout, 3)
        print(f"certificate, Chromium, a new process each: {wall:.0f} ms wall, {made.stat().st_size:,} bytes")


def stamped(signer: Signer, rounds: int) -> None:
    """Certificates of one layout, each with its own name, number and codes: stamped and signed."""
    stamps = stamp.Stamps(fonts.folder(), signer)
    sizes = []

    def one(count: int) -> None:
        base = sheets.certificate()
        name = f"欧阳{chr(0x4E00 + count)}{chr(0x6000 + count)}"
        made = stamps.make(replace(
            base, values={**base.values, "name": replace(base.values["name"], value=name, text=name)},
            meta=replace(base.meta, number=f"S000137020226{count:09d}", serial=f"{count:08d}")))
        sizes.append(len(made.pdf) if made else 0)

    for count in range(2):
        one(count)
    began, many = time.process_time(), 20 * rounds
    for count in range(many):
        one(count)
    cpu = (time.process_time() - began) / many
    print(f"certificate, stamped and signed: {1000 * cpu:.1f} ms CPU, {1 / cpu:.1f} a second and core, "
          f"{max(sizes):,} bytes at most, {sizes[2:].count(0)} of {many} could not be stamped")


if __name__ == "__main__":
    main()
