//! A curve of points as a picture made of characters.

/// Rows of the plotted area.
const ROWS: usize = 14;
/// The narrowest and the widest picture, in characters.
const WIDTHS: (usize, usize) = (48, 100);

/// One point of the curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Position to the right, at least 0.
    pub x: f64,
    /// Position upwards, at least 0.
    pub y: f64,
    /// What stands beside it.
    pub label: String,
}

/// Which characters a picture may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// Braille dots and box drawing.
    Unicode,
    /// Plain ASCII.
    Ascii,
}

/// Names of the two axes.
#[derive(Clone, Copy, Debug)]
pub struct Axes<'a> {
    /// Of the axis to the right.
    pub x: &'a str,
    /// Of the axis upwards.
    pub y: &'a str,
}

/// Draws the marks and a line through them, in order of x; each line is ended. Marks that are no numbers are left out.
pub fn picture(marks: &[Mark], axes: Axes<'_>, width: usize, charset: Charset) -> String {
    let mut marks: Vec<&Mark> = marks
        .iter()
        .filter(|mark| mark.x.is_finite() && mark.y.is_finite() && mark.x >= 0.0 && mark.y >= 0.0)
        .collect();
    marks.sort_by(|a, b| a.x.total_cmp(&b.x));
    let x_scale = Scale::new(marks.iter().map(|mark| mark.x));
    let y_scale = Scale::new(marks.iter().map(|mark| mark.y));
    let margin = y_scale
        .ticks()
        .map(|tick| x_digits(tick).len())
        .max()
        .unwrap_or(1)
        .saturating_add(1);
    // One column for the axis, one behind so that nothing wraps.
    let columns = width
        .clamp(WIDTHS.0, WIDTHS.1)
        .saturating_sub(margin)
        .saturating_sub(2);
    let canvas = draw(&marks, x_scale, y_scale, columns, charset);

    let (bar, tick_bar) = match charset {
        Charset::Unicode => ('\u{2502}', '\u{2524}'),
        Charset::Ascii => ('|', '+'),
    };
    let y_ticks: Vec<(usize, f64)> = y_scale
        .ticks()
        .map(|tick| (y_scale.place(tick, ROWS), tick))
        .collect();
    let mut text = format!("{}{}\n", " ".repeat(margin.saturating_add(1)), axes.y);
    for (from_top, row) in canvas.iter().enumerate() {
        let from_bottom = ROWS.saturating_sub(1).saturating_sub(from_top);
        let tick = y_ticks.iter().find(|(place, _)| *place == from_bottom);
        let number = tick.map(|(_, tick)| x_digits(*tick)).unwrap_or_default();
        let row: String = row.iter().collect();
        let bar = if tick.is_some() { tick_bar } else { bar };
        text.push_str(format!("{number:>margin$}{bar}{row}").trim_end());
        text.push('\n');
    }
    text.push_str(&x_axis(x_scale, margin, columns, axes.x, charset));
    text
}

/// The axis to the right with its numbers and its name.
fn x_axis(scale: Scale, margin: usize, columns: usize, name: &str, charset: Charset) -> String {
    let (corner, line, tick_line) = match charset {
        Charset::Unicode => ('\u{2514}', '\u{2500}', '\u{252c}'),
        Charset::Ascii => ('+', '-', '+'),
    };
    let mut rule = vec![line; columns];
    let mut numbers = vec![' '; columns];
    for tick in scale.ticks() {
        let place = scale.place(tick, columns);
        put(&mut rule, place, &tick_line.to_string());
        let digits = x_digits(tick);
        let start = place
            .saturating_sub(digits.len() / 2)
            .min(columns.saturating_sub(digits.len()));
        put(&mut numbers, start, &digits);
    }
    let blank = " ".repeat(margin);
    let rule: String = rule.into_iter().collect();
    let numbers: String = numbers.into_iter().collect();
    let name = format!("{name:>width$}", width = columns.saturating_add(1));
    format!(
        "{blank}{corner}{rule}\n{blank} {}\n{blank}{name}\n",
        numbers.trim_end()
    )
}

