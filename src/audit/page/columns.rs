//! A plot of stacked columns over time, and the same as a table.

use std::fmt::Write as _;

use super::scale::{TimeMark, marks, time_marks};
use super::text::{clock, counted, day, moment, number, seconds};
use crate::html::escape;
use crate::time::Timestamp;

/// The meaning of a colour.
pub(super) struct Series {
    pub(super) name: String,
    /// The CSS class of its colour.
    pub(super) class: String,
}

/// Columns from `start` on, each of so many seconds, with one number for each series.
pub(super) struct Plot {
    /// A description for people who don't see it.
    pub(super) title: &'static str,
    pub(super) start: Timestamp,
    pub(super) step: u64,
    pub(super) series: Vec<Series>,
    pub(super) columns: Vec<Vec<u64>>,
}

/// The picture's height in pixels; its width is the page's.
const HEIGHT: f64 = 232.0;
const TOP: f64 = 10.0;
const BASE: f64 = 204.0;

impl Plot {
    pub(super) fn write(&self, out: &mut String) {
        let heights = self.columns.iter().map(|column| column.iter().sum::<u64>());
        let marks = marks(heights.max().unwrap_or_default());
        let top = marks.last().copied().unwrap_or(1);
        self.legend(out);
        let _ = write!(
            out,
            "<p class=\"unit\">each {}</p>\n<div class=\"plot\">\n<svg class=\"axis\" height=\"{HEIGHT}\" aria-hidden=\"true\">",
            seconds(self.step).trim_start_matches("1 ")
        );
        for mark in &marks {
            let y = height(*mark, top) + 4.0;
            let _ = write!(out, "<text x=\"100%\" y=\"{y}\">{}</text>", short(*mark));
        }
        let _ = write!(
            out,
            "</svg>\n<svg class=\"columns\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(&self.described())
        );
        for mark in &marks {
            let y = height(*mark, top);
            let class = if *mark == 0 { "base" } else { "grid" };
            let _ =
                write!(out, "<line class=\"{class}\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>");
        }
        self.bars(out, top);
        self.times(out);
        out.push_str("</svg>\n</div>\n");
        self.table(out);
    }

    fn legend(&self, out: &mut String) {
        out.push_str("<ul class=\"legend\">");
        for (index, Series { name, class }) in self.series.iter().enumerate() {
            let sum: u64 = self.columns.iter().map(|column| column[index]).sum();
            let _ = write!(
                out,
                "<li><svg class=\"swatch\" aria-hidden=\"true\"><rect class=\"{class}\" width=\"100%\" height=\"100%\" rx=\"3\"/></svg>\
                 <span><bdi>{}</bdi> <b>{}</b></span></li>",
                escape(name),
                number(sum)
            );
        }
        out.push_str("</ul>\n");
    }

    #[expect(clippy::cast_precision_loss, reason = "places on a screen")]
    fn bars(&self, out: &mut String, top: u64) {
        let width = 100.0 / self.columns.len() as f64;
        for (index, column) in self.columns.iter().enumerate() {
            if column.iter().all(|count| *count == 0) {
                continue;
            }
            let _ = write!(out, "<g><title>{}</title>", escape(&self.told(index)));
            let (x, mut below) = (index as f64 * width, 0);
            for (series, count) in self.series.iter().zip(column).filter(|(_, count)| **count > 0) {
                let base = height(below, top);
                below += count;
                // A value above 0 is always visible.
                let tall = (base - height(below, top)).max(1.0);
                let _ = write!(
                    out,
                    "<rect class=\"{}\" x=\"{:.3}%\" y=\"{}\" width=\"{:.3}%\" height=\"{tall}\"/>",
                    series.class,
                    x + width * 0.08,
                    base - tall,
                    width * 0.84
                );
            }
            out.push_str("</g>");
        }
    }

    fn times(&self, out: &mut String) {
        let seconds = self.step * self.columns.len() as u64;
        for TimeMark { place, label, is_rare } in time_marks(self.start, seconds) {
            let anchor = match place {
                ..0.06 => "start",
                0.94.. => "end",
                _ => "middle",
            };
            let class = if is_rare { "time rare" } else { "time" };
            let x = place * 100.0;
            let _ = write!(
                out,
                "<line class=\"tick\" x1=\"{x:.3}%\" x2=\"{x:.3}%\" y1=\"{BASE}\" y2=\"{}\"/>\
                 <text class=\"{class}\" x=\"{x:.3}%\" y=\"{}\" text-anchor=\"{anchor}\">{label}</text>",
                BASE + 5.0,
                BASE + 20.0
            );
        }
    }

    fn start_of(&self, index: usize) -> Timestamp {
        self.start.plus(self.step * index as u64)
    }

    /// A column in words.
    fn told(&self, index: usize) -> String {
        let start = self.start_of(index);
        let mut told = match self.step {
            86_400.. => day(start),
            60.. => format!("{} {}", day(start), clock(start)),
            _ => moment(start),
        };
        for (series, count) in
            self.series.iter().zip(&self.columns[index]).filter(|(_, count)| **count > 0)
        {
            let _ = write!(told, "\n{}: {}", series.name, number(*count));
        }
        told
    }

    fn described(&self) -> String {
        let sums = self.columns.iter().map(|column| column.iter().sum::<u64>());
        let highest = sums.enumerate().max_by_key(|(index, sum)| (*sum, std::cmp::Reverse(*index)));
        let (index, most) = highest.unwrap_or_default();
        format!(
            "{}: {} of {}, the highest {} on {}. The table below has all of them.",
            self.title,
            counted(self.columns.len() as u64, "column"),
            seconds(self.step),
            number(most),
            moment(self.start_of(index))
        )
    }

    fn table(&self, out: &mut String) {
        let _ = write!(
            out,
            "<details><summary>The same as a table</summary>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" \
             aria-label=\"{}, as a table\"><table><thead><tr><th scope=\"col\">From (UTC)</th>",
            self.title
        );
        for series in &self.series {
            let _ = write!(out, "<th scope=\"col\"><bdi>{}</bdi></th>", escape(&series.name));
        }
        out.push_str("</tr></thead><tbody>\n");
        for (index, column) in self.columns.iter().enumerate() {
            if column.iter().all(|count| *count == 0) {
                continue;
            }
            let _ = write!(out, "<tr><th scope=\"row\">{}</th>", moment(self.start_of(index)));
            for count in column {
                let _ = write!(out, "<td>{}</td>", number(*count));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody></table></div></details>\n");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place on a screen")]
fn height(count: u64, top: u64) -> f64 {
    // In whole pixels, so that there is no seam between parts.
    BASE - ((BASE - TOP) * (count as f64 / top.max(1) as f64)).round()
}

/// `12k`
fn short(mark: u64) -> String {
    let (unit, letter) = match mark {
        1_000_000_000.. => (1_000_000_000, "G"),
        1_000_000.. => (1_000_000, "M"),
        10_000.. => (1_000, "k"),
        _ => return number(mark),
    };
    let whole = number(mark / unit);
    match mark % unit * 10 / unit {
        0 => format!("{whole}{letter}"),
        tenths => format!("{whole}.{tenths}{letter}"),
    }
}
