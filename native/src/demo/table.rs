//! The points as a table that fits 80 columns.

use std::fmt::Write as _;

use super::point::Point;

const COLUMNS: usize = 9;
const HEADERS: [&str; COLUMNS] = [
    "conc", "region", "sent", "p50", "p95", "p50", "system", "per user", "correct",
];
/// Titles above the headers; each ends where the column ends that it stands at.
const TITLES: [&str; COLUMNS] = ["", "", "", "", "TTFT ms", "TPOT ms", "", "output tokens/s", ""];
/// The one column that is set to the left.
const REGION_COLUMN: usize = 1;
const GAP: usize = 2;

/// The table, each line ended; `dash` stands for a figure that there is none of.
pub fn table(points: &[Point], dash: &str) -> String {
    let rows: Vec<[String; COLUMNS]> = points.iter().map(|point| row(point, dash)).collect();
    let cells = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let mut widths = [0; COLUMNS];
    for (column, (width, header)) in widths.iter_mut().zip(HEADERS).enumerate() {
        *width = cells(column)
            .map(|cell| cell.chars().count())
            .chain([header.len()])
            .max()
            .unwrap_or(0);
    }
    // The only title over a single column.
    if let Some(width) = widths.get_mut(5) {
        *width = (*width).max("TPOT ms".len());
    }
    let mut text = titles(&widths);
    text.push_str(&line(HEADERS, &widths));
    for row in &rows {
        text.push_str(&line(row.each_ref().map(String::as_str), &widths));
    }
    text
}

fn row(point: &Point, dash: &str) -> [String; COLUMNS] {
    let shown = |value: Option<String>| value.unwrap_or_else(|| dash.to_owned());
    let ms = |value_ns: Option<f64>| shown(value_ns.map(|value_ns| format!("{:.2}", value_ns / 1e6)));
    let rate = |value: Option<f64>| shown(value.map(|value| format!("{value:.1}")));
    let failed = match point.n_failed {
        0 => String::new(),
        failed => format!(" ({failed} failed)"),
    };
    [
        point.concurrency.to_string(),
        point.region.to_owned(),
        format!("{}{failed}", point.n_issued),
        ms(point.ttft_p50_ns),
        ms(point.ttft_p95_ns),
        ms(point.tpot_p50_ns),
        rate(point.system_tps),
        rate(point.tps_per_user),
        shown(point.score.percent().map(|percent| format!("{percent:.1} %"))),
    ]
}

fn titles(widths: &[usize; COLUMNS]) -> String {
    let mut text = String::new();
    let mut end: usize = 0;
    for (title, width) in TITLES.into_iter().zip(widths) {
        end = end.saturating_add(*width);
        if !title.is_empty() {
            let room = end.saturating_sub(text.len());
            // Writing to a `String` can't fail.
            let _ = write!(text, "{title:>room$}");
        }
        end = end.saturating_add(GAP);
    }
    text.push('\n');
    text
}

fn line(cells: [&str; COLUMNS], widths: &[usize; COLUMNS]) -> String {
    let mut text = String::new();
    for (column, (cell, width)) in cells.into_iter().zip(widths).enumerate() {
        if column > 0 {
            text.push_str(&" ".repeat(GAP));
        }
        let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
        if column == REGION_COLUMN {
            text.push_str(cell);
            text.push_str(&blanks);
        } else {
            text.push_str(&blanks);
            text.push_str(cell);
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::point::Score;
    use super::*;

    fn point(n_failed: u64) -> Point {
        let summary = json!({
            "n_samples_issued": 448, "n_samples_failed": n_failed, "system_tps": 1234.56, "tps_per_user": 154.32,
            "ttft": {"percentiles": {"50.0": 15_500_000.0, "95.0": 117_000_000.0}},
            "tpot": {"percentiles": {"50.0": 2_345_000.0}},
        });
        Point::from_summary(
            8,
            "low_latency",
            Score {
                right: 447,
                asked: 448,
            },
            summary,
        )
    }

    #[test]
    fn shows_each_figure_with_its_unit_and_a_dash_for_none() {
        let empty = Point::from_summary(64, "high_throughput", Score::default(), json!({}));
        let expected = [
            "                                   TTFT ms  TPOT ms   output tokens/s",
            "conc  region           sent    p50     p95      p50  system  per user  correct",
            "   8  low_latency       448  15.50  117.00     2.35  1234.6     154.3   99.8 %",
            "  64  high_throughput     0      -       -        -       -         -        -",
        ];
        let drawn = table(&[point(0), empty], "-");
        assert_eq!(drawn.lines().collect::<Vec<_>>(), expected, "{drawn}");
        assert!(drawn.lines().all(|line| line.len() <= 80));
    }

    #[test]
    fn failed_requests_show_beside_those_sent() {
        assert!(table(&[point(3)], "-").contains("448 (3 failed)"));
    }
}
