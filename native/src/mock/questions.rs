//! Word problems that the demo asks and the mock solves.
//!
//! The mock is told nothing but the prompt: it finds the problem in it, reads its numbers and computes. So the
//! demo's accuracy is a measurement: an answer that fails, is cut short or is spoilt on purpose counts as wrong.

use super::seeded::Seeded;

/// A problem and its right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The problem in words.
    pub text: String,
    /// The right answer.
    pub answer: i64,
}

/// What the mock found out about a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// The steps, in sentences.
    pub steps: String,
    /// The answer.
    pub answer: i64,
}

/// What every answer to a problem ends with, before the number and a full stop.
pub const ANSWER_LEAD: &str = "The answer is ";

struct Template {
    /// The problem; `{}` stands for a number. Begins with words, not with a number.
    text: &'static str,
    /// First and last value of each number.
    ranges: &'static [(i64, i64)],
    solve: fn(&[i64]) -> Option<Solution>,
}

static TEMPLATES: [Template; 8] = [
    Template {
        text: "A warehouse holds {} crates of {} bottles; {} bottles break. How many bottles are left?",
        ranges: &[(3, 40), (6, 48), (1, 17)],
        solve: |numbers| {
            let [crates, each, broken] = *numbers else {
                return None;
            };
            let all = crates.checked_mul(each)?;
            let answer = all.checked_sub(broken)?;
            let steps = format!(
                "{crates} crates of {each} bottles hold {all} bottles. Without the {broken} broken bottles {answer} are left."
            );
            Some(Solution { steps, answer })
        },
    },
    Template {
        text: "A train leaves with {} passengers. At the first stop {} get off and {} get on. How many passengers are on the train now?",
        ranges: &[(60, 400), (5, 55), (5, 90)],
        solve: |numbers| {
            let [start, off, on] = *numbers else { return None };
            let between = start.checked_sub(off)?;
            let answer = between.checked_add(on)?;
            let steps = format!(
                "After {off} of {start} passengers get off there are {between}. With {on} new passengers there are {answer}."
            );
            Some(Solution { steps, answer })
        },
    },
    Template {
        text: "A bakery sells {} loaves at {} euros each and pays {} euros for flour. How many euros remain?",
        ranges: &[(20, 90), (2, 9), (4, 39)],
        solve: |numbers| {
            let [loaves, price, flour] = *numbers else {
                return None;
            };
            let income = loaves.checked_mul(price)?;
            let answer = income.checked_sub(flour)?;
            let steps = format!(
                "{loaves} loaves at {price} euros bring {income} euros. After paying {flour} euros for flour {answer} remain."
            );
            Some(Solution { steps, answer })
        },
    },
    Template {
        text: "A farmer packs {} eggs into boxes of {}. How many eggs do not fill a box?",
        ranges: &[(50, 500), (6, 12)],
        solve: |numbers| {
            let [eggs, size] = *numbers else { return None };
            let boxes = eggs.checked_div_euclid(size)?;
            let packed = boxes.checked_mul(size)?;
            let answer = eggs.checked_sub(packed)?;
            let steps = format!(
                "{boxes} full boxes of {size} eggs hold {packed} eggs. Of {eggs} eggs that leaves {answer} outside."
            );
            Some(Solution { steps, answer })
        },
    },
    Template {
        text: "A walker covers {} kilometres a day for {} days and {} kilometres on the last day. How many kilometres is that in all?",
        ranges: &[(12, 35), (2, 14), (3, 30)],
        solve: |numbers| {
            let [daily, days, last] = *numbers else {
                return None;
            };
            let first = daily.checked_mul(days)?;
            let answer = first.checked_add(last)?;
            let steps = format!(
                "{days} days of {daily} kilometres make {first} kilometres. With the last {last} kilometres it is {answer} in all."
            );
            Some(Solution { steps, answer })
        },
    },
    Template {
        text: "A library has {} shelves with {} books each; {} books are on loan. How many books stand on the shelves?",
        ranges: &[(10, 80), (15, 60), (5, 99)],
        solve: |numbers| {
            let [shelves, each, loan] = *numbers else {
                return None;
            };
            let all = shelves.checked_mul(each)?;
            let answer = all.checked_sub(loan)?;
            let steps = format!(
                "{shelves} shelves with {each} books have {all} books. Without the {loan} books on loan {answer} stand there."
            );
            Some(Solution { steps, answer })
        },
    },
    Template {
        text: "A garden is {} metres long and {} metres wide. How many metres of fence go round it?",
        ranges: &[(8, 75), (5, 60)],
        solve: |numbers| {
            let [long, wide] = *numbers else { return None };
            let half = long.checked_add(wide)?;
            let answer = half.checked_mul(2)?;
            let steps = format!(
                "One long side of {long} metres and one wide side of {wide} metres make {half} metres. Twice that is {answer}."
            );
            Some(Solution { steps, answer })
        },
    },
    Template {
        text: "Mia saves {} coins a week for {} weeks and then spends {} coins on a kite. How many coins does she have?",
        ranges: &[(5, 30), (4, 20), (2, 19)],
        solve: |numbers| {
            let [weekly, weeks, spent] = *numbers else {
                return None;
            };
            let saved = weekly.checked_mul(weeks)?;
            let answer = saved.checked_sub(spent)?;
            let steps = format!(
                "{weeks} weeks of {weekly} coins make {saved} coins. After spending {spent} coins she has {answer}."
            );
            Some(Solution { steps, answer })
        },
    },
];

