//! What the mock answers: steps and result of a problem it knows, padded with sentences to the length asked for.

use tokenizers::Tokenizer;

use super::questions::{ANSWER_LEAD, solve};
use super::request::{Prompt, Request};
use super::seeded::Seeded;
use super::tokenizer::{FILLER, TOKENIZER};

/// An answer as tokens, each as its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// At least one; the text of each is not empty.
    pub(super) tokens: Vec<String>,
    /// Whether the request's limit cut it.
    pub(super) cut: bool,
    /// Tokens of the prompt.
    pub(super) prompt_tokens: usize,
}

/// Writes answers. The same request gets the same answer.
#[derive(Debug)]
pub(super) struct Author {
    tokenizer: Tokenizer,
    /// The filler's sentences in order, as tokens.
    sentences: Vec<Vec<String>>,
    length: usize,
    wrong_rate: f64,
    seed: u64,
}

impl Author {
    /// An author of answers of `length` tokens, of which the share `wrong_rate` is wrong on purpose.
    pub(super) fn new(length: usize, wrong_rate: f64, seed: u64) -> Result<Self, tokenizers::Error> {
        let tokenizer = Tokenizer::from_bytes(TOKENIZER)?;
        let sentences = FILLER
            .lines()
            .map(|line| split(&tokenizer, &format!(" {line}")))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            tokenizer,
            sentences,
            length,
            wrong_rate,
            seed,
        })
    }

    /// The answer to a request whose whole body is `content`.
    pub(super) fn answer(&self, request: &Request, content: &[u8]) -> Result<Answer, tokenizers::Error> {
        let (prompt, prompt_tokens) = match &request.prompt {
            Prompt::Text(text) => (
                text.clone(),
                self.tokenizer.encode_fast(text.as_str(), false)?.len(),
            ),
            // Ids of another vocabulary give no text, hence no problem to solve.
            Prompt::Tokens(ids) => (self.tokenizer.decode(ids, false).unwrap_or_default(), ids.len()),
        };
        // Not the generator of the pace: a share of wrong answers must not go along with slow or fast ones.
        let mut generator = Seeded::for_content(self.seed.wrapping_add(1), content);
        let result = solve(&prompt).map(|solution| {
            let wrong = generator.next_ratio() < self.wrong_rate;
            let stated = if wrong {
                solution.answer.wrapping_add(1)
            } else {
                solution.answer
            };
            format!(" {} {ANSWER_LEAD}{stated}.", solution.steps)
        });
        let result = result.unwrap_or_default();
        let result_tokens = split(&self.tokenizer, &result)?;
        let mut tokens = self.padding(self.length.saturating_sub(result_tokens.len()), &mut generator);
        if tokens.is_empty() {
            tokens = split(&self.tokenizer, result.trim_start())?;
        } else {
            tokens.extend(result_tokens);
        }
        let limit = request.max_tokens.unwrap_or(usize::MAX);
        let cut = tokens.len() > limit;
        tokens.truncate(limit);
        Ok(Answer {
            tokens,
            cut,
            prompt_tokens,
        })
    }

    /// So many tokens of sentences, from a random one on, the last ended early by a full stop.
    fn padding(&self, length: usize, generator: &mut Seeded) -> Vec<String> {
        let last = i64::try_from(self.sentences.len())
            .unwrap_or(i64::MAX)
            .saturating_sub(1);
        let first = usize::try_from(generator.next_between(0, last)).unwrap_or(0);
        let mut tokens: Vec<String> = self
            .sentences
            .iter()
            .cycle()
            .skip(first)
            .flatten()
            .take(length)
            .cloned()
            .collect();
        if let Some(opening) = tokens.first_mut() {
            *opening = opening.trim_start().to_owned();
        }
        if let [.., before, end] = tokens.as_mut_slice() {
            // Never two marks in a row, which could be one token.
            if before.chars().all(|c| !c.is_ascii_punctuation()) {
                ".".clone_into(end);
            }
        }
        tokens
    }
}

