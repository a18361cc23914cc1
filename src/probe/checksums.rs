//! Measures checksums of an upload's bytes.

use super::answer::Answer;
use super::call::Call;
use super::client::Fault;
use super::feature::{
    ANY, CHECKSUM_CRC32, CHECKSUM_CRC64NVME, CHECKSUM_SHA, CONTENT_MD5, FORM, PART, PUT,
};
use super::lab::{BODY, Lab};
use super::verdict::{Finding, Verdict, found};

/// An algorithm with the checksum of the probe's usual body, and one of other bytes, in base64.
struct Algorithm {
    name: &'static str,
    right: &'static str,
    wrong: &'static str,
}

const MD5: Algorithm =
    Algorithm { name: "md5", right: "mNcP9YtKAIOScp4dNYjWlw==", wrong: "1B2M2Y8AsgTpgAmY7PhCfg==" };
const SHA: [Algorithm; 2] = [
    Algorithm {
        name: "sha256",
        right: "thi+Bp8BmwA+qvtYQRezWFP6I7o120948Hs4hYw3ow4=",
        wrong: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    },
    Algorithm {
        name: "sha1",
        right: "awXdoBHNtDEtdYQ5jmrpZSRR3sc=",
        wrong: "2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
    },
];
const CRC32: [Algorithm; 2] = [
    Algorithm { name: "crc32", right: "wBk6mg==", wrong: "AAAAAA==" },
    Algorithm { name: "crc32c", right: "bJZFgA==", wrong: "AAAAAA==" },
];
const CRC64NVME: [Algorithm; 1] =
    [Algorithm { name: "crc64nvme", right: "n4crc/ct3ok=", wrong: "AAAAAAAAAAA=" }];

pub(super) fn measure(lab: &mut Lab<'_>) {
    lab.tell("checksums");
    lab.measure(CONTENT_MD5, PUT, |lab| {
        of_call(lab, &MD5, "content-md5", &Call::put(&lab.key("sum"), BODY))
    });
    of_feature(lab, CHECKSUM_SHA, &SHA);
    of_feature(lab, CHECKSUM_CRC32, &CRC32);
    of_feature(lab, CHECKSUM_CRC64NVME, &CRC64NVME);
}

/// Tries each algorithm on `PutObject`, and the first also on `UploadPart` and in a form. Algorithms that disagree have
/// separate rows.
fn of_feature(lab: &mut Lab<'_>, feature: &'static str, algorithms: &[Algorithm]) {
    let mut findings: Vec<(&'static str, &'static str, Finding)> = Vec::new();
    let mut fault = None;
    for (index, algorithm) in algorithms.iter().enumerate() {
        let operations: &[&'static str] = match index {
            0 if lab.has_forms => &[PUT, PART, FORM],
            0 => &[PUT, PART],
            _ => &[PUT],
        };
        for operation in operations {
            let done = match lab.client.obstacle() {
                Some(obstacle) => Err(obstacle),
                None if *operation == PUT => of_put(lab, algorithm),
                None if *operation == FORM => of_form(lab, algorithm),
                None => of_part(lab, algorithm),
            };
            match done {
                Ok(finding) => findings.push((algorithm.name, operation, finding)),
                Err(why) => fault = Some(why),
            }
        }
    }
    match fault {
        Some(fault) => lab.measure(feature, ANY, |_| Err(fault)),
        None => {
            for (operation, finding) in rows(&findings) {
                lab.measure(feature, operation, |_| Ok(finding));
            }
        }
    }
}

/// One row if all agree, else one for each algorithm, else one for each operation with the worst verdict.
fn rows(findings: &[(&'static str, &'static str, Finding)]) -> Vec<(&'static str, Finding)> {
    let agree = |of: &dyn Fn(&(&'static str, &'static str, Finding)) -> bool| {
        let mut verdicts = findings.iter().filter(|row| of(row)).map(|row| row.2.verdict);
        let first = verdicts.next();
        verdicts.all(|verdict| Some(verdict) == first)
    };
    let group = |name: &dyn Fn(&(&'static str, &'static str, Finding)) -> &'static str| {
        let mut groups: Vec<(&'static str, Finding)> = Vec::new();
        for row in findings {
            let operation = name(row);
            match groups.iter_mut().find(|(present, _)| *present == operation) {
                None => groups.push((operation, row.2.clone())),
                Some((_, worst)) if row.2.verdict > worst.verdict => *worst = row.2.clone(),
                Some(_) => {}
            }
        }
        groups
    };
    if agree(&|_| true) {
        let mut texts: Vec<String> = Vec::new();
        for (algorithm, operation, finding) in findings {
            let text = format!("{algorithm} on {operation}: {}", finding.seen);
            texts.push(text);
        }
        let verdict = findings.first().map_or(Verdict::Error, |row| row.2.verdict);
        return vec![(ANY, found(verdict, texts.join(", ")))];
    }
    if findings.iter().all(|(name, ..)| agree(&|row| row.0 == *name)) {
        group(&|row| row.0)
    } else {
        group(&|row| row.1)
    }
}

