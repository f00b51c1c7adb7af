"""Render the app's icons from their drawings: `python tools/icons.py` after a change in pwa/icons/*.svg."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent.parent / "pwa" / "icons"
SIZES = {"icon": (192, 512), "maskable": (192, 512), "new": (96,), "tasks": (96,), "scan": (96,)}


def main() -> None:
    """One picture a size; the corners stay transparent where the drawing leaves them."""
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
                                    args=["--no-sandbox", "--disable-gpu"])
        for name, sizes in SIZES.items():
            for size in sizes:
                page = browser.new_page(viewport={"width": size, "height": size})
                drawing = (HERE / f"{name}.svg").read_text()
                page.set_content(f"<style>*{{margin:0}}svg{{display:block;width:{size}px}}</style>{drawing}")
                page.screenshot(path=HERE / f"{name}-{size}.png", omit_background=True)
        page = browser.new_page(viewport={"width": 180, "height": 180})     # iOS rounds the corners itself
        drawing = (HERE / "maskable.svg").read_text().replace("scale(.72)", "scale(.86)")
        page.set_content(f"<style>*{{margin:0}}svg{{display:block;width:180px}}</style>{drawing}")
        page.screenshot(path=HERE / "apple-180.png")
        browser.close()


if __name__ == "__main__":
    main()
