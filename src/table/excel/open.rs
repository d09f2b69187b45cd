//! Opens a workbook that nobody trusts: what it unpacks to is measured before anything is read from it.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use calamine::{Data, Reader as _, SheetType, Xls, XlsOptions, Xlsx};

use super::sheet::{Building, Sheet};
use crate::disk::{failed, file, stat::Stat};
use crate::error::{Error, Result};
use crate::flow::text::human_size;
use crate::flow::zip;

/// What unpacks to more than so many times its size is not a workbook but an attack,
const RATIO: u64 = 200;
/// unless it is less than this.
const SLACK: u64 = 64 << 20;
/// More is not read of any.
const MOST: u64 = 2 << 30;

/// One file.
pub(super) struct Workbook {
    path: PathBuf,
    inner: Inner,
}

enum Inner {
    Xlsx(Box<Xlsx<BufReader<File>>>),
    Xls(Box<Xls<BufReader<File>>>),
}

impl Workbook {
    /// Opens it, whatever its name says.
    pub(super) fn open(path: &Path) -> Result<Workbook> {
        let size = Stat::of(path)?.size;
        let mut file = file::open(path)?;
        let mut first = [0; 4];
        let read = (&file).take(4).read(&mut first).and_then(|_| file.rewind());
        read.map_err(|e| failed("read", path, e))?;
        let inner = match &first {
            b"PK\x03\x04" => {
                measure(path, &file, size)?;
                let opened = Xlsx::new(BufReader::new(file)).map_err(|e| unreadable(path, e))?;
                Inner::Xlsx(Box::new(opened))
            }
            b"\xd0\xcf\x11\xe0" => {
                let opened = Xls::new_with_options(BufReader::new(file), XlsOptions::default());
                Inner::Xls(Box::new(opened.map_err(|e| unreadable(path, e))?))
            }
            _ => return Err(unreadable(path, "it begins as no workbook does")),
        };
        Ok(Workbook { path: path.to_owned(), inner })
    }

    /// The names of its sheets with cells, in their order.
    pub(super) fn sheets(&self) -> Vec<String> {
        let all = match &self.inner {
            Inner::Xlsx(inner) => inner.sheets_metadata(),
            Inner::Xls(inner) => inner.sheets_metadata(),
        };
        all.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect()
    }

    /// Reads a sheet.
    pub(super) fn sheet(&mut self, name: &str) -> Result<Sheet> {
        let mut building = Building::default();
        let path = &self.path;
        match &mut self.inner {
            Inner::Xlsx(inner) => {
                let mut cells = inner.worksheet_cells_reader(name).map_err(|e| unreadable(path, e))?;
                while let Some(cell) = cells.next_cell().map_err(|e| unreadable(path, e))? {
                    let (row, column) = cell.get_position();
                    building
                        .cell(row, column, &Data::from(cell.get_value().clone()))
                        .map_err(|e| unreadable(path, e))?;
                }
            }
            Inner::Xls(inner) => {
                let range = inner.worksheet_range(name).map_err(|e| unreadable(path, e))?;
                let (top, left) = range.start().unwrap_or_default();
                for (row, column, value) in range.used_cells() {
                    let place = |from: u32, n: usize| from.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
                    building.cell(place(top, row), place(left, column), value).map_err(|e| unreadable(path, e))?;
                }
            }
        }
        Ok(building.finish())
    }
}

/// Unpacks every member once without keeping it: only that shows how large it is.
fn measure(path: &Path, file: &File, size: u64) -> Result<()> {
    let cut = || unreadable(path, "its list of parts is damaged");
    let read = |offset: u64, bytes: u64| {
        let mut file = file;
        let mut out = Vec::new();
        let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.take(bytes).read_to_end(&mut out));
        read.map(|_| out).map_err(|e| failed("read", path, e))
    };
    let tail = size.min(zip::TAIL as u64);
    let list = zip::list(&read(size - tail, tail)?).filter(|list| list.size <= size).ok_or_else(cut)?;
    let members = zip::members(&read(list.offset, list.size)?, list.members).ok_or_else(cut)?;
    let packed = members.iter().fold(0_u64, |sum, member| sum.saturating_add(member.packed));
    if packed > size {
        return Err(unreadable(path, "its parts overlap, as only those of an attack do"));
    }
    let most = size.saturating_mul(RATIO).clamp(SLACK, MOST);
    let mut unpacked = 0_u64;
    for member in members {
        let from = zip::content(&read(member.offset, zip::LOCAL as u64)?).ok_or_else(cut)?;
        let mut handle = file;
        handle.seek(SeekFrom::Start(member.offset.saturating_add(from))).map_err(|e| failed("read", path, e))?;
        let content = handle.take(member.packed);
        let left = most - unpacked + 1;
        let read = match member.method {
            0 => std::io::copy(&mut content.take(left), &mut std::io::sink()),
            8 => std::io::copy(&mut flate2::read::DeflateDecoder::new(content).take(left), &mut std::io::sink()),
            other => {
                return Err(unreadable(path, format!("a part is packed in the way {other}, which no workbook uses")));
            }
        };
        unpacked = unpacked.saturating_add(read.map_err(|e| unreadable(path, e))?);
        if unpacked > most {
            let (size, most) = (human_size(size), human_size(most));
            return Err(unreadable(path, format!("its {size} would become more than {most}, as only an attack does")));
        }
    }
    file.try_clone().and_then(|mut file| file.rewind()).map_err(|e| failed("read", path, e))
}

fn unreadable(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::user(format!("{} cannot be read as a workbook", path.display()))
        .because(source)
        .hint("save it as .xlsx: that and .xls are read")
}
