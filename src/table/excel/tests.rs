//! Two small workbooks in, what was told out; and workbooks that lie.

use std::io::Write as _;

use super::*;
use crate::error::Error;
use crate::flow::zip::archive;
use crate::table::seen::{Seen, options};

/// A workbook of sheets: a name, and the XML of its rows.
fn book(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut list = String::new();
    let mut links = String::new();
    let mut files = Vec::new();
    for (n, (name, rows)) in sheets.iter().enumerate() {
        list.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{0}\" r:id=\"r{0}\"/>", n + 1));
        links.push_str(&format!("<Relationship Id=\"r{0}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{0}.xml\"/>", n + 1));
        files.push((format!("xl/worksheets/sheet{}.xml", n + 1), format!("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>")));
    }
    files.push((
        "[Content_Types].xml".to_owned(),
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned(),
    ));
    files.push(("xl/workbook.xml".to_owned(), format!("<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>{list}</sheets></workbook>")));
    files.push(("_rels/.rels".to_owned(), "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>".to_owned()));
    files.push(("xl/styles.xml".to_owned(), "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>".to_owned()));
    files.push(("xl/_rels/workbook.xml.rels".to_owned(), format!("<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{links}</Relationships>")));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    archive(&files)
}

/// Rows of cells: `=1` is a number, `?1` a truth, `@1` a time, anything else a text, nothing nothing.
fn rows(text: &str) -> String {
    let mut out = String::new();
    for (y, line) in text.lines().enumerate() {
        out.push_str(&format!("<row r=\"{}\">", y + 1));
        for (x, cell) in line.split(',').enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let place = format!("r=\"{}{}\"", char::from(b'A' + x as u8), y + 1);
            out.push_str(&match cell.split_at(1) {
                ("=", number) => format!("<c {place}><f>1+1</f><v>{number}</v></c>"),
                ("?", truth) => format!("<c {place} t=\"b\"><v>{truth}</v></c>"),
                ("@", time) => format!("<c {place} s=\"1\"><v>{time}</v></c>"),
                _ => format!("<c {place} t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
            });
        }
        out.push_str("</row>");
    }
    out
}

fn run(old: &[u8], new: &[u8]) -> Result<Vec<String>, Error> {
    let dir = tempfile::tempdir().unwrap();
    let (before, after) = (dir.path().join("a.xlsx"), dir.path().join("b.xlsx"));
    crate::disk::file::append(&before, old).unwrap();
    crate::disk::file::append(&after, new).unwrap();
    let mut seen = Seen::default();
    compare(&before, &after, &options(&[], 1 << 20, dir.path()), &mut seen)?;
    Ok(seen.lines)
}

#[test]
fn sheets_are_compared_by_their_names() {
    let old = book(&[("one", &rows("id,v\n=1,a\n=2,b")), ("gone", &rows("x\n=1"))]);
    let new = book(&[("new", &rows("x\n=1\n=2")), ("one", &rows("id,v\n=1,a\n=2,c"))]);
    let want = ["new Added 2", "one 2 -> 2 by Inferred(id)", "~1:1 2|'b' -> 2|'c'", "gone Removed 1"];
    assert_eq!(run(&old, &new).unwrap(), want);
}

#[test]
fn values_have_the_kind_of_their_cells() {
    let old = book(&[("s", &rows("id,v\n=1,=2.5\n=2,?1\n=3,@45000.5\n=4,\n\n=6,x"))]);
    let new = book(&[("s", &rows("id,v\n=1,=2\n=2,?0\n=3,@45000\n=4,y\n\n=6,"))]);
    let want = [
        "s 5 -> 5 by Inferred(id)",
        "~0:0 1|2.5 -> 1|2",
        "~1:1 2|true -> 2|false",
        "~2:2 3|@2023-03-15T12:00:00 -> 3|@2023-03-15",
        "~3:3 4|∅ -> 4|'y'",
        "~5:5 6|'x' -> 6|∅",
    ];
    let lines = run(&old, &new).unwrap();
    assert_eq!(lines[1..], want[1..]);
}

#[test]
fn a_cell_far_away_makes_no_large_sheet() {
    let far = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>7</v></c></row>";
    let book = book(&[("s", far)]);
    assert!(run(&book, &book).unwrap_err().line().contains("so far from each other"));
}

#[test]
fn cells_out_of_order_are_refused() {
    let back = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"3\"><c r=\"A3\"><v>7</v></c></row><row r=\"2\"><c r=\"A2\"><v>7</v></c></row>";
    let book = book(&[("s", back)]);
    assert!(run(&book, &book).unwrap_err().line().contains("out of order"));
}

#[test]
fn a_bomb_is_refused() {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    (0..80).for_each(|_| encoder.write_all(&vec![b' '; 1 << 20]).unwrap());
    let packed = encoder.finish().unwrap();
    let mut bytes = archive(&[("xl/workbook.xml", &packed)]);
    // It says that it is deflated.
    bytes[8] = 8;
    let list = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bytes[list + 10] = 8;
    assert!(run(&bytes, &bytes).unwrap_err().line().contains("as only an attack does"));
}

#[test]
fn what_is_no_workbook_is_refused() {
    for bytes in [&b""[..], b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"id,v\n"] {
        let error = run(bytes, bytes).unwrap_err();
        assert!(error.message.ends_with("cannot be read as a workbook"), "{}", error.line());
    }
}
