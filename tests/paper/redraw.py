"""Draws the reference pictures anew: `python -m tests.paper.redraw [name …]`. Look at each before committing it."""

import sys

from tests.paper import test_pictures as pictures

from tongban.paper import render


def main(names: list[str]) -> None:
    pictures.KEPT.mkdir(exist_ok=True)
    if not names:
        for path in pictures.KEPT.glob("*.png"):
            if path.stem not in pictures.NAMES:
                path.unlink()
    for name in names or pictures.NAMES:
        whole = pictures.drawn(render.render(pictures.sheet_of(name)).pdf)
        whole.quantize(16).save(pictures.KEPT / f"{name}.png", optimize=True)
        print(name, whole.size)


if __name__ == "__main__":
    main(sys.argv[1:])
