"""Puts the report of `lakehouse diff` under its pull request: `python3 -m tools.diff.comment DIR`.

DIR holds comment.md and pictures/, made by the code of the pull request: they are used as text and
as pictures, never run, and no link in DIR is followed. Needs nothing but Python and `gh`. The pull
request is the one whose head is HEAD_SHA (HEAD_OWNER, HEAD_BRANCH) in REPOSITORY.
"""

from __future__ import annotations

import base64
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tools.diff.markdown import MARK

PICTURES_BRANCH = "pull-request-pictures"
LARGEST_TEXT = 60_000
LARGEST_PICTURE = 3_000_000
MOST_PICTURES = 20
CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"pHYs", b"sBIT"}
"""Parts of a PNG that a browser's screenshot has; none of them holds text."""


def main(folder: Path) -> None:
    """Send the report, or renew an earlier one."""
    env = os.environ
    repository = f"repos/{env['REPOSITORY']}"
    head = quote(f"{env['HEAD_OWNER']}:{env['HEAD_BRANCH']}")
    pulls = _gh(f"{repository}/pulls?state=open&head={head}")
    numbers = [each["number"] for each in pulls if each["head"]["sha"] == env["HEAD_SHA"]]
    if not numbers:
        print(f"No open pull request has the head {env['HEAD_SHA']}: nothing to do.")
        return
    kept = f"{numbers[0]}/{env['HEAD_SHA']}"
    body = comment(folder)
    if pictures := find_pictures(folder):
        _keep(repository, kept, pictures)
    address = f"https://raw.githubusercontent.com/{env['REPOSITORY']}/{PICTURES_BRANCH}/{kept}"
    body = body.replace("](pictures/", f"]({address}/")
    comments = f"{repository}/issues/{numbers[0]}/comments"
    earlier = [
        each["id"]
        for page in _gh(comments, "--paginate", "--slurp")
        for each in page
        if each["user"]["type"] == "Bot" and (each["body"] or "").startswith(MARK)
    ]
    if earlier:
        _gh(f"{repository}/issues/comments/{earlier[0]}", "-X", "PATCH", send={"body": body})
    else:
        _gh(comments, send={"body": body})


def comment(folder: Path) -> str:
    """The text of the comment, of a size that GitHub takes."""
    content = read_regular(folder, Path("comment.md"))
    if content is None:
        raise SystemExit(f"{folder}/comment.md is not a regular file.")
    body = content[:LARGEST_TEXT].decode(errors="replace").removeprefix(MARK)
    rest = "\n\nThe rest is in the summary of the workflow run.\n"
    return f"{MARK}\n{body.lstrip()}{rest if len(content) > LARGEST_TEXT else ''}"


def find_pictures(folder: Path) -> dict[str, bytes]:
    """The pictures before and after, by the name they are kept under."""
    found: dict[str, bytes] = {}
    for path in sorted((folder / "pictures").glob("*/*.png")):
        name = path.relative_to(folder / "pictures").as_posix()
        if not re.fullmatch(r"(before|after)/[a-z0-9_-]+\.png", name):
            continue
        content = read_regular(folder, path.relative_to(folder))
        if content is not None and len(content) <= LARGEST_PICTURE and is_png(content):
            found[name] = content
    return dict(list(found.items())[:MOST_PICTURES])


def read_regular(folder: Path, name: Path) -> bytes | None:
    """A regular file below a folder; None where it is none, or a link is on the way to it."""
    path = folder / name
    is_real = path.resolve() == folder.resolve() / name
    return path.read_bytes() if is_real and path.is_file() else None


def is_png(content: bytes) -> bool:
    """Whether it is a PNG from its first byte to its last, and holds nothing but a picture."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    place, kinds = 8, []
    while place + 12 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, place)
        end = place + 12 + size
        if kind not in CHUNKS or end > len(content):
            return False
        (checksum,) = struct.unpack_from(">I", content, end - 4)
        if checksum != zlib.crc32(content[place + 4 : end - 4]):
            return False
        kinds.append((kind, size))
        place = end
    whole = place == len(content) and kinds[:1] == [(b"IHDR", 13)] and kinds[-1] == (b"IEND", 0)
    return whole and any(kind == b"IDAT" for kind, _ in kinds)


def _keep(repository: str, folder: str, pictures: dict[str, bytes]) -> None:
    """Put the pictures on a branch of their own, from where the comment shows them."""
    branches = _gh(f"{repository}/git/matching-refs/heads/{PICTURES_BRANCH}")
    if f"refs/heads/{PICTURES_BRANCH}" not in [each["ref"] for each in branches]:
        start = _gh(f"{repository}/commits/HEAD")["sha"]
        reference = {"ref": f"refs/heads/{PICTURES_BRANCH}", "sha": start}
        _gh(f"{repository}/git/refs", send=reference)
    for name, content in pictures.items():
        path = f"{repository}/contents/{folder}/{name}"
        file = {
            "branch": PICTURES_BRANCH,
            "message": f"Pictures for #{folder.partition('/')[0]}",
            "content": base64.b64encode(content).decode(),
        }
        try:
            _gh(path, "-X", "PUT", send=file)
        except subprocess.CalledProcessError:
            print(f"{folder}/{name} is there already")


def _gh(path: str, *options: str, send: dict[str, Any] | None = None) -> Any:
    """What GitHub answers."""
    given = ("--input", "-") if send is not None else ()
    done = subprocess.run(
        ["gh", "api", path, *options, *given],
        input=json.dumps(send) if send is not None else None,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