/// Problems without end, the same for the same seed.
pub fn questions(seed: u64) -> impl Iterator<Item = Question> {
    let mut generator = Seeded::new(seed);
    std::iter::repeat_with(move || {
        let last = i64::try_from(TEMPLATES.len())
            .unwrap_or(i64::MAX)
            .saturating_sub(1);
        let template = usize::try_from(generator.next_between(0, last))
            .ok()
            .and_then(|at| TEMPLATES.get(at))?;
        let numbers: Vec<i64> = template
            .ranges
            .iter()
            .map(|(first, last)| generator.next_between(*first, *last))
            .collect();
        let answer = (template.solve)(&numbers)?.answer;
        Some(Question {
            text: fill(template.text, &numbers),
            answer,
        })
    })
    .flatten()
}

/// Finds the first problem in a prompt and solves it; `None` when there is none that the mock knows.
pub fn solve(prompt: &str) -> Option<Solution> {
    TEMPLATES.iter().find_map(|template| {
        let numbers = read_numbers(template.text, prompt)?;
        (template.solve)(&numbers)
    })
}

/// Reads the number after the last [`ANSWER_LEAD`] of an answer; `None` when it names none.
pub fn stated_answer(text: &str) -> Option<i64> {
    let (_, tail) = text.rsplit_once(ANSWER_LEAD)?;
    let end = tail
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || (*at == 0 && *c == '-')));
    // Without an end the number may have been cut short.
    let (end, _) = end?;
    tail.get(..end)?.parse().ok()
}

fn fill(template: &str, numbers: &[i64]) -> String {
    let mut numbers = numbers.iter();
    let mut text = String::new();
    for (at, piece) in template.split("{}").enumerate() {
        if at > 0
            && let Some(number) = numbers.next()
        {
            text.push_str(&number.to_string());
        }
        text.push_str(piece);
    }
    text
}

fn read_numbers(template: &str, prompt: &str) -> Option<Vec<i64>> {
    let mut pieces = template.split("{}");
    let first = pieces.next()?;
    let mut rest = prompt.get(prompt.find(first)?.checked_add(first.len())?..)?;
    let mut numbers = Vec::new();
    for piece in pieces {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        numbers.push(rest.get(..digits)?.parse().ok()?);
        rest = rest.get(digits..)?.strip_prefix(piece)?;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solved(prompt: &str) -> Option<i64> {
        solve(prompt).map(|solution| solution.answer)
    }

    #[test]
    fn solves_each_kind_of_problem() {
        for (prompt, answer) in [
            (
                "A warehouse holds 17 crates of 24 bottles; 9 bottles break. How many bottles are left?",
                399,
            ),
            (
                "A train leaves with 120 passengers. At the first stop 20 get off and 5 get on. How many passengers are on the train now?",
                105,
            ),
            (
                "A bakery sells 30 loaves at 4 euros each and pays 25 euros for flour. How many euros remain?",
                95,
            ),
            (
                "A farmer packs 100 eggs into boxes of 12. How many eggs do not fill a box?",
                4,
            ),
            (
                "A walker covers 20 kilometres a day for 3 days and 7 kilometres on the last day. How many kilometres is that in all?",
                67,
            ),
            (
                "A library has 10 shelves with 15 books each; 5 books are on loan. How many books stand on the shelves?",
                145,
            ),
            (
                "A garden is 8 metres long and 5 metres wide. How many metres of fence go round it?",
                26,
            ),
            (
                "Mia saves 5 coins a week for 4 weeks and then spends 2 coins on a kite. How many coins does she have?",
                18,
            ),
        ] {
            assert_eq!(solved(prompt), Some(answer), "{prompt}");
        }
    }

    #[test]
    fn finds_a_problem_inside_other_text() {
        let prompt = "Answer briefly.\n\nA garden is 8 metres long and 5 metres wide. How many metres of fence go round it?\nThanks";
        assert_eq!(solved(prompt), Some(26));
    }

    #[test]
    fn leaves_alone_what_it_does_not_know() {
        for prompt in [
            "",
            "Tell me a joke",
            "A garden is",
            "A garden is wide metres long and 5 metres wide. How many metres of fence go round it?",
            "A garden is 99999999999999999999 metres long and 5 metres wide. How many metres of fence go round it?",
            "A garden is 9223372036854775807 metres long and 5 metres wide. How many metres of fence go round it?",
            "A farmer packs 100 eggs into boxes of 0. How many eggs do not fill a box?",
        ] {
            assert_eq!(solved(prompt), None, "{prompt}");
        }
    }

    #[test]
    fn solves_whatever_the_generator_asks() {
        for question in questions(3).take(2000) {
            let solution = solve(&question.text).unwrap();
            assert_eq!(solution.answer, question.answer, "{}", question.text);
            assert!(question.answer >= 0, "{}", question.text);
            assert!(solution.steps.contains(&question.answer.to_string()));
        }
    }

    #[test]
    fn asks_every_kind_of_problem_and_repeats_for_a_seed() {
        let asked: Vec<Question> = questions(1).take(200).collect();
        for template in &TEMPLATES {
            assert!(
                asked
                    .iter()
                    .any(|question| read_numbers(template.text, &question.text).is_some())
            );
        }
        assert_eq!(asked, questions(1).take(200).collect::<Vec<_>>());
        assert_ne!(asked, questions(2).take(200).collect::<Vec<_>>());
    }

    #[test]
    fn reads_the_stated_answer() {
        for (text, answer) in [
            ("So. The answer is 42.", Some(42)),
            ("The answer is -3.", Some(-3)),
            ("The answer is 1. No: The answer is 2.", Some(2)),
            ("The answer is 4", None),
            ("The answer is .", None),
            ("The answer is four.", None),
            ("42.", None),
            ("The answer is 99999999999999999999.", None),
        ] {
            assert_eq!(stated_answer(text), answer, "{text}");
        }
    }
}
