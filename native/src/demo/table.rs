//! The points as a table.

use super::point::Point;

const HEADERS: [&str; 10] = [
    "concurrency",
    "region",
    "requests",
    "failed",
    "TTFT p50",
    "TTFT p95",
    "TPOT p50",
    "system TPS",
    "TPS/user",
    "accuracy",
];
/// The one column that is text, set to the left.
const REGION_COLUMN: usize = 1;
const GAP: &str = "  ";

/// The table, each line ended; `dash` stands for a figure that there is none of.
pub fn table(points: &[Point], dash: &str) -> String {
    let rows: Vec<[String; 10]> = points.iter().map(|point| row(point, dash)).collect();
    let widths: Vec<usize> = HEADERS
        .iter()
        .enumerate()
        .map(|(column, header)| {
            let cells = rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count());
            cells.chain([header.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let mut text = line(HEADERS, &widths);
    for row in &rows {
        text.push_str(&line(row.each_ref().map(String::as_str), &widths));
    }
    text
}

fn row(point: &Point, dash: &str) -> [String; 10] {
    let shown = |value: Option<String>| value.unwrap_or_else(|| dash.to_owned());
    let ms = |value_ns: Option<f64>| shown(value_ns.map(|value_ns| format!("{:.2} ms", value_ns / 1e6)));
    let rate = |value: Option<f64>| shown(value.map(|value| format!("{value:.1}")));
    [
        point.concurrency.to_string(),
        point.region.to_owned(),
        point.n_issued.to_string(),
        point.n_failed.to_string(),
        ms(point.ttft_p50_ns),
        ms(point.ttft_p95_ns),
        ms(point.tpot_p50_ns),
        rate(point.system_tps),
        rate(point.tps_per_user),
        shown(point.score.percent().map(|percent| format!("{percent:.1} %"))),
    ]
}

fn line(cells: [&str; 10], widths: &[usize]) -> String {
    let mut text = String::new();
    for (column, (cell, width)) in cells.into_iter().zip(widths).enumerate() {
        if column > 0 {
            text.push_str(GAP);
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

    #[test]
    fn shows_each_figure_with_its_unit_and_a_dash_for_none() {
        let summary = json!({
            "n_samples_issued": 31, "n_samples_failed": 1, "system_tps": 1234.56, "tps_per_user": 154.32,
            "ttft": {"percentiles": {"50.0": 15_500_000.0, "95.0": 17_000_000.0}}, "tpot": {},
        });
        let point = Point::from_summary(8, "low_latency", Score { right: 30, asked: 31 }, summary);
        let empty = Point::from_summary(64, "high_throughput", Score::default(), json!({}));
        let expected = "\
concurrency  region           requests  failed  TTFT p50  TTFT p95  TPOT p50  system TPS  TPS/user  accuracy
          8  low_latency            31       1  15.50 ms  17.00 ms         -      1234.6     154.3    96.8 %
         64  high_throughput         0       0         -         -         -           -         -         -
";
        assert_eq!(table(&[point, empty], "-"), expected);
    }
}
