//! "Did you mean": the known word that a misspelt one was meant to be.
//!
//! ```
//! use runbench_core::suggest::closest;
//!
//! assert_eq!(closest("concurency", ["dataset", "concurrency"]), Some("concurrency"));
//! assert_eq!(closest("Region", ["region"]), Some("region"));
//! assert_eq!(closest("aime24", ["aime25"]), None);
//! ```

/// Words longer than this, in characters, are not compared: nobody types one by hand, and the comparison is quadratic.
const LONGEST: usize = 100;

/// Words of so many characters may differ by two edits, shorter ones by one.
const TWO_EDITS_FROM: usize = 6;

/// Words shorter than this are too easily one edit away from each other.
const SHORTEST: usize = 3;

/// The word of a list that is nearest to a misspelt one, if it is near enough to be meant.
///
/// Near enough is one edit, or two for words of at least 6 characters, where an edit is a character put in, left out,
/// or changed, or two neighbours exchanged; case, and `-`, `_`, `.` and blanks among each other, are no edits. Digits
/// are never misspelt: `point_48` is not meant by `point_49`. Of equally near words the first counts.
pub fn closest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(given);
    if folded.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for word in known {
        if word == given {
            continue;
        }
        let candidate = fold(word);
        let longer = folded.len().max(candidate.len());
        let allowed = match longer {
            0..SHORTEST => 0,
            SHORTEST..TWO_EDITS_FROM => 1,
            _ => 2,
        };
        if folded.len().abs_diff(candidate.len()) > allowed || !digits(&folded).eq(digits(&candidate)) {
            continue;
        }
        let distance = distance(&folded, &candidate);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, word));
        }
    }
    best.map(|(_, word)| word)
}

/// `; did you mean ...?`, or nothing, to stand behind a message.
pub fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(given, known).map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}

/// A word without what is no edit.
fn fold(word: &str) -> Vec<char> {
    word.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, '-' | '.' | ' ') { '_' } else { c })
        .take(LONGEST.saturating_add(1))
        .collect()
}

fn digits(word: &[char]) -> impl Iterator<Item = &char> {
    word.iter().filter(|c| c.is_ascii_digit())
}

/// Optimal string alignment distance.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut before: Option<char> = None;
    for (i, &a) in one.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i.saturating_add(1));
        let mut left_char: Option<char> = None;
        for (j, &b) in other.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX);
            let right = j.saturating_add(1);
            let mut least = at(&row, j)
                .saturating_add(usize::from(a != b))
                .min(at(&row, right).saturating_add(1))
                .min(at(&next, j).saturating_add(1));
            let exchanged = before == Some(b) && left_char == Some(a);
            if let Some(two_left) = j.checked_sub(1).filter(|_| exchanged) {
                least = least.min(at(&above, two_left).saturating_add(1));
            }
            next.push(least);
            left_char = Some(b);
        }
        above = row;
        row = next;
        before = Some(a);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(given: &str, known: &[&str], expected: Option<&str>) {
        assert_eq!(closest(given, known.iter().copied()), expected, "{given}");
    }

    #[test]
    fn one_edit_is_enough_for_short_words_two_for_longer_ones() {
        check("tpto", &["ttft", "tpot"], Some("tpot"));
        check("tp", &["tpot"], None);
        check("concurrnecy", &["concurrency"], Some("concurrency"));
        check("durration_nss", &["duration_ns"], Some("duration_ns"));
        check("streaming", &["stream_all_chunks"], None);
    }

    #[test]
    fn exchanged_neighbours_are_one_edit() {
        assert_eq!(distance(&fold("ab"), &fold("ba")), 1);
        assert_eq!(distance(&fold("kitten"), &fold("sitting")), 3);
        assert_eq!(distance(&fold("abc"), &fold("abc")), 0);
        assert_eq!(distance(&fold(""), &fold("abc")), 3);
    }

    #[test]
    fn case_and_separators_are_no_edits_and_digits_are_never_misspelt() {
        check(
            "Llama3.1-8B",
            &["llama3_1-70b", "llama3_1-8b"],
            Some("llama3_1-8b"),
        );
        check("point_49", &["point_48"], None);
        check("r8", &["r9"], None);
    }

    #[test]
    fn the_nearest_counts_and_of_equals_the_first() {
        check(
            "region_a",
            &["region_bb", "region_b", "region_c"],
            Some("region_b"),
        );
        check("same", &["same", "sane"], Some("sane"));
        check(&"x".repeat(10_000), &["x"], None);
        check("", &["a"], None);
    }
}
