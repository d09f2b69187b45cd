//! What is added to requests before they are signed.

use aws_runtime::auth::PayloadSigningOverride;
use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;

use crate::flow::hash::Digest;

/// Signs a digest that is known beforehand, so that the store refuses any other body.
#[derive(Debug)]
pub(super) struct Precomputed(pub(super) Digest);

impl Intercept for Precomputed {
    fn name(&self) -> &'static str {
        "precomputed digest"
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Setting the header itself is silently overwritten by the signer.
        config.interceptor_state().store_put(PayloadSigningOverride::Precomputed(self.0.hex()));
        Ok(())
    }
}

/// Says that the reader pays, where that is agreed.
#[derive(Debug)]
pub(super) struct Payer(pub(super) bool);

impl Intercept for Payer {
    fn name(&self) -> &'static str {
        "requester pays"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.0 {
            context.request_mut().headers_mut().insert("x-amz-request-payer", "requester");
        }
        Ok(())
    }
}