fn of_put(lab: &mut Lab<'_>, algorithm: &Algorithm) -> Result<Finding, Fault> {
    let call = Call::put(&lab.key("sum"), BODY);
    of_call(lab, algorithm, &format!("x-amz-checksum-{}", algorithm.name), &call)
}

fn of_part(lab: &mut Lab<'_>, algorithm: &Algorithm) -> Result<Finding, Fault> {
    let key = lab.key("sum");
    let name = algorithm.name.to_ascii_uppercase();
    let (_, named) = lab.begin(&key, &[("x-amz-checksum-algorithm", &name)])?;
    let id = match named {
        Some(id) => id,
        None => lab.begin_plain(&key)?,
    };
    let call = Lab::part(&key, &id, 1, BODY);
    let header = format!("x-amz-checksum-{}", algorithm.name);
    let finding = of_call(lab, algorithm, &header, &call);
    lab.abort(&key, &id)?;
    finding
}

fn of_form(lab: &mut Lab<'_>, algorithm: &Algorithm) -> Result<Finding, Fault> {
    let (key, field) = (lab.key("sum"), format!("x-amz-checksum-{}", algorithm.name));
    judge(algorithm, |sum| {
        let fields = lab.sign_form(&[("key", &key), (&field, sum)], &[]);
        lab.post(&fields, BODY)
    })
}

fn of_call(
    lab: &mut Lab<'_>,
    algorithm: &Algorithm,
    header: &str,
    call: &Call,
) -> Result<Finding, Fault> {
    judge(algorithm, |sum| lab.send(&call.clone().header(header, sum)))
}

/// Sends the body with a checksum of other bytes, and with the right one.
fn judge(
    algorithm: &Algorithm,
    mut send: impl FnMut(&str) -> Result<Answer, Fault>,
) -> Result<Finding, Fault> {
    let wrong = send(algorithm.wrong)?;
    if wrong.is_ok() {
        return Ok(found(Verdict::Ignored, wrong.brief()));
    }
    let right = send(algorithm.right)?;
    Ok(if right.is_ok() {
        found(Verdict::Holds, wrong.brief())
    } else {
        found(Verdict::Refused, right.brief())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_signer::crypto::sha256;
    use edge_signer::encoding::{base64, base64_decode};

    /// A bitwise reflected CRC, which fits all three.
    fn crc(polynomial: u64, width: u32, bytes: &[u8]) -> u64 {
        let all = u64::MAX >> (64 - width);
        let step = |crc: u64| if crc & 1 == 1 { crc >> 1 ^ polynomial } else { crc >> 1 };
        let byte = |crc: u64, byte: &u8| (0..8).fold(crc ^ u64::from(*byte), |crc, _| step(crc));
        bytes.iter().fold(all, byte) ^ all
    }

    #[test]
    fn the_right_checksums_are_those_of_the_body() {
        assert_eq!(SHA[0].right, base64(&sha256(BODY)));
        let crc32 =
            |polynomial| base64(&u32::try_from(crc(polynomial, 32, BODY)).unwrap().to_be_bytes());
        assert_eq!(CRC32[0].right, crc32(0xedb8_8320));
        assert_eq!(CRC32[1].right, crc32(0x82f6_3b78));
        assert_eq!(crc(0x9a6c_9329_ac4b_c9b5, 64, b"123456789"), 0xae8b_1486_0a79_9888);
        assert_eq!(CRC64NVME[0].right, base64(&crc(0x9a6c_9329_ac4b_c9b5, 64, BODY).to_be_bytes()));
        for algorithm in [&MD5, &SHA[0], &SHA[1], &CRC32[0], &CRC32[1], &CRC64NVME[0]] {
            let bytes = |text| base64_decode(text).unwrap().len();
            assert_eq!(bytes(algorithm.right), bytes(algorithm.wrong), "{}", algorithm.name);
            assert_ne!(algorithm.right, algorithm.wrong);
        }
    }

    #[test]
    fn what_disagrees_has_rows_of_its_own() {
        use Verdict::{Holds, Ignored, Refused};
        let of = |verdicts: [Verdict; 3]| {
            let names = [("crc32", PUT), ("crc32", PART), ("crc32c", PUT)];
            let findings: Vec<_> = names
                .into_iter()
                .zip(verdicts)
                .map(|((name, operation), verdict)| (name, operation, found(verdict, "")))
                .collect();
            let rows = rows(&findings).into_iter();
            rows.map(|(operation, finding)| (operation, finding.verdict)).collect::<Vec<_>>()
        };
        assert_eq!(of([Holds, Holds, Holds]), [(ANY, Holds)]);
        assert_eq!(of([Holds, Holds, Refused]), [("crc32", Holds), ("crc32c", Refused)]);
        assert_eq!(of([Holds, Ignored, Refused]), [(PUT, Refused), (PART, Ignored)]);
        let form = [("sha256", PUT, Holds), ("sha256", FORM, Ignored), ("sha1", PUT, Holds)];
        let form = form.map(|(name, operation, verdict)| (name, operation, found(verdict, "")));
        let rows = rows(&form).into_iter().map(|(operation, finding)| (operation, finding.verdict));
        assert_eq!(rows.collect::<Vec<_>>(), [(PUT, Holds), (FORM, Ignored)]);
    }
}
