//! The regularised incomplete beta function for whole-numbered shapes.
//!
//! The prefactor is written with Stirling's error and the deviance instead of log-gammas: those grow with the shape
//! and lose a digit for each power of ten, while what is needed is their small difference.

#![expect(
    clippy::many_single_char_names,
    reason = "the letters are those of the formulas' literature"
)]

use core::f64::consts::PI;

/// Terms of the continued fraction after which it has long converged for any shape met here.
const MAX_TERMS: u32 = 100_000;
/// Keeps Lentz' denominators away from zero.
const TINY: f64 = 1e-300;

/// `I_x(a, b)` for whole `a`, `b` of at least 1 (given as floats) and `0 < x < 1`. Relative error about 1e-13.
pub(super) fn regularised_beta(x: f64, a: f64, b: f64) -> f64 {
    let y = 1.0 - x;
    let value = if x < (a + 1.0) / (a + b + 2.0) {
        lower_tail(x, y, a, b)
    } else {
        1.0 - lower_tail(y, x, b, a)
    };
    value.clamp(0.0, 1.0)
}

fn lower_tail(x: f64, y: f64, a: f64, b: f64) -> f64 {
    // x^a y^b / (a B(a,b)), where 1/B(a,b) is the binomial coefficient times ab/(a+b).
    let prefactor = binomial_density(a, b, x, y) * b / (a + b);
    prefactor * continued_fraction(x, a, b)
}

/// `(a+b)! / (a! b!) x^a y^b`, by Loader's saddle-point form.
fn binomial_density(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let exponent =
        stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
    libm::exp(exponent) * libm::sqrt(n / (2.0 * PI * a * b))
}

/// `ln n! - ln(sqrt(2 pi n) (n/e)^n)` for whole `n >= 1`.
fn stirling_error(n: f64) -> f64 {
    if n <= 15.0 {
        let mut factorial = 1.0;
        let mut factor = 2.0;
        while factor <= n {
            factorial *= factor;
            factor += 1.0;
        }
        return libm::log(factorial) - (n + 0.5) * libm::log(n) + n - 0.5 * libm::log(2.0 * PI);
    }
    let square = n * n;
    let tail = 1.0 / 1680.0 - 1.0 / 1188.0 / square;
    let tail = 1.0 / 1260.0 - tail / square;
    let tail = 1.0 / 360.0 - tail / square;
    (1.0 / 12.0 - tail / square) / n
}

/// `x ln(x/m) + m - x`, without cancellation when `x` is near `m`.
fn deviance(x: f64, m: f64) -> f64 {
    if libm::fabs(x - m) >= 0.1 * (x + m) {
        return x * libm::log(x / m) + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    let square = v * v;
    let mut divisor = 3.0;
    loop {
        power *= square;
        let next = sum + power / divisor;
        // The terms shrink by at least a hundredfold each, so this ends after a dozen rounds.
        if libm::fabs(next - sum) <= f64::EPSILON * libm::fabs(sum) || divisor > 100.0 {
            return next;
        }
        sum = next;
        divisor += 2.0;
    }
}

/// The continued fraction of the incomplete beta function, by Lentz' method.
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    let apart = |value: f64| if libm::fabs(value) < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / apart(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for term in 1..=MAX_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / apart(1.0 + even * d);
        c = apart(1.0 + even / c);
        result *= c * d;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / apart(1.0 + odd * d);
        c = apart(1.0 + odd / c);
        let step = c * d;
        result *= step;
        if libm::fabs(step - 1.0) <= f64::EPSILON {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::regularised_beta;

    /// `P[Bin(n, q) <= t]` summed term by term: slow, and right.
    fn by_sum(p: f64, h: u32, t: u32) -> f64 {
        let n = h + t;
        let q = 1.0 - p;
        let mut term = libm::pow(p, f64::from(n));
        let mut sum = term;
        for i in 0..t {
            term *= f64::from(n - i) / f64::from(i + 1) * (q / p);
            sum += term;
        }
        sum
    }

    #[test]
    fn equals_the_binomial_sum() {
        for p in [0.5, 0.75, 0.9, 0.95, 0.99] {
            for (h, t) in [
                (1, 0),
                (1, 1),
                (10, 1),
                (40, 3),
                (100, 20),
                (300, 5),
                (459, 0),
                (661, 1),
            ] {
                let direct = regularised_beta(p, f64::from(h), f64::from(t + 1));
                let sum = by_sum(p, h, t);
                assert!(
                    (direct - sum).abs() <= 1e-12 * sum,
                    "p {p} h {h} t {t}: {direct} against {sum}"
                );
            }
        }
    }

    #[test]
    fn complements_itself() {
        for (a, b) in [(1.0, 1.0), (3.0, 9.0), (1e6, 1e6), (5e5, 1e3)] {
            let x = a / (a + b) * 0.999;
            let both = regularised_beta(x, a, b) + regularised_beta(1.0 - x, b, a);
            assert!((both - 1.0).abs() < 1e-12, "{a} {b}: {both}");
        }
    }
}
