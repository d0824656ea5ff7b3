"""CSV into tables, and every record on its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crimemap.errors import UnreadableFileError
from crimemap.incidents.csv_text import NUMBER, TEXT, WORDS, header_of, parse, text_of

COLUMNS = ("a", "b", "c")
TYPES = {"a": TEXT, "b": WORDS, "c": TEXT}


def read(data: bytes, types=TYPES):
    return parse(data, columns=COLUMNS, types=types, where="a.csv")


def rows_of(parsed):
    return [tuple(row.values()) for row in parsed.table.to_pylist()]


def test_a_plain_file_has_row_i_on_line_i_plus_2():
    parsed = read(b"a,b,c\n1,2,3\n4,,6\n")
    assert rows_of(parsed) == [("1", "2", "3"), ("4", None, "6")]
    assert [parsed.line(0), parsed.line(1)] == [2, 3]
    assert parsed.raw([1]) == ["4,,6"]
    assert parsed.wrong_width == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_through_quoted_line_ends_and_blank_lines(end):
    text = end.join(["a,b,c", f'1,"x{end}y",3', "", "4,5", "6,7,8", ""])
    parsed = read(text.encode())
    assert rows_of(parsed) == [("1", f"x{end}y", "3"), ("6", "7", "8")]
    assert [parsed.line(0), parsed.line(1)] == [2, 6]
    assert parsed.wrong_width == [(5, 2, "4,5")]


def test_a_file_without_a_last_line_end_keeps_its_last_row():
    assert rows_of(read(b"a,b,c\r\n1,2,3")) == [("1", "2", "3")]


def test_a_quotation_mark_that_is_never_closed_loses_nothing():
    parsed = read(b'a,b,c\n1,2,3\n4,"5,6\n7,8,9\n')
    assert rows_of(parsed) == [("1", "2", "3"), ("7", "8", "9")]
    assert [parsed.line(0), parsed.line(1)] == [2, 4]
    assert parsed.wrong_width == [(3, 2, '4,"5,6')]


def test_a_quotation_mark_left_open_in_a_last_field_does_not_take_the_rest_of_the_file():
    parsed = read(b'a,b,c\r\n1,2,"3\r\n4,"5\r\n5",6\r\n7,8\r\n9,10,"11\r\n12,13,14')
    assert rows_of(parsed) == [("1", "2", "3\r\n4,5"), ("9", "10", "11"), ("12", "13", "14")]
    assert [parsed.line(row) for row in range(3)] == [2, 6, 7]
    assert parsed.wrong_width == [(4, 2, '5",6'), (5, 2, "7,8")]


@pytest.mark.parametrize("data", [b"a,b,c", b"a,b,c\n", b"a,b,c\r\n\r\n"])
def test_a_header_alone_is_no_rows(data):
    parsed = read(data)
    assert parsed.table.num_rows == 0
    assert parsed.table.column_names == ["a", "b", "c"]


def test_a_number_that_cannot_be_read_leaves_the_others_as_text():
    types = {"a": TEXT, "b": NUMBER, "c": NUMBER}
    assert rows_of(read(b"a,b,c\nx,1.5,nan\n", types))[0][:2] == ("x", 1.5)
    assert rows_of(read(b"a,b,c\nx,1.5,oops\n", types)) == [("x", "1.5", "oops")]


FIELD = st.text(st.sampled_from('ab,"\n\r é1 '), max_size=6)


def written(field, *, alone):
    special = any(character in field for character in ',"\r\n') or (alone and not field)
    return '"' + field.replace('"', '""') + '"' if special else field


@given(st.lists(st.lists(FIELD, min_size=1, max_size=5), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_every_record_that_was_written_is_a_row_or_of_wrong_width(records, end):
    text = end.join(",".join(written(field, alone=len(record) == 1) for field in record) for record in [COLUMNS, *records])
    parsed = read((text + end).encode())
    good = [tuple(field or None for field in record) for record in records if len(record) == 3]
    assert rows_of(parsed) == good
    assert len(parsed.wrong_width) == len(records) - len(good)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(data):
    try:
        parsed = read(b"a,b,c\n" + text_of(data, where="a.csv"))
    except UnreadableFileError:
        return
    assert parsed.table.column_names == ["a", "b", "c"]


def test_text_in_another_encoding_is_refused_with_its_line():
    with pytest.raises(UnreadableFileError, match=r"not UTF-8 \(first seen in line 2\)"):
        text_of("a,b\nCaf\xe9,1\n".encode("cp1252"), where="a.csv")
    with pytest.raises(UnreadableFileError, match="UTF-16"):
        text_of("a,b\n".encode("utf-16"), where="a.csv")


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    assert header_of(b"\xef\xbb\xbfa, b ,c\r\n", where="a.csv") == ["a", "b", "c"]
    assert text_of(b"\xef\xbb\xbfa", where="a.csv") == b"a"


@pytest.mark.parametrize("head", [b"", b"\n\n", b"PK\x03\x04\x00"])
def test_what_has_no_header_is_refused(head):
    with pytest.raises(UnreadableFileError, match=r"no header line|not a text file"):
        header_of(head, where="a.csv")


def test_quotation_marks_inside_a_field_close_nothing():
    assert rows_of(read(b'a,b,c\n1,The "Old" Road,3\n4,5",6\n\n"7\n7",8,"9"\n'))[0] == ("1", 'The "Old" Road', "3")
