//! `model-by-substring`.

use super::OWN;
use super::view::View;
use crate::diag::Severity;
use crate::rules::{Meta, Out};

pub(in crate::rules) const META: Meta = Meta {
    id: "model-by-substring",
    severity: Severity::Warning,
    parameters: &["accuracy"],
    title: "a model's accuracy target is chosen by whole words of its name, and is the only one",
    what: "The reference squashes a model directory's name to letters and digits and takes the first target all of whose \
           fragments occur in it. Reported are names in which several targets occur, and names in which a fragment occurs \
           only inside another word or number (`8b` in `18b`).",
    why: "A distilled or larger model can be judged by the targets of the model whose name it contains.",
    fix: "check by which target the model was judged; name the directory as the ruleset names the model",
    ..OWN
};

pub(in crate::rules) fn check(view: &View<'_>, out: &mut Out<'_>) {
    for curve in &view.curves {
        let model = curve.model;
        let matching: Vec<String> = (view.targets.iter())
            .filter(|target| target.matches(model))
            .map(|target| target.fragments.join(" "))
            .collect();
        let [first, others @ ..] = matching.as_slice() else {
            continue;
        };
        if !others.is_empty() {
            out.warning(
                curve.path,
                format!(
                    "the name `{model}` contains several known models (`{}`); it is judged as `{first}`",
                    matching.join("`, `")
                ),
            );
            continue;
        }
        let target = view.targets.iter().find(|target| target.matches(model));
        let words = words(model);
        let hidden = target
            .into_iter()
            .flat_map(|target| target.fragments)
            .find(|fragment| !occurs_as_words(fragment, &words));
        if let Some(fragment) = hidden {
            out.warning(
                curve.path,
                format!(
                    "the name `{model}` is judged as `{first}`, but has `{fragment}` only inside another word"
                ),
            );
        }
    }
}

/// The runs of ASCII letters and digits of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    name.to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a fragment is one word, or several in a row: `llama3` in `llama 3 1 8b`.
fn occurs_as_words(fragment: &str, words: &[String]) -> bool {
    (0..words.len()).any(|first| {
        let mut rest = fragment;
        for word in words.iter().skip(first) {
            match rest.strip_prefix(word.as_str()) {
                Some("") => return true,
                Some(left) => rest = left,
                None => return false,
            }
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::{occurs_as_words, words};

    fn check(fragment: &str, name: &str, expected: bool) {
        assert_eq!(
            occurs_as_words(fragment, &words(name)),
            expected,
            "{fragment} in {name}"
        );
    }

    #[test]
    fn a_fragment_is_looked_for_in_whole_words() {
        check("llama3", "Llama-3_1-8B-Instruct", true);
        check("8b", "Llama-3_1-8B-Instruct", true);
        check("8b", "Llama-3_1-18B", false);
        check("gptoss", "gpt-oss-120b", true);
        check("v41", "deepseek-v4_1-flash", true);
        check("r1", "deepseek-r10", false);
        check("llama3", "codellama3-8b", false);
        check("8b", "", false);
    }
}
