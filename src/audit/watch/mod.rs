//! The Worker's log, live or kept, with one decision a line for people.

mod event;
mod line;
mod pieces;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read, Write};

use serde_json::Value;

use super::lines::{Line, try_each_line};
use super::shown::{Paint, Tone, shown};
use super::told::{self, Told};
use super::wanted::Wanted;
use event::Event;
use line::Beside;
use pieces::{Piece, Pieces};

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text {
        /// Whether words have colours.
        colour: bool,
    },
    /// Decisions alone, as lines of JSON.
    Json,
}

/// The counts of what was read and shown.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// Events of the Worker.
    pub events: u64,
    /// Lines that were shown.
    pub shown: u64,
    /// Decisions that were shown.
    pub decisions: u64,
    /// Shown decisions that were refused.
    pub refused: u64,
    /// Lines and events that were cut off or unreadable.
    pub unreadable: u64,
    /// The number of events by their duration in milliseconds.
    took: BTreeMap<u64, u64>,
}

/// The other content of a line's event.
#[derive(Debug, Default)]
struct Around {
    time: String,
    wall: Option<u64>,
    cpu: Option<u64>,
    /// Reasons of refusals, by request ids and codes.
    reasons: HashMap<(String, String), String>,
    /// The outcomes of decisions, likewise.
    outcomes: HashSet<(String, String)>,
}

impl Around {
    fn of(event: &Event) -> Self {
        let (mut reasons, mut outcomes) = (HashMap::new(), HashSet::new());
        for (_, text) in &event.logs {
            told::read(text.as_bytes(), &mut |told| {
                let id = &told.fields.request_id;
                if told.event == "problem" {
                    let of = (id.to_string(), told.fields.code.to_string());
                    reasons.insert(of, told.fields.reason.to_string());
                }
                let of = |outcome: &str| (id.to_string(), outcome.to_owned());
                outcomes.extend(told.decisions().map(|(own, _)| of(&own.outcome)));
                true
            });
        }
        let time = event.time.map(|time| time.to_string()).unwrap_or_default();
        Self { time, wall: event.wall, cpu: event.cpu, reasons, outcomes }
    }
}

/// Shows the wanted lines.
#[derive(Debug)]
pub struct Watch<W> {
    wanted: Wanted,
    form: Form,
    out: W,
    watched: Watched,
}

impl<W: Write> Watch<W> {
    /// Writes to `out`.
    pub fn new(wanted: Wanted, form: Form, out: W) -> Self {
        Self { wanted, form, out, watched: Watched::default() }
    }

    /// Reads to the end, and shows each line as soon as it comes.
    pub fn read(&mut self, input: impl Read) -> io::Result<()> {
        let mut pieces = Pieces::default();
        try_each_line(input, |line| match line {
            Line::Whole(line) => pieces.push(line, &mut |piece| self.take(&piece)),
            Line::TooLong => {
                self.watched.unreadable += 1;
                Ok(())
            }
        })?;
        pieces.cut(&mut |piece| self.take(&piece))?;
        self.out.flush()
    }

    /// The counts.
    pub fn watched(&self) -> &Watched {
        &self.watched
    }

    fn take(&mut self, piece: &Piece<'_>) -> io::Result<()> {
        match *piece {
            Piece::Line(line) => self.take_line(line),
            Piece::Value(bytes) => match serde_json::from_slice::<Value>(bytes) {
                Ok(value) => match Event::read(&value) {
                    Some(event) => self.take_event(&event),
                    None => self.take_line(bytes),
                },
                Err(_) => self.rescue(bytes),
            },
            Piece::Cut(bytes) => self.rescue(bytes),
        }
    }

    /// Shows the complete lines in an event that was cut off.
    fn rescue(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.watched.unreadable += 1;
        for line in bytes.split(|byte| *byte == b'\n') {
            self.show(line, &Around::default())?;
        }
        Ok(())
    }

    fn take_line(&mut self, line: &[u8]) -> io::Result<()> {
        let is_read = self.show(line, &Around::default())?;
        self.watched.unreadable += u64::from(!is_read);
        Ok(())
    }

