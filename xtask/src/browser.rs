//! The browsers of the tests: Chromium, Firefox and WebKitGTK.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::debian;
use crate::process::output;

/// One of the three engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Browser {
    Chromium,
    Firefox,
    Webkit,
}

/// A program that drives or is a browser.
struct Program {
    /// The variable by which the tests find it; a person can set it to name another program.
    variable: &'static str,
    /// What it is called on the PATH.
    names: &'static [&'static str],
    /// Debian's package of it.
    package: &'static str,
}

/// The headless shell is the same engine without windows.
const CHROMIUM: Program = Program {
    variable: "CHROMIUM",
    names: &[
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ],
    package: "chromium-headless-shell",
};
const FIREFOX: Program =
    Program { variable: "FIREFOX", names: &["firefox-esr", "firefox"], package: "firefox-esr" };
const WEBKIT_DRIVER: Program = Program {
    variable: "WEBKIT_DRIVER",
    names: &["WebKitWebDriver"],
    package: "webkit2gtk-driver",
};
/// WebKitGTK needs a display; this is a virtual one.
const XVFB: Program = Program { variable: "XVFB", names: &["Xvfb"], package: "xvfb" };

impl Browser {
    /// The file below `tests/e2e/` with the steps that run in all engines.
    pub fn test_file(self) -> &'static str {
        match self {
            Self::Chromium => "browsers/engine-chromium.test.mjs",
            Self::Firefox => "browsers/engine-firefox.test.mjs",
            Self::Webkit => "browsers/engine-webkit.test.mjs",
        }
    }

    fn programs(self) -> &'static [Program] {
        match self {
            Self::Chromium => &[CHROMIUM],
            Self::Firefox => &[FIREFOX],
            Self::Webkit => &[WEBKIT_DRIVER, XVFB],
        }
    }
}

impl Program {
    /// The program that the variable names, or one on the PATH.
    fn find(&self) -> Option<PathBuf> {
        let on_path = || {
            let which = |name: &&str| output(Command::new("which").arg(name));
            self.names.iter().find_map(which).map(PathBuf::from)
        };
        std::env::var_os(self.variable).map(PathBuf::from).or_else(on_path)
    }
}

/// `$CHROMIUM`, a Chromium on the PATH, or Debian's, which is installed if the machine allows it.
pub fn chromium() -> Result<PathBuf> {
    let mut found = install(&[Browser::Chromium])?;
    Ok(found.remove(0).1)
}

/// The variables by which the tests find these browsers. Missing ones are installed if the machine allows it.
pub fn install(browsers: &[Browser]) -> Result<Vec<(&'static str, PathBuf)>> {
    let programs = || browsers.iter().flat_map(|browser| browser.programs());
    let missing: Vec<_> =
        programs().filter(|it| it.find().is_none()).map(|it| it.package).collect();
    if !missing.is_empty() && debian::can_install() {
        debian::install_all(&missing)?;
    }
    let lacking: Vec<_> = programs().filter(|program| program.find().is_none()).collect();
    if !lacking.is_empty() {
        bail!("{}", sentence(&lacking));
    }
    Ok(programs().filter_map(|program| Some((program.variable, program.find()?))).collect())
}

/// Tells what to do when these programs are missing.
fn sentence(lacking: &[&Program]) -> String {
    let list = |of: fn(&Program) -> &'static str, glue| {
        lacking.iter().map(|program| of(program)).collect::<Vec<_>>().join(glue)
    };
    format!(
        "no {}: on Debian install it as root (apt-get install {}), elsewhere set {} to its path; or leave a \
         browser out, as in `cargo xtask test --browsers chromium`",
        list(|program| program.names[0], ", "),
        list(|program| program.package, " "),
        list(|program| program.variable, ", "),
    )
}

/// Whether a file of tests is left out because its browser isn't tested.
pub fn is_left_out(file: &Path, browsers: &[Browser]) -> bool {
    let is_of = |browser: &Browser| file.ends_with(browser.test_file());
    let all = Browser::value_variants();
    all.iter().any(|browser| is_of(browser) && !browsers.contains(browser))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_what_to_do() {
        let said = sentence(&[&WEBKIT_DRIVER, &XVFB]);
        assert_eq!(
            said,
            "no WebKitWebDriver, Xvfb: on Debian install it as root (apt-get install webkit2gtk-driver xvfb), \
             elsewhere set WEBKIT_DRIVER, XVFB to its path; or leave a browser out, as in `cargo xtask test \
             --browsers chromium`"
        );
    }

    #[test]
    fn the_file_of_a_browser_is_left_out_with_it_and_no_other() {
        let chromium = [Browser::Chromium];
        assert!(is_left_out(Path::new("tests/e2e/browsers/engine-webkit.test.mjs"), &chromium));
        assert!(!is_left_out(Path::new("tests/e2e/browsers/engine-chromium.test.mjs"), &chromium));
        assert!(!is_left_out(Path::new("tests/e2e/presign/media.test.mjs"), &chromium));
    }

    #[test]
    fn each_browser_has_its_file_of_steps() {
        for browser in Browser::value_variants() {
            let file = crate::root().join("tests/e2e").join(browser.test_file());
            assert!(file.exists(), "{}", file.display());
        }
    }
}