/// Cuts an ASCII text into its tokens.
fn split(tokenizer: &Tokenizer, text: &str) -> Result<Vec<String>, tokenizers::Error> {
    let encoding = tokenizer.encode(text, false)?;
    Ok(encoding
        .get_offsets()
        .iter()
        .filter_map(|(start, end)| text.get(*start..*end))
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::questions::{questions, stated_answer};

    fn ask(author: &Author, prompt: &str, max_tokens: Option<usize>) -> Answer {
        let request = Request {
            model: "m".to_owned(),
            prompt: Prompt::Text(prompt.to_owned()),
            stream: false,
            include_usage: false,
            max_tokens,
        };
        author.answer(&request, prompt.as_bytes()).unwrap()
    }

    fn count(text: &str) -> usize {
        Tokenizer::from_bytes(TOKENIZER)
            .unwrap()
            .encode_fast(text, false)
            .unwrap()
            .len()
    }

    #[test]
    fn every_answer_counts_to_its_tokens() {
        for length in [1, 2, 7, 40, 200] {
            let author = Author::new(length, 0.0, 42).unwrap();
            for question in questions(5).take(100) {
                let answer = ask(&author, &question.text, None);
                let text = answer.tokens.concat();
                assert_eq!(count(&text), answer.tokens.len(), "{text}");
                assert!(answer.tokens.len() >= length);
                assert_eq!(answer.prompt_tokens, count(&question.text));
                assert!(!answer.cut);
            }
        }
    }

    #[test]
    fn has_the_length_asked_for_when_the_problem_leaves_room() {
        let author = Author::new(64, 0.0, 42).unwrap();
        for question in questions(6).take(200) {
            assert_eq!(ask(&author, &question.text, None).tokens.len(), 64);
        }
        assert_eq!(ask(&author, "tell me a joke", None).tokens.len(), 64);
    }

    #[test]
    fn solves_problems_unless_told_to_err() {
        for (wrong_rate, least, most) in [(0.0, 300, 300), (0.25, 195, 255), (1.0, 0, 0)] {
            let author = Author::new(48, wrong_rate, 42).unwrap();
            let right = questions(8)
                .take(300)
                .filter(|question| {
                    stated_answer(&ask(&author, &question.text, None).tokens.concat())
                        == Some(question.answer)
                })
                .count();
            assert!(
                (least..=most).contains(&right),
                "{right} of 300 right at a wrong rate of {wrong_rate}"
            );
        }
    }

    #[test]
    fn a_limit_cuts_the_answer() {
        let author = Author::new(48, 0.0, 42).unwrap();
        let question = questions(9).next().unwrap();
        let answer = ask(&author, &question.text, Some(5));
        assert_eq!((answer.tokens.len(), answer.cut), (5, true));
        assert_eq!(stated_answer(&answer.tokens.concat()), None);
        assert!(!ask(&author, &question.text, Some(48)).cut);
    }

    #[test]
    fn token_ids_of_the_demo_are_understood_and_others_answered_anyway() {
        let author = Author::new(48, 0.0, 42).unwrap();
        let question = questions(9).next().unwrap();
        let ids = Tokenizer::from_bytes(TOKENIZER)
            .unwrap()
            .encode_fast(question.text.as_str(), false)
            .unwrap();
        let mut request = Request {
            model: "m".to_owned(),
            prompt: Prompt::Tokens(ids.get_ids().to_vec()),
            stream: false,
            include_usage: false,
            max_tokens: None,
        };
        let answer = author.answer(&request, b"").unwrap();
        assert_eq!(stated_answer(&answer.tokens.concat()), Some(question.answer));
        request.prompt = Prompt::Tokens(vec![u32::MAX]);
        assert_eq!(author.answer(&request, b"").unwrap().tokens.len(), 48);
    }
}