    fn take_event(&mut self, event: &Event) -> io::Result<()> {
        self.watched.events += 1;
        if let Some(wall) = event.wall {
            *self.watched.took.entry(wall).or_default() += 1;
        }
        // A refusal has a line as a decision and one as a problem, and only the latter has the reason.
        let around = Around::of(event);
        let time = &around.time;
        for (level, text) in &event.logs {
            if text.starts_with("{\"event\":\"") {
                let is_read = self.show(text.as_bytes(), &around)?;
                self.watched.unreadable += u64::from(!is_read);
            } else if matches!(level.as_str(), "error" | "warn") {
                self.note(time, Tone::Bad, level, text)?;
            }
        }
        for exception in &event.exceptions {
            self.note(time, Tone::Bad, "exception", exception)?;
        }
        if !matches!(event.outcome.as_str(), "" | "ok" | "exception") {
            let cpu = event.cpu.map(|cpu| format!(" after {cpu} ms of CPU")).unwrap_or_default();
            self.note(time, Tone::Bad, &event.outcome, &format!("the runtime ended it{cpu}"))?;
        } else if event.outcome == "exception" && event.exceptions.is_empty() {
            self.note(time, Tone::Bad, "exception", "the runtime doesn't say which")?;
        }
        if event.is_truncated {
            self.note(time, Tone::Notable, "truncated", "some lines of this request are missing")?;
        }
        match &event.notice {
            Some(notice) => self.note(time, Tone::Notable, "tail", notice),
            None => Ok(()),
        }
    }

    /// Shows one of the edge's lines, and skips other lines. Returns whether it could be read.
    fn show(&mut self, line: &[u8], around: &Around) -> io::Result<bool> {
        let mut written = Ok(());
        let is_read = told::read(line, &mut |told| {
            if written.is_ok() {
                written = self.show_told(told, around);
            }
            true
        });
        written.map(|()| is_read)
    }

    fn show_told(&mut self, told: &Told<'_>, around: &Around) -> io::Result<()> {
        let of = |code: &str| (told.fields.request_id.to_string(), code.to_owned());
        let mut is_decision = false;
        for (own, shared) in told.decisions() {
            is_decision = true;
            if !self.wanted.wants(own, shared, around.wall) {
                continue;
            }
            self.watched.shown += 1;
            self.watched.decisions += 1;
            self.watched.refused += u64::from(!own.is_allowed());
            match self.form {
                Form::Json => writeln!(self.out, "{}", line::as_json(own, shared))?,
                Form::Text { colour } => {
                    let reason = around.reasons.get(&of(&own.outcome)).map(String::as_str);
                    let beside = Beside { reason, wall: around.wall, cpu: around.cpu };
                    writeln!(self.out, "{}", line::decision(own, shared, beside, Paint(colour)))?;
                }
            }
        }
        let Form::Text { colour } = self.form else { return Ok(()) };
        let fields = &told.fields;
        let is_said = told.event == "problem" && around.outcomes.contains(&of(&fields.code));
        if is_decision || is_said || !self.wanted.wants(fields, fields, around.wall) {
            return Ok(());
        }
        self.watched.shown += 1;
        writeln!(self.out, "{}", line::other(told, &around.time, Paint(colour)))
    }

    /// Shows a text that isn't one of the edge's lines, unless certain decisions are wanted.
    fn note(&mut self, time: &str, tone: Tone, word: &str, text: &str) -> io::Result<()> {
        match self.form {
            Form::Text { colour } if self.wanted.wants_notes() => {
                self.watched.shown += 1;
                let paint = Paint(colour);
                let word = paint.paint(tone, &format!("{:<17}", shown(word)));
                writeln!(self.out, "{}  {word}  {}", line::at(time, paint), shown(text))
            }
            _ => Ok(()),
        }
    }
}

impl Watched {
    /// Milliseconds within which `percent` of the events were done; `None` if no event has its duration.
    pub fn within(&self, percent: u64) -> Option<u64> {
        let all: u64 = self.took.values().sum();
        let mut so_far = 0;
        self.took
            .iter()
            .find(|(_, count)| {
                so_far += **count;
                so_far * 100 >= all * percent
            })
            .map(|(milliseconds, _)| *milliseconds)
    }
}
