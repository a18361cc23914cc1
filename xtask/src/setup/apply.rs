//! Sets up the bucket's own side with its command line: `aws`, `mc` or wrangler. Each task looks first, and does
//! nothing if everything is as it should be.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::Value;

use super::answers::{Answers, Recipe};
use super::bucket::{self, is_same};
use super::provider::Provider;
use crate::process::{captured, output};
use crate::{say, tools};

/// The name of the key's user or policy at the store.
const NAME: &str = "edge-signer";

/// One setting of the store.
pub struct Task {
    pub what: String,
    /// The file name under which its document is shown for pasting.
    pub file: String,
    pub document: Value,
    program: &'static str,
    /// The command that shows the setting as it is.
    look: Vec<String>,
    /// The command that sets it; `{file}` stands for the document's file.
    set: Vec<String>,
}

fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|word| (*word).to_owned()).collect()
}

/// The settings that a command line can make at this store.
pub fn tasks(answers: &Answers) -> Vec<Task> {
    let mut tasks = Vec::new();
    let bucket = answers.bucket.as_str();
    for rights in bucket::rights(answers) {
        let name = match rights.credentials == answers.credentials() {
            true => NAME.to_owned(),
            false => format!("{NAME}-uploads"),
        };
        let alias = answers.mc_alias.as_str();
        let (program, look, set) = match answers.provider {
            Provider::Aws => {
                let user = ["--user-name", &name, "--policy-name", bucket];
                let look = [&["iam", "get-user-policy"][..], &user, &["--output", "json"]].concat();
                let set = [&["iam", "put-user-policy"][..], &user];
                let set = [&set.concat()[..], &["--policy-document", "file://{file}"]].concat();
                ("aws", words(&look), words(&set))
            }
            Provider::Minio => (
                "mc",
                words(&["admin", "policy", "info", alias, &name]),
                words(&["admin", "policy", "create", alias, &name, "{file}"]),
            ),
            _ => continue,
        };
        tasks.push(Task {
            what: format!("rights of the key {}", rights.credentials),
            file: format!("{}.json", rights.credentials.to_ascii_lowercase()),
            document: rights.document,
            program,
            look,
            set,
        });
    }
    // Community MinIO has no CORS rules for a bucket; Swift has them in its own API.
    if matches!(answers.provider, Provider::Minio | Provider::Swift) {
        return tasks;
    }
    if let Some(document) = bucket::cors(answers) {
        let (program, look, set) = if answers.provider == Provider::R2 {
            (
                "wrangler",
                words(&["r2", "bucket", "cors", "list", bucket]),
                words(&["r2", "bucket", "cors", "set", bucket, "--file", "{file}", "--force"]),
            )
        } else {
            let mut at = vec!["--bucket", bucket, "--region", &answers.region];
            if let Some(endpoint) = &answers.endpoint {
                at.extend(["--endpoint-url", endpoint]);
            }
            let look = [&["s3api", "get-bucket-cors"][..], &at, &["--output", "json"]].concat();
            let set = [&["s3api", "put-bucket-cors"][..], &at].concat();
            let set = [&set[..], &["--cors-configuration", "file://{file}"]].concat();
            ("aws", words(&look), words(&set))
        };
        let (what, file) = ("the bucket's CORS rules".to_owned(), "cors.json".to_owned());
        tasks.push(Task { what, file, document, program, look, set });
    }
    tasks
}

impl Task {
    /// The command that sets it, to be pasted together with its document.
    pub fn shown(&self) -> String {
        let set = self.set.join(" ").replace("{file}", &self.file);
        let npx = if self.program == "wrangler" { "npx " } else { "" };
        format!("{npx}{} {set}", self.program)
    }

