//! The findings about a URL's uses.

use std::collections::HashSet;

use super::decisions::Decision;
use super::finding::{Finding, Kind};
use super::join::{Join, SessionsRevoked};
use super::seen::Url;
use super::uses::Use;
use crate::crypto::sha256;
use crate::encoding::hex;
use crate::link::Network;
use crate::time::Timestamp;

/// Usually after this many seconds a revocation is seen everywhere. URLs given out until then may belong to a revoked
/// session.
const HEARD_OF_WITHIN: u64 = 90;

/// All findings of URLs, in their order.
pub(super) fn judge(join: &Join) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, url) in join.urls.iter().enumerate() {
        let mut add = |kind, uses: Vec<usize>| {
            findings.push(Finding { kind, url: Some(place), uses });
        };
        if url.uses.is_empty() {
            if url.decisions.iter().any(|decision| decision.is_allowed) {
                add(Kind::NotSeen, Vec::new());
            }
            continue;
        }
        for (kind, uses) in [
            (Kind::Replay, replays(url)),
            (Kind::AfterRevocation, after_revocation(url, join)),
            (Kind::AfterMakerRevocation, after_makers_revocation(url, join)),
            (Kind::OtherNetwork, from_other_networks(url)),
            (Kind::FalseTag, accepted(url, |one| one.is_of_other_object)),
            (Kind::Repeated, repeated(url)),
        ] {
            if !uses.is_empty() {
                add(kind, uses);
            }
        }
    }
    findings.sort_by_key(|finding| finding.kind);
    findings
}

/// The uses that the store accepted and that satisfy `is_so`.
fn accepted(url: &Url, is_so: impl Fn(&Use) -> bool) -> Vec<usize> {
    let uses = url.uses.iter().enumerate();
    uses.filter(|(_, one)| one.may_be_accepted() && is_so(one)).map(|(place, _)| place).collect()
}

/// The uses after the first that are complete, and those from other networks. A browser that reaches edge and store by
/// different protocols has two addresses.
fn replays(url: &Url) -> Vec<usize> {
    use super::formats::Method;
    if url.is_of_window || url.decisions.len() > 1 {
        return Vec::new();
    }
    let mut places = accepted(url, |one| one.method != Method::Head);
    places.sort_by_key(|place| url.uses[*place].time);
    let mut networks: [Option<Network>; 2] = [None, None];
    let mut has_been_whole = false;
    let mut again = Vec::new();
    for place in places {
        let one = &url.uses[place];
        let is_elsewhere = one.network().is_some_and(|network| {
            let first = networks[usize::from(network.is_v6())].get_or_insert(network);
            *first != network
        });
        let is_whole_again = one.is_whole() && std::mem::replace(&mut has_been_whole, true);
        if is_elsewhere || is_whole_again {
            again.push(place);
        }
    }
    again
}

fn after_revocation(url: &Url, join: &Join) -> Vec<usize> {
    // For a window's URL nobody can tell whose session used it.
    let [decision] = &url.decisions[..] else { return Vec::new() };
    if url.is_of_window {
        return Vec::new();
    }
    if decision.is_by_link {
        let Some(revoked) = join.revoked_links.get(&decision.one_time_id) else {
            return Vec::new();
        };
        return accepted(url, |one| one.time > *revoked);
    }
    while_revoked(url, join, |revoked| is_meant(decision, revoked))
}

/// Uses of a link's URLs while its maker is revoked.
fn after_makers_revocation(url: &Url, join: &Join) -> Vec<usize> {
    let [decision] = &url.decisions[..] else { return Vec::new() };
    if url.is_of_window || !decision.is_by_link {
        return Vec::new();
    }
    // A link is at least as old as its use.
    let made = join.links_made.get(&decision.one_time_id).copied().or(decision.time);
    while_revoked(url, join, |revoked| is_maker_meant(decision, made, revoked))
}

/// Uses between a revocation that satisfies `is_meant` and its lifting.
fn while_revoked(
    url: &Url,
    join: &Join,
    is_meant: impl Fn(&SessionsRevoked) -> bool,
) -> Vec<usize> {
    let of_it: Vec<&SessionsRevoked> =
        join.revoked_sessions.iter().filter(|revoked| is_meant(revoked)).collect();
    let is_so = |one: &Use| {
        let holds = |revoked: &&&SessionsRevoked| {
            one.time > revoked.time && revoked.lifted.is_none_or(|lifted| one.time < lifted)
        };
        of_it.iter().any(|revoked| holds(&revoked))
    };
    accepted(url, is_so)
}

/// Whether this revocation certainly ended the link. Revoking one token or all sessions of an issuer ends no links. If
/// a link opened after the revocation was seen everywhere, the revocation didn't cover it or was over.
fn is_maker_meant(decision: &Decision, made: Option<Timestamp>, revoked: &SessionsRevoked) -> bool {
    let SessionsRevoked { which, time, .. } = revoked;
    let Some(decided) = decision.time else { return false };
    let is_older = |before: Timestamp| made.is_some_and(|made| made < before);
    which.token_id.is_none()
        && which.subject.as_deref() == Some(&*decision.subject)
        && *decision.issuer == *which.issuer
        && decided <= time.plus(HEARD_OF_WITHIN)
        && which.issued_before.is_none_or(is_older)
}

/// Whether the revocation certainly covers the decision's session.
fn is_meant(decision: &Decision, revoked: &SessionsRevoked) -> bool {
    let SessionsRevoked { which, time, .. } = revoked;
    let Some(decided) = decision.time else { return false };
    if *decision.issuer != *which.issuer || decided > time.plus(HEARD_OF_WITHIN) {
        return false;
    }
    // A session is at least as old as its decision.
    let is_older = |before: Option<Timestamp>| before.is_none_or(|before| decided < before);
    match (&which.token_id, &which.subject) {
        (Some(id), _) => *decision.token_id_sha256 == hex(&sha256(id.as_bytes())),
        (None, Some(subject)) => *decision.subject == **subject && is_older(which.issued_before),
        (None, None) => which.issued_before.is_some() && is_older(which.issued_before),
    }
}

/// Uses from outside the networks that the URL was given to, compared within a protocol.
fn from_other_networks(url: &Url) -> Vec<usize> {
    let given: HashSet<Network> =
        url.decisions.iter().filter_map(|decision| decision.network).collect();
    // A decision without a network may be from any.
    if url.decisions.iter().any(|decision| decision.network.is_none()) {
        return Vec::new();
    }
    accepted(url, |one| {
        one.address.is_some_and(|address| {
            let mut of_protocol =
                given.iter().filter(|network| network.is_v6() == address.is_ipv6()).peekable();
            of_protocol.peek().is_some()
                && !of_protocol.any(|network| network.contains_address(address))
        })
    })
}

/// Uses without a status in the log, if there are several.
fn repeated(url: &Url) -> Vec<usize> {
    if url.is_of_window {
        return Vec::new();
    }
    let unknown = accepted(url, |one| one.status.is_none());
    if unknown.len() > 1 { unknown } else { Vec::new() }
}