/// Line, marks and labels; the first row is the top one.
fn draw(marks: &[&Mark], x_scale: Scale, y_scale: Scale, columns: usize, charset: Charset) -> Vec<Vec<char>> {
    let (dots_x, dots_y) = match charset {
        Charset::Unicode => (2, 4),
        Charset::Ascii => (1, 1),
    };
    let mut dots = vec![vec![0_u8; columns]; ROWS];
    let place = |mark: &Mark| {
        let x = x_scale.place(mark.x, columns.saturating_mul(dots_x));
        (x, y_scale.place(mark.y, ROWS.saturating_mul(dots_y)))
    };
    for pair in marks.windows(2) {
        let [from, to] = pair else { continue };
        for (x, y) in line(place(from), place(to)) {
            let row = ROWS.saturating_sub(1).saturating_sub(y / dots_y);
            if let Some(cell) = dots.get_mut(row).and_then(|row| row.get_mut(x / dots_x)) {
                *cell |= braille_bit(x % dots_x, dots_y.saturating_sub(1).saturating_sub(y % dots_y));
            }
        }
    }
    let as_char = |bits: u8| match charset {
        _ if bits == 0 => ' ',
        Charset::Unicode => char::from_u32(0x2800_u32 | u32::from(bits)).unwrap_or(' '),
        Charset::Ascii => '.',
    };
    let mut canvas: Vec<Vec<char>> = dots
        .into_iter()
        .map(|row| row.into_iter().map(as_char).collect())
        .collect();
    let dot = match charset {
        Charset::Unicode => "\u{25cf}",
        Charset::Ascii => "o",
    };
    let places: Vec<(usize, usize, &str)> = marks
        .iter()
        .map(|mark| {
            let (x, y) = place(mark);
            (
                ROWS.saturating_sub(1).saturating_sub(y / dots_y),
                x / dots_x,
                mark.label.as_str(),
            )
        })
        .collect();
    for (row, column, _) in &places {
        if let Some(cells) = canvas.get_mut(*row) {
            put(cells, *column, dot);
        }
    }
    for (row, column, label) in places {
        write_label(&mut canvas, row, column, label, dot);
    }
    canvas
}

/// Writes a label to the right of a mark, above or below it; where a mark or a label is in the way, nothing.
fn write_label(canvas: &mut [Vec<char>], row: usize, column: usize, label: &str, dot: &str) {
    let right = column.saturating_add(2);
    let left = column.saturating_sub(label.len().saturating_add(1));
    let candidates = [
        (row.checked_sub(1), right),
        (Some(row), right),
        (row.checked_sub(1), column),
        (row.checked_add(1), left),
        (Some(row), left),
    ];
    for (row, start) in candidates {
        let Some(cells) = row.and_then(|row| canvas.get_mut(row)) else {
            continue;
        };
        // A blank on either side, so that two labels never read as one.
        let first = start.saturating_sub(1);
        let end = start.saturating_add(label.len()).saturating_add(1);
        let taken = |cell: &char| cell.is_ascii_alphanumeric() || dot.contains(*cell);
        let free = cells.get(start..end).is_some()
            && cells.get(first..end).is_some_and(|cells| {
                cells
                    .iter()
                    .enumerate()
                    .all(|(at, cell)| !taken(cell) || (at == 0 && dot.contains(*cell)))
            });
        if free {
            put(cells, start, label);
            return;
        }
    }
}

fn put(cells: &mut [char], start: usize, text: &str) {
    for (cell, c) in cells.iter_mut().skip(start).zip(text.chars()) {
        *cell = c;
    }
}

/// The dot of a braille cell, column and row from the top left.
fn braille_bit(column: usize, row: usize) -> u8 {
    match (column, row) {
        (0, 0) => 0x01,
        (0, 1) => 0x02,
        (0, 2) => 0x04,
        (0, _) => 0x40,
        (_, 0) => 0x08,
        (_, 1) => 0x10,
        (_, 2) => 0x20,
        (_, _) => 0x80,
    }
}

/// Places on a straight line, both ends among them.
fn line(from: (usize, usize), to: (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
    let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
    let between = move |a: usize, b: usize, step: usize| {
        let moved = (a.abs_diff(b).saturating_mul(step).saturating_add(steps / 2)) / steps;
        if b >= a {
            a.saturating_add(moved)
        } else {
            a.saturating_sub(moved)
        }
    };
    (0..=steps).map(move |step| (between(from.0, to.0, step), between(from.1, to.1, step)))
}

/// An axis from 0 to a round number.
#[derive(Clone, Copy, Debug)]
struct Scale {
    step: f64,
    steps: u32,
}

impl Scale {
    fn new(values: impl Iterator<Item = f64>) -> Self {
        let highest = values.fold(0.0, f64::max);
        let highest = if highest > 0.0 { highest } else { 1.0 };
        let power = 10_f64.powf((highest / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|round| round * power)
            .into_iter()
            .find(|step| step * 5.0 >= highest);
        let step = step.unwrap_or(highest);
        let steps = (1..=5_u32)
            .find(|steps| step * f64::from(*steps) >= highest)
            .unwrap_or(5);
        Self { step, steps }
    }

    fn ticks(self) -> impl Iterator<Item = f64> {
        (0..=self.steps).map(move |tick| self.step * f64::from(tick))
    }

    /// Which of `places` cells a value falls into.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of 0 to 1 of a few hundred cells"
    )]
    fn place(self, value: f64, places: usize) -> usize {
        let share = (value / (self.step * f64::from(self.steps))).clamp(0.0, 1.0);
        (share * places.saturating_sub(1) as f64).round() as usize
    }
}

