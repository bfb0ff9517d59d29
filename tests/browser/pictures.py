"""Screenshots for the documentation, small enough to be read over a slow line."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path

import numpy
from playwright.sync_api import BrowserContext

COLOURS = 256
# The browser itself reads the picture: raw red, green, blue, alpha, row by row.
_PIXELS = """async (picture) => {
  const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64," + picture)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(bitmap, 0, 0);
  const bytes = pen.getImageData(0, 0, bitmap.width, bitmap.height).data;
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return [bitmap.width, bitmap.height, btoa(text)];
}"""


def keep(context: BrowserContext, picture: bytes, path: Path) -> None:
    """Write the screenshot with at most 256 colours: the commonest, the others as the nearest of them."""
    page = context.new_page()
    width, height, text = page.evaluate(_PIXELS, base64.b64encode(picture).decode())
    page.close()
    pixels = numpy.frombuffer(base64.b64decode(text), numpy.uint8).reshape(-1, 4)[:, :3]
    found, places, counts = numpy.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    common = found[numpy.argsort(-counts)[:COLOURS]].astype(numpy.int32)
    nearest = numpy.array(
        [numpy.argmin(((common - colour) ** 2).sum(axis=1)) for colour in found.astype(numpy.int32)]
    )
    rows = nearest[places.reshape(-1)].astype(numpy.uint8).reshape(height, width)
    lines = numpy.hstack([numpy.zeros((height, 1), numpy.uint8), rows]).tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _part(b"PLTE", common.astype(numpy.uint8).tobytes())
        + _part(b"IDAT", zlib.compress(lines, 9))
        + _part(b"IEND", b"")
    )


def _part(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
