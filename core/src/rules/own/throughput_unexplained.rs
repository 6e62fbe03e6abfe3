//! `throughput-unexplained`.

use super::OWN;
use super::view::{File, View, median, number, percentiles, place, system_tps};
use crate::diag::Severity;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "throughput-unexplained",
    severity: Severity::Warning,
    parameters: &["own.explained_tokens_factor", "own.explained_requests_factor"],
    title: "a point's own times explain its throughput",
    what: "With C requests in flight, system TPS must not exceed 4 x C x 1e9 / TPOT (the least of `avg`, median and p90, in \
           ns); and for each percentile p of `ttft` and `latency` the (1 - p) share of the completed requests that took at \
           least so long must fit into 24 x C x `duration_ns`. The factors are wide, as percentiles are no means; the second finds times in \
           another unit.",
    why: "C users who each wait so long for a token can't receive more. Tokens or times come from another run, or another \
          unit.",
    fix: "write the summary again from the run's own log, times in nanoseconds",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for curve in &view.curves {
        for (concurrency, _, file) in curve.by_load() {
            tokens(file, concurrency, view.own.explained_tokens_factor, out);
            requests(file, concurrency, view.own.explained_requests_factor, out);
        }
    }
}

fn tokens(file: File<'_>, concurrency: f64, factor: f64, out: &mut Out<'_>) {
    let mut times: Vec<(String, f64)> = percentiles(file, "tpot")
        .into_iter()
        .filter(|rank| (50.0..=90.0).contains(&rank.percentile))
        .map(|rank| (rank.pointer("tpot"), rank.value))
        .collect();
    times.extend(median(file, "tpot"));
    times.extend(number(file, "/tpot/avg").map(|ns| ("/tpot/avg".to_owned(), ns)));
    times.retain(|(_, ns)| *ns > 0.0);
    let least = times.into_iter().min_by(|one, other| one.1.total_cmp(&other.1));
    let (Some((pointer, tpot_ns)), Some(tps)) = (least, system_tps(file)) else {
        return;
    };
    let limit = factor * concurrency * 1e9 / tpot_ns;
    if tps > limit {
        out.warning(
            file.path(),
            format!(
                "{tps:.3} tokens/s, but {concurrency} users who wait {} ms for a token explain {:.3}",
                tpot_ns / 1e6,
                limit / factor
            ),
        )
        .at(place(file, &pointer))
        .measured(
            format!("{tps:.3}"),
            format!("<= {limit:.3}"),
            "tokens/s",
            format!("{:.1} times what the times explain", tps * factor / limit),
        );
    }
}

fn requests(file: File<'_>, concurrency: f64, factor: f64, out: &mut Out<'_>) {
    let (Some(completed), Some(duration_ns)) =
        (number(file, "/n_samples_completed"), number(file, "/duration_ns"))
    else {
        return;
    };
    // A rate that overflows is another rule's finding.
    if completed <= 0.0 || duration_ns <= 0.0 || !(completed / (duration_ns / 1e9)).is_finite() {
        return;
    }
    let limit = factor * concurrency * duration_ns;
    for series in ["ttft", "latency"] {
        // The time that is taken for certain by the slowest requests.
        let busy = percentiles(file, series)
            .into_iter()
            .map(|rank| (rank, completed * (1.0 - rank.percentile / 100.0) * rank.value))
            .max_by(|one, other| one.1.total_cmp(&other.1));
        let Some((rank, busy)) = busy.filter(|(_, busy)| *busy > limit) else {
            continue;
        };
        let (busy_s, there_s) = (busy / 1e9, limit / factor / 1e9);
        out.warning(
            file.path(),
            format!(
                "{completed} requests with p{} of `{series}` at {} ms take at least {busy_s:.1} s, but {concurrency} \
                 users in this run have {there_s:.1} s",
                rank.percentile,
                rank.value / 1e6
            ),
        )
        .at(place(file, &rank.pointer(series)))
        .measured(
            format!("{busy_s:.1}"),
            format!("<= {:.1}", there_s * factor),
            "s",
            format!("{:.1} times what there is", busy_s / there_s),
        );
    }
}
