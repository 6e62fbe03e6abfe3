//! Dates and times: `2026-10-01`, `2026-10-01T12:30:45.5+01:00`.

/// A real date or time, as far as it tells two keys of a mapping apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stamp {
    /// Days since 1 January of the year 0.
    Date(i64),
    /// Microseconds since then, in no known zone.
    Local(i64),
    /// Microseconds since then, in UTC.
    Utc(i64),
}

/// The parts of a timestamp, not yet known to be a real one.
#[derive(Clone, Copy, Debug)]
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    /// Whether month or day has a single digit.
    is_short: bool,
    time: Option<Time>,
}

#[derive(Clone, Copy, Debug)]
struct Time {
    hour: i64,
    minute: i64,
    second: i64,
    microsecond: i64,
    /// Minutes ahead of UTC, if the text gives a zone.
    zone: Option<i64>,
}

/// Whether plain text of this form is a timestamp: a date alone needs two digits for month and day.
pub(super) fn is_implicit(text: &[u8]) -> bool {
    parts(text).is_some_and(|parts| parts.time.is_some() || !parts.is_short)
}

/// The timestamp that a text gives; `None` if it has another form or is not real, such as `2026-02-30`.
pub(super) fn stamp(text: &str) -> Option<Stamp> {
    let Parts {
        year,
        month,
        day,
        time,
        ..
    } = parts(text.strip_suffix('\n').unwrap_or(text).as_bytes())?;
    if year < 1 || !(1..=12).contains(&month) || !(1..=days_of_month(year, month)).contains(&day) {
        return None;
    }
    let days = days_before(year, month).checked_add(day)?;
    let Some(Time {
        hour,
        minute,
        second,
        microsecond,
        zone,
    }) = time
    else {
        return Some(Stamp::Date(days));
    };
    if hour > 23 || minute > 59 || second > 59 || zone.is_some_and(|zone| zone.abs() >= 24 * 60) {
        return None;
    }
    let minutes = days
        .checked_mul(24)?
        .checked_add(hour)?
        .checked_mul(60)?
        .checked_add(minute)?;
    let utc_minutes = minutes.checked_sub(zone.unwrap_or(0))?;
    let seconds = utc_minutes.checked_mul(60)?.checked_add(second)?;
    let microseconds = seconds.checked_mul(1_000_000)?.checked_add(microsecond)?;
    Some(if zone.is_some() {
        Stamp::Utc(microseconds)
    } else {
        Stamp::Local(microseconds)
    })
}

fn parts(text: &[u8]) -> Option<Parts> {
    let (year, rest) = number(text, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix(b"-")?, 1, 2)?;
    let month_end = rest.len();
    let (day, rest) = number(rest.strip_prefix(b"-")?, 1, 2)?;
    let is_short = text.len().checked_sub(month_end)? < 7 || month_end.checked_sub(rest.len())? < 3;
    let time = if rest.is_empty() { None } else { Some(time(rest)?) };
    Some(Parts {
        year,
        month,
        day,
        is_short,
        time,
    })
}

fn time(text: &[u8]) -> Option<Time> {
    let rest = match text {
        [b'T' | b't', rest @ ..] => rest,
        [b' ' | b'\t', ..] => skip_blanks(text),
        _ => return None,
    };
    let (hour, rest) = number(rest, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix(b":")?, 2, 2)?;
    let (second, mut rest) = number(rest.strip_prefix(b":")?, 2, 2)?;
    let mut microsecond: i64 = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(fraction.len());
        for place in 0..6 {
            let digit = fraction
                .get(place)
                .filter(|_| place < digits)
                .map_or(0, |digit| digit.saturating_sub(b'0'));
            microsecond = microsecond.checked_mul(10)?.checked_add(i64::from(digit))?;
        }
        rest = fraction.get(digits..)?;
    }
    let zone = if rest.is_empty() {
        None
    } else {
        Some(zone(skip_blanks(rest))?)
    };
    Some(Time {
        hour,
        minute,
        second,
        microsecond,
        zone,
    })
}

fn zone(text: &[u8]) -> Option<i64> {
    let (ahead, rest) = match text {
        b"Z" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = number(rest, 1, 2)?;
    let (minutes, rest) = if rest.is_empty() {
        (0, rest)
    } else {
        number(rest.strip_prefix(b":")?, 2, 2)?
    };
    let total = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(ahead)?;
    rest.is_empty().then_some(total)
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t'))
        .unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

/// A number of so many digits, and what follows.
fn number(text: &[u8], least: usize, most: usize) -> Option<(i64, &[u8])> {
    let count = text
        .iter()
        .take(most)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (digits, rest) = text.split_at_checked(count).filter(|_| count >= least)?;
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, rest))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days between the start of the year 0 and the start of a month.
fn days_before(year: i64, month: i64) -> i64 {
    let past = year.saturating_sub(1);
    let leap_days = (past / 4)
        .saturating_sub(past / 100)
        .saturating_add(past / 400)
        .saturating_add(1);
    let years = year.saturating_mul(365).saturating_add(leap_days);
    (1..month).fold(years, |days, month| {
        days.saturating_add(days_of_month(year, month))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_forms() {
        for text in [
            "2026-10-01",
            "2026-1-1 1:02:03",
            "2026-10-01T12:30:45.123456789 +01:30",
            "2026-10-01\t 1:02:03.Z",
        ] {
            assert!(is_implicit(text.as_bytes()), "{text}");
        }
        for text in [
            "2026-1-01",
            "2026-10-1",
            "2026-10-C1",
            "2026-10-011",
            "2026-10-01 ",
            "2026-10-01T1:2:3",
            "26-10-01",
            "2026-10-01 12:30",
            "2026-10-01 12:30:45 x",
        ] {
            assert!(!is_implicit(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn refuses_days_that_never_were() {
        for text in [
            "2024-02-29",
            "2000-02-29",
            "0001-01-01",
            "9999-12-31",
            "2026-1-1",
            "2026-10-01 23:59:59 -23:59",
        ] {
            assert!(stamp(text).is_some(), "{text}");
        }
        for text in [
            "2026-02-29",
            "1900-02-29",
            "0000-01-01",
            "2026-13-01",
            "2026-00-01",
            "2026-04-31",
            "2026-10-01 24:00:00",
            "2026-10-01 00:60:00",
            "2026-10-01 00:00:60",
            "2026-10-01 00:00:00 +24",
        ] {
            assert_eq!(stamp(text), None, "{text}");
        }
    }

    #[test]
    fn compares_moments_across_zones() {
        assert_eq!(
            stamp("2026-10-01 12:00:00Z"),
            stamp("2026-10-01T13:30:00.0 +1:30")
        );
        assert_eq!(stamp("2024-03-01 00:30:00 +1"), stamp("2024-02-29 23:30:00Z"));
        assert_ne!(stamp("2026-10-01 12:00:00Z"), stamp("2026-10-01 12:00:00"));
        assert_eq!(
            stamp("2026-10-01 12:00:00.5"),
            stamp("2026-10-01 12:00:00.5000009")
        );
    }
}