    fn command(&self, folder: &Path, answers: &Answers, arguments: &[String]) -> Command {
        let mut command = match self.program {
            "wrangler" => tools::node(&tools::npm_program("wrangler")),
            program => Command::new(program),
        };
        command.args(arguments).current_dir(folder).env("WRANGLER_SEND_METRICS", "false");
        if let Some(profile) = answers.aws_profile.as_ref().filter(|_| self.program == "aws") {
            // The key in the environment is the store's, which may not change settings.
            for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
                command.env_remove(name);
            }
            command.args(["--profile", profile]);
        }
        command
    }

    fn is_done(&self, folder: &Path, answers: &Answers) -> bool {
        // A setting that can't be read is set; that command then reports what is wrong.
        let looked =
            captured("looking at the store", &mut self.command(folder, answers, &self.look));
        looked.is_ok_and(|printed| match self.program {
            "wrangler" => is_r2_table_of(&printed, &self.document),
            _ => is_document_of(&printed, &self.document),
        })
    }

    fn carry_out(&self, folder: &Path, answers: &Answers) -> Result<()> {
        if self.is_done(folder, answers) {
            say(&format!("{}: as they should be", self.what));
            return Ok(());
        }
        say(&format!("setting {}", self.what));
        let file = tempfile::Builder::new().suffix(".json").tempfile()?;
        fs::write(file.path(), self.document.to_string())?;
        let path = file.path().to_string_lossy();
        let set: Vec<String> = self.set.iter().map(|word| word.replace("{file}", &path)).collect();
        captured("setting it", &mut self.command(folder, answers, &set)).map(drop)
    }
}

/// Fails before anything is done if a command line that is needed is missing.
pub fn check(answers: &Answers) -> Result<()> {
    for task in tasks(answers) {
        let is_there = task.program == "wrangler"
            || output(Command::new(task.program).arg("--version")).is_some();
        if !is_there {
            bail!(
                "--apply needs {}, which isn't here: install it, or leave out --apply",
                task.program
            );
        }
    }
    if answers.provider == Provider::Minio && answers.mc_alias.is_empty() {
        bail!("--apply needs --mc-alias, the deployment's name in mc");
    }
    Ok(())
}

/// Does all that isn't done yet.
pub fn carry_out(folder: &Path, answers: &Answers) -> Result<()> {
    tasks(answers).iter().try_for_each(|task| task.carry_out(folder, answers))
}

/// The settings that no command line makes, or not for this bucket alone.
pub fn by_hand(answers: &Answers) -> Vec<String> {
    let bucket = &answers.bucket;
    let mut lines = match answers.provider {
        Provider::Aws | Provider::Swift | Provider::Generic => Vec::new(),
        Provider::R2 => vec!["the key is an API token of R2: Object Read & Write, for this bucket alone".to_owned()],
        Provider::Minio => bucket::rights(answers)
            .iter()
            .map(|rights| {
                let end = if rights.credentials == "UPLOADS" { "-uploads" } else { "" };
                format!("mc admin policy attach {} {NAME}{end} --user YOUR_{}_ACCESS_KEY_ID", alias(answers), rights.credentials)
            })
            .collect(),
        Provider::Garage => {
            vec![format!("garage bucket allow --read --write {bucket} --key {NAME}")]
        }
        Provider::Ceph if answers.recipes.contains(&Recipe::OwnFiles) => vec![
            "radosgw-admin subuser create --uid=edge --subuser=edge:uploads --access=write".to_owned(),
            "radosgw-admin key create --uid=edge --subuser=edge:uploads --key-type=s3 --gen-access-key --gen-secret".to_owned(),
        ],
        Provider::Ceph => Vec::new(),
    };
    if answers.provider == Provider::Minio && !answers.origins.is_empty() {
        let origins = answers.origins.join(",");
        // The setting is of the whole deployment, which may serve others as well.
        lines.push(format!(
            "mc admin config set {} api cors_allow_origin={origins}",
            alias(answers)
        ));
    }
    lines
}

fn alias(answers: &Answers) -> &str {
    if answers.mc_alias.is_empty() { "minio" } else { &answers.mc_alias }
}

