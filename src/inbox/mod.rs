//! Uploads that nobody can read before they were looked at.
//!
//! A URL writes to a key of the inbox, which no rule reaches. One object of the edge's, that of the upload, looks at
//! what was written there, and has the store copy it to its own key. `docs/inbox.md` has what it costs and what each
//! store keeps.
//!
//! # What a kill does
//!
//! The state is written before what follows from it is done. A step that was broken off is taken again by the next
//! question, or by the alarm.
//!
//! | killed | what is stored | what comes next |
//! | --- | --- | --- |
//! | while it is looked at, or copied to be held | `Signed` | it is held and looked at again |
//! | while it is copied by parts to be held | `Holding` | the alarm goes on behind the last part that is written down |
//! | while a scanner is asked | `Scanning` | the scanner is asked again, of what was looked at |
//! | after a scanner has sent its verdict | `Scanning`, and the verdict | it is gone on with by that |
//! | after it was found good, before the copy | `Promoting` | the copy, of the bytes that were looked at or of none |
//! | while it is copied by parts to its key | `Promoting` | its key is looked at; then as above |
//! | after an upload in parts was begun, before that is written | `Signed` | nobody has its name, and it has no parts |
//! | after the copy, before that is written | `Promoting` | its key is looked at: the copy has the upload's name; what came there since, or was deleted, stays so |
//! | after that is written, before the inbox is emptied | `Accepted` | the alarm empties it |
//! | after it was refused, before the inbox is emptied | `Refused` | the alarm empties it |
//! | while it is told how it ended | what it was | it is told again, by the same name |
//! | in the alarm | what it was | the runtime calls the alarm again |

mod by_parts;
mod copying;
mod events;
mod hook;
mod in_parts;
pub mod kind;
mod news;
mod of_parts;
mod overtaken;
mod promote;
mod reason;
mod record;
mod requests;
mod requests_by_parts;
mod revoked;
mod said;
mod scan;
mod scanner;
mod settings;
mod steps;
mod upload_id;
mod verdict;
mod wire;

pub use copying::Copying;
pub use events::{Events, Landed, NoEvents};
pub use hook::{BadSignature, Hook, Message, SignedMessage};
pub use in_parts::{InParts, name_of_parts, upload_of_parts};
pub use news::tell;
pub use reason::Reason;
pub use record::{News, Record, State};
pub use requests::can_promote;
pub use said::{Desk, Said, Trouble};
pub use scanner::Scanner;
pub use settings::{ScanTag, UploadSettings};
pub use steps::{Clerk, End};
pub use upload_id::UploadId;
pub use verdict::{Heard, NotTaken};
pub use wire::{Letter, OfParts, Reply, Stage, Told};
