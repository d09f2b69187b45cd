//! Writes Parquet files: one like another, and patches; and compares rows with those of a file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array as _, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Type, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::Changes;
use crate::disk::{failed, file};
use crate::error::{Error, Result};
use crate::table::parquet::open::Opened;

/// Whether a file begins as a Parquet file does.
pub(super) fn is_parquet(path: &Path) -> Result<bool> {
    let mut first = [0; 4];
    let mut from = file::open(path)?;
    Ok(std::io::Read::read_exact(&mut from, &mut first).is_ok() && first == *b"PAR1")
}

/// Writes the file of a patch.
pub(super) fn patch(changes: &Changes, out: &Path) -> Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(vec![changes.header()]));
    let batch = changes.batch().map_err(|e| unwritable(out, e))?;
    let options = ArrowWriterOptions::new().with_properties(properties.build()).with_skip_arrow_metadata(true);
    let mut writer = Writer::new(out, batch.schema(), options)?;
    writer.write(&batch)?;
    writer.finish()
}

/// A Parquet file that is being written.
pub(super) struct Writer {
    path: PathBuf,
    writer: ArrowWriter<File>,
}

impl Writer {
    fn new(path: &Path, schema: SchemaRef, options: ArrowWriterOptions) -> Result<Writer> {
        let file = file::create(path)?;
        let writer = ArrowWriter::try_new_with_options(file, schema, options).map_err(|e| unwritable(path, e))?;
        Ok(Writer { path: path.to_owned(), writer })
    }

    /// One with the schema, the metadata, the compression and about the row groups of another.
    pub(super) fn like(base: &Opened, path: &Path) -> Result<Writer> {
        let metadata = base.metadata();
        let schema = metadata.file_metadata().schema_descr();
        if schema.columns().iter().any(|column| column.physical_type() == Type::INT96) {
            return Err(unwritable(path, "it has times in a format that is out of use (INT96)"));
        }
        let groups = metadata.row_groups().iter().map(|group| usize::try_from(group.num_rows()).unwrap_or(0));
        let mut properties = WriterProperties::builder()
            .set_max_row_group_row_count(groups.max().filter(|rows| *rows > 0))
            .set_key_value_metadata(metadata.file_metadata().key_value_metadata().cloned());
        for chunk in metadata.row_groups().first().into_iter().flat_map(|group| group.columns()) {
            properties = properties.set_column_compression(chunk.column_path().clone(), chunk.compression());
        }
        // What the program that wrote it says of its own types is among the metadata.
        let options = ArrowWriterOptions::new()
            .with_properties(properties.build())
            .with_skip_arrow_metadata(true)
            .with_parquet_schema(schema.clone());
        Writer::new(path, Arc::new(Schema::new(base.fields().clone())), options)
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.write(batch).map_err(|e| unwritable(&self.path, e))
    }

    pub(super) fn finish(self) -> Result<()> {
        let path = self.path;
        self.writer.close().map(drop).map_err(|e| unwritable(&path, e))
    }
}

fn unwritable(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    failed("write", path, std::io::Error::other(source))
}

/// Rows that come, beside those of a file.
pub(super) struct Compare<'a> {
    file: &'a Opened,
    reader: ParquetRecordBatchReader,
    /// What was read and not compared yet.
    batch: Option<RecordBatch>,
    same: bool,
}

impl<'a> Compare<'a> {
    pub(super) fn new(file: &'a Opened) -> Result<Compare<'a>> {
        let all: Vec<usize> = (0..file.fields().len()).collect();
        Ok(Compare { file, reader: file.read(&all, None, None)?, batch: None, same: true })
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        match self.batch.take() {
            Some(batch) => Ok(Some(batch)),
            None => self.reader.next().transpose().map_err(|e| self.file.failed(e)),
        }
    }

    /// The next rows.
    pub(super) fn take(&mut self, rows: &RecordBatch) -> Result<()> {
        let mut at = 0;
        while self.same && at < rows.num_rows() {
            let Some(batch) = self.next()? else {
                self.same = false;
                break;
            };
            let count = batch.num_rows().min(rows.num_rows() - at);
            let pairs = batch.columns().iter().zip(rows.columns());
            self.same = pairs.into_iter().all(|(a, b)| a.slice(0, count).to_data() == b.slice(at, count).to_data());
            if count < batch.num_rows() {
                self.batch = Some(batch.slice(count, batch.num_rows() - count));
            }
            at += count;
        }
        Ok(())
    }

    /// Whether all rows were the same, and no more are there.
    pub(super) fn end(mut self) -> Result<bool> {
        while self.same {
            let Some(batch) = self.next()? else { return Ok(true) };
            self.same = batch.num_rows() == 0;
        }
        Ok(false)
    }
}
