//! Session + request -> [`Grant`]. A request is allowed only if a rule allows it and none forbids it.

mod accept;
mod accepting;
mod decide;
mod denial;
mod difference;
mod form;
mod key_template;
mod media_type;
mod pattern;
mod quota;
mod refusal;
mod rule;
mod wish;

pub use accept::{Accept, Destination, Scan};
pub use decide::{Grant, Policy};
pub use denial::Denial;
pub use difference::{
    Change, Decision, Difference, Differences, Example, Side, Terms, differences,
};
pub use form::{FormWish, TypeBound};
pub use key_template::KeyTemplate;
pub use media_type::MediaRange;
pub use pattern::KeyPattern;
pub use quota::{Amount, Per, Quota};
pub use refusal::{Dimension, Refusal};
pub use rule::{OneTime, Rule};
pub use wish::{Begun, CompletedSize, Delivery, DeliveryKind, Wish};

// Its property tests need a package that isn't built for wasm32.
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
