use super::*;

fn load_file(
    name: &str,
    text: impl AsRef<[u8]>,
    columns: &[&str],
    api: Api,
) -> Result<Vec<Row>, DatasetError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let columns = Columns::parse(columns.iter().copied()).unwrap();
    load(&path, None, &columns, api)
}

fn prompts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.clone().into_sample(0).prompt).collect()
}

fn check_file(name: &str, text: &str, columns: &[&str], expected: &[&str]) {
    let rows = load_file(name, text, columns, Api::Chat).unwrap();
    assert_eq!(prompts(&rows), expected, "{text:?}");
}

fn check_prompts(text: &str, expected: &[&str]) {
    check_file("rows.jsonl", text, &[], expected);
}

fn check_file_error(name: &str, text: impl AsRef<[u8]>, columns: &[&str], api: Api, parts: &[&str]) {
    let message = load_file(name, text, columns, api).unwrap_err().to_string();
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
}

fn check_error(text: impl AsRef<[u8]>, api: Api, expected: &str) {
    check_file_error("rows.jsonl", text, &[], api, &[expected]);
}

#[test]
fn reads_prompts_under_each_of_their_names() {
    check_prompts(
        "{\"prompt\":\"a\"}\n{\"question\":\"b\"}\n{\"query\":\"c\",\"answer\":1}\n",
        &["a", "b", "c"],
    );
}

#[test]
fn accepts_a_mark_crlf_blank_lines_and_no_last_newline() {
    check_prompts(
        "\u{feff}{\"prompt\":\"a\"}\r\n\r\n{\"prompt\":\"b\"}",
        &["a", "b"],
    );
}

#[test]
fn names_the_bad_rows_by_line() {
    let text = "{\"prompt\":\"a\"}\n\n{\"prompt\":7}\n{\n";
    check_error(text, Api::Chat, "rows.jsonl:3: ");
    check_error(text, Api::Chat, "2 rows of the dataset");
    check_error(
        b"{\"prompt\":\"\xFF\"}\n",
        Api::Chat,
        "rows.jsonl:1: the line is not UTF-8",
    );
    check_error(
        "{\"prompt\":\"a\",\"prompt\":\"b\"}",
        Api::Chat,
        "rows.jsonl:1: it has the key `prompt` twice",
    );
}

#[test]
fn names_only_the_first_of_many_bad_rows() {
    check_error("[]\n".repeat(12), Api::Chat, "and 2 more");
}

#[test]
fn refuses_a_file_without_rows() {
    check_error("\n\r\n", Api::Chat, "holds no rows");
    check_file_error("rows.json", "[]", &[], Api::Chat, &["holds no rows"]);
    check_file_error("rows.csv", "prompt\n", &[], Api::Chat, &["holds no rows"]);
    check_file_error("rows.csv", "", &[], Api::Chat, &["holds no rows"]);
}

#[test]
fn refuses_rows_that_the_api_can_not_send() {
    check_error(
        "{\"text_input\":\"a\"}",
        Api::Chat,
        "its columns are `text_input`, and `--column prompt=NAME` takes one of them",
    );
    check_error(
        "{\"prompt\":\"a\",\"question\":\"b\"}",
        Api::Chat,
        "both `prompt` and `question`",
    );
    check_error("{\"token_ids\":[1]}", Api::Chat, "no prompt");
    check_error("{\"messages\":[]}", Api::Chat, "no prompt");
    check_error("{\"messages\":\"x\"}", Api::Chat, "`messages`");
    check_error(
        "{\"messages\":[{\"role\":\"user\"}]}",
        Api::Completions,
        "no prompt",
    );
    check_error(
        "{\"token_ids\":[1],\"input_tokens\":[1]}",
        Api::Completions,
        "both `token_ids` and `input_tokens`",
    );
    check_error("{\"token_ids\":[-1]}", Api::Completions, "`token_ids`");
    check_error(
        "{\"prompt\":\"a\",\"n\":2}",
        Api::Chat,
        "only answers of one choice",
    );
}

#[test]
fn renames_columns() {
    let text = "{\"text_input\":\"a\",\"prompt_len\":3}\n{\"text_input\":\"b\"}\n";
    check_file("rows.jsonl", text, &["prompt=text_input"], &["a", "b"]);
    check_file_error(
        "rows.jsonl",
        "{\"x\":1}",
        &["prompt=text_input"],
        Api::Chat,
        &["rows.jsonl:1: it has no column `text_input`", "columns are `x`"],
    );
    check_file_error(
        "rows.jsonl",
        "{\"x\":\"a\",\"prompt\":\"b\"}",
        &["prompt=x"],
        Api::Chat,
        &["`x` can't stand for `prompt`"],
    );
}

#[test]
fn reads_a_json_list() {
    check_file(
        "rows.json",
        "\u{feff}[\n {\"prompt\":\"a\"},\r\n {\"messages\":[{\"role\":\"user\",\"content\":\"b\"}]}]",
        &[],
        &["a", "{\"messages\":[{\"role\":\"user\",\"content\":\"b\"}]}"],
    );
}

#[test]
fn names_bad_rows_of_a_list_by_line() {
    check_file_error(
        "rows.json",
        "[{\"prompt\":\"a\"},\n\n{\"prompt\":7}, 3]",
        &[],
        Api::Chat,
        &[
            "2 rows",
            "rows.json:3: `prompt` must be a text",
            "rows.json:3: the line is no JSON object",
        ],
    );
    check_file_error(
        "rows.json",
        "{\"prompt\":\"a\"}\n{\"prompt\":\"b\"}",
        &[],
        Api::Chat,
        &["rows.json:1: ", "--dataset-format jsonl"],
    );
    check_file_error(
        "rows.json",
        b"[\n\"\xFF\"]",
        &[],
        Api::Chat,
        &["rows.json:2: the file is not UTF-8"],
    );
}

#[test]
fn reads_csv() {
    check_file(
        "rows.csv",
        "\u{feff}id,question,system\r\n1,\"a, \"\"b\"\"\nc\",\r\n2,d,be kind\r\n",
        &[],
        &["a, \"b\"\nc", "d"],
    );
    let rows = load_file("rows.csv", "token_ids,n\n\"[1, 2]\",1\n", &[], Api::Completions).unwrap();
    assert_eq!(rows.first().unwrap().clone().into_sample(0).n_token_ids, Some(2));
}

#[test]
fn names_bad_rows_of_csv_by_line() {
    check_file_error(
        "rows.csv",
        "prompt,id\n\"a\nb\",1\nc\n,3\n",
        &[],
        Api::Chat,
        &[
            "2 rows",
            "rows.csv:4: it has 1 cells where the header has 2",
            "rows.csv:5: it has no prompt",
        ],
    );
    check_file_error(
        "rows.csv",
        "a,a\n1,2\n",
        &[],
        Api::Chat,
        &["names the column `a` twice"],
    );
    check_file_error(
        "rows.csv",
        b"prompt\na\n\xFF\nb\n",
        &[],
        Api::Chat,
        &["1 row ", "rows.csv:3: the line is not UTF-8"],
    );
}

#[test]
fn says_what_is_not_read() {
    check_file_error(
        "rows.parquet",
        "PAR1",
        &[],
        Api::Chat,
        &["in a format that is not read"],
    );
    let folder = tempfile::tempdir().unwrap();
    let missing = load(
        &folder.path().join("no.csv"),
        None,
        &Columns::default(),
        Api::Chat,
    );
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .starts_with("can't read the dataset")
    );
}
