//! Values with units on the command line.

use std::time::Duration;

/// Reads `20ms`, `1.5s`, `2m`, `1h` or `0`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let complaint =
        || format!("`{text}` is not a duration; write it with its unit, such as `20ms`, `1.5s` or `2m`");
    let text = text.trim();
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let digits_end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .ok_or_else(complaint)?;
    let (number, unit) = text.split_at(digits_end);
    let unit_s = match unit.trim() {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(complaint()),
    };
    let number: f64 = number.parse().map_err(|_| complaint())?;
    Duration::try_from_secs_f64(number * unit_s).map_err(|_| complaint())
}

/// Reads a share of 0 to 1.
pub(super) fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("`{text}` is not a share from 0 to 1")),
    }
}

/// Reads a finite number of at least 0.
pub(super) fn parse_not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err(format!("`{text}` is not a number of at least 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_with_units() {
        for (text, nanos) in [
            ("0", 0),
            ("20ms", 20_000_000),
            ("1.5s", 1_500_000_000),
            ("2m", 120_000_000_000),
            ("5 us", 5_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn refuses_durations_without_sense() {
        for text in [
            "",
            "20",
            "ms",
            "-1s",
            "1.2.3s",
            "1e3s",
            "1d",
            "999999999999999999999999h",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn shares_lie_between_0_and_1() {
        assert_eq!(parse_share("0.25"), Ok(0.25));
        for text in ["-0.1", "1.01", "nan", "x"] {
            assert!(parse_share(text).is_err(), "{text}");
        }
        assert!(parse_not_negative("inf").is_err());
    }
}
