//! Columns of row groups that are the same byte for byte. They are the same values: nothing needs to be unpacked.

use std::io::{Read, Seek, SeekFrom};

use parquet::file::metadata::ColumnChunkMetaData;

use super::open::Opened;
use crate::error::Result;

/// Bytes that are compared at once.
const BLOCK: usize = 256 << 10;

/// Whether a leaf column of one row group of each is stored in the same bytes, which are to be read in the same way.
pub(super) fn same(old: &Opened, a: &ColumnChunkMetaData, new: &Opened, b: &ColumnChunkMetaData) -> Result<bool> {
    let start = |chunk: &ColumnChunkMetaData| chunk.byte_range().0;
    let way = |chunk: &ColumnChunkMetaData| {
        let descr = chunk.column_descr();
        let levels = (descr.max_def_level(), descr.max_rep_level(), descr.physical_type(), descr.type_length());
        let data = chunk.data_page_offset() - start(chunk).cast_signed();
        (levels, chunk.compression(), chunk.num_values(), chunk.compressed_size(), data)
    };
    if way(a) != way(b) || a.column_descr().logical_type_ref() != b.column_descr().logical_type_ref() {
        return Ok(false);
    }
    let (mut one, mut other) = (vec![0; BLOCK], vec![0; BLOCK]);
    let (mut at, length) = (0, a.byte_range().1);
    while at < length {
        let some = usize::try_from(length - at).unwrap_or(BLOCK).min(BLOCK);
        for (file, chunk, bytes) in [(old, a, &mut one), (new, b, &mut other)] {
            let mut handle = &*file.file;
            let read =
                handle.seek(SeekFrom::Start(start(chunk) + at)).and_then(|_| handle.read_exact(&mut bytes[..some]));
            read.map_err(|e| file.failed(e))?;
        }
        if one[..some] != other[..some] {
            return Ok(false);
        }
        at += some as u64;
    }
    Ok(true)
}
