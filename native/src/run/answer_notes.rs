//! Answers that count as good and yet make the figures doubtful.

use runbench_core::answer::Answer;

/// Counts odd answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "three counts")]
pub struct AnswerNotes {
    n_good: u64,
    n_empty: u64,
    n_whole: u64,
}

impl AnswerNotes {
    /// Takes note of a good answer to a request that did or did not ask for a stream.
    pub fn note(&mut self, answer: &Answer, asked_for_stream: bool) {
        let is_empty = answer.text.is_empty() && answer.reasoning.is_empty() && answer.tool_calls.is_none();
        self.n_good += 1;
        self.n_empty += u64::from(is_empty);
        self.n_whole += u64::from(asked_for_stream && !answer.streamed);
    }

    /// A sentence on each kind that was met.
    pub fn sentences(&self) -> Vec<String> {
        let Self {
            n_good,
            n_empty,
            n_whole,
        } = *self;
        let mut sentences = Vec::new();
        if n_empty > 0 {
            sentences.push(format!(
                "{n_empty} of {n_good} good answers hold no text: a server that answers with nothing is fast"
            ));
        }
        if n_whole > 0 {
            sentences.push(format!(
                "{n_whole} of {n_good} good answers came whole though streams were asked for: they have no TTFT and no \
                 TPOT; see whether the server or a proxy before it gathers answers, or use `--streaming off`"
            ));
        }
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_and_whole_answers_are_told_apart() {
        let mut notes = AnswerNotes::default();
        let good = Answer {
            text: "a".to_owned(),
            streamed: true,
            ..Answer::default()
        };
        notes.note(&good, true);
        assert_eq!(notes.sentences(), Vec::<String>::new());
        notes.note(
            &Answer {
                streamed: false,
                ..good.clone()
            },
            true,
        );
        notes.note(
            &Answer {
                text: String::new(),
                ..good
            },
            true,
        );
        let sentences = notes.sentences();
        assert!(
            sentences[0].starts_with("1 of 3 good answers hold no text"),
            "{sentences:?}"
        );
        assert!(
            sentences[1].starts_with("1 of 3 good answers came whole"),
            "{sentences:?}"
        );
    }
}
