//! A table whose rows each have a bar: a plot that reads as a table.

use std::fmt::Write as _;

use super::text::number;
use crate::audit::tally::Count;
use crate::html::escape;

/// A row.
pub(super) struct Row {
    pub(super) name: String,
    /// The smaller text below the name.
    pub(super) note: String,
    pub(super) count: Count,
}

/// The content of the table.
pub(super) struct Bars<'a> {
    /// The heading of the rows' names.
    pub(super) of: &'a str,
    pub(super) allowed: &'a str,
    pub(super) refused: &'a str,
    /// Whether refusals have their own column and colour.
    pub(super) has_both: bool,
}

impl Bars<'_> {
    pub(super) fn write(&self, out: &mut String, rows: &[Row]) {
        let most = rows.iter().map(|row| row.count.all()).max().unwrap_or_default().max(1);
        // In a narrow window rows are grids, which some screen readers would not take for a table.
        let row =
            if self.has_both { "<tr role=\"row\">" } else { "<tr role=\"row\" class=\"lone\">" };
        let column = |out: &mut String, name: &str| {
            let _ = write!(out, "<th role=\"columnheader\" scope=\"col\">{name}</th>");
        };
        let cell = |out: &mut String, count: u64| {
            let _ = write!(out, "<td role=\"cell\">{}</td>", number(count));
        };
        let _ = write!(out, "<table role=\"table\" class=\"bars\"><thead role=\"rowgroup\">{row}");
        column(out, self.of);
        out.push_str("<td class=\"bar\" aria-hidden=\"true\"></td>");
        if self.has_both {
            column(out, self.allowed);
            column(out, self.refused);
        } else {
            column(out, "Number");
        }
        out.push_str("</tr></thead><tbody role=\"rowgroup\">\n");
        for Row { name, note, count } in rows {
            let _ = write!(
                out,
                "{row}<th role=\"rowheader\" scope=\"row\"><bdi>{}</bdi>",
                escape(name)
            );
            if !note.is_empty() {
                let _ = write!(out, " <small><bdi>{}</bdi></small>", escape(note));
            }
            out.push_str("</th><td class=\"bar\" aria-hidden=\"true\"><svg>");
            bar(out, *count, most);
            out.push_str("</svg></td>");
            if self.has_both {
                cell(out, count.allowed);
                cell(out, count.refused);
            } else {
                cell(out, count.all());
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody></table>\n");
    }
}

#[expect(clippy::cast_precision_loss, reason = "widths on a screen")]
fn bar(out: &mut String, count: Count, most: u64) {
    let width = |count: u64| count as f64 * 100.0 / most as f64;
    let (allowed, refused) = (width(count.allowed), width(count.refused));
    // A value above 0 is always visible.
    for (class, number, start, width) in [
        ("allowed", count.allowed, 0.0, allowed.max(0.5)),
        ("refused", count.refused, allowed.min(99.5), refused.max(0.5)),
    ] {
        if number > 0 {
            let _ = write!(
                out,
                "<rect class=\"{class}\" x=\"{start:.2}%\" width=\"{width:.2}%\" height=\"100%\" rx=\"2\"/>"
            );
        }
    }
}
