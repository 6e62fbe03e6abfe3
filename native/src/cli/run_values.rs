//! Values of `run`'s options.

use runbench_core::metrics::Slo;
use serde_json::Value;

/// Cores by number. A type of its own, because clap takes a bare `Vec` for a repeated flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CoreList(pub(super) Vec<usize>);

/// The largest core number that Linux's fixed-size masks hold.
const MAX_CORE: usize = 1023;

/// Reads `2`, `2,3` or `4-7,9`.
pub(super) fn parse_cores(text: &str) -> Result<CoreList, String> {
    let complaint = || {
        format!("`{text}` is not a list of cores; write it as `2,3` or `4-7`, with cores up to {MAX_CORE}")
    };
    let number = |text: &str| {
        text.trim()
            .parse::<usize>()
            .ok()
            .filter(|core| *core <= MAX_CORE)
            .ok_or_else(complaint)
    };
    let mut cores = Vec::new();
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(part)?, number(part)?),
        };
        if first > last {
            return Err(complaint());
        }
        for core in first..=last {
            if cores.contains(&core) {
                return Err(format!(
                    "`{text}` names core {core} twice; each thread gets a core of its own"
                ));
            }
            cores.push(core);
        }
    }
    Ok(CoreList(cores))
}

/// Reads a rate above 0; `inf` is one too.
pub(super) fn parse_rate(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(rate) if rate > 0.0 => Ok(rate),
        _ => Err(format!(
            "`{text}` is no rate; give requests a second, such as `2.5`, or `inf`"
        )),
    }
}

/// Reads `Name: value`.
pub(super) fn parse_header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        // The text may hold a secret, so it isn't repeated.
        _ => Err("a header is written as `Name: value`".to_owned()),
    }
}

/// Takes a number as it is written, so that it is sent so.
pub(super) fn parse_json_number(text: &str) -> Result<String, String> {
    match serde_json::from_str::<Value>(text.trim()) {
        Ok(Value::Number(_)) => Ok(text.trim().to_owned()),
        _ => Err(format!("`{text}` is not a number")),
    }
}

/// Takes a whole number as it is written.
pub(super) fn parse_json_integer(text: &str) -> Result<String, String> {
    match serde_json::from_str::<Value>(text.trim()) {
        Ok(Value::Number(number)) if !number.is_f64() => Ok(text.trim().to_owned()),
        _ => Err(format!("`{text}` is not a whole number")),
    }
}

/// Takes a JSON object as it is written.
pub(super) fn parse_json_object(text: &str) -> Result<String, String> {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => Ok(text.trim().to_owned()),
        Ok(_) => Err(format!("`{text}` is not a JSON object")),
        Err(error) => Err(format!("`{text}` is not a JSON object: {error}")),
    }
}

/// Reads limits such as `ttft:200` and `tpot:50`, in milliseconds.
pub(super) fn parse_goodput(limits: &[String]) -> Result<Slo, String> {
    let mut slo = Slo::default();
    for text in limits
        .iter()
        .flat_map(|limits| limits.split([' ', ',']))
        .filter(|text| !text.is_empty())
    {
        let complaint = || {
            format!(
                "`{text}` is no limit for goodput; write `ttft:MS`, `tpot:MS` or `e2el:MS`, such as `ttft:200`"
            )
        };
        let (name, limit) = text.split_once([':', '=']).ok_or_else(complaint)?;
        let place = match name.trim() {
            "ttft" => &mut slo.ttft_ns,
            "tpot" => &mut slo.tpot_ns,
            "e2el" | "latency" => &mut slo.latency_ns,
            _ => return Err(complaint()),
        };
        let limit_ms = limit
            .trim()
            .trim_end_matches("ms")
            .parse::<f64>()
            .map_err(|_| complaint())?;
        if !(limit_ms.is_finite() && limit_ms > 0.0) {
            return Err(complaint());
        }
        if place.replace(limit_ms * 1e6).is_some() {
            return Err(format!("the limit on `{name}` is given twice"));
        }
    }
    Ok(slo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_of_cores() {
        assert_eq!(parse_cores("2"), Ok(CoreList(vec![2])));
        assert_eq!(parse_cores("4-6, 9"), Ok(CoreList(vec![4, 5, 6, 9])));
        for text in ["", "a", "3-1", "1,,2", "-1", "0-99999999999"] {
            assert!(parse_cores(text).is_err(), "{text}");
        }
        assert!(parse_cores("0,0,0").unwrap_err().contains("names core 0 twice"));
        assert!(parse_cores("1-3,2").unwrap_err().contains("names core 2 twice"));
    }

    #[test]
    fn reads_rates() {
        assert_eq!(parse_rate("2.5"), Ok(2.5));
        assert_eq!(parse_rate("inf"), Ok(f64::INFINITY));
        for text in ["0", "-1", "nan", "x", ""] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_limits_for_goodput() {
        let limits =
            |texts: &[&str]| parse_goodput(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>());
        let slo = limits(&["ttft:200", "tpot:50"]).unwrap();
        assert_eq!(
            (slo.ttft_ns, slo.tpot_ns, slo.latency_ns),
            (Some(2e8), Some(5e7), None)
        );
        assert_eq!(
            limits(&["ttft:200 tpot:50ms,e2el:1"]).unwrap().latency_ns,
            Some(1e6)
        );
        for text in ["ttft", "itl:5", "ttft:-1", "ttft:inf", "ttft:1 ttft:2"] {
            assert!(limits(&[text]).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_stay_as_they_are_written() {
        assert_eq!(parse_json_number("0.70"), Ok("0.70".to_owned()));
        assert!(parse_json_number("NaN").is_err() && parse_json_number("\"1\"").is_err());
        assert_eq!(parse_json_integer("-1"), Ok("-1".to_owned()));
        assert!(parse_json_integer("1.5").is_err());
        assert!(parse_json_object("[]").is_err() && parse_json_object("{\"a\":1}").is_ok());
    }

    #[test]
    fn headers_have_a_name_and_their_value_is_not_repeated() {
        assert_eq!(
            parse_header("X-A: b: c"),
            Ok(("X-A".to_owned(), "b: c".to_owned()))
        );
        assert!(!parse_header("hunter2").unwrap_err().contains("hunter2"));
    }
}
