//! ListObjectsV2: pages of keys and common prefixes.

use super::op::encode;
use super::state::Shared;
use super::sum::base64;
use base64::Engine;
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

/// A line of a listing.
enum Entry {
    Key(Box<Object>),
    Prefix(String),
}

pub async fn objects(shared: &Shared, request: S3Request<ListObjectsV2Input>) -> S3Result<ListObjectsV2Output> {
    let input = request.input;
    let most = input.max_keys.unwrap_or(1000).clamp(0, shared.state().page);
    let after = match &input.continuation_token {
        Some(token) => open(token)?,
        None => input.start_after.clone().unwrap_or_default(),
    };
    let (entries, last) = page(shared, &input, &after, most as usize)?;
    let url = input.encoding_type.is_some();
    let spell = |text: String| if url { encode(&text) } else { text };
    let key_count = Some(entries.len() as i32);
    let (mut contents, mut prefixes) = (vec![], vec![]);
    for entry in entries {
        match entry {
            Entry::Key(object) => contents.push(Object { key: object.key.map(spell), ..*object }),
            Entry::Prefix(prefix) => prefixes.push(CommonPrefix { prefix: Some(spell(prefix)) }),
        }
    }
    Ok(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(spell(input.prefix.unwrap_or_default())),
        delimiter: input.delimiter.map(spell),
        start_after: input.start_after.map(spell),
        max_keys: Some(most),
        key_count,
        is_truncated: Some(last.is_some()),
        next_continuation_token: last.map(|last| base64(last.as_bytes())),
        continuation_token: input.continuation_token,
        encoding_type: input.encoding_type,
        contents: Some(contents),
        common_prefixes: Some(prefixes),
        ..Default::default()
    })
}

/// At most `most` entries after `after`, and where the page ended if more follow.
fn page(
    shared: &Shared,
    input: &ListObjectsV2Input,
    after: &str,
    most: usize,
) -> S3Result<(Vec<Entry>, Option<String>)> {
    let state = shared.state();
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let (mut entries, mut last) = (vec![], after.to_owned());
    for (key, version, object) in state.bucket(&input.bucket)?.visible() {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
        let group = delimiter.and_then(|d| rest.find(d).map(|at| key[..prefix.len() + at + d.len()].to_owned()));
        let name = group.as_ref().unwrap_or(key);
        // A prefix that was shown already hides the keys under it; a key must lie after the mark.
        if *name <= last || (group.is_some() && last.starts_with(name)) {
            continue;
        }
        if entries.len() == most {
            return Ok((entries, (most > 0).then_some(last)));
        }
        last.clone_from(name);
        entries.push(match group {
            Some(group) => Entry::Prefix(group),
            None => Entry::Key(Box::new(Object {
                key: Some(key.clone()),
                size: Some(object.content.len() as i64),
                e_tag: Some(ETag::Strong(object.etag.clone())),
                last_modified: Some(version.time()),
                storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
                checksum_type: object.sum.as_ref().map(|sum| sum.kind()),
                ..Default::default()
            })),
        });
    }
    Ok((entries, None))
}

fn open(token: &str) -> S3Result<String> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}
