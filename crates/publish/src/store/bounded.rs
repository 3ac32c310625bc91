//! Bounds on what `object_store` reads into memory by itself: listings, and the bodies of errors. A
//! store that is not what it should be could send them without end. Objects are bounded where they are
//! read ([`super::read`]).

use http_body_util::{BodyExt as _, Limited};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService, ReqwestConnector,
};

/// What a page of a listing may have: stores give 1 000 objects, Azure 5 000.
const LISTING_BYTES: usize = 16 * 1024 * 1024;
/// What an error may have to say.
const ERROR_BYTES: usize = 64 * 1024;

/// Clients that do not read without end.
#[derive(Debug, Default)]
pub(super) struct Bounded(ReqwestConnector);

impl HttpConnector for Bounded {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Service(self.0.connect(options)?)))
    }
}

#[derive(Debug)]
struct Service(HttpClient);

#[async_trait::async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let lists = is_listing(&request);
        let answer = self.0.execute(request).await?;
        let limit = match (answer.status().is_success(), lists) {
            (true, false) => return Ok(answer),
            (true, true) => LISTING_BYTES,
            (false, _) => ERROR_BYTES,
        };
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, limit)
            .map_err(|error| HttpError::new_boxed(HttpErrorKind::Decode, error));
        Ok(HttpResponse::from_parts(head, HttpResponseBody::new(body)))
    }
}

/// S3 and GCS list with `list-type=2`, Azure with `comp=list`, WebDAV with a method of its own.
fn is_listing(request: &HttpRequest) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let mut members = query.split('&');
    request.method().as_str() == "PROPFIND"
        || members.any(|member| member == "comp=list" || member.starts_with("list-type="))
}
