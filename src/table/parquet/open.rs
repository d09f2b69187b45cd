//! Opens a Parquet file that nobody trusts: what it says of itself has to fit its size.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::{DataType, Field};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::column::page::PageReader as _;
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use crate::disk::{file, stat::Stat};
use crate::error::{Error, Result};
use crate::flow::diff::found::Column;
use crate::flow::text::human_size;

/// Rows that are unpacked at once.
pub(super) const BATCH: usize = 8192;
/// What unpacks to more than so many times its size is not a table but an attack,
const RATIO: u64 = 200;
/// unless it is less than this.
const SLACK: u64 = 64 << 20;
/// Columns.
const COLUMNS: usize = 10_000;

/// One file, open for reading.
pub(super) struct Opened {
    path: PathBuf,
    pub(super) file: Arc<File>,
    pub(super) size: u64,
    metadata: ArrowReaderMetadata,
}

impl Opened {
    /// Opens it and reads what it says of itself.
    pub(super) fn new(path: &Path) -> Result<Opened> {
        let size = Stat::of(path)?.size;
        let file = Arc::new(file::open(path)?);
        // The types of the format itself: those of the program that wrote it depend on which one it was.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let options = options.with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&*file, options).map_err(|e| unreadable(path, e))?;
        let opened = Opened { path: path.to_owned(), file, size, metadata };
        opened.within_limits().map_err(|why| unreadable(path, why))?;
        Ok(opened)
    }

    fn within_limits(&self) -> Result<(), String> {
        let columns = self.metadata.parquet_schema().num_columns().max(self.fields().len());
        if columns > COLUMNS {
            return Err(format!("it has {columns} columns; at most {COLUMNS} are compared"));
        }
        let (mut rows, mut packed, mut unpacked, mut values) = (0_i64, 0_u64, 0_u64, 0_u64);
        for group in self.metadata().row_groups() {
            if group.num_rows() < 0 {
                return Err("it says that it has less than no rows".to_owned());
            }
            rows = rows.saturating_add(group.num_rows());
            for chunk in group.columns() {
                self.is_inside(chunk)?;
                packed = packed.saturating_add(positive(chunk.compressed_size())?);
                unpacked = unpacked.saturating_add(positive(chunk.uncompressed_size())?);
                values = values.saturating_add(positive(chunk.num_values())?);
            }
        }
        if rows != self.metadata().file_metadata().num_rows() {
            return Err("it contradicts itself: its parts do not have as many rows as the whole".to_owned());
        }
        if packed > self.size {
            return Err(format!("it says that {} of it are packed into {}", human_size(packed), human_size(self.size)));
        }
        let most = self.size.saturating_mul(RATIO).max(SLACK);
        if unpacked > most || values > most {
            let what = if unpacked > most { human_size(unpacked) } else { format!("{values} values") };
            return Err(format!("its {} would become {what}, as only an attack does", human_size(self.size)));
        }
        self.pages_fit()
    }

    fn is_inside(&self, chunk: &ColumnChunkMetaData) -> Result<(), String> {
        let from = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
        let end = positive(from)?.checked_add(positive(chunk.compressed_size())?);
        let data = positive(chunk.data_page_offset())?;
        if end.is_none_or(|end| end > self.size || data > end) || chunk.file_path().is_some() {
            return Err("it points beyond its end".to_owned());
        }
        Ok(())
    }

    /// Looks at the head of every page: together they may not have more values than was said.
    fn pages_fit(&self) -> Result<(), String> {
        for group in self.metadata().row_groups() {
            let rows = usize::try_from(group.num_rows()).unwrap_or(usize::MAX);
            for chunk in group.columns() {
                let reader = SerializedPageReader::new(Arc::clone(&self.file), chunk, rows, None);
                let mut reader = reader.map_err(|e| e.to_string())?;
                let mut values = 0_u64;
                while let Some(page) = reader.peek_next_page().map_err(|e| e.to_string())? {
                    values = values.saturating_add(page.num_levels.unwrap_or(0) as u64);
                    reader.skip_next_page().map_err(|e| e.to_string())?;
                }
                if values > positive(chunk.num_values())? {
                    return Err("it contradicts itself: a column's pages hold more values than it says".to_owned());
                }
            }
        }
        Ok(())
    }

    /// What it says of itself.
    pub(super) fn metadata(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    /// The fields of its rows.
    pub(super) fn fields(&self) -> &arrow_schema::Fields {
        self.metadata.schema().fields()
    }

    /// The leaf columns below a field.
    pub(super) fn leaves(&self, field: usize) -> Vec<usize> {
        let schema = self.metadata.parquet_schema();
        (0..schema.num_columns()).filter(|leaf| schema.get_column_root_idx(*leaf) == field).collect()
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> u64 {
        u64::try_from(self.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Its columns, with the types in the format's own words.
    pub(super) fn columns(&self) -> Vec<Column> {
        self.fields().iter().map(|field| Column { name: field.name().clone(), kind: kind(field) }).collect()
    }

    /// Whether a column of each holds the same type.
    pub(super) fn same_type(&self, column: usize, other: &Opened, its: usize) -> bool {
        let of = |fields: &arrow_schema::Fields, at: usize| fields.get(at).map(|field| field.data_type().clone());
        of(self.fields(), column) == of(other.fields(), its)
    }

    /// Reads some columns of all rows, or of some row groups, or of chosen rows.
    pub(super) fn read(
        &self,
        columns: &[usize],
        groups: Option<Vec<usize>>,
        chosen: Option<RowSelection>,
    ) -> Result<ParquetRecordBatchReader> {
        let file = self.file.try_clone().map_err(|e| self.failed(e))?;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), columns.iter().copied());
        builder = builder.with_batch_size(BATCH).with_projection(mask);
        if let Some(groups) = groups {
            builder = builder.with_row_groups(groups);
        }
        if let Some(chosen) = chosen {
            builder = builder.with_row_selection(chosen);
        }
        builder.build().map_err(|e| self.failed(e))
    }

    /// What could not be unpacked.
    pub(super) fn failed(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        unreadable(&self.path, source)
    }
}

/// A type as people write it: `int64`, `decimal(12,2)`, `timestamp[us, UTC]`; what may not be missing says so.
fn kind(field: &Field) -> String {
    let kind = match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => "text".to_owned(),
        DataType::Float32 => "float".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Decimal128(digits, scale) => format!("decimal({digits},{scale})"),
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_ref().map(|zone| format!(", {zone}")).unwrap_or_default();
            format!("timestamp[{}{zone}]", unit_name(*unit))
        }
        other => other.to_string().to_lowercase(),
    };
    if field.is_nullable() { kind } else { kind + " not null" }
}

fn unit_name(unit: arrow_schema::TimeUnit) -> &'static str {
    match unit {
        arrow_schema::TimeUnit::Second => "s",
        arrow_schema::TimeUnit::Millisecond => "ms",
        arrow_schema::TimeUnit::Microsecond => "us",
        arrow_schema::TimeUnit::Nanosecond => "ns",
    }
}

fn positive(number: i64) -> Result<u64, String> {
    u64::try_from(number).map_err(|_| "it has a part of less than no bytes".to_owned())
}

fn unreadable(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::user(format!("{} cannot be read as a Parquet file", path.display())).because(source)
}