/// A tick's number with as many decimals as it needs.
fn x_digits(tick: f64) -> String {
    let text = format!("{tick:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(points: &[(f64, f64, &str)]) -> Vec<Mark> {
        points
            .iter()
            .map(|(x, y, label)| Mark {
                x: *x,
                y: *y,
                label: (*label).to_owned(),
            })
            .collect()
    }

    const AXES: Axes<'static> = Axes {
        x: "TPS per user",
        y: "system TPS",
    };

    fn ascii(points: &[(f64, f64, &str)], width: usize) -> String {
        picture(&marks(points), AXES, width, Charset::Ascii)
    }

    #[test]
    fn draws_axes_line_marks_and_labels() {
        let expected = "      system TPS
 1000+
     |      64
     |    o.
  800+      ....
     |          ...
  600+             ....
     |                 ....
     |                     ...
  400+                        ....
     |                            ...
  200+                               ....
     |                                   ....
     |                                       .o
    0+                                      1
     ++-------+-------+-------+-------+-------+
      0      20      40      60      80     100
                                   TPS per user
";
        let drawn = ascii(&[(10.0, 850.0, "64"), (100.0, 100.0, "1")], 48);
        assert_eq!(drawn, expected, "{drawn}");
    }

    #[test]
    fn never_wider_than_asked_unless_that_is_too_narrow() {
        let points = [(3.0, 3900.0, "64"), (61.0, 2000.0, "8"), (320.0, 300.0, "1")];
        for (width, widest) in [(0, 48), (60, 60), (79, 79), (500, 100)] {
            for charset in [Charset::Ascii, Charset::Unicode] {
                let drawn = picture(&marks(&points), AXES, width, charset);
                assert!(
                    drawn.lines().all(|line| line.chars().count() <= widest),
                    "{drawn}"
                );
            }
        }
    }

    #[test]
    fn the_line_is_unbroken() {
        let places: Vec<(usize, usize)> = line((9, 2), (0, 8)).collect();
        assert_eq!((places[0], places[9]), ((9, 2), (0, 8)));
        for pair in places.windows(2) {
            assert!(pair[0].0.abs_diff(pair[1].0) <= 1 && pair[0].1.abs_diff(pair[1].1) <= 1);
        }
    }

    #[test]
    fn scales_end_at_a_round_number_not_below_the_highest() {
        for (highest, end) in [
            (1.0, 1.0),
            (3900.0, 4000.0),
            (312.0, 400.0),
            (0.07, 0.08),
            (5.1, 6.0),
            (0.0, 1.0),
        ] {
            let scale = Scale::new([0.0, highest].into_iter());
            let top = scale.ticks().last().unwrap();
            assert!((top - end).abs() < 1e-9, "{highest}: {top}");
        }
    }

    #[test]
    fn draws_something_for_no_points_one_point_and_odd_numbers() {
        for points in [
            &[][..],
            &[(5.0, 5.0, "a")],
            &[(f64::NAN, 1.0, "a"), (1.0, f64::INFINITY, "b"), (0.0, 0.0, "c")],
        ] {
            let drawn = ascii(points, 60);
            assert_eq!(drawn.lines().count(), ROWS + 4, "{drawn}");
        }
    }

    #[test]
    fn labels_do_not_run_into_each_other() {
        let drawn = ascii(
            &[
                (50.0, 50.0, "40"),
                (50.5, 50.0, "34"),
                (51.0, 50.0, "32"),
                (100.0, 0.0, "1"),
            ],
            60,
        );
        assert!(
            !drawn.contains("4034") && !drawn.contains("3432") && !drawn.contains("4032"),
            "{drawn}"
        );
    }
}
