//! The SDK's client, with every default that matters spelled out.

use std::path::Path;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::meta::region::RegionProviderChain;
use aws_credential_types::Credentials;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    AppName, Region, RequestChecksumCalculation, ResponseChecksumValidation, StalledStreamProtectionConfig,
};
use aws_sdk_s3::{Client, config};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

use super::sign::Payer;
use crate::error::{Error, Result};
use crate::store::options::{Keys, S3Options};

const CONNECT: Duration = Duration::from_secs(3);

/// A connector with one pool. Proxies come from the environment, as the SDK reads it.
pub(super) fn connector(ca_bundle: Option<&Path>) -> Result<SharedHttpConnector> {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
    let mut trust = TrustStore::default();
    if let Some(path) = ca_bundle {
        trust = trust.with_pem_certificate(certificates(path)?);
    }
    let context = TlsContext::builder().with_trust_store(trust).build();
    let context = context.map_err(|e| Error::store("cannot prepare TLS").because(e))?;
    let connector = Connector::builder()
        .connector_settings(settings)
        .proxy_config(ProxyConfig::from_env())
        .enable_tcp_nodelay(true)
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(context)
        .build();
    Ok(SharedHttpConnector::new(connector))
}

#[expect(clippy::disallowed_methods, reason = "certificates are read once, before the first connection")]
fn certificates(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Error::user(format!("cannot read the certificates {}", path.display())).because(e))
}

/// Builds the client; touches local files only, no network.
pub(super) async fn build(options: &S3Options) -> Result<Client> {
    let loaded = load(options).await?;
    // With an endpoint of its own a server rarely has a name for each bucket.
    let own = options.endpoint.is_some() || loaded.endpoint_url().is_some();
    let config = config::Builder::from(&loaded)
        .force_path_style(options.path_style.unwrap_or(own))
        .interceptor(Payer(options.requester_pays))
        .build();
    Ok(Client::from_conf(config))
}

async fn load(options: &S3Options) -> Result<aws_config::SdkConfig> {
    use aws_config::environment::EnvironmentVariableRegionProvider;
    use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
    use aws_config::provider_config::ProviderConfig;
    let connector = connector(options.ca_bundle.as_deref())?;
    let http: SharedHttpClient = http_client_fn(move |_, _| connector.clone());
    let mut profile = ProfileFileRegionProvider::builder();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12());
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
        loader = loader.profile_name(name);
    }
    // Not the default chain: it asks EC2's metadata service, which takes seconds where there is none.
    let region = RegionProviderChain::first_try(options.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build())
        .or_else(Region::new("us-east-1"));
    if let Some(name) = &options.profile {
        // Named for this bucket: it wins over keys in the environment, which may be another bucket's.
        let around = ProviderConfig::without_region().with_http_client(http.clone()).with_region(region.region().await);
        loader = loader.credentials_provider(
            ProfileFileCredentialsProvider::builder().configure(&around).profile_name(name).build(),
        );
    }
    loader = loader
        .http_client(http)
        .region(region)
        // Own retries: a hidden one turns a lost answer into a false 412.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build())
        // Own watch on moving bytes: this one kills copies, which are silent for minutes.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    if let Ok(name) = AppName::new("git-data") {
        loader = loader.app_name(name);
    }
    if let Some(endpoint) = &options.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if let Some(keys) = &options.credentials {
        loader = loader.credentials_provider(given(keys));
    }
    Ok(loader.load().await)
}

fn given(keys: &Keys) -> Credentials {
    let session = keys.session.as_ref().map(|s| s.reveal().to_owned());
    Credentials::new(keys.access.reveal(), keys.secret.reveal(), session, None, "git-data")
}
