"""Certificates for a whole list at once: issued, then printed by `tongban document bulk` from a list of their numbers.

    python bench/bulk.py [count] [--kill] [--keep FOLDER]

Cases are opened in the shipped procedure, each with its own name and number, in a fresh database on disk. Printing is
the real command in processes of its own; --kill ends them all with SIGKILL half way and runs the command again. CPU and
memory are those of all its processes together (/proc): the machine may be shared.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tongban.config import read
from tongban.paper import bulk
from tongban.service import boot
from tongban.service.act import Doing
from tongban.service.runtime import Runtime
from tongban.service.start import Opening, open_case
from tongban.store import cases, definitions, registers

SLUG, FIRM, NAME = "gd-stock-certificate", "91440300MA5D0001XW", "深圳测试装备有限公司"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红鹏飞珺赟"
AT_ONCE = 200   # cases of one transaction
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Spent:
    """What a run took."""

    seconds: float
    cpu: float
    memory: int


def issued(rt: Runtime, count: int) -> Iterator[str]:
    """Open a case for each person; each takes its number in that commit. Gives the numbers of the cases."""
    boot.prepare(rt)
    with rt.store.transaction() as conn:
        registers.enter(conn, {"id": "bench", "register": "eval-orgs", "key": FIRM, "cause": None,
                               "fields": {"uscc": FIRM, "name": NAME, "code": "Y000144000001"},
                               "entered_at": "2024-01-01T00:00:00Z"})
    for start in range(0, count, AT_ONCE):
        with rt.store.transaction() as conn:
            version = rt.version(conn, definitions.procedure(conn, SLUG)["current"])
            for n in range(start, min(start + AT_ONCE, count)):
                answers = {"holder": person(n)}
                made = open_case(rt, conn, version, Opening(answers=answers), Doing(why="roster"))
                yield str(cases.get(conn, made.case_id)["number"])


def person(n: int) -> dict[str, str]:
    """Somebody of the list."""
    body = f"440301{1960 + n % 40}{n // 40 % 12 + 1:02d}{n // 480 % 28 + 1:02d}{n % 999:03d}"
    weights = [2**at % 11 for at in range(17, 0, -1)]
    id_no = body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
    name = SURNAMES[n % 20] + GIVEN[n // 20 % 31] + (GIVEN[n // 620 % 31] if n % 3 else "")
    return {"name": name, "id_no": id_no, "occupation": "6-18-01-01", "occupation_name": "车工", "level": "3",
            "firm": NAME, "firm_code": FIRM, "region": "440300", "holder": f"{id_no}/6-18-01-01/3"}


def printed(data: Path, out: Path, wanted: Path, until: int | None = None) -> Spent:
    """Run the command; `until` documents are made, then every process of it is killed."""
    command = [sys.executable, "-m", "tongban", "document", "bulk", SLUG, "certificate", "-o", str(out), "--list",
               str(wanted)]
    env = {**os.environ, "TONGBAN_DATA": str(data), "TONGBAN_DEMO": "1"}
    began = time.perf_counter()
    with (data / "said.txt").open("ab") as said:
        run = subprocess.Popen(command, env=env, stdout=said, stderr=said, start_new_session=True)
        cpu: dict[int, float] = {}
        memory = 0
        while run.poll() is None:
            memory = max(memory, looked(run.pid, cpu))
            if until is not None and len(bulk.read(out)) >= until:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
                break
            time.sleep(0.25)
    if until is None and run.returncode:
        raise SystemExit((data / "said.txt").read_text("utf-8", "replace")[-2000:])
    return Spent(time.perf_counter() - began, sum(cpu.values()), memory)


def looked(session: int, cpu: dict[int, float]) -> int:
    """Note the CPU seconds of every process of a session; gives their memory in bytes, shared pages counted once."""
    memory = 0
    for one in Path("/proc").glob("[0-9]*"):
        try:
            fields = (one / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) != session:
                continue
            cpu[int(one.name)] = (int(fields[11]) + int(fields[12])) / TICK
            rolled = (one / "smaps_rollup").read_text().split("Pss:")[1].split()[0]
        except (OSError, IndexError, ValueError):
            continue
        memory += int(rolled) * 1024
    return memory


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=300)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = asked.keep or Path(folder)
        data.mkdir(parents=True, exist_ok=True)
        wanted, out = data / "list.txt", data / "out"
        began = time.process_time()
        rt = boot.open_runtime(read({"TONGBAN_DATA": str(data), "TONGBAN_DEMO": "1"}))
        wanted.write_text("\n".join(issued(rt, asked.count)), "utf-8")
        rt.store.close()
        print(f"issued {asked.count:,} in {time.process_time() - began:.0f} s of CPU, start included")
        if asked.kill:
            first = printed(data, out, wanted, asked.count // 2)
            print(f"killed after {len(bulk.read(out)):,} documents, {first.seconds:.0f} s, {first.cpu:.0f} s CPU")
        told("then" if asked.kill else "printed", printed(data, out, wanted), out)
        told("again", printed(data, out, wanted), out)


def told(what: str, spent: Spent, out: Path) -> None:
    """One line of figures."""
    singles = [path.stat().st_size for path in out.glob("*.pdf") if path.name != bulk.MERGED]
    figures = (f"{spent.seconds:.0f} s", f"{spent.cpu:.0f} s CPU",
               f"{len(singles) / max(spent.cpu, 0.01):.1f} a CPU second", f"{spent.memory / 1e6:.0f} MB memory at most",
               f"{len(singles):,} files", f"{max(singles):,} bytes at most", f"{sum(singles) / 1e6:.0f} MB",
               f"{bulk.MERGED} {(out / bulk.MERGED).stat().st_size / 1e6:.0f} MB",
               f"{bulk.MANIFEST} {len(bulk.read(out)):,} lines")
    print(f"{what}: {', '.join(figures)}")


if __name__ == "__main__":
    main()
