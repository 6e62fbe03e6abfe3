//! `model-name-consistency`.

use super::prelude::*;

/// Longest name of a model directory, in characters.
const LONGEST_NAME: usize = 64;

pub(super) const RULE: SubmissionRule = Rule {
    meta: Meta {
        id: "model-name-consistency",
        section: "#16",
        reads: &["systems/*.json", "pareto/<system_id>/<model>/"],
        title: "the directory is named like the model",
        what: "The name is `model_id`, or `model_name` where that is empty or absent, trimmed. Its part after the last \
               `/` is trimmed, every character but letters, digits, `_` and `-` becomes `_`, runs of `_` collapse, those \
               at the ends go, and 64 characters stay. The result must equal the model's directory, case included. No \
               name at all is a warning.",
        why: "The directory's name decides which accuracy targets apply.",
        fix: "set `model_id`, or rename the directory",
        ..OFFICIAL
    },
    check: Check::Curve(check),
};

fn check(cx: ModelCx<'_>, out: &mut Out<'_>) -> Ran {
    cx.model.points()?;
    let description = cx.system.description()?;
    let path = &cx.model.path;
    let directory = &cx.model.name;
    let given = |field: &Option<String>| field.clone().filter(|name| !name.is_empty());
    let (pointer, name) = match given(&description.value.model_id) {
        Some(name) => ("/model_id", name),
        None => (
            "/model_name",
            given(&description.value.model_name).unwrap_or_default(),
        ),
    };
    let name = trim(&name);
    if name.is_empty() {
        out.warning(
            path,
            "the system description names no model (`model_id` or `model_name`)",
        )
        .at(description.place(""));
        return Ok(());
    }
    let normalised = normalise(name);
    if normalised == *directory {
        out.pass(path, format!("the directory is named like the model `{name}`"));
    } else {
        out.error(
            path,
            format!("the model `{name}` belongs into a directory `{normalised}`, not `{directory}`"),
        )
        .at(description.place(pointer))
        .measured(directory, normalised, "", "");
    }
    Ok(())
}

/// The directory name of a model's name.
pub(super) fn normalise(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    let mut slug = String::new();
    for c in trim(last).chars() {
        let c = if c.is_alphanumeric() || c == '-' { c } else { '_' };
        if c != '_' || !slug.ends_with('_') {
            slug.push(c);
        }
    }
    slug.trim_matches('_').chars().take(LONGEST_NAME).collect()
}

/// Trims what Python's `str.strip` does: white space, and the four ASCII separators that Rust doesn't count in.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, directory: &str) {
        assert_eq!(normalise(name), directory, "{name:?}");
    }

    #[test]
    fn names_are_normalised_as_the_rule_says() {
        check("meta-llama/Llama-3.1-8B-Instruct", "Llama-3_1-8B-Instruct");
        check("a/b/ c d ", "c_d");
        check("__x..y__", "x_y");
        check("gr\u{f6}\u{df}e 2", "gr\u{f6}\u{df}e_2");
        check("org/", "");
        check(&"x".repeat(80), &"x".repeat(64));
    }
}
