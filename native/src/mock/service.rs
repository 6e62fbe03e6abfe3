//! Routes: what the mock does with a request.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::author::Author;
use super::body::{AnswerBody, TokenStream};
use super::load::Load;
use super::options::MockOptions;
use super::pace::Pace;
use super::refusal::Refusal;
use super::request::{Request, Route};
use super::trace::ConnectionTrace;
use super::wire::{Envelope, Rendered};

pub(super) type Response = hyper::Response<AnswerBody>;

/// The largest request body, in bytes.
const LARGEST_BODY: usize = 16 << 20;
/// Answers that one thread remembers, and the largest request of which it does: equal requests are written once.
const REMEMBERED_ANSWERS: usize = 4096;
const LARGEST_REMEMBERED: usize = 64 << 10;

/// What all threads share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: MockOptions,
    pub(super) author: Author,
    pub(super) load: Load,
    /// Requests for answers so far; their number decides which fail.
    pub(super) requests: AtomicU64,
}

/// One thread's service.
pub(super) struct Service {
    shared: Arc<Shared>,
    remembered: RefCell<HashMap<(Route, Bytes), Rc<Prepared>>>,
}

struct Prepared {
    request: Request,
    rendered: Rc<Rendered>,
}

impl Service {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            remembered: RefCell::default(),
        }
    }

    pub(super) async fn respond(
        &self,
        request: hyper::Request<Incoming>,
        trace: Option<&ConnectionTrace>,
    ) -> Result<Response, Infallible> {
        let routed = self.route(request, trace).await;
        Ok(routed.unwrap_or_else(Refusal::into_response))
    }

    async fn route(
        &self,
        request: hyper::Request<Incoming>,
        trace: Option<&ConnectionTrace>,
    ) -> Result<Response, Refusal> {
        let (allowed, route) = match request.uri().path() {
            "/health" | "/v1/models" => (Method::GET, None),
            "/v1/chat/completions" => (Method::POST, Some(Route::Chat)),
            "/v1/completions" => (Method::POST, Some(Route::Completions)),
            path => return Err(Refusal::unknown_path(request.method(), path)),
        };
        if *request.method() != allowed {
            return Err(Refusal::wrong_method(
                request.method(),
                request.uri().path(),
                &allowed,
            ));
        }
        if request.uri().path() == "/health" {
            return Ok(json_response(StatusCode::OK, json!({"status": "ok"}).to_string()));
        }
        self.authorize(request.headers())?;
        let Some(route) = route else {
            return Ok(self.models());
        };
        let body = Limited::new(request.into_body(), LARGEST_BODY)
            .collect()
            .await
            .map_err(|_| Refusal::too_large(LARGEST_BODY))?
            .to_bytes();
        self.answer(route, body, trace).await
    }

    fn authorize(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(key) = &self.shared.options.api_key else {
            return Ok(());
        };
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer "));
        if given == Some(key.as_str()) {
            Ok(())
        } else {
            Err(Refusal::unauthorized(given.is_some()))
        }
    }

    fn models(&self) -> Response {
        let model = json!({
            "id": self.shared.options.listed_model(),
            "object": "model",
            "created": 0,
            "owned_by": "runbench",
        });
        json_response(
            StatusCode::OK,
            json!({"object": "list", "data": [model]}).to_string(),
        )
    }

    async fn answer(
        &self,
        route: Route,
        body: Bytes,
        trace: Option<&ConnectionTrace>,
    ) -> Result<Response, Refusal> {
        let shared = &self.shared;
        let arrived = Instant::now();
        let in_flight = shared.load.enter();
        let prepared = self.prepare(route, &body)?;
        let number = shared.requests.fetch_add(1, Ordering::Relaxed);
        if let Some(trace) = trace {
            trace.begin(number);
        }
        if fails(number, shared.options.failure_rate) {
            return Err(Refusal::on_purpose(shared.options.failure_rate));
        }
        let Request {
            model,
            stream,
            include_usage,
            ..
        } = &prepared.request;
        let envelope = Envelope::new(route, number, unix_now_s(), model, *include_usage);
        let rendered = Rc::clone(&prepared.rendered);
        let mut pace = Pace::new(&shared.options, &body, arrived);
        if *stream {
            let stream = TokenStream::new(envelope, rendered, *include_usage, pace, in_flight);
            let mut response = hyper::Response::new(AnswerBody::Tokens(Box::new(stream)));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            return Ok(response);
        }
        // Without a stream the slow-down is that of the moment of arrival.
        let busy = in_flight.now();
        let done = rendered.quoted.iter().fold(arrived, |_, _| pace.advance(busy));
        sleep_until(done).await;
        Ok(json_response(StatusCode::OK, envelope.whole(&rendered)))
    }

    /// The request as read and its answer, from memory if the same one came before.
    fn prepare(&self, route: Route, body: &Bytes) -> Result<Rc<Prepared>, Refusal> {
        let key = (route, body.clone());
        if let Some(prepared) = self.remembered.borrow().get(&key) {
            return Ok(Rc::clone(prepared));
        }
        let request = Request::read(route, body).map_err(Refusal::bad_request)?;
        if let Some(served) = &self.shared.options.model
            && *served != request.model
        {
            return Err(Refusal::unknown_model(&request.model, served));
        }
        let answer = self
            .shared
            .author
            .answer(&request, body)
            .map_err(|error| Refusal::internal(&error.to_string()))?;
        let prepared = Rc::new(Prepared {
            request,
            rendered: Rc::new(Rendered::new(answer)),
        });
        if body.len() <= LARGEST_REMEMBERED {
            let mut remembered = self.remembered.borrow_mut();
            if remembered.len() >= REMEMBERED_ANSWERS {
                remembered.clear();
            }
            remembered.insert(key, Rc::clone(&prepared));
        }
        Ok(prepared)
    }
}

/// A response with a JSON body.
pub(super) fn json_response(status: StatusCode, body: String) -> Response {
    let mut response = hyper::Response::new(AnswerBody::Whole(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// A response to a method that the path does not know.
pub(super) fn with_allow(mut response: Response, allowed: &Method) -> Response {
    if let Ok(value) = HeaderValue::from_str(allowed.as_str()) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

/// Whether the request of this number fails: of the first n requests `floor(n * rate)` do, evenly spread.
fn fails(number: u64, rate: f64) -> bool {
    let number = f64::from(u32::try_from(number % (1 << 32)).unwrap_or(u32::MAX));
    ((number + 1.0) * rate).floor() > (number * rate).floor()
}

fn unix_now_s() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::fails;

    #[test]
    fn so_many_requests_fail_as_the_rate_says() {
        for (rate, expected) in [(0.0, 0), (0.1, 100), (0.25, 250), (1.0, 1000)] {
            assert_eq!(
                (0..1000).filter(|number| fails(*number, rate)).count(),
                expected,
                "{rate}"
            );
        }
    }

    #[test]
    fn failures_are_spread_evenly() {
        let failing: Vec<u64> = (0..20).filter(|number| fails(*number, 0.25)).collect();
        assert_eq!(failing, [3, 7, 11, 15, 19]);
    }
}
