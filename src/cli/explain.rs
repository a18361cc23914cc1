//! `explain`: why a store refused a presigned URL.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use edge_signer::explain::{SignedUrl, StoreError, explain};

use super::shell::print_line;
use super::signing::parse_header;

/// It needs no credentials.
#[derive(Args)]
pub(super) struct Arguments {
    /// The presigned URL, as it was given out
    #[arg(long)]
    url: String,
    /// The method that it was signed for
    #[arg(long, default_value = "GET")]
    method: String,
    /// A header that was given out with the URL: 'name: value'; may be given more than once
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// A file with the store's answer, an XML document
    #[arg(long, value_name = "FILE")]
    error_xml: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), String> {
    let headers = arguments.headers.iter().map(|header| parse_header(header));
    let headers = headers.collect::<Result<Vec<_>, String>>()?;
    let signed = SignedUrl::read(&arguments.method, &arguments.url, &headers)
        .map_err(|fault| fault.to_string())?;
    print_line(&format!("Canonical request:\n\n{}\n", signed.canonical_request))?;
    print_line(&format!("String to sign:\n\n{}\n", signed.string_to_sign))?;
    if !signed.missing_headers.is_empty() {
        let names = signed.missing_headers.join(", ");
        print_line(&format!(
            "Signed headers without a value (give them with --header): {names}\n"
        ))?;
    }
    let Some(file) = &arguments.error_xml else { return Ok(()) };
    let xml = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let explanation = explain(&signed, &StoreError::read(&xml));
    if let Some(difference) = &explanation.difference {
        print_line(&format!(
            "First difference: byte {} of the {}, line {}\n  signed:     {}\n  store saw:  {}\n",
            difference.offset, difference.text, difference.line, difference.signed, difference.seen
        ))?;
    }
    print_line(&format!("Cause: {}\n{}", explanation.cause.code(), explanation.cause))
}
