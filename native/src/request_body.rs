//! Bodies of requests, with the keys in the reference's order (spec section 8): compact JSON, absent keys left out.

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::dataset::{Extras, Message, Prompt, Row, Text};
use crate::run::{Api, Sampling};

/// What every request of a run has in common.
#[derive(Clone, Copy, Debug)]
pub struct BodyOptions<'a> {
    /// Chat or completions.
    pub api: Api,
    /// Model name.
    pub model: &'a str,
    /// The most tokens an answer may have.
    pub max_output_tokens: u32,
    /// Whether the answer is streamed.
    pub streaming: bool,
    /// Other parameters.
    pub sampling: &'a Sampling,
}

/// JSON that is sent as it was given.
type Raw<'a> = Option<&'a RawValue>;

/// The parameters as JSON.
struct Parameters<'a> {
    temperature: Raw<'a>,
    seed: Raw<'a>,
    top_p: Raw<'a>,
    top_k: Raw<'a>,
    repetition_penalty: Raw<'a>,
    presence_penalty: Raw<'a>,
    frequency_penalty: Raw<'a>,
    chat_template_kwargs: Raw<'a>,
}

impl<'a> Parameters<'a> {
    fn new(sampling: &'a Sampling) -> Result<Self, serde_json::Error> {
        let raw =
            |text: &'a Option<String>| text.as_deref().map(serde_json::from_str::<&RawValue>).transpose();
        Ok(Self {
            temperature: raw(&sampling.temperature)?,
            seed: raw(&sampling.seed)?,
            top_p: raw(&sampling.top_p)?,
            top_k: raw(&sampling.top_k)?,
            repetition_penalty: raw(&sampling.repetition_penalty)?,
            presence_penalty: raw(&sampling.presence_penalty)?,
            frequency_penalty: raw(&sampling.frequency_penalty)?,
            chat_template_kwargs: raw(&sampling.chat_template_kwargs)?,
        })
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Messages<'a> {
    Turn(Vec<Turn<'a>>),
    Given(&'a [Message]),
}

#[derive(Serialize)]
struct Turn<'a> {
    role: &'static str,
    content: &'a Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct ChatBody<'a> {
    model: &'a str,
    messages: Messages<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Raw<'a>,
    max_completion_tokens: u32,
    /// Absent when off.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repetition_penalty: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logit_bias: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_template: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_template_kwargs: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Raw<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum CompletionsPrompt<'a> {
    Text(&'a Text),
    Ids(&'a [u32]),
}

#[derive(Serialize)]
struct CompletionsBody<'a> {
    model: &'a str,
    prompt: CompletionsPrompt<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Raw<'a>,
    max_tokens: u32,
    min_tokens: u32,
    skip_special_tokens: bool,
    /// Always there, unlike chat's.
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repetition_penalty: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Raw<'a>,
}

/// The body of the request that sends `row`.
pub fn build(row: &Row, options: BodyOptions<'_>) -> Result<Bytes, serde_json::Error> {
    let parameters = Parameters::new(options.sampling)?;
    let json = match options.api {
        Api::Chat => serde_json::to_vec(&chat(row, options, &parameters)),
        Api::Completions => serde_json::to_vec(&completions(row, options, &parameters)),
    };
    json.map(Bytes::from)
}

fn chat<'a>(row: &'a Row, options: BodyOptions<'a>, parameters: &Parameters<'a>) -> ChatBody<'a> {
    let Extras {
        n,
        stop,
        logit_bias,
        user,
        chat_template,
        tools,
        tool_choice,
    } = &row.extras;
    let messages = match &row.prompt {
        Prompt::Messages(messages) => Messages::Given(messages),
        Prompt::Turn { system, user, name } => {
            let system = system.as_ref().map(|content| Turn {
                role: "system",
                content,
                name: None,
            });
            let user = Turn {
                role: "user",
                content: user,
                name: name.as_deref(),
            };
            Messages::Turn(system.into_iter().chain([user]).collect())
        }
        // A chat row is never parsed to token ids.
        Prompt::TokenIds(_) => Messages::Given(&[]),
    };
    ChatBody {
        model: options.model,
        messages,
        temperature: parameters.temperature,
        max_completion_tokens: options.max_output_tokens,
        stream: options.streaming,
        seed: parameters.seed,
        top_p: parameters.top_p,
        top_k: parameters.top_k,
        repetition_penalty: parameters.repetition_penalty,
        n: n.as_deref(),
        stop: stop.as_deref(),
        presence_penalty: parameters.presence_penalty,
        frequency_penalty: parameters.frequency_penalty,
        logit_bias: logit_bias.as_deref(),
        user: user.as_deref(),
        chat_template: chat_template.as_deref(),
        chat_template_kwargs: parameters.chat_template_kwargs,
        tools: tools.as_deref(),
        tool_choice: tool_choice.as_deref(),
    }
}

fn completions<'a>(
    row: &'a Row,
    options: BodyOptions<'a>,
    parameters: &Parameters<'a>,
) -> CompletionsBody<'a> {
    let prompt = match &row.prompt {
        Prompt::TokenIds(ids) => CompletionsPrompt::Ids(ids),
        Prompt::Turn { user, .. } => CompletionsPrompt::Text(user),
        // A completions row is never parsed to messages.
        Prompt::Messages(_) => CompletionsPrompt::Ids(&[]),
    };
    CompletionsBody {
        model: options.model,
        prompt,
        temperature: parameters.temperature,
        max_tokens: options.max_output_tokens,
        min_tokens: options.sampling.min_output_tokens.unwrap_or(1),
        skip_special_tokens: options.sampling.skip_special_tokens.unwrap_or(true),
        stream: options.streaming,
        top_p: parameters.top_p,
        top_k: parameters.top_k,
        repetition_penalty: parameters.repetition_penalty,
        n: row.extras.n.as_deref(),
        stop: row.extras.stop.as_deref(),
        presence_penalty: parameters.presence_penalty,
        frequency_penalty: parameters.frequency_penalty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(row: &str, api: Api, streaming: bool, expected: &str) {
        check_with(row, api, streaming, &Sampling::default(), expected);
    }

    fn check_with(row: &str, api: Api, streaming: bool, sampling: &Sampling, expected: &str) {
        let row = Row::parse(row.as_bytes(), api).unwrap();
        let body = build(
            &row,
            BodyOptions {
                api,
                model: "m",
                max_output_tokens: 9,
                streaming,
                sampling,
            },
        )
        .unwrap();
        assert_eq!(String::from_utf8(body.to_vec()).unwrap(), expected);
    }

    #[test]
    fn chat_of_a_prompt() {
        let expected =
            r#"{"model":"m","messages":[{"role":"user","content":"é/"}],"max_completion_tokens":9}"#;
        check(r#"{"question":"\u00e9\/"}"#, Api::Chat, false, expected);
    }

    #[test]
    fn chat_keeps_the_order_of_its_keys() {
        let row = r#"{"tool_choice":"auto","tools":[{"b":1,"a":2}],"user":"u","stop":["x"],"n":1,"name":"ann",
            "system":"s","prompt":"p","temperature":3}"#;
        let expected = concat!(
            r#"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"p","name":"ann"}],"#,
            r#""max_completion_tokens":9,"stream":true,"n":1,"stop":["x"],"user":"u","tools":[{"b":1,"a":2}],"#,
            r#""tool_choice":"auto"}"#
        );
        check(&row.replace('\n', ""), Api::Chat, true, expected);
    }

    #[test]
    fn chat_of_messages_and_parts() {
        let expected = r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}],"max_completion_tokens":9}"#;
        check(
            r#"{"messages":[{"content":[{"type": "text"}],"role":"user"}]}"#,
            Api::Chat,
            false,
            expected,
        );
        check(r#"{"prompt":[{"type": "text"}]}"#, Api::Chat, false, expected);
    }

    #[test]
    fn completions_always_say_whether_they_stream() {
        let expected = r#"{"model":"m","prompt":"p","max_tokens":9,"min_tokens":1,"skip_special_tokens":true,"stream":false}"#;
        check(r#"{"prompt":"p"}"#, Api::Completions, false, expected);
        let expected = r#"{"model":"m","prompt":[1,2],"max_tokens":9,"min_tokens":1,"skip_special_tokens":true,"stream":true}"#;
        check(
            r#"{"token_ids":[1, 2],"prompt":"p"}"#,
            Api::Completions,
            true,
            expected,
        );
    }

    /// All keys of loadgen section 8, in its order; a number is sent as it was written.
    #[test]
    fn parameters_stand_where_the_reference_has_them() {
        let some = |text: &str| Some(text.to_owned());
        let sampling = Sampling {
            temperature: some("0.70"),
            seed: some("7"),
            top_p: some("1e-1"),
            top_k: some("-1"),
            repetition_penalty: some("1.1"),
            presence_penalty: some("2"),
            frequency_penalty: some("3"),
            chat_template_kwargs: some("{\"thinking\":true}"),
            min_output_tokens: Some(2),
            skip_special_tokens: Some(false),
        };
        let row = r#"{"prompt":"p","n":1,"stop":"x","logit_bias":{},"user":"u","chat_template":"t","tools":[],"tool_choice":"auto"}"#;
        let chat = concat!(
            r#"{"model":"m","messages":[{"role":"user","content":"p"}],"temperature":0.70,"max_completion_tokens":9,"#,
            r#""stream":true,"seed":7,"top_p":1e-1,"top_k":-1,"repetition_penalty":1.1,"n":1,"stop":"x","#,
            r#""presence_penalty":2,"frequency_penalty":3,"logit_bias":{},"user":"u","chat_template":"t","#,
            r#""chat_template_kwargs":{"thinking":true},"tools":[],"tool_choice":"auto"}"#
        );
        check_with(row, Api::Chat, true, &sampling, chat);
        let completions = concat!(
            r#"{"model":"m","prompt":"p","temperature":0.70,"max_tokens":9,"min_tokens":2,"skip_special_tokens":false,"#,
            r#""stream":true,"top_p":1e-1,"top_k":-1,"repetition_penalty":1.1,"n":1,"stop":"x","#,
            r#""presence_penalty":2,"frequency_penalty":3}"#
        );
        check_with(row, Api::Completions, true, &sampling, completions);
    }
}