/// Whether the output of a command line is this document, or has it as its only member of the same kind.
fn is_document_of(printed: &str, wanted: &Value) -> bool {
    let (Some(start), Some(end)) = (printed.find('{'), printed.rfind('}')) else { return false };
    let Some(text) = printed.get(start..=end) else { return false };
    let Ok(found) = serde_json::from_str::<Value>(text) else { return false };
    let inner = ["PolicyDocument", "Policy"].iter().find_map(|name| found.get(name));
    is_same(inner.unwrap_or(&found), wanted)
}

/// Whether wrangler's list of a bucket's rules, which it prints only as text, says what the document says.
fn is_r2_table_of(printed: &str, document: &Value) -> bool {
    let list = |values: &Value| {
        let texts = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.collect::<Vec<_>>().join(", ")
    };
    let wanted = document["rules"].as_array().into_iter().flatten().flat_map(|rule| {
        let allowed = &rule["allowed"];
        [
            ("allowed_origins", list(&allowed["origins"])),
            ("allowed_methods", list(&allowed["methods"])),
            ("allowed_headers", list(&allowed["headers"])),
            ("exposed_headers", list(&rule["exposeHeaders"])),
            ("max_age_seconds", rule["maxAgeSeconds"].to_string()),
        ]
    });
    let found = printed.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.trim();
        let is_one =
            name.starts_with("allowed_") || matches!(name, "exposed_headers" | "max_age_seconds");
        is_one.then(|| (name, value.trim().to_owned()))
    });
    wanted.eq(found)
}

#[cfg(test)]
mod tests {
    use super::super::answers::tests::{R2, answers};
    use super::*;

    #[test]
    fn what_is_set_already_is_known_by_what_the_command_line_prints() {
        let r2 = answers(&format!("{R2} --origin https://a.example --recipe public-read")).unwrap();
        let [task] = &tasks(&r2)[..] else { panic!("R2 has CORS rules alone") };
        let table = "Listing CORS rules for bucket 'holiday'...\n\
            allowed_origins:  https://a.example\nallowed_methods:  GET, HEAD\n\
            allowed_headers:  content-type, if-none-match, range\nexposed_headers:  ETag\n\
            max_age_seconds:  3600\n";
        assert!(is_r2_table_of(table, &task.document));
        assert!(!is_r2_table_of(&table.replace("GET, HEAD", "GET"), &task.document));
        assert!(!is_r2_table_of(&format!("{table}{table}"), &task.document));
        assert!(!is_r2_table_of("There is no CORS configuration", &task.document));

        let wanted =
            serde_json::json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow" }] });
        let printed = format!("{{\"UserName\": \"edge-signer\", \"PolicyDocument\": {wanted}}}");
        assert!(is_document_of(&printed, &wanted));
        assert!(!is_document_of(&printed.replace("Allow", "Deny"), &wanted));
        assert!(!is_document_of("An error occurred (NoSuchEntity)", &wanted));
    }

    #[test]
    fn commands_are_shown_as_they_are_run() {
        let aws = "--provider aws --region eu-west-1 --bucket holiday --issuer https://app.example.com \
                   --origin https://a.example";
        let shown: Vec<String> = tasks(&answers(aws).unwrap()).iter().map(Task::shown).collect();
        assert_eq!(
            shown,
            [
                "aws iam put-user-policy --user-name edge-signer --policy-name holiday --policy-document file://photos.json",
                "aws s3api put-bucket-cors --bucket holiday --region eu-west-1 --cors-configuration file://cors.json",
            ]
        );
        let minio = format!("{} --mc-alias lab", R2.replace("r2 ", "minio "));
        let shown: Vec<String> = tasks(&answers(&minio).unwrap()).iter().map(Task::shown).collect();
        assert_eq!(
            shown,
            [
                "mc admin policy create lab edge-signer photos.json",
                "mc admin policy create lab edge-signer-uploads uploads.json",
            ]
        );
    }
}
