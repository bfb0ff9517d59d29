"""The gate before a workbook: an .xlsx is measured as a zip archive before any parser opens it.

Knows no Django: the reading process, which has little memory and little time, uses it as well. A parser that
meets one cell at XFD1048576 asks for 500 GB and takes its process down; a small file may unpack to gigabytes.
Source: docs/decisions/0004-workbooks-are-scanned-and-read-apart.md
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_BYTES = 10 * 1024 * 1024
MAX_MEMBERS = 2_000
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 200
RATIO_COUNTS_FROM_BYTES = 1024 * 1024
# The rectangle from A1 to the last filled cell, over all sheets: 13,000 rows of 30 columns fit twice.
MAX_CELLS = 1_000_000
# A cell holds 32,767 characters of at most four bytes, and as many entities.
MAX_TAG_BYTES = 256 * 1024
MAX_FAULTY_CELLS = 1_000

_CHUNK = 256 * 1024
_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_END_RECORD_BYTES = 22
_ENCRYPTED = 0x1 | 0x40
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")

# What a part of that name means; the first that fits decides.
_FORBIDDEN_PARTS = (
    ("macro", re.compile(r"vbaproject|macrosheets|dialogsheets|vbadata", re.IGNORECASE)),
    ("external_link", re.compile(r"externallinks/|xl/connections\.xml|querytables/", re.IGNORECASE)),
    ("embedded_object", re.compile(r"embeddings/|activex|oleobject", re.IGNORECASE)),
)
_PICTURE = re.compile(r"(xl/media/|xl/printersettings/|docprops/thumbnail)[^/]*", re.IGNORECASE)
_PATH_TRICK = re.compile(r"(^|/)\.\.?(/|$)|^/|//|\\|:|[\x00-\x09\x0b-\x1f]", re.MULTILINE)

_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OTHER_ENCODING = re.compile(rb"\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-?8[\"'])", re.IGNORECASE)
_MACRO_TYPE = re.compile(rb"macroEnabled|vbaProject", re.IGNORECASE)
_EXTERNAL_TYPE = re.compile(rb"relationships/(?:externalLink|oleObject|attachedTemplate)", re.IGNORECASE)


class _Patterns:
    """How cells look; `prefix` is a pattern of what may stand between "<" and the name.

    A tag longer than 500 bytes is none of a cell: a bound that keeps hostile tags from costing the square of
    their length.
    """

    def __init__(self, prefix: bytes) -> None:
        start = rb"<" + prefix + rb"c\s(?=[^<>]{0,500}>)"
        attribute = rb"(?:[^<>]*?\s)?r\s*=\s*[\"']"
        address = rb"([A-Za-z]{1,3}[0-9]{1,7})[\"'][^<>]*"
        name = rb"<" + prefix
        end = rb"</" + prefix
        self.tag = re.compile(name + rb"c[\s/>]")
        self.cell = re.compile(start + attribute + rb"([A-Za-z]{1,3})([0-9]{1,7})[\"'][^<>]*?(/?)>")
        self.error_cell = re.compile(start + rb"(?=[^<>]*?\bt\s*=\s*[\"']e[\"'])" + attribute + address)
        self.cell_without_result = re.compile(
            start + rb"(?![^<>]*?\bt\s*=\s*[\"']str)" + attribute + address + rb">\s*"
            + name + rb"f\b[^<>]*?(?:/>|>[^<]*" + end + rb"f>)\s*"
            + rb"(?:" + name + rb"v\s*/>|" + name + rb"v>" + end + rb"v>)?\s*" + end + rb"c>"
        )  # fmt: skip
        self.dde_formula = re.compile(name + rb"f\b[^<>]*>[^<]*?\w\|(?:'|&apos;|\w{1,50}!)")


# How Excel, WPS and the libraries write a cell; whatever else comes is looked at with the patterns above.
_USUAL_CELL = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"')
_UNUSUAL_TAGS = (b"<c>", b"<c/", b"<c\n", b"<c\r", b"<c\t")
_PREFIXED_CELL = re.compile(rb":c[\s/>]")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_PLAIN = _Patterns(rb"")
_PREFIXED = _Patterns(rb"(?:[\w.-]{1,20}:)?")


class Refusal(Exception):
    """A file that is not let in. code: why, one of the keys of foundation.spreadsheets.REFUSALS."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass
class Extent:
    """What the gate measured.

    cells: the rectangles from A1 to the last filled cell, summed over the parts of the workbook.
    error_cells, cells_without_result: address lists by part ("xl/worksheets/sheet1.xml"); a parser reads both
    kinds as blank, which would turn a mistake into "unknown".
    """

    members: int = 0
    unpacked_bytes: int = 0
    cells: int = 0
    error_cells: dict[str, list[str]] = field(default_factory=dict)
    cells_without_result: dict[str, list[str]] = field(default_factory=dict)


