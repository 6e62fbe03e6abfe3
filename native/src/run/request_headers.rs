//! Headers of every request, in the reference's order (spec section 8): Host, Authorization, Content-Type, Accept.

use hyper::HeaderMap;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue,
    TRANSFER_ENCODING,
};

use super::RunError;
use crate::endpoint::Endpoint;

/// The headers; the key is taken from the environment variable `api_key_env` names.
pub(super) fn headers(
    endpoint: &Endpoint,
    api_key_env: Option<&str>,
    streaming: bool,
    extra: &[(String, String)],
) -> Result<HeaderMap, RunError> {
    let mut headers = HeaderMap::new();
    let host = HeaderValue::from_str(&endpoint.host_header())
        .map_err(|error| RunError::BadOption(format!("the endpoint's host can't be sent: {error}")))?;
    headers.insert(HOST, host);
    if let Some(name) = api_key_env {
        headers.insert(AUTHORIZATION, authorization(name)?);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let accept = if streaming {
        "text/event-stream"
    } else {
        "application/json"
    };
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    for (name, value) in extra {
        let (name, value) = extra_header(name, value)?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Headers that this program sets itself.
const TAKEN: [HeaderName; 8] = [
    HOST,
    AUTHORIZATION,
    CONTENT_TYPE,
    ACCEPT,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    HeaderName::from_static("x-request-id"),
];

/// A header that the user wants; its value is shown nowhere, because it may be a secret.
fn extra_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), RunError> {
    let bad = |message: String| RunError::BadOption(message);
    let header: HeaderName = name
        .parse()
        .map_err(|_| bad(format!("`{name}` is no name of a header")))?;
    if TAKEN.contains(&header) {
        let help = match header {
            AUTHORIZATION => "; `--api-key-env` sends a key",
            _ => "",
        };
        return Err(bad(format!(
            "the header `{header}` is set by runbench itself{help}"
        )));
    }
    let mut value = HeaderValue::from_str(value).map_err(|_| {
        bad(format!(
            "the value of the header `{header}` can't be sent: it holds a control character"
        ))
    })?;
    value.set_sensitive(true);
    Ok((header, value))
}

fn authorization(name: &str) -> Result<HeaderValue, RunError> {
    let bad = |problem| RunError::ApiKey {
        name: name.to_owned(),
        problem,
    };
    let is_name = !name.is_empty() && !name.contains(['=', '\0']);
    let key = if is_name { std::env::var_os(name) } else { None };
    let key = key.ok_or(bad("is not set in the environment"))?;
    let key = key.to_str().ok_or(bad("holds bytes that are not UTF-8"))?.trim();
    if key.is_empty() {
        return Err(bad("is empty"));
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad(
            "holds a blank, a control character or a letter outside ASCII",
        ));
    }
    let mut value =
        HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| bad("can't be sent in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(name: &str, expected: &str) {
        let message = authorization(name).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }

    #[test]
    fn refuses_a_key_that_is_not_there() {
        check_refused("RUNBENCH_TEST_NO_SUCH_VARIABLE", "is not set");
        check_refused("", "is not set");
        check_refused("A=B", "is not set");
    }

    #[test]
    fn a_variable_that_holds_a_sentence_is_no_key() {
        // Cargo sets it for every test: "Measure an LLM endpoint, …".
        check_refused("CARGO_PKG_DESCRIPTION", "holds a blank");
    }

    #[test]
    fn headers_come_in_the_reference_order() {
        let endpoint = Endpoint::parse("http://h:8000").unwrap();
        let headers = headers(&endpoint, Some("CARGO_PKG_VERSION"), true, &[]).unwrap();
        let names: Vec<&str> = headers.keys().map(hyper::header::HeaderName::as_str).collect();
        assert_eq!(names, ["host", "authorization", "content-type", "accept"]);
        assert!(
            !format!("{headers:?}").contains(env!("CARGO_PKG_VERSION")),
            "the key is shown by Debug"
        );
    }

    #[test]
    fn own_headers_come_last_and_replace_none() {
        let endpoint = Endpoint::parse("http://h").unwrap();
        let with =
            |name: &str, value: &str| headers(&endpoint, None, true, &[(name.to_owned(), value.to_owned())]);
        let sent = with("X-Team", "blue").unwrap();
        assert_eq!(sent.keys().last().unwrap().as_str(), "x-team");
        assert!(!format!("{sent:?}").contains("blue"));
        for (name, value, expected) in [
            ("authorization", "x", "`--api-key-env` sends a key"),
            ("Content-Length", "3", "set by runbench itself"),
            ("a b", "x", "`a b` is no name"),
            ("X-A", "a\r\nb", "holds a control character"),
        ] {
            let message = with(name, value).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
