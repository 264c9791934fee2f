//! The file of options: TOML with the options' long names. What it sets is as if it were the options' default, so that the
//! command line and the environment go before it, and each value is read by the same rules wherever it stands.

use std::fs;
use std::path::Path;

use clap::{Arg, Command};
use toml::{Table, Value};

/// Options by their identity, and their values as text.
pub(crate) type Values = Vec<(String, Vec<String>)>;

/// What the file sets: options by their identity, and their values as text. Names that are no options are errors: a
/// misspelt one would be one that is not heeded.
pub(crate) fn read(file: &Path, command: &Command) -> Result<Values, String> {
    let place = file.display();
    let text = fs::read_to_string(file).map_err(|error| format!("cannot read {place}: {error}"))?;
    parse(&text, &place.to_string(), command)
}

/// The same of a text that stands there.
pub(crate) fn parse(text: &str, place: &str, command: &Command) -> Result<Values, String> {
    let table: Table = text.parse().map_err(|error| format!("cannot read {place}: {error}"))?;
    table
        .into_iter()
        .map(|(key, value)| {
            let known = |arg: &&Arg| arg.get_long() == Some(&key) && may_hold(arg);
            let arg = command.get_arguments().find(known);
            let arg = arg.ok_or_else(|| format!("{place}: there is no option “{key}”"))?;
            let is_list = arg.get_value_delimiter().is_some();
            let values = match value {
                Value::Array(values) if is_list => values.into_iter().map(text_of).collect(),
                value => text_of(value).map(|text| vec![text]),
            };
            let values = values.ok_or_else(|| format!("{place}: “{key}” cannot be that"))?;
            Ok((arg.get_id().to_string(), values))
        })
        .collect()
}

/// Whether an option may stand in the file: whatever says how the server is set up.
pub(crate) fn may_hold(arg: &Arg) -> bool {
    let is_about_the_file = |name| matches!(name, "config" | "check" | "help" | "version");
    arg.get_long().is_some_and(|name| !is_about_the_file(name))
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(is) => Some(is.to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}