def inspect(content: bytes, *, limit_bytes: int = MAX_BYTES) -> Extent:
    """Measure a workbook; raises Refusal with the first reason against it."""
    if len(content) > limit_bytes:
        raise Refusal("too_big", limit=limit_bytes // (1024 * 1024))
    _refuse_other_formats(content)
    members, directory = _members(content)
    _refuse_members(members)
    extent = Extent(members=len(members))
    for member, start in _places(content[:directory], members):
        cells = _inspect_member(content, member, start, extent)
        if extent.cells + cells > MAX_CELLS:
            cells = _inspect_member(content, member, start, Extent(), is_exact=True)
        extent.cells += cells
        if extent.cells > MAX_CELLS:
            raise Refusal("too_many_cells", limit=MAX_CELLS)
    return extent


def _refuse_other_formats(content: bytes) -> None:
    if content.startswith(_OLE_MAGIC):
        raise Refusal("encrypted" if _ENCRYPTED_STREAM in content else "old_format")
    if not content.startswith(_ZIP_MAGIC):
        raise Refusal("not_a_workbook")
    # The directory's end record stands at the very end, so that every reader finds the same one.
    if content[-_END_RECORD_BYTES:][:4] != b"PK\x05\x06":
        raise Refusal("damaged")


def _members(content: bytes) -> tuple[list[zipfile.ZipInfo], int]:
    """What the directory lists, and where the directory begins."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # Sizes of a lying directory are caught below: nothing is unpacked here.
            return archive.infolist(), archive.start_dir
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, OverflowError) as error:
        raise Refusal("damaged") from error


def _refuse_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise Refusal("too_many_members", limit=MAX_MEMBERS)
    names = [member.orig_filename.lower() for member in members]
    listing = "\n".join(names)
    if len(set(names)) != len(names) or len(names) != listing.count("\n") + 1 or _PATH_TRICK.search(listing):
        raise Refusal("damaged")
    for code, pattern in _FORBIDDEN_PARTS:
        if pattern.search(listing):
            raise Refusal(code)
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise Refusal("encrypted")
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise Refusal("damaged")
    if "xl/workbook.xml" not in names:
        raise Refusal("not_a_workbook")


def _places(content: bytes, members: list[zipfile.ZipInfo]) -> Iterator[tuple[zipfile.ZipInfo, int]]:
    """Each member with the offset of its packed bytes; refuses members that share bytes or lie about themselves."""
    end_of_previous = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        start = member.header_offset
        if start < end_of_previous or start + _LOCAL_HEADER.size > len(content):
            raise Refusal("damaged")
        signature, _, flags, method, *_, name_length, extra_length = _LOCAL_HEADER.unpack_from(content, start)
        begin = start + _LOCAL_HEADER.size + name_length + extra_length
        name = content[start + _LOCAL_HEADER.size : begin - extra_length]
        end_of_previous = begin + member.compress_size
        same_name = name in (member.orig_filename.encode("cp437", "ignore"), member.orig_filename.encode())
        same_way = method == member.compress_type and not flags & _ENCRYPTED
        if signature != _ZIP_MAGIC or not same_name or not same_way or end_of_previous > len(content):
            raise Refusal("damaged")
        yield member, begin


def _inspect_member(
    content: bytes, member: zipfile.ZipInfo, start: int, extent: Extent, *, is_exact: bool = False
) -> int:
    """Add what a member holds to `extent`; returns the rectangle of its cells.

    is_exact: leave out styled but empty cells, which a parser skips; slower.
    """
    packed = memoryview(content)[start : start + member.compress_size]
    part = _Part(member.filename, extent, is_exact)
    unpacked = 0
    for chunk in _unpacked(packed, member.compress_type):
        unpacked += len(chunk)
        extent.unpacked_bytes += len(chunk)
        is_bomb = unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > MAX_RATIO * member.compress_size
        if is_bomb or extent.unpacked_bytes > MAX_UNPACKED_BYTES:
            raise Refusal("unpacks_too_big", limit=MAX_UNPACKED_BYTES // (1024 * 1024))
        part.feed(chunk, is_last=unpacked >= member.file_size)
    if unpacked != member.file_size:
        raise Refusal("damaged")
    return part.close()


def _unpacked(packed: memoryview, method: int) -> Iterator[bytes]:
    """The bytes of a member, a chunk at a time, whatever size its header claims."""
    if method == zipfile.ZIP_STORED:
        for start in range(0, len(packed), _CHUNK):
            yield bytes(packed[start : start + _CHUNK])
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    try:
        while chunk := inflater.decompress(rest, _CHUNK):
            yield chunk
            rest = inflater.unconsumed_tail
    except zlib.error as error:
        raise Refusal("damaged") from error
    if not inflater.eof or inflater.unused_data:
        raise Refusal("damaged")


class _Part:
    """One member, read chunk by chunk; a tag that a chunk cuts is carried over whole."""

    def __init__(self, name: str, extent: Extent, is_exact: bool) -> None:
        self._name = name
        self._is_exact = is_exact
        self._extent = extent
        self._is_picture = bool(_PICTURE.fullmatch(name))
        self._is_first = True
        self._rest = b""
        self._columns: set[bytes] = set()
        self._rows: set[bytes] = set()

    def feed(self, chunk: bytes, *, is_last: bool) -> None:
        if self._is_picture:
            return
        text = self._rest + chunk
        if self._is_first:
            self._look_at_start(text)
        cut = len(text) if is_last else self._whole_until(text)
        self._rest = text[cut:]
        if len(self._rest) > _CHUNK + MAX_TAG_BYTES:
            raise Refusal("damaged")
        self._look_at(text[:cut])

    def close(self) -> int:
        """The cells of the rectangle from A1 to the last one."""
        if not self._columns:
            return 0
        return max(map(_column_number, self._columns)) * max(map(int, self._rows))

    def _look_at_start(self, text: bytes) -> None:
        self._is_first = False
        # A parser would read UTF-16 or UTF-7 where the patterns below look for ASCII.
        if text.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in text[:64] or _OTHER_ENCODING.match(text):
            raise Refusal("damaged")

    def _whole_until(self, text: bytes) -> int:
        """Where the last cell begins when it may still be open, else where the last tag does."""
        cell = max(text.rfind(b"<c "), text.rfind(b"<", 0, text.rfind(b":c ") + 1))
        return cell if cell > len(text) - MAX_TAG_BYTES else max(text.rfind(b"<"), 0)

    def _look_at(self, text: bytes) -> None:
        if b"<!" in text and _DOCTYPE.search(text):
            raise Refusal("doctype")
        if self._name == "[Content_Types].xml" and _MACRO_TYPE.search(text):
            raise Refusal("macro")
        if self._name.endswith(".rels") and _EXTERNAL_TYPE.search(text):
            raise Refusal("external_link")
        patterns = _PREFIXED if b":c" in text and _PREFIXED_CELL.search(text) else _PLAIN
        if b"<c" in text or patterns is _PREFIXED:
            self._measure(text, patterns)
        if b"<f" in text or b":f" in text:
            self._look_at_formulas(text, patterns)
        if b'"e"' in text or b"'e'" in text:
            self._note(self._extent.error_cells, patterns.error_cell.findall(text))

    def _measure(self, text: bytes, patterns: _Patterns) -> None:
        if not self._is_exact:
            addresses = _USUAL_CELL.findall(text)
            is_usual = patterns is _PLAIN and not any(tag in text for tag in _UNUSUAL_TAGS)
            if is_usual and len(addresses) == text.count(b"<c "):
                joined = b" ".join(addresses)
                self._columns.update(joined.translate(None, b"0123456789").split())
                self._rows.update(joined.translate(None, _LETTERS).split())
                return
        cells = patterns.cell.findall(text)
        # A cell without an address takes the place after its neighbour; nothing here could bound it.
        if len(cells) != len(patterns.tag.findall(text)):
            raise Refusal("cells_without_address")
        # Styled but empty cells, which the parser skips, may run down to the last row of the sheet.
        self._columns.update([cell[0] for cell in cells if not cell[2]])
        self._rows.update([cell[1] for cell in cells if not cell[2]])

    def _look_at_formulas(self, text: bytes, patterns: _Patterns) -> None:
        if b"|" in text and patterns.dde_formula.search(text):
            raise Refusal("external_link")
        self._note(self._extent.cells_without_result, patterns.cell_without_result.findall(text))

    def _note(self, found: dict[str, list[str]], addresses: list[bytes]) -> None:
        if addresses:
            known = found.setdefault(self._name, [])
            known += [address.decode() for address in addresses]
            if len(known) > MAX_FAULTY_CELLS:
                raise Refusal("too_many_faulty_cells", limit=MAX_FAULTY_CELLS)


def _column_number(letters: bytes) -> int:
    """1 for A, 27 for AA, 16384 for XFD."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
