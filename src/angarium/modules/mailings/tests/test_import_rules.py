"""What a file of clients means: its cells, its columns, its encoding, and what stands between its cells."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from angarium.modules.mailings.importing.cleaning import Wanted, Wrong, phone, tag, wanted, zone
from angarium.modules.mailings.importing.columns import cells, layout
from angarium.modules.mailings.importing.reading import (
    LONGEST,
    BrokenFile,
    Decoding,
    delimiter_of,
    refuse_what_is_no_text,
    rows_of,
)


@pytest.mark.parametrize(
    "text",
    [
        *("79001234567", "+79001234567", "89001234567", " 8 900 123 45 67 ", "+7 (900) 123-45-67", "8(900)123-45-67"),
        *("+7.900.123.45.67", "7\u00a0900\u00a0123\u00a04567", "8–900–123–45–67", "+7[900]1234567", "79001234567\n"),
    ],
)
def test_mail_b09_import_a_phone_is_read_as_people_write_it(text: str) -> None:
    assert phone(text) == "79001234567"


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "9001234567", "790012345678", "7900123456", "+89001234567", "99001234567", "7900123456a", "7,9E+10"),
        *(
            "٧٩٠٠١٢٣٤٥٦٧",
            "++79001234567",
            "79001234567, 79001234568",
            "79001234567.0",
            "тел. 79001234567",
            "7900123456\x007",
        ),
    ],
)
def test_mail_b09_import_what_is_no_phone_is_wrong(text: str) -> None:
    with pytest.raises(Wrong) as refusal:
        phone(text)
    assert refusal.value.value == text
    assert refusal.value.reason.endswith(".")


@given(st.text())
def test_mail_b09_import_any_text_is_a_phone_or_wrong(text: str) -> None:
    try:
        number = phone(text)
    except Wrong:
        return
    assert len(number) == 11
    assert number.isascii()
    assert number.isdigit()
    assert number[0] == "7"
    assert phone(number) == number


def test_mail_b09_import_an_empty_cell_says_nothing() -> None:
    row = {"phone": "8 900 1234567", "tag": " ", "timezone": "", "operator_code": ""}
    assert wanted(row) == Wanted("79001234567", None, None)
    assert wanted({"phone": "79001234567"}) == Wanted("79001234567", None, None)


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"phone": "79001234567", "operator_code": "901"}, "901"),
        ({"phone": "79001234567", "timezone": "Moscow"}, "Moscow"),
        ({"phone": "79001234567", "timezone": "UTC+3"}, "UTC+3"),
        ({"phone": "79001234567", "tag": "a" * 101}, "a" * 101),
        ({"phone": "79001234567", "tag": "a\tb"}, "a\tb"),
        ({"phone": "79001234567", "tag": "\ufffd"}, "\ufffd"),
    ],
)
def test_mail_b09_import_the_first_cell_that_cannot_be_taken_is_named(row: dict[str, str], value: str) -> None:
    with pytest.raises(Wrong) as refusal:
        wanted(row)
    assert refusal.value.value == value


def test_mail_b09_import_a_zone_is_known_however_its_letters_are_written() -> None:
    assert [zone(text) for text in ("Europe/Moscow", "europe/moscow", "America/New York", "utc")] == [
        *("Europe/Moscow", "Europe/Moscow", "America/New_York", "UTC")
    ]
    assert tag("VIP  клиент") == "VIP  клиент"


@pytest.mark.parametrize(
    ("header", "mapping"),
    [
        (["phone", "tag", "timezone"], {"phone": 0, "tag": 1, "timezone": 2}),
        (["Имя", "Телефон", "Тег", "Зона"], {"phone": 1, "tag": 2, "timezone": 3}),
        (["Часовой пояс", "НОМЕР ТЕЛЕФОНА"], {"timezone": 0, "phone": 1}),
        (["Phone_Number", "Time-Zone", "Operator code"], {"phone": 0, "timezone": 1, "operator_code": 2}),
        (["phone", "phone"], {"phone": 0}),
    ],
)
def test_mail_b09_import_columns_are_known_by_their_names(header: list[str], mapping: dict[str, int]) -> None:
    found = layout([header, ["1", "2", "3", "4"][: len(header)]])
    assert (found.has_header, found.mapping, found.titles) == (True, mapping, tuple(header))


@pytest.mark.parametrize(
    ("rows", "has_header", "mapping"),
    [
        ([["79001234567", "vip", "Europe/Moscow"]], False, {"phone": 0, "tag": 1, "timezone": 2}),
        ([["Anna", "8 900 123-45-67"], ["Ivan", "8 900 123-45-68"]], False, {"phone": 1, "tag": 0}),
        ([["who", "how"], ["Anna", "79001234567"]], True, {"phone": 1, "tag": 0}),
        ([["a", "b"], ["c", "d"]], True, {}),
        ([["a", "b"]], False, {}),
        ([], False, {}),
    ],
)
def test_mail_b09_import_columns_without_names_are_known_by_what_stands_in_them(
    rows: list[list[str]], has_header: bool, mapping: dict[str, int]
) -> None:
    found = layout(rows)
    assert (found.has_header, found.mapping) == (has_header, mapping)


def test_mail_b09_import_a_short_row_has_nothing_in_its_last_columns() -> None:
    assert cells(["79001234567"], {"phone": 0, "tag": 3}) == {"phone": "79001234567", "tag": ""}


def decoded(*pieces: bytes) -> tuple[str, int]:
    decoding = Decoding()
    for piece in pieces:
        decoding.feed(piece)
    return decoding.end(), decoding.lines


@pytest.mark.parametrize(
    ("pieces", "encoding", "lines"),
    [
        ([b"phone\n79001234567\n"], "utf-8-sig", 2),
        (["\ufeffтелефон\n7".encode()], "utf-8-sig", 2),
        (["телефон\n".encode("cp1251")], "cp1251", 1),
        (["тег".encode()[:3], "тег".encode()[3:]], "utf-8-sig", 1),
        (["тег".encode()[:3]], "cp1251", 1),
        ([], "utf-8-sig", 0),
    ],
)
def test_mail_b09_import_the_encoding_is_found_out_while_it_flows_by(
    pieces: list[bytes], encoding: str, lines: int
) -> None:
    assert decoded(*pieces) == (encoding, lines)


@pytest.mark.parametrize(
    "beginning", [b"PK\x03\x04", b"\xff\xfet\x00", b"\xfe\xff\x00t", b"\xd0\xcf\x11\xe0", b"a\x00b"]
)
def test_mail_b09_import_what_is_no_text_is_refused_with_what_to_do(beginning: bytes) -> None:
    with pytest.raises(BrokenFile, match="Save it as CSV"):
        refuse_what_is_no_text(beginning)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients.csv"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("phone,tag\n7,a\n", ","),
        ("phone;tag\n7;a\n", ";"),
        ("phone\ttag\n7\ta\n", "\t"),
        ("phone;tag\n7;a, b\n8;c\n", ";"),
        ('phone;tag\n7;"a, b; c"\n', ";"),
        ("79001234567\n79001234568\n", ","),
        ("", ","),
    ],
)
def test_mail_b09_import_what_stands_between_the_cells_is_found_out(file: Path, text: str, delimiter: str) -> None:
    file.write_text(text)
    assert delimiter_of(file, "utf-8-sig") == delimiter


@pytest.mark.parametrize(
    ("content", "encoding", "rows"),
    [
        (b"\xef\xbb\xbfphone\r\n7\r\n", "utf-8-sig", [["phone"], ["7"]]),
        ("тег,вип\n".encode("cp1251"), "cp1251", [["тег", "вип"]]),
        (b'7,"a\nb"\n\n8\n', "utf-8-sig", [["7", "a\nb"], [], ["8"]]),
        (b"7\r8\r", "utf-8-sig", [["7"], ["8"]]),
        (b"\x98", "cp1251", [["\ufffd"]]),
    ],
)
def test_mail_b09_import_rows_are_read_one_by_one(
    file: Path, content: bytes, encoding: str, rows: list[list[str]]
) -> None:
    file.write_bytes(content)
    assert list(rows_of(file, encoding, ",")) == rows


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'7,"never closed\n8\n', "cannot be read"),
        (b"7," + b"a" * LONGEST, "longer than"),
        (b'7,"a"b\n', "Line 1 cannot be read"),
    ],
)
def test_mail_b09_import_a_file_that_is_no_table_is_refused_and_not_skipped(
    file: Path, content: bytes, said: str
) -> None:
    file.write_bytes(content)
    with pytest.raises(BrokenFile, match=said):
        list(rows_of(file, "utf-8-sig", ","))
