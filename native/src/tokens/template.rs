//! How many special tokens the post-processor adds to one text.

use serde_json::Value;

/// The number, or why it isn't known.
pub(super) fn special_tokens(processor: Option<&Value>) -> Result<u64, String> {
    let Some(processor) = processor.filter(|value| !value.is_null()) else {
        return Ok(0);
    };
    let other = || "the post-processor is of another kind".to_owned();
    match processor.get("type").and_then(Value::as_str) {
        Some("ByteLevel") => Ok(0),
        Some("BertProcessing" | "RobertaProcessing") => Ok(2),
        Some("TemplateProcessing") => template(processor).ok_or_else(other),
        Some("Sequence") => {
            let steps = processor.get("processors").and_then(Value::as_array);
            let mut added = 0;
            let mut templates = 0;
            for step in steps.ok_or_else(other)? {
                let here = special_tokens(Some(step))?;
                if step.get("type").and_then(Value::as_str) != Some("ByteLevel") {
                    templates += 1;
                }
                added += here;
            }
            if templates > 1 { Err(other()) } else { Ok(added) }
        }
        _ => Err(other()),
    }
}

/// A template with the text in it exactly once.
fn template(processor: &Value) -> Option<u64> {
    let specials = processor.get("special_tokens")?;
    let (mut texts, mut added) = (0, 0);
    for piece in processor.get("single")?.as_array()? {
        if let Some(sequence) = piece.get("Sequence") {
            if sequence.get("id")?.as_str()? != "A" {
                return None;
            }
            texts += 1;
        } else {
            let id = piece.get("SpecialToken")?.get("id")?.as_str()?;
            added += u64::try_from(specials.get(id)?.get("ids")?.as_array()?.len()).ok()?;
        }
    }
    (texts == 1).then_some(added)
}

#[cfg(test)]
mod tests {
    use super::special_tokens;

    fn check(json: &str, expected: Option<u64>) {
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(special_tokens(Some(&value)).ok(), expected, "{json}");
    }

    #[test]
    fn counts_what_is_put_around_a_text() {
        let template = r#"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
            {"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[1,2],"tokens":["a","b"]}}}"#;
        check("null", Some(0));
        check(r#"{"type":"ByteLevel"}"#, Some(0));
        check(template, Some(2));
        check(&template.replace("\"A\"", "\"B\""), None);
        check(
            &format!(r#"{{"type":"Sequence","processors":[{{"type":"ByteLevel"}},{template}]}}"#),
            Some(2),
        );
        check(
            &format!(r#"{{"type":"Sequence","processors":[{template},{template}]}}"#),
            None,
        );
        check(r#"{"type":"Unheard"}"#, None);
    }
}
