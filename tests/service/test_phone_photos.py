"""Photos in answers: bound to whoever sent them and to the case that names them; knowing a hash gives nothing."""

from __future__ import annotations

import copy
import io
from pathlib import Path

from PIL import Image
from tests.service.world import ANSWERS, FORM, OPINION, OTHER_USCC, WORKFLOW, World, text

from tongban.config import Config
from tongban.service import files


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG")
    return out.getvalue()


def test_colleague_sends_the_photos_of_the_case_again_and_a_stranger_cannot_name_them(
        world: World, tmp_path: Path) -> None:
    world.rt.config = Config(demo=True, data=tmp_path)
    form = copy.deepcopy(FORM)
    photos = {"id": "photos", "type": "photo", "label": text("照片"), "required": True, "max": 3}
    form["pages"][0]["fields"].append(photos)
    world.publish(WORKFLOW, form, OPINION)
    sent = [files.whole(world.rt, world.who("boss"), "门头.jpg", _photo()).as_answer()]
    case_id = world.start()
    assert world.act("boss", case_id, "submit", {**ANSWERS, "photos": sent}).ok
    assert world.act("shinan", case_id, "return", reason="请改人数", to=("draft",)).ok
    assert world.act("clerk", case_id, "submit", {**ANSWERS, "staff": "13", "photos": sent}).ok
    other = world.start("rival")
    refused = world.act("rival", other, "submit", {**ANSWERS, "uscc": OTHER_USCC, "photos": sent})
    assert [problem.at for problem in refused.problems] == ["/photos"]
