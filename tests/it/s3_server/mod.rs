//! The in-process S3 server, judged by the official SDK: what it promises is what other tests stand on.

mod answers;
mod copies;
mod faults;
mod multipart;
mod objects;
mod quirks;
mod rights;

use crate::s3::{Credentials, Mode, Rights, Server};
use aws_runtime::auth::PayloadSigningOverride;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, ConfigBag, Credentials as Keys, Intercept, Region, RequestChecksumCalculation,
    ResponseChecksumValidation, RuntimeComponents,
};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use base64::Engine;
use sha2::{Digest, Sha256};
use std::fmt::Debug;
use std::io::Write;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// Runs a future to its end.
fn wait<T>(work: impl Future<Output = T>) -> T {
    RUNTIME.block_on(work)
}

/// A server with `staging` and `production`, and a client that may do everything.
fn start(mode: Mode) -> (Server, Client) {
    let server = Server::start(mode);
    server.bucket("staging");
    server.bucket("production");
    let root = server.key("root", &[("*", Rights::ALL)]);
    let client = client(&server, &root);
    (server, client)
}

/// A client without retries and without checksums of its own.
fn client(server: &Server, key: &Credentials) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(server.url())
        .region(Region::new(crate::s3::REGION))
        .credentials_provider(Keys::new(&key.access_key, &key.secret, None, None, "test"))
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .build();
    Client::from_conf(config)
}

/// Status and code of a refusal; status 0 when no answer came.
fn refused<T: Debug, E: ProvideErrorMetadata + Debug>(result: Result<T, SdkError<E, HttpResponse>>) -> (u16, String) {
    let error = result.expect_err("the server should refuse");
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    (status, error.code().unwrap_or_default().to_owned())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Puts bytes without conditions and returns the ETag.
fn put(client: &Client, bucket: &str, key: &str, bytes: &'static [u8]) -> String {
    let request = client.put_object().bucket(bucket).key(key).body(ByteStream::from_static(bytes));
    wait(request.send()).unwrap().e_tag.unwrap()
}

/// Puts bytes with their SHA-256, so that the store attests it.
fn put_attested(client: &Client, bucket: &str, key: &str, bytes: &'static [u8]) {
    let request = client.put_object().bucket(bucket).key(key).body(ByteStream::from_static(bytes));
    wait(request.checksum_sha256(sum(bytes)).send()).unwrap();
}

/// Puts a file whose checksum the SDK computes while it sends, in a trailer.
async fn put_with_trailer(client: &Client) -> Result<PutObjectOutput, SdkError<PutObjectError, HttpResponse>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"bytes").unwrap();
    let body = ByteStream::from_path(file.path()).await.unwrap();
    let put = client.put_object().bucket("staging").key("k").body(body);
    let supported = RequestChecksumCalculation::WhenSupported;
    let own = aws_sdk_s3::Config::builder().request_checksum_calculation(supported);
    put.checksum_algorithm(ChecksumAlgorithm::Sha256).customize().config_override(own).send().await
}

/// Gets bytes; an error is why they could not all be had.
fn get(client: &Client, bucket: &str, key: &str) -> Result<Vec<u8>, String> {
    wait(async {
        let answer = client.get_object().bucket(bucket).key(key).send().await;
        let mut body = answer.map_err(|error| format!("{error:?}"))?.body;
        // Not `collect().to_vec()`, which takes half a minute for 256 MiB in a debug build.
        let mut all = vec![];
        while let Some(chunk) = body.next().await {
            all.extend_from_slice(&chunk.map_err(|error| format!("{error:?}"))?);
        }
        Ok(all)
    })
}

/// Base64 of the SHA-256.
fn sum(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(bytes))
}

/// `b64-N` of parts.
fn composite(parts: &[&[u8]]) -> String {
    let digests: Vec<u8> = parts.iter().flat_map(|part| Sha256::digest(part).to_vec()).collect();
    format!("{}-{}", sum(&digests), parts.len())
}

/// Signs the request with this digest of its body, as `git data` does.
#[derive(Debug)]
struct SignedBody(String);

impl SignedBody {
    fn of(bytes: &[u8]) -> SignedBody {
        SignedBody(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Intercept for SignedBody {
    fn name(&self) -> &'static str {
        "SignedBody"
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(PayloadSigningOverride::Precomputed(self.0.clone()));
        Ok(())
    }
}
