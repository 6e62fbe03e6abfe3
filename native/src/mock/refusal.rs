//! Error answers, shaped as OpenAI-compatible servers shape them.

use hyper::{Method, StatusCode};
use serde_json::json;

use super::request::BadRequest;
use super::service::{Response, json_response, with_allow};

/// Why a request gets no answer.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<&'static str>,
    message: String,
    allowed: Option<Method>,
}

impl Refusal {
    fn new(status: StatusCode, code: Option<&'static str>, message: String) -> Self {
        Self {
            status,
            kind: "invalid_request_error",
            code,
            param: None,
            message,
            allowed: None,
        }
    }

    pub(super) fn unknown_path(method: &Method, path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            Some("unknown_url"),
            format!("unknown path: {method} {path}"),
        )
    }

    pub(super) fn wrong_method(method: &Method, path: &str, allowed: &Method) -> Self {
        let message = format!("{path} takes {allowed}, not {method}");
        let refusal = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Some("method_not_allowed"),
            message,
        );
        Self {
            allowed: Some(allowed.clone()),
            ..refusal
        }
    }

    pub(super) fn unauthorized(key_given: bool) -> Self {
        let what = if key_given {
            "the bearer key is not the right one"
        } else {
            "a bearer key is needed"
        };
        Self::new(StatusCode::UNAUTHORIZED, Some("invalid_api_key"), what.to_owned())
    }

    pub(super) fn bad_request(error: BadRequest) -> Self {
        Self {
            param: error.param,
            ..Self::new(StatusCode::BAD_REQUEST, None, error.message)
        }
    }

    pub(super) fn unknown_model(asked: &str, served: &str) -> Self {
        let message = format!("the model `{asked}` does not exist; this endpoint serves `{served}`");
        Self {
            param: Some("model"),
            ..Self::new(StatusCode::NOT_FOUND, Some("model_not_found"), message)
        }
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let message = format!("the body is cut short or larger than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Some("too_large"), message)
    }

    pub(super) fn on_purpose(rate: f64) -> Self {
        let message = format!("the mock fails this request on purpose (failure rate {rate})");
        let refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, Some("mock_failure"), message);
        Self {
            kind: "server_error",
            ..refusal
        }
    }

    pub(super) fn internal(message: &str) -> Self {
        let refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, message.to_owned());
        Self {
            kind: "server_error",
            ..refusal
        }
    }

    pub(super) fn into_response(self) -> Response {
        let error =
            json!({"message": self.message, "type": self.kind, "param": self.param, "code": self.code});
        let response = json_response(self.status, json!({"error": error}).to_string());
        match &self.allowed {
            Some(allowed) => with_allow(response, allowed),
            None => response,
        }
    }
}
